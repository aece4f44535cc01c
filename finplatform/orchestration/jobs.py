"""Jobs: which assets run together.

A job has one partitioning, so what is cut by day and what is cut by month are two jobs each.
Unpartitioned assets belong to the month if anything cut by month is upstream of them, else to the
day. Belongs here: selections. When they run is in `schedules`, `automation` and `sensors`; what
they do is in the assets.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import dagster as dg

from finplatform.contracts import laundering
from finplatform.contracts.kyc import KYC
from finplatform.contracts.screening import SCREENING

DAILY_JOB = "daily"
ENTITIES_JOB = "entities"
MONTH_END_JOB = "month_end"
RISK_SCORES_JOB = "risk_scores"
TRAINING_JOB = "training"
WAREHOUSE_JOB = "warehouse"
WAREHOUSE_MONTH_END_JOB = "warehouse_month_end"
SCREENING_JOB = "screening"
HISTORY_BY_DAY_JOB = "history_by_day"
HISTORY_BY_MONTH_JOB = "history_by_month"
LAUNDERING_JOB = "laundering"
RESTORE_DRILL_JOB = "restore_drill"
CONTROLS_JOB = "financial_controls"
LAKE_JOB = "lake"

SQL_GROUPS = ("sources", "staging", "dimensions", "facts", "features", "bi")
"""Groups of bronze and of dbt's models that need no model and no risk engine."""

ENTITY_GROUPS = ("sources", "staging", "dimensions")
"""Groups whose tables without days follow a change in the source within minutes."""

LAUNDERING_ASSETS = dg.AssetSelection.assets(
    *(["compliance", table] for table in laundering.LAUNDERING)
)

CONTROL_ASSETS = dg.AssetSelection.assets(
    *(["compliance", table] for table in ("sox_controls", "sox_evidence", "sox_deficiencies"))
)

TRAINING_ASSETS = dg.AssetSelection.assets(
    ["gold", "credit_outcomes"],
    ["models", "pd_model"],
    ["models", "pd_challenger"],
    ["gold", "pd_candidates"],
    ["gold", "rating_scale"],
    ["gold", "customer_outcomes"],
    ["models", "churn_model"],
    ["models", "fraud_model"],
    ["gold", "feature_importance"],
)


DRILL_ASSETS = dg.AssetSelection.assets(["ops", "restore_drills"])
"""What restores a backup: weekly, and when nothing else is being built."""

SCREENING_ASSETS = dg.AssetSelection.assets(
    *(["compliance", table] for table in (*SCREENING, *KYC))
)
"""Hits on sanctions lists, and what they say of customers' risk."""


@dataclass(frozen=True)
class Grains:
    """The graph by the partitioning of its jobs.

    Attributes:
        days: Assets cut by day, and unpartitioned ones with nothing monthly upstream.
        months: Assets cut by month, and everything downstream of them.
    """

    days: dg.AssetSelection
    months: dg.AssetSelection

    @classmethod
    def of_assets(cls, assets: Iterable[dg.AssetsDefinition]) -> "Grains":
        """Splits assets by whether anything cut by month is at or upstream of them."""
        monthly = [
            key
            for asset in assets
            if isinstance(asset.partitions_def, dg.MonthlyPartitionsDefinition)
            for key in asset.keys
        ]
        months = dg.AssetSelection.assets(*monthly).downstream()
        return cls(dg.AssetSelection.all() - months, months)


LAKE_ASSETS = dg.AssetSelection.groups("lake")
"""Facts and events as Parquet."""


def entity_assets(grains: Grains, assets: Iterable[dg.AssetsDefinition]) -> dg.AssetSelection:
    """Tables of entities and the dimensions that are made from nothing that is cut by days.

    Args:
        grains: The graph by partitioning.
        assets: Every asset that is materialized.
    """
    cut = [
        key
        for asset in assets
        if isinstance(asset.partitions_def, dg.DailyPartitionsDefinition)
        for key in asset.keys
    ]
    groups = grains.days & dg.AssetSelection.groups(*ENTITY_GROUPS)
    return groups - dg.AssetSelection.assets(*cut).downstream()


def build_jobs(
    grains: Grains, assets: Iterable[dg.AssetsDefinition], *, has_lake: bool
) -> list[Any]:
    """The platform's jobs.

    Args:
        grains: The graph by partitioning.
        assets: Every asset that is materialized.
        has_lake: Whether loads of days write the lake, too.
    """
    days = grains.days if has_lake else grains.days - LAKE_ASSETS
    return [
        dg.define_asset_job(
            ENTITIES_JOB,
            selection=entity_assets(grains, assets),
            description="Entities and their dimensions, without days: what has changed in them.",
        ),
        dg.define_asset_job(
            DAILY_JOB,
            selection=days - TRAINING_ASSETS - DRILL_ASSETS,
            description="Source to facts and BI views for a day or a range of days.",
        ),
        dg.define_asset_job(
            MONTH_END_JOB,
            selection=grains.months - TRAINING_ASSETS,
            description="Month-end tables, scores, capital and reports for a month or a range.",
        ),
        dg.define_asset_job(
            RISK_SCORES_JOB,
            selection=(grains.months & dg.AssetSelection.groups("features", "models"))
            - TRAINING_ASSETS,
            description="Features, scores and grades of a month, with what is known by now.",
        ),
        dg.define_asset_job(
            TRAINING_JOB,
            selection=TRAINING_ASSETS,
            description="Outcomes, and the models that learn from them, from all history.",
        ),
        dg.define_asset_job(
            WAREHOUSE_JOB,
            selection=grains.days & dg.AssetSelection.groups(*SQL_GROUPS),
            description="Bronze to facts and BI views for a range of days, without any model.",
        ),
        dg.define_asset_job(
            WAREHOUSE_MONTH_END_JOB,
            selection=grains.months & dg.AssetSelection.groups(*SQL_GROUPS),
            description="Month-end facts and features for a range of months, without any model.",
        ),
        dg.define_asset_job(
            SCREENING_JOB,
            selection=SCREENING_ASSETS,
            description="What is new or changed in lists and customers, screened without a load.",
        ),
        dg.define_asset_job(
            LAUNDERING_JOB,
            selection=LAUNDERING_ASSETS,
            description="Monitoring for money laundering alone, for a day or a range of days.",
        ),
        dg.define_asset_job(
            RESTORE_DRILL_JOB,
            selection=DRILL_ASSETS,
            description="The newest backup restored into a scratch server and compared.",
        ),
        dg.define_asset_job(
            CONTROLS_JOB,
            selection=CONTROL_ASSETS,
            description="The register of financial controls and the evidence of this month.",
        ),
        dg.define_asset_job(
            LAKE_JOB,
            selection=LAKE_ASSETS,
            description="Facts and events as Parquet for a day or a range of days.",
        ),
        dg.define_asset_job(
            HISTORY_BY_DAY_JOB,
            selection=days,
            description="First half of a whole history: as daily, with the models of payments.",
        ),
        dg.define_asset_job(
            HISTORY_BY_MONTH_JOB,
            selection=grains.months,
            description="Second half of a whole history: as month_end, with the models trained.",
        ),
    ]
