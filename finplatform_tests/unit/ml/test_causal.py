import numpy as np
import polars as pl
import pytest
from scipy import stats

from finplatform.errors import FinplatformError
from finplatform.ml.causal import difference_in_means, doubly_robust, placebo_rejection_rate


def _confounded(
    seed: int, effect: float, size: int = 1500
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    known = rng.normal(0, 1, (size, 3))
    treated = rng.random(size) < 1 / (1 + np.exp(-0.8 * known[:, 0]))
    outcome = effect * treated + 1.5 * known[:, 0] + known[:, 1] ** 2 + rng.normal(0, 1, size)
    return outcome, treated, known


def test_the_difference_in_means_agrees_with_welch() -> None:
    rng = np.random.default_rng(3)
    outcome, treated = rng.normal(5, 2, 400), rng.random(400) < 0.4
    effect = difference_in_means(outcome, treated)
    welch = stats.ttest_ind(outcome[treated], outcome[~treated], equal_var=False)
    assert effect.estimate / effect.standard_error == pytest.approx(welch.statistic)
    assert effect.upper - effect.estimate == pytest.approx(1.959964 * effect.standard_error)
    assert (effect.treated, effect.control) == (treated.sum(), (~treated).sum())


def test_adjusting_finds_the_effect_that_plain_means_miss() -> None:
    outcome, treated, known = _confounded(1, effect=0.5)
    assert difference_in_means(outcome, treated).lower > 1.0
    adjusted = doubly_robust(outcome, treated, known)
    assert adjusted.effect.covers(0.5)
    assert adjusted.effect.standard_error < 0.1
    assert adjusted.overlap.imbalance_before > 0.5
    assert adjusted.overlap.imbalance_after < 0.1
    assert adjusted.overlap.is_sufficient


def test_a_choice_without_counterparts_is_told() -> None:
    rng = np.random.default_rng(2)
    known = rng.normal(0, 1, (1000, 1))
    treated = rng.random(1000) < 1 / (1 + np.exp(-6 * known[:, 0]))
    overlap = doubly_robust(rng.normal(0, 1, 1000), treated, known).overlap
    assert overlap.outside_rate > 0.3
    assert not overlap.is_sufficient
    assert overlap.effective_treated < 0.5 * treated.sum()


def test_a_made_up_treatment_is_called_effective_about_as_often_as_stated() -> None:
    rng = np.random.default_rng(4)
    outcome, treated = (rng.random(600) < 0.1).astype(float), rng.random(600) < 0.5
    rate = placebo_rejection_rate(outcome, treated, draws=400)
    assert stats.binomtest(round(rate * 400), 400, 0.05).pvalue > 0.001


def test_the_same_seed_gives_the_same_effect() -> None:
    data = _confounded(5, effect=0.2, size=300)
    assert doubly_robust(*data).effect == doubly_robust(*data).effect
    assert doubly_robust(*data, seed=1).effect != doubly_robust(*data).effect


def test_an_outcome_that_nobody_has_has_no_effect() -> None:
    _, treated, known = _confounded(6, effect=0.0, size=300)
    effect = doubly_robust(np.zeros(300), treated, known).effect
    assert (effect.estimate, effect.standard_error, effect.p_value) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("outcome", "treated", "known", "message"),
    [
        (np.zeros(50), np.arange(50) < 5, np.zeros((50, 1)), "5 treated and 45 untreated"),
        (np.zeros(50), np.arange(49) < 25, np.zeros((50, 1)), "one length"),
        (np.full(50, np.nan), np.arange(50) < 25, np.zeros((50, 1)), "An outcome is missing"),
        (np.zeros(50), np.arange(50) < 25, np.full((50, 1), np.nan), "A covariate is missing"),
        (np.zeros(50), np.arange(50) < 25, np.zeros(50), "do not fit"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    outcome: np.ndarray, treated: np.ndarray, known: np.ndarray, message: str
) -> None:
    with pytest.raises(FinplatformError, match=message):
        doubly_robust(outcome, treated, known)


def test_results_do_not_hang_on_the_type_of_the_outcome() -> None:
    rng = np.random.default_rng(8)
    yes = pl.Series(rng.random(200) < 0.3)
    treated = rng.random(200) < 0.5
    as_number = difference_in_means(yes.cast(pl.Float64).to_numpy(), treated)
    assert difference_in_means(yes.to_numpy(), treated) == as_number
