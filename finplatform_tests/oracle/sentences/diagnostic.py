"""What the sentences of the page of diagnostic analytics may claim."""

from decimal import Decimal
from typing import Any

from finplatform_tests.oracle.sentences.claims import (
    count,
    largest,
    money,
    month,
    number,
    percent,
    smallest,
    tally,
    things,
)
from finplatform_tests.oracle.sentences.descriptive import nothing
from finplatform_tests.oracle.sentences.forms import Case, Charts, Form, Judged, part, says
from finplatform_tests.oracle.sentences.made import Cells, Source, frame, month_end, of_columns
from finplatform_tests.oracle.sentences.values import (
    Of,
    at,
    first,
    flag,
    num,
    ratio,
    size,
    total,
    when,
)

PAGE = "diagnostic_analytics"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _rates(source: Source) -> list[Cells]:
    made = frame("member:code cases:count others:count1")(source)
    return [
        {
            "member": cells["member"],
            "cases": cells["cases"],
            "possible_cases": cells["cases"] + cells["others"],
            "rate": Decimal(cells["cases"]) / (cells["cases"] + cells["others"]),
        }
        for cells in made
    ]


def _tenures(source: Source) -> list[Cells]:
    codes = ("UNDER_1Y", "1Y_3Y", "3Y_5Y", "5Y_10Y", "10Y_PLUS")
    return [{**cells, "member": code} for cells, code in zip(_rates(source), codes, strict=False)]


def tenure(code: str | None) -> str:
    """A tenure as a reader says it."""
    return {"under_1y": "under 1 year", "1y_3y": "1 to 3 years", "3y_5y": "3 to 5 years",
            "5y_10y": "5 to 10 years", "10y_plus": "10 years and more",
            }[str(code).casefold()]  # fmt: skip


def _rate_forms(name: str | Of, what: str, among: str, none: str) -> tuple[Form, Form]:
    return (
        says(f"{none} {{possible}}.", nothing("cases"),
             possible=things(total("possible_cases"), among)),
        says(f"{{top}} has the highest rate of {what}: {{share}} of {{possible}}, against {{all}}"
             " of all.",
             top=largest("rate", name), share=percent(at("top", "rate")),
             possible=things(at("top", "possible_cases"), among),
             all=percent(ratio(total("cases"), total("possible_cases")))),
    )  # fmt: skip


def _hours(source: Source) -> list[Cells]:
    months = source.choice((1, 3, 12))
    made = []
    for place, day in enumerate(source.sample(_DAYS, 2)):
        source.at(place)
        frauds = source.value("count")
        made.append(
            {"weekday": day, "transaction_hour": 3 * place, "frauds": frauds,
             "transactions": frauds + source.value("count1"), "months": months}
        )  # fmt: skip
    return made


def _hour(row: Any) -> str:
    return f"{_WEEKDAYS[_DAYS.index(row['weekday'])]} from {int(row['transaction_hour']):02d}:00"


def _drivers(source: Source) -> list[Cells]:
    base = max(source.value("share"), 0.01)
    return frame(
        "driver_name:name lapse_rate:share lapsed:count is_significant:flag?",
        order="-lift driver_name",
        base_rate=of_columns(lambda _: base),
        lift=of_columns(lambda row: row["lapse_rate"] / base),
    )(source)


def _movers(source: Source) -> list[Cells]:
    made = frame("member:code contribution:money")(source)
    return [
        {**cells, "total_change": sum(each["contribution"] for each in made),
         "month_end": month_end(1), "base_month_end": month_end(0)}
        for cells in made
    ]  # fmt: skip


def _is_furthest(choose: Any) -> Case:
    """Whether the largest or the smallest contribution is as far from zero as any."""
    return lambda rows: (
        abs(choose(map(num("contribution"), rows)))
        == max(abs(num("contribution")(row)) for row in rows)
    )


_CHANGE = first("total_change")
_DRIVERS = {
    "proven": tally(size(flag("is_significant")), size(), "driver", "differs", "differ"),
}

CHARTS: Charts = {
    (PAGE, "Fraud by channel"): Judged(
        _rates,
        *_rate_forms("member", "confirmed fraud", "transaction", "No fraud is confirmed among"),
    ),
    (PAGE, "Fraud heatmap by hour"): Judged(
        _hours,
        says("No fraud was confirmed in {months}.", nothing("frauds"),
             months=things(first("months"), "month")),
        says("{top} had the most confirmed frauds of {months}, {most} of {all}, in {transactions}.",
             top=largest("frauds", _hour), months=things(first("months"), "month"),
             most=count(at("top", "frauds")), all=count(total("frauds")),
             transactions=things(at("top", "transactions"), "transaction")),
    ),
    (PAGE, "Churn by tenure"): Judged(
        _tenures,
        *_rate_forms(lambda row: f"a tenure of {tenure(row['member'])}", "falling silent",
                     "customer month", "No customer fell silent in"),
    ),
    (PAGE, "Churn drivers"): Judged(
        _drivers,
        says("No customer with any of the drivers fell silent; {proven} by more"
             " than chance.", nothing("lapse_rate"), **_DRIVERS),
        says("{top} goes with the highest rate of falling silent: {share} against {all} of all"
             " ({times} times); {proven} by more than chance.",
             top=largest("lapse_rate", "driver_name"), share=percent(at("top", "lapse_rate")),
             all=percent(first("base_rate")),
             times=number(ratio(at("top", "lapse_rate"), first("base_rate"))), **_DRIVERS),
    ),
    (PAGE, "Decline reasons"): Judged(
        _rates,
        says("No transaction was refused.", nothing("cases")),
        says("{top} is the most frequent reason: {most} of {all} ({share}).",
             top=largest("cases", "member"), most=count(at("top", "cases")),
             all=things(total("cases"), "refused transaction"),
             share=percent(ratio(at("top", "cases"), total("cases")))),
    ),
    (PAGE, "Service issues"): Judged(
        _rates,
        says("Customers contact the bank most about {top} ({contacts}); {open}.",
             top=largest("possible_cases", "member"),
             contacts=things(at("top", "possible_cases"), "contact"),
             open=part(
                 says("all contacts were solved", nothing("cases")),
                 says("least often solved is {top}, with {share} left open",
                      top=largest("rate", "member"), share=percent(at("top", "rate"))),
             )),
    ),
    (PAGE, "What moved the month"): Judged(
        _movers,
        says("From {then} to {now} the volume {moved}; {mover}.",
             then=month(first(when("base_month_end"))), now=month(first(when("month_end"))),
             moved=part(
                 says("rose by {size}", lambda rows: num("total_change")(rows[0]) > 0,
                      size=money(_CHANGE)),
                 says("fell by {size}", lambda rows: num("total_change")(rows[0]) < 0,
                      size=money(lambda rows, _: -num("total_change")(rows[0]))),
                 says("did not change", nothing("total_change")),
             ),
             mover=part(
                 says("no type of transaction changed", nothing("contribution")),
                 says("{top} added the most ({amount})", _is_furthest(max),
                      top=largest("contribution", "member"),
                      amount=money(at("top", "contribution"))),
                 says("{top} took away the most ({amount})", _is_furthest(min),
                      top=smallest("contribution", "member"),
                      amount=money(lambda rows, _: -min(map(num("contribution"), rows)))),
             )),
    ),
}  # fmt: skip
