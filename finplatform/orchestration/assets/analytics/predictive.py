"""Predictions as assets: `models/churn_model` and `gold/customer_predictions`.

Belongs here: reading the features, and joining the predictions to a row per customer and month
end. Does not belong here: the models (`finplatform.ml`).
"""

import logging
from collections.abc import Sequence
from datetime import date

import dagster as dg
import polars as pl

from finplatform import __version__
from finplatform.contracts.inferential import INFERENCE
from finplatform.ml import churn, dataset, spending
from finplatform.ml import customer_predictions as predicted
from finplatform.ml.dataset import InsufficientHistoryError, add_months
from finplatform.ml.scoring import Scorer
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.models.training import TrainingConfig
from finplatform.orchestration.assets.storing import store, table_arguments
from finplatform.orchestration.partitions import Partitions, days_of_month, window_of
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.taxonomy import kinds_of, owners_of
from finplatform.warehouse import bulk
from finplatform.windows import Window

LOGGER = logging.getLogger(__name__)

GROUP = "analytics"
FEATURES = "gold.customer_features"
TABLE = "gold.customer_predictions"

_SPENDING = """
    select customer_id, month_end,
        (card_payment_amount + bill_payment_amount + cash_out_amount)::double precision as spending
    from gold.fact_customer_monthly
    where month_end >= '{first}' and month_end <= '{last}'
"""
_CREDIT = """
    select features.customer_id, features.observation_date,
        sum(features.drawn_amount)::double precision as performing_debt,
        sum(features.drawn_amount * features.interest_rate)::double precision as interest_received,
        sum(metrics.expected_loss)::double precision as expected_credit_loss,
        max(scores.probability_default) as max_probability_default,
        max(scores.model_version) as pd_model_version
    from gold.credit_features as features
    left join gold.fact_risk_metrics as metrics
        on features.exposure_id = metrics.exposure_id
        and features.observation_date = metrics.reporting_date
    left join gold.pd_scores as scores
        on features.exposure_id = scores.exposure_id
        and features.observation_date = scores.observation_date
    where features.observation_date >= '{first}' and features.observation_date <= '{last}'
        and not features.is_defaulted
    group by features.customer_id, features.observation_date
"""
_ACTIVITY = """
    with dates as (
        select distinct observation_date from gold.customer_features
        where observation_date >= '{first}' and observation_date <= '{last}'
    ),
    -- Ninety days touch at most four months; months as keys, since a range cannot be hashed.
    months as (
        select
            dates.observation_date,
            (date_trunc('month', dates.observation_date::timestamp)
                - (steps.back - 1) * interval '1 month' - interval '1 day')::date as month_end
        from dates cross join generate_series(0, 3) as steps (back)
    )
    select facts.customer_id, months.observation_date, count(*) as total_transactions_90d
    from months
    inner join gold.fact_transactions as facts on months.month_end = facts.transaction_month
    where facts.is_completed
        and facts.transaction_date > months.observation_date - 90
        and facts.transaction_date > date '{first}' - 90
        and facts.transaction_date <= '{last}'
    group by facts.customer_id, months.observation_date
"""


@dg.asset(
    key=key("models", "churn_model"),
    group_name="models",
    owners=list(owners_of("models")),
    kinds=kinds_of("models"),
    description=(
        "One model in use: calibrated probability that a customer closes the last "
        "account within three months, tested out of time. Without enough churned "
        "customers it is an expert prior, and every prediction is marked."
    ),
    deps=[key("gold", "customer_features"), key("gold", "customer_outcomes")],
    io_manager_key="model_store",
)
@retried
def churn_model(
    context: dg.AssetExecutionContext, config: TrainingConfig, tables: TablesResource
) -> dg.Output[Scorer]:
    """The model, trained on all labelled history."""
    tables.held.refuse(context)
    learned_from = churn.looked_at(tables.contract(FEATURES).columns)
    features = tables.read(FEATURES, columns=learned_from)
    outcomes = tables.read("gold.customer_outcomes")
    try:
        rows = dataset.build(features, outcomes, rule=churn.RULE, task=churn.CHURN)
        model = churn.train(rows, seed=config.seed, code_version=__version__)
    except InsufficientHistoryError as error:
        LOGGER.warning("%s The expert prior is used.", error)
        return dg.Output(churn.PRIOR, metadata={"model_version": churn.PRIOR.model_version})
    figures = {
        name: dg.MetadataValue.float(float(value))
        for name, value in model.headline_metrics().items()
        if isinstance(value, (int, float))
    }
    return dg.Output(model, metadata={"model_version": model.model_version, **figures})


def build_predictive_assets(partitions: Partitions) -> list[dg.AssetsDefinition]:
    """The churn model, and the predictions of every customer.

    Args:
        partitions: Months of the predictions.
    """
    tables_read = (
        "customer_features", "fact_customer_monthly", "credit_features", "fact_risk_metrics",
        "pd_scores",
    )  # fmt: skip

    @dg.asset(
        **table_arguments(
            INFERENCE["customer_predictions"],
            GROUP,
            "Churn probability, lifetime value, next month's spending and PD, with intervals",
            "and the versions of the models. `predictive_analytics` adds the features.",
        ),
        ins={"churn_model": dg.AssetIn(key("models", "churn_model"))},
        deps=[
            *(key("gold", table) for table in tables_read),
            days_of_month(key("gold", "fact_transactions")),
        ],
        partitions_def=partitions.monthly,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    @retried
    def customer_predictions(
        context: dg.AssetExecutionContext, churn_model: Scorer, tables: TablesResource
    ) -> dg.MaterializeResult:
        columns = _predicted_from(tables.contract(FEATURES).columns)
        features = tables.read(FEATURES, window_of(context), columns)
        clients = features.filter(pl.col("num_accounts") > 0)
        if clients.is_empty():
            return store(context, tables, TABLE, clients.clear(), {"customers": 0})
        dates = clients["observation_date"].unique().sort().to_list()
        first = add_months(dates[0], -(spending.FIT_DATES + spending.CALIBRATION_DATES))
        history = tables.read(FEATURES, Window.through(first, dates[-1]), spending.NEEDED)
        with bulk.connect(tables.warehouse.url) as connection:
            spent, credit, activity = (
                bulk.read_frame(connection, query.format(first=start, last=dates[-1]))
                for query, start in ((_SPENDING, first), (_CREDIT, dates[0]), (_ACTIVITY, dates[0]))
            )
        predictions = predicted.customer_predictions(
            churn_model, clients, history, spending=spent, credit=credit, activity=activity
        )
        return store(context, tables, TABLE, predictions, _summary(predictions, dates[-1]))

    return [churn_model, customer_predictions]


def _predicted_from(columns: Sequence[str]) -> list[str]:
    """Columns of the features that predictions need; the others are not read for speed."""
    needed = {
        *churn.looked_at(columns), *spending.NEEDED, *predicted.NEEDED,
        *INFERENCE["customer_predictions"].columns,
    }  # fmt: skip
    return [name for name in columns if name in needed]


def _summary(predictions: pl.DataFrame, last: date) -> dict[str, dg.MetadataValue]:
    latest = predictions.filter(pl.col("observation_date") == last)
    return {
        "customers": dg.MetadataValue.int(latest.height),
        "mean_churn_probability": dg.MetadataValue.float(
            float(latest.select(pl.mean("churn_probability")).item() or 0.0)
        ),
        "observation_date": dg.MetadataValue.text(str(last)),
    }
