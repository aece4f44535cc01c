"""Payments and reference data of the warehouse for the evaluator.

Belongs here: reading accounts, customers, merchants, rates, confirmed frauds and the payments of
the days before an instant, and the events of a window. Does not belong here: evaluation.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.errors import FinplatformError
from finplatform.streaming.fraud.features import (
    EVENT_SCHEMA,
    LOOKBACK_DAYS,
    PAYMENT_TYPES,
    PaymentHistory,
    References,
)
from finplatform.warehouse import bulk
from finplatform.windows import Window

CHUNK_ROWS = 500_000
"""Events that are held at a time, about."""

_ACCOUNTS = """
    select accounts.account_id, accounts.customer_id, accounts.currency, accounts.opening_date,
        case when accounts.version_number = 1 then 0
            else extract(epoch from accounts.valid_from) end::bigint as valid_from
    from gold.dim_account as accounts
    where accounts.account_key <> -1
"""
_CUSTOMERS = """
    select customers.customer_id, customers.country,
        case when customers.version_number = 1 then 0
            else extract(epoch from customers.valid_from) end::bigint as valid_from
    from gold.dim_customer as customers
    where customers.customer_key <> -1
"""
_MERCHANTS = """
    select merchants.merchant_id, merchants.category, merchants.country, merchants.city,
        merchants.risk_level
    from gold.dim_merchant as merchants
    where merchants.merchant_key <> -1
"""
_RATES = """
    select rates.currency, rates.rate_date, rates.usd_rate::double precision as usd_rate
    from gold.exchange_rates as rates
    where rates.rate_date >= '{since}' and rates.currency in (
        select accounts.currency from gold.dim_account as accounts
    )
"""
_FRAUDS = """
    with confirmed as (
        select alerts.transaction_id, min(alerts.account_id) as account_id,
            min(alerts.investigated_at) as confirmed_at
        from silver.stg_fraud_alerts as alerts
        where alerts.outcome = 'CONFIRMED_FRAUD'
            and alerts.investigated_at >= timestamptz '{since}'
        group by alerts.transaction_id
    ),
    -- Frauds of long ago are confirmed now and then; most of the transactions need no look.
    sold as (
        select transactions.transaction_id, transactions.merchant_id
        from bronze.transactions as transactions
        where transactions.merchant_id is not null
            and transactions.transaction_date >= coalesce(
                (select min(alerts.transaction_at) from silver.stg_fraud_alerts as alerts
                where alerts.outcome = 'CONFIRMED_FRAUD'
                    and alerts.investigated_at >= timestamptz '{since}'),
                'infinity'
            )
    )
    select confirmed.transaction_id, confirmed.account_id, confirmed.confirmed_at, sold.merchant_id
    from confirmed
    left join sold on confirmed.transaction_id = sold.transaction_id
    order by confirmed.transaction_id
"""
_EVENTS = """
    select transactions.transaction_id, transactions.account_id, transactions.transaction_type,
        transactions.amount::double precision as amount, transactions.currency,
        transactions.exchange_rate::double precision as exchange_rate,
        transactions.transaction_date, transactions.merchant_id, transactions.channel
    from bronze.transactions as transactions
    where transactions.transaction_date >= timestamptz '{since}'
        and transactions.transaction_date < timestamptz '{until}'
        and {which}
"""
_EVERYTHING = "true"
_PAYMENTS = "transactions.transaction_type in (" + ", ".join(f"'{t}'" for t in PAYMENT_TYPES) + ")"


def references(connection: dbapi.Connection, since: date) -> References:
    """Reference data of accounts, customers, merchants and currencies.

    Args:
        connection: Open Arrow connection to the warehouse.
        since: First day whose rates of exchange are needed.
    """
    return References(
        accounts=bulk.read_frame(connection, _ACCOUNTS),
        customers=bulk.read_frame(connection, _CUSTOMERS),
        merchants=bulk.read_frame(connection, _MERCHANTS),
        rates=bulk.read_frame(connection, _RATES.format(since=since)),
    )


def history_at(url: str, instant: datetime | date, zone: str) -> PaymentHistory:
    """The history of payments up to an instant, for an evaluator of what comes from then on.

    Confirmed frauds are all that are known, with the instant of their confirmation, from which on
    they count.

    Args:
        url: libpq URL of the warehouse.
        instant: First instant that is not in the history; a date is the beginning of that day.
        zone: Time zone of the bank.
    """
    first = instant - timedelta(days=LOOKBACK_DAYS)
    day = first.date() if isinstance(first, datetime) else first
    with bulk.connect(url) as connection:
        # A day more, so that no difference between zones leaves the first day without a rate.
        history = PaymentHistory(references(connection, day - timedelta(days=1)), zone)
        history.confirm(bulk.read_frame(connection, _FRAUDS.format(since=first)))
        payments = _EVENTS.format(since=first, until=instant, which=_PAYMENTS)
        for batch in bulk.read_batches(connection, payments, batch_rows=CHUNK_ROWS):
            history.add(_in_order(batch))
    return history


def chunks(url: str, window: Window) -> Iterator[Window]:
    """The window in pieces of whole days with about `CHUNK_ROWS` events each.

    Args:
        url: libpq URL of the warehouse.
        window: Days.
    """
    counted = (
        f"select count(*) from bronze.transactions where {window.predicate('transaction_date')}"
    )
    with bulk.connect(url) as connection:
        rows = int(str(bulk.fetch_value(connection, counted)))
    days = max(min(window.days * CHUNK_ROWS // max(rows, 1), window.days), 1)
    for first in range(0, window.days, days):
        start = window.start + timedelta(days=first)
        yield Window(start, min(start + timedelta(days=days), window.end))


def events_of(url: str, window: Window, *, only_payments: bool = False) -> pl.DataFrame:
    """Events of a window of days, in order of time.

    Args:
        url: libpq URL of the warehouse.
        window: Days.
        only_payments: Whether to leave out what is no payment.
    """
    which = _PAYMENTS if only_payments else _EVERYTHING
    query = _EVENTS.format(since=window.start, until=window.end, which=which)
    with bulk.connect(url) as connection:
        return _in_order(bulk.read_frame(connection, query))


def confirmed_frauds(url: str) -> pl.DataFrame:
    """All confirmed frauds: `transaction_id`, `account_id`, `confirmed_at`, `merchant_id`.

    Args:
        url: libpq URL of the warehouse.
    """
    with bulk.connect(url) as connection:
        return bulk.read_frame(connection, _FRAUDS.format(since=date(1970, 1, 1)))


def held_days(url: str) -> Window:
    """Days of which there are transactions.

    Args:
        url: libpq URL of the warehouse.

    Raises:
        FinplatformError: There are none.
    """
    with bulk.connect(url) as connection:
        days = bulk.read_frame(
            connection,
            "select min(transactions.transaction_date)::date as first,"
            " max(transactions.transaction_date)::date as last"
            " from bronze.transactions as transactions",
        ).row(0, named=True)
    if days["first"] is None:
        raise FinplatformError(
            "There are no transactions yet.", "Load some: `finplatform demo` makes a whole bank."
        )
    return Window.through(days["first"], days["last"])


def _in_order(events: pl.DataFrame) -> pl.DataFrame:
    return events.select(EVENT_SCHEMA.names()).sort("transaction_date", "transaction_id")
