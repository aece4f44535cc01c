"""Settlements of merchants: breaches of the service agreement, delays, what is open, commission.

A settlement counts as a breach when it was paid out after its due day, or is open and past it on
the page's last day, as in `bi.settlements`. Days late are business days.
"""

from functools import partial

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.catalog import settlements_queries as queries
from finplatform.reporting.page import Chart, Page, Table


def _say_sla(frame: pd.DataFrame, currency: str) -> str:
    worst, last = words.largest(frame, "breach_rate"), frame.iloc[-1]
    before = frame.iloc[-2]["breach_rate"] if len(frame) > 1 else None
    return (
        f"Of the settlements due in {words.month(last['month_end'])},"
        f" {words.share(last['breach_rate'])} were late ({words.count(last['breach_count'])} of"
        f" {words.count(last['due_count'])}), {words.points(last['breach_rate'], before)} on the"
        f" month before; the worst month was {words.month(worst['month_end'])}"
        f" ({words.share(worst['breach_rate'])})."
    )


def _say_days_delayed(frame: pd.DataFrame, currency: str) -> str:
    most, last = words.largest(frame, "settlement_count"), frame.iloc[-1]
    every = words.total(frame["settlement_count"])
    return (
        f"{words.share(most['settlement_count'] / float(every))} of"
        f" {words.plural(every, 'late settlement')} came {_days(most['days_late'])} late; the longest"
        f" delays, {_days(last['days_late'])}, held up {words.amount(last['net_amount'], currency)}."
    )


def _say_days_to_settle(frame: pd.DataFrame, currency: str) -> str:
    every = float(words.total(frame["settlement_count"]))
    means = {str(name): _mean_days(rows) for name, rows in frame.groupby("sla_class", sort=False)}
    fastest, slowest = min(means, key=lambda n: means[n]), max(means, key=lambda n: means[n])
    swift = frame[frame["days_to_settle"] <= 1]
    return (
        f"{words.share(float(words.total(swift['settlement_count'])) / every)} of settlements were"
        f" paid out within one business day; {words.label(fastest)} took"
        f" {words.number(means[fastest], 1)} days on average and {words.label(slowest)}"
        f" {words.number(means[slowest], 1)}."
    )


def _say_reasons(frame: pd.DataFrame, currency: str) -> str:
    first, known = words.largest(frame, "breach_count"), words.known(frame, "mean_days_late")
    text = (
        f"{words.label(first['delay_reason']).capitalize()} is the reason of"
        f" {words.share(first['breach_share'])} of"
        f" {words.plural(words.total(frame['breach_count']), 'breach', 'breaches')}"
    )
    if known.empty:
        return f"{text}, none of which has been paid out."
    longest = words.largest(known, "mean_days_late")
    return (
        f"{text}; {words.label(longest['delay_reason'])} takes longest, with"
        f" {words.number(longest['mean_days_late'], 1)} business days on average."
    )


def _say_classes(frame: pd.DataFrame, currency: str) -> str:
    worst, best = words.largest(frame, "breach_rate"), words.smallest(frame, "breach_rate")
    return (
        f"{words.label(worst['sla_class']).capitalize()} settlements are late most often"
        f" ({words.share(worst['breach_rate'])} of {words.count(worst['due_count'])}),"
        f" {words.label(best['sla_class'])} ones least ({words.share(best['breach_rate'])} of"
        f" {words.count(best['due_count'])})."
    )


def _say_merchants(frame: pd.DataFrame, currency: str) -> str:
    worst = words.largest(frame, "breach_rate")
    return (
        f"{worst['merchant_name']} was paid late most often:"
        f" {words.count(worst['breach_count'])} of {words.count(worst['due_count'])} settlements"
        f" ({words.share(worst['breach_rate'])})."
    )


def _say_open(frame: pd.DataFrame, currency: str) -> str:
    late = frame[[bool(flag) for flag in frame["is_past_due"]]]
    return (
        f"{words.amount(words.total(frame['net_amount']), currency)} is open in"
        f" {words.plural(words.total(frame['settlement_count']), 'settlement')};"
        f" {words.count(words.total(late['settlement_count']))} of them, worth"
        f" {words.amount(words.total(late['net_amount']), currency)}, are past due."
    )


def _say_commission(frame: pd.DataFrame, currency: str) -> str:
    best, last = words.largest(frame, "commission_amount"), frame.iloc[-1]
    return (
        f"Commission was highest in {best['month']}"
        f" ({words.amount(best['commission_amount'], currency)}); {last['month']} brought"
        f" {words.amount(last['commission_amount'], currency)},"
        f" {words.share(last['commission_rate'], 2)} of what was settled."
    )


def _days(value: str) -> str:
    return f"{value} business {'day' if value == '1' else 'days'}"


def _mean_days(rows: pd.DataFrame) -> float:
    counts = [int(count) for count in rows["settlement_count"]]
    days = [int(day) for day in rows["days_to_settle"]]
    return sum(day * count for day, count in zip(days, counts, strict=True)) / sum(counts)


def _draw_days_to_settle(frame: pd.DataFrame) -> object:
    named = frame.assign(
        days_to_settle=["10 or more" if day == 10 else str(day) for day in frame["days_to_settle"]],
        sla_class=words.labels(frame["sla_class"]),
    )
    return figures.grouped_bar(
        named, "days_to_settle", "settlement_count", "sla_class", is_stacked=True
    )


_chart = partial(
    Chart, source="gold.fact_settlements", as_of="cutoff_date", also=("gold.fact_payments",)
)

PAGE = Page(
    name="settlements",
    title="Settlements and service levels",
    question="Are merchants paid out when it was agreed, and if not, why?",
    section="Payments",
    charts=(
        _chart(
            name="SLA monitoring",
            title="Share of settlements that breached their service agreement, by month due",
            kind="line",
            unit="per cent of the settlements due",
            query=queries.SLA,
            draw=lambda frame: figures.line(
                frame, "month_end", {"breach_rate": "late"}, is_share=True
            ),
            describe=_say_sla,
        ),
        _chart(
            name="Days delayed",
            title="Late settlements of 365 days by business days late",
            kind="bar",
            unit="settlements",
            query=queries.DAYS_DELAYED,
            draw=lambda frame: figures.bar(frame, "days_late", {"settlement_count": "settlements"}),
            describe=_say_days_delayed,
        ),
        _chart(
            name="Days to settle",
            title="Business days from closing to payout, by service agreement, 365 days",
            kind="bar",
            unit="settlements",
            query=queries.DAYS_TO_SETTLE,
            draw=_draw_days_to_settle,
            describe=_say_days_to_settle,
        ),
        _chart(
            name="Delay reasons",
            title="Why settlements of 365 days were or are late",
            kind="bar",
            unit="settlements",
            query=queries.REASONS,
            draw=lambda frame: figures.bar(
                frame.assign(delay_reason=words.labels(frame["delay_reason"])),
                "delay_reason",
                {"breach_count": "late"},
                is_horizontal=True,
            ),
            describe=_say_reasons,
        ),
        _chart(
            name="Breaches by agreement",
            title="Share of settlements that were late by service agreement, 365 days",
            kind="bar",
            unit="per cent of the settlements due",
            query=queries.CLASSES,
            draw=lambda frame: figures.bar(
                frame.assign(sla_class=words.labels(frame["sla_class"])),
                "sla_class",
                {"breach_rate": "late"},
                is_share=True,
            ),
            describe=_say_classes,
        ),
        _chart(
            name="Breaches by merchant",
            title="The fifteen merchants paid late most often, of those with ten settlements",
            kind="bar",
            unit="per cent of the settlements due",
            query=queries.MERCHANTS,
            draw=lambda frame: figures.bar(
                frame, "merchant_name", {"breach_rate": "late"}, is_share=True, is_horizontal=True
            ),
            describe=_say_merchants,
            also=("gold.fact_payments", "gold.dim_merchant"),
        ),
        _chart(
            name="Open settlements",
            title="What has not been paid out, by days past due",
            kind="bar",
            unit="{currency}",
            query=queries.OPEN,
            draw=lambda frame: figures.bar(frame, "age", {"net_amount": "open"}),
            describe=_say_open,
        ),
        _chart(
            name="Commission",
            title="Commission of settlements by the month in which they were closed",
            kind="bar",
            unit="{currency}",
            query=queries.COMMISSION,
            draw=lambda frame: figures.bar(frame, "month", {"commission_amount": "commission"}),
            describe=_say_commission,
        ),
    ),
    tables=(
        Table(
            title="Settlements longest past due",
            source="gold.fact_settlements",
            query=queries.PAST_DUE,
            also=("gold.fact_payments", "gold.dim_merchant"),
        ),
    ),
)
