"""Validation of the default model as assets: candidates, challenger, reasons, drift, fairness.

Belongs here: reading the inputs and calling `finplatform.ml`. Does not belong here: the model and
its scores (`default_probability`), grades (`rating`), statistics.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
import polars as pl

from finplatform.contracts.default_model import DEFAULT_MODEL
from finplatform.ml import drift, fairness, reasons
from finplatform.ml.champion_challenger import candidate_rows
from finplatform.ml.event_model import EventModel
from finplatform.ml.rating import grade_numbers
from finplatform.ml.scoring import Scorer, score
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.storing import store, table_arguments, table_spec
from finplatform.orchestration.checks.contract_checks import contract_check_spec
from finplatform.orchestration.partitions import Partitions
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.warehouse import bulk

GROUP = "models"
_KEYS = ["exposure_id", "observation_date"]

# Selection is measured on the latest month-end, all else on those with outcomes.
_GROUPS = """
    select scores.exposure_id, scores.observation_date, features.customer_id,
        scores.probability_default, scores.model_version, outcomes.is_default_12m, customers.sex,
        case
            when features.age is null then null
            when features.age < 18 then 'UNDER_18'
            when features.age < 25 then '18_24'
            when features.age < 35 then '25_34'
            when features.age < 45 then '35_44'
            when features.age < 55 then '45_54'
            when features.age < 65 then '55_64'
            else '65_PLUS'
        end as age_group
    from gold.pd_scores as scores
    inner join gold.credit_features as features
        on scores.exposure_id = features.exposure_id
        and scores.observation_date = features.observation_date
    inner join gold.credit_exposures as exposures
        on scores.exposure_id = exposures.exposure_id
        and scores.observation_date = exposures.reporting_date
    left join gold.dim_customer as customers
        on exposures.customer_key = customers.customer_key
    left join gold.credit_outcomes as outcomes
        on scores.exposure_id = outcomes.exposure_id
        and scores.observation_date = outcomes.observation_date
    where outcomes.is_default_12m is not null
        or scores.observation_date = (select max(observation_date) from gold.pd_scores)
"""

_READ_BY_SQL = (
    "credit_exposures",
    "credit_features",
    "credit_outcomes",
    "dim_customer",
    "pd_scores",
)


def _table(name: str, about: str) -> dict[str, Any]:
    return table_arguments(DEFAULT_MODEL[name], GROUP, about)


@dg.asset(
    **_table("pd_candidates", "Champion, challenger and other candidates, on out-of-sample rows."),
    ins={"pd_model": dg.AssetIn(key("models", "pd_model"))},
)
@retried
def pd_candidates(
    context: dg.AssetExecutionContext, pd_model: Scorer, tables: TablesResource
) -> dg.MaterializeResult:
    """The candidates that competed when the model in use was trained."""
    rows = candidate_rows(pd_model) if isinstance(pd_model, EventModel) else []
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return store(context, tables, "gold.pd_candidates", frame)


@dg.asset(
    **_table(
        "pd_fairness",
        "Selection on the latest month-end; discrimination and calibration after training."
        " Differences between groups are reported without a verdict.",
    ),
    ins={"pd_model": dg.AssetIn(key("models", "pd_model"))},
    deps=[key("gold", name) for name in _READ_BY_SQL],
)
@retried
def pd_fairness(
    context: dg.AssetExecutionContext, pd_model: Scorer, tables: TablesResource
) -> dg.MaterializeResult:
    """Figures of the model by sex and age group."""
    with bulk.connect(tables.warehouse.url) as connection:
        rows = bulk.read_frame(connection, _GROUPS)
    figures = fairness.fairness_figures(
        rows, learned_to=_learned_to(pd_model), cut_off=fairness.CUT_OFF
    )
    return store(context, tables, "gold.pd_fairness", figures)


def build_validation_assets(partitions: Partitions) -> list[dg.AssetsDefinition]:
    """The tables that explain and monitor the default model.

    Args:
        partitions: Months of those that have rows of month-ends.
    """
    tables_made = {
        "pd_challenger_scores": ("Performing exposures at month-ends; empty without a challenger."),
        "pd_reasons": (
            "At most four reasons raise a PD above the average; empty while the expert prior is in"
            " use."
        ),
        "pd_feature_drift": (
            "Population stability against the training dates with traffic lights; none while the"
            " expert prior is in use."
        ),
    }

    read = {
        "pd_model": dg.AssetIn(key("models", "pd_model")),
        "pd_challenger": dg.AssetIn(key("models", "pd_challenger")),
        "credit_features": _stored("credit_features"),
        "pd_scores": _stored("pd_scores"),
    }
    explained = [asset_in.key for asset_in in read.values()]

    # The features are wide: one step reads them once for all three tables.
    @dg.multi_asset(
        name="pd_explained",
        specs=[
            table_spec(DEFAULT_MODEL[name], GROUP, about, deps=explained)
            for name, about in tables_made.items()
        ],
        check_specs=[contract_check_spec(DEFAULT_MODEL[name]) for name in tables_made],
        ins=read,
        partitions_def=partitions.monthly,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    @retried
    def pd_explained(
        context: dg.AssetExecutionContext,
        pd_model: Scorer,
        pd_challenger: Scorer,
        credit_features: pl.DataFrame,
        pd_scores: pl.DataFrame,
        tables: TablesResource,
    ) -> Iterator[dg.MaterializeResult]:
        scored = pd_scores.select(*_KEYS, "probability_default").join(
            credit_features, on=_KEYS, maintain_order="left"
        )
        other, why, moved = pl.DataFrame(), pl.DataFrame(), pl.DataFrame()
        if isinstance(pd_challenger, EventModel):
            other = side_by_side(pd_challenger, scored, pd_scores)
        if isinstance(pd_model, EventModel):
            why = reasons.score_reasons(pd_model, scored)
            pd = scored["probability_default"].to_numpy()
            moved = drift.feature_drift(pd_model, scored.drop("probability_default"), pd)
        version = _version(pd_challenger)
        yield store(context, tables, "gold.pd_challenger_scores", other, version)
        yield store(context, tables, "gold.pd_reasons", why, _version(pd_model))
        yield store(context, tables, "gold.pd_feature_drift", moved, _red(moved))

    return [pd_candidates, pd_explained, pd_fairness]


def side_by_side(
    challenger: EventModel, features: pl.DataFrame, scores: pl.DataFrame
) -> pl.DataFrame:
    """Rows of `gold.pd_challenger_scores`.

    Args:
        challenger: The challenger.
        features: Features of the scored exposures, in the order of `scores`.
        scores: Rows of `gold.pd_scores`.
    """
    other = score(challenger, features).select(
        *_KEYS, challenger_pd="pd", challenger_version="model_version"
    )
    both = scores.select(
        *_KEYS, champion_pd="probability_default", champion_version="model_version"
    ).join(other, on=_KEYS, maintain_order="left")
    bands = {
        f"{kind}_band": pl.Series(grade_numbers(both[f"{kind}_pd"].to_numpy()) + 1, dtype=pl.Int16)
        for kind in ("champion", "challenger")
    }
    return both.with_columns(pd_difference=pl.col("challenger_pd") - pl.col("champion_pd"), **bands)


def _learned_to(model: Scorer) -> date | None:
    if not isinstance(model, EventModel):
        return None
    return date.fromisoformat(model.facts["data"]["train_to"])


def _stored(table: str) -> dg.AssetIn:
    return dg.AssetIn(key("gold", table), input_manager_key="tables_io")


def _version(model: Scorer) -> dict[str, str]:
    family = model.family if isinstance(model, EventModel) else "none"
    return {"family": family, "model_version": model.model_version}


def _red(moved: pl.DataFrame) -> dict[str, str]:
    """Features with a red light on the last date."""
    if moved.is_empty():
        return {"red": "none"}
    last = pl.col("observation_date") == pl.col("observation_date").max()
    red = moved.filter(last & (pl.col("traffic_light") == "RED"))["feature"]
    return {"red": ", ".join(red) or "none"}
