"""Sentences of the page of development operations are true of the rows they are computed from."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from finplatform_tests.unit.reporting.catalog.charts import rows, sentence

PAGE = "country_months"
MONTHS = (date(2026, 5, 31), date(2026, 6, 30))
PLACES = ("Bolivia", "Chile", "Peru")


@pytest.mark.parametrize("first", PLACES)
def test_the_country_with_the_largest_amount_is_named(first: str) -> None:
    frame = rows(
        "country_name operation_count amount_usd amount_share",
        *(
            (
                name,
                Decimal(7),
                Decimal(800 if name == first else 100),
                0.8 if name == first else 0.1,
            )
            for name in PLACES
        ),
    )
    said = sentence(PAGE, "Transaction volumes", frame)
    assert said.startswith(f"{first} leads with USD 800 (80.0% of all) from 7 operations")
    assert said.endswith("(USD 100).")


@pytest.mark.parametrize(
    ("done", "all_of", "worst"),
    [
        ((9, 5), "70.00% of 20 ended operations", "50.00% in June"),
        ((5, 9), "70.00% of 20 ended operations", "50.00% in May"),
    ],
)
def test_the_success_rate_is_of_the_ended_operations(
    done: tuple[int, int], all_of: str, worst: str
) -> None:
    frame = rows(
        "month_end_date successful_count failed_count success_rate",
        *(
            (month, Decimal(count), Decimal(10 - count), count / 10)
            for month, count in zip(MONTHS, done, strict=True)
        ),
    )
    said = sentence(PAGE, "Transaction success rate", frame)
    assert said.startswith(f"{all_of} were carried out; the lowest share was {worst} 2026")


def test_a_year_without_failures_is_said() -> None:
    frame = rows(
        "month_end_date successful_count failed_count success_rate",
        *((month, Decimal(10), Decimal(0), 1.0) for month in MONTHS),
    )
    said = sentence(PAGE, "Transaction success rate", frame)
    assert said == "None of 20 ended operations has failed."


def test_months_in_which_nothing_ended_have_no_success_rate() -> None:
    frame = rows(
        "month_end_date successful_count failed_count success_rate",
        (MONTHS[0], Decimal(0), Decimal(0), None),
        (MONTHS[1], Decimal(1), Decimal(1), 0.5),
    )
    assert sentence(PAGE, "Transaction success rate", frame) == (
        "50.00% of 2 ended operations were carried out."
    )


@pytest.mark.parametrize("worst", PLACES)
def test_the_country_with_the_most_failures_is_named(worst: str) -> None:
    frame = rows(
        "country_name failed_count ended_count failed_rate country_count",
        *(
            (name, 5 if name == worst else 1, 10, 0.5 if name == worst else 0.1, 3)
            for name in PLACES
        ),
    )
    said = sentence(PAGE, "Failures by country", frame)
    assert said.startswith(f"Operations fail most often in {worst}, 50.00% of 10, and least in")
    more = sentence(PAGE, "Failures by country", frame.assign(country_count=20))
    assert "and least, of those shown, in" in more


@pytest.mark.parametrize("first", ["energy", "health", "water"])
def test_the_largest_sector_is_named(first: str) -> None:
    frame = rows(
        "sector country_name amount_usd",
        *(
            (sector, name, Decimal(20 if sector == first else 5))
            for sector in ("energy", "health", "water")
            for name in ("Chile", "Peru")
        ),
    )
    said = sentence(PAGE, "Sector analysis", frame)
    assert said.startswith(f"{first.capitalize()} is the largest sector with 66.7% of USD 60")
    assert f"the largest cell is {first} in Chile (level with {first} in Peru) (USD 20)" in said


def test_sectors_without_any_amount_are_said_to_have_none() -> None:
    frame = rows("sector country_name amount_usd", ("energy", "Peru", Decimal(0)))
    assert sentence(PAGE, "Sector analysis", frame).startswith("No operation of the year")


@pytest.mark.parametrize(("place", "said"), [(1, "loans"), (3, "repayments"), (5, "guarantees")])
def test_the_largest_type_is_named(place: int, said: str) -> None:
    amounts = [Decimal(60 if n == place else 10) for n in range(1, 6)]
    frame = rows(
        "month loan_amount_usd disbursement_amount_usd repayment_amount_usd grant_amount_usd"
        " guarantee_amount_usd",
        ("2026-06", *amounts),
    )
    assert sentence(PAGE, "Operation types", frame) == (
        f"Over 1 month, {said} were the most by amount: USD 60 (60.0% of all)."
    )


@pytest.mark.parametrize(
    ("flows", "above", "total"), [((5, -2), 1, "3"), ((-5, -2), 0, "-7"), ((5, 2), 2, "7")]
)
def test_months_with_an_outward_flow_are_counted(
    flows: tuple[int, int], above: int, total: str
) -> None:
    frame = rows(
        "month_end_date paid_out_usd repayment_amount_usd net_flow_usd",
        *(
            (month, Decimal(9), Decimal(9 - flow), Decimal(flow))
            for month, flow in zip(MONTHS, flows, strict=True)
        ),
    )
    assert sentence(PAGE, "Net flow", frame) == (
        f"In June 2026 the net flow to the countries was USD {flows[1]}; it was above zero in"
        f" {above} of 2 months and adds up to USD {total}."
    )


@pytest.mark.parametrize("first", PLACES)
def test_the_country_that_repays_most_is_named(first: str) -> None:
    frame = rows(
        "country_name disbursement_amount_usd repayment_amount_usd repaid_share repaid_in_all",
        *(
            (name, Decimal(10), Decimal(8 if name == first else 1), 0.8 if name == first else 0.1,
             Decimal(90))
            for name in PLACES
        ),
    )  # fmt: skip
    said = sentence(PAGE, "Loan performance", frame)
    assert said.startswith(
        f"USD 90 came back; of what was disbursed to those shown, the most returned from {first}"
    )


def test_repayments_without_disbursements_have_no_share() -> None:
    frame = rows(
        "country_name disbursement_amount_usd repayment_amount_usd repaid_share repaid_in_all",
        ("Peru", Decimal(0), Decimal(3), None, Decimal(3)),
    )
    assert sentence(PAGE, "Loan performance", frame) == (
        "Nothing was disbursed in the year; USD 3 came back."
    )


@pytest.mark.parametrize("most", PLACES)
@pytest.mark.parametrize(
    ("chart", "column"),
    [
        ("Amounts per capita and growth", "growth"),
        ("Amounts per capita and inflation", "inflation"),
    ],
)
def test_amounts_a_head_stand_beside_the_indicator(most: str, chart: str, column: str) -> None:
    frame = rows(
        "country_name income_group amount_usd_per_capita gdp_growth_pct inflation_pct",
        *(
            (name, "UPPER_MIDDLE", 9.5 if name == most else 1.0, float(n), float(n))
            for n, name in enumerate(PLACES)
        ),
    )
    assert sentence(PAGE, chart, frame) == (
        f"{most} received the most a head (USD 9.50) at {column} of {PLACES.index(most)}.0%;"
        f" {column} is highest in Peru (2.0%)."
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((3.0, 50.0, 4.0), "inflation in Peru, 50.0%; unemployment in Peru, 4.0%; growth in P"),
        ((3.0, None, 4.0), "inflation in Chile (the only one with a figure), 9.0%; unemployment in"
         " Peru, 4.0%; growth in P"),
        ((3.0, 9.0, 4.0), "inflation in Chile (level with Peru), 9.0%; unemployment in Peru"),
    ],
)  # fmt: skip
def test_the_highest_indicators_are_named(values: tuple[Any, ...], said: str) -> None:
    frame = rows(
        "country_name known_gdp_growth_pct known_inflation_pct known_unemployment_pct",
        ("Chile", 2.0, 9.0, 1.0),
        ("Peru", *values),
    )
    assert f"Of 2 countries shown, the highest figures are {said}" in sentence(
        PAGE, "Economic indicators", frame
    )


@pytest.mark.parametrize(
    ("published", "said"),
    [
        ((10, 5), "75.0% of 20 figures are published; inflation is missing most often (50.0%"),
        ((2, 10), "60.0% of 20 figures are published; GDP is missing most often (80.0%"),
        ((10, 10), "All 20 figures of the year's country-months are published."),
    ],
)
def test_the_least_complete_indicator_is_named(published: tuple[int, int], said: str) -> None:
    frame = rows(
        "indicator month_count published_count published_share",
        *(
            (name, 10, count, count / 10)
            for name, count in zip(("GDP", "inflation"), published, strict=True)
        ),
    )
    assert sentence(PAGE, "Data completeness", frame).startswith(said)
