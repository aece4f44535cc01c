"""Validation of a table of the standardised book.

Belongs here: its columns, and the rows that no rule can weigh, each with the reason. The loan book,
which is measured by both approaches, is checked in `exposure_checks`.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from finplatform.risk.asset_classes import QUALITY_STEPS, AssetClass
from finplatform.risk.errors import RiskInputError
from finplatform.risk.exposure_checks import InvalidExposuresError
from finplatform.risk.institutions import BankGrade
from finplatform.risk.off_balance import OffBalanceKind
from finplatform.risk.specialised import LendingKind, SlottingCategory
from finplatform.risk.thresholds import cents_of

SLOTTED_CLASSES = (
    AssetClass.SPECIALISED_LENDING,
    AssetClass.COMMERCIAL_PROPERTY,
    AssetClass.LAND_DEVELOPMENT,
)
"""Classes that a supervisory category may be given to: the last two hold income-producing and
high-volatility commercial real estate."""

OFF_BALANCE_KINDS: Final[Mapping[str, OffBalanceKind]] = {
    kind.name.lower(): kind for kind in OffBalanceKind
}
"""Kinds of off-balance items by name."""

REQUIRED: Final[Mapping[str, type[pl.DataType]]] = {
    "exposure_id": pl.String,
    "counterparty_id": pl.String,
    "exposure_class": pl.String,
    "drawn_amount": pl.Float64,
    "undrawn_amount": pl.Float64,
    "specific_provision": pl.Float64,
    "is_defaulted": pl.Boolean,
}
"""Columns that the table must have, and the type they are read as."""

FLAGS = (
    "is_short_term",
    "is_own_currency",
    "is_foreign_currency",
    "is_treated_as_sovereign",
    "is_by_sovereign",
    "is_listed_multilateral",
    "is_high_quality",
    "is_speculative",
    "is_listed",
    "is_legislated",
    "is_cash_flow_dependent",
    "is_split",
    "is_individual",
    "is_presold",
    "is_transactor",
    "has_currency_mismatch",
)
"""Facts that are true or false, as in `asset_classes.Characteristics`; false where not given."""

OPTIONAL: Final[Mapping[str, tuple[type[pl.DataType], object]]] = {
    "off_balance_kind": (pl.String, None),
    "rating": (pl.String, ""),
    "sovereign_rating": (pl.String, ""),
    "issuer_rating": (pl.String, ""),
    "bank_grade": (pl.String, ""),
    "lending_kind": (pl.String, ""),
    "slotting_category": (pl.String, None),
    "ltv": (pl.Float64, None),
    "turnover_eur_m": (pl.Float64, None),
    "years": (pl.Float64, None),
    **dict.fromkeys(FLAGS, (pl.Boolean, False)),
}
"""Columns that may be left out or null, their type, and what then holds; None stays null."""


def typed(exposures: pl.DataFrame) -> pl.DataFrame:
    """Return the columns that are measured, in their types, with the optional ones filled in.

    Raises:
        RiskInputError: If a required column is missing or a column cannot be read as its type.
    """
    missing = [name for name in REQUIRED if name not in exposures.columns]
    if missing:
        raise RiskInputError(
            f"The table of standardised exposures lacks: {', '.join(missing)}.",
            f"It must have the columns {', '.join(REQUIRED)}.",
        )
    columns = [pl.col(name).cast(kind) for name, kind in REQUIRED.items()]
    for name, (kind, default) in OPTIONAL.items():
        assumed = pl.lit(default, kind)
        given = pl.col(name).cast(kind) if name in exposures.columns else assumed
        columns.append(pl.coalesce(given, assumed).alias(name))
    try:
        return exposures.select(columns)
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise RiskInputError(
            f"A column of the standardised exposures has the wrong type: {reason}.",
            "Amounts and rates are numbers, flags are booleans.",
        ) from error


def validate(rows: pl.DataFrame) -> None:
    """Refuse a table, as `typed` returns it, with rows that cannot be measured.

    Raises:
        InvalidExposuresError: If any row has a defect; names the exposures and the defects.
    """
    found = pl.concat(
        rows.filter(offends).select("exposure_id", column=pl.lit(column), problem=pl.lit(problem))
        for column, problem, offends in _problems()
    )
    if found.height:
        raise InvalidExposuresError(found, rows.height)


def _problems() -> list[tuple[str, str, pl.Expr]]:
    gross = cents_of("drawn_amount") + cents_of("undrawn_amount")
    slotted = [member.value for member in SLOTTED_CLASSES]
    category = pl.col("slotting_category")
    in_default = category == SlottingCategory.DEFAULT.value
    return [
        ("exposure_id", "is missing", pl.col("exposure_id").is_null()),
        ("exposure_id", "is not unique", pl.col("exposure_id").is_duplicated()),
        ("exposure_class", "is missing", pl.col("exposure_class").is_null()),
        _unknown("exposure_class", [member.value for member in AssetClass]),
        ("is_defaulted", "is missing", pl.col("is_defaulted").is_null()),
        *(
            problem
            for name in ("drawn_amount", "undrawn_amount", "specific_provision")
            for problem in _amounts(name)
        ),
        (
            "specific_provision",
            "is larger than the exposure",
            cents_of("specific_provision") > gross,
        ),
        ("ltv", "is negative", pl.col("ltv") < 0.0),
        ("turnover_eur_m", "is negative", pl.col("turnover_eur_m") < 0.0),
        _unknown("off_balance_kind", [*OFF_BALANCE_KINDS]),
        _unknown("rating", ["", *QUALITY_STEPS]),
        _unknown("sovereign_rating", ["", *QUALITY_STEPS]),
        _unknown("issuer_rating", ["", *QUALITY_STEPS]),
        _unknown("bank_grade", ["", *(grade.value for grade in BankGrade)]),
        _unknown("lending_kind", ["", *(kind.value for kind in LendingKind)]),
        _unknown("slotting_category", [one.value for one in SlottingCategory]),
        (
            "slotting_category",
            "is given to a class without slotting",
            category.is_not_null() & ~pl.col("exposure_class").is_in(slotted),
        ),
        (
            "slotting_category",
            "contradicts the default",
            category.is_not_null() & (in_default != pl.col("is_defaulted")),
        ),
    ]


def _unknown(column: str, known: list[str]) -> tuple[str, str, pl.Expr]:
    return column, "is unknown", pl.col(column).is_not_null() & ~pl.col(column).is_in(known)


def _amounts(column: str) -> list[tuple[str, str, pl.Expr]]:
    return [
        (column, "is missing", pl.col(column).is_null()),
        (column, "is not finite", ~pl.col(column).is_finite()),
        (column, "is negative", pl.col(column) < 0.0),
    ]
