"""Market risk: what the trading book may lose in a day, how that forecast did, and its capital.

Belongs here: the charts of the page, how each is drawn and what it says. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from finplatform.reporting import extremes, figures, risk_charts, words
from finplatform.reporting.catalog.reporting_dates import latest, recent
from finplatform.reporting.catalog.volatility import say_volatility
from finplatform.reporting.page import Chart, Page, Table

_LAST_GREEN, _LAST_AMBER = 4, 9
"""Most exceptions of 250 days in the green and the amber zone (MAR32.9)."""
_COLOURS: Mapping[str, str] = {"green": "#3f7d20", "amber": "#c98500", "red": "#b3261e"}

_BOOK = """
    select
        reporting_date,
        max(value_at_risk) filter (where method = 'historical') as historical,
        max(value_at_risk) filter (where method = 'filtered') as filtered,
        max(expected_shortfall) filter (where method = 'historical') as historical_shortfall,
        max(expected_shortfall) filter (where method = 'filtered') as filtered_shortfall
    from gold.market_risk
    where portfolio = 'TRADING_BOOK' and value_at_risk is not null and reporting_date <= %(as_of)s
    group by reporting_date
    order by reporting_date
"""

_BACKTEST = f"""
    with {recent("market_risk")}

    select
        risk.reporting_date,
        max(risk.exceptions) filter (where risk.method = 'historical') as historical,
        max(risk.exceptions) filter (where risk.method = 'filtered') as filtered,
        max(risk.zone) filter (where risk.method = 'historical') as historical_zone,
        max(risk.zone) filter (where risk.method = 'filtered') as filtered_zone
    from gold.market_risk as risk
    inner join recent on risk.reporting_date = recent.reporting_date
    where risk.portfolio = 'TRADING_BOOK' and risk.exceptions is not null
    group by risk.reporting_date
    order by risk.reporting_date
"""

_LAST = f"""
    {latest("market_risk")},

    figures_of_date as (
        select
            risk.portfolio, risk.method, risk.value_at_risk_rate, risk.expected_shortfall_rate,
            risk.exceptions, risk.zone, risk.multiplier, risk.kupiec_p_value, risk.days
        from gold.market_risk as risk
        inner join latest on risk.reporting_date = latest.reporting_date
    )
"""

_SECURITIES = f"""
    with {_LAST}

    select
        portfolio,
        max(value_at_risk_rate) filter (where method = 'historical') as historical,
        max(value_at_risk_rate) filter (where method = 'filtered') as filtered,
        max(expected_shortfall_rate) filter (where method = 'historical') as shortfall
    from figures_of_date
    group by portfolio
    order by portfolio <> 'TRADING_BOOK', historical desc nulls last, portfolio
    limit 15
"""

_EXCEPTIONS = f"""
    with {_LAST}

    select
        portfolio, exceptions, zone,
        count(*) over () as portfolios,
        count(*) filter (where zone <> 'green') over () as outside
    from figures_of_date
    where method = 'historical' and exceptions is not null
    order by portfolio <> 'TRADING_BOOK', exceptions desc, portfolio
    limit 15
"""

_PRICES = """
    with traded as (
        select symbol, max(data_date) as last_date, count(*) as days
        from gold.fact_market_prices
        where data_date <= %(as_of)s
        group by symbol
        order by last_date desc, days desc, symbol
        limit 5
    ),

    weeks as (
        select distinct on (prices.symbol, date_trunc('week', prices.data_date))
            prices.symbol, prices.data_date, prices.adjusted_close
        from gold.fact_market_prices as prices
        inner join traded on prices.symbol = traded.symbol
        where prices.data_date <= %(as_of)s and prices.adjusted_close > 0
        order by prices.symbol, date_trunc('week', prices.data_date), prices.data_date desc
    )

    select
        weeks.symbol,
        coalesce(securities.security_name, weeks.symbol) as security_name,
        weeks.data_date,
        100 * weeks.adjusted_close
        / first_value(weeks.adjusted_close) over (partition by weeks.symbol order by weeks.data_date)
            as price_index
    from weeks
    left join gold.dim_security as securities on weeks.symbol = securities.symbol
    order by weeks.symbol, weeks.data_date
"""

_VOLATILITY = """
    with months as (
        select distinct on (prices.symbol, date_trunc('month', prices.data_date))
            prices.symbol,
            (date_trunc('month', prices.data_date) + interval '1 month' - interval '1 day')::date
                as month_end,
            prices.volatility_rate
        from gold.fact_market_prices as prices
        where prices.volatility_rate is not null and prices.data_date <= %(as_of)s
        order by prices.symbol, date_trunc('month', prices.data_date), prices.data_date desc
    ),

    recent as (
        select distinct month_end
        from months
        order by month_end desc
        limit 13
    ),

    restless as (
        select months.symbol, avg(months.volatility_rate) as volatility_rate
        from months
        inner join recent on months.month_end = recent.month_end
        group by months.symbol
        order by volatility_rate desc, months.symbol
        limit 12
    )

    select months.symbol, months.month_end, months.volatility_rate
    from months
    inner join recent on months.month_end = recent.month_end
    inner join restless on months.symbol = restless.symbol
    order by restless.volatility_rate desc, months.symbol, months.month_end
"""

_CAPITAL = f"""
    with {latest("market_risk_capital")}

    select
        risk_class, position_amount, capital_requirement, risk_weighted_assets,
        capital_requirement / nullif(position_amount, 0) as requirement_rate
    from gold.market_risk_capital
    inner join latest using (reporting_date)
    order by capital_requirement desc, risk_class
"""

_TESTS = f"""
    with {_LAST}

    select
        case portfolio when 'TRADING_BOOK' then 'trading book' else portfolio end as "portfolio",
        method as "method",
        zone as "zone",
        value_at_risk_rate as "VaR rate",
        expected_shortfall_rate as "ES rate",
        days::integer as "days",
        exceptions::integer as "exceptions",
        multiplier as "multiplier",
        kupiec_p_value as "Kupiec p"
    from figures_of_date
    order by portfolio <> 'TRADING_BOOK', portfolio, method
"""


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
    said = (
        f"On {words.day(last['reporting_date'])} the book loses no more than"
        f" {words.amount(last['historical'], currency)} on 99 of 100 days"
    )
    if len(known) == 1:
        return f"{said}."
    peak = extremes.largest(known, "historical", extremes.day_of("reporting_date"))
    return f"{said}; the most was {words.amount(peak['historical'], currency)} on {peak.name}."


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
    said = (
        f"{days} of the last 250 lost more than forecast, which is in the"
        f" {last['historical_zone']} zone"
    )
    peak = extremes.largest(known, "historical", extremes.day_of("reporting_date"))
    if peak.is_only or not peak["historical"]:
        return f"{said}."
    return f"{said}; the most was {words.count(peak['historical'])} on {peak.name}."


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
    said = f"{first.heading} may lose most in a day, {words.share(first['historical'], 2)} of its value"
    book = known[known["portfolio"] == "TRADING_BOOK"]
    if book.empty or first["portfolio"] == "TRADING_BOOK":
        return f"{said}."
    return f"{said}; the book may lose {words.share(book['historical'].iloc[0], 2)}."


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
        return "No class of market risk asks for capital."
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
            query=_BOOK,
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
            query=_BACKTEST,
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
            query=_SECURITIES,
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
            query=_EXCEPTIONS,
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
            query=_PRICES,
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
            query=_VOLATILITY,
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
            query=_CAPITAL,
            draw=_draw_capital,
            describe=_say_capital,
        ),
    ),
    tables=(Table("Forecasts and their tests", "gold.market_risk", _TESTS),),
)
