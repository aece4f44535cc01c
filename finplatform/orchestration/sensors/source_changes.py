"""Run requests of changes in the bank's databases: of dimensions, and of changed days.

Does not belong here: detecting changes (`finplatform.ingest.backlog`), and building requests
(`requests`).
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
    request_context: RequestContext,
    partitions: dg.DailyPartitionsDefinition,
    instance: dg.DagsterInstance,
) -> list[dg.RunRequest]:
    """Run requests of changes; none of a kind with a run in progress.

    Args:
        changes: Pending changes. Days that are not over wait for the end of their day.
        request_context: See `RequestContext`.
        partitions: Days of runs.
        instance: The Dagster instance.
    """
    found = []
    entities = {one.table: one.mark for one in changes if one.day is None}
    if entities and not is_under_way(instance, OF_ENTITIES):
        found.append(entity_request(entities, request_context, OF_ENTITIES))
    span = edges(partitions)
    days = by_day(
        (one.day, one.table, one.mark)
        for one in changes
        if one.day is not None and span is not None and span[0] <= one.day <= span[1]
    )
    if days and not is_under_way(instance, OF_DAYS):
        found += day_requests(days, request_context, OF_DAYS)
    return found


def build_source_changes_sensor(
    partitions: dg.DailyPartitionsDefinition,
    downstream: DownstreamAssets,
    jobs: Sequence[Any],
    status: dg.DefaultSensorStatus,
) -> dg.SensorDefinition:
    """The sensor on the bank's databases.

    Args:
        partitions: Days of runs.
        downstream: Downstream assets of tables.
        jobs: The platform's jobs.
        status: Its default status.
    """

    @dg.sensor(
        name="source_changes",
        jobs=[job for job in jobs if job.name in (DAILY_JOB, ENTITIES_JOB)],
        minimum_interval_seconds=30,
        default_status=status,
        description=(
            "Requests runs of the dimensions and of the days that changed in the bank's databases."
        ),
    )
    def source_changes(
        context: dg.SensorEvaluationContext,
        settings: dg.ResourceParam[Settings],
        sources: dg.ResourceParam[SourcesConfig],
    ) -> dg.SensorResult | dg.SkipReason:
        changes = backlog(sources, settings, open_warehouse(settings))
        request_context = RequestContext(
            downstream, datetime.now(ZoneInfo(sources.bank.day_zone)).date()
        )
        requests = change_requests(changes, request_context, partitions, context.instance)
        return result_of(requests, context.cursor)

    return source_changes
