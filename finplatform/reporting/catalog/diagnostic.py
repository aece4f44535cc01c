"""Diagnostic analytics: why it happened, as rates of what goes wrong and the parts of changes.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

import pandas as pd

from finplatform.reporting import extremes, figures, words
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
    ),

    year as (
        select
            hours.month_end, hours.day_of_week, hours.transaction_hour, hours.fraud_count,
            hours.attempt_count
        from gold.activity_hours as hours
        cross join last_month
        where hours.breakdown = 'TOTAL'
            and hours.month_end > last_month.month_end - interval '1 year'
            and hours.month_end <= last_month.month_end
    )

    select
        (array['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'])[day_of_week] as weekday,
        transaction_hour,
        sum(fraud_count)::bigint as frauds,
        sum(attempt_count)::bigint as transactions,
        sum(fraud_count)::numeric / sum(attempt_count) as fraud_rate,
        (select count(distinct month_end) from year) as months
    from year
    group by day_of_week, transaction_hour
    order by day_of_week, transaction_hour
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

    select member, contribution, total_change, month_end, base_month_end
    from gold.diagnostic_analytics
    inner join last_month using (month_end)
    where measure = 'VOLUME'
        and comparison = 'MONTH'
        and breakdown = 'TYPE'
        and currency = %(currency)s
    order by contribution_rank, member
    limit 12
"""


_MEMBER = extremes.label_of("member")
_WEEKDAYS = {
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
    "Sun": "Sunday",
}


def _labelled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(member=words.labels(frame["member"]))


def _say_rate(frame: pd.DataFrame, name: extremes.Name, what: str, among: str, none: str) -> str:
    """The member with the highest rate, and how that compares with the rate of all.

    Args:
        frame: Rows of a query of rates.
        name: What a member is called.
        what: What the rate is of.
        among: One of the possible cases.
        none: Sentence for the case without any.
    """
    cases, possible = words.total(frame["cases"]), words.total(frame["possible_cases"])
    if not cases:
        return f"{none} {words.plural(possible, among)}."
    first = extremes.largest(frame, "rate", name)
    return (
        f"{first.heading} has the highest rate of {what}: {words.share(first['rate'], 2)} of"
        f" {words.plural(first['possible_cases'], among)}, against"
        f" {words.share(words.part(cases, possible), 2)} of all."
    )


def _say_fraud(frame: pd.DataFrame, currency: str) -> str:
    return _say_rate(
        frame, _MEMBER, "confirmed fraud", "transaction", "No fraud is confirmed among"
    )


def _say_hours(frame: pd.DataFrame, currency: str) -> str:
    frauds, months = words.total(frame["frauds"]), words.plural(frame["months"].iloc[0], "month")
    if not frauds:
        return f"No fraud was confirmed in {months}."
    first = extremes.largest(frame, "frauds", _hour)
    return (
        f"{first.name} had the most confirmed frauds of {months}, {words.count(first['frauds'])}"
        f" of {words.count(frauds)}, in {words.plural(first['transactions'], 'transaction')}."
    )


def _hour(row: pd.Series) -> str:
    return f"{_WEEKDAYS[row['weekday']]} from {int(row['transaction_hour']):02d}:00"


def _say_churn(frame: pd.DataFrame, currency: str) -> str:
    return _say_rate(
        frame,
        lambda row: f"a tenure of {words.band(row['member'])}",
        "falling silent",
        "customer month",
        "No customer fell silent in",
    )


def _say_declines(frame: pd.DataFrame, currency: str) -> str:
    refused = words.total(frame["cases"])
    if not refused:
        return "No transaction was refused."
    first = extremes.largest(frame, "cases", _MEMBER)
    return (
        f"{first.heading} is the most frequent reason: {words.count(first['cases'])} of"
        f" {words.plural(refused, 'refused transaction')}"
        f" ({words.share(words.part(first['cases'], refused))})."
    )


def _say_service(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "possible_cases", _MEMBER)
    sentence = (
        f"Customers contact the bank most about {first.name}"
        f" ({words.plural(first['possible_cases'], 'contact')})"
    )
    worst = extremes.largest(frame, "rate", _MEMBER)
    if not worst["rate"]:
        return f"{sentence}; all contacts were solved."
    return f"{sentence}; least often solved is {worst.name}, with {words.share(worst['rate'])} left open."


def _say_drivers(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "lift", extremes.text_of("driver_name"))
    proven = sum(bool(value) for value in frame["is_significant"])
    counted = f"{words.tally(proven, len(frame), 'driver', 'differs')} by more than chance"
    if not first["lift"]:
        return f"No customer with any of the drivers fell silent; {counted}."
    return (
        f"{first.heading} goes with the highest rate of falling silent:"
        f" {words.share(first['lapse_rate'])} against {words.share(first['base_rate'])} of all"
        f" ({words.number(first['lift'])} times); {counted}."
    )


def _say_movers(frame: pd.DataFrame, currency: str) -> str:
    row = frame.iloc[0]
    moved = float(row["total_change"])
    size = words.amount(abs(moved), currency)
    sentence = (
        f"From {words.month(row['base_month_end'])} to {words.month(row['month_end'])} the volume"
        f" {f'rose by {size}' if moved > 0 else f'fell by {size}' if moved else 'did not change'}"
    )
    furthest = extremes.furthest(frame, "contribution", _MEMBER)
    contribution = float(furthest["contribution"])
    if not contribution:
        return f"{sentence}; no type of transaction changed."
    if contribution > 0:
        first, verb = extremes.largest(frame, "contribution", _MEMBER), "added"
    else:
        first, verb = extremes.smallest(frame, "contribution", _MEMBER), "took away"
    return (
        f"{sentence}; {first.name} {verb} the most ({words.amount(abs(contribution), currency)})."
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
                frame.assign(member=frame["member"].map(words.band)),
                "member",
                {"rate": "share fallen silent"},
                is_share=True,
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
