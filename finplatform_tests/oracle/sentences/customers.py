"""What the sentences of the page of customers may claim."""

from decimal import Decimal
from statistics import mean, median
from typing import Any

from finplatform_tests.oracle.sentences.claims import (
    count,
    either,
    largest,
    money,
    month,
    percent,
    signed,
    things,
    verb,
)
from finplatform_tests.oracle.sentences.credit_portfolio import share_or
from finplatform_tests.oracle.sentences.descriptive import nothing
from finplatform_tests.oracle.sentences.diagnostic import tenure
from finplatform_tests.oracle.sentences.forms import Charts, Judged, part, says
from finplatform_tests.oracle.sentences.made import (
    Cells,
    Source,
    frame,
    grid,
    part_of,
)  # fmt: skip
from finplatform_tests.oracle.sentences.payments import newest
from finplatform_tests.oracle.sentences.products import changes, one_month
from finplatform_tests.oracle.sentences.values import (
    Row,
    Rows,
    at,
    first,
    known,
    num,
    over,
    ratio,
    total,
    when,
)

PAGE = "customers"


def _spread(source: Source) -> list[Cells]:
    """Values in bins of 50, the last of which is open."""
    values = [float(source.value("money")) for _ in range(3 * source.size)]
    bins: dict[float, int] = {}
    for value in values:
        lower = 50.0 * max(min(value // 50, 20), -20)
        bins[lower] = bins.get(lower, 0) + 1
    return [
        {"lower": lower, "bin_width": 50.0, "customers": customers, "median_value": median(values),
         "mean_value": mean(values), "valued_count": len(values)}
        for lower, customers in sorted(bins.items())
    ]  # fmt: skip


def _fullest(rows: Rows) -> list[Row]:
    most = max(map(num("customers"), rows))
    return [row for row in rows if num("customers")(row) == most]


def _deciles(source: Source) -> list[Cells]:
    tenths = 10 if source.choice((True, True, False)) and source.bank != "single" else 4
    values = sorted((source.value("money") for _ in range(tenths)), reverse=True)
    whole = sum(values)
    return [
        {"decile": place + 1, "customers": 3 if tenths == 10 else 1, "total_value": value,
         "value_share": float(value / whole) if whole > 0 else 0.0}
        for place, value in enumerate(values)
    ]  # fmt: skip


def _half(rows: Rows, _: Any) -> Any:
    return sum(num("total_value")(row) for row in rows if num("decile")(row) > 5)


def _of_kinds(column: str, kinds: tuple[str, ...], columns: str) -> Any:
    def make(source: Source) -> list[Cells]:
        chosen = source.sample(kinds)
        made = frame(columns, rows=len(chosen))(source)
        return [{column: kind, **cells} for kind, cells in zip(chosen, made, strict=True)]

    return make


def _tiers(source: Source) -> list[Cells]:
    made = frame("customer_tier:code customers:count1 total_value:money")(source)
    whole = sum(cells["total_value"] for cells in made)
    for cells in made:
        cells["mean_value"] = float(cells["total_value"] / cells["customers"])
        cells["value_share"] = float(cells["total_value"] / whole) if whole > 0 else 0.0
    return made


_WHOLE = total("total_value")
_VALUABLE = total("customers", lambda row: row["customer_segment"] == "High Value")
_SEGMENT = {
    "top": largest("customers", "customer_segment"),
    "part": percent(ratio(at("top", "customers"), total("customers"))),
    "all": things(total("customers"), "customer"),
}
_CHANCES = tuple(Decimal(each) / 10 for each in range(10))
_RFM = {
    "top": largest("customers", "rfm_segment"),
    "customers": things(at("top", "customers"), "customer"),
    "part": percent(ratio(at("top", "customers"), total("customers"))),
}
_TIER = {
    "top": largest("mean_value", "customer_tier", signed=True),
    "mean": money(at("top", "mean_value")),
}
_MOVES = changes("customer_tier", "customers")
_NOW = {
    "month": month(over(newest, first(when("month_end")))),
    "top": largest("customers", "customer_tier", among=newest),
    "customers": things(at("top", "customers"), "customer"),
}
_TENURES = ("UNDER_1Y", "1Y_3Y", "3Y_5Y", "5Y_10Y", "10Y_PLUS")


def _tenure(row: Row) -> str:
    return tenure(row["member"])


CHARTS: Charts = {
    (PAGE, "Lifetime value"): Judged(
        _spread,
        says("The customer in the middle of {count} is worth {median}, the mean is {mean}; the"
             " fullest bin begins at {lower}{level}, with {customers}.",
             count=count(first("valued_count")), median=money(first("median_value")),
             mean=money(first("mean_value")),
             lower=money(lambda rows, _: num("lower")(_fullest(rows)[0])),
             level=either({
                 "": lambda rows, _: len(rows) > 1 == len(_fullest(rows)),
                 " (the only one)": lambda rows, _: len(rows) == 1,
             } | {f" (level with {'all ' if each else ''}{others} others)":
                  lambda rows, _, each=each, others=others: len(_fullest(rows)) == others + 1
                  and (len(rows) == others + 1) == each
                  for each in (True, False) for others in range(3, 21)}),
             customers=things(lambda rows, _: num("customers")(_fullest(rows)[0]), "customer")),
        *(says(f"The customer in the middle of {{count}} is worth {{median}}, the mean is {{mean}};"
               f" the fullest bin begins at {{lower}} (level with {others}), with {{customers}}.",
               lambda rows, names=names: len(_fullest(rows)) == len(names) + 1,
               count=count(first("valued_count")), median=money(first("median_value")),
               mean=money(first("mean_value")),
               lower=money(lambda rows, _: num("lower")(_fullest(rows)[0])),
               **{name: money(lambda rows, _, place=place: num("lower")(_fullest(rows)[place]))
                  for place, name in enumerate(names, 1)},
               customers=things(lambda rows, _: num("customers")(_fullest(rows)[0]), "customer"))
          for others, names in (("{one}", ("one",)), ("{one} and {two}", ("one", "two")))),
    ),
    (PAGE, "Top decile share"): Judged(
        _deciles,
        says("The lifetime value of {all} is {whole}, of which there are no shares.",
             lambda rows: _WHOLE(rows, {}) <= 0, all=things(total("customers"), "customer"),
             whole=money(_WHOLE)),
        says("The most valuable of {all} stands for {part} of the lifetime value ({amount}).",
             lambda rows: len(rows) < 10 and num("customers")(rows[0]) == 1,
             all=things(total("customers"), "customer"), part=percent(ratio(
                 first("total_value"), _WHOLE)), amount=money(first("total_value"))),
        says("The most valuable tenth of the customers, {count}, stands for {part} of the lifetime"
             " value ({amount}), the less valuable half for {half}.",
             lambda rows: len(rows) == 10 and _WHOLE(rows, {}) > 0,
             count=count(first("customers")), part=percent(ratio(first("total_value"), _WHOLE)),
             amount=money(first("total_value")), half=percent(ratio(_half, _WHOLE))),
    ),
    (PAGE, "Value by tier"): Judged(
        _tiers,
        says("A {top} customer is worth the most, {mean} on average.",
             lambda rows: len(rows) == 1 or _WHOLE(rows, {}) <= 0, **_TIER),
        says("A {top} customer is worth the most, {mean} on average; as a whole {most} stands for"
             " the largest part of the value, {part}.",
             lambda rows: len(rows) > 1 and _WHOLE(rows, {}) > 0, **_TIER,
             most=largest("total_value", "customer_tier"),
             part=percent(ratio(at("most", "total_value"), _WHOLE))),
    ),
    (PAGE, "Value segments"): Judged(
        _of_kinds("customer_segment", ("High Value", "Medium Value", "Low Value"),
                  "customers:count1"),
        says("{top} is the largest segment with {part} of {all}; none has a high value.",
             lambda rows: not _VALUABLE(rows, {}), **_SEGMENT),
        says("{top} is the largest segment with {part} of {all}; {valuable} {verb} a high value.",
             lambda rows: _VALUABLE(rows, {}) > 0, **_SEGMENT,
             valuable=things(_VALUABLE, "customer"), verb=verb(_VALUABLE, "has", "have")),
    ),
    (PAGE, "Chance of paying again"): Judged(
        _of_kinds("lower", _CHANCES, "customers:count1"),
        says("{sure} of {all} will pay by card again with a chance of 90% or more; for {lost} the"
             " chance is below 50%.",
             sure=share_or(ratio(total("customers", lambda row: num("lower")(row) * 10 >= 9),
                                 total("customers")), "None"),
             all=things(total("customers"), "customer"),
             lost=share_or(ratio(total("customers", lambda row: num("lower")(row) * 10 < 5),
                                 total("customers")), "none")),
    ),
    (PAGE, "RFM segments"): Judged(
        frame("rfm_segment:code customers:count1 mean_value:float? total_value:money?",
              customer_share=part_of("customers")),
        says("{top} is the largest segment with {customers} ({part}); no lifetime value has been"
             " estimated.", lambda rows: not known("mean_value")(rows), **_RFM),
        says("{top} is the largest segment with {customers} ({part}); {best} is worth the most,"
             " {mean} a customer.", **_RFM, best=largest("mean_value", "rfm_segment", signed=True),
             mean=money(at("best", "mean_value"))),
    ),
    (PAGE, "Customer tenure"): Judged(
        _of_kinds("member", _TENURES, "customers:count opened_count:count deposit_balance:money0"),
        says("There is no customer of any tenure.", nothing("customers")),
        says("The largest group of customers has been there {top} ({part} of {all}); {deposits}.",
             top=largest("customers", _tenure),
             part=percent(ratio(at("top", "customers"), total("customers"))),
             all=count(total("customers")),
             deposits=part(
                 says("none holds a deposit", nothing("deposit_balance")),
                 says("the most deposits, {amount}, are held by those of {rich}",
                      rich=largest("deposit_balance", _tenure),
                      amount=money(at("rich", "deposit_balance"))),
             )),
    ),
    (PAGE, "Service tiers"): Judged(
        grid("customer_tier:code", "month_end:month_end", "customers:count1", is_whole=False),
        says("In {month} {top} is the largest tier ({customers}).", one_month, **_NOW),
        says("In {month} {top} is the largest tier ({customers}); no tier gained over the months"
             " shown.", lambda rows: not one_month(rows)
             and max(num("change")(row) for row in _MOVES(rows)) <= 0, **_NOW),
        says("In {month} {top} is the largest tier ({customers}); {grown} gained the most over the"
             " months shown ({gain}).", lambda rows: not one_month(rows), **_NOW,
             grown=largest("change", "customer_tier", among=_MOVES),
             gain=signed(at("grown", "change"))),
    ),
}  # fmt: skip
