"""The default model and its scores as assets.

Belongs here: `models/pd_model` and its challenger, trained on all history that the warehouse holds,
and `gold/pd_scores`, one window of month-ends at a time. Validation and monitoring are in
`validation`.
"""

import logging

import dagster as dg
import polars as pl

from finplatform import __version__
from finplatform.contracts.gold import GOLD
from finplatform.ml import champion_challenger, dataset, drift, scoring
from finplatform.ml.dataset import InsufficientHistoryError
from finplatform.ml.event_model import EventModel
from finplatform.ml.prior import PriorModel
from finplatform.ml.scoring import Scorer
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.models.training import TrainingConfig
from finplatform.orchestration.assets.storing import store, table_arguments
from finplatform.orchestration.partitions import Partitions
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.taxonomy import kinds_of, owners_of

LOGGER = logging.getLogger(__name__)

GROUP = "models"


def build_model_assets(partitions: Partitions) -> list[dg.AssetsDefinition]:
    """The model and its scores.

    Args:
        partitions: Months of the scores.
    """

    @dg.multi_asset(
        name="default_models",
        outs={
            "pd_model": _model_out(
                "pd_model",
                "One model in use: calibrated probability of default within 12 months, tested "
                "out of time. It is the most explainable candidate within one standard error of"
                " the best. Without enough defaults it is the expert prior, and every score is "
                "marked.",
            ),
            "pd_challenger": _model_out(
                "pd_challenger",
                "One challenger of the model in use: the best of the other candidates, which "
                "scores the same exposures for comparison. There is none without enough "
                "defaults.",
            ),
        },
        deps=[key("gold", "credit_features"), key("gold", "credit_outcomes")],
    )
    @retried
    def default_models(
        context: dg.AssetExecutionContext, config: TrainingConfig, tables: TablesResource
    ) -> tuple[dg.Output[Scorer], dg.Output[Scorer]]:
        tables.held.refuse(context)
        features = tables.read("gold.credit_features")
        outcomes = tables.read("gold.credit_outcomes")
        prior = PriorModel()
        no_model = {"model_version": prior.model_version}
        try:
            rows = dataset.build(features, outcomes)
        except InsufficientHistoryError as error:
            LOGGER.warning("%s The expert prior is used.", error)
            return (
                dg.Output(prior, output_name="pd_model", metadata=no_model),
                dg.Output(prior, output_name="pd_challenger", metadata=no_model),
            )
        found = champion_challenger.compete(rows, seed=config.seed, code_version=__version__)
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
        **table_arguments(GOLD["pd_scores"], GROUP, "Rows exist at month-ends."),
        ins={
            "pd_model": dg.AssetIn(key("models", "pd_model")),
            "credit_features": dg.AssetIn(
                key("gold", "credit_features"), input_manager_key="tables_io"
            ),
        },
        partitions_def=partitions.monthly,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    @retried
    def pd_scores(
        context: dg.AssetExecutionContext,
        pd_model: Scorer,
        credit_features: pl.DataFrame,
        tables: TablesResource,
    ) -> dg.MaterializeResult:
        performing = credit_features.filter(~pl.col("is_defaulted"))
        scores = scoring.score(pd_model, performing).rename({"pd": "probability_default"})
        mean = float(scores.select(pl.mean("probability_default")).item() or 0.0)
        metadata = {"model_version": pd_model.model_version, "mean_pd": mean}
        return store(context, tables, "gold.pd_scores", scores, metadata)

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
