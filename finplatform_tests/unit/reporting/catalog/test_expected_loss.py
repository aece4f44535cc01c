"""Sentences of the page of expected losses and stress are true of the rows they are made from."""

from decimal import Decimal

import pytest

from finplatform_tests.unit.reporting.catalog.charts import rows, sentence
from finplatform_tests.unit.reporting.catalog.risk_rows import JUNE, MAY, ROWS

PAGE = "expected_loss"


def test_the_allowance_is_compared_with_the_first_month_shown() -> None:
    said = sentence(PAGE, "Allowance by stage", ROWS[PAGE, "Allowance by stage"])
    assert said == (
        "The allowance is EUR 125 on 30 June 2026, 60.0% of it in stage 3; it is up 25.0% since"
        " 31 May 2026."
    )


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        ((50, -10, 5), "new loans added the most, EUR 50."),
        ((5, -40, 10), "repayments took off the most, EUR 40."),
        ((0, 0, -7), "write-offs took off the most, EUR 7."),
        ((0, 0, 0), "nothing moved it."),
    ],
)
def test_the_largest_move_of_the_allowance_is_named(
    amounts: tuple[int, int, int], said: str
) -> None:
    steps = zip(("new loans", "repaid", "written off"), amounts, strict=True)
    frame = rows(
        "step amount measure opened_on reporting_date",
        ("opening", Decimal(100), "absolute", MAY, JUNE),
        *((step, Decimal(amount), "relative", MAY, JUNE) for step, amount in steps),
        ("closing", Decimal(100 + sum(amounts)), "total", MAY, JUNE),
    )
    assert sentence(PAGE, "Roll-forward", frame).endswith(said)


@pytest.mark.parametrize("best", ["stage 1", "stage 2", "stage 3"])
def test_the_stage_that_is_covered_best_is_named(best: str) -> None:
    frame = rows(
        "stage exposures exposure_amount allowance coverage",
        *(
            (stage, 1, Decimal(100), Decimal(80 if stage == best else 10),
             Decimal("0.8" if stage == best else "0.1"))
            for stage in ("stage 1", "stage 2", "stage 3")
        ),
    )  # fmt: skip
    said = sentence(PAGE, "Coverage by stage", frame)
    assert said == (
        f"33.33% of all exposures is covered; {best} is covered best, 80.0% of EUR 100."
    )


def test_a_product_is_judged_over_all_its_stages() -> None:
    said = sentence(PAGE, "Coverage by product", ROWS[PAGE, "Coverage by product"])
    assert said == (
        "Over all stages, credit card is covered most (30.0%) and mortgage least (1.0%)."
    )


@pytest.mark.parametrize(
    ("moves", "worse", "better"),
    [(((1, 1), (1, 3)), "50.0%", "none"), (((3, 1), (2, 2)), "none", "50.0%"),
     (((1, 2), (2, 1)), "50.0%", "50.0%")],
)  # fmt: skip
def test_moves_between_stages_are_counted_by_direction(
    moves: tuple[tuple[int, int], ...], worse: str, better: str
) -> None:
    frame = rows(
        "from_date to_date from_stage to_stage exposures stage_share",
        *((MAY, JUNE, before, after, 5, Decimal(1)) for before, after in moves),
    )
    said = sentence(PAGE, "Stage migration", frame)
    assert f"{worse} of 10 exposures moved to a worse stage and {better} to a better one" in said


@pytest.mark.parametrize(
    ("ledger", "said"),
    [(100, "EUR 200 less than"), (300, "as much as"), (450, "EUR 150 more than")],
)
def test_the_ledger_is_compared_with_the_expected_loss(ledger: int, said: str) -> None:
    frame = rows(
        "reporting_date expected_credit_loss ledger_allowance proposed_posting",
        (JUNE, Decimal(300), Decimal(ledger), None),
    )
    assert f"{said} IFRS 9 requires" in sentence(PAGE, "Allowance in the ledger", frame)


@pytest.mark.parametrize(
    ("ratios", "worst", "said"),
    [
        (("0.08", "0.06", "0.05"), "under the severe scenario, 5.00%", "holds throughout"),
        (("0.08", "0.02", "0.01"), "under the severe scenario, 1.00%",
         "not kept under the mild scenario and under the severe scenario"),
        (("0.04", "0.06", "0.05"), "before stress, 4.00%", "not kept before stress"),
    ],
)  # fmt: skip
def test_scenarios_that_break_the_minimum_are_named(
    ratios: tuple[str, str, str], worst: str, said: str
) -> None:
    frame = rows(
        "reporting_date scenario cet1_ratio minimum_ratio",
        *(
            (JUNE, name, Decimal(ratio), Decimal("0.045"))
            for name, ratio in zip(("before stress", "mild", "severe"), ratios, strict=True)
        ),
    )
    found = sentence(PAGE, "CET1 under stress", frame)
    assert f"CET1 is lowest {worst}" in found
    assert found.endswith(f"{said}.")


def test_the_costliest_scenario_and_quarter_are_named() -> None:
    said = sentence(PAGE, "Losses under stress", ROWS[PAGE, "Losses under stress"])
    assert said == (
        "The costliest scenario is severe: EUR 250, 2.50 times the EUR 100 expected before stress."
    )
    said = sentence(PAGE, "Stress by quarter", ROWS[PAGE, "Stress by quarter"])
    assert said == (
        "Of 2 quarter ends, 31 May 2026 would have lost most CET1 in the severe scenario:"
        " 6.00 points, down to 2.00%."
    )


def test_a_minimum_that_is_not_known_does_not_hold() -> None:
    frame = rows(
        "reporting_date scenario cet1_ratio minimum_ratio", (JUNE, "mild", Decimal("0.01"), None)
    )
    assert sentence(PAGE, "CET1 under stress", frame).endswith("its minimum is not known.")


def test_a_shock_that_breaks_nothing_is_said() -> None:
    frame = rows(
        "name value value_before severity reporting_date",
        ("No breach up to this multiple", 4.0, None, None, JUNE),
        ("Points of unemployment", 22.0, None, None, JUNE),
        ("Fall of property values", 0.99, None, None, JUNE),
    )
    assert sentence(PAGE, "Reverse stress", frame) == (
        "On 30 June 2026 no minimum breaks even at four times the severe scenario: 22.0 points of"
        " unemployment and a fall of property values by 99.0%."
    )
    broken = sentence(PAGE, "Reverse stress", ROWS[PAGE, "Reverse stress"])
    assert "the first minimum breaks at 0.25 times the severe scenario" in broken
