"""Settlements of merchants: breaches of the service agreement, delays, what is open, commission.

A settlement counts as a breach when it was paid out after its due day, or is open and past it on
the page's last day, as in `bi.settlements`. Days late are business days.
"""

from datetime import timedelta
from functools import partial
from typing import Any

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.catalog import settlements_queries as queries
from finplatform.reporting.page import Chart, Page, Table


def _say_sla(frame: pd.DataFrame, currency: str) -> str:
    last = frame.iloc[-1]
    late = f"{words.share(last['breach_rate'])} were" if last["breach_count"] else "none was"
    sentence = (
        f"Of {words.plural(last['due_count'], 'settlement')} due in"
        f" {words.month(last['month_end'])}, {late} late"
    )
    if len(frame) == 1:
        return f"{sentence}."
    before = frame.iloc[-2]
    if before["month_end"] == last["month_end"].replace(day=1) - timedelta(days=1):
        sentence += (
            f", {words.points(last['breach_rate'], before['breach_rate'])} on the month before"
        )
    worst = extremes.largest(frame, "breach_rate", extremes.month_of("month_end"))
    if not worst["breach_count"]:
        return f"{sentence}; no settlement of {words.plural(len(frame), 'month')} was late."
    return f"{sentence}; the worst month was {worst.name} ({words.share(worst['breach_rate'])})."


def _say_days_delayed(frame: pd.DataFrame, currency: str) -> str:
    last, every = frame.iloc[-1], words.total(frame["settlement_count"])
    late = words.plural(every, "late settlement")
    held_up = words.amount(last["net_amount"], currency)
    if len(frame) == 1:
        return f"{late} paid out came {_days(last['days_late'])} late and held up {held_up}."
    most = extremes.largest(
        frame, "settlement_count", lambda row: f"{_days(row['days_late'])} late"
    )
    return (
        f"{words.share(words.part(most['settlement_count'], every))} of {late} paid out came"
        f" {most.name}; the longest delays, {_days(last['days_late'])}, held up {held_up}."
    )


def _say_days_to_settle(frame: pd.DataFrame, currency: str) -> str:
    every = words.total(frame["settlement_count"])
    swift = words.total(frame[frame["days_to_settle"] <= 1]["settlement_count"])
    part = f"{words.share(words.part(swift, every))}" if swift else "None"
    sentence = f"{part} of {words.plural(every, 'settlement')} {'were' if swift else 'was'}"
    sentence += " paid out within one business day"
    means = pd.DataFrame(
        [
            (
                name,
                words.part(words.total(rows["day_count"]), words.total(rows["settlement_count"])),
            )
            for name, rows in frame.groupby("sla_class", sort=False)
        ],
        columns=["sla_class", "days"],
    )
    name = extremes.label_of("sla_class")
    fastest = extremes.smallest(means, "days", name)
    slowest = extremes.largest(means, "days", name)
    if fastest.is_flat:
        return f"{sentence}; the average of every agreement is {words.number(fastest['days'], 1)} days."
    return (
        f"{sentence}; {fastest.name} took {words.number(fastest['days'], 1)} days on average and"
        f" {slowest.name} {words.number(slowest['days'], 1)}."
    )


def _say_reasons(frame: pd.DataFrame, currency: str) -> str:
    first, every = (
        extremes.largest(frame, "breach_count", _reason),
        words.total(frame["breach_count"]),
    )
    sentence = (
        f"{first.heading} is behind {words.share(words.part(first['breach_count'], every))} of"
        f" {words.plural(every, 'breach', 'breaches')}"
    )
    known = words.known(frame, "mean_days_late")
    if known.empty:
        return f"{sentence}, of which none has been paid out."
    longest = extremes.largest(frame, "mean_days_late", _reason)
    return (
        f"{sentence}; {longest.name} takes longest, with"
        f" {words.number(longest['mean_days_late'], 1)} business days on average."
    )


def _reason(row: Any) -> str:
    code = row["delay_reason"]
    return "a reason that is not given" if code == "NOT_GIVEN" else words.label(code)


def _say_classes(frame: pd.DataFrame, currency: str) -> str:
    name = extremes.label_of("sla_class")
    worst = extremes.largest(frame, "breach_rate", name)
    best = extremes.smallest(frame, "breach_rate", name)
    if not worst["breach_count"]:
        return f"{words.capitalized(words.tally(0, words.total(frame['due_count']), 'settlement', 'was'))} late."
    most = f"{words.share(worst['breach_rate'])} of {words.count(worst['due_count'])}"
    if worst.is_only:
        return f"{words.capitalized(worst.bare)} is the only agreement: {most} are late."
    if worst.is_flat:
        return (
            f"{words.share(worst['breach_rate'])} are late under each of {len(frame)} agreements."
        )
    return (
        f"{worst.heading} settlements are late most often ({most}), {best.name} ones least"
        f" ({words.share(best['breach_rate'])} of {words.count(best['due_count'])})."
    )


def _say_merchants(frame: pd.DataFrame, currency: str) -> str:
    worst = extremes.largest(frame, "breach_rate", extremes.text_of("merchant_name"))
    if not worst["breach_count"]:
        return "No merchant with ten settlements was paid late."
    return (
        f"{worst.name} was paid late most often:"
        f" {words.count(worst['breach_count'])} of {words.plural(worst['due_count'], 'settlement')}"
        f" ({words.share(worst['breach_rate'])})."
    )


def _say_open(frame: pd.DataFrame, currency: str) -> str:
    late = frame[[bool(flag) for flag in frame["is_past_due"]]]
    past_due = words.total(late["settlement_count"])
    sentence = (
        f"{words.amount(words.total(frame['net_amount']), currency)} is open in"
        f" {words.plural(words.total(frame['settlement_count']), 'settlement')}"
    )
    if not past_due:
        return f"{sentence}; none of it is past due."
    return (
        f"{sentence}; {words.plural(past_due, 'settlement')}, worth"
        f" {words.amount(words.total(late['net_amount']), currency)},"
        f" {words.agree(past_due, 'is')} past due."
    )


def _say_commission(frame: pd.DataFrame, currency: str) -> str:
    last = frame.iloc[-1]
    brought = f"brought {words.amount(last['commission_amount'], currency)}"
    if not words.is_missing(last["commission_rate"]):
        brought += f", {words.share(last['commission_rate'], 2)} of what was settled"
    best = extremes.largest(frame, "commission_amount", extremes.text_of("month"))
    if best.is_only:
        return f"{last['month']} {brought}."
    if not best["commission_amount"]:
        return f"No month of {len(frame)} brought commission."
    return (
        f"Commission was highest in {best.name}"
        f" ({words.amount(best['commission_amount'], currency)}); {last['month']} {brought}."
    )


def _days(value: str) -> str:
    return f"{value} business {'day' if value == '1' else 'days'}"


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
