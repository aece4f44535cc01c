"""The rating scale and the grades of exposures as assets.

Belongs here: `gold/rating_scale`, made with the model from all labelled history, `gold/pd_grades`,
one window of month-ends at a time, and `gold/grade_overrides`. Does not belong here: any
statistics.
"""

import dagster as dg
import polars as pl

from finplatform.contracts.contract import Contract
from finplatform.contracts.rating import RATING
from finplatform.ml.grading import exposure_grades, scale_of
from finplatform.ml.overrides import override_register
from finplatform.ml.scoring import Scorer
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.metadata import description, table_metadata
from finplatform.orchestration.io_managers.tables import read
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.risk.components import pd_floor
from finplatform.taxonomy import kinds_of, owners_of
from finplatform.warehouse import bulk

GROUP = "models"

# Grades of exposures that anybody ever decided on.
_OVERRIDABLE = """
    select grades.exposure_id, grades.observation_date, grades.model_grade, grades.override_id
    from gold.pd_grades as grades
    where grades.exposure_id in (select exposure_id from silver.stg_grade_overrides)
    order by grades.exposure_id, grades.observation_date
"""
_NEWEST = "select max(observation_date) as last from gold.pd_grades"


def build_rating_assets(
    partitions: dg.PartitionsDefinition, contracts: dict[str, Contract]
) -> list[dg.AssetsDefinition]:
    """Scale and grades.

    Args:
        partitions: Cut of the grades.
        contracts: Contracts of the tables that are read, by `schema.table`.
    """

    @dg.asset(
        key=key("gold", "rating_scale"),
        group_name=GROUP,
        owners=list(owners_of(GROUP)),
        kinds=kinds_of(GROUP),
        description=description(
            RATING["rating_scale"],
            "Long-run default rates with a margin of conservatism, and tests of each grade.",
        ),
        metadata=table_metadata(RATING["rating_scale"]),
        ins={"pd_model": dg.AssetIn(key("models", "pd_model"))},
        deps=[key("gold", "credit_features"), key("gold", "credit_outcomes")],
        io_manager_key="tables",
    )
    def rating_scale(warehouse: WarehouseResource, pd_model: Scorer) -> dg.Output[pl.DataFrame]:
        features = read(warehouse.url, contracts["gold.credit_features"], None)
        outcomes = read(warehouse.url, contracts["gold.credit_outcomes"], None)
        scale = scale_of(pd_model, features, outcomes)
        return dg.Output(scale, metadata={"model_version": pd_model.model_version})

    @dg.asset(
        key=key("gold", "pd_grades"),
        group_name=GROUP,
        owners=list(owners_of(GROUP)),
        kinds=kinds_of(GROUP),
        description=description(RATING["pd_grades"], "Rows exist at month-ends."),
        metadata=table_metadata(RATING["pd_grades"]),
        ins={
            "pd_model": dg.AssetIn(key("models", "pd_model")),
            "credit_features": dg.AssetIn(
                key("gold", "credit_features"), input_manager_key="tables"
            ),
            "rating_scale": dg.AssetIn(key("gold", "rating_scale"), input_manager_key="tables"),
        },
        deps=[key("silver", "stg_grade_overrides")],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        io_manager_key="tables",
    )
    def pd_grades(
        pd_model: Scorer,
        credit_features: pl.DataFrame,
        rating_scale: pl.DataFrame,
        warehouse: WarehouseResource,
    ) -> dg.Output[pl.DataFrame]:
        # A decision of long ago may hold today, so all are read, whatever the window.
        overrides = read(warehouse.url, contracts["silver.stg_grade_overrides"], None)
        floors = pd_floor(credit_features["exposure_class"].to_numpy())
        grades = exposure_grades(pd_model, credit_features, rating_scale, floors, overrides)
        overridden = int(grades["override_id"].is_not_null().sum())
        return dg.Output(grades, metadata={"overridden": overridden})

    @dg.asset(
        key=key("gold", "grade_overrides"),
        group_name=GROUP,
        owners=list(owners_of(GROUP)),
        kinds=kinds_of(GROUP),
        description=description(
            RATING["grade_overrides"],
            "Rows that break a rule of their own are in `quarantine.rejected_rows`; what is refused"
            " for other reasons is here and says why.",
        ),
        metadata=table_metadata(RATING["grade_overrides"]),
        deps=[key("silver", "stg_grade_overrides"), key("gold", "pd_grades")],
        io_manager_key="tables",
    )
    def grade_overrides(warehouse: WarehouseResource) -> dg.Output[pl.DataFrame]:
        overrides = read(warehouse.url, contracts["silver.stg_grade_overrides"], None)
        with bulk.connect(warehouse.url) as connection:
            grades = bulk.read_frame(connection, _OVERRIDABLE)
            last = bulk.read_frame(connection, _NEWEST)["last"].item()
        register = override_register(overrides, grades, last)
        refused = int((register["status"] == "REFUSED").sum())
        return dg.Output(register, metadata={"refused": refused})

    return [rating_scale, pd_grades, grade_overrides]
