"""Run requests of changes: the job, its partitions, and the downstream assets.

A run key is a hash of the change and the day of the request: a change is requested once a day until
it is loaded, also by a restarted sensor. A sensor requests no runs while its earlier ones are in
progress, so that a backlog is processed in a few runs at a time. Does not belong here: detecting
changes (see the sensors).
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import dagster as dg

from finplatform.orchestration.downstream import DownstreamAssets
from finplatform.orchestration.jobs import DAILY_JOB, ENTITIES_JOB
from finplatform.orchestration.partitions import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG

ARRIVAL_TAG = "finplatform/arrival"
"""Tag of runs requested by a sensor; the run queue limits each value to one run."""

_MOST_RUNS = 4
"""Most runs of days requested at a time."""

_MOST_DAYS = 31
"""Most days of one run."""

_UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dataclass(frozen=True)
class RequestContext:
    """Context shared by all requests of a tick.

    Attributes:
        downstream: Downstream assets of tables.
        on: Day of the requests.
    """

    downstream: DownstreamAssets
    on: date


def is_under_way(instance: dg.DagsterInstance, arrival: str) -> bool:
    """Whether a run with a tag is queued or in progress."""
    wanted = dg.RunsFilter(tags={ARRIVAL_TAG: arrival}, statuses=_UNDER_WAY)
    return instance.get_runs_count(wanted) > 0


def edges(partitions: dg.DailyPartitionsDefinition) -> tuple[date, date] | None:
    """First and last day with a partition; None if there is none."""
    first, last = partitions.get_first_partition_key(), partitions.get_last_partition_key()
    if first is None or last is None:
        return None
    return date.fromisoformat(first), date.fromisoformat(last)


def entity_request(
    marks: Mapping[str, str], context: RequestContext, arrival: str
) -> dg.RunRequest:
    """Run request of unpartitioned tables and their dimensions.

    Args:
        marks: Marks of changes by bronze table.
        context: See `RequestContext`.
        arrival: Tag of the run.
    """
    return dg.RunRequest(
        run_key=_key("entities", [f"{table}={marks[table]}" for table in sorted(marks)], context),
        job_name=ENTITIES_JOB,
        asset_selection=context.downstream.entities(marks),
        tags={ARRIVAL_TAG: arrival},
    )


def day_requests(
    marks: Mapping[date, Mapping[str, str]], context: RequestContext, arrival: str
) -> list[dg.RunRequest]:
    """Run requests of changed days and their downstream assets, the oldest first.

    Consecutive days with the same changed tables share one run.

    Args:
        marks: Marks of changes by day and bronze table.
        context: See `RequestContext`.
        arrival: Tag of the runs.
    """
    found = []
    for days in _consecutive_days(marks):
        tables = sorted(marks[days[0]])
        content = [f"{day}:{table}={marks[day][table]}" for day in days for table in tables]
        found.append(
            dg.RunRequest(
                run_key=_key("days", content, context),
                job_name=DAILY_JOB,
                partition_key=days[0].isoformat() if len(days) == 1 else None,
                asset_selection=context.downstream.daily(tables),
                tags={ARRIVAL_TAG: arrival, **_days_tags(days)},
            )
        )
    return found[:_MOST_RUNS]


def result_of(
    requests: Sequence[dg.RunRequest], cursor: str | None
) -> dg.SensorResult | dg.SkipReason:
    """Result of a sensor: the requests that are not in the cursor.

    Args:
        requests: All requests.
        cursor: Run keys of the last tick with requests, as JSON.
    """
    known = set(json.loads(cursor)) if cursor else set()
    fresh = [request for request in requests if request.run_key not in known]
    if not fresh:
        return dg.SkipReason("All changes are requested." if requests else "No changes.")
    return dg.SensorResult(fresh, cursor=json.dumps([request.run_key for request in requests]))


def by_day(found: Iterable[tuple[date, str, str]]) -> dict[date, dict[str, str]]:
    """Day, table and mark as a mapping by day and table."""
    days: dict[date, dict[str, str]] = defaultdict(dict)
    for day, table, mark in found:
        days[day][table] = mark
    return dict(days)


def _consecutive_days(marks: Mapping[date, Mapping[str, str]]) -> Iterator[Sequence[date]]:
    days: list[date] = []
    for day in sorted(marks):
        is_next = bool(days) and day == days[-1] + timedelta(days=1) and len(days) < _MOST_DAYS
        if days and not (is_next and marks[day].keys() == marks[days[-1]].keys()):
            yield days
            days = []
        days.append(day)
    if days:
        yield days


def _days_tags(days: Sequence[date]) -> dict[str, str]:
    first, last = days[0].isoformat(), days[-1].isoformat()
    if first == last:
        return {PARTITION_TAG: first}
    return {RANGE_START_TAG: first, RANGE_END_TAG: last}


def _key(kind: str, content: Iterable[str], context: RequestContext) -> str:
    digest = hashlib.sha256("\n".join(content).encode()).hexdigest()[:24]
    return f"{kind}:{context.on}:{digest}"
