"""From a feature frame to the matrix that scikit-learn sees, with what was learned on the way.

Belongs here: finite numbers, log scale, clipping bounds, level lists; all in Polars, all plain
numbers that go into the stored metadata. Does not belong here: imputing, scaling and one-hot
columns, which are scikit-learn's (`finplatform.ml.fitting`).
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from finplatform.errors import FinplatformError
from finplatform.ml.spec import DEFAULT, ECONOMY, OBSERVED, Task, feature_columns

MISSING_LEVEL = "(missing)"
UNKNOWN_CODE = -1.0
MAX_LEVELS = 30
DATES_PER_ECONOMY = 5
"""Fewest observation dates for each column of the economy. All borrowers of a date share its
value: with fewer dates a trend of the sample looks like an effect of the economy."""


@dataclass(frozen=True)
class NumericColumn:
    """A numeric feature and the range it had in training; values beyond it count as its end."""

    name: str
    is_log: bool
    lower: float
    upper: float

    def expression(self, dtype: pl.DataType | None) -> pl.Expr:
        """Float64, null where absent, NaN or infinite; clipped, then on its scale."""
        if dtype is None or dtype == pl.Null:
            return pl.lit(None, dtype=pl.Float64).alias(self.name)
        if not (dtype.is_numeric() or dtype == pl.Boolean):
            raise FinplatformError(
                f"Feature {self.name} was a number in training and now has type {dtype}.",
                "Cast it in the feature table, or retrain the model.",
            )
        value = finite(self.name).clip(self.lower, self.upper)
        return (value.sign() * value.abs().log1p() if self.is_log else value).alias(self.name)


@dataclass(frozen=True)
class CategoryColumn:
    """A text feature and its levels in training; any other level counts as none of them."""

    name: str
    levels: tuple[str, ...]

    def expression(self, dtype: pl.DataType | None) -> pl.Expr:
        """Position of the level as Float64, `UNKNOWN_CODE` for a level not seen in training."""
        text = pl.lit(None, dtype=pl.String) if dtype is None else pl.col(self.name).cast(pl.String)
        codes = [float(code) for code in range(len(self.levels))]
        return (
            text.fill_null(MISSING_LEVEL)
            .replace_strict(list(self.levels), codes, default=UNKNOWN_CODE, return_dtype=pl.Float64)
            .alias(self.name)
        )


@dataclass(frozen=True)
class Preparation:
    """Everything needed to make a row of numbers from a row of features.

    Attributes:
        numeric: Numeric features, in matrix order.
        categorical: Text features, after the numeric ones.
        dropped: Features of the training frame that could not be used, with the reason.
    """

    numeric: tuple[NumericColumn, ...]
    categorical: tuple[CategoryColumn, ...]
    dropped: dict[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """Features in matrix order."""
        return tuple(column.name for column in self.columns)

    @property
    def columns(self) -> tuple[NumericColumn | CategoryColumn, ...]:
        """Numeric columns, then text columns."""
        return (*self.numeric, *self.categorical)

    def matrix(self, frame: pl.DataFrame) -> np.ndarray:
        """Matrix of a frame; absent columns are wholly missing, further ones are ignored.

        Returns:
            Float64, shape (rows, features); NaN where a number is missing.

        Raises:
            FinplatformError: A numeric feature has become something else.
        """
        schema = frame.schema
        # with_columns and not select: a frame that lacks every feature must keep its height.
        table = frame.with_columns(
            column.expression(schema.get(column.name)) for column in self.columns
        ).select(self.names)
        matrix = np.empty((table.height, table.width))
        for position, values in enumerate(table.iter_columns()):
            matrix[:, position] = values.to_numpy()
        return matrix

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> "Preparation":
        """Inverse of `to_dict`."""
        return cls(
            tuple(NumericColumn(**column) for column in stored["numeric"]),
            tuple(
                CategoryColumn(column["name"], tuple(column["levels"]))
                for column in stored["categorical"]
            ),
            dict(stored["dropped"]),
        )


def learn_preparation(frame: pl.DataFrame, *, tail: float, task: Task = DEFAULT) -> Preparation:
    """Learn bounds and levels from training rows.

    Args:
        frame: Training rows, in any order; the result does not depend on it.
        tail: Share of values cut at either end of a numeric feature.
        task: Says which columns are features.

    Raises:
        FinplatformError: No feature is left that varies.
    """
    columns = feature_columns(frame, task)
    dropped = _unlearnable_economy(frame, columns.numeric)
    finites = frame.select(finite(name) for name in columns.numeric if name not in dropped)
    numbers = (_numeric_column(values, tail, task, dropped) for values in finites.iter_columns())
    texts = (_category_column(frame, name, dropped) for name in columns.categorical)
    numeric = [column for column in numbers if column is not None]
    categorical = [column for column in texts if column is not None]
    if not numeric and not categorical:
        raise FinplatformError(
            "No feature varies in the training rows.", "Check that the feature table is filled."
        )
    return Preparation(tuple(numeric), tuple(categorical), dropped)


def _unlearnable_economy(frame: pl.DataFrame, numeric: tuple[str, ...]) -> dict[str, str]:
    """Columns of the economy, with the reason, if the rows have too few dates to learn them."""
    economy = [name for name in numeric if name in ECONOMY]
    if OBSERVED not in frame.columns:
        return {}
    dates = frame[OBSERVED].n_unique()
    if dates >= DATES_PER_ECONOMY * len(economy):
        return {}
    return dict.fromkeys(economy, f"{len(economy)} columns of the economy on {dates} dates")


def finite(name: str) -> pl.Expr:
    """Column as Float64 with NaN and infinity as null."""
    value = pl.col(name).cast(pl.Float64)
    return pl.when(value.is_finite()).then(value)


def _numeric_column(
    finites: pl.Series, tail: float, task: Task, dropped: dict[str, str]
) -> NumericColumn | None:
    name, values = finites.name, np.sort(finites.drop_nulls().to_numpy())
    if values.size == 0:
        dropped[name] = "all missing"
        return None
    if values[0] == values[-1]:
        dropped[name] = "constant"
        return None
    # Counts of rare trouble are zero nearly everywhere: quantiles of all rows would clip the
    # trouble away, so that those of the other rows are taken.
    filled = values[values != 0]
    is_sparse = 2 * filled.size < values.size
    bounds = filled if is_sparse else values
    lower, upper = _quantile(bounds, tail), _quantile(bounds, 1 - tail)
    if is_sparse:
        lower, upper = min(lower, 0.0), max(upper, 0.0)
    if lower == upper:
        lower, upper = float(bounds[0]), float(bounds[-1])
    return NumericColumn(name, task.expected(name).is_log, lower, upper)


def _quantile(ascending: np.ndarray, share: float) -> float:
    return float(ascending[round(share * (ascending.size - 1))])


def _category_column(
    frame: pl.DataFrame, name: str, dropped: dict[str, str]
) -> CategoryColumn | None:
    levels = frame[name].cast(pl.String).fill_null(MISSING_LEVEL).unique().sort().to_list()
    if len(levels) < 2:
        dropped[name] = "constant"
        return None
    if len(levels) > MAX_LEVELS:
        dropped[name] = f"more than {MAX_LEVELS} levels"
        return None
    return CategoryColumn(name, tuple(levels))
