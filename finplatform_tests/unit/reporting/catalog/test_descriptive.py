"""Sentences of the page of descriptive analytics are true of the rows they are computed from."""

from datetime import date
from decimal import Decimal

import pytest

from finplatform_tests.unit.reporting.catalog.charts import rows, sentence

PAGE = "descriptive_analytics"


@pytest.mark.parametrize(
    ("volume", "before", "said"),
    [
        (
            Decimal("1200000"),
            Decimal("1000000"),
            "10 customers moved EUR 1.20m, up 20.0% on the month before.",
        ),
        (
            Decimal("500"),
            Decimal("1000"),
            "10 customers moved EUR 500, down 50.0% on the month before.",
        ),
        (
            Decimal("500"),
            Decimal("500"),
            "10 customers moved EUR 500, unchanged on the month before.",
        ),
    ],
)
def test_the_key_figures_are_compared_with_the_month_before(
    volume: Decimal, before: Decimal, said: str
) -> None:
    frame = rows(
        "name value month_before",
        ("Active customers", Decimal(10), Decimal(9)),
        ("Volume", volume, before),
        ("Refused", Decimal("0.02"), None),
    )
    assert sentence(PAGE, "KPI dashboard", frame) == said


def test_a_first_month_is_compared_with_nothing() -> None:
    frame = rows(
        "name value month_before",
        ("Active customers", Decimal(1), None),
        ("Volume", Decimal(0), None),
    )
    assert sentence(PAGE, "KPI dashboard", frame) == "1 customer moved EUR 0."


@pytest.mark.parametrize(
    ("volumes", "peak"), [((5, 1, 2), "January"), ((1, 5, 2), "February"), ((1, 2, 5), "March")]
)
def test_the_month_that_moved_the_most_is_named(volumes: tuple[int, int, int], peak: str) -> None:
    days = (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31))
    frame = rows(
        "month_end volume_amount day_adjusted_amount completed_count",
        *((day, Decimal(volume), None, 1) for day, volume in zip(days, volumes, strict=True)),
    )
    said = sentence(PAGE, "Monthly trends", frame)
    assert f"{peak} 2026 moved the most (EUR 5)" in said
    assert (f"the last, March 2026, moved EUR {volumes[2]}" in said) == (peak != "March")


def test_channels_that_are_level_are_all_named() -> None:
    frame = rows(
        "member volume_amount volume_share",
        ("ATM", Decimal(40), 0.4),
        ("MOBILE_APP", Decimal("40.00"), 0.4),
        ("BRANCH", Decimal(20), 0.2),
    )
    assert sentence(PAGE, "Channel pie", frame) == (
        "ATM (level with mobile app) is the largest channel with 40.0% of the volume (EUR 40)."
    )
    assert sentence(PAGE, "Channel pie", frame.iloc[:1]).startswith("ATM (the only one) is")


@pytest.mark.parametrize("first", ["ATM", "MOBILE_APP", "BRANCH"])
def test_the_largest_channel_is_named(first: str) -> None:
    frame = rows(
        "member volume_amount volume_share",
        *(
            (name, Decimal(60 if name == first else 20), 0.6 if name == first else 0.2)
            for name in ("ATM", "MOBILE_APP", "BRANCH")
        ),
    )
    said = sentence(PAGE, "Channel pie", frame)
    assert said.lower().startswith(first.replace("_", " ").lower())
    assert "60.0% of the volume (EUR 60)" in said


def test_the_channel_with_the_highest_share_refused_is_another_than_the_busiest() -> None:
    frame = rows(
        "member completed_count refused_count failure_rate",
        ("POS", 100, 1, 0.0099),
        ("ATM", 10, 2, 0.1667),
    )
    assert sentence(PAGE, "Channel bar", frame) == (
        "POS completed the most transactions (100); ATM had the highest share refused, 16.67%."
    )


def test_the_largest_and_the_busiest_segment_are_named() -> None:
    frame = rows(
        "member active_customers transactions_per_customer volume_amount",
        ("STANDARD", 90, 3.0, Decimal(10)),
        ("PREMIUM", 10, 12.25, Decimal(90)),
    )
    said = sentence(PAGE, "Customer segmentation", frame)
    assert said.startswith("Standard is the largest segment (90 active customers)")
    assert "premium is the busiest, with 12.2 transactions" in said


def test_the_share_of_the_largest_product_is_that_of_all_balances() -> None:
    frame = rows(
        "product_category product_name balance",
        ("loans", "Mortgage", Decimal("750.00")),
        ("deposits", "Savings", Decimal("250.00")),
    )
    assert "EUR 750, 75.0% of all balances" in sentence(PAGE, "Product treemap", frame)


def test_one_payment_is_no_payments() -> None:
    frame = rows(
        "merchant_name volume_amount payment_count volume_share",
        ("Corner shop", Decimal(9), 1, 0.9),
        ("Kiosk", Decimal(1), 7, 0.1),
    )
    assert sentence(PAGE, "Merchant rankings", frame).endswith("EUR 9 in 1 payment.")


def test_the_largest_age_group_and_status_are_named() -> None:
    ages = rows(
        "age_group customers deposit_balance unit_share",
        ("18_24", 5, Decimal(1), 0.25),
        ("65_plus", 15, Decimal(9), 0.75),
    )
    assert sentence(PAGE, "Customer demographics", ages) == (
        "The largest age group is 65 and more with 15 customers, 75.0% of all."
    )
    status = rows(
        "status accounts deposit_balance unit_share",
        ("ACTIVE", 8, Decimal(5), 0.8),
        ("CLOSED", 2, Decimal(0), 0.2),
    )
    assert sentence(PAGE, "Account status", status) == "80.0% of 10 accounts are active."
