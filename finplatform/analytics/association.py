"""Association of two features: correlations of numbers, association of categories.

Belongs here: coefficients with interval and p-value, over frames with missing values. Does not
belong here: which features are looked at, and what a strong association means.

References: Fisher (1915) for the interval of Pearson's coefficient; Bonett and Wright,
Psychometrika 65 (2000), 23-28, for that of Spearman's; Bergsma, Journal of the Korean Statistical
Society 42 (2013), 323-328, for the corrected V of Cramer.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import polars as pl

from finplatform.analytics.multiplicity import benjamini_hochberg

LEAST_PAIRS = 10
"""Fewer customers of whom both features are known give no coefficient."""

RESULT = {
    "method": pl.String,
    "subject": pl.String,
    "other": pl.String,
    "customers": pl.Int64,
    "estimate": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "p_value": pl.Float64,
    "p_adjusted": pl.Float64,
}
"""Columns of a result, one row per method and pair of features."""


def correlations(
    frame: pl.DataFrame, features: Sequence[str], *, confidence: float = 0.95
) -> pl.DataFrame:
    """Pearson's and Spearman's coefficient of every pair of features.

    Each pair uses the customers of whom both are known. A pair with fewer than `LEAST_PAIRS` of
    them, or a feature that does not vary among them, has no row. P-values are adjusted over all
    pairs of one method.

    Args:
        frame: One row per customer.
        features: Names of numeric columns.
        confidence: Share of intervals that hold the true coefficient.

    Returns:
        The columns of `RESULT`.
    """
    from scipy.stats import norm, rankdata  # type: ignore[import-untyped]

    values = {name: frame[name].cast(pl.Float64).to_numpy() for name in features}
    reach = float(norm.ppf(0.5 + confidence / 2))
    rows = []
    for first, second in combinations(features, 2):
        known = np.isfinite(values[first]) & np.isfinite(values[second])
        x, y = values[first][known], values[second][known]
        if x.size < LEAST_PAIRS or np.ptp(x) == 0 or np.ptp(y) == 0:
            continue
        plain = float(np.corrcoef(x, y)[0, 1])
        ranked = float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])
        widening = np.sqrt(1 + ranked**2 / 2)
        for method, r, factor in (("PEARSON", plain, 1.0), ("SPEARMAN", ranked, widening)):
            r = min(max(r, -1.0), 1.0)
            lower, upper = _fisher_interval(r, x.size, reach * factor)
            rows.append((method, first, second, x.size, r, lower, upper, _p_value(r, x.size)))
    return _adjusted(rows)


def categorical_associations(frame: pl.DataFrame, features: Sequence[str]) -> pl.DataFrame:
    """Bias-corrected V of Cramer of every pair of categories, with the test of independence.

    V is 0 without association and 1 when one category decides the other. The p-value is of
    Pearson's chi-squared without continuity correction; it is an approximation that needs expected
    counts of 5, so levels with fewer than 5 customers are left out.

    Args:
        frame: One row per customer.
        features: Names of text or boolean columns.

    Returns:
        The columns of `RESULT`, without interval.
    """
    rows = []
    for first, second in combinations(features, 2):
        known = frame.select(
            pl.col(first).cast(pl.String).alias("x"), pl.col(second).cast(pl.String).alias("y")
        ).drop_nulls()
        known = known.filter(pl.len().over("x") >= 5).filter(pl.len().over("y") >= 5)
        counts = (
            known.group_by("x", "y")
            .len()
            .sort("x", "y")
            .pivot(on="y", index="x", values="len")
            .fill_null(0)
        )
        table = counts.drop("x").to_numpy() if counts.height else np.zeros((0, 0))
        if min(table.shape) < 2 or table.sum() < LEAST_PAIRS:
            continue
        v, p_value = cramers_v(table)
        rows.append(("CRAMERS_V", first, second, int(table.sum()), v, None, None, p_value))
    return _adjusted(rows)


def cramers_v(table: np.ndarray) -> tuple[float, float]:
    """Bias-corrected V of a table of counts, and the p-value of independence.

    Args:
        table: Counts, shape (levels of one, levels of the other), no row or column empty.
    """
    from scipy.stats import chi2_contingency

    size = table.sum()
    test = chi2_contingency(table, correction=False)
    rows, columns = table.shape
    squared = max(0.0, test.statistic / size - (rows - 1) * (columns - 1) / (size - 1))
    rows_corrected = rows - (rows - 1) ** 2 / (size - 1)
    columns_corrected = columns - (columns - 1) ** 2 / (size - 1)
    v = np.sqrt(squared / (min(rows_corrected, columns_corrected) - 1))
    return float(min(v, 1.0)), float(test.pvalue)


def _fisher_interval(r: float, size: int, reach: float) -> tuple[float, float]:
    """Interval of a correlation on the scale of its inverse hyperbolic tangent."""
    if abs(r) >= 1:
        return r, r
    middle, error = np.arctanh(r), reach / np.sqrt(size - 3)
    return float(np.tanh(middle - error)), float(np.tanh(middle + error))


def _p_value(r: float, size: int) -> float:
    """Two-sided p-value of no correlation, by Student's t with n - 2 degrees of freedom."""
    from scipy.stats import t

    if abs(r) >= 1:
        return 0.0
    return float(2 * t.sf(abs(r) * np.sqrt((size - 2) / (1 - r**2)), size - 2))


def _adjusted(rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    names = [name for name in RESULT if name != "p_adjusted"]
    frame = pl.DataFrame(rows, schema={name: RESULT[name] for name in names}, orient="row")
    parts = [
        part.with_columns(
            pl.Series("p_adjusted", benjamini_hochberg(part["p_value"].to_numpy()), pl.Float64)
        )
        for part in frame.partition_by("method", maintain_order=True)
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema=RESULT)
