"""What the sentences of the page of market risk may claim."""

from typing import Any

from finplatform_tests.oracle.sentences.capital_adequacy import by_date
from finplatform_tests.oracle.sentences.claims import (
    count,
    day,
    largest,
    money,
    month,
    month_text,
    moved,
    percent,
    smallest,
    tally,
    text,
    things,
)
from finplatform_tests.oracle.sentences.descriptive import nothing
from finplatform_tests.oracle.sentences.forms import Charts, Form, Judged, part, says
from finplatform_tests.oracle.sentences.made import (
    Cells,
    Source,
    frame,
    grid,
    month_end,
    of_columns,
)  # fmt: skip
from finplatform_tests.oracle.sentences.values import (
    Of,
    Row,
    Rows,
    at,
    first,
    fixed,
    known,
    last,
    num,
    over,
    ratio,
    size,
    total,
    when,
)

PAGE = "market_risk"


def _backtest(source: Source) -> list[Cells]:
    made = []
    for place in range(source.size):
        source.at(place)
        days = None if source.value("float?") is None else source.value("count") % 20
        zone = None if days is None else "green" if days < 5 else "amber" if days < 10 else "red"
        made.append({"reporting_date": month_end(place), "historical": days, "filtered": 0,
                     "historical_zone": zone, "filtered_zone": "green"})  # fmt: skip
    return made


def _portfolios(columns: str) -> Any:
    def make(source: Source) -> list[Cells]:
        made = frame(f"portfolio:symbol {columns}")(source)
        if source.choice((True, True, False)):
            made[0]["portfolio"] = "TRADING_BOOK"
        return made

    return make


def _exceptions(source: Source) -> list[Cells]:
    made = _portfolios("exceptions:count zone:green/amber/red")(source)
    outside = sum(cells["zone"] != "green" for cells in made)
    return [{**cells, "portfolios": len(made), "outside": outside} for cells in made]


def _name(row: Row) -> str:
    return "the trading book" if row["portfolio"] == "TRADING_BOOK" else str(row["portfolio"])


def _book(rows: Rows) -> Rows:
    return [row for row in rows if row["portfolio"] == "TRADING_BOOK"]


def lasts(column: str) -> Any:
    """The last row of every member of a column."""
    return lambda rows: list({row[column]: row for row in rows}.values())


def _prices(source: Source) -> list[Cells]:
    made = []
    for place in range(source.size):
        name = f"Fund {place}"
        for week in range(1 if source.bank == "single" else 3):
            source.at(place)
            price = 100 if not week else source.value("money1")
            made.append({"symbol": name, "security_name": name, "data_date": month_end(week),
                         "price_index": price})  # fmt: skip
    return made


_ENDS = lasts("security_name")


def _indices(rows: Rows) -> set[Any]:
    return {num("price_index")(row) for row in _ENDS(rows)}


def volatility_forms(name: str | Of) -> tuple[Form, ...]:
    """What is said of volatility by month."""
    called: Of = (lambda row: row[name]) if isinstance(name, str) else name

    def newest(rows: Rows) -> Any:
        return max(when("month_end")(row) for row in rows)

    def in_newest(rows: Rows) -> Rows:
        return [row for row in rows if when("month_end")(row) == newest(rows)]

    peak = {
        "top": largest("volatility_rate", lambda row:
                       f"{called(row)} in {month_text(when('month_end')(row))}", signed=True),
        "most": percent(at("top", "volatility_rate")),
    }  # fmt: skip
    return (
        says("The highest volatility shown was that of {top}, {most} a year.",
             lambda rows: max(map(num("volatility_rate"), in_newest(rows))) == max(
                 map(num("volatility_rate"), rows)), **peak),
        says("The highest volatility shown was that of {top}, {most} a year; in {month} it was"
             " that of {now}, {share}.", **peak, month=month(lambda rows, _: newest(rows)),
             now=largest("volatility_rate", called, among=in_newest, signed=True),
             share=percent(at("now", "volatility_rate"))),
    )  # fmt: skip


_KNOWN = known("historical")
_LAST = over(_KNOWN, last("historical"))
_PEAK = {
    "top": largest("historical", by_date(), among=_KNOWN),
    "most": money(at("top", "historical")),
}
_MOST_DAYS = size(lambda row: (num("historical")(row) or 0) > 0)
_OUTSIDE = tally(first("outside"), first("portfolios"), "portfolio", "is", "are")

CHARTS: Charts = {
    (PAGE, "Value at risk"): Judged(
        frame("reporting_date:month_end historical:money1? filtered:money1?"),
        says("No historical value at risk is known.", lambda rows: not _KNOWN(rows)),
        says("On {day} the book loses no more than {amount} on 99 of 100 days{most}.",
             lambda rows: _KNOWN(rows) != [],
             day=day(over(_KNOWN, last(when("reporting_date")))), amount=money(_LAST),
             most=part(
                 says("", lambda rows: len(_KNOWN(rows)) == 1),
                 says("; the most was {most} on {top}", lambda rows: len(_KNOWN(rows)) > 1,
                      **_PEAK),
             )),
    ),
    (PAGE, "Backtest of the book"): Judged(
        _backtest,
        says("No backtest of the historical method is known.", lambda rows: not _KNOWN(rows)),
        says("{days} of the last 250 lost more than forecast, which is in the {zone} zone{most}.",
             lambda rows: _KNOWN(rows) != [],
             days=part(says("No day", lambda rows: not _LAST(rows, {})),
                       says("{days}", lambda rows: _LAST(rows, {}) > 0, days=things(_LAST, "day"))),
             zone=text(over(_KNOWN, last(lambda row: row["historical_zone"]))),
             most=part(
                 says("", lambda rows: len(_KNOWN(rows)) == 1 or not _MOST_DAYS(rows, {})),
                 says("; the most shown is {count} on {top}", lambda rows: len(_KNOWN(rows)) > 1,
                      top=_PEAK["top"], count=count(at("top", "historical"))),
             )),
    ),
    (PAGE, "Value at risk by security"): Judged(
        _portfolios("historical:share? filtered:share? shortfall:share?"),
        says("No historical value at risk is known.", lambda rows: not _KNOWN(rows)),
        says("No portfolio may lose anything in a day.",
             lambda rows: _KNOWN(rows) != [] and nothing("historical")(rows)),
        says("{top} may lose most in a day, {share} of its value{book}.",
             top=largest("historical", _name), share=percent(at("top", "historical")),
             book=part(
                 says("", lambda rows: not _KNOWN(_book(rows)) or num("historical")(
                     _book(rows)[0]) == max(map(num("historical"), _KNOWN(rows)))),
                 says("; the book may lose {share}",
                      share=percent(over(_book, first("historical")))),
             )),
    ),
    (PAGE, "Exceptions by security"): Judged(
        _exceptions,
        says("No portfolio had a day with a loss above its forecast; {outside} outside the green"
             " zone.", nothing("exceptions"), outside=_OUTSIDE),
        says("{top} had most days with a loss above its forecast, {count} of 250; {outside} outside"
             " the green zone.",
             top=largest("exceptions", _name), count=count(at("top", "exceptions")),
             outside=_OUTSIDE),
    ),
    (PAGE, "Prices"): Judged(
        _prices,
        says("Since its first week, {name} is {moved}.", lambda rows: len(_ENDS(rows)) == 1,
             name=text(first(lambda row: row["security_name"])),
             moved=moved(last("price_index"), fixed(100))),
        says("Since its first week, each of {securities} is {moved}.",
             lambda rows: len(_indices(rows)) == 1 < len(_ENDS(rows)),
             securities=things(over(_ENDS, size()), "security", "securities"),
             moved=moved(last("price_index"), fixed(100))),
        says("Since its first week, {top} has done best, {up}, and {end} worst, {down}.",
             top=largest("price_index", "security_name", among=_ENDS),
             up=moved(at("top", "price_index"), fixed(100)),
             end=smallest("price_index", "security_name", among=_ENDS),
             down=moved(at("end", "price_index"), fixed(100))),
    ),
    (PAGE, "Volatility"): Judged(
        grid("symbol:symbol", "month_end:month_end", "volatility_rate:share", is_whole=False),
        *volatility_forms("symbol"),
    ),
    (PAGE, "Capital by risk class"): Judged(
        frame("risk_class:code position_amount:money0 capital_requirement:money0"
              " risk_weighted_assets:money0", order="-capital_requirement risk_class",
              requirement_rate=of_columns(
                  lambda row: row["capital_requirement"] / row["position_amount"])),
        says("No class of market risk requires capital.", nothing("capital_requirement")),
        says("The largest part of the capital for market risk, {amount} or {part}, is for {top}.",
             top=largest("capital_requirement", "risk_class"),
             amount=money(at("top", "capital_requirement")),
             part=percent(ratio(at("top", "capital_requirement"), total("capital_requirement")))),
    ),
}  # fmt: skip
