"""Customers: what they are worth, how that is spread, and how loyal they are.

Belongs here: the charts of the page, how each is drawn and what it says. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

from functools import partial

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.catalog import customers_queries as queries
from finplatform.reporting.page import Chart, Page, Table

_TENURES = {
    "UNDER_1Y": "under 1 year",
    "1Y_3Y": "1 to 3 years",
    "3Y_5Y": "3 to 5 years",
    "5Y_10Y": "5 to 10 years",
    "10Y_PLUS": "10 years and more",
}


def _tenure(code: str) -> str:
    return _TENURES.get(code, words.label(code))


def _say_distribution(frame: pd.DataFrame, currency: str) -> str:
    facts, most = frame.iloc[0], words.largest(frame, "customers")
    return (
        f"Half of {words.plural(facts['valued_count'], 'customer')} are worth less than"
        f" {words.amount(facts['median_value'], currency)}, the mean is"
        f" {words.amount(facts['mean_value'], currency)}; the fullest bin begins at"
        f" {words.amount(most['lower'], currency)}"
        f" ({words.plural(most['customers'], 'customer')})."
    )


def _say_deciles(frame: pd.DataFrame, currency: str) -> str:
    top = frame.iloc[0]
    lower = words.total(frame["value_share"].iloc[len(frame) // 2 :])
    return (
        f"The most valuable tenth of the customers, {words.count(top['customers'])}, stands for"
        f" {words.share(top['value_share'])} of the lifetime value"
        f" ({words.amount(top['total_value'], currency)}), the less valuable half for"
        f" {words.share(lower)}."
    )


def _say_tiers(frame: pd.DataFrame, currency: str) -> str:
    best, most = words.largest(frame, "mean_value"), words.largest(frame, "total_value")
    return (
        f"A {words.label(best['customer_tier'])} customer is worth the most,"
        f" {words.amount(best['mean_value'], currency)} on average; as a whole"
        f" {words.label(most['customer_tier'])} stands for {words.share(most['value_share'])} of"
        " the value."
    )


def _say_value_segments(frame: pd.DataFrame, currency: str) -> str:
    high = frame[frame["customer_segment"] == "High Value"]
    first = words.largest(frame, "customers")
    text = (
        f"{str(first['customer_segment']).capitalize()} is the largest segment with"
        f" {words.share(first['customer_share'])} of"
        f" {words.plural(words.total(frame['customers']), 'customer')}"
    )
    if high.empty:
        return f"{text}; none has a high value."
    return f"{text}; {words.plural(high.iloc[0]['customers'], 'customer')} have a high value."


def _say_active(frame: pd.DataFrame, currency: str) -> str:
    every = int(words.total(frame["customers"]))
    sure = int(words.total(frame["customers"][[float(low) > 0.85 for low in frame["lower"]]]))
    lost = int(words.total(frame["customers"][[float(low) < 0.45 for low in frame["lower"]]]))
    return (
        f"{words.share(sure / every)} of {words.plural(every, 'customer')} will pay by card again"
        f" with a chance of 90% or more; for {words.share(lost / every)} the chance is below 50%."
    )


def _say_rfm(frame: pd.DataFrame, currency: str) -> str:
    most, known = words.largest(frame, "customers"), words.known(frame, "mean_value")
    text = (
        f"{words.label(most['rfm_segment']).capitalize()} is the largest segment with"
        f" {words.plural(most['customers'], 'customer')} ({words.share(most['customer_share'])})"
    )
    if known.empty:
        return f"{text}; no lifetime value has been estimated."
    best = words.largest(known, "mean_value")
    return (
        f"{text}; {words.label(best['rfm_segment'])} is worth the most,"
        f" {words.amount(best['mean_value'], currency)} a customer."
    )


def _say_tenure(frame: pd.DataFrame, currency: str) -> str:
    most, rich = words.largest(frame, "customers"), words.largest(frame, "deposit_balance")
    return (
        f"Most customers have been there {_tenure(most['member'])}"
        f" ({words.share(most['unit_share'])} of"
        f" {words.count(words.total(frame['customers']))}); the most deposits,"
        f" {words.amount(rich['deposit_balance'], currency)}, are held by those of"
        f" {_tenure(rich['member'])}."
    )


def _say_tier_months(frame: pd.DataFrame, currency: str) -> str:
    moves = {
        str(name): int(rows["customers"].iloc[-1]) - int(rows["customers"].iloc[0])
        for name, rows in frame.groupby("customer_tier", sort=False)
    }
    grown = max(moves, key=lambda tier: moves[tier])
    last = frame[frame["month_end"] == frame["month_end"].max()]
    first = words.largest(last, "customers")
    return (
        f"In {words.month(first['month_end'])} {words.label(first['customer_tier'])} is the largest"
        f" tier ({words.plural(first['customers'], 'customer')}); {words.label(grown)} gained the"
        f" most over the months shown ({moves[grown]:+,})."
    )


def _draw_distribution(frame: pd.DataFrame) -> object:
    width = float(frame["bin_width"].iloc[0])
    return figures.histogram(
        frame,
        "lower",
        "customers",
        width=width,
        title="lifetime value; the first bin and below, the last and above",
    )


_value_chart = partial(
    Chart, source="gold.customer_lifetime_value", as_of="observation_date", unit="customers"
)
_stock_chart = partial(Chart, source="gold.stock_months", as_of="month_end", unit="customers")

PAGE = Page(
    name="customers",
    title="Customers",
    question="What are customers worth, who are the best, and how long do they stay?",
    section="Customers and products",
    charts=(
        _value_chart(
            name="Lifetime value",
            title="Customers by lifetime value of five years",
            kind="histogram",
            query=queries.DISTRIBUTION,
            draw=_draw_distribution,
            describe=_say_distribution,
        ),
        _value_chart(
            name="Top decile share",
            title="Share of the lifetime value by tenths of the customers, most valuable first",
            kind="bar",
            unit="per cent of the lifetime value",
            query=queries.DECILES,
            draw=lambda frame: figures.bar(
                frame, "decile", {"value_share": "share of the value"}, is_share=True
            ),
            describe=_say_deciles,
        ),
        _value_chart(
            name="Value by tier",
            title="Mean lifetime value by service tier",
            kind="bar",
            unit="{currency} a customer",
            query=queries.TIERS,
            draw=lambda frame: figures.bar(
                frame.assign(customer_tier=words.labels(frame["customer_tier"])),
                "customer_tier",
                {"mean_value": "mean lifetime value"},
            ),
            describe=_say_tiers,
            also=("gold.dim_customer",),
        ),
        _value_chart(
            name="RFM segments",
            title="Customers by recency, frequency and amount of what they pay",
            kind="bar",
            query=queries.RFM,
            draw=lambda frame: figures.bar(
                frame.assign(rfm_segment=words.labels(frame["rfm_segment"])),
                "rfm_segment",
                {"customers": "customers"},
            ),
            describe=_say_rfm,
            also=("gold.customer_segments",),
        ),
        _value_chart(
            name="Value segments",
            title="Customers by the formula of revenue times tenure",
            kind="pie",
            query=queries.VALUE_SEGMENTS,
            draw=lambda frame: figures.pie(frame, "customer_segment", "customers"),
            describe=_say_value_segments,
        ),
        _value_chart(
            name="Chance of paying again",
            title="Customers by the chance that they will pay by card again",
            kind="histogram",
            query=queries.ACTIVE,
            draw=lambda frame: figures.histogram(
                frame, "lower", "customers", width=0.1, title="chance", is_share=True
            ),
            describe=_say_active,
        ),
        _stock_chart(
            name="Customer tenure",
            title="Customers by how long they have been there",
            kind="bar",
            query=queries.TENURE,
            draw=lambda frame: figures.bar(
                frame.assign(member=frame["member"].map(_tenure)),
                "member",
                {"customers": "customers"},
            ),
            describe=_say_tenure,
        ),
        _stock_chart(
            name="Service tiers",
            title="Customers by service tier and month",
            kind="line",
            query=queries.TIER_MONTHS,
            draw=lambda frame: figures.grouped_line(
                frame.assign(customer_tier=words.labels(frame["customer_tier"])),
                "month_end",
                "customers",
                "customer_tier",
            ),
            describe=_say_tier_months,
        ),
    ),
    tables=(
        Table(
            title="Segments by recency, frequency and amount",
            source="gold.customer_lifetime_value",
            query=queries.RFM_TABLE,
            also=("gold.customer_segments",),
        ),
    ),
)
