"""Drivers of churn: the lapse rate of customers with and without each driver.

Customers who did something are looked at on dates three months apart; a customer lapses without
activity in the three months after. A customer is looked at until the first lapse, so that the rows
of one customer are as good as independent (discrete-time hazards; Allison, Sociological Methodology
13 (1982), 61-98). Belongs here: the drivers and the table of what each goes with. Does not belong
here: reading customers, or the test of two shares (see `comparisons`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
import polars as pl

from finplatform.analytics.comparisons import TooFewError, shares
from finplatform.analytics.multiplicity import holm

LEVEL = 0.05
BASE, NONE = "BASE", "NONE"

_FEW_MONTHS = 12
_LOST_HALF = -0.5
_FELL_TO = 2 / 3


@dataclass(frozen=True)
class Driver:
    """A possible reason for falling silent, as known on the date.

    Attributes:
        name: The driver in words.
        condition: Whether a row has it; null is no.
    """

    name: str
    condition: pl.Expr


DRIVERS: Mapping[str, Driver] = {
    "FEES": Driver("Charged fees in 3 months", pl.col("fees_charged_3m") > 0),
    "DECLINED_TRANSACTIONS": Driver(
        "Had a transaction refused in 3 months", pl.col("failed_count_3m") > 0
    ),
    "COMPLAINT": Driver("Complained in 3 months", pl.col("complaints_3m") > 0),
    "UNRESOLVED_CONTACT": Driver(
        "Left without a solution in 3 months", pl.col("unresolved_contacts_3m") > 0
    ),
    "FALLING_BALANCE": Driver(
        "Average balance fell by half or more", pl.col("balance_change_3m") <= _LOST_HALF
    ),
    "FALLING_ACTIVITY": Driver(
        "Transactions fell by a third or more", pl.col("transaction_trend_3m") <= _FELL_TO
    ),
    "PAY_STOPPED": Driver(
        "Pay no longer arrives",
        (pl.col("salary_months_6m") > 0) & (pl.col("salary_amount_3m") == 0),
    ),
    "SINGLE_PRODUCT": Driver("Holds a single contract", pl.col("num_contracts") == 1),
    "NEW_CUSTOMER": Driver("Customer for less than a year", pl.col("tenure_months") < _FEW_MONTHS),
    "ARREARS": Driver("Past due on a loan or card", pl.col("max_days_past_due") > 0),
    "FRAUD_VICTIM": Driver("Confirmed fraud in 12 months", pl.col("fraud_count_12m") > 0),
}
"""Drivers by code."""

NEEDED = (
    "customer_id", "observation_date", "fees_charged_3m", "failed_count_3m", "complaints_3m",
    "unresolved_contacts_3m", "balance_change_3m", "transaction_trend_3m", "salary_months_6m",
    "salary_amount_3m", "num_contracts", "tenure_months", "max_days_past_due",
    "fraud_count_12m", "has_lapsed",
)  # fmt: skip
"""Columns that a row needs."""

_COUNTS = {
    "driver": pl.String,
    "driver_name": pl.String,
    "customers": pl.Int64,
    "lapsed": pl.Int64,
    "other_customers": pl.Int64,
    "other_lapsed": pl.Int64,
    "assigned_lapses": pl.Int64,
    "method": pl.String,
    "risk_ratio": pl.Float64,
    "risk_ratio_lower": pl.Float64,
    "risk_ratio_upper": pl.Float64,
    "difference": pl.Float64,
    "difference_lower": pl.Float64,
    "difference_upper": pl.Float64,
    "p_value": pl.Float64,
    "not_tested_reason": pl.String,
}


def churn_drivers(as_of: date, rows: pl.DataFrame) -> pl.DataFrame:
    """Rate of lapse with each driver and without, and the share of lapses that it goes with.

    Each lapse is also assigned to one driver, the one of those present with the highest rate of
    lapse, and to `NONE` where no driver is present: these shares add up to 1.

    Args:
        as_of: Last day that is known.
        rows: `NEEDED`, one row per customer and date before the customer's first lapse.

    Returns:
        The columns of `gold.churn_drivers`; a driver without customers has a row with 0.
    """
    lapsed = rows["has_lapsed"].to_numpy().astype(bool)
    flags = {
        code: rows.select(driver.condition.fill_null(value=False)).to_series().to_numpy()
        for code, driver in DRIVERS.items()
    }
    assigned = _assigned(flags, lapsed)
    counted: list[dict[str, object]] = [
        {
            **_compared(code, driver.name, flags[code], lapsed),
            "assigned_lapses": int((assigned == place).sum()),
        }
        for place, (code, driver) in enumerate(DRIVERS.items())
    ]
    without = ~np.any(np.array(list(flags.values())), axis=0)
    counted.append(
        {
            **_counts(NONE, "None of these", without, lapsed),
            "assigned_lapses": int((assigned == len(DRIVERS)).sum()),
        }
    )
    everybody = np.ones(len(rows), dtype=bool)
    counted.append(
        {
            **_counts(BASE, "All customers", everybody, lapsed),
            "assigned_lapses": int(lapsed.sum()),
        }
    )
    return _with_rates(as_of, pl.DataFrame(counted, schema=_COUNTS))


def _assigned(flags: Mapping[str, np.ndarray], lapsed: np.ndarray) -> np.ndarray:
    """Place of the driver that each lapse is assigned to; -1 where there is no lapse."""
    rates = np.array(
        [lapsed[has].mean() if has.any() else 0.0 for has in flags.values()], dtype=float
    )
    present = np.array(list(flags.values())) * rates[:, None]
    found = np.where(present.max(axis=0) > 0, present.argmax(axis=0), len(flags))
    return np.where(lapsed, found, -1)


def _counts(code: str, name: str, has: np.ndarray, lapsed: np.ndarray) -> dict[str, object]:
    return {
        "driver": code,
        "driver_name": name,
        "customers": int(has.sum()),
        "lapsed": int((has & lapsed).sum()),
        "other_customers": int((~has).sum()),
        "other_lapsed": int((~has & lapsed).sum()),
    }


def _compared(code: str, name: str, has: np.ndarray, lapsed: np.ndarray) -> dict[str, object]:
    counts = _counts(code, name, has, lapsed)
    sizes = (int(has.sum()), int((~has).sum()))
    try:
        found = asdict(
            shares(int((has & lapsed).sum()), sizes[0], int((~has & lapsed).sum()), sizes[1])
        )
    except TooFewError as error:
        return counts | {"not_tested_reason": str(error)}
    return counts | {
        "method": found["method"],
        "risk_ratio": found["effect"],
        "risk_ratio_lower": found["effect_lower"],
        "risk_ratio_upper": found["effect_upper"],
        "difference": found["difference"],
        "difference_lower": found["lower"],
        "difference_upper": found["upper"],
        "p_value": found["p_value"],
    }


def _with_rates(as_of: date, counted: pl.DataFrame) -> pl.DataFrame:
    base = counted.filter(pl.col("driver") == BASE).row(0, named=True)
    lapses, size = base["lapsed"], base["customers"]
    tested = counted.filter(pl.col("p_value").is_not_null())
    family = tested.select(
        "driver", pl.Series("p_value_holm", holm(tested["p_value"].to_numpy()), dtype=pl.Float64)
    )
    rate = _ratio(pl.col("lapsed"), pl.col("customers"))
    base_rate = lapses / size if size else None
    return (
        counted.join(family, on="driver", how="left", maintain_order="left")
        .with_columns(
            as_of_date=pl.lit(as_of),
            lapse_rate=rate,
            other_lapse_rate=_ratio(pl.col("other_lapsed"), pl.col("other_customers")),
            base_rate=pl.lit(base_rate, pl.Float64),
            share_of_lapses=_ratio(pl.col("lapsed"), pl.lit(lapses)),
            assigned_share=_ratio(pl.col("assigned_lapses"), pl.lit(lapses)),
            is_significant=pl.col("p_value_holm") <= LEVEL,
        )
        .with_columns(lift=_ratio(pl.col("lapse_rate"), pl.col("base_rate")))
    )


def _ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(part / whole)
