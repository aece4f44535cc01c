"""Changes in the bank's databases as runs: of dimensions, and of the days that were changed.

Belongs here: the sensor. What has changed is said by `finplatform.ingest.backlog`, which captures
it first; what runs are made of it by `requests`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from finplatform.ingest.backlog import PendingChange, backlog
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.orchestration.downstream import DownstreamAssets
from finplatform.orchestration.jobs import DAILY_JOB, ENTITIES_JOB
from finplatform.orchestration.sensors.requests import (
    RequestContext,
    by_day,
    day_requests,
    edges,
    entity_request,
    is_under_way,
    result_of,
)
from finplatform.settings import Settings
from finplatform.warehouse.database import open_warehouse

OF_ENTITIES, OF_DAYS = "changes of entities", "changes of days"


def change_requests(
    changes: Sequence[PendingChange],
    asking: RequestContext,
    partitions: dg.DailyPartitionsDefinition,
    instance: dg.DagsterInstance,
) -> list[dg.RunRequest]:
    """Runs of what has changed; none of a kind of which a run goes on.

    Args:
        changes: What has changed. Days that are not over are left to the end of their day.
        asking: See `RequestContext`.
        partitions: Days that a run may be asked for.
        instance: Where runs are recorded.
    """
    found = []
    entities = {one.table: one.mark for one in changes if one.day is None}
    if entities and not is_under_way(instance, OF_ENTITIES):
        found.append(entity_request(entities, asking, OF_ENTITIES))
    span = edges(partitions)
    days = by_day(
        (one.day, one.table, one.mark)
        for one in changes
        if one.day is not None and span is not None and span[0] <= one.day <= span[1]
    )
    if days and not is_under_way(instance, OF_DAYS):
        found += day_requests(days, asking, OF_DAYS)
    return found


def build_source_changes_sensor(
    partitions: dg.DailyPartitionsDefinition,
    downstream: DownstreamAssets,
    jobs: Sequence[Any],
    status: dg.DefaultSensorStatus,
) -> dg.SensorDefinition:
    """The sensor on the bank's databases.

    Args:
        partitions: Days that a run may be asked for.
        downstream: What is made from which table.
        jobs: The platform's jobs.
        status: Whether it runs without being turned on in the UI.
    """

    @dg.sensor(
        name="source_changes",
        jobs=[job for job in jobs if job.name in (DAILY_JOB, ENTITIES_JOB)],
        minimum_interval_seconds=30,
        default_status=status,
        description=(
            "Turns changes in the bank's databases into runs of the dimensions, and of the days"
            " that they are of."
        ),
    )
    def source_changes(
        context: dg.SensorEvaluationContext,
        settings: dg.ResourceParam[Settings],
        sources: dg.ResourceParam[SourcesConfig],
    ) -> dg.SensorResult | dg.SkipReason:
        changes = backlog(sources, settings, open_warehouse(settings))
        asking = RequestContext(downstream, datetime.now(ZoneInfo(sources.bank.day_zone)).date())
        requests = change_requests(changes, asking, partitions, context.instance)
        return result_of(requests, context.cursor)

    return source_changes
