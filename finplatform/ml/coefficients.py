"""Coefficients of a model by feature, as a readable table.

Belongs here: names, effects, their uncertainty, and whether the sign is the expected one. Does not
belong here: fitting, or a verdict; a wrong sign is reported, not repaired.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from finplatform.ml.calibration import probability
from finplatform.ml.fitting import linear_log_odds
from finplatform.ml.spec import DEFAULT, Task
from finplatform.ml.weight_of_evidence import SUFFIX, AnyPreparation


def column_names(pipeline: Any, preparation: AnyPreparation) -> list[str]:
    """Names of the design columns, in order: value, missing indicator, level."""
    names = [column.name for column in preparation.numeric]
    if names:
        imputer = pipeline["columns"].named_transformers_["numeric"]["impute"]
        missing = [] if imputer.indicator_ is None else imputer.indicator_.features_
        names += [f"{preparation.numeric[position].name} missing" for position in missing]
    return names + [
        f"{column.name}={level}" for column in preparation.categorical for level in column.levels
    ]


def coefficient_table(
    names: Sequence[str],
    effects: np.ndarray,
    covariance: np.ndarray,
    *,
    slope: float,
    task: Task = DEFAULT,
) -> list[dict[str, Any]]:
    """One row per design column, strongest first.

    Effects are on the calibrated log-odds, per standard deviation of a number (of its log where it
    enters so, of its weight of evidence in a scorecard) or for having a level. Standard errors are
    clustered by borrower; they leave out the uncertainty of penalty and calibration.

    Args:
        names: Names of the design columns.
        effects: Coefficients, shape (columns,).
        covariance: From `clustered_covariance`.
        slope: Calibration slope.
        task: Says which signs are expected.
    """
    errors = np.sqrt(np.diag(covariance)[1:])
    rows = [
        _row(name, float(effect) * slope, float(error) * slope, task)
        for name, effect, error in zip(names, effects, errors, strict=True)
    ]
    return sorted(rows, key=lambda row: (-abs(row["coefficient"]), row["column"]))


def _row(name: str, effect: float, error: float, task: Task) -> dict[str, Any]:
    expected = _expected_sign(name, task)
    agrees = None if not expected or not effect else bool(np.sign(effect) == expected)
    return {
        "column": name,
        "coefficient": effect,
        "odds_ratio": float(np.exp(effect)),
        "std_error": error,
        "z": effect / error if error else None,
        "expected_sign": expected,
        "is_sign_as_expected": agrees,
    }


def _expected_sign(name: str, task: Task) -> int:
    """Evidence of default counts for it; a level or a missing value may count either way."""
    if name.endswith(SUFFIX):
        return 1
    return 0 if "=" in name or name.endswith(" missing") else task.expected(name).sign


def clustered_covariance(
    design: np.ndarray, outcome: np.ndarray, borrowers: np.ndarray, logit: Any, penalty: float
) -> np.ndarray:
    """Covariance of intercept and coefficients, shape (1 + columns, 1 + columns).

    A sandwich estimate: curvature of the penalised loss around squared sums per borrower.

    Args:
        design: Transformed training rows, shape (rows, columns).
        outcome: Shape (rows,).
        borrowers: Number of each row's borrower, 0 and up, shape (rows,).
        logit: The fitted regression.
        penalty: Its ridge penalty.
    """
    fitted = probability(linear_log_odds(design, logit))
    with_one = np.column_stack([np.ones(len(design)), design])
    ridge = np.full(with_one.shape[1], penalty)
    ridge[0] = 0.0
    curvature = (with_one * (fitted * (1 - fitted))[:, None]).T @ with_one + np.diag(ridge)
    gradient = with_one * (fitted - outcome)[:, None]
    order = np.argsort(borrowers, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(borrowers[order]) != 0])
    sums = np.add.reduceat(gradient[order], starts, axis=0)
    inverse = np.linalg.pinv(curvature, hermitian=True)
    half = sums @ inverse
    return np.asarray(half.T @ half)
