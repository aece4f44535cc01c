"""The default model and its scores as assets.

Belongs here: `models/pd_model` and its challenger, trained on all history that the warehouse holds,
and `gold/pd_scores`, one window of month-ends at a time. What else is told of the model is in
`validation`.
"""

import dagster as dg
import polars as pl

from finplatform import __version__
from finplatform.contracts.contract import Contract
from finplatform.contracts.gold import GOLD
from finplatform.ml import contest, dataset, drift, scoring
from finplatform.ml.dataset import InsufficientHistoryError
from finplatform.ml.event_model import EventModel
from finplatform.ml.prior import PriorModel
from finplatform.ml.scoring import Scorer
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.metadata import description, table_metadata
from finplatform.orchestration.io_managers.tables import read
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.taxonomy import kinds_of, owners_of
from finplatform.thread_executor import TRAINING

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

    @dg.multi_asset(
        name="default_models",
        outs={
            "pd_model": _model_out(
                "pd_model",
                "One model in use: probability of default within 12 months, calibrated, tested on"
                " later months than it learned from. It is the most easily explained candidate"
                " within a standard error of the best. A bank without enough defaults gets the"
                " expert prior instead, and every score says so.",
            ),
            "pd_challenger": _model_out(
                "pd_challenger",
                "One model beside the one in use: the best of the other candidates, which scores"
                " the same exposures for comparison. A bank without enough defaults has none.",
            ),
        },
        deps=[key("gold", "credit_features"), key("gold", "credit_outcomes")],
        op_tags=TRAINING,
    )
    def default_models(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource
    ) -> tuple[dg.Output[Scorer], dg.Output[Scorer]]:
        features = read(warehouse.url, contracts["gold.credit_features"], None)
        outcomes = read(warehouse.url, contracts["gold.credit_outcomes"], None)
        prior = PriorModel()
        no_model = {"model_version": prior.model_version}
        try:
            rows = dataset.build(features, outcomes)
        except InsufficientHistoryError as error:
            context.log.warning("%s The expert prior is used.", error)
            return (
                dg.Output(prior, output_name="pd_model", metadata=no_model),
                dg.Output(prior, output_name="pd_challenger", metadata=no_model),
            )
        found = contest.compete(rows, seed=SEED, code_version=__version__)
        champion = drift.with_reference(found.champion, features)
        other: Scorer = found.challenger or prior
        return (
            dg.Output(champion, output_name="pd_model", metadata=_model_metadata(champion)),
            dg.Output(
                other,
                output_name="pd_challenger",
                metadata=_model_metadata(found.challenger) if found.challenger else no_model,
            ),
        )

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

    return [default_models, pd_scores]


def _model_out(name: str, text: str) -> dg.AssetOut:
    return dg.AssetOut(
        key=key("models", name),
        group_name=GROUP,
        owners=list(owners_of(GROUP)),
        kinds=kinds_of(GROUP),
        description=text,
        io_manager_key="model_store",
    )


def _model_metadata(model: EventModel) -> dict[str, dg.MetadataValue]:
    figures = {
        name: dg.MetadataValue.float(float(value))
        for name, value in model.headline_metrics().items()
        if isinstance(value, (int, float))
    }
    return {
        "model_version": dg.MetadataValue.text(model.model_version),
        "family": dg.MetadataValue.text(model.family),
        **figures,
    }
