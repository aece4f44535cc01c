"""Runs of the orchestrator in the audit trail: job, trigger and status.

Belongs here: recording ended runs. Does not belong here: the tables of runs (see `run_history`).
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import dagster as dg
import psycopg

from finplatform.security.audit.events import Event, Outcome
from finplatform.warehouse import audit_log
from finplatform.warehouse.database import Warehouse

ACTION = "run"

_SOURCE = "runs"
_OUTCOMES = {
    dg.DagsterRunStatus.SUCCESS: Outcome.OK,
    dg.DagsterRunStatus.FAILURE: Outcome.FAILED,
    dg.DagsterRunStatus.CANCELED: Outcome.FAILED,
}
_STARTED_BY = ("user", "dagster/schedule_name", "dagster/sensor_name", "dagster/backfill")
"""Tags of the trigger of a run, in order of precedence."""

_SHOWN_TAGS = (
    "dagster/partition", "dagster/asset_partition_range_start", "dagster/asset_partition_range_end",
)  # fmt: skip
_OVERLAP = timedelta(hours=1)
"""Overlap of two reads, since clocks of processes differ."""

_AT_ONCE = 500


def record_runs(instance: dg.DagsterInstance, warehouse: Warehouse) -> int:
    """Records newly ended runs, each once.

    Args:
        instance: The Dagster instance.
        warehouse: The database, with a login that may record.

    Returns:
        Number of recorded runs.
    """
    with audit_log.trail(warehouse) as connection:
        since = _place(connection)
        found = instance.get_run_records(
            filters=dg.RunsFilter(
                statuses=list(_OUTCOMES),
                updated_after=None if since is None else since - _OVERLAP,
            ),
            order_by="update_timestamp",
            ascending=True,
            limit=_AT_ONCE,
        )
        known = _known(connection, [record.dagster_run.run_id for record in found])
        events = list(_events(record for record in found if record.dagster_run.run_id not in known))
        if found:
            _set_place(connection, max(record.update_timestamp for record in found))
        if events:
            audit_log.record(connection, *events)
    return len(events)


def _events(records: Iterable[dg.RunRecord]) -> Iterable[Event]:
    for record in records:
        run = record.dagster_run
        ended = record.end_time or record.update_timestamp.timestamp()
        job = "chosen_assets" if run.job_name.startswith("__") else run.job_name
        started_by = [run.tags[tag] for tag in _STARTED_BY if tag in run.tags]
        yield Event(
            actor=started_by[0] if started_by else "dagster",
            role="-",
            action=ACTION,
            object=job,
            outcome=_OUTCOMES[run.status],
            detail={
                "run": run.run_id,
                "status": run.status.value,
                "assets": len(run.asset_selection or ()),
                **{tag: run.tags[tag] for tag in _SHOWN_TAGS if tag in run.tags},
            },
            at=datetime.fromtimestamp(ended, UTC),
        )


def _known(connection: psycopg.Connection, runs: list[str]) -> set[str]:
    """Runs among the given ones that are in the trail."""
    rows = connection.execute(
        "select detail ->> 'run' from audit.event_log"
        " where action = %s and detail ->> 'run' = any(%s)",
        (ACTION, runs),
    )
    return {str(run) for (run,) in rows}


def _place(connection: psycopg.Connection) -> datetime | None:
    """Time of change of the last run read; locks it until the end of the transaction."""
    connection.execute(
        "insert into audit.log_places (source, place) values (%s, 'null')"
        " on conflict (source) do nothing",
        (_SOURCE,),
    )
    row = connection.execute(
        "select place #>> '{}' from audit.log_places where source = %s for update", (_SOURCE,)
    ).fetchone()
    return datetime.fromisoformat(row[0]) if row and row[0] else None


def _set_place(connection: psycopg.Connection, place: datetime) -> None:
    connection.execute(
        "update audit.log_places set place = to_jsonb(%s::text) where source = %s",
        (place.replace(tzinfo=place.tzinfo or UTC).isoformat(), _SOURCE),
    )
