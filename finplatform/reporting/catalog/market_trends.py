"""Market trends: prices and returns of securities, the economy, own offers beside those of others.

Belongs here: the charts of the page, how each is drawn and what it says. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

from functools import partial

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.catalog import market_trends_queries as queries
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


def _say_prices(frame: pd.DataFrame, currency: str) -> str:
    last = pd.DataFrame(
        [rows.iloc[-1] for _, rows in frame.groupby("asset_class", sort=False)],
        columns=frame.columns,
    )
    best, worst = words.largest(last, "price_index"), words.smallest(last, "price_index")
    return (
        f"Of 100 in {words.month(frame['month_end'].min())}, {_class_name(best['asset_class'])} stand"
        f" at {words.number(best['price_index'], 1)}, the highest, and"
        f" {_class_name(worst['asset_class'])} at {words.number(worst['price_index'], 1)}, the"
        " lowest."
    )


def _say_returns(frame: pd.DataFrame, currency: str) -> str:
    best, worst = words.largest(frame, "return_rate"), words.smallest(frame, "return_rate")
    risen = sum(float(rate) > 0 for rate in frame["return_rate"])
    return (
        f"{best['security_name']} returned the most ({words.share(best['return_rate'])}) and"
        f" {worst['security_name']} the least ({words.share(worst['return_rate'])});"
        f" {words.count(risen)} of {words.count(len(frame))} shown rose."
    )


def _say_risk_return(frame: pd.DataFrame, currency: str) -> str:
    wild, calm = words.largest(frame, "volatility_rate"), words.smallest(frame, "volatility_rate")
    return (
        f"{wild['security_name']} moves the most ({words.share(wild['volatility_rate'])} a year) for"
        f" a return of {words.share(wild['return_rate'])}; {calm['security_name']} moves the least"
        f" ({words.share(calm['volatility_rate'])}) for {words.share(calm['return_rate'])}."
    )


def _say_sectors(frame: pd.DataFrame, currency: str) -> str:
    best, worst = words.largest(frame, "return_rate"), words.smallest(frame, "return_rate")
    return (
        f"The best month of a sector was {best['month']} for {words.label(best['sector'])}"
        f" ({words.share(best['return_rate'])}), the worst {worst['month']} for"
        f" {words.label(worst['sector'])} ({words.share(worst['return_rate'])})."
    )


def _say_volatility(frame: pd.DataFrame, currency: str) -> str:
    peak = words.largest(frame, "volatility_rate")
    last = frame[frame["month_end"] == frame["month_end"].max()]
    first = words.largest(last, "volatility_rate")
    return (
        f"{_class_name(peak['asset_class']).capitalize()} were the most volatile in"
        f" {words.month(peak['month_end'])} ({words.share(peak['volatility_rate'])} a year); in"
        f" {words.month(first['month_end'])} {_class_name(first['asset_class'])} are, with"
        f" {words.share(first['volatility_rate'])}."
    )


def _say_economy(frame: pd.DataFrame, currency: str) -> str:
    said = []
    for column, name in _RATES.items():
        known = words.known(frame, column)
        if not known.empty:
            first, last = known.iloc[0], known.iloc[-1]
            said.append(
                f"{name} from {words.number(first[column], 1)}% to {words.number(last[column], 1)}%"
            )
    first, last = frame.iloc[0], frame.iloc[-1]
    return (
        f"From {words.month(first['month_end'])} to {words.month(last['month_end'])}"
        f" {', '.join(said)}."
    )


def _say_position(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "rate_advantage")
    if known.empty:
        return "No own rate can be compared with those of competitors."
    best, worst = words.largest(known, "rate_advantage"), words.smallest(known, "rate_advantage")
    ahead = sum(float(gap) > 0 for gap in known["rate_advantage"])
    return (
        f"The own rate is better for customers than the median in {words.count(ahead)} of"
        f" {words.plural(len(known), 'type')}; the best place is"
        f" {words.count(best['own_rate_rank'])} of {words.count(best['offers_compared'])} for"
        f" {words.label(best['product_type'])}, furthest behind is"
        f" {words.label(worst['product_type'])} ({_gap(worst['rate_advantage'])})."
    )


def _say_advantage(frame: pd.DataFrame, currency: str) -> str:
    last = frame[frame["offer_date"] == frame["offer_date"].max()]
    best, worst = words.largest(last, "rate_advantage"), words.smallest(last, "rate_advantage")
    worse = sum(place == "WORSE" for place in last["market_position"])
    return (
        f"On {words.day(best['offer_date'])} {words.label(best['product_type'])} is furthest ahead"
        f" of the median ({_gap(best['rate_advantage'])}) and {words.label(worst['product_type'])}"
        f" has {_gap(worst['rate_advantage'])}; {words.count(worse)} of"
        f" {words.plural(len(last), 'type')} stand worse than the market."
    )


def _say_fees(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "fee_gap")
    if known.empty:
        return "No own fee can be compared with those of competitors."
    dear, cheap = words.largest(known, "fee_gap"), words.smallest(known, "fee_gap")
    return (
        f"Against the median the bank's fee is highest for {words.label(dear['product_type'])}"
        f" ({float(dear['fee_gap']):+,.2f} a month) and lowest for"
        f" {words.label(cheap['product_type'])} ({float(cheap['fee_gap']):+,.2f})."
    )


def _gap(value: object) -> str:
    return f"{float(str(value)) * 100:+.2f} points"


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
            title="Own rate beside the median and the best of competitors, by type of product",
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
            title="Own monthly fee beside the median of competitors, by type of product",
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
