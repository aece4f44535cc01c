"""Lineage export: each run's start and end, and its tables, as OpenLineage events.

The start event is sent when the run starts, the others when it has ended. Undelivered events are
sent again at the next tick (at least once). Belongs here: reading runs, and the sensor. Does not
belong here: the events (`finplatform.lineage`).
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from openlineage.client.event_v2 import RunEvent

from finplatform.errors import FinplatformError
from finplatform.lineage.events import End, run_ended, run_started, table_events
from finplatform.lineage.facts import Made, Names, RunFacts, TableFacts
from finplatform.lineage.figures import figure_steps
from finplatform.lineage.sink import send
from finplatform.orchestration.incidents import CheckedGraph
from finplatform.orchestration.run_events import days_of
from finplatform.settings import Settings
from finplatform.warehouse.database import warehouse_location
from finplatform.warehouse.embedded.ports import LOOPBACK
from finplatform.windows import Window

LOGGER = logging.getLogger("finplatform.lineage")

_PAGE = 20
_STARTED = dg.DagsterEventType.RUN_START
_ENDS: Mapping[dg.DagsterEventType, End] = {
    dg.DagsterEventType.RUN_SUCCESS: "COMPLETE",
    dg.DagsterEventType.RUN_FAILURE: "FAIL",
    dg.DagsterEventType.RUN_CANCELED: "ABORT",
}
_WATCHED: tuple[Any, ...] = (_STARTED, *_ENDS)
"""Typed as Any, since Dagster expects literals."""

_COUNTS = ("dagster/partition_row_count", "dagster/row_count")
_OF_TABLES = {
    dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
    dg.DagsterEventType.ASSET_MATERIALIZATION,
    dg.DagsterEventType.STEP_START,
    dg.DagsterEventType.STEP_FAILURE,
}


@dataclass(frozen=True)
class LineageGraph:
    """Lookups on the graph for lineage.

    Attributes:
        tables: Facts of each asset by name.
        graph: Partitions of assets.
    """

    tables: Mapping[str, TableFacts]
    graph: CheckedGraph


def send_new_lineage(
    instance: dg.DagsterInstance, known: LineageGraph, settings: Settings, cursor: str | None
) -> str:
    """Sends the events of newly started and ended runs.

    Args:
        instance: The Dagster instance.
        known: Lookups on the graph.
        settings: Warehouse and destinations of events.
        cursor: Result of the last call; None starts with future events.

    Returns:
        The next cursor, up to the first undelivered event.
    """
    places = _places(instance, cursor)
    records = sorted(_new(instance, places), key=lambda found: found[1].storage_id)
    for kind, record in records:
        run = instance.get_run_by_id(record.run_id)
        if run is not None:
            try:
                send(_events(instance, run, kind, record, known, settings), settings)
            except FinplatformError as error:
                LOGGER.warning("%s", error)
                break
        places[kind.value] = record.storage_id
    return json.dumps(places)


def build_lineage_sensor(
    known: LineageGraph, status: dg.DefaultSensorStatus
) -> dg.SensorDefinition:
    """The sensor that sends lineage.

    Args:
        known: Lookups on the graph.
        status: Its default status.
    """

    @dg.sensor(
        name="lineage",
        minimum_interval_seconds=30,
        default_status=status,
        description="Sends what runs make from what, when they start and when they end.",
    )
    def lineage(
        context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
    ) -> dg.SensorResult:
        cursor = send_new_lineage(context.instance, known, settings, context.cursor)
        return dg.SensorResult(cursor=cursor, skip_reason="New lineage was sent.")

    return lineage


def _places(instance: dg.DagsterInstance, cursor: str | None) -> dict[str, int]:
    """Last sent event by kind."""
    if cursor is not None:
        found: dict[str, int] = json.loads(cursor)
        return found
    last = {}
    for kind in _WATCHED:
        records = instance.fetch_run_status_changes(kind, limit=1).records
        last[kind.value] = records[0].storage_id if records else 0
    return last


def _new(
    instance: dg.DagsterInstance, places: Mapping[str, int]
) -> Iterator[tuple[dg.DagsterEventType, dg.EventLogRecord]]:
    for kind in _WATCHED:
        chosen = dg.RunStatusChangeRecordsFilter(kind, after_storage_id=places[kind.value])
        result = instance.fetch_run_status_changes(chosen, limit=_PAGE, ascending=True)
        for record in result.records:
            yield kind, record


def _events(
    instance: dg.DagsterInstance,
    run: dg.DagsterRun,
    kind: dg.DagsterEventType,
    record: dg.EventLogRecord,
    known: LineageGraph,
    settings: Settings,
) -> list[RunEvent]:
    found = _Tables(instance, run)
    facts = RunFacts(
        run.run_id,
        run.job_name,
        _instant(record.timestamp),
        tuple(sorted(found.planned if kind is _STARTED else found.made)),
        found.window(known.graph),
    )
    names = _names(settings)
    if kind is _STARTED:
        return [run_started(facts, names, known.tables)]
    made = found.results(facts, settings)
    failed = ", ".join(sorted(found.failed))
    reason = f"Failed steps: {failed}." if failed else ""
    return [
        *(event for table in made for event in table_events(facts, table, names, known.tables)),
        run_ended(facts, _ENDS[kind], names, known.tables, reason),
    ]


class _Tables:
    """Events of the log about the tables of a run.

    Attributes:
        planned: Step of each planned table.
        made: Last materialization of each materialized table, with its instant.
        failed: Instant at which each failed step failed.
    """

    def __init__(self, instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
        self._run = run
        self.planned: dict[str, str] = {}
        self.made: dict[str, tuple[dg.DagsterEvent, float]] = {}
        self.failed: dict[str, float] = {}
        self._begun: dict[str, float] = {}
        for record in instance.get_records_for_run(run.run_id, of_type=_OF_TABLES).records:
            entry = record.event_log_entry
            if entry.dagster_event is not None:
                self._take(entry.dagster_event, entry.timestamp)

    def _take(self, event: dg.DagsterEvent, at: float) -> None:
        step, key = event.step_key or "", event.asset_key
        match event.event_type:
            case dg.DagsterEventType.STEP_START:
                self._begun[step] = at
            case dg.DagsterEventType.STEP_FAILURE:
                self.failed[step] = at
            case dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED if key is not None:
                self.planned[".".join(key.path)] = step
            case dg.DagsterEventType.ASSET_MATERIALIZATION if key is not None:
                self.made[".".join(key.path)] = (event, at)

    def window(self, graph: CheckedGraph) -> Window | None:
        """Business days of the run."""
        keys = [dg.AssetKey(name.split(".")) for name in self.planned]
        cut = next(filter(None, map(graph.partitions.get, keys)), None)
        return days_of(self._run, cut)

    def results(self, run: RunFacts, settings: Settings) -> list[Made]:
        """Materialized tables, and those of failed steps."""
        steps = figure_steps(settings, list(self.made), run.window)
        found = [
            Made(
                name,
                _instant(self._begun.get(event.step_key or "", at)),
                _instant(at),
                _rows(event),
                figures=steps.get(name, ()),
            )
            for name, (event, at) in sorted(self.made.items())
        ]
        found += [
            Made(name, _instant(self._begun.get(step, 0)), _instant(self.failed[step]), None, True)
            for name, step in sorted(self.planned.items())
            if step in self.failed and name not in self.made
        ]
        return found


def _rows(event: dg.DagsterEvent) -> int | None:
    metadata: Mapping[str, Any] = event.materialization.metadata
    values: Sequence[Any] = [metadata[name].value for name in _COUNTS if name in metadata]
    return int(values[0]) if values else None


def _names(settings: Settings) -> Names:
    location = warehouse_location(settings)
    host = location.host or LOOPBACK
    port = location.port or location.query.get("port") or 5432
    return Names(
        f"postgres://{host}:{port}",
        location.database or "",
        settings.openlineage_namespace,
    )


def _instant(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)
