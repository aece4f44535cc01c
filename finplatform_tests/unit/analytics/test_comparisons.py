"""Comparisons agree with calculations made another way, and keep their word over many samples."""

from math import comb

import numpy as np
import pytest
from scipy import stats

from finplatform.analytics.comparisons import (
    TooFewError,
    association,
    mann_whitney,
    one_share,
    shares,
    welch,
    wilson,
)
from finplatform.analytics.elasticity import elasticity, hc3
from finplatform.analytics.multiplicity import benjamini_hochberg, holm

RNG = np.random.default_rng
A, B = RNG(1).normal(5, 2, 40), RNG(2).normal(4, 1, 25)


def test_welch_is_the_textbook_formula() -> None:
    found = welch(A, B)
    va, vb = A.var(ddof=1) / 40, B.var(ddof=1) / 25
    t = (A.mean() - B.mean()) / np.sqrt(va + vb)
    degrees = (va + vb) ** 2 / (va**2 / 39 + vb**2 / 24)
    assert found.statistic == pytest.approx(t)
    assert found.degrees_of_freedom == pytest.approx(degrees)
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(t), degrees))
    reach = stats.t.ppf(0.975, degrees) * np.sqrt(va + vb)
    assert (found.lower, found.upper) == pytest.approx((A.mean() - B.mean() - reach,
                                                        A.mean() - B.mean() + reach))  # fmt: skip


def test_hedges_g_is_cohens_d_made_smaller_for_few_units() -> None:
    pooled = np.sqrt((39 * A.var(ddof=1) + 24 * B.var(ddof=1)) / 63)
    d = (A.mean() - B.mean()) / pooled
    assert welch(A, B).effect == pytest.approx(d * (1 - 3 / (4 * 63 - 1)), rel=1e-4)


def test_the_chance_of_being_larger_is_counted_over_all_pairs() -> None:
    first, second = np.round(A), np.round(B)
    pairs = np.sign(first[:, None] - second[None, :])
    assert mann_whitney(first, second).effect == pytest.approx(((pairs + 1) / 2).mean())


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_the_interval_of_that_chance_covers_it(shift: float) -> None:
    truth = stats.norm.cdf(shift / np.sqrt(2))
    covered = 0
    for seed in range(300):
        rng = RNG(seed)
        found = mann_whitney(rng.normal(shift, 1, 60), rng.normal(0, 1, 50))
        assert found.effect_lower is not None
        assert found.effect_upper is not None
        covered += found.effect_lower <= truth <= found.effect_upper
    assert covered >= stats.binom.ppf(0.001, 300, 0.94)


def test_a_small_table_gets_fishers_exact_test() -> None:
    assert shares(3, 12, 9, 12).method == "CHI_SQUARE"
    found = shares(1, 10, 6, 10)
    # Of 20 units 7 say yes: tables with the same margins that are no more likely.
    chance = {k: comb(10, k) * comb(10, 7 - k) / comb(20, 7) for k in range(8)}
    exact = sum(p for p in chance.values() if p <= chance[1] * (1 + 1e-9))
    assert found.method == "FISHER_EXACT"
    assert found.p_value == pytest.approx(exact)


def test_a_large_table_gets_the_square_of_the_z_test() -> None:
    found = shares(60, 200, 45, 250)
    pooled = 105 / 450
    z = (0.3 - 0.18) / np.sqrt(pooled * (1 - pooled) * (1 / 200 + 1 / 250))
    assert found.statistic == pytest.approx(z**2)
    assert found.effect == pytest.approx(0.3 / 0.18)
    error = np.sqrt(1 / 60 - 1 / 200 + 1 / 45 - 1 / 250)
    assert np.log(found.effect_upper / found.effect) == pytest.approx(1.959964 * error)


def test_newcombes_interval_is_that_of_his_paper() -> None:
    """Newcombe (1998), table II, contrast (a), method 10: 56/70 and 48/80."""
    found = shares(56, 70, 48, 80)
    assert (found.lower, found.upper) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_wilsons_interval_solves_the_score_equation() -> None:
    for bound in wilson(7, 30):
        assert abs(7 / 30 - bound) == pytest.approx(1.959964 * np.sqrt(bound * (1 - bound) / 30))
    assert wilson(0, 30)[0] == pytest.approx(0, abs=1e-12)


def test_cramers_v_is_nothing_by_chance_and_one_for_copies() -> None:
    rng = RNG(3)
    tables = [rng.multinomial(400, np.full(12, 1 / 12)).reshape(3, 4) for _ in range(200)]
    found = [association(table) for table in tables]
    assert np.mean([f.effect for f in found]) < 0.04
    rejected = sum(f.p_value < 0.05 for f in found if f.p_value is not None)
    assert stats.binomtest(rejected, 200, 0.05).pvalue > 0.001
    assert association(np.diag([50, 50, 50])).effect == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("test", [welch, mann_whitney])
def test_groups_that_are_too_small_or_do_not_vary_are_refused(test: object) -> None:
    for first in (np.arange(9.0), np.full(50, 3.0), np.full(50, np.nan)):
        with pytest.raises(TooFewError):
            test(first, B)  # type: ignore[operator]


def test_counts_that_say_nothing_are_refused() -> None:
    for counts in ((3, 9, 3, 100), (0, 50, 0, 50), (50, 50, 50, 50)):
        with pytest.raises(TooFewError):
            shares(*counts)
    with pytest.raises(TooFewError):
        one_share(3, 9)
    with pytest.raises(TooFewError):
        association(np.array([[5, 5], [0, 0]]))


def test_holm_and_the_false_discovery_rate_by_their_definitions() -> None:
    p = np.array([0.03, 0.001, 0.04, 0.012, 0.9])
    assert holm(p) == pytest.approx([0.09, 0.005, 0.09, 0.048, 0.9])
    assert benjamini_hochberg(p) == pytest.approx([0.05, 0.005, 0.05, 0.03, 0.9])
    assert holm(np.array([])).size == 0


def test_holm_keeps_the_chance_of_any_false_finding() -> None:
    rng = RNG(4)
    false = sum(bool((holm(rng.random(20)) <= 0.05).any()) for _ in range(2000))
    assert stats.binomtest(false, 2000, 0.05).pvalue > 0.001


def test_hc3_is_the_sum_over_rows() -> None:
    rng = RNG(5)
    design = np.column_stack([np.ones(30), rng.normal(size=30)])
    outcome = design @ [1.0, 2.0] + rng.normal(size=30) * np.abs(design[:, 1])
    coefficients, covariance = hc3(design, outcome)
    inverse = np.linalg.inv(design.T @ design)
    meat = np.zeros((2, 2))
    for row, y in zip(design, outcome, strict=True):
        error = (y - row @ coefficients) / (1 - row @ inverse @ row)
        meat += error**2 * np.outer(row, row)
    assert covariance == pytest.approx(inverse @ meat @ inverse)


def test_intervals_of_elasticities_cover_where_plain_errors_would_not() -> None:
    covered = 0
    for seed in range(300):
        rng = RNG(seed)
        log_income = rng.normal(10, 0.7, 80)
        noise = rng.normal(size=80) * (0.1 + np.abs(log_income - 10))
        found = elasticity(np.exp(0.6 * log_income + noise), np.exp(log_income))
        assert found.lower is not None
        assert found.upper is not None
        covered += found.lower <= 0.6 <= found.upper
    assert covered >= stats.binom.ppf(0.001, 300, 0.94)


def test_an_elasticity_needs_amounts_that_vary() -> None:
    with pytest.raises(TooFewError):
        elasticity(np.full(20, 5.0), np.arange(1.0, 21.0))
    with pytest.raises(TooFewError):
        elasticity(np.arange(1.0, 51.0), np.full(50, 3.0))
