"""What the sentences of the page of causal analytics may claim."""

from typing import Any

from finplatform_tests.oracle.sentences.claims import largest, money, month, moved, number, tally
from finplatform_tests.oracle.sentences.forms import Charts, Judged, part, says
from finplatform_tests.oracle.sentences.made import frame, of_columns
from finplatform_tests.oracle.sentences.values import at, first, last, num, size, when

PAGE = "causal_analytics"


def _effects(name: str) -> Any:
    return frame(
        f"{name}:name estimate:money p_value_holm:share?",
        order=f"-estimate {name}",
        lower=of_columns(lambda row: float(row["estimate"]) - 7.25),
        upper=of_columns(lambda row: float(row["estimate"]) + 7.25),
    )


def _best(rows: Any) -> Any:
    return max(map(num("estimate"), rows))


_TOP = {
    "top": largest("estimate", "cause", signed=True),
    "amount": money(at("top", "estimate")),
    "lower": money(at("top", "lower")),
    "upper": money(at("top", "upper")),
}
_PROVEN = tally(
    size(lambda row: row["p_value_holm"] is not None and 20 * num("p_value_holm")(row) <= 1),
    size(), "campaign shown", "differs", "differ", "campaigns shown",
)  # fmt: skip
_RATE = "unemployment_pct"


def _both(rows: Any) -> bool:
    return rows[0][_RATE] is not None and rows[-1][_RATE] is not None


CHARTS: Charts = {
    (PAGE, "Campaign attribution"): Judged(
        _effects("cause"),
        says("{top} brings the most revenue a contact: {amount} (95% interval {lower} to {upper});"
             " {proven} from 0 by more than chance.", lambda rows: _best(rows) > 0,
             **_TOP, proven=_PROVEN),
        says("No campaign shown brings revenue; the best is {top} with {amount} (95% interval"
             " {lower} to {upper}) a contact; {proven} from 0 by more than chance.",
             lambda rows: _best(rows) <= 0, **_TOP, proven=_PROVEN),
    ),
    (PAGE, "Economic impact trends"): Judged(
        frame("month_end:month_end spending_index:money1 unemployment_pct:float0?"
              " policy_rate_pct:float?"),
        says("{month} is the only whole month of spending.", lambda rows: len(rows) == 1,
             month=month(first(when("month_end")))),
        says("From {then} to {now} spending a customer {moved}{unemployment}.",
             lambda rows: len(rows) > 1,
             then=month(first(when("month_end"))), now=month(last(when("month_end"))),
             moved=part(
                 says("was {change}",
                      change=moved(last("spending_index"), first("spending_index"))),
                 says("went {change}",
                      change=moved(last("spending_index"), first("spending_index"))),
             ),
             unemployment=part(
                 says("; the unemployment of both months is not known",
                      lambda rows: not _both(rows)),
                 says(", while unemployment stayed at {rate}%",
                      lambda rows: rows[0][_RATE] == rows[-1][_RATE], rate=number(first(_RATE))),
                 says(", while unemployment went from {old}% to {new}%",
                      lambda rows: rows[0][_RATE] != rows[-1][_RATE], old=number(first(_RATE)),
                      new=number(last(_RATE))),
             )),
    ),
    (PAGE, "Product impact on lifetime value"): Judged(
        _effects("cause"),
        says("{top} adds the most to a customer's lifetime value: {amount} (95% interval {lower} to"
             " {upper}).", lambda rows: _best(rows) > 0, **_TOP),
        says("No product adds to a customer's lifetime value; the best is {top} with {amount} (95%"
             " interval {lower} to {upper}).", lambda rows: _best(rows) <= 0, **_TOP),
    ),
    (PAGE, "Effects of events"): Judged(
        frame("effect:name estimate:rate lower:rate upper:rate", order="-estimate effect"),
        says("No event has an effect.", lambda rows: not any(map(num("estimate"), rows))),
        says("The largest effect is that of {top}: {size} (95% interval {lower} to {upper}).",
             top=largest(lambda row: abs(num("estimate")(row)), "effect"),
             size=number(at("top", "estimate")), lower=number(at("top", "lower")),
             upper=number(at("top", "upper"))),
    ),
}  # fmt: skip
