"""Features of accounts from their movements before a day: the history of a plain table.

`credit_data` reads the files; `event_windows` has windows up to each event of one table.
"""

import polars as pl

RECENT, LONG = 90, 180
"""Days of the two windows before a day."""

FEATURES = (
    "history_days",
    "unseen_days",
    "last_balance",
    "mean_balance_180d",
    "lowest_balance_180d",
    "overdrawn_share_180d",
    "inflow_90d",
    "outflow_90d",
    "movements_90d",
    "inflow_change_90d",
    "largest_outflow_180d",
)
"""Columns that `history_features` adds."""


def history_features(subjects: pl.DataFrame, movements: pl.DataFrame, *, key: str) -> pl.DataFrame:
    """Features from movements strictly before each subject's day.

    In a table that ends before a subject's day, windows end on the day after the last movement of
    the table, and `unseen_days` counts the days up to the subject's day.

    Args:
        subjects: `key` and `day`, other columns are kept; in any order.
        movements: `key`, `day`, `amount` (positive in, negative out) and `balance` after it, in the
            order in which they happened.
        key: Column of the account.

    Returns:
        The subjects, in their order, with `FEATURES`; null for a subject without earlier movements.
    """
    end = movements.select(pl.col("day").max() + pl.duration(days=1)).item()
    dated = subjects.with_row_index("_row").with_columns(
        pl.min_horizontal(pl.col("day"), pl.lit(end)).alias("_as_of")
    )
    earlier = (
        dated.select("_row", key, "_as_of")
        .join(movements.with_row_index("_move").rename({"day": "_moved"}), on=key, how="inner")
        .filter(pl.col("_moved") < pl.col("_as_of"))
        .sort("_row", "_moved", "_move")
        .with_columns(_age=(pl.col("_as_of") - pl.col("_moved")).dt.total_days())
    )
    summaries = earlier.group_by("_row").agg(_summaries())
    joined = dated.join(summaries, on="_row", how="left", maintain_order="left")
    unseen = (pl.col("day") - pl.col("_as_of")).dt.total_days()
    return joined.with_columns(
        pl.when(pl.col("history_days").is_not_null()).then(unseen).alias("unseen_days")
    ).select(*subjects.columns, *FEATURES)


def _summaries() -> list[pl.Expr]:
    age, amount, balance = pl.col("_age"), pl.col("amount"), pl.col("balance")
    recent, before = age <= RECENT, (age > RECENT) & (age <= 2 * RECENT)
    in_long = balance.filter(age <= LONG)
    inflow = amount.filter(recent & (amount > 0)).sum()
    earlier_inflow = amount.filter(before & (amount > 0)).sum()
    return [
        age.max().alias("history_days"),
        balance.last().alias("last_balance"),
        in_long.mean().alias("mean_balance_180d"),
        in_long.min().alias("lowest_balance_180d"),
        (in_long < 0).mean().alias("overdrawn_share_180d"),
        inflow.alias("inflow_90d"),
        (-amount.filter(recent & (amount < 0))).sum().alias("outflow_90d"),
        recent.sum().alias("movements_90d"),
        pl.when(earlier_inflow > 0).then(inflow / earlier_inflow).alias("inflow_change_90d"),
        (-amount.filter((age <= LONG) & (amount < 0))).max().alias("largest_outflow_180d"),
    ]
