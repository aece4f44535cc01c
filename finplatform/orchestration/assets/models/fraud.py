"""The fraud model and its scores as assets.

Belongs here: reading payments with what was known at their moment, `models/fraud_model`, and
`gold/fraud_scores`. Does not belong here: the model (`finplatform.ml.fraud`).
"""

import logging
from datetime import date, timedelta

import dagster as dg
import polars as pl

from finplatform import __version__
from finplatform.contracts.value import VALUE
from finplatform.ml import fraud
from finplatform.ml.dataset import InsufficientHistoryError
from finplatform.ml.event_model import EventModel
from finplatform.ml.scoring import Scorer
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.models.training import TrainingConfig
from finplatform.orchestration.assets.storing import store, table_arguments
from finplatform.orchestration.partitions import Partitions, window_of
from finplatform.orchestration.resources.held_tables import HeldTables
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.taxonomy import kinds_of, owners_of
from finplatform.warehouse import bulk
from finplatform.windows import Window

LOGGER = logging.getLogger(__name__)

GROUP = "models"
MOST_ROWS = 500_000
"""Payments read for training; of a larger bank a share, drawn by a hash of their identifiers."""

_WATCHED = "transaction_type in ('CARD_PAYMENT', 'TRANSFER_OUT', 'WITHDRAWAL')"
_SMALL = 15

# Frames end before the payment itself, and look back a day, for frauds and merchants 30 days, so
# that any window of days can be scored alone. A fraud counts from the instant of its confirmation.
_PAYMENTS = f"""
    with payments as (
        select facts.*,
            facts.channel = 'ONLINE' and facts.transaction_type = 'CARD_PAYMENT'
                and facts.transaction_amount_abs < {_SMALL} as is_online_small
        from gold.fact_transactions as facts
        where facts.{_WATCHED}
            and facts.transaction_date >= date '{{start}}' - 1
            and facts.transaction_date < '{{end}}'
    ),
    behaviour as (
        select payments.*,
            count(*) over hour_before as attempts_1h,
            count(*) over day_before as attempts_24h,
            count(*) filter (where payments.is_online_small) over day_before as online_small_24h,
            coalesce(sum(payments.transaction_amount_abs) over day_before, 0) as spent_24h,
            extract(epoch from payments.transaction_at
                - max(payments.transaction_at) over day_before) as seconds_before
        from payments
        window
            hour_before as (
                partition by payments.account_id order by payments.transaction_at
                range between interval '1 hour' preceding and current row exclude group
            ),
            day_before as (
                partition by payments.account_id order by payments.transaction_at
                range between interval '1 day' preceding and current row exclude group
            )
    ),
    confirmed as (
        select alerts.transaction_id,
            min(alerts.investigated_at) as confirmed_at,
            min(alerts.investigated_at::date) as confirmed_date,
            min(alerts.merchant_key) as merchant_key,
            min(alerts.account_id) as account_id
        from gold.fact_fraud_alerts as alerts
        where alerts.is_confirmed_fraud
        group by alerts.transaction_id
    ),
    merchant_known as (
        select behaviour.transaction_key, count(*) as frauds_30d,
            count(*) filter (
                where confirmed.confirmed_at >= behaviour.transaction_at - interval '7 days'
            ) as frauds_7d
        from behaviour
        inner join confirmed
            on behaviour.merchant_key = confirmed.merchant_key
            and confirmed.confirmed_at < behaviour.transaction_at
            and confirmed.confirmed_at >= behaviour.transaction_at - interval '30 days'
        where behaviour.merchant_key <> -1
        group by behaviour.transaction_key
    ),
    account_known as (
        select behaviour.transaction_key, count(*) as frauds_30d
        from behaviour
        inner join confirmed
            on behaviour.account_id = confirmed.account_id
            and confirmed.confirmed_at < behaviour.transaction_at
            and confirmed.confirmed_at >= behaviour.transaction_at - interval '30 days'
        group by behaviour.transaction_key
    ),
    merchant_days as (
        select facts.merchant_key, facts.transaction_date, count(*) as payments
        from gold.fact_transactions as facts
        where facts.{_WATCHED}
            and facts.merchant_key <> -1
            and facts.transaction_date >= date '{{start}}' - 30
            and facts.transaction_date < '{{end}}'
        group by facts.merchant_key, facts.transaction_date
    ),
    merchant_months as (
        select merchant_days.merchant_key, merchant_days.transaction_date,
            sum(merchant_days.payments) over (
                partition by merchant_days.merchant_key order by merchant_days.transaction_date
                range between interval '30 days' preceding and interval '1 day' preceding
            ) as payments_30d
        from merchant_days
    )
    select behaviour.transaction_key, behaviour.transaction_id, behaviour.account_id,
        behaviour.customer_id, behaviour.date_key, behaviour.transaction_date,
        behaviour.transaction_type, behaviour.channel,
        behaviour.account_currency as currency,
        behaviour.risk_score, confirmed.confirmed_date,
        behaviour.transaction_amount_abs::double precision as amount,
        behaviour.amount_to_usual_ratio,
        behaviour.is_foreign_merchant, behaviour.is_foreign_currency,
        behaviour.is_high_risk_merchant, behaviour.is_weekend, behaviour.day_part,
        behaviour.account_age_days, behaviour.transaction_count_7d,
        behaviour.transaction_count_30d, behaviour.attempts_1h, behaviour.attempts_24h,
        behaviour.online_small_24h, behaviour.spent_24h::double precision as outflow_24h,
        coalesce(behaviour.seconds_before, 86400.0 * greatest(behaviour.days_since_previous, 1))
            ::double precision as seconds_since_previous,
        behaviour.transaction_type || ' ' || behaviour.channel as way_to_pay,
        case when behaviour.transaction_amount_abs < {_SMALL} then 'SMALL '
            when behaviour.transaction_amount_abs < 250 then 'MEDIUM ' else 'LARGE ' end
            || behaviour.channel as size_and_way,
        merchants.category as merchant_category,
        coalesce(merchant_known.frauds_7d, 0) as merchant_frauds_7d,
        coalesce(merchant_known.frauds_30d, 0) as merchant_frauds_30d,
        least(
            coalesce(merchant_known.frauds_30d, 0)::double precision
                / greatest(merchant_months.payments_30d, 1),
            1
        ) as merchant_fraud_share_30d,
        coalesce(account_known.frauds_30d, 0) as account_frauds_30d,
        case when confirmed.transaction_id is null then {{share}} else 1 end::double precision
            as weight
    from behaviour
    left join gold.dim_merchant as merchants on behaviour.merchant_key = merchants.merchant_key
    left join confirmed on behaviour.transaction_id = confirmed.transaction_id
    left join merchant_known on behaviour.transaction_key = merchant_known.transaction_key
    left join account_known on behaviour.transaction_key = account_known.transaction_key
    left join merchant_months
        on behaviour.merchant_key = merchant_months.merchant_key
        and behaviour.transaction_date = merchant_months.transaction_date
    where behaviour.transaction_date >= '{{start}}'
        and (confirmed.transaction_id is not null
            or abs(hashtext(behaviour.transaction_id)::bigint) % {{share}} = 0)
    order by behaviour.transaction_date, behaviour.transaction_id
"""
_SIZE = f"""
    select count(*) as payments, min(transaction_date) as first, max(transaction_date) as last
    from gold.fact_transactions where {_WATCHED}
"""


_READ = [key("gold", name) for name in ("dim_merchant", "fact_fraud_alerts", "fact_transactions")]


@dg.asset(
    key=key("models", "fraud_model"),
    group_name=GROUP,
    owners=list(owners_of(GROUP)),
    kinds=kinds_of(GROUP),
    description=(
        "One model in use: chance that a payment is confirmed as fraud, by what was known at"
        " its moment, with an Isolation Forest beside it. A bank with too few confirmed frauds"
        " has none, and no payment is scored."
    ),
    deps=_READ,
    io_manager_key="model_store",
)
def fraud_model(
    context: dg.AssetExecutionContext,
    config: TrainingConfig,
    warehouse: WarehouseResource,
    held: HeldTables,
) -> dg.Output[Scorer]:
    """The model, trained on all payments or a share of them."""
    held.refuse(context)
    try:
        dataset = fraud.build(read_payments(warehouse.url, None))
    except InsufficientHistoryError as error:
        LOGGER.warning("%s No payment is scored.", error)
        version = fraud.PRIOR.model_version
        return dg.Output(fraud.PRIOR, metadata={"model_version": version})
    model = fraud.train_fraud(dataset, seed=config.seed, code_version=__version__)
    figures = {
        name: dg.MetadataValue.float(float(value)) for name, value in fraud.headline(model).items()
    }
    return dg.Output(model, metadata={"model_version": model.model_version, **figures})


def build_fraud_assets(partitions: Partitions) -> list[dg.AssetsDefinition]:
    """The fraud model and the scores of payments.

    Args:
        partitions: Days of the scores.
    """

    @dg.asset(
        **table_arguments(
            VALUE["fraud_scores"],
            GROUP,
            "Only payments after those that the model in use has learned from have a score.",
        ),
        ins={"fraud_model": dg.AssetIn(key("models", "fraud_model"))},
        deps=_READ,
        partitions_def=partitions.daily,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def fraud_scores(
        context: dg.AssetExecutionContext, fraud_model: Scorer, tables: TablesResource
    ) -> dg.MaterializeResult:
        scores = _scores(fraud_model, tables.warehouse.url, window_of(context))
        alerts = int(scores["is_alert"].sum()) if scores.height else 0
        return store(context, tables, "gold.fraud_scores", scores, {"alerts": alerts})

    return [fraud_model, fraud_scores]


def _scores(model: Scorer, url: str, window: Window | None) -> pl.DataFrame:
    """Scores of the window's payments after those that the model has learned from."""
    if window is None or not isinstance(model, EventModel):
        return pl.DataFrame()
    begin = fraud.learned_to(model) + timedelta(days=1)
    if begin >= window.end:
        return pl.DataFrame()
    return fraud.fraud_scores(
        model, read_payments(url, Window(max(window.start, begin), window.end))
    )


def read_payments(url: str, window: Window | None) -> pl.DataFrame:
    """Payments of a window; without one, those of the whole history or a share of them."""
    with bulk.connect(url) as connection:
        if window is not None:
            query = _PAYMENTS.format(start=window.start, end=window.end, share=1)
            return bulk.read_frame(connection, query)
        size = bulk.read_frame(connection, _SIZE).row(0, named=True)
        first, last = size["first"] or date(1970, 1, 1), size["last"] or date(1970, 1, 1)
        share = max(-(-int(size["payments"]) // MOST_ROWS), 1)
        query = _PAYMENTS.format(start=first, end=last + timedelta(days=1), share=share)
        return bulk.read_frame(connection, query)
