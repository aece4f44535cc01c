"""Partitions definitions, and the window of a run.

Events and daily tables have daily partitions, month-end tables monthly ones; entities, dimensions
and marts have none. Belongs here: the two definitions, the mapping between them, and the window
that a step replaces. Does not belong here: the partitioned assets.
"""

import warnings
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.settings import Settings
from finplatform.windows import Window

with warnings.catch_warnings():
    # A history may begin within a month, whose earlier days are no partitions. The parameter is
    # beta.
    warnings.filterwarnings("ignore", "Parameter `allow_nonexistent", dg.BetaWarning)
    DAYS_OF_MONTH = dg.TimeWindowPartitionMapping(allow_nonexistent_upstream_partitions=True)
"""A month depends on its days; the first month on those from the beginning of the history."""


PARTITION_TAG = "dagster/partition"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"

Context = dg.AssetExecutionContext | dg.AssetCheckExecutionContext | dg.OpExecutionContext
"""A context with the partitions of its run."""


@dataclass(frozen=True)
class Partitions:
    """The partitions definitions of a bank's history.

    Attributes:
        daily: Business days.
        monthly: Calendar months; a month is a partition once its last day is over.
    """

    daily: dg.DailyPartitionsDefinition
    monthly: dg.MonthlyPartitionsDefinition

    @classmethod
    def of_history(cls, start: date, end: date | None, timezone: str = "UTC") -> "Partitions":
        """Days and months from `start` to `end`, or to yesterday while the history is open.

        Args:
            start: First business day.
            end: Last business day of a closed history.
            timezone: Zone of the bank's business days.
        """
        exclusive = (end + timedelta(days=1)).isoformat() if end else None
        return cls(
            dg.DailyPartitionsDefinition(
                start_date=start.isoformat(), end_date=exclusive, timezone=timezone
            ),
            dg.MonthlyPartitionsDefinition(
                start_date=start.replace(day=1).isoformat(), end_date=exclusive, timezone=timezone
            ),
        )


def history_start(settings: Settings, sources: SourcesConfig) -> date:
    """First business day by the source configuration, else by the settings."""
    return sources.history.start if sources.history else settings.history_start


def history_end(settings: Settings, sources: SourcesConfig) -> date | None:
    """Last business day of a closed history; None for an open one."""
    if sources.history:
        return sources.history.end
    return settings.history_end


def days_of_month(asset_key: dg.AssetKey) -> dg.AssetDep:
    """Dependency of a monthly asset on a daily one."""
    return dg.AssetDep(asset_key, partition_mapping=DAYS_OF_MONTH)


def window_of(context: Context) -> Window | None:
    """Business days of a step; None in a run without partitions."""
    run = context if isinstance(context, dg.OpExecutionContext) else context.op_execution_context
    if not (run.has_partition_key or run.has_partition_key_range):
        return None
    covered = run.partition_time_window
    return Window(covered.start.date(), covered.end.date())


def range_tags(definition: dg.TimeWindowPartitionsDefinition, window: Window) -> dict[str, str]:
    """Run tags of the partitions whose last day lies inside a window.

    Args:
        definition: Daily or monthly partitions.
        window: Business days.

    Returns:
        No tags if no partition ends inside.
    """
    inside = [
        key
        for key in definition.get_partition_keys()
        if window.start < definition.time_window_for_partition_key(key).end.date() <= window.end
    ]
    if not inside:
        return {}
    if len(inside) == 1:
        return {PARTITION_TAG: inside[0]}
    return {RANGE_START_TAG: inside[0], RANGE_END_TAG: inside[-1]}


def as_of_day(settings: Settings, sources: SourcesConfig) -> date:
    """Last complete business day: the as-of date of an asset without partitions."""
    now = datetime.now(ZoneInfo(sources.bank.day_zone))
    return last_complete_day(now, history_end(settings, sources))


def last_complete_day(now: datetime, end: date | None) -> date:
    """Last complete business day at an instant, in that instant's zone."""
    yesterday = now.date() - timedelta(days=1)
    return min(yesterday, end) if end else yesterday
