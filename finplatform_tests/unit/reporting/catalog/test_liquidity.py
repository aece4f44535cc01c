"""Sentences of the liquidity page are true of the rows they are computed from."""

from decimal import Decimal

import pytest

from finplatform_tests.unit.reporting.catalog.charts import rows, sentence
from finplatform_tests.unit.reporting.catalog.risk_rows import JUNE, MAY, ROWS

PAGE = "liquidity"
NAMES = ("Liquidity coverage", "Net stable funding", "Leverage")
MINIMUMS = (Decimal(1), Decimal(1), Decimal("0.03"))


@pytest.mark.parametrize(
    ("ratios", "said"),
    [
        (("1.1", "1.2", "0.12"),
         "Liquidity coverage is nearest to its minimum, 110.0% against 100.0%; all minimums are"
         " kept."),
        (("1.9", "0.9", "0.12"),
         "Net stable funding is furthest below its minimum, 90.0% against 100.0%; net stable"
         " funding falls short."),
        (("0.9", "1.2", "0.02"),
         "Leverage is furthest below its minimum, 2.0% against 3.0%; liquidity coverage and"
         " leverage fall short."),
    ],
)  # fmt: skip
def test_the_ratio_nearest_to_its_minimum_is_named(ratios: tuple[str, str, str], said: str) -> None:
    frame = rows(
        "name ratio minimum_ratio surplus",
        *(
            (name, Decimal(ratio), least, Decimal(0))
            for name, ratio, least in zip(NAMES, ratios, MINIMUMS, strict=True)
        ),
    )
    assert sentence(PAGE, "Ratios and minimums", frame) == said


@pytest.mark.parametrize(
    ("ratios", "lowest", "end"),
    [
        (("0.9", "1.2"), "31 May 2026, 90.0%", "it was short on 1 of 2 month-ends."),
        (("1.3", "1.2"), "30 June 2026, 120.0%", "the minimum was always kept."),
        (("0.8", "0.7"), "30 June 2026, 70.0%", "it was short on 2 of 2 month-ends."),
    ],
)
def test_the_lowest_ratio_and_its_shortfalls_are_told(
    ratios: tuple[str, str], lowest: str, end: str
) -> None:
    frame = rows(
        "reporting_date coverage_ratio minimum_ratio liquid_assets net_outflow",
        *(
            (day, Decimal(ratio), Decimal(1), Decimal(1), Decimal(1))
            for day, ratio in zip((MAY, JUNE), ratios, strict=True)
        ),
    )
    said = sentence(PAGE, "Liquidity coverage ratio", frame)
    assert f"lowest on {lowest}" in said
    assert said.endswith(end)


def test_inflows_come_off_the_largest_outflow() -> None:
    said = sentence(PAGE, "Outflows and inflows", ROWS[PAGE, "Outflows and inflows"])
    assert said == (
        "The net outflow of 30 days is EUR 70; stable deposit is its largest part (EUR 60), and"
        " inflows of EUR 30 come off."
    )


def test_inflows_above_the_cap_do_not_come_off() -> None:
    frame = rows(
        "step amount measure",
        ("stable_deposit", Decimal(100), "relative"),
        ("retail_repayment", Decimal(-90), "relative"),
        ("inflows above the cap", Decimal(15), "relative"),
        ("net outflow", Decimal(25), "total"),
    )
    assert sentence(PAGE, "Outflows and inflows", frame).endswith("inflows of EUR 75 come off.")


def test_the_largest_line_is_the_one_that_counts_most() -> None:
    said = sentence(PAGE, "Funding needed", ROWS[PAGE, "Funding needed"])
    assert (
        said
        == "Of EUR 100 of required stable funding, the largest part, 60.0%, is low weight mortgage."
    )
    said = sentence(PAGE, "Stable funding", ROWS[PAGE, "Stable funding"])
    assert (
        said
        == "Of EUR 100 of available stable funding, the largest part, 90.0%, is stable deposit."
    )
    said = sentence(PAGE, "Liquid assets", ROWS[PAGE, "Liquid assets"])
    assert said == "Of EUR 100 in cash and securities, the largest part, 75.0%, is Cash."


def test_tier_1_is_set_against_the_exposure_measure() -> None:
    frame = ROWS[PAGE, "Exposure measure"]
    assert sentence(PAGE, "Exposure measure", frame) == (
        "The exposure measure is EUR 1.00k; Tier 1 of EUR 100 is 10.00% of it."
    )
    unknown = frame.assign(tier1_capital=None, leverage_ratio=None)
    assert sentence(PAGE, "Exposure measure", unknown).endswith("Tier 1 is not known.")
