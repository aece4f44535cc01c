"""Partitions: the one partitioning of the graph, and windows of runs.

Every partitioned asset is cut by business day. Belongs here: the definition and what turns a run's
tags into a `Window`. Does not belong here: which assets are partitioned.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import dagster as dg

from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.settings import Settings
from finplatform.windows import Window

PARTITION_TAG = "dagster/partition"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"


def history_start(settings: Settings, sources: SourcesConfig) -> date:
    """First business day: what the sources say, else what the settings say."""
    return sources.history.start if sources.history else settings.history_start


def history_end(settings: Settings, sources: SourcesConfig) -> date | None:
    """Last business day of a closed history, or None while the bank goes on."""
    if sources.history:
        return sources.history.end
    return settings.history_end


def daily_partitions(start: date, end: date | None) -> dg.DailyPartitionsDefinition:
    """Business days from `start` to `end`, or to yesterday while the bank goes on."""
    exclusive = (end + timedelta(days=1)).isoformat() if end else None
    return dg.DailyPartitionsDefinition(start_date=start.isoformat(), end_date=exclusive)


def window_of_tags(tags: Mapping[str, str]) -> Window | None:
    """Days that a run covers, by its tags; None for a run without partitions.

    A single-run backfill carries a range and no partition key, so the tags are the one thing that
    assets and checks of any run can rely on.
    """
    if RANGE_START_TAG in tags:
        return Window.through(
            date.fromisoformat(tags[RANGE_START_TAG]), date.fromisoformat(tags[RANGE_END_TAG])
        )
    if PARTITION_TAG in tags:
        return Window.day(date.fromisoformat(tags[PARTITION_TAG]))
    return None


def tags_of_window(window: Window) -> dict[str, str]:
    """Run tags that make one run cover a window."""
    if window.days == 1:
        return {PARTITION_TAG: window.start.isoformat()}
    return {RANGE_START_TAG: window.start.isoformat(), RANGE_END_TAG: window.last.isoformat()}


def last_complete_day(now: datetime, end: date | None) -> date:
    """Last business day that is over at an instant in UTC."""
    yesterday = now.date() - timedelta(days=1)
    return min(yesterday, end) if end else yesterday
