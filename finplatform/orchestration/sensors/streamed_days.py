"""Run requests of days with new events of the stream.

The events of the present day are loaded after its end; events of a loaded day run it again. Belongs
here: the sensor and its cursor. Does not belong here: the days with events
(`finplatform.streaming.arrivals`), and building requests (`requests`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

import dagster as dg

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.streamed import TRANSACTION_EVENTS
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.orchestration.downstream import DownstreamAssets
from finplatform.orchestration.jobs import DAILY_JOB
from finplatform.orchestration.sensors.requests import (
    RequestContext,
    by_day,
    day_requests,
    edges,
    is_under_way,
)
from finplatform.settings import Settings
from finplatform.streaming.arrivals import START, StreamedDay, days_since, streamed_days
from finplatform.warehouse.database import open_warehouse

OF_STREAM = "events of the stream"

_STORED = SOURCES["transactions"].stored.name
"""Table into which the run of a day loads its events."""


@dataclass(frozen=True)
class Memory:
    """State of the sensor, stored in its cursor.

    Attributes:
        cursor: Position up to which arrivals were read.
        waiting: Days with unloaded events: the mark of each, and the instant of its detection.
        asked: Run keys of the last requests.
    """

    cursor: str = START
    waiting: Mapping[date, tuple[str, datetime]] = field(default_factory=dict)
    asked: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str | None) -> Self:
        """From a sensor's cursor."""
        if not text:
            return cls()
        kept = json.loads(text)
        waiting = {
            date.fromisoformat(day): (mark, datetime.fromisoformat(at))
            for day, (mark, at) in kept["waiting"].items()
        }
        return cls(kept["cursor"], waiting, tuple(kept["asked"]))

    def written(self) -> str:
        """Text of the sensor's cursor."""
        waiting = {f"{day}": (mark, at.isoformat()) for day, (mark, at) in self.waiting.items()}
        return json.dumps({"cursor": self.cursor, "waiting": waiting, "asked": self.asked})

    def still_waiting(self, days: Sequence[StreamedDay]) -> dict[date, tuple[str, datetime]]:
        """Days with events that arrived after their last load."""
        found = {}
        for one in days:
            mark, seen_at = self.waiting.get(one.day, ("", one.looked_at))
            if mark != one.mark:
                # A load that begins from now on reads them.
                seen_at = one.looked_at
            if one.load_began_at is None or one.load_began_at <= seen_at:
                found[one.day] = (one.mark, seen_at)
        return found


def build_streamed_days_sensor(
    partitions: dg.DailyPartitionsDefinition,
    downstream: DownstreamAssets,
    jobs: Sequence[Any],
    status: dg.DefaultSensorStatus,
) -> dg.SensorDefinition:
    """The sensor on the stream.

    Args:
        partitions: Days of runs.
        downstream: Downstream assets of tables.
        jobs: The platform's jobs.
        status: Its default status.
    """

    @dg.sensor(
        name="streamed_days",
        jobs=[job for job in jobs if job.name == DAILY_JOB],
        minimum_interval_seconds=60,
        default_status=status,
        description="Requests a run of the day of late events of the stream.",
    )
    def streamed(
        context: dg.SensorEvaluationContext,
        settings: dg.ResourceParam[Settings],
        sources: dg.ResourceParam[SourcesConfig],
    ) -> dg.SensorResult | dg.SkipReason:
        span = edges(partitions)
        if span is None:
            return dg.SkipReason("The history has no day yet.")
        before = Memory.read(context.cursor)
        with open_warehouse(settings).connect() as connection:
            arrived = days_since(connection, before.cursor)
            days = sorted({*before.waiting, *arrived.days})
            known = streamed_days(connection, days, _STORED) if days else []
        waiting = before.still_waiting([one for one in known if one.day >= span[0]])
        loaded = {one.day for one in known if one.load_began_at is not None}
        late = {day: mark for day, (mark, _) in waiting.items() if day in loaded and day <= span[1]}
        requests: list[dg.RunRequest] = []
        if late and not is_under_way(context.instance, OF_STREAM):
            request_context = RequestContext(
                downstream, datetime.now(ZoneInfo(sources.bank.day_zone)).date()
            )
            marks = by_day((day, TRANSACTION_EVENTS.table, mark) for day, mark in late.items())
            requests = day_requests(marks, request_context, OF_STREAM)
        asked = tuple(str(request.run_key) for request in requests) or before.asked
        cursor = Memory(arrived.cursor, waiting, asked).written()
        fresh = [request for request in requests if request.run_key not in before.asked]
        if fresh:
            return dg.SensorResult(fresh, cursor=cursor)
        reason = f"{len(waiting)} days have unloaded events."
        return dg.SensorResult(skip_reason=reason, cursor=cursor)

    return streamed
