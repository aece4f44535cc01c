"""The standardised book: every class of CRE20 with its protection by CRE22, exposure by exposure.

It holds the classes outside the loan book: sovereigns, public bodies, banks, rated companies,
commercial property, specialised lending, equity. Specialised lending with a supervisory category is
slotted (CRE33) and equity follows CRE90.2; both have standardised figures too, for the output
floor.

Belongs here: measuring a table of such exposures. The weights are `asset_classes`, the parts that
protection covers `protection`; `standardised_checks` rejects invalid rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from finplatform.risk.arrays import BoolArray, FloatArray
from finplatform.risk.asset_classes import (
    AssetClass,
    Characteristics,
    asset_class_codes,
    quality_steps,
    risk_weight,
    weigh_classes,
)
from finplatform.risk.equity import internal_equity
from finplatform.risk.institutions import BANK_GRADES
from finplatform.risk.off_balance import OffBalanceKind, conversion_factor
from finplatform.risk.protection import cut
from finplatform.risk.retail import is_regulatory_retail
from finplatform.risk.specialised import LENDING_KINDS, slotting
from finplatform.risk.standardised_checks import FLAGS, OFF_BALANCE_KINDS, typed, validate
from finplatform.risk.weighing import Weighed

STANDARDISED, INTERNAL = "SA", "IRB"
APPROACHES = (STANDARDISED, INTERNAL)
"""Approaches in use: standardised; slotting and equity of a bank on internal ratings."""

_RETAIL = (AssetClass.QRRE.value, AssetClass.OTHER_RETAIL.value)
_FACTS = (*(name for name in FLAGS if name != "is_listed"), "is_defaulted")


@dataclass(frozen=True)
class BookOptions:
    """Options granted by the supervisor, and the approach of the bank.

    Attributes:
        is_simple: Whether collateral follows the simple approach (CRE22.32).
        has_preferential_slotting: Lower weights of short slotted loans (CRE33.4, CRE33.7).
        has_equity_phase_in: Weights of equity that rise year by year (CRE90.1).
        eur_per_unit: Price in EUR of the book's currency, for the limit of CRE20.65.
    """

    is_simple: bool = False
    has_preferential_slotting: bool = False
    has_equity_phase_in: bool = False
    eur_per_unit: float = 1.0


@dataclass(frozen=True)
class StandardisedBook:
    """A measured book.

    Attributes:
        exposures: One row for each exposure, in the order given.
        parts: One row for each part of an exposure; amounts add up to `sa_ead`.
    """

    exposures: pl.DataFrame
    parts: pl.DataFrame


NO_OPTIONS = BookOptions()
"""The comprehensive approach, and nothing that a supervisor must grant."""


def measure_standardised(
    exposures: pl.DataFrame,
    protection: pl.DataFrame,
    as_of: date,
    options: BookOptions = NO_OPTIONS,
) -> StandardisedBook:
    """Measure every exposure, with the parts that its protection covers.

    Args:
        exposures: One row for each exposure, all amounts of one currency: the columns of
            `standardised_checks.REQUIRED` and any of `OPTIONAL`. A fact that is missing leads to
            the treatment that costs more. `ltv` is drawn and undrawn over the property's value.
        protection: As in `protection.cut`.
        as_of: Date of the rules.
        options: Options of the supervisor, and the bank's approach.

    Returns:
        Exposures with exposure_id, exposure_class, is_defaulted; gross_amount (after conversion,
        before provisions), sa_ead (net of them), debtor_weight (without protection), sa_rwa and
        sa_rules; approach, ead, rwa, expected_loss and rules of the approach in use. Parts with
        the columns of `protection.cut` and rwa.

    Raises:
        InvalidExposuresError: If a row cannot be measured; lists the rows.
        RiskInputError: If a column is missing or of a wrong type.
        MissingRuleError: If the rules are not in force on that date.
    """
    rows = typed(exposures)
    validate(rows)
    factors = _factors(as_of)
    factor = rows["off_balance_kind"].replace_strict(
        factors, default=max(factors.values()), return_dtype=pl.Float64
    )
    gross = (rows["drawn_amount"] + factor * rows["undrawn_amount"]).to_numpy()
    net = np.maximum(gross - rows["specific_provision"].to_numpy(), 0.0)
    weighed = _weighed(rows, as_of, options)
    parts = cut(
        rows.select(
            "exposure_id",
            "years",
            amount=pl.Series(net),
            risk_weight=pl.Series(weighed.weight),
            rule=pl.Series(weighed.rule.tolist(), dtype=pl.String),
        ),
        protection,
        as_of,
        is_simple=options.is_simple,
    ).with_columns(rwa=pl.col("amount") * pl.col("risk_weight"))
    rwa = rows.select("exposure_id").join(
        parts.group_by("exposure_id").agg(
            pl.col("rwa").sum(),
            pl.col("rules").str.split(";").explode().unique(maintain_order=True).str.join(";"),
        ),
        on="exposure_id",
        how="left",
        maintain_order="left",
    )
    converted = _conversion_rules(rows)
    standard = rows.select(
        "exposure_id",
        "exposure_class",
        "is_defaulted",
        gross_amount=pl.Series(gross),
        sa_ead=pl.Series(net),
        debtor_weight=pl.Series(weighed.weight),
        sa_rwa=rwa["rwa"],
        sa_rules=pl.concat_str([rwa["rules"], converted], separator=";", ignore_nulls=True),
    )
    return StandardisedBook(_in_use(rows, standard, as_of, options), parts)


def _factors(as_of: date) -> dict[str, float]:
    return {name: conversion_factor(kind, as_of=as_of) for name, kind in OFF_BALANCE_KINDS.items()}


def _conversion_rules(rows: pl.DataFrame) -> pl.Series:
    """Rule of the conversion factor where something is undrawn; null elsewhere."""
    names: Mapping[str, str] = {name: kind.value for name, kind in OFF_BALANCE_KINDS.items()}
    unmapped = OffBalanceKind.DIRECT_CREDIT_SUBSTITUTE.value
    used = pl.col("off_balance_kind").replace_strict(
        names, default=unmapped, return_dtype=pl.String
    )
    return rows.select(pl.when(pl.col("undrawn_amount") > 0.0).then(used)).to_series()


def _weighed(rows: pl.DataFrame, as_of: date, options: BookOptions) -> Weighed:
    outstanding = pl.when(pl.col("drawn_amount") > 0.0).then("drawn_amount")
    facts = Characteristics(
        quality_step=quality_steps(rows["rating"].to_numpy().astype(np.str_)),
        sovereign_step=quality_steps(rows["sovereign_rating"].to_numpy().astype(np.str_)),
        bank_grade=_position(rows, "bank_grade", [grade.value for grade in BANK_GRADES], 3),
        lending_kind=_position(rows, "lending_kind", [kind.value for kind in LENDING_KINDS], 2),
        ltv=rows["ltv"].fill_null(np.nan).to_numpy(),
        turnover_eur_m=rows["turnover_eur_m"].fill_null(np.nan).to_numpy(),
        counterparty_weight=_unsecured(rows, as_of),
        is_regulatory_retail=_regulatory(rows, as_of, options),
        specific_provision=rows["specific_provision"].to_numpy(),
        outstanding=rows.select(outstanding.otherwise("undrawn_amount")).to_series().to_numpy(),
        **{name: rows[name].to_numpy() for name in _FACTS},
    )
    return weigh_classes(rows["exposure_class"].to_numpy().astype(np.str_), facts, as_of)


def _position(rows: pl.DataFrame, column: str, names: list[str], default: int) -> FloatArray:
    """Position of each name; where none is given, that which costs most."""
    places = {name: position for position, name in enumerate(names)}
    found = rows[column].replace_strict(places, default=default, return_dtype=pl.Int64)
    return found.to_numpy()


def _unsecured(rows: pl.DataFrame, as_of: date) -> FloatArray:
    """Unsecured weight of the debtor of a property, or of the issuer of a covered bond.

    A person weighs as retail (CRE20.83), a company by its rating and size. The rating of a covered
    bond is the issue's; the issuer's is `issuer_rating`, or else the bank's own grade.
    """
    step, issuer = (
        quality_steps(rows[name].to_numpy().astype(np.str_)) for name in ("rating", "issuer_rating")
    )
    is_bond = (rows["exposure_class"] == AssetClass.COVERED_BOND.value).to_numpy()
    classes = np.where(
        is_bond,
        AssetClass.BANK.value,
        np.where(
            rows["is_individual"].to_numpy(),
            AssetClass.OTHER_RETAIL.value,
            AssetClass.CORPORATE.value,
        ),
    )
    facts = Characteristics(
        quality_step=np.where(is_bond, issuer, step),
        bank_grade=_position(rows, "bank_grade", [grade.value for grade in BANK_GRADES], 3),
        turnover_eur_m=rows["turnover_eur_m"].fill_null(np.nan).to_numpy(),
    )
    return risk_weight(classes, facts, as_of)


def _regulatory(rows: pl.DataFrame, as_of: date, options: BookOptions) -> BoolArray:
    """Retail exposures that meet the value and granularity criteria (CRE20.65)."""
    chosen = (rows["exposure_class"].is_in(_RETAIL) & ~rows["is_defaulted"]).to_numpy()
    found = np.ones(rows.height, dtype=np.bool_)
    if chosen.any():
        retail = rows.filter(pl.Series(chosen))
        found[chosen] = is_regulatory_retail(
            retail["counterparty_id"].to_numpy().astype(np.str_),
            (retail["drawn_amount"] + retail["undrawn_amount"]).to_numpy(),
            eur_per_unit=options.eur_per_unit,
            as_of=as_of,
        )
    return found


def _in_use(
    rows: pl.DataFrame, standard: pl.DataFrame, as_of: date, options: BookOptions
) -> pl.DataFrame:
    """Adds the figures of the approach in use: slotting, equity, else the standardised ones."""
    measured = standard.with_columns(
        approach=pl.lit(STANDARDISED),
        ead=pl.col("sa_ead"),
        rwa=pl.col("sa_rwa"),
        expected_loss=pl.lit(0.0),
        rules=pl.col("sa_rules"),
    )
    codes = asset_class_codes(rows["exposure_class"].to_numpy().astype(np.str_))
    is_slotted = rows["slotting_category"].is_not_null().to_numpy()
    # What a legislated programme holds stays outside of the phase-in (CRE90.1).
    is_equity = (codes == AssetClass.EQUITY.code) & ~rows["is_legislated"].to_numpy()
    measured = _slotted(rows, measured, is_slotted, as_of, options)
    if not is_equity.any():
        return measured
    weighed = internal_equity(
        rows["is_speculative"].to_numpy(),
        rows["is_listed"].to_numpy(),
        has_phase_in=options.has_equity_phase_in,
        as_of=as_of,
    )
    chosen = pl.Series(is_equity)
    return measured.with_columns(
        approach=pl.when(chosen).then(pl.lit(INTERNAL)).otherwise("approach"),
        rwa=pl.when(chosen).then(pl.col("ead") * pl.Series(weighed.weight)).otherwise("rwa"),
        rules=pl.when(chosen)
        .then(pl.Series(weighed.rule.tolist(), dtype=pl.String))
        .otherwise("rules"),
    )


def _slotted(
    rows: pl.DataFrame,
    measured: pl.DataFrame,
    is_slotted: BoolArray,
    as_of: date,
    options: BookOptions,
) -> pl.DataFrame:
    """Slotted exposures, gross of provisions (CRE32.29); their protection is not recognised."""
    if not is_slotted.any():
        return measured
    given = rows.with_columns(pl.col("slotting_category").fill_null("weak"))
    found = slotting(
        given["slotting_category"].to_numpy(),
        is_volatile_property=(
            given["exposure_class"] == AssetClass.LAND_DEVELOPMENT.value
        ).to_numpy(),
        maturity=given["years"].fill_null(np.nan).to_numpy(),
        has_preferential_weights=options.has_preferential_slotting,
        as_of=as_of,
    )
    chosen = pl.Series(is_slotted)
    return measured.with_columns(
        approach=pl.when(chosen).then(pl.lit(INTERNAL)).otherwise("approach"),
        ead=pl.when(chosen).then("gross_amount").otherwise("ead"),
        rwa=pl.when(chosen).then(pl.col("gross_amount") * pl.Series(found.weight)).otherwise("rwa"),
        expected_loss=pl.when(chosen)
        .then(pl.col("gross_amount") * pl.Series(found.expected_loss))
        .otherwise(0.0),
        rules=pl.when(chosen)
        .then(pl.Series(found.rule.tolist(), dtype=pl.String))
        .otherwise("rules"),
    )
