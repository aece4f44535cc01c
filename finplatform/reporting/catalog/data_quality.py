"""Data quality: what checks found, what was rejected and why, which days are held, what is old.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

from functools import partial
from typing import Any

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.catalog import data_quality_queries as queries
from finplatform.reporting.page import Chart, Page, Table

_VERDICTS = {"passed_count": "passed", "warned_count": "warned", "failed_count": "failed"}


def _say_checks(frame: pd.DataFrame, currency: str) -> str:
    every, passed, warned, failed = (
        words.total(frame[column]) for column in ("check_count", *_VERDICTS)
    )
    sentence = words.capitalized(words.tally(passed, every, "check", "passed"))
    name = extremes.text_of("schema_name")
    if failed:
        worst = extremes.largest(frame, "failed_count", name)
        return (
            f"{sentence}, {words.count(failed)} failed and {words.count(warned)} warned; the most"
            f" failures are in {worst.name} ({words.count(worst['failed_count'])})."
        )
    if warned:
        worst = extremes.largest(frame, "warned_count", name)
        return (
            f"{sentence} and none failed; {words.count(warned)} warned, the most in {worst.name}"
            f" ({words.count(worst['warned_count'])})."
        )
    return f"{sentence}; none warned or failed."


def _say_quarantine(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "row_count", extremes.text_of("table_name"))
    return (
        f"{words.plural(first['all_rows'], 'row')} of {words.plural(first['all_tables'], 'table')}"
        f" {words.agree(first['all_rows'], 'is')} in quarantine; the most are of {first.name}"
        f" ({words.count(first['row_count'])}, {words.share(first['row_share'])})."
    )


def _say_rules(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "row_count", extremes.text_of("broken_rule"))
    return (
        f"The rule broken most often is {first.name}, by {words.plural(first['row_count'], 'row')}"
        f" ({words.share(first['row_share'])}) of {words.plural(first['table_count'], 'table')}."
    )


def _say_reject_rates(frame: pd.DataFrame, currency: str) -> str:
    worst = extremes.largest(frame, "reject_rate", extremes.text_of("table_name"))
    if not worst["rows_rejected"]:
        return "None of the rows read for any table was rejected."
    sentence = (
        f"The highest share rejected is that of {worst.name}, {words.share(worst['reject_rate'], 2)}"
        f" of {words.plural(worst['rows_read'], 'row')} read"
    )
    clean = sum(not rejected for rejected in frame["rows_rejected"])
    if not clean:
        return f"{sentence}."
    return f"{sentence}; {words.tally(clean, len(frame), 'table', 'shown has')} none."


def _say_days(frame: pd.DataFrame, currency: str) -> str:
    worst = extremes.largest(frame, "missing_days", extremes.text_of("table_name"))
    tables, lacking = worst["all_tables"], worst["lacking_tables"]
    days = words.plural(worst["all_days"], "day")
    if not lacking:
        all_tables = words.plural(tables, "table")
        return f"{all_tables} cut by day {words.agree(tables, 'holds')} each of {days}."
    return (
        f"{words.tally(lacking, tables, 'table', 'lacks')} days; {worst.name} lacks the most,"
        f" {words.count(worst['missing_days'])} of {days}, and ends on"
        f" {words.day(worst['last_day'])}."
    )


def _say_freshness(frame: pd.DataFrame, currency: str) -> str:
    oldest = extremes.largest(frame, "hours_behind", extremes.text_of("table_name"))
    filled = f"{oldest['materialized_at']:%H:%M} on {words.day(oldest['materialized_at'])}"
    tables = words.plural(oldest["table_count"], "table")
    if not oldest["hours_behind"]:
        return f"{tables} {words.agree(oldest['table_count'], 'was')} filled last at {filled}."
    return (
        f"Of {tables}, {oldest.name} was filled the longest ago: {_hours(oldest['hours_behind'])}"
        f" before the newest, at {filled}."
    )


def _hours(value: Any) -> str:
    hours = float(value)
    if hours < 1 / 60:
        return f"{words.number(hours * 3600, 1)} seconds"
    if hours < 1:
        return f"{words.number(hours * 60, 1)} minutes"
    return (
        f"{words.number(hours, 1)} hours" if hours < 48 else f"{words.number(hours / 24, 1)} days"
    )


def _draw_reject_rates(frame: pd.DataFrame) -> object:
    figure = figures.bar(
        frame, "table_name", {"reject_rate": "rejected"}, is_share=True, is_horizontal=True
    )
    return figure.update_xaxes(rangemode="nonnegative")


def _draw_freshness(frame: pd.DataFrame) -> object:
    figure = figures.bar(frame, "table_name", {"hours_behind": "hours"}, is_horizontal=True)
    return figure.update_xaxes(tickformat=",.2~f")


_load_chart = partial(Chart, source="ops.loads", as_of="loaded_at", kind="bar")
_quarantine_chart = partial(
    Chart, source="quarantine.rejected_rows", as_of="partition_date", kind="bar", unit="rows"
)

PAGE = Page(
    name="data_quality",
    title="Data quality and freshness",
    question="Can the figures be trusted: what do checks find, what was rejected, what is missing?",
    section="Platform",
    charts=(
        Chart(
            name="Checks",
            title="Latest verdict of every check, by schema",
            kind="bar",
            unit="checks",
            source="ops.check_results",
            as_of="evaluated_at",
            query=queries.CHECKS,
            draw=lambda frame: figures.bar(frame, "schema_name", _VERDICTS, is_stacked=True),
            describe=_say_checks,
        ),
        _quarantine_chart(
            name="Rows in quarantine",
            title="Rejected rows by table",
            query=queries.QUARANTINE,
            draw=lambda frame: figures.bar(
                frame, "table_name", {"row_count": "rows"}, is_horizontal=True
            ),
            describe=_say_quarantine,
        ),
        _quarantine_chart(
            name="Broken rules",
            title="Rejected rows by the first rule that they break",
            query=queries.RULES,
            draw=lambda frame: figures.bar(
                frame, "broken_rule", {"row_count": "rows"}, is_horizontal=True
            ),
            describe=_say_rules,
        ),
        _load_chart(
            name="Reject rates",
            title="Share of the rows read that was rejected, by table",
            unit="per cent of the rows read",
            query=queries.REJECT_RATES,
            draw=_draw_reject_rates,
            describe=_say_reject_rates,
        ),
        _load_chart(
            name="Business days complete",
            title="Business days held and missing, by table that is cut by day",
            unit="days",
            query=queries.DAYS,
            draw=lambda frame: figures.bar(
                frame,
                "table_name",
                {"held_days": "held", "missing_days": "missing"},
                is_stacked=True,
                is_horizontal=True,
            ),
            describe=_say_days,
        ),
        Chart(
            name="Freshness",
            title="The fifteen tables that were filled longest before the newest",
            kind="bar",
            unit="hours",
            source="ops.table_states",
            as_of="measured_date",
            query=queries.FRESHNESS,
            draw=_draw_freshness,
            describe=_say_freshness,
        ),
    ),
    tables=(
        Table(
            title="Checks that failed or warned", source="ops.check_results", query=queries.FINDINGS
        ),
        Table(title="Loads by table", source="ops.loads", query=queries.LOADS),
    ),
)
