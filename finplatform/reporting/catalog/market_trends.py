"""Market trends: prices and returns of securities, the economy, own offers and those of competitors.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

from functools import partial
from typing import Any

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.catalog import market_trends_queries as queries
from finplatform.reporting.catalog.volatility import say_volatility
from finplatform.reporting.page import Chart, Page

_SHORT = {"FX": "currencies", "FUND": "funds", "INDEX": "indices", "EQUITY": "equities"}
_RATES = {
    "policy_rate_pct": "policy rate",
    "inflation_pct": "inflation",
    "unemployment_pct": "unemployment",
    "gdp_growth_pct": "growth of the economy",
}


def _class_name(code: str) -> str:
    return _SHORT.get(code, words.label(code))


_SECURITY = extremes.text_of("security_name")


_PRODUCT = extremes.label_of("product_type")


def _class(row: Any) -> str:
    return _class_name(row["asset_class"])


def _say_prices(frame: pd.DataFrame, currency: str) -> str:
    last = frame.groupby("asset_class", sort=False).tail(1)
    best = extremes.largest(last, "price_index", _class)
    worst = extremes.smallest(last, "price_index", _class)
    start = f"Of 100 in {words.month(min(frame['month_end']))}"
    top = words.number(best["price_index"], 1)
    if best.is_only:
        return f"{start}, {best.bare} stand at {top}."
    if best.is_flat:
        return f"{start}, all {len(last)} classes stand at {top}."
    return (
        f"{start}, {best.name} stand at {top}, the highest, and {worst.name} at"
        f" {words.number(worst['price_index'], 1)}, the lowest."
    )


def _say_returns(frame: pd.DataFrame, currency: str) -> str:
    best = extremes.largest(frame, "return_rate", _SECURITY)
    worst = extremes.smallest(frame, "return_rate", _SECURITY)
    top = words.share(best["return_rate"])
    if best.is_only:
        return f"{best.bare} is the only security with a return, {top}."
    securities = words.plural(len(frame), "security", "securities")
    if best.is_flat:
        return f"Each of {securities} shown returned {top}."
    risen = sum(rate > 0 for rate in frame["return_rate"])
    return (
        f"{best.name} returned the most ({top}) and {worst.name} the least"
        f" ({words.share(worst['return_rate'])}); {words.count(risen)} of {securities} shown rose."
    )


def _say_risk_return(frame: pd.DataFrame, currency: str) -> str:
    wild = extremes.largest(frame, "volatility_rate", _SECURITY)
    calm = extremes.smallest(frame, "volatility_rate", _SECURITY)
    most = words.share(wild["volatility_rate"])
    if wild.is_flat:
        return f"{wild.heading} moves by {most} a year."
    return (
        f"{wild.name} moves the most ({most} a year) for a return of"
        f" {words.share(wild['return_rate'])}; {calm.name} moves the least"
        f" ({words.share(calm['volatility_rate'])}) for {words.share(calm['return_rate'])}."
    )


def _say_sectors(frame: pd.DataFrame, currency: str) -> str:
    best = extremes.largest(frame, "return_rate", _sector_month)
    worst = extremes.smallest(frame, "return_rate", _sector_month)
    sentence = (
        f"The best month of a sector was {best.name}, with {words.share(best['return_rate'])}"
    )
    if best.is_flat:
        return f"{sentence}."
    return f"{sentence}, the worst {worst.name}, with {words.share(worst['return_rate'])}."


def _sector_month(row: Any) -> str:
    return f"{row['month']} for {words.label(row['sector'])}"


def _say_volatility(frame: pd.DataFrame, currency: str) -> str:
    return say_volatility(frame, _class)


def _say_economy(frame: pd.DataFrame, currency: str) -> str:
    first, last = frame.iloc[0], frame.iloc[-1]
    names = {
        column: name
        for column, name in _RATES.items()
        if not words.is_missing(first[column]) and not words.is_missing(last[column])
    }
    start, end = words.month(first["month_end"]), words.month(last["month_end"])
    if len(frame) == 1:
        rates = [f"{name} is {words.number(first[column], 1)}%" for column, name in names.items()]
        return f"In {start}, {words.listed(rates)}."
    if not names:
        return f"No rate is known both in {start} and in {end}."
    rates = [
        f"{name} from {words.number(first[column], 1)}% to {words.number(last[column], 1)}%"
        for column, name in names.items()
    ]
    return f"From {start} to {end}: {words.listed(rates)}."


def _say_position(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "rate_advantage")
    if known.empty:
        return "No own rate can be compared with those of competitors."
    ahead = sum(gap > 0 for gap in known["rate_advantage"])
    sentence = (
        f"The own rate is better for customers than the median for {words.count(ahead)} of"
        f" {words.plural(len(known), 'type')}"
    )
    ranked = words.known(known, "own_rate_rank", "offers_compared")
    if not ranked.empty:
        best = extremes.smallest(ranked, "own_rate_rank", _PRODUCT)
        sentence += (
            f"; the best place is {words.count(best['own_rate_rank'])} of"
            f" {words.count(best['offers_compared'])} for {best.name}"
        )
    worst = extremes.smallest(known, "rate_advantage", _PRODUCT)
    if worst["rate_advantage"] >= 0:
        return f"{sentence}; none is behind."
    return f"{sentence}; furthest behind is {worst.name} ({_gap(worst['rate_advantage'])})."


def _say_advantage(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "rate_advantage", "market_position")
    if known.empty:
        return "No own rate can be compared with those of competitors."
    day = max(known["offer_date"])
    last = known[known["offer_date"] == day]
    best = extremes.largest(last, "rate_advantage", _PRODUCT)
    ahead = (
        f"{best.name} is furthest ahead of the median ({_gap(best['rate_advantage'])})"
        if best["rate_advantage"] > 0
        else "no type is ahead of the median"
    )
    worse = sum(place == "WORSE" for place in last["market_position"])
    return (
        f"On {words.day(day)} {ahead}; {words.tally(worse, len(last), 'type', 'stands')} worse than"
        " the market."
    )


def _say_fees(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "fee_gap")
    if known.empty:
        return "No own fee can be compared with those of competitors."
    dear = extremes.largest(known, "fee_gap", _PRODUCT)
    cheap = extremes.smallest(known, "fee_gap", _PRODUCT)
    above = (
        f"is furthest above for {dear.name} ({words.signed(dear['fee_gap'])} a month)"
        if dear["fee_gap"] > 0
        else "is above for no type"
    )
    below = (
        f"furthest below for {cheap.name} ({words.signed(cheap['fee_gap'])} a month)"
        if cheap["fee_gap"] < 0
        else "below for none"
    )
    return f"Against the median of competitors, the bank's fee {above} and {below}."


def _gap(value: Any) -> str:
    return f"{words.signed(100 * float(value))} points"


def _classed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(asset_class=frame["asset_class"].map(_class_name))


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(product_type=words.labels(frame["product_type"]))


def _draw_prices(frame: pd.DataFrame) -> object:
    figure = figures.grouped_line(_classed(frame), "month_end", "price_index", "asset_class")
    return figure.update_yaxes(tickformat=",.0f")


def _draw_risk_return(frame: pd.DataFrame) -> object:
    figure = figures.scatter(
        _classed(frame),
        "volatility_rate",
        "return_rate",
        titles=("volatility a year", "return of twelve months"),
        group="asset_class",
        text="security_name",
    )
    return figure.update_xaxes(tickformat=".0%").update_yaxes(tickformat=".0%")


def _draw_economy(frame: pd.DataFrame) -> object:
    figure = figures.line(frame, "month_end", _RATES)
    return figure.update_yaxes(tickformat=".1f", ticksuffix="%")


_price_chart = partial(
    Chart,
    source="gold.fact_market_prices",
    as_of="data_date",
    also=("gold.dim_security",),
)
_offer_chart = partial(Chart, source="gold.competitive_position", as_of="offer_date")

PAGE = Page(
    name="market_trends",
    title="Market trends",
    question="How do markets and the economy move, and how do the bank's offers compare?",
    section="Customers and products",
    charts=(
        _price_chart(
            name="Price trends",
            title="Prices by class of security, 100 at the start of two years",
            kind="line",
            unit="index, dividends included",
            query=queries.PRICES,
            draw=_draw_prices,
            describe=_say_prices,
        ),
        _price_chart(
            name="Returns",
            title="The fifteen securities that moved most in twelve months",
            kind="bar",
            unit="per cent",
            query=queries.RETURNS,
            draw=lambda frame: figures.bar(
                frame, "security_name", {"return_rate": "return"}, is_share=True, is_horizontal=True
            ),
            describe=_say_returns,
        ),
        _price_chart(
            name="Risk and return",
            title="Return of twelve months against volatility, by security",
            kind="scatter",
            unit="per cent a year",
            query=queries.RISK_RETURN,
            draw=_draw_risk_return,
            describe=_say_risk_return,
        ),
        _price_chart(
            name="Sector returns",
            title="Mean return of a month by sector",
            kind="heatmap",
            unit="per cent a month",
            query=queries.SECTORS,
            draw=lambda frame: figures.heatmap(
                frame.assign(sector=words.labels(frame["sector"])),
                "month",
                "sector",
                "return_rate",
                is_share=True,
                is_signed=True,
            ),
            describe=_say_sectors,
        ),
        _price_chart(
            name="Volatility",
            title="Mean volatility by class of security, at the end of each month",
            kind="line",
            unit="per cent a year",
            query=queries.VOLATILITY,
            draw=lambda frame: figures.grouped_line(
                _classed(frame), "month_end", "volatility_rate", "asset_class", is_share=True
            ),
            describe=_say_volatility,
        ),
        Chart(
            name="Rates and the economy",
            title="Policy rate, inflation, unemployment and growth of the home country",
            kind="line",
            unit="per cent",
            source="gold.economic_months",
            as_of="month_end",
            query=queries.ECONOMY,
            draw=_draw_economy,
            describe=_say_economy,
        ),
        _offer_chart(
            name="Competitive position",
            title="Own rate against the median and the best of competitors, by type of product",
            kind="bar",
            unit="per cent a year",
            query=queries.POSITION,
            draw=lambda frame: figures.bar(
                _typed(frame),
                "product_type",
                {
                    "own_rate": "own",
                    "competitor_median_rate": "median of competitors",
                    "competitor_best_rate": "best for customers",
                },
                is_share=True,
            ),
            describe=_say_position,
        ),
        _offer_chart(
            name="Rate advantage",
            title="How much better for customers the own rate is than the median, over time",
            kind="line",
            unit="percentage points as per cent",
            query=queries.ADVANTAGE,
            draw=lambda frame: figures.grouped_line(
                _typed(frame), "offer_date", "rate_advantage", "product_type", is_share=True
            ),
            describe=_say_advantage,
        ),
        _offer_chart(
            name="Fees and competitors",
            title="Own monthly fee against the median of competitors, by type of product",
            kind="bar",
            unit="{currency} a month",
            query=queries.FEES,
            draw=lambda frame: figures.bar(
                _typed(frame),
                "product_type",
                {"own_monthly_fee": "own", "competitor_median_fee": "median of competitors"},
            ),
            describe=_say_fees,
        ),
    ),
)
