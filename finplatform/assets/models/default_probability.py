"""The default model and its scores as assets.

Belongs here: `models/pd_model`, trained on all history that the warehouse holds, and
`gold/pd_scores`, one window of month-ends at a time.
"""

import dagster as dg
import polars as pl

from finplatform import __version__
from finplatform.assets.metadata import description, table_metadata
from finplatform.contracts.contract import Contract
from finplatform.contracts.gold import GOLD
from finplatform.io_managers.tables import read
from finplatform.ml import dataset, scoring
from finplatform.ml import event_model as training
from finplatform.ml.dataset import InsufficientHistoryError
from finplatform.ml.prior import PriorModel
from finplatform.ml.scoring import Scorer
from finplatform.resources.warehouse import WarehouseResource
from finplatform.taxonomy import key, kinds_of, owners_of
from finplatform.thread_executor import FIRST

GROUP = "models"
SEED = 42


def build_model_assets(
    partitions: dg.PartitionsDefinition, contracts: dict[str, Contract]
) -> list[dg.AssetsDefinition]:
    """The model and its scores.

    Args:
        partitions: Cut of the scores.
        contracts: Contracts of the tables that are read, by `schema.table`.
    """

    @dg.asset(
        key=key("models", "pd_model"),
        group_name=GROUP,
        owners=list(owners_of(GROUP)),
        kinds=kinds_of(GROUP),
        description=(
            "One model in use: probability of default within 12 months, calibrated, tested on "
            "later months than it learned from. A bank without enough defaults gets the expert "
            "prior instead, and every score says so."
        ),
        deps=[key("gold", "credit_features"), key("gold", "credit_outcomes")],
        op_tags=FIRST,
        io_manager_key="model_store",
    )
    def pd_model(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource
    ) -> dg.Output[Scorer]:
        features = read(warehouse.url, contracts["gold.credit_features"], None)
        outcomes = read(warehouse.url, contracts["gold.credit_outcomes"], None)
        try:
            model = training.train(
                dataset.build(features, outcomes), seed=SEED, code_version=__version__
            )
        except InsufficientHistoryError as error:
            context.log.warning("%s The expert prior is used.", error)
            prior = PriorModel()
            return dg.Output(prior, metadata={"model_version": prior.model_version})
        return dg.Output(model, metadata=_model_metadata(model))

    @dg.asset(
        key=key("gold", "pd_scores"),
        group_name=GROUP,
        owners=list(owners_of(GROUP)),
        kinds=kinds_of(GROUP),
        description=description(GOLD["pd_scores"], "Rows exist at month-ends."),
        metadata=table_metadata(GOLD["pd_scores"]),
        ins={
            "pd_model": dg.AssetIn(key("models", "pd_model")),
            "credit_features": dg.AssetIn(
                key("gold", "credit_features"), input_manager_key="tables"
            ),
        },
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        op_tags=FIRST,
        io_manager_key="tables",
    )
    def pd_scores(pd_model: Scorer, credit_features: pl.DataFrame) -> dg.Output[pl.DataFrame]:
        performing = credit_features.filter(~pl.col("is_defaulted"))
        scores = scoring.score(pd_model, performing).rename({"pd": "probability_default"})
        return dg.Output(
            scores,
            metadata={
                "model_version": pd_model.model_version,
                "mean_pd": float(scores.select(pl.mean("probability_default")).item() or 0.0),
            },
        )

    return [pd_model, pd_scores]


def _model_metadata(model: training.EventModel) -> dict[str, dg.MetadataValue]:
    figures = {
        name: dg.MetadataValue.float(float(value))
        for name, value in model.headline_metrics().items()
        if isinstance(value, (int, float))
    }
    return {"model_version": dg.MetadataValue.text(model.model_version), **figures}
