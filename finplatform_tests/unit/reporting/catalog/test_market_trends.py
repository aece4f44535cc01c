"""Sentences of the page of market trends are true of the rows they are computed from."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from finplatform_tests.unit.reporting.catalog.charts import rows, sentence

PAGE = "market_trends"
MONTHS = (date(2026, 5, 31), date(2026, 6, 30))
CLASSES = {"EQUITY": "equities", "FX": "currencies", "COMMODITY": "commodity"}
TYPES = ("CREDIT_CARD", "MORTGAGE", "SAVINGS")


@pytest.mark.parametrize("best", CLASSES)
def test_the_class_that_rose_most_is_named(best: str) -> None:
    frame = rows(
        "asset_class month_end price_index security_count",
        *(
            (name, month, 100.0 + n * (20 if name == best else -5), 1)
            for name in CLASSES
            for n, month in enumerate(MONTHS)
        ),
    )
    said = sentence(PAGE, "Price trends", frame)
    assert said.startswith(f"Of 100 in May 2026, {CLASSES[best]} stand at 120.0, the highest, and")
    assert said.endswith("at 95.0, the lowest.")


@pytest.mark.parametrize(
    ("returns", "said"),
    [
        (
            (0.5, -0.1),
            "A returned the most (50.0%) and B the least (-10.0%); 1 of 2 securities shown rose.",
        ),
        (
            (0.1, 0.2),
            "B returned the most (20.0%) and A the least (10.0%); 2 of 2 securities shown rose.",
        ),
        (
            (-0.3, -0.1),
            "B returned the most (-10.0%) and A the least (-30.0%); 0 of 2 securities shown rose.",
        ),
    ],
)
def test_the_best_and_the_worst_security_are_named(returns: tuple[float, float], said: str) -> None:
    frame = rows(
        "security_name asset_class return_rate",
        *((name, "EQUITY", rate) for name, rate in zip("AB", returns, strict=True)),
    )
    assert sentence(PAGE, "Returns", frame) == said


@pytest.mark.parametrize("wild", ["A", "B", "C"])
def test_the_security_that_moves_most_is_named(wild: str) -> None:
    frame = rows(
        "symbol security_name asset_class volatility_rate return_rate",
        *((name, name, "FUND", 0.6 if name == wild else 0.1, 0.05) for name in "ABC"),
    )
    said = sentence(PAGE, "Risk and return", frame)
    assert said.startswith(f"{wild} moves the most (60.0% a year) for a return of 5.0%")
    assert said.endswith("moves the least (10.0%) for 5.0%.")


@pytest.mark.parametrize("best", ["ENERGY", "HEALTH_CARE", "UTILITIES"])
def test_the_best_month_of_a_sector_is_named(best: str) -> None:
    frame = rows(
        "sector month return_rate",
        *(
            (sector, "2026-06", 0.08 if sector == best else -0.02)
            for sector in ("ENERGY", "HEALTH_CARE", "UTILITIES")
        ),
    )
    assert sentence(PAGE, "Sector returns", frame).startswith(
        f"The best month of a sector was 2026-06 for {best.replace('_', ' ').lower()}, with 8.0%"
    )


@pytest.mark.parametrize("wild", CLASSES)
def test_the_most_volatile_class_is_named(wild: str) -> None:
    frame = rows(
        "asset_class month_end volatility_rate",
        *((name, MONTHS[0], 0.9 if name == wild else 0.2) for name in CLASSES),
        *((name, MONTHS[1], 0.4 if name == wild else 0.1) for name in CLASSES),
    )
    assert sentence(PAGE, "Volatility", frame) == (
        f"The highest volatility shown was that of {CLASSES[wild]} in May 2026, 90.0% a year; in"
        f" June 2026 it was that of {CLASSES[wild]}, 40.0%."
    )


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ((4.5, 3.0), "policy rate from 4.5% to 3.0% and "),
        ((1.0, 2.5), "policy rate from 1.0% to 2.5% and "),
        ((None, 2.5), ""),
    ],
)
def test_rates_are_told_from_first_to_last(rates: tuple[Any, Any], said: str) -> None:
    frame = rows(
        "month_end policy_rate_pct inflation_pct unemployment_pct gdp_growth_pct",
        *((month, rate, 2.0, None, None) for month, rate in zip(MONTHS, rates, strict=True)),
    )
    assert sentence(PAGE, "Rates and the economy", frame) == (
        f"From May 2026 to June 2026: {said}inflation from 2.0% to 2.0%."
    )


def _offers(gaps: tuple[Any, ...]) -> Any:
    return rows(
        "product_type own_rate competitor_median_rate competitor_best_rate best_competitor"
        " rate_advantage own_rate_rank offers_compared",
        *(
            (name, 0.05, 0.05, 0.04, "Other Bank", gap, n + 1, 6)
            for n, (name, gap) in enumerate(zip(TYPES, gaps, strict=True))
        ),
    )


@pytest.mark.parametrize(
    ("gaps", "said"),
    [
        ((0.01, -0.02, 0.0), "1 of 3 types; the best place is 1 of 6 for credit card; furthest"
         " behind is mortgage (-2.00 points)."),
        ((0.01, 0.02, 0.03), "3 of 3 types; the best place is 1 of 6 for credit card; none is"
         " behind."),
        ((None, -0.01, -0.02), "0 of 2 types; the best place is 2 of 6 for mortgage; furthest"
         " behind is savings (-2.00 points)."),
    ],
)  # fmt: skip
def test_own_rates_are_placed_among_those_of_competitors(gaps: tuple[Any, ...], said: str) -> None:
    assert sentence(PAGE, "Competitive position", _offers(gaps)) == (
        f"The own rate is better for customers than the median for {said}"
    )


@pytest.mark.parametrize("best", TYPES)
def test_the_type_furthest_ahead_is_named(best: str) -> None:
    frame = rows(
        "product_type offer_date rate_advantage market_position",
        *(
            (
                name,
                MONTHS[1],
                0.01 if name == best else -0.01,
                "BETTER" if name == best else "WORSE",
            )
            for name in TYPES
        ),
    )
    said = sentence(PAGE, "Rate advantage", frame)
    assert f"On 30 June 2026 {best.replace('_', ' ').lower()} is furthest ahead" in said
    assert said.endswith("2 of 3 types stand worse than the market.")


@pytest.mark.parametrize(
    ("gaps", "said"),
    [
        ((Decimal(2), Decimal(-1)), "is furthest above for mortgage (+2.00 a month) and furthest"
                                    " below for savings (-1.00 a month)"),
        ((Decimal(0), Decimal(3)), "is furthest above for savings (+3.00 a month) and below for"
                                   " none"),
        ((Decimal(0), Decimal(-3)), "is above for no type and furthest below for savings (-3.00 a"
         " month)"),
    ],
)  # fmt: skip
def test_fees_are_compared_with_the_median(gaps: tuple[Any, Any], said: str) -> None:
    frame = rows(
        "product_type own_monthly_fee competitor_median_fee fee_gap own_fee_rank offers_compared",
        *(
            (name, Decimal(5), Decimal(3), gap, 1, 6)
            for name, gap in zip(("MORTGAGE", "SAVINGS"), gaps, strict=True)
        ),
    )
    assert sentence(PAGE, "Fees and competitors", frame) == (
        f"Against the median of competitors, the bank's fee {said}."
    )
