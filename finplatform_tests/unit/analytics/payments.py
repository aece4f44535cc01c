"""Card payments of a small bank whose customers come and go."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from finplatform.sums import ordered_sum

END = date(2025, 12, 31)


def payment_months(customers: int = 300, seed: int = 2) -> pl.DataFrame:
    """Card payments at own rates; a fifth stop half way."""
    rng = np.random.default_rng(seed)
    days = (END - date(2024, 1, 1)).days + 1
    rate = rng.gamma(2.0, 0.04, customers)
    stop = np.where(np.arange(customers) % 5 == 0, days // 2, days)
    pays = (rng.random((customers, days)) < rate[:, None]) & (np.arange(days) < stop[:, None])
    who, day = np.nonzero(pays)
    payments = pl.DataFrame(
        {
            "customer_id": [f"C{number:04d}" for number in who],
            "day": [date(2024, 1, 1) + timedelta(days=int(number)) for number in day],
            "amount": rng.gamma(3.0, 10.0, len(who)),
        }
    )
    return (
        payments.with_columns(month_end=pl.col("day").dt.month_end())
        .group_by("customer_id", "month_end", maintain_order=True)
        .agg(
            purchase_days=pl.len().cast(pl.Int64),
            first_date=pl.min("day"),
            last_date=pl.max("day"),
            spending=ordered_sum(pl.col("amount")),
        )
    )


def clients(ids: list[str], *days: date) -> pl.DataFrame:
    """Customers of one kind on some month ends."""
    keys = [(name, day) for day in days for name in ids]
    return pl.DataFrame(
        keys, schema=["customer_id", "observation_date"], orient="row"
    ).with_columns(
        date_key=pl.lit(20251231),
        customer_key=pl.lit(1),
        customer_lifetime_value=pl.lit(700.0),
        fees_12m=pl.lit(24.0),
        average_balance_12m=pl.lit(1_000.0),
        observed_months_12m=pl.lit(12),
        total_fees=pl.lit(40.0),
        account_balance=pl.lit(500.0),
        tenure_days=pl.lit(730),
    )
