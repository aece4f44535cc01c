"""Fits of the families before calibration: three forms behind one protocol.

A fit returns raw log-odds, the same with the economy at its average, and what each feature adds
against a reference. `LinearFit` is that of the penalised logistic model and of the scorecard,
`TreeFit` that of boosted trees, `BlendFit` the average of one of each.

Fitting is in `finplatform.ml.families`, storage in `finplatform.ml.store`.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import polars as pl

from finplatform.ml import boosted_trees
from finplatform.ml.coefficients import column_names
from finplatform.ml.fitting import linear_log_odds
from finplatform.ml.preparation import Preparation
from finplatform.ml.spec import ECONOMY
from finplatform.ml.weight_of_evidence import AnyPreparation


class Fit(Protocol):
    """Interface of a fit."""

    @property
    def preparation(self) -> AnyPreparation:
        """Makes the matrix from a frame."""
        ...

    @property
    def estimator(self) -> Any:
        """Content of the model file: a fitted estimator of scikit-learn, or several by name."""
        ...

    @property
    def reference(self) -> np.ndarray:
        """Average training row: of a linear fit's design, of the matrix of trees, or of both."""
        ...

    def log_odds(self, frame: pl.DataFrame) -> np.ndarray:
        """Raw log-odds, shape (rows,)."""
        ...

    def through_the_cycle_log_odds(self, frame: pl.DataFrame) -> np.ndarray:
        """Raw log-odds with the economy at its training average, shape (rows,)."""
        ...

    def contributions(self, frame: pl.DataFrame) -> dict[str, np.ndarray]:
        """Raw log-odds that each feature adds to a row against the reference, shape (rows,)."""
        ...

    def learned(self) -> dict[str, Any]:
        """Every number that a score or a reason depends on, but for the preparation's."""
        ...


@dataclass(frozen=True)
class LinearFit:
    """A regression over a design matrix.

    Attributes:
        pipeline: scikit-learn's, with the steps `columns` and `logit`.
        preparation: Makes the matrix that the pipeline takes.
        reference: Mean of the training design, shape (columns,).
    """

    pipeline: Any
    preparation: AnyPreparation
    reference: np.ndarray

    @property
    def estimator(self) -> Any:
        """The pipeline."""
        return self.pipeline

    def design(self, frame: pl.DataFrame) -> np.ndarray:
        """Design matrix of the regression, shape (rows, columns)."""
        return self.design_of(self.preparation.matrix(frame))

    def design_of(self, matrix: np.ndarray) -> np.ndarray:
        """Log-odds of a prepared matrix."""
        return np.asarray(self.pipeline["columns"].transform(matrix))

    @property
    def columns(self) -> list[str]:
        """Names of the design's columns."""
        return column_names(self.pipeline, self.preparation)

    def log_odds(self, frame: pl.DataFrame) -> np.ndarray:
        """Raw log-odds, shape (rows,)."""
        return linear_log_odds(self.design(frame), self.pipeline["logit"])

    def through_the_cycle_log_odds(self, frame: pl.DataFrame) -> np.ndarray:
        """Log-odds with columns of the economy at their mean, 0 after standardisation."""
        design = self.design(frame)
        design[:, [at for at, name in enumerate(self.columns) if feature_of(name) in ECONOMY]] = 0.0
        return linear_log_odds(design, self.pipeline["logit"])

    def contributions(self, frame: pl.DataFrame) -> dict[str, np.ndarray]:
        """Coefficient times distance from the average row, summed over a feature's columns."""
        added = (self.design(frame) - self.reference) * self.pipeline["logit"].coef_[0]
        found: dict[str, np.ndarray] = {}
        for at, name in enumerate(self.columns):
            feature = feature_of(name)
            found[feature] = found.get(feature, 0.0) + added[:, at]
        return found

    def learned(self) -> dict[str, Any]:
        """Medians, scales, coefficients."""
        columns = self.pipeline["columns"].named_transformers_
        numbers: dict[str, Any] = {}
        if "numeric" in columns:
            imputer, scaler = columns["numeric"]["impute"], columns["numeric"]["scale"]
            indicated = [] if imputer.indicator_ is None else imputer.indicator_.features_
            numbers = {
                "medians": plain(imputer.statistics_),
                "indicated": plain(indicated),
                "means": plain(scaler.mean_),
                "deviations": plain(scaler.scale_),
            }
        return {
            **numbers,
            "coefficients": plain(self.pipeline["logit"].coef_[0]),
            "intercept": plain(self.pipeline["logit"].intercept_),
            "reference": plain(self.reference),
        }


@dataclass(frozen=True)
class TreeFit:
    """Boosted trees over the prepared matrix.

    Attributes:
        trees: From `finplatform.ml.boosted_trees.grow`.
        preparation: Makes their matrix.
        reference: Mean of each number and most frequent code of each text in training, shape
            (features,).
        digest: SHA-256 of the trees' model file, which holds every number of theirs.
    """

    trees: Any
    preparation: Preparation
    reference: np.ndarray
    digest: str

    @property
    def estimator(self) -> Any:
        """The trees."""
        return self.trees

    def log_odds(self, frame: pl.DataFrame) -> np.ndarray:
        """Raw log-odds, shape (rows,)."""
        return boosted_trees.log_odds(self.trees, self.preparation.matrix(frame))

    def through_the_cycle_log_odds(self, frame: pl.DataFrame) -> np.ndarray:
        """Log-odds with features of the economy at their reference."""
        matrix = self.preparation.matrix(frame)
        economy = [at for at, name in enumerate(self.preparation.names) if name in ECONOMY]
        matrix[:, economy] = self.reference[economy]
        return boosted_trees.log_odds(self.trees, matrix)

    def contributions(self, frame: pl.DataFrame) -> dict[str, np.ndarray]:
        """Change from setting one feature alone to its reference; not additive."""
        matrix = self.preparation.matrix(frame)
        added = boosted_trees.contributions(self.trees, matrix, self.reference)
        return {name: added[:, at] for at, name in enumerate(self.preparation.names)}

    def learned(self) -> dict[str, Any]:
        """Every number of the trees as the hash of their file, and the reference."""
        return {"trees": self.digest, "reference": plain(self.reference)}


@dataclass(frozen=True)
class BlendFit:
    """The average of a regression and trees, learned from the same rows by one preparation.

    Attributes:
        linear: The regression.
        trees: The trees.
    """

    linear: LinearFit
    trees: TreeFit

    @property
    def preparation(self) -> AnyPreparation:
        """Preparation of both parts."""
        return self.trees.preparation

    @property
    def estimator(self) -> dict[str, Any]:
        """Both estimators by name."""
        return {"linear": self.linear.estimator, "trees": self.trees.estimator}

    @property
    def reference(self) -> np.ndarray:
        """Mean of the regression's design, then the average row of the trees' matrix."""
        return np.r_[self.linear.reference, self.trees.reference]

    def log_odds(self, frame: pl.DataFrame) -> np.ndarray:
        """Mean of both raw log-odds, shape (rows,)."""
        matrix = self.preparation.matrix(frame)
        linear = linear_log_odds(self.linear.design_of(matrix), self.linear.pipeline["logit"])
        return (linear + boosted_trees.log_odds(self.trees.trees, matrix)) / 2

    def through_the_cycle_log_odds(self, frame: pl.DataFrame) -> np.ndarray:
        """Mean of both with the economy at its training average."""
        parts = (part.through_the_cycle_log_odds(frame) for part in (self.linear, self.trees))
        return np.asarray(sum(parts)) / 2

    def contributions(self, frame: pl.DataFrame) -> dict[str, np.ndarray]:
        """Mean of what a feature adds in both; not additive, as of trees."""
        linear, trees = self.linear.contributions(frame), self.trees.contributions(frame)
        return {name: (linear[name] + trees[name]) / 2 for name in trees}

    def learned(self) -> dict[str, Any]:
        """Parameters of both parts."""
        return {"linear": self.linear.learned(), "trees": self.trees.learned()}


def feature_of(column: str) -> str:
    """Feature that a column of a design was made of."""
    return column.split(" ")[0].split("=")[0]


def plain(values: Any) -> list[float]:
    """Values as Python floats."""
    return [float(value) for value in values]
