"""Validation rules find what is wrong, and say apart what they could not compare."""

import pytest

from finplatform.risk.supervisory.evaluation import Judgement, Outcome, filed_cells, judge
from finplatform.risk.supervisory.model_files import ModelRule, rules, tables
from finplatform_tests.unit.risk.supervisory.small_bank import TOTAL, filled

Filing = dict[tuple[str, str, str, str], float]
BANKS, COUNTRIES = "eba_qEC:qx19", "eba_qEC:qx16"
IS_SUM = "with {tC_01.00, c0010, default: 0, interval: true}: {r0010} = {r0015} + {r0750}"
SHARE = "with {tC_07.00.a, r0180, default: 0, interval: true}: {c0215} = {c0200} * 20%"


def judged(expression: str, cells: Filing, precondition: str = "") -> Judgement:
    rule = ModelRule("test", "error", expression, precondition)
    return judge(rule, filed_cells(tables(), cells))


def own_funds(**rows: float) -> Filing:
    return {("C_01.00", row.removeprefix("r"), "0010", ""): value for row, value in rows.items()}


def weighted(sheet: str, exposure: float, assets: float) -> Filing:
    place = ("C_07.00.a", "0180")
    return {(*place, "0200", sheet): exposure, (*place, "0215", sheet): assets}


def test_a_sum_that_holds_passes_and_one_that_does_not_fails() -> None:
    right = judged(IS_SUM, own_funds(r0010=100, r0015=60, r0750=40))
    assert (right.outcome, right.instances) == (Outcome.PASSED, 1)
    wrong = judged(IS_SUM, own_funds(r0010=100, r0015=60, r0750=30))
    assert wrong.outcome is Outcome.FAILED


def test_an_empty_cell_counts_as_its_default() -> None:
    assert judged(IS_SUM, own_funds(r0010=60, r0015=60)).outcome is Outcome.PASSED
    without = IS_SUM.replace("default: 0", "default: null")
    assert judged(without, own_funds(r0010=60, r0015=60)).outcome is Outcome.VACUOUS


@pytest.mark.parametrize(("gap", "outcome"), [(1.4, Outcome.PASSED), (1.6, Outcome.FAILED)])
def test_values_agree_within_the_accuracy_that_they_are_filed_with(
    gap: float, outcome: Outcome
) -> None:
    # Three amounts, each of which may be half a unit away.
    assert judged(IS_SUM, own_funds(r0010=100 + gap, r0015=60, r0750=40)).outcome is outcome
    exactly = IS_SUM.replace("interval: true", "interval: false")
    found = judged(exactly, own_funds(r0010=100 + gap, r0015=60, r0750=40))
    assert found.outcome is Outcome.FAILED


def test_a_rule_without_a_filed_cell_is_vacuous() -> None:
    assert judged(IS_SUM, {("C_47.00", "0190", "0010", ""): 1.0}).outcome is Outcome.VACUOUS
    assert judged(IS_SUM, own_funds(r0040=1)).outcome is Outcome.VACUOUS


def test_a_rule_whose_template_is_not_filed_is_vacuous() -> None:
    cells = own_funds(r0010=1)
    found = judged(IS_SUM, cells, "{v_C_01.00} and {v_C_47.00}")
    assert found.outcome is Outcome.VACUOUS
    assert judged(IS_SUM, cells, "{v_C_01.00}").outcome is Outcome.FAILED


def test_a_rule_that_needs_another_table_is_not_evaluated_and_names_it() -> None:
    found = judged("{tC_01.00, r0010, c0010} = {tC_04.00, r0010, c0010}", own_funds(r0010=1))
    assert found == Judgement(Outcome.NOT_EVALUATED, detail="needs C_04.00")


def test_a_rule_is_compared_sheet_by_sheet_and_names_the_one_that_fails() -> None:
    cells = weighted(BANKS, 100_000, 20_000) | weighted(COUNTRIES, 100_000, 50_000)
    found = judged(SHARE, cells)
    assert (found.outcome, found.instances) == (Outcome.FAILED, 2)
    assert f"qEBB {COUNTRIES}" in found.detail
    assert judged(SHARE, weighted(BANKS, 100_000, 20_000)).outcome is Outcome.PASSED


def test_a_sheet_of_one_table_is_compared_with_a_row_of_another() -> None:
    rule = (
        "{tC_02.00.a, r0120, c0010, default: null, interval: true} = {tC_07.00.a, r0010, c0220,"
        " default: null, interval: true} [ where qEBB in {[eba_qEC:qx19]}]"
    )
    row = {("C_02.00.a", "0120", "0010", ""): 300.0}
    for sheet, outcome in ((BANKS, Outcome.FAILED), (COUNTRIES, Outcome.VACUOUS)):
        assert judged(rule, row | {("C_07.00.a", "0010", "0220", sheet): 200.0}).outcome is outcome
    same = row | {("C_07.00.a", "0010", "0220", BANKS): 300.0}
    assert judged(rule, same).outcome is Outcome.PASSED


def test_a_cell_that_must_be_empty_may_not_be_filled() -> None:
    rule = (
        "isnull ({tC_07.00.a, r0015, c0010, default: null, interval: false}"
        " [ where qEBB in {[eba_qEC:qx16], [eba_qEC:qx19]}])"
    )
    place = ("C_07.00.a", "0015", "0010")
    assert judged(rule, {(*place, TOTAL): 1.0}).outcome is Outcome.VACUOUS
    assert judged(rule, {(*place, BANKS): 1.0}).outcome is Outcome.FAILED
    other = ("C_07.00.a", "0010", "0010", BANKS)
    assert judged(rule, {other: 1.0}).outcome is Outcome.PASSED


def test_a_sum_of_a_range_takes_every_row_of_it() -> None:
    rule = "with {tC_47.00, c0010, default: 0, interval: true}: {r0290} = sum ({r0010-0269})"
    rows = {"0010": 5.0, "0190": 20.0, "0269": 3.0, "0270": 100.0}
    cells = {("C_47.00", row, "0010", ""): value for row, value in rows.items()}
    assert judged(rule, cells | {("C_47.00", "0290", "0010", ""): 28.0}).outcome is Outcome.PASSED
    assert judged(rule, cells | {("C_47.00", "0290", "0010", ""): 128.0}).outcome is Outcome.FAILED


def test_a_figure_in_the_wrong_row_breaks_a_published_rule() -> None:
    """What a mislabelled row does: shares among income, one weight's row for another's."""
    amounts = {place: float(amount) for place, amount in filled().amounts.items()}
    for moved, other in (
        (("C_01.00", "0040", "0010", ""), ("C_01.00", "0180", "0010", "")),
        (("C_07.00.a", "0140", "0200", TOTAL), ("C_07.00.a", "0180", "0200", TOTAL)),
        (("C_47.00", "0190", "0010", ""), ("C_47.00", "0310", "0010", "")),
    ):
        wrong = dict(amounts)
        wrong[other] = wrong.get(other, 0.0) + wrong.pop(moved)
        found = filed_cells(tables(), wrong)
        failed = [rule.rule for rule in rules() if judge(rule, found).outcome is Outcome.FAILED]
        assert failed, moved


def test_what_follows_from_a_condition_is_asked_where_it_holds() -> None:
    rule = "with {tC_03.00, c0010, default: 0}: if ({r0020} < 0) then ({r0010} < 0.045) endif"

    def ratios(surplus: float, ratio: float) -> Filing:
        rows = {"0020": surplus, "0010": ratio}
        return {("C_03.00", row, "0010", ""): value for row, value in rows.items()}

    assert judged(rule, ratios(5, 0.1)).outcome is Outcome.PASSED
    assert judged(rule, ratios(-5, 0.04)).outcome is Outcome.PASSED
    assert judged(rule, ratios(-5, 0.1)).outcome is Outcome.FAILED


@pytest.mark.parametrize(("name", "expected"), [("max", 0.2), ("min", 0.1)])
def test_the_greater_or_smaller_of_two_values_is_taken(name: str, expected: float) -> None:
    rule = f"with {{tC_03.00, c0010, default: 0}}: {{r0010}} = {name}({{r0030}}, {{r0050}})"
    rows = {"0030": 0.1, "0050": 0.2}
    cells = {("C_03.00", row, "0010", ""): value for row, value in rows.items()}
    filed = cells | {("C_03.00", "0010", "0010", ""): expected}
    assert judged(rule, filed).outcome is Outcome.PASSED
    assert judged(rule, cells | {("C_03.00", "0010", "0010", ""): 0.15}).outcome is Outcome.FAILED
