"""Properties of expected credit losses."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.ecl.allowance import (
    MacroScenario,
    expected_credit_losses,
    marginal_pd,
    shifted_pd,
)
from finplatform.risk.errors import RiskInputError

probabilities = st.floats(0.0, 1.0)
years = st.floats(0.1, 30.0)
WORSE = MacroScenario("worse", 1.0, pd_shift=(1.0, 0.5), lgd_factor=(1.2,))


def loan(**facts: Any) -> pl.DataFrame:
    usual = {
        "exposure_id": "loan",
        "stage": 2,
        "exposure_amount": 100_000.0,
        "pd": 0.02,
        "lgd": 0.4,
        "effective_rate": 0.05,
        "remaining_years": 4.5,
    }
    return pl.DataFrame({name: [value] for name, value in (usual | facts).items()})


def allowance(scenarios: tuple[MacroScenario, ...] | None = None, **facts: Any) -> float:
    book = loan(**facts)
    losses = expected_credit_losses(book, scenarios) if scenarios else expected_credit_losses(book)
    return float(losses["allowance"][0])


@given(probabilities, years)
def test_a_flat_pd_survives_as_compound_interest_does(pd: float, term: float) -> None:
    total = marginal_pd(pd, term).sum()
    assert total == pytest.approx(1 - (1 - pd) ** term)


@given(probabilities, years, st.floats(-3, 3))
def test_marginal_pd_is_a_distribution(pd: float, term: float, shift: float) -> None:
    marginal = marginal_pd(pd, term, MacroScenario("path", 1.0, pd_shift=(shift, -shift)))
    assert (marginal >= 0).all()
    assert marginal.sum() <= 1 + 1e-9


@given(probabilities, st.floats(-5, 5))
def test_log_odds_can_be_shifted_there_and_back(pd: float, shift: float) -> None:
    assert shifted_pd(shifted_pd(pd, shift), -shift) == pytest.approx(pd, abs=1e-9)
    assert (shifted_pd(pd, shift) >= pd - 1e-12) or shift < 0
    assert shifted_pd(pd, 0.0) == pd


@pytest.mark.parametrize(("shift", "moved"), [(1e6, [0.0, 1.0, 1.0]), (-1e6, [0.0, 0.0, 1.0])])
def test_an_extreme_shift_leaves_probabilities(shift: float, moved: list[float]) -> None:
    assert shifted_pd([0.0, 0.3, 1.0], shift).tolist() == moved


@given(st.floats(0.0, 0.5), st.floats(0.0, 1.0), years, st.floats(0.0, 0.2))
def test_twelve_months_never_exceed_the_remaining_life_nor_that_the_loss_in_default(
    pd: float, lgd: float, term: float, rate: float
) -> None:
    facts = {"pd": pd, "lgd": lgd, "remaining_years": term, "effective_rate": rate}
    first, second, third = (allowance(stage=stage, **facts) for stage in (1, 2, 3))
    assert first <= second + 0.01
    assert second <= third + 0.01
    assert third == pytest.approx(100_000 * lgd, abs=0.01)


def yearly_pd(marginal: np.ndarray) -> list[float]:
    """PD of each year for those who have not defaulted before it."""
    survived = 1 - np.concatenate([[0.0], np.cumsum(marginal[0])[:-1]])
    return list(marginal[0] / survived)


@pytest.mark.parametrize(
    ("reversion", "expected"),
    [
        (0.0, [0.10, 0.10, 0.02, 0.02, 0.02, 0.02]),
        (1.0, [0.10, 0.10, 0.02, 0.02, 0.02, 0.02]),
        (2.0, [0.10, 0.10, 0.06, 0.02, 0.02, 0.02]),
        (4.0, [0.10, 0.10, 0.08, 0.06, 0.04, 0.02]),
    ],
)
def test_after_the_horizon_pd_moves_straight_to_its_average_and_stays_there(
    reversion: float, expected: list[float]
) -> None:
    path = MacroScenario("path", 1.0, pd_shift=(0.0, 0.0))
    marginal = marginal_pd(0.10, 6.0, path, long_run_pd=0.02, reversion_years=reversion)
    assert yearly_pd(marginal) == pytest.approx(expected)


def test_the_way_back_begins_where_the_forecast_ends_whatever_the_scenario_did() -> None:
    marginal = marginal_pd(0.10, 4.0, WORSE, long_run_pd=0.04, reversion_years=2.0)
    assert yearly_pd(marginal) == pytest.approx(
        [float(shifted_pd(0.10, 1.0)), float(shifted_pd(0.10, 0.5)), 0.07, 0.04]
    )


@given(probabilities, probabilities, years, st.floats(0.0, 5.0))
def test_without_another_average_nothing_goes_back(
    pd: float, average: float, term: float, reversion: float
) -> None:
    as_it_is = marginal_pd(pd, term)
    same = marginal_pd(pd, term, long_run_pd=pd, reversion_years=reversion)
    assert (same == as_it_is).all()
    other = marginal_pd(pd, term, long_run_pd=average, reversion_years=reversion)
    assert (other[:, :1] == as_it_is[:, :1]).all()
    assert (other >= 0).all()
    assert other.sum() <= 1 + 1e-9


def test_the_average_moves_what_is_lost_beyond_the_horizon_alone() -> None:
    calm = (MacroScenario("calm", 1.0, pd_shift=(0.0, 0.0, 0.0)),)

    def lifetime(average: float | None, **facts: Any) -> float:
        book = loan(**facts).with_columns(long_run_pd=pl.lit(average, pl.Float64))
        return float(expected_credit_losses(book, calm, reversion_years=2.0)["allowance"][0])

    assert lifetime(0.01) < lifetime(0.02) == lifetime(None) == allowance() < lifetime(0.05)
    for within in ({"remaining_years": 3.0}, {"stage": 1}, {"stage": 3}):
        assert lifetime(0.01, **within) == lifetime(0.05, **within)


def test_allowances_rise_with_pd_lgd_and_term_and_fall_with_the_rate_and_amortisation() -> None:
    usual = allowance()
    assert allowance(pd=0.03) > usual
    assert allowance(lgd=0.5) > usual
    assert allowance(remaining_years=6.0) > usual
    assert allowance(effective_rate=0.08) < usual
    assert allowance(is_amortising=True) < usual


def test_scenarios_are_weighted() -> None:
    calm, worse = MacroScenario("calm", 1.0), WORSE
    mixed = (MacroScenario("calm", 0.75), MacroScenario("worse", 0.25, (1.0, 0.5), (1.2,)))
    expected = 0.75 * allowance((calm,)) + 0.25 * allowance((worse,))
    assert allowance(mixed) == pytest.approx(expected, abs=0.01)
    assert allowance((worse,)) > allowance((calm,))


def test_a_factor_does_not_lift_the_loss_above_the_exposure() -> None:
    extreme = MacroScenario("extreme", 1.0, lgd_factor=(5.0,))
    assert allowance((extreme,), stage=3, lgd=0.4) == 100_000
    assert allowance((extreme,), stage=3, lgd=1.1) == 110_000


def test_loans_keep_their_order_and_have_both_figures() -> None:
    book = pl.concat(
        [loan(exposure_id=name, stage=stage) for name, stage in (("c", 1), ("a", 2), ("b", 3))]
    )
    losses = expected_credit_losses(book)
    assert losses["exposure_id"].to_list() == ["c", "a", "b"]
    assert losses["allowance"][0] == losses["ecl_12_months"][0] < losses["ecl_lifetime"][0]
    assert losses["allowance"][1] == losses["ecl_lifetime"][1]
    assert losses.schema["allowance"] == pl.Decimal(18, 2)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"stage": 4}, "stage is unknown"),
        ({"pd": None}, r"pd is missing \(NaN\)"),
        ({"pd": 1.5}, "pd is outside 0 to 1"),
        ({"long_run_pd": 2.0}, "long_run_pd is outside 0 to 1"),
        ({"lgd": 45.0}, "lgd is outside"),
        ({"exposure_amount": -1.0}, "exposure_amount is negative"),
        ({"effective_rate": 5.0}, "effective_rate is no rate"),
        ({"remaining_years": 0.0}, "remaining_years is zero before default"),
        ({"remaining_years": np.inf}, "remaining_years is infinite"),
    ],
)
def test_loans_that_cannot_be_taken_are_named(facts: dict[str, Any], message: str) -> None:
    with pytest.raises(RiskInputError, match=message):
        expected_credit_losses(loan(**facts))


def test_scenarios_that_cannot_be_taken_are_named() -> None:
    with pytest.raises(RiskInputError, match=r"add up to 0\.9"):
        expected_credit_losses(loan(), [MacroScenario("part", 0.9)])
    with pytest.raises(RiskInputError, match="lgd_factor of odd is negative"):
        expected_credit_losses(loan(), [MacroScenario("odd", 1.0, lgd_factor=(-1.0,))])
    with pytest.raises(RiskInputError, match="lack: pd"):
        expected_credit_losses(loan().drop("pd"))
