"""Verdicts of the fraud rules, the fraud model and its scores as assets.

Belongs here: `gold/fraud_verdicts`, `models/fraud_model` and `gold/fraud_scores`. Does not belong
here: rules and features (`finplatform.streaming.fraud`), and the model (`finplatform.ml.fraud`).
"""

import logging
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, timedelta

import dagster as dg
import polars as pl

from finplatform import __version__
from finplatform.contracts.fraud import FRAUD
from finplatform.ml import fraud
from finplatform.ml.dataset import InsufficientHistoryError
from finplatform.ml.event_model import EventModel
from finplatform.ml.scoring import Scorer
from finplatform.ml.threads import one_thread
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.models.training import TrainingConfig
from finplatform.orchestration.assets.storing import store, table_arguments
from finplatform.orchestration.checks.contract_checks import contract_check_result
from finplatform.orchestration.partitions import Partitions, window_of
from finplatform.orchestration.resources.held_tables import HeldTables
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.orchestration.retrying import retried
from finplatform.settings import Settings
from finplatform.streaming.fraud.batch import payment_batches, payments_of, verdicts_of
from finplatform.streaming.fraud.features import LOOKBACK_DAYS, PAYMENT_TYPES
from finplatform.streaming.fraud.rules import load_rules
from finplatform.taxonomy import kinds_of, owners_of
from finplatform.warehouse import bulk
from finplatform.warehouse.bank_days import bank_timezone
from finplatform.warehouse.tuning import machine_cores
from finplatform.windows import Window

LOGGER = logging.getLogger(__name__)

GROUP = "models"
MOST_ROWS = 500_000
"""Most payments read for training; more are sampled by a hash of their identifiers."""

_TYPES = ", ".join(f"'{name}'" for name in PAYMENT_TYPES)
_SIZE = f"""
    select count(*) as payments, min(facts.transaction_date) as first,
        max(facts.transaction_date) as last
    from gold.fact_transactions as facts
    where facts.transaction_type in ({_TYPES})
"""
_KEYS = f"""
    select facts.transaction_id, facts.transaction_key, facts.date_key, facts.risk_score
    from gold.fact_transactions as facts
    where facts.transaction_type in ({_TYPES})
"""

# Rules and model read events, as in the stream, and not the facts made of them.
_EVENTS = [
    key("bronze", "transactions"),
    key("silver", "stg_fraud_alerts"),
    *(key("gold", f"dim_{name}") for name in ("account", "customer", "merchant")),
    key("gold", "exchange_rates"),
]
_READ = [*_EVENTS, key("gold", "fact_transactions")]


@dg.asset(
    key=key("models", "fraud_model"),
    group_name=GROUP,
    owners=list(owners_of(GROUP)),
    kinds=kinds_of(GROUP),
    description=(
        "One model in use: probability that a payment is confirmed as fraud, from data "
        "known at its time, with an Isolation Forest for comparison. With too few "
        "confirmed frauds there is none, and no payment is scored."
    ),
    deps=_READ,
    io_manager_key="model_store",
)
@retried
def fraud_model(
    context: dg.AssetExecutionContext,
    config: TrainingConfig,
    warehouse: WarehouseResource,
    held: HeldTables,
) -> dg.Output[Scorer]:
    """The model, trained on all payments or a share of them."""
    held.refuse(context)
    try:
        dataset = fraud.build(all_payments(warehouse))
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
    """The verdicts of the rules, the fraud model, and the scores of payments.

    Args:
        partitions: Days of verdicts and scores.
    """

    @dg.asset(
        **{
            **table_arguments(
                FRAUD["fraud_verdicts"],
                "facts",
                "Evaluated by the rules in force on its day. A load also evaluates the 30 days "
                "after its window, whose lookback overlaps it.",
            ),
            "kinds": {"python", "postgres"},
        },
        deps=_EVENTS,
        partitions_def=partitions.daily,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    @retried
    def fraud_verdicts(
        context: dg.AssetExecutionContext, tables: TablesResource
    ) -> dg.MaterializeResult:
        window = window_of(context)
        if window is None:
            raise dg.Failure("Verdicts are made for days.")
        tables.held.refuse(context, key("gold", "fraud_verdicts"))
        return _store_verdicts(context, tables, window)

    @dg.asset(
        **table_arguments(
            FRAUD["fraud_scores"],
            GROUP,
            "Only payments after those that the model in use has learned from have a score.",
        ),
        ins={"fraud_model": dg.AssetIn(key("models", "fraud_model"))},
        deps=_READ,
        partitions_def=partitions.daily,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    @retried
    def fraud_scores(
        context: dg.AssetExecutionContext, fraud_model: Scorer, tables: TablesResource
    ) -> dg.MaterializeResult:
        scores = _scores(fraud_model, tables.warehouse, window_of(context))
        alerts = int(scores["is_alert"].sum()) if scores.height else 0
        return store(context, tables, "gold.fraud_scores", scores, {"alerts": alerts})

    return [fraud_verdicts, fraud_model, fraud_scores]


def _store_verdicts(
    context: dg.AssetExecutionContext, tables: TablesResource, window: Window
) -> dg.MaterializeResult:
    """Evaluates the window and the days that look back into it, and checks the stored rows."""
    contract, settings = FRAUD["fraud_verdicts"], tables.warehouse.settings
    evaluated = Window(window.start, window.end + timedelta(days=LOOKBACK_DAYS))
    rules = load_rules(settings.fraud_rules_file)
    verdicts = verdicts_of(tables.warehouse.url, evaluated, rules, bank_timezone(settings))
    run_id = context.run.run_id
    tables.replace(contract.name, verdicts, evaluated, run_id)
    of_window = verdicts.filter(pl.col("transaction_date") < window.end)
    return dg.MaterializeResult(
        asset_key=key(contract.schema_name, contract.table),
        metadata={
            "dagster/partition_row_count": of_window.height,
            "alerts": int(of_window["is_alert"].sum()),
            "blocked": int(of_window["is_blocked"].sum()),
        },
        check_results=[contract_check_result(contract, tables.warehouse, window, run_id)],
    )


def _scores(model: Scorer, warehouse: WarehouseResource, window: Window | None) -> pl.DataFrame:
    """Scores of the window's payments after the training period."""
    if window is None or not isinstance(model, EventModel):
        return pl.DataFrame()
    begin = fraud.learned_to(model) + timedelta(days=1)
    if begin >= window.end:
        return pl.DataFrame()
    scored = Window(max(window.start, begin), window.end)
    return scores_of(model, warehouse.url, scored, warehouse.settings)


@one_thread()
def scores_of(model: EventModel, url: str, window: Window, settings: Settings) -> pl.DataFrame:
    """Scores of a window's payments, in parallel chunks.

    Each chunk has one thread, since the libraries would otherwise use all cores for each.

    Args:
        model: The model in use.
        url: libpq URL of the warehouse.
        window: Days after the training period.
        settings: Location of the rules, and the bank's zone.
    """
    rules, zone = load_rules(settings.fraud_rules_file), bank_timezone(settings)
    waiting: deque[Future[pl.DataFrame]] = deque()
    scored: list[pl.DataFrame] = []
    cores = machine_cores()
    with ThreadPoolExecutor(cores) as threads:
        for payments in payment_batches(url, window, rules, zone):
            if len(waiting) > cores:
                scored.append(waiting.popleft().result())
            waiting.append(threads.submit(_scored, model, url, payments))
        scored += [batch.result() for batch in waiting]
    found = [batch for batch in scored if batch.height]
    return pl.concat(found).sort("transaction_date", "transaction_id") if found else pl.DataFrame()


def _scored(model: EventModel, url: str, payments: pl.DataFrame) -> pl.DataFrame:
    """Columns of the contract of one chunk of payments."""
    named = payments.rename({"account_currency": "currency"})
    days = named["transaction_date"]
    first, last = days.min(), days.max()
    if not isinstance(first, date) or not isinstance(last, date):
        return pl.DataFrame()
    keys = f"{_KEYS} and {Window.through(first, last).predicate('facts.transaction_date')}"
    with bulk.connect(url) as connection:
        found = bulk.read_frame(connection, keys)
    scores = fraud.fraud_scores(model, named.join(found, on="transaction_id"))
    return scores.select(FRAUD["fraud_scores"].columns)


def all_payments(warehouse: WarehouseResource) -> pl.DataFrame:
    """Payments of the whole history, or a sample of them, with their features.

    Args:
        warehouse: The warehouse.
    """
    with bulk.connect(warehouse.url) as connection:
        size = bulk.read_frame(connection, _SIZE).row(0, named=True)
    first, last = size["first"] or date(1970, 1, 1), size["last"] or date(1970, 1, 1)
    share = max(-(-int(size["payments"]) // MOST_ROWS), 1)
    return _payments(warehouse, Window.through(first, last), share)


def _payments(warehouse: WarehouseResource, window: Window, share: int = 1) -> pl.DataFrame:
    settings = warehouse.settings
    rules, zone = load_rules(settings.fraud_rules_file), bank_timezone(settings)
    return payments_of(warehouse.url, window, rules, zone, share=share)
