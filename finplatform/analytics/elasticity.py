"""Elasticities: by how many per cent one amount differs where another is one per cent larger.

Belongs here: regression of logs with errors that do not trust equal variances. Does not belong
here: what is regressed on what (see `inferential`).

References: MacKinnon and White (1985) for HC3, as Long and Ervin (2000) advise for few units.
"""

import numpy as np

from finplatform.analytics.comparisons import CONFIDENCE, Finding, TooFewError

LEAST_ROWS = 30


def hc3(design: np.ndarray, outcome: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least squares coefficients and their HC3 covariance.

    Args:
        design: With a constant, of full rank, shape (rows, columns).
        outcome: Shape (rows,).

    Raises:
        TooFewError: A column repeats others.
    """
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise TooFewError("An explaining amount does not vary.", "Look at more units.")
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ outcome
    leverage = ((design @ inverse) * design).sum(axis=1)
    residual = (outcome - design @ coefficients) / np.maximum(1 - leverage, 1e-12)
    half = (design * residual[:, None]) @ inverse
    return coefficients, half.T @ half


def elasticity(
    outcome: np.ndarray, cause: np.ndarray, controls: np.ndarray | None = None
) -> Finding:
    """Slope of the log of an amount on the log of another; units without either are left out.

    Args:
        outcome: Positive amounts, shape (rows,).
        cause: Positive amounts, shape (rows,).
        controls: Further columns, as they are, shape (rows, controls).

    Raises:
        TooFewError: Fewer than 30 units have both.
    """
    from scipy import stats  # type: ignore[import-untyped]

    others = np.empty((outcome.size, 0)) if controls is None else np.asarray(controls, float)
    usable = (outcome > 0) & (cause > 0) & np.isfinite(outcome + cause)
    usable &= np.isfinite(others).all(axis=1)
    rows = int(usable.sum())
    if rows < LEAST_ROWS:
        raise TooFewError(f"{rows} units are too few.", f"Look at {LEAST_ROWS} or more.")
    design = np.column_stack([np.ones(rows), np.log(cause[usable]), others[usable]])
    coefficients, covariance = hc3(design, np.log(outcome[usable]))
    slope, error = float(coefficients[1]), float(np.sqrt(covariance[1, 1]))
    degrees = rows - design.shape[1]
    reach = float(stats.t.ppf(0.5 + CONFIDENCE / 2, degrees)) * error
    statistic = slope / error
    return Finding(
        "OLS_HC3",
        rows,
        difference=slope,
        lower=slope - reach,
        upper=slope + reach,
        effect_name="ELASTICITY",
        effect=slope,
        effect_lower=slope - reach,
        effect_upper=slope + reach,
        statistic=statistic,
        degrees_of_freedom=float(degrees),
        p_value=float(2 * stats.t.sf(abs(statistic), degrees)),
    )
