"""Real-time analytics: the last day compared with the same weekdays before.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.page import Chart, Page

_NOW = """
    select
        replace(initcap(replace(metric, '_', ' ')), 'Sla', 'SLA') || case
            when member = 'ALL' then '' else ' ' || member
        end as name,
        observed,
        expected,
        status,
        present_at
    from gold.realtime_analytics
    where period in ('NOW', 'DAY', 'WEEK')
        and observed is not null
        and present_date <= %(as_of)s
        and (member = 'ALL' or (metric = 'VOLUME_AMOUNT' and member = %(currency)s))
    order by
        array_position(
            array[
                'TRANSACTION_COUNT', 'VOLUME_AMOUNT', 'ACTIVE_CUSTOMERS', 'PAYMENT_COUNT',
                'NEW_FRAUD_ALERTS', 'OPEN_FRAUD_ALERTS'
            ],
            metric
        ) nulls last,
        metric,
        period
    limit 8
"""

_HOURS = """
    select member as hour, observed, expected, lower_bound, upper_bound, status
    from gold.realtime_analytics
    where period = 'HOUR' and metric = 'TRANSACTION_COUNT' and present_date <= %(as_of)s
    order by member
"""

_STATUS = """
    select status, count(*) as figures
    from gold.realtime_analytics
    where present_date <= %(as_of)s
    group by status
    order by figures desc, status
"""


_USUAL = "NORMAL"
_JUDGED = (_USUAL, "WARNING", "ALERT")
"""Statuses of figures that were compared with what is usual."""


def _draw_now(frame: pd.DataFrame) -> object:
    rates = {str(name): ".2%" for name in frame["name"] if str(name).endswith(("Rate", "Rate ALL"))}
    amounts = {str(name): ".4s" for name in frame["name"] if "Amount" in str(name)}
    return figures.indicators(frame, "name", "observed", "expected", formats=rates | amounts)


def _say_now(frame: pd.DataFrame, currency: str) -> str:
    at = f"{frame['present_at'].iloc[0]:%Y-%m-%d %H:%M}"
    judged = frame[[value in _JUDGED for value in frame["status"]]]
    odd = judged[judged["status"] != _USUAL]
    if judged.empty:
        return f"At {at} no figure can be compared with what is usual."
    outside = words.tally(len(odd), len(judged), "figure", "is")
    sentence = f"At {at} {outside} outside the usual band"
    if len(judged) < len(frame):
        sentence += f", and {words.count(len(frame) - len(judged))} cannot be judged"
    if odd.empty:
        return f"{sentence}."
    first = odd.iloc[0]
    return (
        f"{sentence}; {'one' if len(odd) > 1 else 'it'} is {first['name'].lower()}:"
        f" {words.number(first['observed'])} where {words.number(first['expected'])} is usual."
    )


def _say_hours(frame: pd.DataFrame, currency: str) -> str:
    if not words.total(frame["observed"]):
        return "The day has no transaction yet."
    first = extremes.largest(frame, "observed", lambda row: f"{row['hour']}:00")
    sentence = (
        f"The busiest hour of the day begins at {first.name}, with"
        f" {words.plural(first['observed'], 'transaction')}"
    )
    if words.is_missing(first["expected"]):
        return f"{sentence}."
    return f"{sentence} where {words.number(first['expected'], 1)} are usual."


def _say_status(frame: pd.DataFrame, currency: str) -> str:
    counts = {row["status"]: int(row["figures"]) for row in frame.to_dict("records")}
    alerts, warnings = counts.get("ALERT", 0), counts.get("WARNING", 0)
    every = sum(counts.values())
    sentence = (
        f"{words.capitalized(words.tally(alerts, every, 'figure', 'raises'))} an alert and"
        f" {words.count(warnings)} a warning"
    )
    unjudged = every - alerts - warnings - counts.get(_USUAL, 0)
    return f"{sentence}; {words.count(unjudged)} cannot be judged." if unjudged else f"{sentence}."


PAGE = Page(
    name="realtime_analytics",
    title="Real-time analytics",
    question="What is happening now?",
    section="Analytics",
    refresh_seconds=60,
    charts=(
        Chart(
            name="Real-time dashboard",
            title="The day up to its last transaction, and what is usual at that time",
            kind="indicator",
            unit="amounts in {currency}",
            source="gold.realtime_analytics",
            as_of="present_date",
            query=_NOW,
            draw=_draw_now,
            describe=_say_now,
        ),
        Chart(
            name="Transactions by hour",
            title="Transactions by hour of the day, with the usual band",
            kind="line",
            unit="transactions",
            source="gold.realtime_analytics",
            as_of="present_date",
            query=_HOURS,
            draw=lambda frame: figures.line(
                frame,
                "hour",
                {
                    "observed": "observed",
                    "expected": "usual",
                    "lower_bound": "lower end of usual",
                    "upper_bound": "upper end of usual",
                },
            ),
            describe=_say_hours,
        ),
        Chart(
            name="Status of figures",
            title="Figures by status",
            kind="bar",
            unit="figures",
            source="gold.realtime_analytics",
            as_of="present_date",
            query=_STATUS,
            draw=lambda frame: figures.bar(
                frame.assign(status=words.labels(frame["status"])), "status", {"figures": "figures"}
            ),
            describe=_say_status,
        ),
    ),
)
