"""A simulated bank as the evaluator of payments sees one, without a warehouse.

Belongs here: frames of the simulator in the shape of the warehouse's. Does not belong here: tests.
"""

from datetime import date

import polars as pl

from finplatform.simulate import Bank
from finplatform.streaming.fraud.features import EVENT_SCHEMA, PaymentHistory
from finplatform.streaming.fraud.references import References


def references(bank: Bank) -> References:
    """Accounts, customers and merchants as they stand at the end; all amounts are in dollars."""
    days = pl.date_range(bank.config.start, bank.config.end, eager=True)
    return References(
        accounts=bank.table("accounts").select(
            "account_id", "customer_id", "currency", "opening_date", valid_from=pl.lit(0)
        ),
        customers=bank.table("customers").select("customer_id", "country", valid_from=pl.lit(0)),
        merchants=bank.table("merchants").select(
            "merchant_id", "category", "country", "city", "risk_level"
        ),
        rates=pl.DataFrame({"rate_date": days}).select(
            "rate_date", currency=pl.lit("USD"), usd_rate=pl.lit(1.0)
        ),
    )


def events(bank: Bank) -> pl.DataFrame:
    """All transactions in order of time, with `is_fraud` by the simulator's own labels."""
    truth = bank.truth("fraud_labels").select(
        pl.col("transaction_id").cast(pl.String), is_fraud=pl.lit(True)
    )
    return (
        pl.concat(bank.transactions())
        .with_columns(pl.col("transaction_id").cast(pl.String))
        .select(EVENT_SCHEMA.names())
        .join(truth, on="transaction_id", how="left")
        .with_columns(pl.col("is_fraud").fill_null(False))
        .sort("transaction_date", "transaction_id")
    )


def confirmed(bank: Bank, rows: pl.DataFrame) -> pl.DataFrame:
    """Frauds that investigations have found, with the instant of the decision."""
    return (
        bank.fraud_alerts()
        .filter(pl.col("outcome") == "CONFIRMED_FRAUD")
        .join(rows.select("transaction_id", "merchant_id"), on="transaction_id")
        .group_by("transaction_id")
        .agg(
            pl.col("account_id", "merchant_id").first(),
            confirmed_at=pl.col("investigated_at").min(),
        )
        .sort("transaction_id")
    )


def history(bank: Bank, rows: pl.DataFrame) -> PaymentHistory:
    """A history without payments that has all confirmed frauds."""
    empty = PaymentHistory(references(bank))
    empty.confirm(confirmed(bank, rows))
    return empty


def features(bank: Bank, rows: pl.DataFrame) -> pl.DataFrame:
    """Features of all events, with `is_fraud`, `confirmed_date` and a `weight` of one."""
    decided = confirmed(bank, rows).select(
        "transaction_id", confirmed_date=pl.col("confirmed_at").dt.date()
    )
    found = history(bank, rows).add(rows)
    return found.with_columns(rows["is_fraud"], weight=pl.lit(1.0)).join(
        decided, on="transaction_id", how="left", maintain_order="left"
    )


def before(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    """The rows before a day."""
    return rows.filter(pl.col("transaction_date") < day)
