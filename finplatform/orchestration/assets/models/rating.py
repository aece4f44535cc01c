"""The rating scale and the grades of exposures as assets.

Belongs here: `gold/rating_scale`, made with the model from all labelled history, `gold/pd_grades`,
one window of month-ends at a time, and `gold/grade_overrides`. Does not belong here: statistics.
"""

import dagster as dg
import polars as pl

from finplatform.contracts.rating import RATING
from finplatform.ml.grading import exposure_grades, scale_of
from finplatform.ml.overrides import override_register
from finplatform.ml.scoring import Scorer
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.storing import store, table_arguments
from finplatform.orchestration.partitions import Partitions, days_of_month
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.risk.components import pd_floor
from finplatform.warehouse import bulk

GROUP = "models"

# Grades of exposures with an analyst's decision.
_OVERRIDABLE = """
    select grades.exposure_id, grades.observation_date, grades.model_grade, grades.override_id
    from gold.pd_grades as grades
    where grades.exposure_id in (select exposure_id from silver.stg_grade_overrides)
    order by grades.exposure_id, grades.observation_date
"""
_NEWEST = "select max(observation_date) as last from gold.pd_grades"


@dg.asset(
    **table_arguments(
        RATING["rating_scale"],
        GROUP,
        "Long-run default rates with a margin of conservatism, and tests of each grade.",
    ),
    ins={"pd_model": dg.AssetIn(key("models", "pd_model"))},
    deps=[key("gold", "credit_features"), key("gold", "credit_outcomes")],
)
@retried
def rating_scale(
    context: dg.AssetExecutionContext, pd_model: Scorer, tables: TablesResource
) -> dg.MaterializeResult:
    """The scale that maps default probabilities to grades."""
    features = tables.read("gold.credit_features")
    outcomes = tables.read("gold.credit_outcomes")
    scale = scale_of(pd_model, features, outcomes)
    version = {"model_version": pd_model.model_version}
    return store(context, tables, "gold.rating_scale", scale, version)


@dg.asset(
    **table_arguments(
        RATING["grade_overrides"],
        GROUP,
        "Rows that violate a row rule are in `quarantine.rejected_rows`; other rejected"
        " overrides are listed here with the reason.",
    ),
    deps=[key("silver", "stg_grade_overrides"), key("gold", "pd_grades")],
)
@retried
def grade_overrides(
    context: dg.AssetExecutionContext, tables: TablesResource
) -> dg.MaterializeResult:
    """The register of overrides."""
    overrides = tables.read("silver.stg_grade_overrides")
    with bulk.connect(tables.warehouse.url) as connection:
        grades = bulk.read_frame(connection, _OVERRIDABLE)
        last = bulk.read_frame(connection, _NEWEST)["last"].item()
    register = override_register(overrides, grades, last)
    refused = int((register["status"] == "REFUSED").sum())
    return store(context, tables, "gold.grade_overrides", register, {"refused": refused})


def build_rating_assets(partitions: Partitions) -> list[dg.AssetsDefinition]:
    """Scale, grades and the register of overrides.

    Args:
        partitions: Months of the grades.
    """

    @dg.asset(
        **table_arguments(RATING["pd_grades"], GROUP, "Rows exist at month-ends."),
        ins={
            "pd_model": dg.AssetIn(key("models", "pd_model")),
            "credit_features": dg.AssetIn(
                key("gold", "credit_features"), input_manager_key="tables_io"
            ),
            "rating_scale": dg.AssetIn(key("gold", "rating_scale"), input_manager_key="tables_io"),
        },
        deps=[days_of_month(key("silver", "stg_grade_overrides"))],
        partitions_def=partitions.monthly,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    @retried
    def pd_grades(
        context: dg.AssetExecutionContext,
        pd_model: Scorer,
        credit_features: pl.DataFrame,
        rating_scale: pl.DataFrame,
        tables: TablesResource,
    ) -> dg.MaterializeResult:
        # An old decision may still be valid, so all are read, independent of the window.
        overrides = tables.read("silver.stg_grade_overrides")
        floors = pd_floor(credit_features["exposure_class"].to_numpy())
        grades = exposure_grades(pd_model, credit_features, rating_scale, floors, overrides)
        overridden = int(grades["override_id"].is_not_null().sum())
        return store(context, tables, "gold.pd_grades", grades, {"overridden": overridden})

    return [rating_scale, pd_grades, grade_overrides]
