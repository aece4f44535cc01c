"""The rating scale: grades, their PDs and the tests of them, against other calculations."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy import stats
from sklearn.isotonic import IsotonicRegression

from finplatform.ml.rating import (
    GRADES,
    UPPER_BOUNDS,
    calibrate_scale,
    grade_numbers,
    hosmer_lemeshow,
    jeffreys_limit,
    pooled_rising,
    scale_tests,
)

JANUARY, JULY, NEXT_JANUARY = date(2024, 1, 31), date(2024, 7, 31), date(2025, 1, 31)


def _rows(day: date, pd: float, size: int, defaults: int, first: int = 0) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "exposure_id": [f"E{first + number}" for number in range(size)],
            "observation_date": [day] * size,
            "pd": [pd] * size,
            "is_default_12m": [number < defaults for number in range(size)],
        }
    )


def test_there_are_at_least_seven_grades_and_every_pd_has_one() -> None:
    assert len(GRADES) >= 7
    assert UPPER_BOUNDS[-1] == 1.0
    bounds = np.array(UPPER_BOUNDS)
    assert grade_numbers(bounds).tolist() == list(range(len(GRADES)))
    assert grade_numbers(np.nextafter(bounds[:-1], 1)).tolist() == list(range(1, len(GRADES)))


def test_the_long_run_rate_counts_every_month_end_the_same() -> None:
    """10% of 100 and 30% of 10 average to 20%, not to the 11.8% of all rows."""
    labelled = pl.concat([_rows(JANUARY, 0.03, 100, 10), _rows(JULY, 0.03, 10, 3, first=500)])
    row = calibrate_scale(labelled).row(3, named=True)
    assert row["grade"] == "4"
    assert row["long_run_default_rate"] == pytest.approx(0.2)
    assert (row["observations"], row["exposures"], row["month_ends"]) == (110, 110, 2)


def test_the_margin_is_the_way_to_the_limit_of_exposures_and_not_of_rows() -> None:
    """Twelve months of the same exposures are no twelvefold evidence."""
    months = [date(2024, month, 28) for month in range(1, 13)]
    labelled = pl.concat([_rows(day, 0.015, 200, 4) for day in months])
    row = calibrate_scale(labelled).row(2, named=True)
    assert (row["observations"], row["exposures"]) == (2400, 200)
    limit = stats.beta.ppf(0.9, 4.5, 196.5)
    assert row["margin_of_conservatism"] == pytest.approx(limit - 0.02)
    assert row["grade_pd"] == pytest.approx(limit)


def test_fewer_exposures_pay_a_larger_margin() -> None:
    few, many = jeffreys_limit(np.array([1.0, 10.0]), np.array([50.0, 500.0]), 0.9)
    assert few > many > 0.02


def test_pds_never_fall_from_grade_to_grade() -> None:
    worse = [(0.003, 100, 4), (0.015, 100, 1), (0.03, 100, 3), (0.2, 100, 2)]
    labelled = pl.concat(
        [_rows(JANUARY, pd, size, bad, first=1000 * n) for n, (pd, size, bad) in enumerate(worse)]
    )
    pd = calibrate_scale(labelled)["grade_pd"].to_numpy()
    assert (np.diff(pd) >= 0).all()
    assert (pd > 0).all()


@pytest.mark.parametrize("seed", range(20))
def test_pooling_is_isotonic_regression(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, weight = rng.random(8), rng.uniform(0.1, 5, 8)
    expected = IsotonicRegression().fit_transform(np.arange(8), values, sample_weight=weight)
    assert pooled_rising(values, weight) == pytest.approx(expected)


def test_no_history_gives_a_whole_scale_of_the_middles_of_its_bands() -> None:
    scale = calibrate_scale(_rows(JANUARY, 0.03, 1, 0).clear())
    assert scale["grade"].to_list() == list(GRADES)
    assert scale["long_run_default_rate"].null_count() == len(GRADES)
    middles = (np.r_[0.0, UPPER_BOUNDS[:-1]] + np.array(UPPER_BOUNDS)) / 2
    assert scale["grade_pd"].to_numpy() == pytest.approx(middles)


def test_tests_count_each_year_once_and_agree_with_scipy() -> None:
    labelled = pl.concat(
        [_rows(JANUARY, 0.03, 100, 5), _rows(JULY, 0.03, 100, 50), _rows(NEXT_JANUARY, 0.03, 80, 6)]
    )
    row = scale_tests(labelled, np.full(len(GRADES), 0.04)).row(3, named=True)
    assert (row["tested_exposures"], row["tested_defaults"]) == (180, 11)
    exact = stats.binomtest(11, 180, 0.04, alternative="greater").pvalue
    assert row["binomial_p_value"] == pytest.approx(exact)
    assert row["jeffreys_p_value"] == pytest.approx(stats.beta(11.5, 169.5).cdf(0.04))


def test_grades_without_exposures_are_not_tested() -> None:
    tested = scale_tests(_rows(JANUARY, 0.03, 10, 1), np.full(len(GRADES), 0.04))
    assert tested["binomial_p_value"].null_count() == len(GRADES) - 1
    assert tested["jeffreys_p_value"].null_count() == len(GRADES) - 1


def test_hosmer_lemeshow_is_the_chi_square_of_defaults_and_others() -> None:
    size, defaults = np.array([100, 200, 0, 50]), np.array([3, 10, 0, 9])
    pd = np.array([0.02, 0.06, 0.1, 0.15])
    found = hosmer_lemeshow(size, defaults, pd)
    used = size > 0
    expected = np.r_[size * pd, size * (1 - pd)].reshape(2, -1)[:, used]
    observed = np.r_[defaults, size - defaults].reshape(2, -1)[:, used]
    statistic = ((observed - expected) ** 2 / expected).sum()
    assert found == pytest.approx((statistic, stats.chi2.sf(statistic, 3)))
    assert hosmer_lemeshow(np.zeros(2), np.zeros(2), pd[:2]) is None
