"""Large transactions: the query of the analytics platform's document, as a rule of its own.

It looks at every completed transaction, not at cash alone, and names customers to review. It is no
currency transaction report (see `currency_reports`), and no alert. Belongs here: who is to be
reviewed on a day, and by what. Does not belong here: reading transactions.
"""

import polars as pl

from finplatform.compliance.aml.rules import RuleBook, Rules
from finplatform.windows import Window

LARGE = pl.Schema(
    {
        "transaction_id": pl.String(),
        "customer_id": pl.String(),
        "transaction_date": pl.Date(),
        "transaction_type": pl.String(),
        "amount_usd": pl.Decimal(18, 2),
    }
)
"""A completed transaction each, whatever its size."""

REVIEW = "REVIEW_REQUIRED"


def large_transaction_reviews(
    transactions: pl.DataFrame, window: Window, book: RuleBook
) -> pl.DataFrame:
    """Customers to review, by each day of a window on which they made a large transaction.

    Args:
        transactions: Rows of `LARGE`, of the window and of as many days before it as the rule's
            window has.
        window: Days to judge.
        book: The rules.
    """
    return pl.concat(_of_piece(transactions, piece, rules) for piece, rules in book.pieces(window))


def look_back(book: RuleBook, window: Window) -> int:
    """Days before a window that the rule looks at."""
    return max(rules.whole("LARGE_TRANSACTIONS", "window_days") for _, rules in book.pieces(window))


def _of_piece(transactions: pl.DataFrame, window: Window, rules: Rules) -> pl.DataFrame:
    limit = rules.exact("LARGE_TRANSACTIONS", "limit_usd")
    days = rules.whole("LARGE_TRANSACTIONS", "window_days")
    large = transactions.filter(pl.col("amount_usd") > pl.lit(limit))
    made = (
        large.filter(
            (pl.col("transaction_date") >= window.start) & (pl.col("transaction_date") < window.end)
        )
        .select("customer_id", review_date="transaction_date")
        .unique()
    )
    # As the query has it: from thirty days ago on, so that the window has one day more.
    age = (pl.col("review_date") - pl.col("transaction_date")).dt.total_days()
    return (
        made.join(large, on="customer_id")
        .filter(age.is_between(0, days))
        .group_by("customer_id", "review_date")
        .agg(
            large_transaction_count=pl.len().cast(pl.Int32),
            total_amount_usd=pl.col("amount_usd").sum().cast(pl.Decimal(18, 2)),
            max_amount_usd=pl.col("amount_usd").max(),
            transaction_types=pl.col("transaction_type").unique().sort().str.join(", "),
        )
        .filter(
            (pl.col("large_transaction_count") >= rules.whole("LARGE_TRANSACTIONS", "least_count"))
            | (pl.col("total_amount_usd") > pl.lit(rules.exact("LARGE_TRANSACTIONS", "total_usd")))
        )
        .with_columns(
            avg_amount_usd=(
                pl.col("total_amount_usd").cast(pl.Float64) / pl.col("large_transaction_count")
            )
            .round(2)
            .cast(pl.Decimal(18, 2)),
            compliance_status=pl.lit(REVIEW),
        )
        .select(
            "customer_id",
            "review_date",
            "large_transaction_count",
            "total_amount_usd",
            "avg_amount_usd",
            "max_amount_usd",
            "transaction_types",
            "compliance_status",
        )
        .sort("review_date", "customer_id")
    )
