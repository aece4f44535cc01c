"""Validation of a table of exposures.

Belongs here: the columns, and the rows that no rule can weigh, each with the reason. The formulas
check their own arrays too; these checks name the exposures. Measuring belongs to `exposures`.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from finplatform.risk.arrays import HIGHEST_LOSS_RATE
from finplatform.risk.errors import RiskInputError
from finplatform.risk.exposure_class import ExposureClass
from finplatform.risk.thresholds import HIGHEST_AMOUNT, cents_of

REQUIRED_COLUMNS: Final[Mapping[str, type[pl.DataType]]] = {
    "exposure_id": pl.String,
    "exposure_class": pl.String,
    "product_type": pl.String,
    "drawn": pl.Float64,
    "undrawn": pl.Float64,
    "pd": pl.Float64,
    "lgd": pl.Float64,
    "ltv": pl.Float64,
    "is_defaulted": pl.Boolean,
    "specific_provision": pl.Float64,
    "turnover_eur_m": pl.Float64,
    "maturity": pl.Float64,
    "is_transactor": pl.Boolean,
}
"""Columns that an exposure table must have, and the type they are read as."""

OPTIONAL_COLUMNS: Final[Mapping[str, tuple[type[pl.DataType], bool | None]]] = {
    "best_estimate_el": (pl.Float64, None),
    "own_conversion_factor": (pl.Float64, None),
    "is_regulatory_retail": (pl.Boolean, True),
    "is_cash_flow_dependent": (pl.Boolean, False),
    "has_currency_mismatch": (pl.Boolean, False),
}
"""Columns that may be left out, their type, and what then holds for every row."""

_SHOWN_IDS = 20


class InvalidExposuresError(RiskInputError):
    """Rows of an exposure table that cannot be measured.

    Attributes:
        violations: One row for each defect: `exposure_id`, `column`, `problem`.
    """

    def __init__(self, violations: pl.DataFrame, height: int) -> None:
        self.violations = violations
        rows = violations["exposure_id"].n_unique()
        problems = violations.group_by("column", "problem", maintain_order=True).agg("exposure_id")
        super().__init__(
            f"{rows} of {height} exposures cannot be measured: "
            + "; ".join(_describe(*problem) for problem in problems.iter_rows())
            + ".",
            "Mend these rows at their source or set them aside; `violations` lists all of them.",
        )


def _describe(column: str, problem: str, ids: list[str]) -> str:
    more = f" and {len(ids) - _SHOWN_IDS} more" if len(ids) > _SHOWN_IDS else ""
    return f"{column} {problem} ({', '.join(map(str, ids[:_SHOWN_IDS]))}{more})"


def typed(exposures: pl.DataFrame) -> pl.DataFrame:
    """Return the columns that are measured, in their types, with the optional ones filled in.

    Raises:
        RiskInputError: If a required column is missing or a column cannot be read as its type.
    """
    missing = [name for name in REQUIRED_COLUMNS if name not in exposures.columns]
    if missing:
        raise RiskInputError(
            f"The exposure table lacks: {', '.join(missing)}.",
            f"It must have the columns {', '.join(REQUIRED_COLUMNS)}.",
        )
    columns = [pl.col(name).cast(dtype) for name, dtype in REQUIRED_COLUMNS.items()]
    for name, (dtype, default) in OPTIONAL_COLUMNS.items():
        assumed = pl.lit(default, dtype)
        given = pl.col(name).cast(dtype) if name in exposures.columns else assumed
        columns.append(pl.coalesce(given, assumed).alias(name))
    try:
        return exposures.select(columns)
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise RiskInputError(
            f"A column of the exposure table has the wrong type: {reason}.",
            "Amounts and rates are numbers, flags are booleans.",
        ) from error


def violations(exposures: pl.DataFrame) -> pl.DataFrame:
    """Return every defect that keeps a row from being measured.

    Args:
        exposures: One row for each exposure, with `REQUIRED_COLUMNS`.

    Returns:
        `exposure_id`, `column` and `problem`, one row for each defect; empty if there is none.

    Raises:
        RiskInputError: If a required column is missing or of a wrong type.
    """
    rows = typed(exposures)
    found = [
        rows.lazy()
        .filter(offends)
        .select("exposure_id", column=pl.lit(column), problem=pl.lit(problem))
        for column, problem, offends in _problems()
    ]
    return pl.concat(pl.collect_all(found))


def validate(exposures: pl.DataFrame) -> None:
    """Refuse a table with rows that cannot be measured.

    Raises:
        InvalidExposuresError: If any row has a defect; names the exposures and the defects.
        RiskInputError: If a required column is missing or of a wrong type.
    """
    found = violations(exposures)
    if found.height:
        raise InvalidExposuresError(found, exposures.height)


def _problems() -> list[tuple[str, str, pl.Expr]]:
    is_corporate = pl.col("exposure_class") == ExposureClass.CORPORATE.value
    performing = ~pl.col("is_defaulted")
    classes = [member.value for member in ExposureClass]
    gross = cents_of("drawn") + cents_of("undrawn")
    return [
        ("exposure_id", "is missing", pl.col("exposure_id").is_null()),
        ("exposure_id", "is not unique", pl.col("exposure_id").is_duplicated()),
        ("exposure_class", "is missing", pl.col("exposure_class").is_null()),
        ("exposure_class", "is unknown", ~pl.col("exposure_class").is_in(classes)),
        ("is_defaulted", "is missing", pl.col("is_defaulted").is_null()),
        *_amount_problems("drawn"),
        *_amount_problems("undrawn"),
        ("pd", "is missing", performing & _absent("pd")),
        ("pd", "is outside 0 to 1", ~pl.col("pd").is_between(0.0, 1.0) & pl.col("pd").is_not_nan()),
        ("pd", "is 1 though not in default", performing & (pl.col("pd") == 1.0)),
        ("lgd", "is missing", ~is_corporate & _absent("lgd")),
        ("lgd", "is not a number", is_corporate & pl.col("lgd").is_nan()),
        ("lgd", "is no fraction", _no_loss_rate("lgd")),
        ("best_estimate_el", "is no fraction", _no_loss_rate("best_estimate_el")),
        ("best_estimate_el", "is not a number", pl.col("best_estimate_el").is_nan()),
        *_optional_amount_problems("ltv"),
        *_optional_amount_problems("turnover_eur_m"),
        *_optional_amount_problems("specific_provision"),
        *_optional_amount_problems("own_conversion_factor"),
        ("specific_provision", "is larger than the loan", cents_of("specific_provision") > gross),
        ("maturity", "is not finite", ~pl.col("maturity").is_finite()),
    ]


def _absent(column: str) -> pl.Expr:
    return pl.col(column).is_null() | pl.col(column).is_nan()


def _no_loss_rate(column: str) -> pl.Expr:
    inside = pl.col(column).is_between(0.0, HIGHEST_LOSS_RATE)
    return ~inside & pl.col(column).is_not_nan()


def _amount_problems(column: str) -> list[tuple[str, str, pl.Expr]]:
    missing = (column, "is missing", pl.col(column).is_null())
    beyond = pl.col(column).is_finite() & (pl.col(column) > HIGHEST_AMOUNT)
    return [missing, (column, "is too large", beyond), *_optional_amount_problems(column)]


def _optional_amount_problems(column: str) -> list[tuple[str, str, pl.Expr]]:
    return [
        (column, "is not finite", ~pl.col(column).is_finite()),
        (column, "is negative", pl.col(column) < 0.0),
    ]
