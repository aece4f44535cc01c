"""Protection of a book: parts of each exposure covered by collateral and guarantees, with weights.

An exposure is split into parts (CRE22.10): covered by each collateral, then by each guarantee and
credit derivative, the lowest weight first, and the uncovered rest. Belongs here: the kinds of
protection, the recognised amount of each, and the split. The formulas are `mitigation` and
`guarantees`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from finplatform.risk.arrays import BoolArray, CodeArray, FloatArray
from finplatform.risk.asset_classes import (
    AssetClass,
    Characteristics,
    quality_steps,
    risk_weight,
)
from finplatform.risk.guarantees import is_eligible_guarantor, recognised_protection
from finplatform.risk.institutions import BANK_GRADES
from finplatform.risk.mitigation import (
    SECURED_LENDING,
    FinancialCollateral,
    haircut,
    holding_period,
    matured_protection,
)
from finplatform.risk.rules import rule
from finplatform.risk.thresholds import settled
from finplatform.risk.weighing import RuleArray

COLLATERAL: Final[Mapping[str, FinancialCollateral]] = {
    **{kind.name.lower(): kind for kind in FinancialCollateral},
    "deposit": FinancialCollateral.CASH,
    "credit_linked_note": FinancialCollateral.CASH,
}
"""Kinds of financial collateral by name; netted deposits (CRE22.68) and the proceeds of
credit-linked notes count as cash."""

GUARANTEE, DERIVATIVE = "guarantee", "credit_derivative"
PROTECTION_KINDS = (*COLLATERAL, GUARANTEE, DERIVATIVE)
"""Every kind of credit protection."""

COLLATERAL_PART, GUARANTEE_PART = "collateral", "guarantee"
FIRST_LOSS_PART, OPEN_PART = "first_loss", "unprotected"
PARTS = (COLLATERAL_PART, GUARANTEE_PART, FIRST_LOSS_PART, OPEN_PART)
"""Kinds of parts that an exposure is cut into."""

_MAIN_INDEX_ONLY = FinancialCollateral.OTHER_EQUITY
_NO_GRADE = len(BANK_GRADES) - 1
_COLUMNS: Final[Mapping[str, tuple[type[pl.DataType], object]]] = {
    "protection_id": (pl.String, None),
    "exposure_id": (pl.String, None),
    "protection_kind": (pl.String, None),
    "amount": (pl.Float64, None),
    "provider_class": (pl.String, "sovereign"),
    "provider_rating": (pl.String, ""),
    "provider_grade": (pl.String, ""),
    "is_own_currency": (pl.Boolean, False),
    "instrument_years": (pl.Float64, 0.0),
    "protection_years": (pl.Float64, np.inf),
    "original_years": (pl.Float64, np.inf),
    "has_currency_mismatch": (pl.Boolean, False),
    "transaction_kind": (pl.String, SECURED_LENDING),
    "revaluation_days": (pl.Float64, 1.0),
    "covers_restructuring": (pl.Boolean, True),
    "first_loss_amount": (pl.Float64, 0.0),
}
_LONG = 1_000.0
"""Years that stand for protection without an end."""


@dataclass(frozen=True)
class _Protections:
    """Protection joined with its exposure, as arrays."""

    as_of: date
    frame: pl.DataFrame
    kind: list[str]
    amount: FloatArray
    exposure: FloatArray
    debtor: FloatArray
    step: CodeArray
    weight: FloatArray
    years: FloatArray
    owed_years: FloatArray
    original: FloatArray
    instrument: FloatArray
    mismatched: BoolArray

    def of(self, *kinds: str) -> BoolArray:
        return np.isin(self.kind, kinds)

    @property
    def is_collateral(self) -> BoolArray:
        return self.of(*COLLATERAL)


def typed_protection(protection: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of protection in their types, with those that may be left out filled in.

    Raises:
        polars.exceptions.PolarsError: If a column is missing or cannot be read as its type.
    """
    columns = []
    for name, (kind, default) in _COLUMNS.items():
        assumed = pl.lit(default, kind)
        given = pl.col(name).cast(kind) if name in protection.columns else assumed
        columns.append(given if default is None else pl.coalesce(given, assumed).alias(name))
    return protection.select(columns)


def cut(
    exposures: pl.DataFrame, protection: pl.DataFrame, as_of: date, *, is_simple: bool = False
) -> pl.DataFrame:
    """Cut exposures into the parts that their protection covers, and the rest.

    Args:
        exposures: exposure_id, amount (net of specific provisions), risk_weight without
            protection, rule of that weight, years to maturity (null: five and more).
        protection: protection_id, exposure_id, protection_kind, amount; and where it matters
            provider_class, provider_rating, provider_grade, is_own_currency (of a guarantor, or
            of the issuer of a security), instrument_years (remaining life of a security),
            protection_years and original_years (of the pledge or contract; null: as long as the
            exposure), has_currency_mismatch, transaction_kind (default: secured lending),
            revaluation_days (default: daily), covers_restructuring, first_loss_amount.
        as_of: Date of the rules.
        is_simple: Whether collateral follows the simple approach; a bank uses one (CRE22.32).

    Returns:
        exposure_id, part (from 1), part_kind, protection_id, amount, risk_weight, rules; parts of
        an exposure add up to its amount. Protection that would raise the requirement is left out
        (CRE22.3).

    Raises:
        RiskInputError: If a class, a rating or a kind is unknown, or an amount out of range.
        MissingRuleError: If the rules are not in force on that date.
    """
    open_parts = _whole(exposures)
    joined = typed_protection(protection).join(
        exposures.select(
            "exposure_id",
            exposure_amount="amount",
            debtor_weight="risk_weight",
            exposure_years=pl.col("years").fill_null(_LONG),
        ),
        on="exposure_id",
        how="inner",
        maintain_order="left",
    )
    if joined.is_empty():
        return _numbered(open_parts)
    counted = _counted(_read(joined, as_of), is_simple=is_simple)
    covered = _allocated(counted, as_of)
    return _numbered(_without_harm(pl.concat([covered, _rest(open_parts, covered)]), open_parts))


def _whole(exposures: pl.DataFrame) -> pl.DataFrame:
    """Every exposure as one part without protection."""
    return exposures.select(
        "exposure_id",
        part_kind=pl.lit(OPEN_PART),
        protection_id=pl.lit(None, pl.String),
        amount=pl.col("amount"),
        risk_weight=pl.col("risk_weight"),
        rules=pl.col("rule"),
    )


def _read(joined: pl.DataFrame, as_of: date) -> _Protections:
    steps = quality_steps(joined["provider_rating"].to_numpy())
    grades = joined["provider_grade"].replace_strict(
        {name.value: position for position, name in enumerate(BANK_GRADES)},
        default=_NO_GRADE,
        return_dtype=pl.Int64,
    )
    facts = Characteristics(
        quality_step=steps,
        sovereign_step=steps,
        bank_grade=grades.to_numpy(),
        is_own_currency=joined["is_own_currency"].to_numpy(),
    )
    years = np.minimum(joined["protection_years"].to_numpy(), _LONG)
    return _Protections(
        as_of=as_of,
        frame=joined,
        kind=joined["protection_kind"].to_list(),
        amount=joined["amount"].to_numpy(),
        exposure=joined["exposure_amount"].to_numpy(),
        debtor=joined["debtor_weight"].to_numpy(),
        step=steps,
        weight=risk_weight(joined["provider_class"].to_numpy().astype(np.str_), facts, as_of),
        years=years,
        owed_years=joined["exposure_years"].to_numpy(),
        original=np.maximum(np.minimum(joined["original_years"].to_numpy(), _LONG), years),
        instrument=joined["instrument_years"].to_numpy(),
        mismatched=joined["has_currency_mismatch"].to_numpy(),
    )


def _counted(given: _Protections, *, is_simple: bool) -> pl.DataFrame:
    """Recognised amount, weight and rules of each protection."""
    held, weight, rules = _guarantees(given)
    collateral = _simple(given) if is_simple else _comprehensive(given)
    chosen = given.is_collateral
    return given.frame.select(
        "exposure_id",
        "protection_id",
        "exposure_amount",
        first_loss=pl.when(~pl.Series(chosen)).then("first_loss_amount").otherwise(0.0),
        part_kind=pl.when(pl.Series(chosen))
        .then(pl.lit(COLLATERAL_PART))
        .otherwise(pl.lit(GUARANTEE_PART)),
        counted=pl.Series(np.where(chosen, collateral[0], held)),
        risk_weight=pl.Series(np.where(chosen, collateral[1], weight)),
        rules=pl.Series(np.where(chosen, collateral[2], rules).tolist(), dtype=pl.String),
    )


_Counted = tuple[FloatArray, FloatArray, RuleArray]


def _with_maturity(
    given: _Protections, value: FloatArray, rules: RuleArray
) -> tuple[FloatArray, RuleArray]:
    counted = matured_protection(
        value, given.years, given.owed_years, given.original, as_of=given.as_of
    )
    ends_early = counted < value
    return counted, np.where(ends_early, rules + ";CRE22.14:maturity_mismatch", rules)


def _guarantees(given: _Protections) -> _Counted:
    is_derivative = given.of(DERIVATIVE)
    covers = given.frame["covers_restructuring"].to_numpy()
    value = recognised_protection(
        given.amount,
        given.exposure,
        is_derivative=is_derivative,
        covers_restructuring=covers,
        has_currency_mismatch=given.mismatched,
        revaluation_days=given.frame["revaluation_days"].to_numpy(),
        as_of=given.as_of,
    )
    eligible = is_eligible_guarantor(
        given.frame["provider_class"].to_numpy().astype(np.str_),
        given.step,
        given.weight,
        given.debtor,
    )
    rules = np.full(len(value), "CRE22.77", dtype=np.object_)
    partial = is_derivative & ~covers
    rules = np.where(partial, rules + ";CRE22.74:restructuring_share", rules)
    rules = np.where(given.mismatched, rules + ";CRE22.52:currency_mismatch", rules)
    value, rules = _with_maturity(given, np.where(eligible, value, 0.0), rules)
    return value, given.weight, rules


def _comprehensive(given: _Protections) -> _Counted:
    """C (1 - Hc - Hfx) comes off the exposure (CRE22.40), as a part that weighs nothing.

    Haircuts are those of the transaction's holding period (CRE22.57) and of its revaluation.
    """
    days = holding_period(given.frame["transaction_kind"].to_numpy(), given.as_of)
    revaluation = given.frame["revaluation_days"].to_numpy()
    value = np.zeros(len(given.amount))
    rules = np.full(len(value), "", dtype=np.object_)
    for name, kind in COLLATERAL.items():
        chosen = given.of(name)
        if chosen.any():
            cuts = haircut(
                kind,
                given.instrument[chosen],
                has_currency_mismatch=given.mismatched[chosen],
                holding_days=days[chosen],
                revaluation_days=revaluation[chosen],
                as_of=given.as_of,
            )
            value[chosen] = given.amount[chosen] * (1.0 - cuts)
            rules[chosen] = f"CRE22.68;{kind}" if name == "deposit" else f"CRE22.40;{kind}"
    rules = np.where(given.mismatched, rules + ";CRE22.52:currency_mismatch", rules)
    value, rules = _with_maturity(given, value, rules)
    return value, np.zeros(len(value)), rules


def _simple(given: _Protections) -> _Counted:
    """The secured part weighs what the collateral weighs, at least 20% (CRE22.34-22.36).

    Collateral that is pledged for less than the exposure's life, and equity outside of a main
    index, counts for nothing.
    """
    is_cash = given.of(*(name for name, kind in COLLATERAL.items() if kind == "CRE22.49:cash"))
    same = ~given.mismatched
    is_free = same & is_cash
    codes = given.frame["provider_class"].to_numpy().astype(np.str_)
    is_sovereign = same & ~is_cash & (given.weight == 0.0) & (codes == AssetClass.SOVEREIGN.value)
    discount = rule("CRE22.36:sovereign_discount", given.as_of).value
    floor = rule("CRE22.34:simple_floor", given.as_of).value
    lasts = settled(given.years) >= settled(given.owed_years)
    counts = lasts & ~given.of(_MAIN_INDEX_ONLY.name.lower())
    own = np.where(is_cash, 0.0, given.weight)
    weight = np.where(is_free | is_sovereign, 0.0, np.maximum(own, floor))
    counts &= weight < given.debtor
    value = np.where(counts, given.amount, 0.0) * np.where(is_sovereign, 1.0 - discount, 1.0)
    rules = np.where(
        is_free, "CRE22.35", np.where(is_sovereign, "CRE22.36:sovereign_discount", "")
    ).astype(np.object_)
    return value, weight, np.where(rules == "", "CRE22.34:simple_floor", rules)


def _allocated(counted: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Parts that protection covers: collateral first, then the lowest weight first.

    Of guarantees, what the bank bears first is a part of its own.
    """
    ordered = counted.filter(pl.col("counted") > 0.0).sort(
        "exposure_id", "part_kind", "risk_weight", "protection_id"
    )
    reached = pl.min_horizontal(pl.col("counted").cum_sum().over("exposure_id"), "exposure_amount")
    covered = ordered.with_columns(reached=reached).with_columns(
        amount=pl.col("reached") - pl.col("reached").shift(1, fill_value=0.0).over("exposure_id")
    )
    covered = covered.filter(pl.col("amount") > 0.0).with_columns(
        borne=pl.min_horizontal("first_loss", "amount")
    )
    heavy = rule("CRE22.78:retained_first_loss", as_of)
    names = ("exposure_id", "part_kind", "protection_id", "amount", "risk_weight", "rules")
    borne = covered.filter(pl.col("borne") > 0.0).select(
        "exposure_id",
        pl.lit(FIRST_LOSS_PART).alias("part_kind"),
        "protection_id",
        pl.col("borne").alias("amount"),
        pl.lit(heavy.value).alias("risk_weight"),
        pl.lit(heavy.rule_id).alias("rules"),
    )
    paid = covered.with_columns(amount=pl.col("amount") - pl.col("borne")).select(names)
    return pl.concat([paid.filter(pl.col("amount") > 0.0), borne])


def _rest(whole: pl.DataFrame, covered: pl.DataFrame) -> pl.DataFrame:
    """Uncovered part of each exposure."""
    sums = covered.group_by("exposure_id").agg(pl.col("amount").sum().alias("covered"))
    left = whole.join(sums, on="exposure_id", how="left", maintain_order="left")
    rest = pl.max_horizontal(pl.col("amount") - pl.col("covered").fill_null(0.0), 0.0)
    return left.with_columns(amount=rest).select(whole.columns)


def _without_harm(parts: pl.DataFrame, whole: pl.DataFrame) -> pl.DataFrame:
    """Parts of each exposure, or the exposure as a whole where they need more capital."""
    weighted = (pl.col("amount") * pl.col("risk_weight")).sum().alias("weighted")
    sums = [frame.group_by("exposure_id").agg(weighted) for frame in (parts, whole)]
    harmed = (
        sums[0]
        .join(sums[1], on="exposure_id", suffix="_whole")
        .filter(pl.col("weighted") > pl.col("weighted_whole") * (1.0 + 1e-12))["exposure_id"]
        .implode()
    )
    kept = parts.filter(~pl.col("exposure_id").is_in(harmed))
    return pl.concat([kept, whole.filter(pl.col("exposure_id").is_in(harmed))])


def _numbered(parts: pl.DataFrame) -> pl.DataFrame:
    """Parts in order, numbered within their exposure; nothing of an exposure of zero is a part."""
    order = pl.col("part_kind").replace_strict(
        {kind: position for position, kind in enumerate(PARTS)}, return_dtype=pl.Int8
    )
    is_open = pl.col("part_kind") == OPEN_PART
    has_others = pl.len().over("exposure_id") > 1
    return (
        parts.filter(~(is_open & (pl.col("amount") == 0.0) & has_others))
        .sort("exposure_id", order, "risk_weight", "protection_id")
        .with_columns(part=pl.int_range(1, pl.len() + 1).over("exposure_id").cast(pl.Int16))
        .select(
            "exposure_id", "part", "part_kind", "protection_id", "amount", "risk_weight", "rules"
        )
    )
