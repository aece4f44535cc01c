"""Customers: what they are worth, how that is spread, and how loyal they are.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.catalog import customers_queries as queries
from finplatform.reporting.page import Chart, Page, Table

_TENTHS = 10


def _tenure(row: Any) -> str:
    return words.band(row["member"])


def _say_distribution(frame: pd.DataFrame, currency: str) -> str:
    facts = frame.iloc[0]
    most = extremes.largest(frame, "customers", lambda row: words.amount(row["lower"], currency))
    return (
        f"The customer in the middle of {words.count(facts['valued_count'])} is worth"
        f" {words.amount(facts['median_value'], currency)}, the mean is"
        f" {words.amount(facts['mean_value'], currency)}; the fullest bin begins at {most.name},"
        f" with {words.plural(most['customers'], 'customer')}."
    )


def _say_deciles(frame: pd.DataFrame, currency: str) -> str:
    every = words.plural(words.total(frame["customers"]), "customer")
    whole = words.total(frame["total_value"])
    if whole <= 0:
        return f"The lifetime value of {every} is {words.amount(whole, currency)}, of which there are no shares."
    top = frame.iloc[0]
    first = (
        f"{words.share(top['value_share'])} of the lifetime value"
        f" ({words.amount(top['total_value'], currency)})"
    )
    if len(frame) < _TENTHS:
        return f"The most valuable of {every} stands for {first}."
    lower = words.part(words.total(frame["total_value"].iloc[_TENTHS // 2 :]), whole)
    return (
        f"The most valuable tenth of the customers, {words.count(top['customers'])}, stands for"
        f" {first}, the less valuable half for {words.share(lower)}."
    )


def _say_tiers(frame: pd.DataFrame, currency: str) -> str:
    name = extremes.label_of("customer_tier")
    best = extremes.largest(frame, "mean_value", name)
    sentence = (
        f"A {best.name} customer is worth the most, {words.amount(best['mean_value'], currency)} on"
        " average"
    )
    most = extremes.largest(frame, "total_value", name)
    whole = words.total(frame["total_value"])
    if whole <= 0 or best.is_only:
        return f"{sentence}."
    return (
        f"{sentence}; as a whole {most.name} stands for the largest part of the value,"
        f" {words.share(words.part(most['total_value'], whole))}."
    )


def _say_value_segments(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "customers", lambda row: str(row["customer_segment"]).lower())
    every = words.total(frame["customers"])
    sentence = (
        f"{first.heading} is the largest segment with"
        f" {words.share(words.part(first['customers'], every))} of {words.plural(every, 'customer')}"
    )
    valuable = words.total(frame[frame["customer_segment"] == "High Value"]["customers"])
    if not valuable:
        return f"{sentence}; none has a high value."
    return f"{sentence}; {words.plural(valuable, 'customer')} {words.agree(valuable, 'has')} a high value."


def _say_active(frame: pd.DataFrame, currency: str) -> str:
    every = words.total(frame["customers"])
    sure = words.total(frame["customers"][[float(low) > 0.85 for low in frame["lower"]]])
    lost = words.total(frame["customers"][[float(low) < 0.45 for low in frame["lower"]]])
    return (
        f"{words.capitalized(_part_of(sure, every))} of {words.plural(every, 'customer')} will pay by"
        f" card again with a chance of 90% or more; for {_part_of(lost, every)} the chance is below"
        " 50%."
    )


def _part_of(some: Any, every: Any) -> str:
    return words.share(words.part(some, every)) if some else "none"


def _say_rfm(frame: pd.DataFrame, currency: str) -> str:
    name = extremes.label_of("rfm_segment")
    most = extremes.largest(frame, "customers", name)
    sentence = (
        f"{most.heading} is the largest segment with"
        f" {words.plural(most['customers'], 'customer')} ({words.share(most['customer_share'])})"
    )
    if words.known(frame, "mean_value").empty:
        return f"{sentence}; no lifetime value has been estimated."
    best = extremes.largest(frame, "mean_value", name)
    return (
        f"{sentence}; {best.name} is worth the most, {words.amount(best['mean_value'], currency)} a"
        " customer."
    )


def _say_tenure(frame: pd.DataFrame, currency: str) -> str:
    every = words.total(frame["customers"])
    if not every:
        return "There is no customer of any tenure."
    most = extremes.largest(frame, "customers", _tenure)
    sentence = (
        f"The largest group of customers has been there {most.name}"
        f" ({words.share(words.part(most['customers'], every))} of {words.count(every)})"
    )
    rich = extremes.largest(frame, "deposit_balance", _tenure)
    if not rich["deposit_balance"]:
        return f"{sentence}; none holds a deposit."
    return (
        f"{sentence}; the most deposits, {words.amount(rich['deposit_balance'], currency)}, are held by"
        f" those of {rich.name}."
    )


def _say_tier_months(frame: pd.DataFrame, currency: str) -> str:
    start, end = min(frame["month_end"]), max(frame["month_end"])
    name = extremes.label_of("customer_tier")
    first = extremes.largest(frame[frame["month_end"] == end], "customers", name)
    sentence = (
        f"In {words.month(end)} {first.name} is the largest tier"
        f" ({words.plural(first['customers'], 'customer')})"
    )
    if start == end:
        return f"{sentence}."
    moves = pd.DataFrame(
        [
            (tier, _customers(rows, end) - _customers(rows, start))
            for tier, rows in frame.groupby("customer_tier", sort=False)
        ],
        columns=["customer_tier", "change"],
    )
    grown = extremes.largest(moves, "change", name)
    if grown["change"] <= 0:
        return f"{sentence}; no tier gained over the months shown."
    return f"{sentence}; {grown.name} gained the most over the months shown ({grown['change']:+,})."


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


def _customers(rows: pd.DataFrame, month_end: date) -> int:
    """Customers of a month; none where the tier has no row."""
    return int(words.total(rows[rows["month_end"] == month_end]["customers"]))


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
                frame.assign(member=frame["member"].map(words.band)),
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
