"""Public card payments with labelled fraud as weeks of training and weeks of test.

The data set and its fifteen features are those of Le Borgne, Siblini, Lebichot and Bontempi,
*Reproducible machine learning for credit card fraud detection: practical handbook*, 2022, chapter
3: amount, weekend, night, number and mean amount of the card holder's payments in 1, 7 and 30 days,
number and share of frauds of the terminal's payments in 1, 7 and 30 days that end a week before,
since that is when fraud becomes known.

Belongs here: reading the file, features, weeks. Does not belong here: models.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from finplatform.bench.event_windows import Stream
from finplatform.errors import FinplatformError

FILE = "fraud_handbook/transactions_2018-04_2018-05.parquet"
WINDOWS = (1, 7, 30)
KNOWN_AFTER_DAYS = 7
"""Days after a payment on which its fraud becomes known."""

AMOUNT, WEEKEND, NIGHT = "amount", "is_weekend", "is_night"
_PLAIN = (AMOUNT, WEEKEND, NIGHT)
FEATURES = (
    *_PLAIN,
    *(f"{name}_{days}d" for name in ("card_payments", "card_mean_amount") for days in WINDOWS),
    *(
        f"{name}_{days}d"
        for name in ("terminal_payments", "terminal_fraud_share")
        for days in WINDOWS
    ),
)
"""The fifteen features."""

FIRST_WEEKS = (date(2018, 4, 27), date(2018, 5, 4), date(2018, 5, 11))
"""First days of the weeks learned from: earlier ones have short windows, later ones no test."""

_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class FraudWeek:
    """A week to learn from and the one after the next, when its frauds are known.

    Attributes:
        name: First days of both.
        train: Keys, features and label of the earlier week.
        test: The same of the later one.
        train_dates: Days of the earlier week.
        test_dates: Days of the later one.
    """

    name: str
    train: pl.DataFrame
    test: pl.DataFrame
    train_dates: tuple[date, ...]
    test_dates: tuple[date, ...]


def handbook(folder: Path) -> pl.DataFrame:
    """Payments of April and May 2018 with features and label.

    Args:
        folder: Folder that holds `fraud_handbook`.

    Returns:
        `transaction_id`, `customer_id`, `observation_date` (the day), `is_fraud` and `FEATURES`.

    Raises:
        FinplatformError: The file is not there.
    """
    path = folder / FILE
    if not path.is_file():
        raise FinplatformError(
            f"The data set is not there: {path} does not exist.",
            "Give the folder that holds fraud_handbook with --data.",
        )
    return with_features(
        pl.read_parquet(path).select(
            transaction_id=pl.col("TRANSACTION_ID").cast(pl.String),
            customer_id=pl.col("CUSTOMER_ID").cast(pl.String),
            terminal=pl.col("TERMINAL_ID"),
            at=pl.col("TX_DATETIME"),
            amount=pl.col("TX_AMOUNT").cast(pl.Float64),
            is_fraud=pl.col("TX_FRAUD") == 1,
        )
    )


def with_features(payments: pl.DataFrame) -> pl.DataFrame:
    """Features of payments, by what was known at each.

    Args:
        payments: `transaction_id`, `customer_id`, `terminal`, `at`, `amount`, `is_fraud`.
    """
    card, terminal = Stream("customer_id", "at"), Stream("terminal", "at", KNOWN_AFTER_DAYS)
    windows = [
        expression.alias(f"{name}_{days}d")
        for days in WINDOWS
        for name, expression in (
            ("card_payments", card.count(days)),
            ("card_mean_amount", card.mean(pl.col(AMOUNT), days)),
            ("terminal_payments", terminal.count(days)),
            ("terminal_fraud_share", terminal.mean(pl.col("is_fraud"), days)),
        )
    ]
    return (
        payments.sort("at", "transaction_id")
        .with_columns(
            *windows,
            (pl.col("at").dt.weekday() >= 6).alias(WEEKEND),
            (pl.col("at").dt.hour() <= 6).alias(NIGHT),
            observation_date=pl.col("at").dt.date(),
        )
        .select("transaction_id", "customer_id", "observation_date", "is_fraud", *FEATURES)
    )


def weeks(payments: pl.DataFrame) -> Iterator[FraudWeek]:
    """Weeks to learn from, each with the week in which its frauds are known.

    Args:
        payments: From `handbook`.
    """
    day = pl.col("observation_date")
    for first in FIRST_WEEKS:
        begin = first + 2 * _WEEK
        yield FraudWeek(
            f"learned {first} to {first + _WEEK - timedelta(days=1)},"
            f" judged {begin} to {begin + _WEEK - timedelta(days=1)}",
            payments.filter((day >= first) & (day < first + _WEEK)),
            payments.filter((day >= begin) & (day < begin + _WEEK)),
            tuple(first + timedelta(days=add) for add in range(7)),
            tuple(begin + timedelta(days=add) for add in range(7)),
        )
