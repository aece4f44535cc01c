"""Diagnostic analytics: why it happened, as rates of what goes wrong and the parts of changes.

Belongs here: the charts of the page, how each is drawn and what it says. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

import pandas as pd

from finplatform.reporting import figures, words
from finplatform.reporting.page import Chart, Page

_YEAR = """
    last_month as (
        select max(month_end) as month_end
        from gold.rate_months
        where is_whole_month and month_end <= %(as_of)s
    )
"""


def _rates(measure: str, breakdown: str, order: str) -> str:
    """Query of cases and rates of a measure in the twelve months to the last whole one."""
    return f"""
    with {_YEAR}

    select
        rates.member,
        sum(rates.numerator)::bigint as cases,
        sum(rates.denominator)::bigint as possible_cases,
        sum(rates.numerator)::numeric / sum(rates.denominator) as rate
    from gold.rate_months as rates
    cross join last_month
    where rates.measure = '{measure}'
        and rates.breakdown = '{breakdown}'
        and rates.is_whole_month
        and rates.month_end > last_month.month_end - interval '1 year'
        and rates.month_end <= last_month.month_end
    group by rates.member
    order by {order}
"""


_TENURES = """
        array_position(array['UNDER_1Y', '1Y_3Y', '3Y_5Y', '5Y_10Y', '10Y_PLUS'], rates.member), rates.member
"""

_FRAUD_HOURS = """
    with last_month as (
        select max(month_end) as month_end
        from gold.activity_hours
        where month_end <= %(as_of)s
    )

    select
        (array['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'])[hours.day_of_week] as weekday,
        hours.transaction_hour,
        sum(hours.fraud_count)::bigint as frauds,
        sum(hours.attempt_count)::bigint as transactions,
        sum(hours.fraud_count)::numeric / sum(hours.attempt_count) as fraud_rate
    from gold.activity_hours as hours
    cross join last_month
    where hours.breakdown = 'TOTAL'
        and hours.month_end > last_month.month_end - interval '1 year'
        and hours.month_end <= last_month.month_end
    group by hours.day_of_week, hours.transaction_hour
    order by hours.day_of_week, hours.transaction_hour
"""

_DRIVERS = """
    select driver_name, lift, lapse_rate, base_rate, lapsed, is_significant
    from gold.churn_drivers
    where driver not in ('BASE', 'NONE') and lift is not null and as_of_date <= %(as_of)s
    order by lift desc, driver
"""

_MOVERS = """
    with last_month as (
        select max(month_end) as month_end
        from gold.diagnostic_analytics
        where measure = 'VOLUME' and currency = %(currency)s and month_end <= %(as_of)s
    )

    select member, contribution, total_change, base_month_end
    from gold.diagnostic_analytics
    inner join last_month using (month_end)
    where measure = 'VOLUME'
        and comparison = 'MONTH'
        and breakdown = 'TYPE'
        and currency = %(currency)s
    order by contribution_rank, member
    limit 12
"""


def _labelled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(member=words.labels(frame["member"]))


def _say_rate(frame: pd.DataFrame, what: str, whom: str) -> str:
    """The member with the highest rate, and how that compares with the rate of all."""
    first = words.largest(frame, "rate")
    of_all = float(frame["cases"].sum()) / float(frame["possible_cases"].sum())
    return (
        f"{words.heading(first['member'])} has the highest rate of {what}:"
        f" {words.share(first['rate'], 2)} of {words.count(first['possible_cases'])} {whom},"
        f" against {words.share(of_all, 2)} of all."
    )


def _say_fraud(frame: pd.DataFrame, currency: str) -> str:
    return _say_rate(frame, "confirmed fraud", "transactions")


def _say_hours(frame: pd.DataFrame, currency: str) -> str:
    frauds = int(frame["frauds"].sum())
    if not frauds:
        return "No fraud was confirmed in these twelve months."
    first = words.largest(frame, "frauds")
    return (
        f"Of {words.plural(frauds, 'confirmed fraud')} in twelve months, most fell on"
        f" {first['weekday']} at {int(first['transaction_hour']):02d}:00"
        f" ({words.count(first['frauds'])} of {words.count(first['transactions'])} transactions)."
    )


def _say_churn(frame: pd.DataFrame, currency: str) -> str:
    return _say_rate(frame, "falling silent", "customer months")


def _say_declines(frame: pd.DataFrame, currency: str) -> str:
    first = words.largest(frame, "cases")
    refused = int(frame["cases"].sum())
    if not refused:
        return "No transaction was refused in these twelve months."
    return (
        f"{words.heading(first['member'])} is the most frequent reason:"
        f" {words.count(first['cases'])} of {words.plural(refused, 'refused transaction')}"
        f" ({words.share(int(first['cases']) / refused)})."
    )


def _say_service(frame: pd.DataFrame, currency: str) -> str:
    first, worst = words.largest(frame, "possible_cases"), words.largest(frame, "rate")
    return (
        f"Customers contact the bank most about {words.label(first['member'])}"
        f" ({words.count(first['possible_cases'])} contacts); least often solved is"
        f" {words.label(worst['member'])}, with {words.share(worst['rate'])} left open."
    )


def _say_drivers(frame: pd.DataFrame, currency: str) -> str:
    first = words.largest(frame, "lift")
    proven = int(sum(bool(value) for value in frame["is_significant"]))
    return (
        f"{first['driver_name']} goes with the highest rate of falling silent:"
        f" {words.share(first['lapse_rate'])} against {words.share(first['base_rate'])} of all"
        f" ({words.number(first['lift'])} times); {words.plural(proven, 'driver')} of"
        f" {len(frame)} {'differs' if proven == 1 else 'differ'} by more than chance."
    )


def _say_movers(frame: pd.DataFrame, currency: str) -> str:
    size = frame.assign(size=[abs(float(value)) for value in frame["contribution"]])
    first = words.largest(size, "size")
    verb = "added" if float(first["contribution"]) >= 0 else "took away"
    return (
        f"Against {words.month(first['base_month_end'])} the volume changed by"
        f" {words.amount(first['total_change'], currency)};"
        f" {words.label(first['member'])} {verb} the most"
        f" ({words.amount(first['contribution'], currency)})."
    )


PAGE = Page(
    name="diagnostic_analytics",
    title="Diagnostic analytics",
    question="Why did it happen?",
    section="Analytics",
    charts=(
        Chart(
            name="Fraud by channel",
            title="Share of transactions confirmed as fraud, by channel, in twelve months",
            kind="bar",
            unit="share of transactions",
            source="gold.rate_months",
            as_of="month_end",
            query=_rates("FRAUD", "CHANNEL", "rate desc, member"),
            draw=lambda frame: figures.bar(
                _labelled(frame), "member", {"rate": "fraud rate"}, is_share=True
            ),
            describe=_say_fraud,
        ),
        Chart(
            name="Fraud heatmap by hour",
            title="Confirmed frauds by weekday and hour, in twelve months",
            kind="heatmap",
            unit="frauds",
            source="gold.activity_hours",
            as_of="month_end",
            query=_FRAUD_HOURS,
            draw=lambda frame: figures.heatmap(frame, "transaction_hour", "weekday", "frauds"),
            describe=_say_hours,
        ),
        Chart(
            name="Churn by tenure",
            title="Share of customers who fell silent in a month, by years with the bank",
            kind="bar",
            unit="share of customer months",
            source="gold.rate_months",
            as_of="month_end",
            query=_rates("LAPSE", "TENURE", _TENURES),
            draw=lambda frame: figures.bar(
                _labelled(frame), "member", {"rate": "share fallen silent"}, is_share=True
            ),
            describe=_say_churn,
        ),
        Chart(
            name="Churn drivers",
            title="How much more often customers fall silent where a cause is present",
            kind="bar",
            unit="times the rate of all customers",
            source="gold.churn_drivers",
            as_of="as_of_date",
            query=_DRIVERS,
            draw=lambda frame: figures.bar(
                frame, "driver_name", {"lift": "lift"}, is_horizontal=True
            ),
            describe=_say_drivers,
        ),
        Chart(
            name="Decline reasons",
            title="Refused transactions by reason, in twelve months",
            kind="pie",
            unit="transactions",
            source="gold.rate_months",
            as_of="month_end",
            query=_rates("DECLINE", "CAUSE", "cases desc, member"),
            draw=lambda frame: figures.pie(_labelled(frame), "member", "cases"),
            describe=_say_declines,
        ),
        Chart(
            name="Service issues",
            title="Contacts by reason, and those left without a solution, in twelve months",
            kind="bar",
            unit="contacts",
            source="gold.rate_months",
            as_of="month_end",
            query=_rates("UNRESOLVED_CONTACT", "REASON", "possible_cases desc, member"),
            draw=lambda frame: figures.bar(
                _labelled(frame),
                "member",
                {"possible_cases": "contacts", "cases": "without a solution"},
                is_horizontal=True,
            ),
            describe=_say_service,
        ),
        Chart(
            name="What moved the month",
            title="By how much each type of transaction changed the volume on the month before",
            kind="bar",
            unit="{currency}",
            source="gold.diagnostic_analytics",
            as_of="month_end",
            query=_MOVERS,
            draw=lambda frame: figures.bar(
                _labelled(frame), "member", {"contribution": "contribution"}, is_horizontal=True
            ),
            describe=_say_movers,
        ),
    ),
)
