"""Analysts' overrides of grades: those in force on a month-end, and the status of each.

Where judgement overrides a model's output, a bank must record the person and the reason, and track
such exposures separately (International Convergence, 2006, par. 428; now CRE36). Here a decision is
a row with two names, and the model's grade is kept next to the grade in use.

A decision holds on month-ends from its day to the end of its validity, twelve months by
default, since a rating is renewed at least once a year (par. 425). Of several the latest
holds. It is refused when

- one person requested and approved it (FOUR_EYES);
- it ends before it begins (VALIDITY);
- no such exposure was ever graded (UNKNOWN_EXPOSURE);
- it changes nothing: from and to are the same grade (NO_CHANGE).

An exposure in default keeps its D, which is a fact and no opinion.

Belongs here: those rules. Does not belong here: how a decision arrives (`bronze.grade_overrides`)
and what a single row must look like (`finplatform.contracts.rating`).
"""

from datetime import date

import polars as pl

OVERRIDE_REASONS = (
    "NEW_INFORMATION",
    "DATA_ERROR",
    "GROUP_SUPPORT",
    "EARLY_WARNING",
    "POLICY",
    "OTHER",
)
OVERRIDE_STATUSES = ("PENDING", "IN_USE", "ENDED", "REFUSED")
OVERRIDE_REFUSALS = ("FOUR_EYES", "VALIDITY", "NO_CHANGE", "UNKNOWN_EXPOSURE")
_KEYS = ["exposure_id", "observation_date"]


def refusal() -> pl.Expr:
    """Reason for which a decision is refused by its own fields; null where it is valid."""
    return (
        pl.when(pl.col("decided_by") == pl.col("approved_by"))
        .then(pl.lit("FOUR_EYES"))
        .when(pl.col("valid_until") < pl.col("decided_date"))
        .then(pl.lit("VALIDITY"))
        .when(pl.col("from_grade") == pl.col("to_grade"))
        .then(pl.lit("NO_CHANGE"))
    )


def overrides_in_force(overrides: pl.DataFrame, exposures: pl.DataFrame) -> pl.DataFrame:
    """The decision that holds for each exposure and month-end, if one does.

    Args:
        overrides: Rows of `silver.stg_grade_overrides`, all of them: later runs include later
            decisions, but none holds before its day.
        exposures: `exposure_id`, `observation_date`, in any order.

    Returns:
        The rows and order of `exposures`, with `override_id` and `to_grade`, null without one.
    """
    valid = overrides.filter(refusal().is_null()).select(
        "exposure_id", "decided_date", "valid_until", "override_id", "to_grade"
    )
    latest = (
        exposures.select(_KEYS)
        .join(valid, on="exposure_id")
        .filter(pl.col("observation_date").is_between("decided_date", "valid_until"))
        .sort(*_KEYS, "decided_date", "override_id")
        .unique(_KEYS, keep="last", maintain_order=True)
        .select(*_KEYS, "override_id", "to_grade")
    )
    return exposures.select(_KEYS).join(latest, on=_KEYS, how="left", maintain_order="left")


def override_register(
    overrides: pl.DataFrame, grades: pl.DataFrame, last: date | None
) -> pl.DataFrame:
    """Status of each decision.

    Args:
        overrides: Rows of `silver.stg_grade_overrides`.
        grades: Rows of `gold.pd_grades`: `exposure_id`, `observation_date`, `model_grade`,
            `override_id`; of exposures that are decided on.
        last: Newest month-end with grades; None before the first.

    Returns:
        Columns of `gold.grade_overrides`, by decision.
    """
    used = (
        grades.filter(pl.col("override_id").is_not_null())
        .group_by("override_id")
        .agg(graded_month_ends=pl.len().cast(pl.Int64), last_used=pl.col("observation_date").max())
    )
    seen = (
        overrides.select("override_id", "exposure_id", "decided_date")
        .join(grades.select(*_KEYS, "model_grade"), on="exposure_id")
        .filter(pl.col("observation_date") <= pl.col("decided_date"))
        .sort("override_id", "observation_date")
        .unique("override_id", keep="last", maintain_order=True)
        .select("override_id", "model_grade")
    )
    known = grades.select("exposure_id").unique().with_columns(is_known=pl.lit(value=True))
    day, newest = pl.col("decided_date"), pl.lit(last, dtype=pl.Date)
    return (
        overrides.join(used, on="override_id", how="left")
        .join(seen, on="override_id", how="left")
        .join(known, on="exposure_id", how="left")
        .with_columns(
            refusal=refusal().fill_null(
                pl.when(pl.col("is_known").is_null()).then(pl.lit("UNKNOWN_EXPOSURE"))
            ),
            graded_month_ends=pl.col("graded_month_ends").fill_null(0),
            notches=(pl.col("to_grade").cast(pl.Int16) - pl.col("from_grade").cast(pl.Int16)),
            date_key=day.dt.strftime("%Y%m%d").cast(pl.Int32),
        )
        .with_columns(
            status=pl.when(pl.col("refusal").is_not_null())
            .then(pl.lit("REFUSED"))
            .when(pl.col("last_used") == newest)
            .then(pl.lit("IN_USE"))
            .when(newest.is_null() | (day > newest))
            .then(pl.lit("PENDING"))
            .otherwise(pl.lit("ENDED"))
        )
        .sort("override_id")
    )


def with_overrides(
    grades: pl.DataFrame, overrides: pl.DataFrame, *, default_grade: str
) -> pl.DataFrame:
    """Grades in use and grades of the model.

    Args:
        grades: `exposure_id`, `observation_date`, `model_grade`.
        overrides: Rows of `silver.stg_grade_overrides`.
        default_grade: Grade of default, which cannot be overridden.

    Returns:
        The rows in their order, with `grade` and `override_id`.
    """
    held = overrides_in_force(overrides, grades).select(_id="override_id", _grade="to_grade")
    applies = pl.col("_id").is_not_null() & (pl.col("model_grade") != default_grade)
    return (
        grades.hstack(held)
        .with_columns(
            grade=pl.when(applies).then("_grade").otherwise("model_grade"),
            override_id=pl.when(applies).then("_id"),
        )
        .drop("_id", "_grade")
    )
