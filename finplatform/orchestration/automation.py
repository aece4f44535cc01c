"""Automation conditions and freshness policies, by asset selection.

A month-end table of the latest month is requested once its month's days are materialized and all
upstream blocking checks have passed. A materialized month is requested again when a day of it is
updated, and assets of all months when one of them is. Operational metadata and calendar duties are
requested every morning, even after failures. Training has a schedule and a sensor. Does not belong
here: schedules and sensors.
"""

from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from finplatform.orchestration.jobs import TRAINING_ASSETS, Grains

_READ_DAILY = dg.AssetSelection.assets(
    ["gold", "fact_transactions"], ["gold", "fact_balances"], ["gold", "realtime_analytics"]
)
_READ_MONTHLY = dg.AssetSelection.assets(["gold", "capital_adequacy"]) | (
    dg.AssetSelection.groups("reports")
)
_MINIMUM_SECONDS = 300
_EVERY_DAY = ("platform", "compliance")
"""Groups that are requested daily, independent of their upstream assets."""

_EVERY_MORNING = "0 5 * * *"
"""In UTC, after the night's runs."""


def with_automation(
    assets: Sequence[dg.AssetsDefinition], grains: Grains, *, is_open: bool
) -> list[dg.AssetsDefinition]:
    """The assets with automation conditions and freshness policies.

    Args:
        assets: Every asset that is materialized.
        grains: The same assets by partitioning.
        is_open: Whether the history is open; a closed one is never stale.
    """
    months = grains.months - TRAINING_ASSETS
    automated = months.resolve(assets)
    cut = dg.AssetSelection.assets(
        *(spec.key for one in assets for spec in one.specs if spec.partitions_def is not None)
    )
    policies = {
        key: policy
        for selection, policy in (
            (_READ_DAILY, _within(hours=50, warn_hours=30)),
            (_READ_MONTHLY, _within(hours=38 * 24, warn_hours=34 * 24)),
        )
        for key in selection.resolve(assets)
        if is_open
    }

    def described(spec: dg.AssetSpec) -> dg.AssetSpec:
        if spec.key in automated:
            spec = spec.replace_attributes(automation_condition=_condition(spec, months, cut))
        if spec.key in policies:
            spec = dg.apply_freshness_policy(spec, policies[spec.key])
        return spec

    return list(dg.map_asset_specs(described, assets))


def automation_sensor(grains: Grains, status: dg.DefaultSensorStatus) -> dg.SensorDefinition:
    """The sensor that evaluates the conditions.

    Args:
        grains: The graph by partitioning.
        status: Its default status.
    """
    return dg.AutomationConditionSensorDefinition(
        "month_end_automation",
        target=grains.months - TRAINING_ASSETS,
        description="Requests month-end tables once their month is complete, and their readers.",
        minimum_interval_seconds=_MINIMUM_SECONDS,
        default_status=status,
    )


def _condition(
    spec: dg.AssetSpec, months: dg.AssetSelection, cut: dg.AssetSelection
) -> dg.AutomationCondition:
    if spec.group_name in _EVERY_DAY:
        tick: dg.AutomationCondition = dg.AutomationCondition.cron_tick_passed(_EVERY_MORNING)
        due = tick.since_last_handled() & ~dg.AutomationCondition.in_progress()
        return due.with_label("every morning")
    passed = dg.AutomationCondition.all_deps_blocking_checks_passed()
    if spec.partitions_def is not None:
        complete = (dg.AutomationCondition.on_missing() & passed).with_label("month complete")
        return complete | _days_came_late(cut, passed)
    return (dg.AutomationCondition.eager().allow(months) & passed).with_label("months updated")


def _days_came_late(
    cut: dg.AssetSelection, passed: dg.AutomationCondition
) -> dg.AutomationCondition:
    """A materialized month of which a day or another table was updated."""
    updated = dg.AutomationCondition.any_deps_updated().allow(cut)
    return (
        updated.since_last_handled()
        & ~dg.AutomationCondition.missing()
        & ~dg.AutomationCondition.any_deps_missing()
        & ~dg.AutomationCondition.any_deps_in_progress()
        & ~dg.AutomationCondition.in_progress()
        & passed
    ).with_label("days came late")


def _within(*, hours: int, warn_hours: int) -> dg.FreshnessPolicy:
    return dg.FreshnessPolicy.time_window(
        fail_window=timedelta(hours=hours), warn_window=timedelta(hours=warn_hours)
    )
