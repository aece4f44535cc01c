"""Booking payments in the operational schema, as the bank's own application does.

A payment, its effect on the account's balance and its event in the outbox are one transaction.
Belongs here: that transaction. Does not belong here: which payments there are (see `traffic`), and
the history of a synthetic bank (see `load`).
"""

import polars as pl
import psycopg

from finplatform.oltp.codes import SCHEMA

_LOCK = 710_042_020
"""Advisory lock under which numbers are given to transactions."""

_ACCOUNTS = f"""
    select account_id, currency, (balance + credit_limit)::text as room
    from {SCHEMA}.accounts
    where status = 'ACTIVE' and account_type in ('CHECKING', 'CREDIT_CARD')
    order by account_id
"""
_MERCHANTS = f"select merchant_id, category from {SCHEMA}.merchants where is_active order by 1"

_COLUMNS = """
    account_id, transaction_type, amount, currency, transaction_date, merchant_id, channel, status,
    fees, exchange_rate, decline_reason
"""

_NAMES = [name.strip() for name in _COLUMNS.split(",")]

_STAGE = f"""
    create temporary table booking on commit drop as
    select {_COLUMNS} from {SCHEMA}.transactions with no data
"""

_BOOK = f"""
    with numbered as (
        select coalesce(max(transaction_id), 0) as last from {SCHEMA}.transactions
    ),
    booked as (
        insert into {SCHEMA}.transactions (transaction_id, {_COLUMNS})
        select numbered.last + row_number() over (), {_COLUMNS}
        from pg_temp.booking cross join numbered
        returning *
    ),
    paid as (
        update {SCHEMA}.accounts as accounts set balance = accounts.balance - spent.amount
        from (
            select account_id, sum(amount * exchange_rate + fees) as amount from booked
            where status = 'COMPLETED' group by account_id order by account_id
        ) as spent
        where accounts.account_id = spent.account_id
    )
    insert into {SCHEMA}.outbox (event_id, channel, event)
    select
        'core-' || transaction_id || '-' || lower(status), %(channel)s,
        to_jsonb(booked) - 'description' - 'counterparty_account'
    from booked order by transaction_id
    returning event_id
"""


def payers(url: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Accounts that can pay by card, with what they may spend, and merchants.

    Args:
        url: libpq URL of the operational database.
    """
    with psycopg.connect(url) as connection:
        accounts = connection.execute(_ACCOUNTS.encode()).fetchall()
        merchants = connection.execute(_MERCHANTS.encode()).fetchall()
    return (
        pl.DataFrame(accounts, schema=["account_id", "currency", "room"], orient="row").cast(
            {"room": pl.Decimal(18, 2)}
        ),
        pl.DataFrame(merchants, schema=["merchant_id", "category"], orient="row"),
    )


def book(connection: psycopg.Connection, payments: pl.DataFrame, channel: str) -> list[str]:
    """Books payments, and returns the ids of their events.

    Args:
        connection: Session on the operational database.
        payments: From `Traffic.payments`.
        channel: Stream that the events are for.
    """
    with connection.transaction():
        cursor = connection.cursor()
        cursor.execute(_STAGE.encode())
        cursor.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        with cursor.copy(f"copy booking ({_COLUMNS}) from stdin (format csv)".encode()) as copy:
            copy.write(payments.select(_NAMES).write_csv(include_header=False))
        cursor.execute(_BOOK.encode(), {"channel": channel})
        return [row[0] for row in cursor.fetchall()]
