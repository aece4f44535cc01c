"""The scikit-learn side of the default model: imputing, scaling, one-hot, logistic regression.

Belongs here: building and fitting the pipeline, and its log-odds. Does not belong here: choosing
the penalty (`finplatform.ml.selection`), calibration, metrics.
"""

from typing import Any

import numpy as np

from finplatform.ml.preparation import Preparation
from finplatform.ml.weight_of_evidence import EvidencePreparation


def new_columns(preparation: Preparation | EvidencePreparation) -> Any:
    """Unfitted transformer of the matrix that `Preparation.matrix` makes.

    Numbers: median for the missing, an indicator column, mean 0 and deviation 1. Text: one column
    per level; an unknown level is none of them.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = len(preparation.numeric)
    numeric = Pipeline(
        [
            ("impute", SimpleImputer(strategy="median", add_indicator=True)),
            ("scale", StandardScaler()),
        ]
    )
    levels = [np.arange(len(column.levels), dtype=float) for column in preparation.categorical]
    one_hot = OneHotEncoder(categories=levels, handle_unknown="ignore", sparse_output=False)
    parts = [
        ("numeric", numeric, list(range(numbers))),
        ("categorical", one_hot, list(range(numbers, numbers + len(levels)))),
    ]
    return ColumnTransformer([part for part in parts if part[2]])


def fit_logit(
    design: np.ndarray, outcome: np.ndarray, penalty: float, *, tolerance: float = 1e-8
) -> Any:
    """Ridge-penalised logistic regression, solved to convergence so that it is reproducible.

    Args:
        design: Shape (rows, columns).
        outcome: 0 or 1, both occurring.
        penalty: Weight of half the squared length of the coefficients against the summed loss
            (one over scikit-learn's C).
        tolerance: Largest gradient at which the search stops; only signs are wanted of a loose one.
    """
    from sklearn.linear_model import LogisticRegression

    logit = LogisticRegression(C=1 / penalty, solver="newton-cholesky", tol=tolerance, max_iter=200)
    return logit.fit(design, outcome)


def new_pipeline(columns: Any, logit: Any) -> Any:
    """The fitted parts as one pipeline, in the form that is stored."""
    from sklearn.pipeline import Pipeline

    return Pipeline([("columns", columns), ("logit", logit)])


def linear_log_odds(design: np.ndarray, logit: Any) -> np.ndarray:
    """Log-odds of default, shape (rows,).

    Summed row by row: a matrix product adds up in another order for another number of rows, and a
    borrower's PD must not depend on the rest of the batch.
    """
    return (np.ascontiguousarray(design) * logit.coef_[0]).sum(axis=1) + logit.intercept_[0]
