"""The classes of the standardised approach: chapter CRE20 of the Basel Framework.

Belongs here: the weights of sovereigns, banks, rated corporates, equity, subordinated debt,
commercial and other real estate, land development and other assets, beside the classes of
`standardised`, which this module asks for theirs. Public bodies, development banks, covered bonds
and specialised lending are not covered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np

from finplatform.risk import standardised
from finplatform.risk.arrays import CodeArray, FloatArray, amounts, refuse
from finplatform.risk.errors import RiskInputError
from finplatform.risk.rules import LATEST, Rule, rule
from finplatform.risk.thresholds import settled


class AssetClass(StrEnum):
    """Classes of exposures of the standardised approach; the first four are `ExposureClass`."""

    CORPORATE = "corporate"
    RESIDENTIAL_MORTGAGE = "residential_mortgage"
    QRRE = "qrre"
    OTHER_RETAIL = "other_retail"
    SOVEREIGN = "sovereign"
    BANK = "bank"
    EQUITY = "equity"
    SUBORDINATED_DEBT = "subordinated_debt"
    COMMERCIAL_PROPERTY = "commercial_property"
    OTHER_PROPERTY = "other_property"
    LAND_DEVELOPMENT = "land_development"
    CASH = "cash"
    COLLECTION_ITEM = "collection_item"
    OTHER_ASSET = "other_asset"

    @property
    def code(self) -> int:
        """The class as a small number, for arrays."""
        return _CODES[self]


_CODES = {member: position for position, member in enumerate(AssetClass)}


class BankGrade(StrEnum):
    """The bank's own assessment of a bank without a rating (CRE20.20-20.32)."""

    A = "a"
    A_VERY_STRONG = "a_very_strong"
    B = "b"
    C = "c"


_GRADES = tuple(BankGrade)

QUALITY_STEPS: Mapping[str, int] = {
    **dict.fromkeys(("AAA", "AA+", "AA", "AA-"), 1),
    **dict.fromkeys(("A+", "A", "A-"), 2),
    **dict.fromkeys(("BBB+", "BBB", "BBB-"), 3),
    **dict.fromkeys(("BB+", "BB", "BB-"), 4),
    **dict.fromkeys(("B+", "B", "B-"), 5),
    **dict.fromkeys(("CCC+", "CCC", "CCC-", "CC", "C", "D"), 6),
}
"""Quality step of each external rating; 0 stands for none."""


@dataclass(frozen=True)
class Characteristics:
    """What weights depend on, one figure for each exposure; a scalar holds for all.

    Attributes:
        quality_step: 1 to 6 from `QUALITY_STEPS`, 0 where there is no rating.
        bank_grade: Position in `BankGrade` of an unrated bank; grade C where nothing is known.
        is_short_term: True for claims on banks of at most three months.
        is_speculative: True for speculative unlisted equity (CRE20.58).
        ltv: Loan over the value of the property at origination; NaN where not known.
        is_cash_flow_dependent: True where the property's rent repays the loan.
        counterparty_weight: What the debtor weighs unsecured, for property (CRE20.85, CRE20.89);
            by default that of an unrated corporate.
        is_split: True where the option to split the loan is used for property (CRE20.86).
        is_individual: True where the debtor of other property is a person.
        is_presold: True for residential development sold before to a sufficient part (CRE20.91).
        turnover_eur_m: Yearly sales of the debtor's group; NaN where not known.
        is_transactor: As in `standardised.weigh`.
        is_regulatory_retail: As in `standardised.weigh`.
        has_currency_mismatch: As in `standardised.weigh`.
        is_defaulted: True where the exposure is in default.
        specific_provision: Specific provisions for the exposure.
        outstanding: The outstanding exposure, in the same currency.
    """

    quality_step: Any = 0
    bank_grade: Any = 3
    is_short_term: Any = False
    is_speculative: Any = False
    ltv: Any = np.nan
    is_cash_flow_dependent: Any = False
    counterparty_weight: Any = 1.0
    is_split: Any = False
    is_individual: Any = False
    is_presold: Any = False
    turnover_eur_m: Any = np.nan
    is_transactor: Any = False
    is_regulatory_retail: Any = True
    has_currency_mismatch: Any = False
    is_defaulted: Any = False
    specific_provision: Any = 0.0
    outstanding: Any = 0.0


def asset_class_codes(asset_class: Any) -> CodeArray:
    """Return the codes of the classes named.

    Args:
        asset_class: One class or an array of them, each an `AssetClass` or its exact value; or
            codes already made (an `int8` array).

    Raises:
        RiskInputError: If a class is unknown; names it.
    """
    names = np.asarray(asset_class)
    if names.dtype == np.int8:
        codes = names
        unknown = (codes < 0) | (codes >= len(AssetClass))
    else:
        codes = np.full(names.shape, -1, dtype=np.int8)
        for member in AssetClass:
            codes[names == member.value] = member.code
        unknown = codes < 0
    if unknown.any():
        named = sorted({str(name) for name in names[unknown].ravel()})
        raise RiskInputError(
            f"Unknown asset class: {', '.join(named)}.", f"Use one of: {', '.join(AssetClass)}."
        )
    return codes


def risk_weight(
    asset_class: Any, facts: Characteristics | None = None, as_of: date = LATEST
) -> FloatArray:
    """Return the standardised weights of exposures of every class.

    Exposures in default weigh by their provisions, whatever their class (CRE20.106), but for homes
    that rent does not repay (CRE20.107) and for equity and assets that cannot default.

    Args:
        asset_class: A class, or an array of classes or codes.
        facts: What the weights depend on; None means nothing is known beyond the class.
        as_of: Date of the rules.

    Returns:
        Weights as fractions, in the broadcast shape of the inputs.

    Raises:
        RiskInputError: If a class, quality step or grade is unknown, or a figure out of range.
        MissingRuleError: If the rules are not in force on that date.
    """
    given = facts or Characteristics()
    codes, values = _broadcast(asset_class, given)
    weights = np.full(codes.shape, np.nan)
    for member in AssetClass:
        chosen = codes == member.code
        if chosen.any():
            own = {name: value[chosen] for name, value in values.items()}
            weights[chosen] = _WEIGHTS[member](own, as_of)
    can_default = ~np.isin(codes, [member.code for member in _NEVER_IN_DEFAULT])
    in_default = values["is_defaulted"] & can_default & (codes > AssetClass.OTHER_RETAIL.code)
    if in_default.any():
        weights[in_default] = standardised.risk_weight(
            "corporate",
            is_defaulted=True,
            specific_provision=values["specific_provision"][in_default],
            outstanding=values["outstanding"][in_default],
            as_of=as_of,
        )
    return weights


_NEVER_IN_DEFAULT = (
    AssetClass.EQUITY,
    AssetClass.CASH,
    AssetClass.COLLECTION_ITEM,
    AssetClass.OTHER_ASSET,
)

_Facts = dict[str, Any]


def _broadcast(asset_class: Any, given: Characteristics) -> tuple[CodeArray, _Facts]:
    """Return all inputs in one shape, checked."""
    names = list(given.__dataclass_fields__)
    arrays = [np.asarray(getattr(given, name)) for name in names]
    codes, *wide = np.broadcast_arrays(asset_class_codes(asset_class), *arrays)
    values: _Facts = dict(zip(names, wide, strict=True))
    for name in names:
        if name.startswith(("is_", "has_")):
            values[name] = values[name].astype(np.bool_)
    for name, highest in (("quality_step", 6), ("bank_grade", len(_GRADES) - 1)):
        step = values[name]
        unknown = ~np.isin(step, range(highest + 1))
        refuse(name, unknown, "is unknown", f"Give a whole number from 0 to {highest}.")
        values[name] = step.astype(np.int64)
    ltv = values["ltv"].astype(np.float64)
    refuse("ltv", ltv < 0.0, "is negative", "LTV is the loan over the property's value.")
    values["ltv"] = ltv
    for name in ("counterparty_weight", "specific_provision", "outstanding"):
        values[name] = amounts(name, values[name])
    return codes, values


def _known_class(member: AssetClass) -> Callable[[_Facts, date], FloatArray]:
    """The classes of `standardised`; a corporate may have a rating beside."""

    def weigh(own: _Facts, as_of: date) -> FloatArray:
        weights = standardised.risk_weight(
            member.value,
            ltv=own["ltv"],
            turnover_eur_m=own["turnover_eur_m"],
            is_transactor=own["is_transactor"],
            is_regulatory_retail=own["is_regulatory_retail"],
            is_cash_flow_dependent=own["is_cash_flow_dependent"],
            has_currency_mismatch=own["has_currency_mismatch"],
            is_defaulted=own["is_defaulted"],
            specific_provision=own["specific_provision"],
            outstanding=own["outstanding"],
            as_of=as_of,
        )
        if member is not AssetClass.CORPORATE:
            return weights
        is_rated = (own["quality_step"] > 0) & ~own["is_defaulted"]
        rated = _by_step(rule("CRE20.43:corporate_rated", as_of), own["quality_step"])
        return np.where(is_rated, rated, weights)

    return weigh


def _by_step(rated: Rule, step: Any) -> FloatArray:
    """The weight of a quality step; NaN where there is none."""
    return np.array([np.nan, *(rated.part(str(number)) for number in range(1, 7))])[step]


def _sovereign(own: _Facts, as_of: date) -> FloatArray:
    rated = _by_step(rule("CRE20.7:sovereign", as_of), own["quality_step"])
    return np.where(own["quality_step"] > 0, rated, rule("CRE20.7:sovereign_unrated", as_of).value)


def _bank(own: _Facts, as_of: date) -> FloatArray:
    step, is_short = own["quality_step"], own["is_short_term"]
    rated = np.where(
        is_short,
        _by_step(rule("CRE20.18:bank_short_term", as_of), step),
        _by_step(rule("CRE20.18:bank", as_of), step),
    )
    usual = rule("CRE20.21:bank_assessed", as_of)
    short = rule("CRE20.21:bank_assessed_short_term", as_of)
    # Very strong banks have no short-term weight of their own: they weigh as grade A.
    short_names = [BankGrade.A, BankGrade.A, BankGrade.B, BankGrade.C]
    assessed = np.where(
        is_short,
        np.array([short.part(grade) for grade in short_names])[own["bank_grade"]],
        np.array([usual.part(grade) for grade in _GRADES])[own["bank_grade"]],
    )
    return np.where(step > 0, rated, assessed)


def _equity(own: _Facts, as_of: date) -> FloatArray:
    shares = rule("CRE20.57:equity", as_of)
    return np.where(own["is_speculative"], shares.part("speculative"), shares.part("other"))


def _commercial(own: _Facts, as_of: date) -> FloatArray:
    """Commercial property: by rent (CRE20.87), split (CRE20.86) or whole (CRE20.85).

    Without an LTV it misses CRE20.71 and is other property (CRE20.89).
    """
    ltv, debtor = own["ltv"], own["counterparty_weight"]
    is_known = ~np.isnan(ltv)
    ratio = np.where(is_known, ltv, 0.0)
    rented = rule("CRE20.87:commercial_cash_flow", as_of).band(ratio)
    whole = rule("CRE20.85:commercial", as_of)
    capped = np.minimum(whole.part("weight"), debtor)
    secured = np.where(settled(ratio) <= whole.part("highest_ltv"), capped, debtor)
    split = rule("CRE20.86:commercial_split", as_of)
    inside = np.minimum(split.part("value_share"), ratio)
    share = np.divide(inside, ratio, out=np.ones_like(ratio), where=ratio > 0.0)
    parted = share * np.minimum(split.part("secured_weight"), debtor) + (1.0 - share) * debtor
    qualifying = np.where(
        own["is_cash_flow_dependent"], rented, np.where(own["is_split"], parted, secured)
    )
    return np.where(is_known, qualifying, _other_property(own, as_of))


def _other_property(own: _Facts, as_of: date) -> FloatArray:
    is_small = standardised.is_small_firm(own["turnover_eur_m"], as_of=as_of)
    debtor = np.where(
        own["is_individual"],
        rule("CRE20.89:other_real_estate_individual", as_of).value,
        np.where(
            is_small,
            rule("CRE20.89:other_real_estate_sme", as_of).value,
            own["counterparty_weight"],
        ),
    )
    rented = rule("CRE20.89:other_real_estate_cash_flow", as_of).value
    return np.where(own["is_cash_flow_dependent"], rented, debtor)


def _land_development(own: _Facts, as_of: date) -> FloatArray:
    return np.where(
        own["is_presold"],
        rule("CRE20.91:land_development_presold", as_of).value,
        rule("CRE20.90:land_development", as_of).value,
    )


def _flat(rule_id: str) -> Callable[[_Facts, date], FloatArray]:
    def weigh(own: _Facts, as_of: date) -> FloatArray:
        return np.full(own["ltv"].shape, rule(rule_id, as_of).value)

    return weigh


_WEIGHTS: Mapping[AssetClass, Callable[[_Facts, date], FloatArray]] = {
    AssetClass.CORPORATE: _known_class(AssetClass.CORPORATE),
    AssetClass.RESIDENTIAL_MORTGAGE: _known_class(AssetClass.RESIDENTIAL_MORTGAGE),
    AssetClass.QRRE: _known_class(AssetClass.QRRE),
    AssetClass.OTHER_RETAIL: _known_class(AssetClass.OTHER_RETAIL),
    AssetClass.SOVEREIGN: _sovereign,
    AssetClass.BANK: _bank,
    AssetClass.EQUITY: _equity,
    AssetClass.SUBORDINATED_DEBT: _flat("CRE20.60:subordinated_debt"),
    AssetClass.COMMERCIAL_PROPERTY: _commercial,
    AssetClass.OTHER_PROPERTY: _other_property,
    AssetClass.LAND_DEVELOPMENT: _land_development,
    AssetClass.CASH: _flat("CRE20.110:cash"),
    AssetClass.COLLECTION_ITEM: _flat("CRE20.110:collection_item"),
    AssetClass.OTHER_ASSET: _flat("CRE20.110:other_asset"),
}


def quality_steps(rating: Any) -> CodeArray:
    """Return the quality step of external ratings; an empty text is no rating.

    Raises:
        RiskInputError: If a rating is unknown; names it.
    """
    names = np.asarray(rating, dtype=np.str_)
    steps = np.full(names.shape, -1, dtype=np.int8)
    steps[names == ""] = 0
    for name, step in QUALITY_STEPS.items():
        steps[names == name] = step
    if (steps < 0).any():
        named = sorted(set(names[steps < 0].ravel().tolist()))
        raise RiskInputError(
            f"Unknown rating: {', '.join(named)}.", f"Use one of: {', '.join(QUALITY_STEPS)}."
        )
    return steps
