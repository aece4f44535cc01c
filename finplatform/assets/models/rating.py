"""The rating scale and the grades of exposures as assets.

Belongs here: `gold/rating_scale`, made with the model from all labelled history, and
`gold/pd_grades`, one window of month-ends at a time. Does not belong here: any statistics.
"""

import dagster as dg
import polars as pl

from finplatform.assets.metadata import description, table_metadata
from finplatform.contracts.contract import Contract
from finplatform.contracts.rating import RATING
from finplatform.io_managers.tables import read
from finplatform.ml.grading import exposure_grades, scale_of
from finplatform.ml.scoring import Scorer
from finplatform.resources.warehouse import WarehouseResource
from finplatform.risk.components import pd_floor
from finplatform.taxonomy import key, kinds_of, owners_of
from finplatform.thread_executor import FIRST

GROUP = "models"


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
        op_tags=FIRST,
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
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        op_tags=FIRST,
        io_manager_key="tables",
    )
    def pd_grades(
        pd_model: Scorer, credit_features: pl.DataFrame, rating_scale: pl.DataFrame
    ) -> pl.DataFrame:
        floors = pd_floor(credit_features["exposure_class"].to_numpy())
        return exposure_grades(pd_model, credit_features, rating_scale, floors)

    return [rating_scale, pd_grades]
