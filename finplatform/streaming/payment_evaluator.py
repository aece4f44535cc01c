"""The evaluator of the consumer: fraud rules and model on the warehouse's data, kept up to date.

Reference data, confirmed frauds, the trained model and the file of rules change while the consumer
runs. After a change, a new evaluator is made in the background and replaces the old one between two
batches, once it has processed the events stored meanwhile. Belongs here: making and replacing
evaluators. Does not belong here: evaluation (see `finplatform.streaming.fraud`).
"""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
from adbc_driver_manager import Error as AdbcError

from finplatform.contracts.streamed import TRANSACTION_EVENTS
from finplatform.errors import FinplatformError
from finplatform.ml import store
from finplatform.streaming.evaluator import Evaluator, NoRules
from finplatform.streaming.fraud.evaluator import PaymentEvaluator
from finplatform.streaming.fraud.features import EVENT_SCHEMA, LOOKBACK_DAYS
from finplatform.streaming.fraud.rules import load_rules
from finplatform.streaming.fraud.warehouse import history_at
from finplatform.warehouse import bulk

MODEL_NAME = "fraud_model"

_LOOK_SECONDS = 60.0
_OLDEST_SECONDS = 86_400.0
_OVERLAP = timedelta(minutes=1)
"""Overlap of stored events that are read again: an evaluator counts each once."""

_NEEDED = ("gold.dim_account", "gold.dim_customer", "gold.dim_merchant", "gold.exchange_rates",
           "silver.stg_fraud_alerts", "bronze.transactions")  # fmt: skip

_HELD = " and ".join(f"to_regclass('{table}') is not null" for table in _NEEDED)

_STATE = """
    select string_agg(
        schemaname || '.' || relname || ':' || n_tup_ins || ':' || n_tup_upd || ':' || n_tup_del,
        ' ' order by schemaname, relname
    )
    from pg_stat_user_tables
    where schemaname || '.' || relname = any('{{{tables}}}')
"""

_COLUMNS = ", ".join(
    f"{name}::text as {name}" if kind.is_decimal() else name for name, kind in EVENT_SCHEMA.items()
)

# What no load of its day has brought into `bronze.transactions` yet.
_NOT_LOADED = f"""
    with loads as (
        select max(window_end)::timestamptz as day_end, max(loaded_at) as loaded_at
        from ops.loads where table_name = 'transactions'
    )
    select {_COLUMNS} from {TRANSACTION_EVENTS.stored.name} cross join loads
    where transaction_date >= timestamptz '{{since}}'
        and (
            loads.day_end is null or transaction_date >= loads.day_end
            or received_at >= loads.loaded_at
        )
    order by received_at, transaction_date
"""

_RECEIVED = f"""
    select {_COLUMNS} from {TRANSACTION_EVENTS.stored.name}
    where received_at >= timestamptz '{{since}}' order by received_at, transaction_date
"""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Knowledge:
    """Sources of an evaluator's data.

    Attributes:
        url: libpq URL of the warehouse, in the bank's zone.
        timezone: Zone of the bank's business days.
        rules_file: The rules.
        models: Folder of trained models.
    """

    url: str
    timezone: str
    rules_file: Path
    models: Path

    def make(self) -> Evaluator:
        """An evaluator from the stored data; without a built warehouse, one without rules.

        Raises:
            FinplatformError: If the rules or the model cannot be read.
        """
        with bulk.connect(self.url) as connection:
            if not bulk.fetch_value(connection, f"select {_HELD}"):
                _LOG.info("Nothing is evaluated: the warehouse has not been built yet.")
                return NoRules()
        now = datetime.now(UTC)
        folder = self.models / MODEL_NAME
        evaluator = PaymentEvaluator(
            history_at(self.url, now, self.timezone),
            load_rules(self.rules_file),
            model=store.load(folder) if store.latest_version(folder) else None,
        )
        since = now - timedelta(days=LOOKBACK_DAYS)
        for events in self._events(_NOT_LOADED.format(since=since.isoformat())):
            evaluator.evaluate(events)
        return evaluator

    def received_since(self, since: datetime) -> Iterator[pl.DataFrame]:
        """Events that were stored from an instant on."""
        return self._events(_RECEIVED.format(since=since.isoformat()))

    def state(self) -> str:
        """A fingerprint that changes when a new evaluator is needed."""
        with bulk.connect(self.url) as connection:
            counted = bulk.fetch_value(connection, _STATE.format(tables=",".join(_NEEDED)))
        rules = self.rules_file.stat().st_mtime_ns if self.rules_file.exists() else 0
        return f"{counted} {rules} {store.latest_version(self.models / MODEL_NAME)}"

    def _events(self, query: str) -> Iterator[pl.DataFrame]:
        with bulk.connect(self.url) as connection:
            for batch in bulk.read_batches(connection, query):
                if batch.height:
                    yield batch.cast(EVENT_SCHEMA)


class RefreshedEvaluator:
    """An evaluator that is replaced when the stored data change.

    Args:
        knowledge: Sources of an evaluator's data.
        clock: Monotonic seconds.
    """

    def __init__(self, knowledge: Knowledge, clock: Callable[[], float] = time.monotonic) -> None:
        self._knowledge = knowledge
        self._clock = clock
        self._state = knowledge.state()
        self._evaluator = knowledge.make()
        self._made_at = self._looked_at = clock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="evaluator")
        self._renewal: Future[tuple[str, datetime, Evaluator] | None] | None = None

    def evaluate(self, events: pl.DataFrame) -> pl.DataFrame:
        """The verdict on each event, by the newest evaluator that is ready."""
        self._renew()
        return self._evaluator.evaluate(events)

    def _renew(self) -> None:
        now = self._clock()
        if self._renewal is not None:
            if self._renewal.done():
                self._take_over(self._renewal)
                self._renewal = None
        elif now - self._looked_at >= _LOOK_SECONDS:
            self._looked_at = now
            is_old = now - self._made_at >= _OLDEST_SECONDS
            self._renewal = self._thread.submit(self._other, is_old=is_old)

    def _other(self, *, is_old: bool) -> tuple[str, datetime, Evaluator] | None:
        """A new evaluator with its state and beginning; None if the present one is current."""
        state, began = self._knowledge.state(), datetime.now(UTC)
        if state == self._state and not is_old:
            return None
        return state, began, self._knowledge.make()

    def _take_over(self, renewal: Future[tuple[str, datetime, Evaluator] | None]) -> None:
        try:
            found = renewal.result()
            if found is None:
                return
            state, began, evaluator = found
            for events in self._knowledge.received_since(began - _OVERLAP):
                evaluator.evaluate(events)
        except (FinplatformError, AdbcError) as error:
            _LOG.warning("The evaluator is not replaced: %s", error)
            return
        self._state, self._evaluator, self._made_at = state, evaluator, self._clock()
        _LOG.info("A new evaluator has taken over, since the warehouse has changed.")
