"""Check results and ends of runs from Dagster's event log, each processed once, in order.

The read position is stored in the warehouse and moves in the transaction that processes the events,
so that a crash neither loses nor repeats one. Belongs here: new events, and the days of a run. Does
not belong here: the interpretation of events (see `incidents`).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg
import psycopg

from finplatform.orchestration.partitions import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG
from finplatform.windows import Window

_OVERLAP = timedelta(minutes=1)
"""Overlap of two reads by the time of change, since clocks differ."""

_KEPT = timedelta(days=1)
"""Time for which processed runs are stored."""

_ENDED = {
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
}
_GOES_ON = (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)
_VERDICT = dg.DagsterEventType.ASSET_CHECK_EVALUATION
_OF_END = {
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.RUN_SUCCESS,
    dg.DagsterEventType.RUN_FAILURE,
    dg.DagsterEventType.RUN_CANCELED,
}
_PAGE = 500


@dataclass(frozen=True)
class RunEvent:
    """An event of a run.

    Attributes:
        number: Its position in the log.
        at: Its instant.
        run: The run.
        event: A check evaluation or, for an ended run, the end of a step or of the run.
    """

    number: int
    at: datetime
    run: dg.DagsterRun
    event: dg.DagsterEvent


def new_events(
    connection: psycopg.Connection, instance: dg.DagsterInstance, at: datetime
) -> list[RunEvent]:
    """New events since the last call, in order.

    Args:
        connection: Session on the warehouse, whose transaction the caller commits; other sessions
            wait for its end.
        instance: The Dagster instance.
        at: Present instant.
    """
    place = _place(connection)
    if place is None:
        return []
    rows = connection.execute("select run_id, taken from ops.taken_runs").fetchall()
    begun = {run_id: taken for run_id, taken in rows if taken is not None}
    found: list[RunEvent] = []
    for record in _runs(instance, place - _OVERLAP, {row[0] for row in rows} - begun.keys()):
        run = record.dagster_run
        taken = begun.get(run.run_id, [])
        events = list(_events(instance, run))
        found += [event for event in events if event.number not in taken]
        verdicts = [event.number for event in events if event.event.event_type is _VERDICT]
        connection.execute(
            "insert into ops.taken_runs (run_id, taken, ended_at) values (%s, %s, %s)"
            " on conflict (run_id) do update set taken = excluded.taken,"
            " ended_at = excluded.ended_at",
            (run.run_id, verdicts, None) if run.status not in _ENDED else (run.run_id, None, at),
        )
        place = max(place, _changed_at(record))
    connection.execute("update ops.run_place set changed_at = %s", (place,))
    connection.execute("delete from ops.taken_runs where ended_at < %s", (place - _KEPT,))
    return sorted(found, key=lambda event: event.number)


def days_of(run: dg.DagsterRun, partitions: dg.PartitionsDefinition | None) -> Window | None:
    """Business days of a run for an asset; None without partitions.

    Args:
        run: The run.
        partitions: The asset's partitions.
    """
    if not isinstance(partitions, dg.TimeWindowPartitionsDefinition):
        return None
    first = run.tags.get(RANGE_START_TAG) or run.tags.get(PARTITION_TAG)
    last = run.tags.get(RANGE_END_TAG) or first
    if first is None or last is None:
        return None
    start = partitions.time_window_for_partition_key(first).start.date()
    return Window(start, partitions.time_window_for_partition_key(last).end.date())


def _place(connection: psycopg.Connection) -> datetime | None:
    """Time of change of the last run read; None before there is a warehouse.

    Locks the position until the end of this transaction.
    """
    found = connection.execute("select to_regclass('ops.taken_runs')").fetchone()
    if found is None or found[0] is None:
        return None
    row = connection.execute("select changed_at from ops.run_place for update").fetchone()
    return row[0] if row else None


def _runs(
    instance: dg.DagsterInstance, since: datetime, done: Collection[str]
) -> Iterator[dg.RunRecord]:
    """Runs that may have new events: changed ones and those in progress."""
    seen = set(done)
    for chosen in (dg.RunsFilter(updated_after=since), dg.RunsFilter(statuses=_GOES_ON)):
        records: Sequence[dg.RunRecord] = instance.get_run_records(
            filters=chosen, order_by="update_timestamp", ascending=True, limit=_PAGE
        )
        for record in records:
            run_id = record.dagster_run.run_id
            if run_id not in seen:
                seen.add(run_id)
                yield record


def _events(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Iterator[RunEvent]:
    kinds = {_VERDICT, *_OF_END} if run.status in _ENDED else {_VERDICT}
    for record in instance.get_records_for_run(run.run_id, of_type=kinds).records:
        event = record.event_log_entry.dagster_event
        if event is not None:
            at = datetime.fromtimestamp(record.event_log_entry.timestamp, UTC)
            yield RunEvent(record.storage_id, at, run, event)


def _changed_at(record: dg.RunRecord) -> datetime:
    changed = record.update_timestamp
    return changed if changed.tzinfo else changed.replace(tzinfo=UTC)
