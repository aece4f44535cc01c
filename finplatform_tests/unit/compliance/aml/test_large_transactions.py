"""Large transactions: the document's query as a rule, at the edges of its conditions."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from finplatform.compliance.aml.large_transactions import LARGE, large_transaction_reviews
from finplatform.compliance.aml.rules import standard_rules
from finplatform.windows import Window

DAY = date(2025, 6, 30)


def reviewed(rows: list[tuple[str, int, str]]) -> pl.DataFrame:
    """Reviews of the day, from (customer, days before it, amount)."""
    frame = pl.DataFrame(
        [(f"T{n}", who, DAY - timedelta(days=ago), "TRANSFER_IN", Decimal(amount))
         for n, (who, ago, amount) in enumerate(rows)],
        schema=LARGE, orient="row",
    )  # fmt: skip
    return large_transaction_reviews(frame, Window.day(DAY), standard_rules())


def test_five_large_ones_make_a_review_whatever_they_come_to() -> None:
    (row,) = reviewed([("ANN", ago, "10000.01") for ago in range(5)]).iter_rows(named=True)
    assert row["large_transaction_count"] == 5
    assert row["total_amount_usd"] == Decimal("50000.05")
    assert row["avg_amount_usd"] == Decimal("10000.01")
    assert row["max_amount_usd"] == Decimal("10000.01")
    assert row["compliance_status"] == "REVIEW_REQUIRED"


def test_a_sum_over_a_hundred_thousand_makes_one_of_few() -> None:
    assert reviewed([("ANN", 0, "100000.01")]).height == 1
    assert reviewed([("ANN", 0, "60000"), ("ANN", 30, "40000.01")]).height == 1


@pytest.mark.parametrize(
    "rows",
    [
        [("ANN", ago, "10000.01") for ago in range(4)],
        [("ANN", ago, "10000") for ago in range(9)],
        [("ANN", 0, "100000")],
        [("ANN", 0, "60000"), ("ANN", 31, "60000")],
        [("ANN", 0, "60000"), ("BOB", 0, "60000")],
        [("ANN", 1, "200000")],
    ],
)
def test_fewer_smaller_or_older_ones_make_none_on_the_day(rows: list[tuple[str, int, str]]) -> None:
    assert reviewed(rows).is_empty()
