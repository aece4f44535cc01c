"""The register of controls: what it covers, and the verdict on what was found."""

import pytest
from pydantic import ValidationError

from finplatform.compliance.sox.controls import (
    MOST_EXCEPTIONS,
    Area,
    Assertion,
    Evidence,
    Item,
    Result,
    find_control,
    judge,
    load_controls,
)
from finplatform.errors import NothingFoundError


def test_the_register_covers_every_area_and_assertion() -> None:
    controls = load_controls()
    assert {control.area for control in controls} == set(Area)
    assert {each for control in controls for each in control.assertions} == set(Assertion)
    prefixes = {control.id[:2]: control.area for control in controls}
    assert all(control.area is prefixes[control.id[:2]] for control in controls)


def test_a_control_that_there_is_not_is_refused() -> None:
    assert find_control("FR-05").title == "A month is closed by two people"
    with pytest.raises(NothingFoundError, match="no control FR-99"):
        find_control("FR-99")


@pytest.mark.parametrize(
    ("wrong", "result", "exceptions"),
    [
        ([], Result.NOT_TESTED, 0),
        ([False, False], Result.EFFECTIVE, 0),
        ([False, True], Result.DEFICIENT, 1),
    ],
)
def test_one_exception_is_a_deficiency_and_nothing_is_no_test(
    wrong: list[bool], result: Result, exceptions: int
) -> None:
    items = [Item(f"item {place}", one, "seen") for place, one in enumerate(wrong)]
    verdict = judge(find_control("FR-01"), items)
    assert (verdict.result, verdict.population, verdict.exception_count) == (
        result, len(wrong), exceptions,
    )  # fmt: skip
    assert [item.item for item in verdict.exceptions] == [i.item for i in items if i.is_exception]


def test_of_many_exceptions_all_are_counted_and_some_are_named() -> None:
    items = [Item(str(place), is_exception=True, detail="") for place in range(MOST_EXCEPTIONS + 5)]
    verdict = judge(find_control("FR-01"), items)
    assert verdict.exception_count == MOST_EXCEPTIONS + 5
    assert len(verdict.exceptions) == MOST_EXCEPTIONS


def test_checks_are_chosen_by_name_and_table() -> None:
    evidence = Evidence(checks=("contract", "*_equal_ledger"), tables=("gold.*",))
    assert evidence.covers("contract", "gold.fact_balances")
    assert evidence.covers("loans_equal_ledger", "gold.x")
    assert not evidence.covers("contract", "ops.loads")
    assert not evidence.covers("report", "gold.x")


@pytest.mark.parametrize("given", [{}, {"checks": ("a",), "query": "select 1"}])
def test_evidence_is_of_one_kind(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="checks, a query or a procedure"):
        Evidence.model_validate(given)
