"""Pipeline performance: how long runs and steps take, what they load, how tables grow.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

from functools import partial
from typing import Any

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.catalog import pipeline_performance_queries as queries
from finplatform.reporting.page import Chart, Page


def _say_runs(frame: pd.DataFrame, currency: str) -> str:
    last = frame.iloc[-1]
    sentence = (
        f"The last run that has ended, {words.label(last['job_name'])}, took"
        f" {_seconds(last['run_seconds'])} for {words.plural(last['step_count'], 'step')}"
    )
    if len(frame) == 1:
        return f"{sentence}."
    longest = extremes.largest(frame, "run_seconds", extremes.label_of("job_name"))
    return (
        f"{sentence}; the longest of {words.count(len(frame))} was {longest.name} with"
        f" {_seconds(longest['run_seconds'])}."
    )


def _say_outcomes(frame: pd.DataFrame, currency: str) -> str:
    every, good = (words.total(frame[name]) for name in ("run_count", "success_count"))
    sentence = words.capitalized(words.tally(good, every, "run", "succeeded"))
    worst = extremes.largest(frame, "failure_count", extremes.label_of("job_name"))
    if not worst["failure_count"]:
        return f"{sentence}; none failed."
    return (
        f"{sentence}; {worst.name} failed most often ({words.count(worst['failure_count'])} of"
        f" {words.count(worst['run_count'])})."
    )


def _say_slowest(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "step_seconds", extremes.text_of("step_name"))
    if not first["step_seconds"]:
        return "No step took any time when it last ran."
    sentence = f"The step that took the longest is {first.name}, {_seconds(first['step_seconds'])}"
    if first.is_only:
        return f"{sentence}."
    shown = words.share(words.total(frame["step_share"]))
    return f"{sentence}; the {words.count(len(frame))} steps shown took {shown} of the time of all."


def _say_layers(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.of_sums(
        {
            str(name): words.total(rows["step_seconds"])
            for name, rows in frame.groupby("schema_name", sort=False)
        },
        str,
    )
    every = words.total(frame["step_seconds"])
    return (
        f"Of {_seconds(every)} spent in {words.plural(len(frame), 'step')}, the largest part,"
        f" {words.share(words.part(first['value'], every))}, was spent in {first.name}."
    )


def _say_rows_by_table(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "rows_loaded", extremes.text_of("table_name"))
    if not first["rows_loaded"]:
        return "The last load of no table stored a row."
    return (
        f"The last load of {first.name} stored the most,"
        f" {words.plural(first['rows_loaded'], 'row')} ({words.share(first['row_share'])} of the"
        f" last loads of all tables)."
    )


def _say_rows_by_day(frame: pd.DataFrame, currency: str) -> str:
    sums = pd.DataFrame(
        [
            (day, words.total(frame[frame["load_date"] == day]["rows_loaded"]))
            for day in sorted(set(frame["load_date"]))
        ],
        columns=["load_date", "rows_loaded"],
        dtype=object,
    )
    last = sums.iloc[-1]
    sentence = f"{words.day(last['load_date'])} stored {words.plural(last['rows_loaded'], 'row')}"
    if len(sums) == 1:
        return f"{sentence}, the only day with loads."
    days = words.plural(len(sums), "day")
    peak = extremes.largest(sums, "rows_loaded", extremes.day_of("load_date"))
    if not peak["rows_loaded"]:
        return f"No row was stored on {days} with loads."
    return (
        f"{sentence}; of the last {days} with loads, {peak.name} stored the most"
        f" ({words.count(peak['rows_loaded'])})."
    )


def _say_sizes(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(
        frame, "table_bytes", lambda row: f"{row['schema_name']}.{row['table_name']}"
    )
    every = words.total(frame["table_bytes"])
    return (
        f"{words.plural(len(frame), 'table')} {words.agree(len(frame), 'takes')} {_bytes(every)}; the"
        f" largest is {first.name} with {_bytes(first['table_bytes'])}"
        f" ({words.share(words.part(first['table_bytes'], every))}) in"
        f" {words.plural(first['row_count'], 'row')}."
    )


def _say_growth(frame: pd.DataFrame, currency: str) -> str:
    days = sorted(set(frame["measured_date"]))
    first, last = (_total_on(frame, day) for day in (days[0], days[-1]))
    if len(days) == 1:
        return (
            f"All schemas take {_bytes(last * 1e6)} on {words.day(days[0])}, the only day measured."
        )
    return (
        f"From {words.day(days[0])} to {words.day(days[-1])} the schemas went from"
        f" {_bytes(first * 1e6)} to {_bytes(last * 1e6)} ({words.change(last, first)})."
    )


def _total_on(frame: pd.DataFrame, day: object) -> float:
    return float(words.total(frame[frame["measured_date"] == day]["megabytes"]))


def _seconds(value: float) -> str:
    seconds = float(value)
    if seconds < 120:
        return f"{words.number(seconds, 1)} s"
    return f"{words.number(seconds / 60, 1)} min"


def _bytes(value: Any) -> str:
    size = float(value)
    for scale, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= scale:
            return f"{words.number(size / scale, 1)} {unit}"
    return words.plural(round(size), "byte")


def _draw_rows_by_day(frame: pd.DataFrame) -> object:
    named = frame.assign(load_date=[str(day) for day in frame["load_date"]])
    return figures.grouped_bar(named, "load_date", "rows_loaded", "table_name", is_stacked=True)


def _draw_growth(frame: pd.DataFrame) -> object:
    named = frame.assign(measured_date=[str(day) for day in frame["measured_date"]])
    return figures.grouped_bar(named, "measured_date", "megabytes", "schema_name", is_stacked=True)


def _draw_outcomes(frame: pd.DataFrame) -> object:
    figure = figures.bar(
        frame.assign(job_name=words.labels(frame["job_name"])),
        "job_name",
        {
            "success_count": "succeeded",
            "failure_count": "failed",
            "other_count": "cancelled or still running",
        },
        is_stacked=True,
    )
    return figure.update_yaxes(tickformat=",.1~f")


_run_chart = partial(Chart, source="ops.pipeline_runs", as_of="started_at", kind="bar")
_step_chart = partial(Chart, source="ops.pipeline_steps", as_of="started_at", unit="seconds")
_load_chart = partial(Chart, source="ops.loads", as_of="loaded_at", kind="bar", unit="rows")
_size_chart = partial(Chart, source="ops.table_states", as_of="measured_date", unit="MB")

PAGE = Page(
    name="pipeline_performance",
    title="Pipeline performance",
    question="How long does the pipeline take, what does it load, and how fast does it grow?",
    section="Platform",
    charts=(
        _step_chart(
            name="Slowest steps",
            title="The fifteen steps that took the longest when they last ran",
            kind="bar",
            query=queries.SLOWEST,
            draw=lambda frame: figures.bar(
                frame, "step_name", {"step_seconds": "seconds"}, is_horizontal=True
            ),
            describe=_say_slowest,
        ),
        _step_chart(
            name="Time by layer",
            title="Time of every step when it last ran, by schema",
            kind="treemap",
            query=queries.LAYERS,
            draw=lambda frame: figures.treemap(frame, ["schema_name", "step_name"], "step_seconds"),
            describe=_say_layers,
        ),
        _run_chart(
            name="Run durations",
            title="Time of the last fifteen runs",
            unit="seconds",
            query=queries.RUNS,
            draw=lambda frame: figures.bar(
                frame, "run_name", {"run_seconds": "seconds"}, is_horizontal=True
            ),
            describe=_say_runs,
        ),
        _run_chart(
            name="Run outcomes",
            title="Runs by job and outcome",
            unit="runs",
            query=queries.OUTCOMES,
            draw=_draw_outcomes,
            describe=_say_outcomes,
        ),
        _load_chart(
            name="Rows loaded a day",
            title="Rows stored on the last days with loads, by table",
            query=queries.ROWS_BY_DAY,
            draw=_draw_rows_by_day,
            describe=_say_rows_by_day,
        ),
        _load_chart(
            name="Rows loaded by table",
            title="The fifteen tables whose last load stored the most rows",
            query=queries.ROWS_BY_TABLE,
            draw=lambda frame: figures.bar(
                frame, "table_name", {"rows_loaded": "rows"}, is_horizontal=True
            ),
            describe=_say_rows_by_table,
        ),
        _size_chart(
            name="Table sizes",
            title="Size of every table with its indexes, by schema",
            kind="treemap",
            query=queries.SIZES,
            draw=lambda frame: figures.treemap(frame, ["schema_name", "table_name"], "megabytes"),
            describe=_say_sizes,
        ),
        _size_chart(
            name="Growth",
            title="Size of all tables by schema, on the last days on which it was measured",
            kind="bar",
            query=queries.GROWTH,
            draw=_draw_growth,
            describe=_say_growth,
        ),
    ),
)
