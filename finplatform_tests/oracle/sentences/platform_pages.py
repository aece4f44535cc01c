"""What the sentences of the pages of data quality and pipeline performance may claim."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from finplatform_tests.oracle.sentences.claims import (
    Claim,
    count,
    day,
    day_text,
    largest,
    moment,
    moved,
    number,
    percent,
    tally,
    text,
    things,
    verb,
)
from finplatform_tests.oracle.sentences.descriptive import nothing
from finplatform_tests.oracle.sentences.exploratory import sums
from finplatform_tests.oracle.sentences.forms import Charts, Judged, says
from finplatform_tests.oracle.sentences.made import (
    Cells,
    Source,
    frame,
    grid,
    of_columns,
    part_of,
)  # fmt: skip
from finplatform_tests.oracle.sentences.values import (
    Found,
    Rows,
    Value,
    at,
    first,
    last,
    num,
    over,
    part_of_all,
    ratio,
    size,
    total,
    when,
)

QUALITY, PIPELINE = "data_quality", "pipeline_performance"
_NOON = datetime(2025, 3, 31, 12, tzinfo=UTC)


def measure(value: Value, units: Mapping[str, int]) -> Claim:
    """A quantity with its unit, such as `2.4 min`.

    Args:
        value: The quantity.
        units: How much of it each unit is.
    """
    pattern = rf"[\d,]+(?:\.\d+)? (?:{'|'.join(units)})"

    def judge(said: str, rows: Rows, found: Found) -> str | None:
        shown, unit = said.split(" ")
        return number(lambda rows, found: value(rows, found) / units[unit]).judge(
            shown, rows, found
        )

    return Claim(pattern, judge)


def seconds(value: Value) -> Claim:
    """A length of time, of which the rows hold the seconds."""
    return measure(value, {"s": 1, "min": 60})


def size_in_bytes(value: Value) -> Claim:
    """A size."""
    return measure(value, {"GB": 10**9, "MB": 10**6, "kB": 10**3, "bytes": 1, "byte": 1})


def _hours(value: Value) -> Claim:
    return measure(
        lambda rows, found: value(rows, found) * 3600,
        {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400},
    )


def _checks(source: Source) -> list[Cells]:
    return frame(
        "schema_name:schema passed_count:count1 warned_count:count failed_count:count",
        check_count=of_columns(lambda row: row["passed_count"] + row["warned_count"]
                               + row["failed_count"]),
        order="-check_count schema_name",
    )(source)  # fmt: skip


def _verdicts(column: str) -> dict[str, Claim]:
    return {
        "top": largest(column, "schema_name"),
        "most": count(at("top", column)),
        "warned": count(total("warned_count")),
        "passed": tally(total("passed_count"), total("check_count"), "check", "passed", "passed"),
    }  # fmt: skip


def _shown(source: Source, made: list[Cells], **sums: tuple[str, str]) -> list[Cells]:
    """Rows of which a query gives the first three, with sums over all of them."""
    found = {
        name: len(made) if not column else sum(cells[column] for cells in made)
        for name, (column, _) in sums.items()
    }
    return [{**cells, **found} for cells in made[: 3 if source.choice((False, True)) else None]]


def _quarantine(source: Source) -> list[Cells]:
    made = frame("table_name:schema row_count:count1", order="-row_count table_name",
                 row_share=part_of("row_count"))(source)  # fmt: skip
    return _shown(source, made, all_rows=("row_count", ""), all_tables=("", ""))


def _days(source: Source) -> list[Cells]:
    made = frame("table_name:schema missing:count last_day:day", order="-missing table_name")(
        source
    )
    for cells in made:
        cells["missing_days"] = min(cells.pop("missing"), 30)
        cells["all_days"], cells["lacking"] = 31, cells["missing_days"] > 0
        cells["held_days"] = 31 - cells["missing_days"]
    return _shown(source, made, all_tables=("", ""), lacking_tables=("lacking", ""))


def _rejects(source: Source) -> list[Cells]:
    made = frame("table_name:schema kept:count1 rows_rejected:count")(source)
    for cells in made:
        cells["rows_read"] = cells["kept"] + cells["rows_rejected"]
        cells["reject_rate"] = cells["rows_rejected"] / cells["rows_read"]
    return made


def _ages(source: Source) -> list[Cells]:
    made = []
    for place in range(source.size):
        source.at(place)
        hours = source.value("count") / 100
        made.append({"table_name": f"gold.table_{place}", "hours_behind": hours,
                     "materialized_at": _NOON - timedelta(hours=hours),
                     "newest_at": _NOON})  # fmt: skip
    return [{**cells, "table_count": len(made) + 4} for cells in made]


def _runs(source: Source) -> list[Cells]:
    return frame("run_name:name job_name:code step_count:count1 run_seconds:money1"
                 " status:SUCCESS/FAILURE")(source)  # fmt: skip


def _outcomes(source: Source) -> list[Cells]:
    return frame(
        "job_name:code success_count:count failure_count:count other_count:count1",
        run_count=of_columns(lambda row: row["success_count"] + row["failure_count"]
                             + row["other_count"]),
    )(source)  # fmt: skip


def _days_of(column: str, value: str) -> Any:
    def by_day(rows: Rows) -> Rows:
        found: dict[str, Any] = {}
        for row in rows:
            name = str(row[column])
            found[name] = found.get(name, 0) + num(value)(row)
        return [{column: name, value: str(found[name])} for name in sorted(found)]

    return by_day


_LOADS = _days_of("load_date", "rows_loaded")
_SIZES = _days_of("measured_date", "megabytes")
_LAYERS = sums("schema_name", "step_seconds")
_LACK = {
    "top": largest("missing_days", "table_name"),
    "missing": count(at("top", "missing_days")),
    "days": things(first("all_days"), "day"),
    "day": day(at("top", when("last_day"))),
}
_REJECTED = {
    "top": largest("reject_rate", "table_name"),
    "share": percent(ratio(at("top", "rows_rejected"), at("top", "rows_read"))),
    "rows": things(at("top", "rows_read"), "row"),
}
_FILLED = moment(lambda rows, _: when("materialized_at")(_oldest(rows)), "%H:%M")


def _oldest(rows: Rows) -> Any:
    return max(rows, key=num("hours_behind"))


_OLDEST_DAY = day(lambda rows, _: when("materialized_at")(_oldest(rows)))
_LAST_RUN = {
    "job": text(last(lambda row: row["job_name"])),
    "time": seconds(last("run_seconds")),
    "steps": things(last("step_count"), "step"),
}
_SUCCEEDED = tally(total("success_count"), total("run_count"), "run", "succeeded", "succeeded")
_STORED = {
    "day": day(over(_LOADS, last(when("load_date")))),
    "rows": things(over(_LOADS, last("rows_loaded")), "row"),
}
_SLOWEST = {
    "top": largest("step_seconds", "step_name"),
    "time": seconds(at("top", "step_seconds")),
}


def _table(row: Any) -> str:
    return f"{row['schema_name']}.{row['table_name']}"


def _megabytes(value: Value) -> Claim:
    return size_in_bytes(lambda rows, found: value(rows, found) * 10**6)


CHARTS: Charts = {
    (QUALITY, "Checks"): Judged(
        _checks,
        says("{passed}; none warned or failed.",
             lambda rows: nothing("failed_count")(rows) and nothing("warned_count")(rows),
             passed=_verdicts("failed_count")["passed"]),
        says("{passed} and none failed; {warned} warned, the most in {top} ({most}).",
             nothing("failed_count"), **_verdicts("warned_count")),
        says("{passed}, {failed} failed and {warned} warned; the most failures are in {top}"
             " ({most}).",
             lambda rows: not nothing("failed_count")(rows), **_verdicts("failed_count"),
             failed=count(total("failed_count"))),
    ),
    (QUALITY, "Rows in quarantine"): Judged(
        _quarantine,
        says("{rows} of {tables} {verb} in quarantine; the most are of {top} ({count}, {part}).",
             rows=things(first("all_rows"), "row"), tables=things(first("all_tables"), "table"),
             verb=verb(first("all_rows"), "is", "are"), top=largest("row_count", "table_name"),
             count=count(at("top", "row_count")),
             part=percent(ratio(at("top", "row_count"), first("all_rows")))),
    ),
    (QUALITY, "Broken rules"): Judged(
        frame("broken_rule:name row_count:count1 table_count:count1", order="-row_count"
                                                                            " broken_rule",
              row_share=part_of("row_count")),
        says("The rule broken most often is {top}, by {rows} ({part}) of {tables}.",
             top=largest("row_count", "broken_rule"), rows=things(at("top", "row_count"), "row"),
             part=percent(part_of_all("top", "row_count", "row_share")),
             tables=things(at("top", "table_count"), "table")),
    ),
    (QUALITY, "Reject rates"): Judged(
        _rejects,
        says("None of the rows read for any table was rejected.", nothing("rows_rejected")),
        says("The highest share rejected is that of {top}, {share} of {rows} read.",
             lambda rows: all(num("rows_rejected")(row) for row in rows), **_REJECTED),
        says("The highest share rejected is that of {top}, {share} of {rows} read; {clean} none.",
             lambda rows: not all(num("rows_rejected")(row) for row in rows), **_REJECTED,
             clean=tally(size(lambda row: not num("rows_rejected")(row)), size(), "table",
                         "shown has", "shown have")),
    ),
    (QUALITY, "Business days complete"): Judged(
        _days,
        says("{tables} cut by day {verb} each of {days}.", nothing("missing_days"),
             tables=things(first("all_tables"), "table"),
             verb=verb(first("all_tables"), "holds", "hold"), days=things(first("all_days"),
                                                                          "day")),
        says("{lacking} days; {top} lacks the most, {missing} of {days}, and ends on {day}.",
             **_LACK,
             lacking=tally(first("lacking_tables"), first("all_tables"), "table", "lacks", "lack")),
    ),
    (QUALITY, "Freshness"): Judged(
        _ages,
        says("{tables} {verb} filled last at {time} on {day}.", nothing("hours_behind"),
             tables=things(first("table_count"), "table"),
             verb=verb(first("table_count"), "was", "were"), time=_FILLED, day=_OLDEST_DAY),
        says("Of {tables}, {top} was filled the longest ago: {hours} before the newest, at {time}"
             " on {day}.", tables=things(first("table_count"), "table"),
             top=largest("hours_behind", "table_name"), hours=_hours(at("top", "hours_behind")),
             time=_FILLED, day=_OLDEST_DAY),
    ),
    (PIPELINE, "Run durations"): Judged(
        _runs,
        says("The last run that has ended, {job}, took {time} for {steps}.",
             lambda rows: len(rows) == 1, **_LAST_RUN),
        says("The last run that has ended, {job}, took {time} for {steps}; the longest of {count}"
             " was {top} with {most}.",
             lambda rows: len(rows) > 1, **_LAST_RUN, count=count(size()),
             top=largest("run_seconds", "job_name"), most=seconds(at("top", "run_seconds"))),
    ),
    (PIPELINE, "Run outcomes"): Judged(
        _outcomes,
        says("{good}; none failed.", nothing("failure_count"), good=_SUCCEEDED),
        says("{good}; {top} failed most often ({count} of {all}).", good=_SUCCEEDED,
             top=largest("failure_count", "job_name"), count=count(at("top", "failure_count")),
             all=count(at("top", "run_count"))),
    ),
    (PIPELINE, "Slowest steps"): Judged(
        frame("step_name:name step_seconds:money0", order="-step_seconds step_name",
              step_share=part_of("step_seconds")),
        says("No step took any time when it last ran.", nothing("step_seconds")),
        says("The step that took the longest is {top}, {time}.", lambda rows: len(rows) == 1,
             **_SLOWEST),
        says("The step that took the longest is {top}, {time}; the {count} steps shown took"
             " {share} of the time of all.",
             lambda rows: len(rows) > 1, **_SLOWEST, count=count(size()),
             share=percent(total("step_share"))),
    ),
    (PIPELINE, "Time by layer"): Judged(
        grid("schema_name:schema", "step_name:name", "step_seconds:money1", is_whole=False),
        says("Of {time} spent in {steps}, the largest part, {part}, was spent in {top}.",
             time=seconds(total("step_seconds")), steps=things(size(), "step"),
             top=largest("step_seconds", "schema_name", among=_LAYERS),
             part=percent(ratio(at("top", "step_seconds"), total("step_seconds")))),
    ),
    (PIPELINE, "Rows loaded by table"): Judged(
        frame("table_name:schema rows_read:count rows_loaded:count", order="-rows_loaded"
                                                                           " table_name",
              row_share=part_of("rows_loaded")),
        says("The last load of no table stored a row.", nothing("rows_loaded")),
        says("The last load of {top} stored the most, {rows} ({part} of the last loads of all"
             " tables).",
             top=largest("rows_loaded", "table_name"), rows=things(at("top", "rows_loaded"), "row"),
             part=percent(part_of_all("top", "rows_loaded", "row_share"))),
    ),
    (PIPELINE, "Rows loaded a day"): Judged(
        grid("load_date:day", "table_name:schema", "rows_loaded:count"),
        says("{day} stored {rows}, the only day with loads.",
             lambda rows: len(_LOADS(rows)) == 1, **_STORED),
        says("No row was stored on {days} with loads.",
             lambda rows: nothing("rows_loaded")(rows) and len(_LOADS(rows)) > 1,
             days=things(over(_LOADS, size()), "day")),
        says("{day} stored {rows}; of the last {days} with loads, {top} stored the most ({most}).",
             lambda rows: len(_LOADS(rows)) > 1, **_STORED,
             days=things(over(_LOADS, size()), "day"),
             top=largest("rows_loaded", lambda row: day_text(when("load_date")(row)), among=_LOADS),
             most=count(at("top", "rows_loaded"))),
    ),
    (PIPELINE, "Table sizes"): Judged(
        grid("schema_name:schema", "table_name:schema", "table_bytes:count1 row_count:count",
             is_whole=False),
        says("{tables} {verb} {size}; the largest is {top} with {bytes} ({part}) in {rows}.",
             tables=things(size(), "table"), verb=verb(size(), "takes", "take"),
             size=size_in_bytes(total("table_bytes")), top=largest("table_bytes", _table),
             bytes=size_in_bytes(at("top", "table_bytes")),
             part=percent(ratio(at("top", "table_bytes"), total("table_bytes"))),
             rows=things(at("top", "row_count"), "row")),
    ),
    (PIPELINE, "Growth"): Judged(
        grid("measured_date:day", "schema_name:schema", "megabytes:float1 row_count:count"),
        says("All schemas take {size} on {day}, the only day measured.",
             lambda rows: len(_SIZES(rows)) == 1, size=_megabytes(over(_SIZES, last("megabytes"))),
             day=day(first(when("measured_date")))),
        says("From {then} to {now} the schemas went from {old} to {new} ({moved}).",
             lambda rows: len(_SIZES(rows)) > 1, then=day(first(when("measured_date"))),
             now=day(last(when("measured_date"))),
             old=_megabytes(over(_SIZES, first("megabytes"))),
             new=_megabytes(over(_SIZES, last("megabytes"))),
             moved=moved(over(_SIZES, last("megabytes")), over(_SIZES, first("megabytes")))),
    ),
}  # fmt: skip
