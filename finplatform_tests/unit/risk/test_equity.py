"""Equity: the phase-in year by year, and the former simple method beside it."""

from datetime import date

import pytest

from finplatform.risk.equity import internal_equity, standardised_equity


@pytest.mark.parametrize(
    ("year", "speculative", "other"),
    [
        (2023, 100, 100),
        (2024, 160, 130),
        (2025, 220, 160),
        (2026, 280, 190),
        (2027, 340, 220),
        (2028, 400, 250),
    ],
)
def test_cre90_1_weights_rise_at_the_end_of_each_year(
    year: int, speculative: float, other: float
) -> None:
    for day in (date(year, 1, 1), date(year, 12, 31)):
        found = standardised_equity([True, False], has_phase_in=True, as_of=day).weight
        assert [round(100 * weight, 9) for weight in found.tolist()] == [speculative, other]
        assert standardised_equity([True, False], as_of=day).weight.tolist() == [4.0, 2.5]


def test_cre90_2_the_simple_method_is_a_lower_bound_until_the_end_of_2027() -> None:
    for day, listed, unlisted in (
        (date(2027, 12, 31), 3.0, 4.0),
        (date(2028, 1, 1), 2.5, 2.5),
    ):
        found = internal_equity(False, [True, False], as_of=day)
        assert found.weight.tolist() == [listed, unlisted]


def test_cre90_2_the_standardised_weight_holds_where_it_is_higher() -> None:
    found = internal_equity(True, True, as_of=date(2026, 6, 30))
    assert found.weight.tolist() == 4.0
    assert found.rule.tolist() == "CRE20.57:equity"


def test_cre20_59_a_legislated_programme_weighs_100_percent_by_both_approaches() -> None:
    day = date(2026, 6, 30)
    assert standardised_equity(True, is_legislated=True, as_of=day).weight == 1.0
    assert internal_equity(True, False, is_legislated=True, as_of=day).weight == 1.0
