"""Recency, frequency and value of customers as scores from 1 to 5, and the segments they make.

Belongs here: scores and their names. Does not belong here: segments found by clustering.

Reference: Hughes, Strategic Database Marketing (1994), for scoring by fifths; the names are those
in common use for regions of the recency x (frequency and value) plane.
"""

import polars as pl

from finplatform.sums import ordered_sum


def rfm_scores(frame: pl.DataFrame, *, recency: str, frequency: str, value: str) -> pl.DataFrame:
    """Scores of customers: fifths of recency, frequency and value, 5 is best.

    Customers with equal figures have equal scores, whatever their order. Who has done nothing
    (recency null or frequency 0) scores 1 throughout and is `SILENT`, and is not counted in the
    fifths.

    Args:
        frame: One row per customer.
        recency: Column with days since the last transaction.
        frequency: Column with the number of transactions.
        value: Column with the amount that customers are valued by.

    Returns:
        `recency_score`, `frequency_score`, `value_score` and `rfm_segment`, in the order given.
    """
    is_active = pl.col(recency).is_not_null() & (pl.col(frequency) > 0)
    scored = frame.select(
        is_active.alias("is_active"),
        _fifth(-pl.col(recency).cast(pl.Float64), is_active).alias("recency_score"),
        _fifth(pl.col(frequency).cast(pl.Float64), is_active).alias("frequency_score"),
        _fifth(pl.col(value).cast(pl.Float64), is_active).alias("value_score"),
    )
    engagement = (pl.col("frequency_score") + pl.col("value_score")) / 2
    is_recent, is_late = pl.col("recency_score") >= 4, pl.col("recency_score") <= 2
    segment = (
        pl.when(~pl.col("is_active"))
        .then(pl.lit("SILENT"))
        .when(is_recent & (engagement >= 4))
        .then(pl.lit("CHAMPION"))
        .when(~is_late & (engagement >= 3))
        .then(pl.lit("LOYAL"))
        .when(is_recent)
        .then(pl.lit("PROMISING"))
        .when(~is_late)
        .then(pl.lit("NEEDS_ATTENTION"))
        .when(engagement >= 3)
        .then(pl.lit("AT_RISK"))
        .otherwise(pl.lit("HIBERNATING"))
    )
    return scored.select(
        "recency_score", "frequency_score", "value_score", segment.alias("rfm_segment")
    )


def rfm_summary(scores: pl.DataFrame, value: pl.Series) -> pl.DataFrame:
    """Share of customers and of value that each segment has.

    Args:
        scores: Result of `rfm_scores`.
        value: The customers' value, in the same order.

    Returns:
        `rfm_segment`, `customers`, `customer_share` and `value_share` (null without any value).
    """
    total = float(value.cast(pl.Float64).sort().sum() or 0.0)
    return (
        scores.with_columns(value.cast(pl.Float64).alias("value"))
        .group_by("rfm_segment")
        .agg(
            pl.len().cast(pl.Int64).alias("customers"),
            (pl.len() / max(scores.height, 1)).alias("customer_share"),
            (ordered_sum(pl.col("value")) / total if total > 0 else pl.lit(None, pl.Float64)).alias(
                "value_share"
            ),
        )
        .sort("rfm_segment")
    )


def _fifth(figure: pl.Expr, is_active: pl.Expr) -> pl.Expr:
    """Fifth of a figure among active customers, 1 to 5; 1 for others."""
    kept = pl.when(is_active).then(figure)
    # Half a rank less puts the middle of an odd number into the middle fifth.
    place = (kept.rank("average") - 0.5) / kept.count()
    return (place * 5).floor().clip(0, 4).fill_null(0).cast(pl.Int16) + 1
