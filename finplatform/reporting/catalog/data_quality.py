"""Data quality: what checks found, what was rejected and why, which days are held, what is old.

Belongs here: the charts of the page, how each is drawn and what it says. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

from functools import partial

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.catalog import data_quality_queries as queries
from finplatform.reporting.page import Chart, Page, Table

_VERDICTS = {"passed_count": "passed", "warned_count": "warned", "failed_count": "failed"}


def _say_checks(frame: pd.DataFrame, currency: str) -> str:
    every, passed, warned, failed = (
        int(words.total(frame[column])) for column in ("check_count", *_VERDICTS)
    )
    text = f"{words.count(passed)} of {words.plural(every, 'check')} passed"
    if failed:
        worst = words.largest(frame, "failed_count")
        return (
            f"{text}, {words.count(failed)} failed and {words.count(warned)} warned; the most"
            f" failures are in {worst['schema_name']} ({words.count(worst['failed_count'])})."
        )
    if warned:
        worst = words.largest(frame, "warned_count")
        return (
            f"{text} and none failed; {words.count(warned)} warned, the most of them in"
            f" {worst['schema_name']} ({words.count(worst['warned_count'])})."
        )
    return f"{text}; none warned or failed."


def _say_quarantine(frame: pd.DataFrame, currency: str) -> str:
    first = words.largest(frame, "row_count")
    return (
        f"{words.plural(words.total(frame['row_count']), 'row')} of"
        f" {words.plural(len(frame), 'table')} are in quarantine, most of all of"
        f" {first['table_name']} ({words.count(first['row_count'])},"
        f" {words.share(first['row_share'])})."
    )


def _say_rules(frame: pd.DataFrame, currency: str) -> str:
    first = words.largest(frame, "row_count")
    return (
        f"The rule broken most often is {first['broken_rule']}: {words.count(first['row_count'])}"
        f" rows ({words.share(first['row_share'])}) of"
        f" {words.plural(first['table_count'], 'table')}."
    )


def _say_reject_rates(frame: pd.DataFrame, currency: str) -> str:
    worst = words.largest(frame, "reject_rate")
    if not int(worst["rows_rejected"]):
        return f"None of the rows read for {words.plural(len(frame), 'table')} was rejected."
    clean = sum(not int(rejected) for rejected in frame["rows_rejected"])
    return (
        f"{worst['table_name']} has the highest share rejected,"
        f" {words.share(worst['reject_rate'], 2)} of"
        f" {words.plural(worst['rows_read'], 'row')} read; {words.count(clean)} of the"
        f" {words.count(len(frame))} tables shown have none."
    )


def _say_days(frame: pd.DataFrame, currency: str) -> str:
    gaps = frame[[int(days) > 0 for days in frame["missing_days"]]]
    days = int(frame.iloc[0]["all_days"])
    if gaps.empty:
        return f"All {words.plural(len(frame), 'table')} hold each of {words.plural(days, 'day')}."
    worst = words.largest(frame, "missing_days")
    return (
        f"{words.plural(len(gaps), 'table')} of {words.count(len(frame))} shown lack days;"
        f" {worst['table_name']} lacks the most, {words.count(worst['missing_days'])} of"
        f" {words.count(days)}, and ends on {words.day(worst['last_day'])}."
    )


def _say_freshness(frame: pd.DataFrame, currency: str) -> str:
    oldest = words.largest(frame, "hours_behind")
    return (
        f"Of {words.plural(oldest['table_count'], 'table')}, {oldest['table_name']} was filled the"
        f" longest ago: {_hours(oldest['hours_behind'])} before the newest, at"
        f" {oldest['materialized_at']:%H:%M} on {words.day(oldest['materialized_at'])}."
    )


def _hours(value: float) -> str:
    hours = float(value)
    if hours < 1:
        return words.plural(round(hours * 60), "minute")
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
