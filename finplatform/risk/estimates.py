"""PD, LGD and conversion factor of each exposure, with the rule of the choice.

The internal-ratings approach takes long-run estimates: the PD of the grade
with its margin of conservatism (chapter CRE36; floors CRE32.4 and CRE32.58), the downturn LGD and
the own conversion factor, each if estimated from enough defaults. Else it takes supervisory values:
the foundation LGD of a corporate (CRE32.6), the standardised conversion factor (CRE20.94 to
20.100), and for retail, which has no foundation approach (chapter CRE30), the bank's expert LGD.
Accounting (IFRS 9 5.5.17) takes the PD of the date and the average LGD, which neither margin nor
floor moves; of what is in default, what is still expected to be lost on it (B5.5.33), which is the
best estimate by time since default, else the specific provision (CRE36.86).

Belongs here: the choice, row by row, and its code. Does not belong here:
estimating (`loss_parameters`, `finplatform.ml.rating`), or the formulas (`exposures`).
"""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from finplatform.risk.exposure_class import ExposureClass
from finplatform.risk.loss_given_default import expert_lgd
from finplatform.risk.loss_parameters import (
    BEST_ESTIMATE,
    CONVERSION,
    DOWNTURN,
    LGD,
    OWN_METHODS,
)

GRADE_PD: Final = "CRE36:grade_pd"
MODEL_PD: Final = "BANK.PD:model_pd"
IN_DEFAULT: Final = "CRE31.3:default"
PD_SOURCES = (GRADE_PD, MODEL_PD, IN_DEFAULT)
"""PD of the grade; the model's where an exposure has no grade; 1 in default."""

OWN_LGD: Final = "CRE36:own_downturn_lgd"
FOUNDATION_LGD: Final = "CRE32.6:foundation_lgd"
EXPERT_LGD: Final = "BANK.LGD:expert_lgd"
LGD_SOURCES = (OWN_LGD, FOUNDATION_LGD, EXPERT_LGD)
"""Own estimate of bad times; supervisory, for a corporate; expert, for retail."""

OWN_CCF: Final = "CRE32.36:own_conversion_factor"
STANDARD_CCF: Final = "CRE20.94:standardised_conversion_factor"
CCF_SOURCES = (OWN_CCF, STANDARD_CCF)
"""Own estimate; standardised factor."""

_DAYS_TO_DEFAULT, _DAYS_A_MONTH = 90, 365.25 / 12
_ESTIMATES = {
    "own_lgd": DOWNTURN,
    "average_lgd": LGD,
    "own_conversion_factor": CONVERSION,
}
_PARAMETERS: Mapping[str, Any] = {
    "segment": pl.String,
    "parameter": pl.String,
    "months_in_default": pl.Int16,
    "estimate": pl.Float64,
    "used_value": pl.Float64,
    "method": pl.String,
}
_GRADES: Mapping[str, Any] = {
    "exposure_id": pl.String,
    "observation_date": pl.Date,
    "grade": pl.String,
    "capital_pd": pl.Float64,
}


def with_estimates(
    book: pl.DataFrame, grades: pl.DataFrame, parameters: pl.DataFrame
) -> pl.DataFrame:
    """Exposures with the parameters that capital and accounting use.

    Args:
        book: Rows of `gold.credit_exposures` with `probability_default` of the date, null in
            default.
        grades: Rows of `gold.pd_grades`; without any, the PD of the date stands in.
        parameters: Rows of `gold.loss_parameters`; without any, nothing is estimated.

    Returns:
        `book`, rows in its order, with `grade` (null without), `capital_pd`, `pd_source`; `lgd`
        (null under the foundation approach), `lgd_source`; `own_conversion_factor` (null where the
        standardised one is used), `ccf_source` (null where nothing is undrawn); `best_estimate_el`
        (of exposures in default, null where too few are known); and `average_lgd` for accounting
        (null without enough defaults or a provision).
    """
    graded = _typed(grades, _GRADES).rename({"observation_date": "reporting_date"})
    known = _typed(parameters, _PARAMETERS)
    joined = book.join(
        graded, on=["exposure_id", "reporting_date"], how="left", maintain_order="left"
    )
    for name, parameter in _ESTIMATES.items():
        joined = _join(joined, _estimates(known, parameter, name), ["product_type"])
    joined = _join(joined, _fallbacks(known), ["product_type"])
    joined = joined.with_columns(_months_in_default())
    joined = _join(
        joined,
        _estimates(known, BEST_ESTIMATE, "best_estimate_el", "months_in_default"),
        ["product_type", "months_in_default"],
    )
    is_bad = pl.col("is_defaulted")
    # With few observations do not go below the expert estimate.
    expert = pl.max_horizontal("fallback_lgd", expert_lgd(pl.col("exposure_class")))
    is_corporate = pl.col("exposure_class") == ExposureClass.CORPORATE.value
    return joined.with_columns(
        pl.when(is_bad)
        .then(1.0)
        .otherwise(pl.coalesce("capital_pd", "probability_default"))
        .alias("capital_pd"),
        pl.when(is_bad)
        .then(pl.lit(IN_DEFAULT))
        .when(pl.col("capital_pd").is_null())
        .then(pl.lit(MODEL_PD))
        .otherwise(pl.lit(GRADE_PD))
        .alias("pd_source"),
        pl.coalesce("own_lgd", pl.when(~is_corporate).then(expert)).alias("lgd"),
        pl.when(pl.col("own_lgd").is_not_null())
        .then(pl.lit(OWN_LGD))
        .when(is_corporate)
        .then(pl.lit(FOUNDATION_LGD))
        .otherwise(pl.lit(EXPERT_LGD))
        .alias("lgd_source"),
        pl.when(pl.col("undrawn_amount") > 0)
        .then(
            pl.when(pl.col("own_conversion_factor").is_null())
            .then(pl.lit(STANDARD_CCF))
            .otherwise(pl.lit(OWN_CCF))
        )
        .alias("ccf_source"),
        pl.when(is_bad).then("best_estimate_el").alias("best_estimate_el"),
        pl.when(is_bad)
        .then(pl.coalesce("best_estimate_el", _provisioned(), "average_lgd"))
        .otherwise("average_lgd")
        .alias("average_lgd"),
    ).drop("own_lgd", "fallback_lgd", "months_in_default")


def _estimates(parameters: pl.DataFrame, parameter: str, name: str, *keys: str) -> pl.DataFrame:
    """Values of a parameter that rest on enough defaults, by product.

    Accounting takes the estimate itself, since a floor would bias it (IFRS 9 5.5.17(a)).
    """
    value = "estimate" if parameter == LGD else "used_value"
    return parameters.filter(
        (pl.col("parameter") == parameter) & pl.col("method").is_in(OWN_METHODS)
    ).select(
        pl.col("segment").alias("product_type"),
        *keys,
        pl.col(value).alias(name),
    )


def _fallbacks(parameters: pl.DataFrame) -> pl.DataFrame:
    """Value that stands in for a downturn LGD with too few defaults, by product."""
    return parameters.filter(
        (pl.col("parameter") == DOWNTURN) & ~pl.col("method").is_in(OWN_METHODS)
    ).select(pl.col("segment").alias("product_type"), pl.col("used_value").alias("fallback_lgd"))


def _provisioned() -> pl.Expr:
    """Specific provision over EAD, at most 1; null without a provision."""
    provision, owed = (pl.col(c).cast(pl.Float64) for c in ("specific_provision", "drawn_amount"))
    return pl.when((provision > 0) & (owed > 0)).then((provision / owed).clip(upper_bound=1.0))


def _months_in_default() -> pl.Expr:
    """Months since default, down to those that a best estimate is kept for: 0, 6 or 12."""
    months = (pl.col("days_past_due") - _DAYS_TO_DEFAULT) / _DAYS_A_MONTH
    return (
        pl.when(months >= 12).then(12).when(months >= 6).then(6).otherwise(0).cast(pl.Int16)
    ).alias("months_in_default")


def _join(book: pl.DataFrame, values: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    return book.join(values, on=on, how="left", maintain_order="left")


def _typed(frame: pl.DataFrame, schema: Mapping[str, Any]) -> pl.DataFrame:
    if frame.is_empty():
        return pl.DataFrame(schema=schema)
    return frame.select(pl.col(name).cast(kind) for name, kind in schema.items())
