"""Payments of cards at terminals, some of which steal."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl


def payments(seed: int = 3, rows: int = 24_000) -> pl.DataFrame:
    """Payments of April and May 2018 as the public file has them, with two ways of fraud.

    A terminal that steals does so for four weeks; any payment above 150 is a fraud.
    """
    rng = np.random.default_rng(seed)
    seconds = np.sort(rng.integers(0, 61 * 86_400, rows))
    terminal, amount = rng.integers(0, 200, rows), rng.gamma(2.0, 25.0, rows)
    day = seconds // 86_400
    begins = rng.integers(0, 60, 200)
    steals = (terminal < 30) & (day >= begins[terminal]) & (day < begins[terminal] + 28)
    is_fraud = (amount > 150) | (steals & (rng.random(rows) < 0.5))
    return pl.DataFrame(
        {
            "transaction_id": [f"{at:06}" for at in range(rows)],
            "customer_id": [f"C{code}" for code in rng.integers(0, 500, rows)],
            "terminal": terminal,
            "at": [datetime(2018, 4, 1, tzinfo=UTC) + timedelta(seconds=int(at)) for at in seconds],
            "amount": amount,
            "is_fraud": is_fraud,
        }
    )
