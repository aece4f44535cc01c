"""Comparisons of groups: the difference, its interval, its size, and the chance of such by luck.

Belongs here: tests over arrays and counts. Does not belong here: the analyses (see
`inferential`), and multiple testing (see `multiplicity`).

References: Welch (1947); Hedges (1981) for the correction of d, with the standard error of Hedges
and Olkin (1985), eq. 5.14; Mann and Whitney (1947), interval of the chance of being larger by
placements as in DeLong, DeLong and Clarke-Pearson (1988); Fisher (1935); Newcombe (1998), method
10, for differences of shares; Katz and others (1978) for the risk ratio; Cramer (1946) with the
correction of Bergsma (2013); Wilson (1927).
"""

from dataclasses import dataclass

import numpy as np

from finplatform.errors import FinplatformError

CONFIDENCE = 0.95
LEAST_PER_GROUP = 10
"""Groups with fewer members are not compared."""

LEAST_EXPECTED = 5.0
"""With a smaller expected count in a cell of two by two, Fisher's exact test is taken."""


@dataclass(frozen=True)
class Finding:
    """Result of one analysis.

    Attributes:
        method: Name of the test.
        size_a: Units in the first group, or in all.
        size_b: Units in the second group; None if there is none.
        estimate_a: Mean, median or share of the first group.
        estimate_b: The same of the second.
        difference: First less second, or the quantity that is estimated.
        lower: Lower end of its 95% interval.
        upper: Upper end.
        effect_name: Name of the effect size.
        effect: Effect size, free of units.
        effect_lower: Lower end of its 95% interval.
        effect_upper: Upper end.
        statistic: Test statistic.
        degrees_of_freedom: Degrees of freedom, where the test has them.
        p_value: Chance of such a statistic or a more extreme one if there is no difference.
    """

    method: str
    size_a: int
    size_b: int | None = None
    estimate_a: float | None = None
    estimate_b: float | None = None
    difference: float | None = None
    lower: float | None = None
    upper: float | None = None
    effect_name: str | None = None
    effect: float | None = None
    effect_lower: float | None = None
    effect_upper: float | None = None
    statistic: float | None = None
    degrees_of_freedom: float | None = None
    p_value: float | None = None


class TooFewError(FinplatformError):
    """A group is too small, or does not vary, so that no test is possible."""


def welch(first: np.ndarray, second: np.ndarray) -> Finding:
    """Means of two independent groups whose variances may differ, with Hedges' g.

    Raises:
        TooFewError: A group has fewer than ten members, or nothing varies.
    """
    from scipy import stats  # type: ignore[import-untyped]

    first, second = _numbers(first), _numbers(second)
    result = stats.ttest_ind(first, second, equal_var=False)
    interval = result.confidence_interval(CONFIDENCE)
    effect, error = hedges_g(first, second)
    reach = float(stats.norm.ppf(0.5 + CONFIDENCE / 2)) * error
    return Finding(
        "WELCH_T",
        first.size,
        second.size,
        float(first.mean()),
        float(second.mean()),
        float(first.mean() - second.mean()),
        float(interval.low),
        float(interval.high),
        "HEDGES_G",
        effect,
        effect - reach,
        effect + reach,
        float(result.statistic),
        float(result.df),
        float(result.pvalue),
    )


def hedges_g(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Difference of means in pooled standard deviations, corrected for few units; its error."""
    from scipy.special import gammaln  # type: ignore[import-untyped]

    n, m = first.size, second.size
    degrees = n + m - 2
    pooled = ((n - 1) * first.var(ddof=1) + (m - 1) * second.var(ddof=1)) / degrees
    cohens_d = (first.mean() - second.mean()) / np.sqrt(pooled)
    # The exact correction; 1 - 3 / (4 degrees - 1) approximates it.
    correction = np.exp(
        gammaln(degrees / 2) - np.log(np.sqrt(degrees / 2)) - gammaln((degrees - 1) / 2)
    )
    effect = float(correction * cohens_d)
    return effect, float(np.sqrt((n + m) / (n * m) + effect**2 / (2 * (n + m))))


def mann_whitney(first: np.ndarray, second: np.ndarray) -> Finding:
    """Ranks of two independent groups; the effect is the chance that the first is larger.

    Ties count half. Medians are reported too, but are not tested.

    Raises:
        TooFewError: A group has fewer than ten members, or nothing varies.
    """
    from scipy import stats

    first, second = _numbers(first), _numbers(second)
    result = stats.mannwhitneyu(first, second, method="asymptotic")
    together = stats.rankdata(np.concatenate([first, second]))
    in_first = together[: first.size] - stats.rankdata(first)
    in_second = together[first.size :] - stats.rankdata(second)
    larger = float(in_first.mean() / second.size)
    error = np.sqrt(
        (in_first / second.size).var(ddof=1) / first.size
        + (in_second / first.size).var(ddof=1) / second.size
    )
    reach = float(stats.norm.ppf(0.5 + CONFIDENCE / 2) * error)
    return Finding(
        "MANN_WHITNEY",
        first.size,
        second.size,
        float(np.median(first)),
        float(np.median(second)),
        float(np.median(first) - np.median(second)),
        effect_name="PROBABILITY_LARGER",
        effect=larger,
        effect_lower=max(larger - reach, 0.0),
        effect_upper=min(larger + reach, 1.0),
        statistic=float(result.statistic),
        p_value=float(result.pvalue),
    )


def shares(yes_a: int, size_a: int, yes_b: int, size_b: int) -> Finding:
    """Shares of two independent groups, with the risk ratio.

    Pearson's chi-square without correction, or Fisher's exact test where a cell expects less than
    five. With an empty cell the ratio has half a unit added to every cell.

    Raises:
        TooFewError: A group has fewer than ten members, or all units agree.
    """
    from scipy import stats

    table = np.array([[yes_a, size_a - yes_a], [yes_b, size_b - yes_b]])
    if min(size_a, size_b) < LEAST_PER_GROUP or 0 in table.sum(axis=0):
        raise _too_few(size_a, size_b)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    if expected.min() < LEAST_EXPECTED:
        method, degrees = "FISHER_EXACT", None
        statistic, p_value = stats.fisher_exact(table)
    else:
        method, degrees = "CHI_SQUARE", 1.0
        statistic, p_value = stats.chi2_contingency(table, correction=False)[:2]
    share_a, share_b = yes_a / size_a, yes_b / size_b
    low_a, high_a = wilson(yes_a, size_a)
    low_b, high_b = wilson(yes_b, size_b)
    difference = share_a - share_b
    ratio, ratio_lower, ratio_upper = _risk_ratio(table)
    return Finding(
        method,
        size_a,
        size_b,
        share_a,
        share_b,
        difference,
        difference - float(np.hypot(share_a - low_a, high_b - share_b)),
        difference + float(np.hypot(high_a - share_a, share_b - low_b)),
        "RISK_RATIO",
        ratio,
        ratio_lower,
        ratio_upper,
        float(statistic) if np.isfinite(statistic) else None,
        degrees,
        float(p_value),
    )


def association(table: np.ndarray) -> Finding:
    """Whether two attributes hang together: chi-square on a table of counts, with Cramer's V.

    V is corrected for chance, so that independent attributes have about 0.

    Args:
        table: Counts, shape (rows, columns); empty rows and columns are left out.

    Raises:
        TooFewError: Fewer than two rows or columns, or a cell expects less than one, or a fifth of
            the cells less than five (Cochran 1954).
    """
    from scipy import stats

    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(table.shape) < 2:
        raise TooFewError("One attribute does not vary.", "Look at more units.")
    statistic, p_value, degrees, expected = stats.chi2_contingency(table, correction=False)
    if expected.min() < 1 or (expected < LEAST_EXPECTED).mean() > 0.2:
        raise TooFewError("Some cells expect too few units.", "Merge rare values.")
    total, (rows, columns) = int(table.sum()), table.shape
    excess = max(statistic / total - degrees / (total - 1), 0.0)
    narrow = min(rows - (rows - 1) ** 2 / (total - 1), columns - (columns - 1) ** 2 / (total - 1))
    return Finding(
        "CHI_SQUARE",
        total,
        effect_name="CRAMERS_V",
        effect=float(np.sqrt(excess / (narrow - 1))),
        statistic=float(statistic),
        degrees_of_freedom=float(degrees),
        p_value=float(p_value),
    )


def one_share(yes: int, size: int) -> Finding:
    """A share and its Wilson interval; there is nothing to test.

    Raises:
        TooFewError: Fewer than ten units.
    """
    if size < LEAST_PER_GROUP:
        raise _too_few(size, size)
    lower, upper = wilson(yes, size)
    return Finding(
        "WILSON_INTERVAL", size, estimate_a=yes / size, difference=yes / size,
        lower=lower, upper=upper,
    )  # fmt: skip


def wilson(yes: int, size: int) -> tuple[float, float]:
    """Score interval of a share; never outside 0 and 1."""
    from scipy.special import ndtri

    z = float(ndtri(0.5 + CONFIDENCE / 2))
    centre = (yes + z**2 / 2) / (size + z**2)
    reach = z / (size + z**2) * np.sqrt(yes * (size - yes) / size + z**2 / 4)
    return max(float(centre - reach), 0.0), min(float(centre + reach), 1.0)


def _risk_ratio(table: np.ndarray) -> tuple[float, float, float]:
    from scipy.special import ndtri

    counts = table + 0.5 if (table == 0).any() else table.astype(float)
    sizes = counts.sum(axis=1)
    log_ratio = np.log(counts[0, 0] / sizes[0]) - np.log(counts[1, 0] / sizes[1])
    error = np.sqrt((1 / counts[:, 0] - 1 / sizes).sum())
    reach = float(ndtri(0.5 + CONFIDENCE / 2)) * error
    return tuple(float(np.exp(log_ratio + sign * reach)) for sign in (0, -1, 1))  # type: ignore[return-value]


def _numbers(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    if values.size < LEAST_PER_GROUP or values.min() == values.max():
        raise _too_few(values.size, values.size)
    return values


def _too_few(size_a: int, size_b: int) -> TooFewError:
    return TooFewError(
        f"Groups of {size_a} and {size_b} are too few, or all alike.",
        f"Compare at least {LEAST_PER_GROUP} units that differ in each.",
    )
