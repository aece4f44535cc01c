"""Sentences of the page of products are true of the rows they are computed from."""

from datetime import date
from decimal import Decimal

import pytest

from finplatform_tests.unit.reporting.catalog.charts import rows, sentence

PAGE = "products"
MONTHS = (date(2026, 5, 31), date(2026, 6, 30))
TYPES = ("CREDIT_CARD", "MORTGAGE", "SAVINGS")


@pytest.mark.parametrize("best", TYPES)
def test_the_type_that_leaves_the_most_is_named(best: str) -> None:
    frame = rows(
        "product_type revenue_amount expected_loss margin_amount",
        *((name, Decimal(90), Decimal(10), Decimal(80 if name == best else -10)) for name in TYPES),
    )
    said = sentence(PAGE, "Product profitability", frame).lower()
    assert said.startswith(f"{best.replace('_', ' ').lower()} leaves the most (eur 80) and")
    assert said.endswith("the least (eur -10); together the types leave eur 60.")


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((80, 20, -10, -30), "EUR 100 earned in interest and fees, EUR 10 is paid in interest,"
         " expected losses take EUR 30, and EUR 60 is left (60.0% of it)."),
        ((0, 50, -10, -90), "EUR 50 earned in interest and fees, EUR 10 is paid in interest,"
                            " expected losses take EUR 90, and EUR 50 is missing."),
        ((0, 0, 0, 0), "EUR 0 earned in interest and fees, EUR 0 is paid in interest, expected"
                       " losses take EUR 0, and EUR 0 is left."),
    ],
)  # fmt: skip
def test_steps_lead_from_income_to_margin(steps: tuple[int, ...], said: str) -> None:
    names = ("interest earned", "fees", "interest paid", "expected loss")
    frame = rows(
        "step amount measure",
        *((name, Decimal(step), "relative") for name, step in zip(names, steps, strict=True)),
        ("margin", Decimal(sum(steps)), "total"),
    )
    assert sentence(PAGE, "From income to margin", frame) == f"Of {said}"


@pytest.mark.parametrize("best", ["Gold", "Home", "Plus"])
def test_the_product_with_the_highest_margin_is_named(best: str) -> None:
    frame = rows(
        "product_name margin_amount mean_balance margin_rate",
        *(
            (name, Decimal(5), Decimal(50), 0.1 if name == best else -0.02)
            for name in ("Gold", "Home", "Plus")
        ),
    )
    said = sentence(PAGE, "Margin by product", frame)
    assert said.startswith(f"{best} leaves 10.0% a year of what is held and owed")
    assert said.endswith("with -2.0%.")


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        ((10, 20), "earned the most (EUR 20); all types together earned EUR 21, up 90.9%"),
        ((20, 10), "earned the most (EUR 10); all types together earned EUR 11, down 47.6%"),
        ((10, 10), "earned the most (EUR 10); all types together earned EUR 11, unchanged"),
    ],
)
def test_revenue_is_compared_with_the_month_before(amounts: tuple[int, int], said: str) -> None:
    frame = rows(
        "product_type month_end revenue_amount",
        *(
            (name, month, Decimal(amount if name == "MORTGAGE" else 1))
            for name in ("MORTGAGE", "SAVINGS")
            for month, amount in zip(MONTHS, amounts, strict=True)
        ),
    )
    told = sentence(PAGE, "Revenue over time", frame)
    assert told == f"In June 2026 mortgage {said} on the month before."


def test_a_first_month_of_revenue_is_compared_with_nothing() -> None:
    frame = rows("product_type month_end revenue_amount", ("SAVINGS", MONTHS[0], Decimal(-1)))
    assert sentence(PAGE, "Revenue over time", frame) == (
        "In May 2026 no type of product earned anything; all types together earned EUR -1."
    )


def test_revenue_is_compared_with_no_other_month_than_that_before() -> None:
    frame = rows(
        "product_type month_end revenue_amount",
        ("SAVINGS", date(2026, 4, 30), Decimal(1)),
        ("SAVINGS", MONTHS[1], Decimal(2)),
    )
    assert sentence(PAGE, "Revenue over time", frame).endswith("earned EUR 2.")


def test_a_rise_from_a_loss_has_no_percentage() -> None:
    frame = rows(
        "product_type month_end revenue_amount",
        ("SAVINGS", MONTHS[0], Decimal(-100)),
        ("SAVINGS", MONTHS[1], Decimal(-50)),
    )
    assert "earned EUR -50, up from EUR -100 on" in sentence(PAGE, "Revenue over time", frame)


@pytest.mark.parametrize("grown", TYPES)
def test_the_type_with_most_new_contracts_is_named(grown: str) -> None:
    frame = rows(
        "product_type month_end contract_count",
        *(
            (name, month, 10 + n * (5 if name == grown else -2))
            for name in TYPES
            for n, month in enumerate(MONTHS)
        ),
    )
    said = sentence(PAGE, "Contracts over time", frame)
    assert said.startswith("31 contracts are open")
    assert f"{grown.replace('_', ' ').lower()} grew the most (+5) and" in said
    assert said.endswith("shrank the most (-2).")


@pytest.mark.parametrize("sold", TYPES)
def test_what_sold_best_is_named(sold: str) -> None:
    frame = rows(
        "product_type opened_count closed_count contract_count",
        *((name, 9 if name == sold else 1, 3, 10) for name in TYPES),
    )
    said = sentence(PAGE, "Opened and closed", frame)
    assert said.lower().startswith(
        f"{sold.replace('_', ' ').lower()} sold best with 9 new contracts"
    )
    assert said.endswith("; 2 more were opened than closed.")


@pytest.mark.parametrize("worst", TYPES)
def test_the_type_with_the_most_past_due_is_named(worst: str) -> None:
    frame = rows(
        "product_type owed_amount past_due_amount defaulted_amount past_due_share defaulted_share",
        *(
            (name, Decimal(100), Decimal(30 if name == worst else 0), Decimal(5),
             0.3 if name == worst else 0.0, 0.05)
            for name in TYPES
        ),
    )  # fmt: skip
    name = worst.replace("_", " ").lower()
    assert sentence(PAGE, "Past due and in default", frame).startswith(
        f"10.0% of EUR 300 owed is past due, the largest share on {name} (30.0%)"
    )
