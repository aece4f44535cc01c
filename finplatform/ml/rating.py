"""The master scale: rating grades, their long-run default rates and the PD that capital may use.

A grade is a band of through-the-cycle PD, each band twice as wide as the one before it on the scale
of PD. Eight grades for borrowers that perform and one for those in default satisfy the seven and
one of CRE36.19.

A grade's PD is the long-run average of its one-year default rates (CRE36.63, CRE36.82 for retail);
a rate counts exposures and not amounts (CRE36.78), and each month-end's rate counts the same,
however many exposures it has. A margin of conservatism is added (CRE36.67): the distance to the
upper 90% limit of Jeffreys' posterior, so that a grade with few exposures pays more for what is not
known of it. Monthly rows of one exposure overlap and are no further evidence: the limit counts
exposures and not rows. Where a worse grade would come out safer, neighbours are pooled (isotonic
regression, Ayer et al. 1955), so that PD never falls from grade to grade. A grade without
exposures gets the middle of its band, before pooling.

Belongs here: grades, calibration of the scale and its tests. Does not belong here: the score that
is graded (`finplatform.ml.event_model`), the regulatory floors (`finplatform.risk.components`).
"""

import numpy as np
import polars as pl

from finplatform.ml.dataset import add_months
from finplatform.ml.spec import OBSERVED
from finplatform.sums import ordered_mean

UPPER_BOUNDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 1.0)
"""Highest PD of each grade; the lowest of a grade is the bound before it, exclusive."""

GRADES = tuple(str(number) for number in range(1, len(UPPER_BOUNDS) + 1))
"""Grades of borrowers that perform, best first."""

DEFAULT_GRADE = "D"
CONFIDENCE = 0.90
_COHORT_MONTHS = 12


def grade_numbers(pd: np.ndarray) -> np.ndarray:
    """Position in `GRADES` of PDs, shape as given."""
    return np.searchsorted(np.array(UPPER_BOUNDS), pd, side="left")


def calibrate_scale(labelled: pl.DataFrame, *, confidence: float = CONFIDENCE) -> pl.DataFrame:
    """PD of each grade from labelled history.

    Args:
        labelled: `exposure_id`, `observation_date`, `pd` (through the cycle) and
            `is_default_12m`, one row per exposure and month-end, all windows closed.
        confidence: One-sided level of the margin.

    Returns:
        One row per grade, best first: `grade`, `pd_from`, `pd_to`, `observations`, `exposures`,
        `defaulted_exposures`, `month_ends`, `long_run_default_rate` (null in a grade never used),
        `margin_of_conservatism` (null there too) and `grade_pd`.
    """
    observed = _long_run(labelled)
    upper = np.array(UPPER_BOUNDS)
    lower = np.r_[0.0, upper[:-1]]
    rate = observed["long_run_default_rate"].to_numpy()
    exposures = observed["exposures"].to_numpy().astype(float)
    limit = jeffreys_limit(np.nan_to_num(rate) * exposures, exposures, confidence)
    is_used = exposures > 0
    wanted = np.where(is_used, np.maximum(limit, rate), (lower + upper) / 2)
    # An empty grade has no vote in a pool.
    weight = np.where(is_used, exposures, 1e-9)
    return observed.with_columns(
        pd_from=pl.Series(lower),
        pd_to=pl.Series(upper),
        margin_of_conservatism=pl.Series(np.where(is_used, wanted - rate, np.nan)).fill_nan(None),
        grade_pd=pl.Series(pooled_rising(wanted, weight)),
        long_run_default_rate=pl.col("long_run_default_rate").fill_nan(None),
    )


def jeffreys_limit(defaults: np.ndarray, size: np.ndarray, confidence: float) -> np.ndarray:
    """Upper limit of a default rate: quantile of Beta(defaults + 1/2, others + 1/2)."""
    from scipy.stats import beta  # type: ignore[import-untyped]

    return np.asarray(beta.ppf(confidence, defaults + 0.5, size - defaults + 0.5))


def pooled_rising(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Closest values that never fall, by pooling neighbours that do; shape as given."""
    pools: list[list[float]] = []
    for value, mass in zip(values, weight, strict=True):
        pools.append([float(value), float(mass), 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (left, left_mass, left_size), (right, right_mass, right_size) = pools[-2:]
            mean = (left * left_mass + right * right_mass) / (left_mass + right_mass)
            pools[-2:] = [[mean, left_mass + right_mass, left_size + right_size]]
    return np.repeat([pool[0] for pool in pools], [int(pool[2]) for pool in pools])


def scale_tests(labelled: pl.DataFrame, grade_pd: np.ndarray) -> pl.DataFrame:
    """Tests of each grade's PD on yearly cohorts that do not overlap.

    Cohorts are month-ends twelve months apart, back from the last one: each year's defaults count
    once. The binomial test takes defaults as independent. Both test whether the PD is too
    low: small p-values reject it.

    Args:
        labelled: As for `calibrate_scale`.
        grade_pd: PD per grade, in their order.

    Returns:
        One row per grade: `grade`, `tested_exposures`, `tested_defaults`, `binomial_p_value`
        (chance of so many defaults or more at the PD; null without exposures), `jeffreys_p_value`
        (posterior chance that the true PD is at or below it; ECB, Instructions for reporting the
        validation results of internal models, 2019, section 2.5.3.1).
    """
    from scipy.stats import beta, binom

    counts = _per_grade(labelled.filter(pl.col(OBSERVED).is_in(_cohorts(labelled))))
    size = counts["observations"].to_numpy()
    defaults = counts["defaults"].to_numpy()
    at_least = binom.sf(defaults - 1, size, grade_pd)
    below = beta.cdf(grade_pd, defaults + 0.5, size - defaults + 0.5)
    known = size > 0
    return counts.select(
        "grade",
        tested_exposures="observations",
        tested_defaults="defaults",
        binomial_p_value=pl.Series(np.where(known, at_least, np.nan)).fill_nan(None),
        jeffreys_p_value=pl.Series(np.where(known, below, np.nan)).fill_nan(None),
    )


def hosmer_lemeshow(
    size: np.ndarray, defaults: np.ndarray, pd: np.ndarray
) -> tuple[float, float] | None:
    """Statistic and p-value of all grades together (Hosmer and Lemeshow 1980).

    The PDs were not fitted on the rows tested, so that there are as many degrees of freedom as
    grades with exposures.

    Returns:
        None without any exposure.
    """
    from scipy.stats import chi2

    used = size > 0
    if not used.any():
        return None
    n, d, p = size[used], defaults[used], pd[used]
    statistic = float((((d - n * p) ** 2) / (n * p * (1 - p))).sum())
    return statistic, float(chi2.sf(statistic, used.sum()))


def _long_run(labelled: pl.DataFrame) -> pl.DataFrame:
    """Counts and average one-year default rate of every grade, best first."""
    graded = _graded(labelled)
    by_date = graded.group_by("grade", OBSERVED, maintain_order=True).agg(
        rate=pl.col("is_default_12m").mean()
    )
    averages = by_date.group_by("grade", maintain_order=True).agg(
        month_ends=pl.len(),
        long_run_default_rate=ordered_mean(pl.col("rate")),
    )
    counts = graded.group_by("grade", maintain_order=True).agg(
        observations=pl.len(),
        exposures=pl.col("exposure_id").n_unique(),
        defaulted_exposures=pl.col("exposure_id").filter("is_default_12m").n_unique(),
    )
    return (
        pl.DataFrame({"grade": GRADES})
        .join(counts, on="grade", how="left", maintain_order="left")
        .join(averages, on="grade", how="left", maintain_order="left")
        .with_columns(
            pl.col("observations", "exposures", "defaulted_exposures", "month_ends")
            .fill_null(0)
            .cast(pl.Int64),
            pl.col("long_run_default_rate").fill_null(float("nan")),
        )
    )


def _per_grade(labelled: pl.DataFrame) -> pl.DataFrame:
    counts = (
        _graded(labelled)
        .group_by("grade", maintain_order=True)
        .agg(observations=pl.len(), defaults=pl.col("is_default_12m").sum())
    )
    return (
        pl.DataFrame({"grade": GRADES})
        .join(counts, on="grade", how="left", maintain_order="left")
        .with_columns(pl.col("observations", "defaults").fill_null(0).cast(pl.Int64))
    )


def _graded(labelled: pl.DataFrame) -> pl.DataFrame:
    numbers = grade_numbers(labelled["pd"].to_numpy())
    names = pl.Series("grade", np.array(GRADES)[numbers].tolist(), dtype=pl.String)
    return labelled.with_columns(names)


def _cohorts(labelled: pl.DataFrame) -> list:
    dates = labelled[OBSERVED].unique().sort(descending=True).to_list()
    chosen: list = []
    for day in dates:
        if not chosen or add_months(day, _COHORT_MONTHS) <= chosen[-1]:
            chosen.append(day)
    return chosen
