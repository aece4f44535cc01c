"""Jobs: asset selections that run together.

A job has one partitions definition, so daily and monthly assets are in separate jobs. Unpartitioned
assets belong to the monthly jobs if a monthly asset is upstream of them, else to the daily ones.
Does not belong here: schedules and sensors.
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
"""Groups of bronze and of dbt models, without ML models and the risk engine."""

ENTITY_GROUPS = ("sources", "staging", "dimensions")
"""Groups whose unpartitioned tables are refreshed within minutes of a change in the source."""

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
"""The restore drill, which runs weekly outside of other jobs."""

SCREENING_ASSETS = dg.AssetSelection.assets(
    *(["compliance", table] for table in (*SCREENING, *KYC))
)
"""Hits on sanctions lists, and customers' due diligence."""


@dataclass(frozen=True)
class Grains:
    """Asset selections by partition grain.

    Attributes:
        days: Daily assets, and unpartitioned ones without monthly assets upstream.
        months: Monthly assets, and everything downstream of them.
    """

    days: dg.AssetSelection
    months: dg.AssetSelection

    @classmethod
    def of_assets(cls, assets: Iterable[dg.AssetsDefinition]) -> "Grains":
        """Splits assets by whether they are, or have upstream, a monthly asset."""
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
    """Tables of entities and dimensions without a daily asset upstream.

    Args:
        grains: Selections by partition grain.
        assets: All materializable assets.
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
        grains: Selections by partition grain.
        assets: All materializable assets.
        has_lake: Whether daily loads also write the lake.
    """
    days = grains.days if has_lake else grains.days - LAKE_ASSETS
    return [
        dg.define_asset_job(
            ENTITIES_JOB,
            selection=entity_assets(grains, assets),
            description="Changed entities and their dimensions, which have no partitions.",
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
            description="Features, scores and grades of a month, with the data loaded so far.",
        ),
        dg.define_asset_job(
            TRAINING_JOB,
            selection=TRAINING_ASSETS,
            description="Outcomes, and the models that learn from them, from all history.",
        ),
        dg.define_asset_job(
            WAREHOUSE_JOB,
            selection=grains.days & dg.AssetSelection.groups(*SQL_GROUPS),
            description="Bronze to facts and BI views for a range of days, without ML models.",
        ),
        dg.define_asset_job(
            WAREHOUSE_MONTH_END_JOB,
            selection=grains.months & dg.AssetSelection.groups(*SQL_GROUPS),
            description="Month-end facts and features for a range of months, without ML models.",
        ),
        dg.define_asset_job(
            SCREENING_JOB,
            selection=SCREENING_ASSETS,
            description="Screening of new and changed list entries and customers, without a load.",
        ),
        dg.define_asset_job(
            LAUNDERING_JOB,
            selection=LAUNDERING_ASSETS,
            description="Monitoring for money laundering for a day or a range of days.",
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
            description="Daily half of a whole history, with the models of payments.",
        ),
        dg.define_asset_job(
            HISTORY_BY_MONTH_JOB,
            selection=grains.months,
            description="Monthly half of a whole history, with the training of models.",
        ),
    ]
