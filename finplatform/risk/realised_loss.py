"""Realised LGD of finished workouts, and realised conversion factors of credit lines.

Belongs here: figures of single defaults, observed and discounted. Does not belong here: estimates
from them (`loss_parameters`), or future defaults.

Loss is economic (CRE36.76): recoveries are discounted to the day of default, less the cost of
collection.
"""

from decimal import Decimal

import polars as pl

from finplatform.risk.thresholds import cents_of, exceeds_share
from finplatform.sums import ordered_sum

WORKOUT_COST_RATE = 0.05
"""Cost of collecting, as a share of recoveries: an assumption of the bank, since it
books no costs by loan."""

HORIZON_MONTHS = 12
"""Fixed horizon between the day on which a line is looked at and its default (CRE36.93)."""

LEAST_UNDRAWN_SHARE = Decimal("0.05")
"""Lines drawn nearly whole are left out: a conversion factor divides by what is undrawn. CRE36.95
says that leaving them out does not make an estimate fit for capital, nor does a floor at 0."""


def realised_losses(defaults: pl.DataFrame, recoveries: pl.DataFrame) -> pl.DataFrame:
    """LGD of every default, of what has come in so far.

    Args:
        defaults: `loan_id`, `segment`, `default_date`, `exposure_at_default` (above 0),
            `interest_rate` (effective, yearly, a fraction), `closed_date` (null while the workout
            goes on).
        recoveries: `loan_id`, `payment_date`, `paid_amount`; others than of `defaults` are ignored.

    Returns:
        `defaults` with `recovered_rate` (not discounted) and `loss_given_default`, not below 0: a
        gain on one loan does not lower the loss on others, a caution of the house.
    """
    back = (
        recoveries.join(defaults, on="loan_id")
        .filter(pl.col("payment_date") >= pl.col("default_date"))
        .with_columns(_years("payment_date"))
        .group_by("loan_id")
        .agg(
            ordered_sum(pl.col("paid_amount")).alias("recovered"),
            ordered_sum(_discounted()).alias("discounted"),
        )
    )
    net = pl.col("discounted").fill_null(0.0) * (1 - WORKOUT_COST_RATE)
    return (
        defaults.join(back, on="loan_id", how="left", maintain_order="left")
        .with_columns(
            (pl.col("recovered").fill_null(0.0) / pl.col("exposure_at_default")).alias(
                "recovered_rate"
            ),
            (1 - net / pl.col("exposure_at_default"))
            .clip(lower_bound=0.0)
            .alias("loss_given_default"),
        )
        .drop("recovered", "discounted")
    )


def remaining_losses(defaults: pl.DataFrame, recoveries: pl.DataFrame, months: int) -> pl.DataFrame:
    """LGD of workouts still open some months after default, over the amount owed then.

    Args:
        defaults: As for `realised_losses`; only those still open after `months` give a row.
        recoveries: As there.
        months: Months since default.

    Returns:
        As of `realised_losses`, with default date and exposure moved to that day.
    """
    moved = pl.col("default_date").dt.offset_by(f"{months}mo")
    before = (
        recoveries.join(defaults, on="loan_id")
        .filter(
            (pl.col("payment_date") >= pl.col("default_date")) & (pl.col("payment_date") < moved)
        )
        .group_by("loan_id")
        .agg(ordered_sum(pl.col("paid_amount")).alias("so_far"))
    )
    left = (
        defaults.filter((pl.col("closed_date") >= moved).fill_null(False))
        .join(before, on="loan_id", how="left", maintain_order="left")
        .with_columns(
            moved.alias("default_date"),
            pl.col("exposure_at_default") - pl.col("so_far").fill_null(0.0),
        )
        .drop("so_far")
        .filter(cents_of("exposure_at_default") > 0)
    )
    return realised_losses(left, recoveries)


def realised_conversions(lines: pl.DataFrame) -> pl.DataFrame:
    """Share of the undrawn part that was drawn by default, a year later.

    Args:
        lines: Credit lines by month end: `exposure_id`, `reporting_date`, `segment`,
            `exposure_class`, `drawn_amount`, `undrawn_amount`, `is_defaulted`.

    Returns:
        `exposure_id`, `segment`, `exposure_class`, `default_date` and `conversion`, from 0 to 1, of
        lines that were not in default and not drawn whole twelve months before. The limit of that
        day binds: what is owed beyond it is interest and fees, or a limit that was raised since.
    """
    first = (
        lines.filter(pl.col("is_defaulted"))
        .sort("exposure_id", "reporting_date")
        .group_by("exposure_id", maintain_order=True)
        .first()
        .with_columns(
            pl.col("reporting_date")
            .dt.offset_by(f"-{HORIZON_MONTHS}mo")
            .dt.month_end()
            .alias("then")
        )
    )
    earlier = lines.select(
        "exposure_id",
        pl.col("reporting_date").alias("then"),
        pl.col("drawn_amount").alias("drawn_then"),
        pl.col("undrawn_amount").alias("undrawn_then"),
    )
    undrawn = cents_of("undrawn_then")
    limit = cents_of("drawn_then") + undrawn
    return (
        first.join(earlier, on=["exposure_id", "then"])
        .filter(exceeds_share(undrawn, limit, LEAST_UNDRAWN_SHARE))
        .select(
            "exposure_id",
            "segment",
            "exposure_class",
            pl.col("reporting_date").alias("default_date"),
            ((pl.col("drawn_amount") - pl.col("drawn_then")) / pl.col("undrawn_then"))
            .clip(0.0, 1.0)
            .alias("conversion"),
        )
    )


def _years(column: str) -> pl.Expr:
    days = (pl.col(column) - pl.col("default_date")).dt.total_days()
    return (days / 365.25).alias("years")


def _discounted() -> pl.Expr:
    return pl.col("paid_amount") / (1 + pl.col("interest_rate")) ** pl.col("years")
