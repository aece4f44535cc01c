"""Association of the economy with customers' spending: regressions of differences.

Monthly changes of the log of spending per active customer are regressed on the indicator's changes
of the same month and the two before; the three together are the effect of one percentage point.
Over the whole bank this is one history of few months, of which nothing is taken out but what stays.
Over countries what all of them share in a month is taken out, so that only what sets a country
apart counts. The change of the month to come, which cannot have moved spending yet, is the check.

Belongs here: the estimator and its checks. Does not belong here: the table of answers (see
`causal_analytics`).

References: Newey and West, Econometrica 55 (1987), 703-708, for errors of a series; Cameron,
Gelbach and Miller, Journal of Business and Economic Statistics 29 (2011), 238-249, for those of
clusters.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import polars as pl

INDICATORS: Mapping[str, tuple[str, str, float]] = MappingProxyType(
    {
        "UNEMPLOYMENT": ("unemployment_pct", "unemployment", 1.0),
        "INFLATION": ("inflation_pct", "inflation", 1.0),
        "POLICY_RATE": ("policy_rate_pct", "the policy rate", 1.0),
        "GDP_GROWTH": ("gdp_growth_pct", "GDP growth", 1.0),
        "HOUSE_PRICES": ("house_price_change_12m", "the yearly change of house prices", 100.0),
    }
)
"""Column, name in words, and factor to percentage points by code of the indicator."""

WHOLE = "ALL"
LAGS = 2
LEAST_MONTHS = 18
"""Fewest usable months of an estimate."""

LEAST_COUNTRIES = 3
LEAST_CUSTOMERS = 20
"""A country with fewer active customers in any month is left out."""

_CONFIDENCE = 0.95
_NEWEY_WEST_LAGS = 3


@dataclass(frozen=True)
class Impact:
    """Change of spending per percentage point of an indicator, within three months.

    Attributes:
        design: `TIME_SERIES` or `PANEL`.
        indicator: Code of the indicator.
        estimate: Change of the log of spending per customer.
        standard_error: Its standard error.
        lower: Lower end of the 95% interval, by Student's t.
        upper: Upper end.
        p_value: P-value of no relation.
        observations: Months, or months of countries.
        lead_estimate: The same for the change of the month to come; about 0 if the design holds.
        lead_p_value: Its p-value.
    """

    design: str
    indicator: str
    estimate: float
    standard_error: float
    lower: float
    upper: float
    p_value: float
    observations: int
    lead_estimate: float
    lead_p_value: float


@dataclass(frozen=True)
class _Panel:
    """Rows of a regression: outcome, changes of the indicator at lead 1 and lags 0 to 2, month."""

    outcome: np.ndarray
    changes: np.ndarray
    month: np.ndarray
    country: np.ndarray


def economic_impacts(months: pl.DataFrame) -> Iterator[Impact]:
    """Impacts of all indicators on spending, over the whole bank and over countries.

    Args:
        months: Rows of `economic_months`.
    """
    whole = months.filter(pl.col("is_whole_month"), pl.col("spending_per_customer") > 0)
    bank = whole.filter(pl.col("country") == WHOLE)
    countries = _large_countries(whole.filter(pl.col("country") != WHOLE))
    for code, (column, _, factor) in INDICATORS.items():
        for design, rows in (("TIME_SERIES", bank), ("PANEL", countries)):
            panel = _panel(rows, column, factor)
            if _is_usable(panel, design):
                yield _impact(design, code, panel)


def _large_countries(rows: pl.DataFrame) -> pl.DataFrame:
    fewest = pl.col("active_customers").min().over("country")
    return rows.filter(fewest >= LEAST_CUSTOMERS)


def _panel(rows: pl.DataFrame, column: str, factor: float) -> _Panel:
    """Differences by country in order of time; months without a neighbour are left out."""
    number = 12 * pl.col("month_end").dt.year().cast(pl.Int64) + pl.col("month_end").dt.month()
    level = pl.col(column).cast(pl.Float64) * factor
    ordered = rows.sort("country", "month_end").with_columns(
        number=number,
        y=pl.col("spending_per_customer").cast(pl.Float64).log().diff().over("country"),
        x=level.diff().over("country"),
        step=number.diff().over("country"),
    )
    shifted = ordered.with_columns(
        *(pl.col("x").shift(lag).over("country").alias(f"x_{lag}") for lag in range(LAGS + 1)),
        pl.col("x").shift(-1).over("country").alias("x_lead"),
        gapless=pl.all_horizontal(
            (pl.col("step").shift(lag).over("country") == 1).fill_null(value=False)
            for lag in range(-1, LAGS + 1)
        ),
    )
    usable = shifted.filter("gapless").drop_nulls(
        ["y", "x_lead", *(f"x_{lag}" for lag in range(LAGS + 1))]
    )
    names = ["x_lead", *(f"x_{lag}" for lag in range(LAGS + 1))]
    return _Panel(
        usable["y"].to_numpy(),
        usable.select(names).to_numpy(),
        usable["number"].to_numpy(),
        usable["country"].to_numpy(),
    )


def _is_usable(panel: _Panel, design: str) -> bool:
    months = np.unique(panel.month).size
    if months < LEAST_MONTHS or not np.isfinite(panel.changes).all():
        return False
    if design == "PANEL" and np.unique(panel.country).size < LEAST_COUNTRIES:
        return False
    varied = _within(panel.changes, panel.month) if design == "PANEL" else panel.changes
    return bool(np.linalg.matrix_rank(varied) == varied.shape[1])


def _within(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Values less the mean of their group, shape as given."""
    _, place, size = np.unique(group, return_inverse=True, return_counts=True)
    sums = np.zeros((size.size, values.shape[1]))
    np.add.at(sums, place, values)
    return np.asarray(values - (sums / size[:, None])[place])


def _impact(design: str, code: str, panel: _Panel) -> Impact:
    from scipy import stats  # type: ignore[import-untyped]

    is_panel = design == "PANEL"
    # Effects of months are taken out together with the constant, else the constant alone.
    group = panel.month if is_panel else np.zeros(panel.month.size, dtype=np.int64)
    outcome = _within(panel.outcome[:, None], group)[:, 0]
    design_matrix = _within(panel.changes, group)
    absorbed = np.unique(group).size
    coefficients, covariance = regression(
        design_matrix, outcome, absorbed, cluster=panel.month if is_panel else None
    )
    clusters = np.unique(panel.month).size
    degrees = clusters - 1 if is_panel else outcome.size - design_matrix.shape[1] - absorbed
    summed = np.array([0.0, *np.ones(LAGS + 1)])
    lead = np.array([1.0, *np.zeros(LAGS + 1)])
    slopes = []
    for weights in (summed, lead):
        estimate = float(weights @ coefficients)
        error = float(np.sqrt(weights @ covariance @ weights))
        slopes.append((estimate, error, float(2 * stats.t.sf(abs(estimate) / error, degrees))))
    (estimate, error, p_value), (lead_estimate, _, lead_p_value) = slopes
    reach = float(stats.t.ppf(0.5 + _CONFIDENCE / 2, degrees)) * error
    return Impact(
        design, code, estimate, error, estimate - reach, estimate + reach, p_value,
        int(outcome.size), lead_estimate, lead_p_value,
    )  # fmt: skip


def regression(
    design: np.ndarray, outcome: np.ndarray, absorbed: int, *, cluster: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Least squares with errors that allow for what the rows share.

    Args:
        design: Columns of which the absorbed effects are taken out, shape (rows, columns).
        outcome: The same of the outcome, shape (rows,).
        absorbed: Effects taken out before, for the degrees of freedom.
        cluster: Group of each row whose errors may hang together; None for a series in order of
            time, whose errors may do so over three months.

    Returns:
        Coefficients and their covariance.
    """
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ outcome
    scores = design * (outcome - design @ coefficients)[:, None]
    rows, columns = design.shape
    if cluster is None:
        middle = scores.T @ scores
        for lag in range(1, _NEWEY_WEST_LAGS + 1):
            shared = scores[lag:].T @ scores[:-lag]
            middle += (1 - lag / (_NEWEY_WEST_LAGS + 1)) * (shared + shared.T)
        factor = rows / (rows - columns - absorbed)
    else:
        _, place = np.unique(cluster, return_inverse=True)
        groups = int(place.max()) + 1
        sums = np.zeros((groups, columns))
        np.add.at(sums, place, scores)
        middle = sums.T @ sums
        # What is absorbed lies within the clusters and costs no degree of freedom beyond theirs.
        factor = groups / (groups - 1) * (rows - 1) / (rows - columns)
    return coefficients, factor * inverse @ middle @ inverse
