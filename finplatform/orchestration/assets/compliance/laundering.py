"""Monitoring for money laundering as assets: alerts, cash reports, reviews of large transactions.

Alerts open cases, or join the customer's open one. Belongs here: reading a window, calling the pure
functions a few months at a time, and storing. Does not belong here: signals and rules
(`finplatform.compliance.aml`), and the course of cases.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import polars as pl

from finplatform.compliance.aml.alerts import monitor
from finplatform.compliance.aml.currency_reports import currency_reports
from finplatform.compliance.aml.large_transactions import large_transaction_reviews, look_back
from finplatform.compliance.aml.rules import standard_rules
from finplatform.contracts.laundering import LAUNDERING, SCHEMA
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.storing import store, table_arguments, table_spec
from finplatform.orchestration.checks.contract_checks import contract_check_spec
from finplatform.orchestration.partitions import Partitions, window_of
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.warehouse import laundering_cases
from finplatform.warehouse.laundering_reading import (
    read_cash,
    read_evidence,
    read_large,
    read_rules,
)
from finplatform.windows import Window

GROUP = "compliance"

_TRANSACTIONS = [key("gold", "fact_transactions"), key("silver", "stg_accounts")]
_READ = [
    *_TRANSACTIONS,
    key("gold", "dim_customer"),
    key("gold", "dim_merchant"),
    key("silver", "fatf_lists"),
    key("silver", "stg_kyc_records"),
    key("silver", "stg_transactions"),
]
_MONITORED = {
    "aml_alerts": "For compliance only; alerts do not block payments.",
    "aml_alert_signals": "Their weights add up to the alert's score.",
    "aml_alert_transactions": "Transactions of other customers are the counterparty legs.",
}
_REPORTED = {
    "ctr_reports": (
        "31 CFR 1010.311: deposits and withdrawals separately, over all branches "
        "and joint accounts."
    ),
    "ctr_report_transactions": "They add up to the report's amount.",
}
_MONTHS_AT_ONCE = 3


def build_laundering_assets(partitions: Partitions) -> list[dg.AssetsDefinition]:
    """Alerts, currency transaction reports and reviews.

    Args:
        partitions: Days of all of them.
    """

    @dg.multi_asset(
        name="laundering_alerts",
        specs=[
            table_spec(LAUNDERING[table], GROUP, about, deps=_READ)
            for table, about in _MONITORED.items()
        ],
        check_specs=[contract_check_spec(LAUNDERING[table]) for table in _MONITORED],
        partitions_def=partitions.daily,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    @retried
    def laundering_alerts(
        context: dg.AssetExecutionContext, tables: TablesResource
    ) -> Iterator[dg.MaterializeResult]:
        """Evaluates the window, stores alerts, and assigns new alerts to cases."""
        found = _monitored(tables.warehouse.url, window_of(context))
        for table, rows in zip(_MONITORED, found, strict=True):
            yield store(context, tables, f"{SCHEMA}.{table}", rows)
        with tables.warehouse.warehouse.connect() as connection:
            laundering_cases.open_cases(connection, datetime.now(UTC).date())

    @dg.multi_asset(
        name="currency_reports",
        specs=[
            table_spec(
                LAUNDERING[table], GROUP, about, deps=[*_TRANSACTIONS, key("gold", "dim_date")]
            )
            for table, about in _REPORTED.items()
        ],
        check_specs=[contract_check_spec(LAUNDERING[table]) for table in _REPORTED],
        partitions_def=partitions.daily,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    @retried
    def currency_transaction_reports(
        context: dg.AssetExecutionContext, tables: TablesResource
    ) -> Iterator[dg.MaterializeResult]:
        """Sums the cash of the window's business days."""
        found = _reported(tables.warehouse.url, window_of(context))
        for table, rows in zip(_REPORTED, found, strict=True):
            yield store(context, tables, f"{SCHEMA}.{table}", rows)

    @dg.asset(
        **table_arguments(
            LAUNDERING["large_transaction_reviews"],
            GROUP,
            "Review list only: neither a cash report nor an alert.",
        ),
        deps=_TRANSACTIONS,
        partitions_def=partitions.daily,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    @retried
    def large_transaction_reviews_of_days(
        context: dg.AssetExecutionContext, tables: TablesResource
    ) -> dg.MaterializeResult:
        rows = _reviewed(tables.warehouse.url, window_of(context))
        return store(context, tables, f"{SCHEMA}.large_transaction_reviews", rows)

    return [laundering_alerts, currency_transaction_reports, large_transaction_reviews_of_days]


def _monitored(url: str, window: Window | None) -> tuple[pl.DataFrame, ...]:
    if window is None:
        return tuple(pl.DataFrame() for _ in _MONITORED)
    book = read_rules(url, standard_rules())
    parts = [monitor(read_evidence(url, piece), piece, book) for piece in pieces(window)]
    return (
        pl.concat([part.alerts for part in parts]),
        pl.concat([part.signals for part in parts]),
        pl.concat([part.transactions for part in parts]),
    )


def _reported(url: str, window: Window | None) -> tuple[pl.DataFrame, ...]:
    if window is None:
        return tuple(pl.DataFrame() for _ in _REPORTED)
    cash, holders, exemptions, days = read_cash(url, window)
    book = read_rules(url, standard_rules())
    return currency_reports(cash, holders, exemptions, days, window, book)


def _reviewed(url: str, window: Window | None) -> pl.DataFrame:
    if window is None:
        return pl.DataFrame()
    book = read_rules(url, standard_rules())
    least = min(rules.number("LARGE_TRANSACTIONS", "limit_usd") for _, rules in book.pieces(window))
    transactions = read_large(url, window, look_back(book, window), least)
    return large_transaction_reviews(transactions, window, book)


def pieces(window: Window) -> Iterator[Window]:
    """The window in parts of a few months, which bounds the memory."""
    start = window.start
    while start < window.end:
        end = min(_months_on(start, _MONTHS_AT_ONCE), window.end)
        yield Window(start, end)
        start = end


def _months_on(day: date, months: int) -> date:
    for _ in range(months):
        day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day
