"""Market risk: what the trading book may lose in a day, how that forecast did, and its capital.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from finplatform.reporting import extremes, figures, risk_charts, words
from finplatform.reporting.catalog import market_risk_queries as queries
from finplatform.reporting.catalog.volatility import say_volatility
from finplatform.reporting.page import Chart, Page, Table

_LAST_GREEN, _LAST_AMBER = 4, 9
"""Most exceptions of 250 days in the green and the amber zone (MAR32.9)."""
_COLOURS: Mapping[str, str] = {"green": "#3f7d20", "amber": "#c98500", "red": "#b3261e"}


def _draw_book(frame: pd.DataFrame) -> object:
    return figures.line(
        frame,
        "reporting_date",
        {
            "historical": "VaR, historical",
            "filtered": "VaR, filtered",
            "historical_shortfall": "ES, historical",
            "filtered_shortfall": "ES, filtered",
        },
    )


def _say_book(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "historical")
    if known.empty:
        return "No historical value at risk is known."
    last = known.iloc[-1]
    sentence = (
        f"On {words.day(last['reporting_date'])} the book loses no more than"
        f" {words.amount(last['historical'], currency)} on 99 of 100 days"
    )
    if len(known) == 1:
        return f"{sentence}."
    peak = extremes.largest(known, "historical", extremes.day_of("reporting_date"))
    return f"{sentence}; the most was {words.amount(peak['historical'], currency)} on {peak.name}."


def _draw_backtest(frame: pd.DataFrame) -> object:
    figure = risk_charts.month_bars(
        frame, "reporting_date", {"historical": "historical", "filtered": "filtered"}
    )
    risk_charts.mark(figure, _LAST_GREEN + 0.5, "amber")
    return risk_charts.mark(figure, _LAST_AMBER + 0.5, "red")


def _say_backtest(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "historical", "historical_zone")
    if known.empty:
        return "No backtest of the historical method is known."
    last = known.iloc[-1]
    days = words.plural(last["historical"], "day") if last["historical"] else "No day"
    sentence = (
        f"{days} of the last 250 lost more than forecast, which is in the"
        f" {last['historical_zone']} zone"
    )
    peak = extremes.largest(known, "historical", extremes.day_of("reporting_date"))
    if peak.is_only or not peak["historical"]:
        return f"{sentence}."
    return f"{sentence}; the most shown is {words.count(peak['historical'])} on {peak.name}."


def _draw_securities(frame: pd.DataFrame) -> object:
    return figures.bar(
        frame.assign(portfolio=[_name(code) for code in frame["portfolio"]]),
        "portfolio",
        {"historical": "historical", "filtered": "filtered"},
        is_share=True,
        is_horizontal=True,
    )


def _name(portfolio: str) -> str:
    """A security's symbol as it is; the book in words."""
    return words.label(portfolio) if portfolio == "TRADING_BOOK" else portfolio


def _say_securities(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "historical")
    if known.empty:
        return "No historical value at risk is known."
    first = extremes.largest(frame, "historical", _portfolio)
    if not first["historical"]:
        return "No portfolio may lose anything in a day."
    sentence = f"{first.heading} may lose most in a day, {words.share(first['historical'], 2)} of its value"
    book = known[known["portfolio"] == "TRADING_BOOK"]
    if book.empty or first["portfolio"] == "TRADING_BOOK":
        return f"{sentence}."
    return f"{sentence}; the book may lose {words.share(book['historical'].iloc[0], 2)}."


def _draw_exceptions(frame: pd.DataFrame) -> object:
    named = frame.assign(portfolio=[_name(code) for code in frame["portfolio"]])
    figure = figures.grouped_bar(named, "portfolio", "exceptions", "zone", is_stacked=True)
    for trace in figure.data:
        trace.update(marker={"color": _COLOURS.get(trace.name)})
    figure.update_xaxes(categoryorder="array", categoryarray=list(named["portfolio"]))
    return figure


def _portfolio(row: Any) -> str:
    return "the trading book" if row["portfolio"] == "TRADING_BOOK" else str(row["portfolio"])


def _say_exceptions(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "exceptions", _portfolio)
    outside = words.tally(first["outside"], first["portfolios"], "portfolio", "is")
    if not first["exceptions"]:
        return f"No portfolio had a day with a loss above its forecast; {outside} outside the green zone."
    return (
        f"{first.heading} had most days with a loss above its forecast,"
        f" {words.count(first['exceptions'])} of 250; {outside} outside the green zone."
    )


def _draw_prices(frame: pd.DataFrame) -> object:
    figure = figures.grouped_line(frame, "data_date", "price_index", "security_name")
    figure.update_traces(mode="lines")
    return figure


def _say_prices(frame: pd.DataFrame, currency: str) -> str:
    rows = words.known(frame, "price_index").groupby("security_name", sort=False).last()
    if rows.empty:
        return "No price is known."
    name = extremes.text_of("security_name")
    best = extremes.largest(rows.reset_index(), "price_index", name)
    worst = extremes.smallest(rows.reset_index(), "price_index", name)
    if best.is_only:
        return f"Since its first week, {best.bare} is {words.change(best['price_index'], 100)}."
    if best.is_flat:
        return (
            f"Since its first week, each of {words.plural(len(rows), 'security', 'securities')} is"
            f" {words.change(best['price_index'], 100)}."
        )
    return (
        f"Since its first week, {best.name} has done best, {words.change(best['price_index'], 100)},"
        f" and {worst.name} worst, {words.change(worst['price_index'], 100)}."
    )


def _draw_volatility(frame: pd.DataFrame) -> object:
    figure = figures.heatmap(
        frame.assign(month_end=risk_charts.months(frame["month_end"])),
        "month_end",
        "symbol",
        "volatility_rate",
        is_share=True,
    )
    # Rows may begin in different months.
    figure.update_xaxes(
        categoryorder="array",
        categoryarray=risk_charts.months(pd.Series(sorted({*frame["month_end"]}))),
    )
    figure.update_yaxes(dtick=1)
    return risk_charts.month_axis(figure)


def _say_volatility(frame: pd.DataFrame, currency: str) -> str:
    return say_volatility(frame, extremes.text_of("symbol"))


def _draw_capital(frame: pd.DataFrame) -> object:
    return figures.bar(
        frame.assign(risk_class=words.labels(frame["risk_class"])),
        "risk_class",
        {"capital_requirement": "capital requirement"},
    )


def _say_capital(frame: pd.DataFrame, currency: str) -> str:
    whole = words.total(frame["capital_requirement"])
    if not whole:
        return "No class of market risk requires capital."
    first = extremes.largest(frame, "capital_requirement", extremes.label_of("risk_class"))
    return (
        f"The largest part of the capital for market risk,"
        f" {words.amount(first['capital_requirement'], currency)} or"
        f" {words.share(words.part(first['capital_requirement'], whole))}, is for {first.name}."
    )


PAGE = Page(
    name="market_risk",
    title="Market risk",
    question="What may the trading book lose, and can the forecast be believed?",
    section="Risk and capital",
    charts=(
        Chart(
            name="Value at risk",
            title="Daily value at risk (99%) and expected shortfall (97.5%) of the trading book",
            kind="line",
            unit="{currency}",
            source="gold.market_risk",
            as_of="reporting_date",
            query=queries.BOOK,
            draw=_draw_book,
            describe=_say_book,
        ),
        Chart(
            name="Backtest of the book",
            title="Days of the last 250 whose loss was above the forecast, by month-end",
            kind="bar",
            unit="days",
            source="gold.market_risk",
            as_of="reporting_date",
            query=queries.BACKTEST,
            draw=_draw_backtest,
            describe=_say_backtest,
        ),
        Chart(
            name="Value at risk by security",
            title="Daily value at risk over value: the book, and the securities with the highest",
            kind="bar",
            unit="share of the value",
            source="gold.market_risk",
            as_of="reporting_date",
            query=queries.SECURITIES,
            draw=_draw_securities,
            describe=_say_securities,
        ),
        Chart(
            name="Exceptions by security",
            title="Days with a loss above the historical forecast: the book and the worst securities",
            kind="bar",
            unit="days of 250",
            source="gold.market_risk",
            as_of="reporting_date",
            query=queries.EXCEPTIONS,
            draw=_draw_exceptions,
            describe=_say_exceptions,
        ),
        Chart(
            name="Prices",
            title="Prices by week, splits and dividends included: five securities with the longest history",
            kind="line",
            unit="first week = 100",
            source="gold.fact_market_prices",
            as_of="data_date",
            query=queries.PRICES,
            draw=_draw_prices,
            describe=_say_prices,
            also=("gold.dim_security",),
        ),
        Chart(
            name="Volatility",
            title="Yearly volatility of 30 days at the end of each month: the twelve most restless securities",
            kind="heatmap",
            unit="share a year",
            source="gold.fact_market_prices",
            as_of="data_date",
            query=queries.VOLATILITY,
            draw=_draw_volatility,
            describe=_say_volatility,
        ),
        Chart(
            name="Capital by risk class",
            title="Capital for market risk by risk class",
            kind="bar",
            unit="{currency}",
            source="gold.market_risk_capital",
            as_of="reporting_date",
            query=queries.CAPITAL,
            draw=_draw_capital,
            describe=_say_capital,
        ),
    ),
    tables=(Table("Forecasts and their tests", "gold.market_risk", queries.TESTS),),
)
