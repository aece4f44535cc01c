"""Sentences of the page of customers are true of the rows they are computed from."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from finplatform_tests.unit.reporting.catalog.charts import rows, sentence

PAGE = "customers"
MONTHS = (date(2026, 5, 31), date(2026, 6, 30))


@pytest.mark.parametrize(
    ("counts", "fullest"),
    [((9, 1), "EUR 0"), ((1, 9), "EUR 300"), ((5, 5), "EUR 0 (level with EUR 300)")],
)
def test_the_fullest_bin_of_values_is_named(counts: tuple[int, int], fullest: str) -> None:
    frame = rows(
        "lower bin_width customers median_value mean_value valued_count",
        *(
            (float(lower), 300.0, count, 250.0, 410.0, 10)
            for lower, count in zip((0, 300), counts, strict=True)
        ),
    )
    assert sentence(PAGE, "Lifetime value", frame) == (
        "The customer in the middle of 10 is worth EUR 250, the mean is EUR 410; the fullest bin"
        f" begins at {fullest}, with {max(counts)} customers."
    )


@pytest.mark.parametrize("top", [0.9, 0.5, 0.3])
def test_the_share_of_the_top_decile_is_told(top: float) -> None:
    frame = rows(
        "decile customers total_value value_share",
        *(
            (
                n,
                3,
                Decimal(9000 * top if n == 1 else 1000 * (1 - top)),
                top if n == 1 else (1 - top) / 9,
            )
            for n in range(1, 11)
        ),
    )
    assert sentence(PAGE, "Top decile share", frame) == (
        f"The most valuable tenth of the customers, 3, stands for {top * 100:.1f}% of the lifetime"
        f" value (EUR {9 * top:.2f}k), the less valuable half for {(1 - top) / 9 * 500:.1f}%."
    )


@pytest.mark.parametrize("value", [Decimal(0), Decimal(-50)])
def test_values_that_add_up_to_nothing_have_no_shares(value: Decimal) -> None:
    frame = rows("decile customers total_value value_share", (1, 1, value, 0.0))
    assert sentence(PAGE, "Top decile share", frame) == (
        f"The lifetime value of 1 customer is EUR {value}, of which there are no shares."
    )


def test_fewer_than_ten_customers_have_no_tenth() -> None:
    frame = rows(
        "decile customers total_value value_share",
        (1, 1, Decimal(75), 0.75),
        (2, 1, Decimal(25), 0.25),
    )
    assert sentence(PAGE, "Top decile share", frame) == (
        "The most valuable of 2 customers stands for 75.0% of the lifetime value (EUR 75)."
    )


@pytest.mark.parametrize("best", ["GOLD", "PLATINUM", "STANDARD"])
def test_the_most_valuable_tier_is_named(best: str) -> None:
    frame = rows(
        "customer_tier customers mean_value total_value value_share",
        *(
            (tier, 2, 90.0 if tier == best else 10.0, Decimal(60 if tier == "GOLD" else 20), 0.2)
            for tier in ("GOLD", "PLATINUM", "STANDARD")
        ),
    )
    said = sentence(PAGE, "Value by tier", frame)
    assert said.startswith(f"A {best.lower()} customer is worth the most, EUR 90 on average")
    assert "gold stands for the largest part of the value, 60.0%." in said


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((6, 4), "High value is the largest segment with 60.0% of 10 customers; 6 customers have"),
        ((4, 6), "Low value is the largest segment with 60.0% of 10 customers; 4 customers have"),
        (
            (0, 6),
            "Low value (the only one) is the largest segment with 100.0% of 6 customers; none has",
        ),
    ],
)
def test_high_values_are_counted(counts: tuple[int, int], said: str) -> None:
    segments = zip(("High Value", "Low Value"), counts, strict=True)
    frame = rows(
        "customer_segment customers customer_share",
        *((name, count, count / 10) for name, count in segments if count),
    )
    assert sentence(PAGE, "Value segments", frame).startswith(said)


@pytest.mark.parametrize(
    ("counts", "sure", "lost"),
    [((1, 1, 8), "80.0%", "10.0%"), ((8, 1, 1), "10.0%", "80.0%"), ((0, 10, 0), "None", "none")],
)
def test_sure_and_lost_customers_are_counted(
    counts: tuple[int, int, int], sure: str, lost: str
) -> None:
    frame = rows(
        "lower customers",
        *zip((Decimal("0.4"), Decimal("0.5"), Decimal("0.9")), counts, strict=True),
    )
    assert sentence(PAGE, "Chance of paying again", frame) == (
        f"{sure} of 10 customers will pay by card again with a chance of 90% or more; for"
        f" {lost} the chance is below 50%."
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((90.0, 10.0), "; champion is worth the most, EUR 90 a customer."),
        (
            (None, 10.0),
            "; at risk (the only one with a figure) is worth the most, EUR 10 a customer.",
        ),
        ((None, None), "; no lifetime value has been estimated."),
    ],
)
def test_the_most_valuable_segment_is_named(values: tuple[Any, Any], said: str) -> None:
    frame = rows(
        "rfm_segment customers customer_share mean_value total_value mean_active",
        ("CHAMPION", 2, 0.2, values[0], None, None),
        ("AT_RISK", 8, 0.8, values[1], None, None),
    )
    assert sentence(PAGE, "RFM segments", frame) == (
        f"At risk is the largest segment with 8 customers (80.0%){said}"
    )


@pytest.mark.parametrize(
    ("most", "said"),
    [("UNDER_1Y", "under 1 year"), ("5Y_10Y", "5 to 10 years"), ("UNKNOWN", "unknown")],
)
def test_the_usual_tenure_is_named(most: str, said: str) -> None:
    frame = rows(
        "member customers opened_count deposit_balance unit_share",
        *(
            (name, 8 if name == most else 1, 0, Decimal(70 if name == "5Y_10Y" else 5),
             0.8 if name == most else 0.1)
            for name in ("UNDER_1Y", "5Y_10Y", "UNKNOWN")
        ),
    )  # fmt: skip
    assert sentence(PAGE, "Customer tenure", frame) == (
        f"The largest group of customers has been there {said} (80.0% of 10); the most deposits,"
        f" EUR 70, are held by those of 5 to 10 years."
    )


@pytest.mark.parametrize("grown", ["GOLD", "PLATINUM", "STANDARD"])
def test_the_tier_that_grew_most_is_named(grown: str) -> None:
    frame = rows(
        "month_end customer_tier customers",
        *(
            (month, tier, 10 + n * (4 if tier == grown else -1))
            for tier in ("GOLD", "PLATINUM", "STANDARD")
            for n, month in enumerate(MONTHS)
        ),
    )
    assert sentence(PAGE, "Service tiers", frame) == (
        f"In June 2026 {grown.lower()} is the largest tier (14 customers); {grown.lower()} gained"
        " the most over the months shown (+4)."
    )
