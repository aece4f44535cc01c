"""Descriptive analytics: what happened in the last whole month, and how it came to that.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.catalog import descriptive_queries as queries
from finplatform.reporting.page import Chart, Page

_MEMBER = extremes.label_of("member")


def _labelled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(member=words.labels(frame["member"]))


def _draw_kpis(frame: pd.DataFrame) -> object:
    return figures.indicators(
        frame,
        "name",
        "value",
        "month_before",
        formats={
            "Volume": ".4s",
            "Fees": ".4s",
            "Transactions a customer": ".1f",
            "Median amount": ",.2f",
            "Refused": ".2%",
            "Fraud": ".3%",
        },
    )


def _say_kpis(frame: pd.DataFrame, currency: str) -> str:
    rows = {row["name"]: row for row in frame.to_dict("records")}
    volume, customers = rows["Volume"], rows["Active customers"]
    before = words.compared(
        volume["value"], volume["month_before"], currency, "on the month before"
    )
    return (
        f"{words.plural(customers['value'], 'customer')} moved"
        f" {words.amount(volume['value'], currency)}{before}."
    )


def _say_trends(frame: pd.DataFrame, currency: str) -> str:
    last = frame.iloc[-1]
    name, moved = words.month(last["month_end"]), words.amount(last["volume_amount"], currency)
    if len(frame) == 1:
        return f"{name} is the only whole month: {moved} was moved."
    whole = words.plural(len(frame), "whole month")
    peak = extremes.largest(frame, "volume_amount", extremes.month_of("month_end"))
    if not peak["volume_amount"]:
        return f"Nothing was moved in {whole}."
    most = f"{peak.name} moved the most ({words.amount(peak['volume_amount'], currency)})"
    if peak["month_end"] == last["month_end"]:
        return f"Of {whole}, the last, {most}."
    return f"Of {whole}, {most}; the last, {name}, moved {moved}."


def _say_channel_share(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "volume_amount", _MEMBER)
    if not first["volume_amount"]:
        return "Nothing was moved through any channel."
    return (
        f"{first.heading} is the largest channel with {words.share(first['volume_share'])} of the"
        f" volume ({words.amount(first['volume_amount'], currency)})."
    )


def _say_channel_counts(frame: pd.DataFrame, currency: str) -> str:
    busiest = extremes.largest(frame, "completed_count", _MEMBER)
    if busiest["completed_count"]:
        sentence = (
            f"{busiest.heading} completed the most transactions"
            f" ({words.count(busiest['completed_count'])})"
        )
    else:
        sentence = "No channel completed a transaction"
    worst = extremes.largest(frame, "failure_rate", _MEMBER)
    if not worst["failure_rate"]:
        return f"{sentence}; none was refused."
    return (
        f"{sentence}; {worst.name} had the highest share refused,"
        f" {words.share(worst['failure_rate'], 2)}."
    )


def _say_segments(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "active_customers", _MEMBER)
    if not first["active_customers"]:
        return "No customer was active in any segment."
    busiest = extremes.largest(frame, "transactions_per_customer", _MEMBER)
    sentence = (
        f"{first.heading} is the largest segment"
        f" ({words.plural(first['active_customers'], 'active customer')})"
    )
    if not busiest["transactions_per_customer"]:
        return f"{sentence}; none completed a transaction."
    return (
        f"{sentence}; {busiest.name} is the busiest, with"
        f" {words.number(busiest['transactions_per_customer'], 1)} transactions a customer."
    )


def _say_products(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "balance", extremes.text_of("product_name"))
    held = words.amount(first["balance"], currency)
    if len(frame) == 1:
        return f"{first.bare} is the only product with a balance: {held}."
    part = words.share(words.part(first["balance"], words.total(frame["balance"])))
    return (
        f"{first.name} is the largest of {words.plural(len(frame), 'product')}: {held}, {part} of"
        " all balances."
    )


def _say_merchants(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "volume_amount", extremes.text_of("merchant_name"))
    if not first["volume_amount"]:
        return "No merchant took in anything by card."
    return (
        f"{first.name} took in the most by card:"
        f" {words.amount(first['volume_amount'], currency)} in"
        f" {words.plural(first['payment_count'], 'payment')}."
    )


def _say_demographics(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "customers", lambda row: words.band(row["age_group"]))
    if not first["customers"]:
        return "There is no customer in any age group."
    return (
        f"The largest age group is {first.name} with"
        f" {words.plural(first['customers'], 'customer')}, {words.share(first['unit_share'])} of"
        " all."
    )


def _say_status(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "accounts", extremes.label_of("status"))
    every = words.total(frame["accounts"])
    if not every:
        return "There is no account in any status."
    return (
        f"{words.share(words.part(first['accounts'], every))} of"
        f" {words.plural(every, 'account')} {words.agree(every, 'is')} {first.bare}."
    )


PAGE = Page(
    name="descriptive_analytics",
    title="Descriptive analytics",
    question="What happened in the last whole month?",
    section="Analytics",
    charts=(
        Chart(
            name="KPI dashboard",
            title="Key figures of the month, and their change on the month before",
            kind="indicator",
            unit="amounts in {currency}",
            source="gold.descriptive_analytics",
            as_of="month_end",
            query=queries.KPIS,
            draw=_draw_kpis,
            describe=_say_kpis,
        ),
        Chart(
            name="Monthly trends",
            title="Volume of completed transactions by month",
            kind="line",
            unit="{currency}",
            source="gold.descriptive_analytics",
            as_of="month_end",
            query=queries.TRENDS,
            draw=lambda frame: figures.line(
                frame,
                "month_end",
                {
                    "volume_amount": "volume",
                    "day_adjusted_amount": "as in a month of average length",
                },
            ),
            describe=_say_trends,
        ),
        Chart(
            name="Channel pie",
            title="Volume by channel",
            kind="pie",
            unit="{currency}",
            source="gold.descriptive_analytics",
            as_of="month_end",
            query=queries.members("CHANNEL", "volume_amount, volume_share"),
            draw=lambda frame: figures.pie(_labelled(frame), "member", "volume_amount"),
            describe=_say_channel_share,
        ),
        Chart(
            name="Channel bar",
            title="Transactions by channel: completed and refused",
            kind="bar",
            unit="transactions",
            source="gold.descriptive_analytics",
            as_of="month_end",
            query=queries.members(
                "CHANNEL",
                "completed_count, attempt_count - completed_count as refused_count, failure_rate",
            ),
            draw=lambda frame: figures.bar(
                _labelled(frame),
                "member",
                {"completed_count": "completed", "refused_count": "refused or open"},
                is_stacked=True,
            ),
            describe=_say_channel_counts,
        ),
        Chart(
            name="Customer segmentation",
            title="Active customers by segment",
            kind="bar",
            unit="customers",
            source="gold.descriptive_analytics",
            as_of="month_end",
            query=queries.members(
                "SEGMENT", "active_customers, transactions_per_customer, volume_amount"
            ),
            draw=lambda frame: figures.bar(
                _labelled(frame), "member", {"active_customers": "active customers"}
            ),
            describe=_say_segments,
        ),
        Chart(
            name="Product treemap",
            title="Balances by product category and product",
            kind="treemap",
            unit="{currency}",
            source="gold.product_months",
            as_of="month_end",
            query=queries.PRODUCTS,
            draw=lambda frame: figures.treemap(
                frame, ["product_category", "product_name"], "balance"
            ),
            describe=_say_products,
        ),
        Chart(
            name="Merchant rankings",
            title="The fifteen merchants with the largest card volume",
            kind="bar",
            unit="{currency}",
            source="gold.merchant_months",
            as_of="month_end",
            query=queries.MERCHANTS,
            draw=lambda frame: figures.bar(
                frame, "merchant_name", {"volume_amount": "volume"}, is_horizontal=True
            ),
            describe=_say_merchants,
            also=("gold.dim_merchant",),
        ),
        Chart(
            name="Customer demographics",
            title="Customers by age group",
            kind="bar",
            unit="customers",
            source="gold.stock_months",
            as_of="month_end",
            query=queries.DEMOGRAPHICS,
            draw=lambda frame: figures.bar(
                frame.assign(age_group=frame["age_group"].map(words.band)),
                "age_group",
                {"customers": "customers"},
            ),
            describe=_say_demographics,
        ),
        Chart(
            name="Account status",
            title="Accounts by status",
            kind="pie",
            unit="accounts",
            source="gold.stock_months",
            as_of="month_end",
            query=queries.ACCOUNT_STATUS,
            draw=lambda frame: figures.pie(
                frame.assign(status=words.labels(frame["status"])), "status", "accounts"
            ),
            describe=_say_status,
        ),
    ),
)
