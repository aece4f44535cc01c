"""Sentences of the credit portfolio page are true of the rows they are computed from."""

from decimal import Decimal

import pytest

from finplatform_tests.unit.reporting.catalog.charts import rows, sentence
from finplatform_tests.unit.reporting.catalog.risk_rows import JUNE, MAY, ROWS

PAGE = "credit_portfolio"


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        ((800, 150, 50), "residential mortgage has 80.0%"),
        ((300, 400, 300), "other retail has 70.0%"),
        ((0, 0, 9), "other retail has 100.0%"),
    ],
)
def test_products_of_a_class_are_added_up(amounts: tuple[int, int, int], said: str) -> None:
    names = (("residential_mortgage", "MORTGAGE"), ("other_retail", "AUTO_LOAN"),
             ("other_retail", "PERSONAL_LOAN"))  # fmt: skip
    frame = rows(
        "exposure_class product_type exposures drawn_amount",
        *((*name, 1, Decimal(amount)) for name, amount in zip(names, amounts, strict=True)),
    )
    found = sentence(PAGE, "Exposures by class", frame)
    assert found.startswith(f"EUR {sum(amounts):,}".replace(",000", ".00k"))
    assert found.endswith(f" is drawn on 3 exposures; {said} of it.")


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        ((300, 600, 100), "EUR 600 or 60.0%, has grade 2; 10.0% is"),
        ((900, 100, 0), "EUR 900 or 90.0%, has grade 1; nothing is"),
        ((100, 100, 800), "EUR 800 or 80.0%, has grade D; 80.0% is"),
    ],
)
def test_the_fullest_grade_is_named(amounts: tuple[int, int, int], said: str) -> None:
    frame = rows(
        "grade exposures drawn_amount",
        *((grade, 1, Decimal(amount)) for grade, amount in zip("12D", amounts, strict=True)),
    )
    assert sentence(PAGE, "Exposures by grade", frame) == (
        f"The largest part of what is drawn, {said} in default."
    )


def test_exposures_without_a_grade_are_called_that() -> None:
    frame = rows("grade exposures drawn_amount", ("none", 1, Decimal(5)), ("1", 1, Decimal(2)))
    assert "EUR 5 or 71.4%, has no grade; nothing" in sentence(PAGE, "Exposures by grade", frame)


def test_the_mean_pd_is_weighed_by_exposures() -> None:
    said = sentence(PAGE, "PD distribution", ROWS[PAGE, "PD distribution"])
    assert said == (
        "The mean PD of 10 exposures that perform is 6.00%; 40.0% of them have a PD of 10% or more."
    )


@pytest.mark.parametrize(
    ("overdue", "said"),
    [
        (
            (70, 30),
            "EUR 100 is overdue, 10.0% of what is drawn; the largest part, EUR 70, is 1 to 30 days"
            " late.",
        ),
        (
            (0, 30),
            "EUR 30 is overdue, 3.0% of what is drawn; the largest part, EUR 30, is over 90 days"
            " late.",
        ),
        ((0, 0), "Nothing that is drawn is overdue."),
    ],
)
def test_what_is_overdue_is_added_up(overdue: tuple[int, int], said: str) -> None:
    frame = rows(
        "bucket exposures drawn_amount drawn_share",
        ("not overdue", 8, Decimal(900), Decimal("0.9")),
        *(
            (name, 1, Decimal(amount), Decimal(amount) / 1000)
            for name, amount in zip(("1 to 30 days", "over 90 days"), overdue, strict=True)
        ),
    )
    assert sentence(PAGE, "Arrears", frame) == said


def test_the_worst_class_and_the_peak_are_named() -> None:
    said = sentence(PAGE, "Non-performing share", ROWS[PAGE, "Non-performing share"])
    assert said == (
        "5.0% of the exposure is in default on 30 June 2026; the most was 9.0% on 31 May 2026; on"
        " 30 June 2026 QRRE has the largest share, 8.0%."
    )


@pytest.mark.parametrize(
    ("moves", "worse", "better"),
    [((("1", "1"), ("1", "D")), "50.0%", "none"), ((("8", "1"), ("D", "8")), "none", "100.0%"),
     ((("2", "2"), ("3", "3")), "none", "none")],
)  # fmt: skip
def test_moves_between_grades_are_counted_by_direction(
    moves: tuple[tuple[str, str], ...], worse: str, better: str
) -> None:
    frame = rows(
        "from_date to_date from_grade to_grade exposures grade_share",
        *((MAY, JUNE, before, after, 5, Decimal(1)) for before, after in moves),
    )
    said = sentence(PAGE, "Migration of grades", frame)
    assert f"{worse} of 10 exposures moved to a worse grade and {better} to a better one" in said


def test_broken_limits_are_counted() -> None:
    said = sentence(PAGE, "Large exposures", ROWS[PAGE, "Large exposures"])
    assert said == (
        "The largest group owes EUR 300, 30.0% of Tier 1 against a limit of 25.0%; 1 group is above"
        " it."
    )
    kept = ROWS[PAGE, "Large exposures"].iloc[[1]].assign(breaches=0)
    assert sentence(PAGE, "Large exposures", kept).endswith("no group is above it.")


@pytest.mark.parametrize(
    ("dimension", "said"),
    [("debtor", "the largest twenty have 68.0%"), ("country", "the largest has 68.0%")],
)
def test_of_debtors_the_largest_twenty_are_meant(dimension: str, said: str) -> None:
    frame = rows(
        "dimension members herfindahl_index effective_number top_share",
        (dimension, 30, 0.5, 2.0, 0.68),
        ("product_type", 3, 0.4, 2.5, 0.5),
    )
    found = sentence(PAGE, "Concentration", frame)
    assert found.startswith(f"The book is most concentrated by {dimension}")
    assert said in found


def test_the_place_profile_and_product_with_the_most_are_named() -> None:
    said = sentence(PAGE, "Exposures by place", ROWS[PAGE, "Exposures by place"])
    assert said == "TX, US is the largest place with EUR 800, 80.0% of what is drawn."
    said = sentence(PAGE, "Risk profiles", ROWS[PAGE, "Risk profiles"])
    assert said.startswith("Lending to borrowers of high risk has the highest average PD, 25.0%")
    said = sentence(PAGE, "Loss given default", ROWS[PAGE, "Loss given default"])
    assert said == (
        "Credit card loses most in default: 60.0% of the exposure, judged by 1 finished default."
    )
