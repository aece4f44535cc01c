"""The classes of the standardised approach: chapter CRE20 of the Basel Framework.

Belongs here: the classes, the inputs of their weights, and weighing a book of several classes. The
weights are in `standardised`, `institutions`, `property_classes`,
`specialised` and `equity`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np

from finplatform.risk import institutions, property_classes, standardised
from finplatform.risk.arrays import CodeArray, FloatArray, amounts, refuse
from finplatform.risk.equity import weigh_equity
from finplatform.risk.errors import RiskInputError
from finplatform.risk.rules import LATEST, rule
from finplatform.risk.specialised import LENDING_KINDS, weigh_specialised
from finplatform.risk.weighing import Facts, Weighed, by_step, first_of


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
    INTERNATIONAL_ORGANISATION = "international_organisation"
    PUBLIC_SECTOR = "public_sector"
    REGIONAL_GOVERNMENT = "regional_government"
    MULTILATERAL_BANK = "multilateral_bank"
    COVERED_BOND = "covered_bond"
    SPECIALISED_LENDING = "specialised_lending"

    @property
    def code(self) -> int:
        """The class as a small number, for arrays."""
        return _CODES[self]


_CODES = {member: position for position, member in enumerate(AssetClass)}


QUALITY_STEPS: Mapping[str, int] = {
    **dict.fromkeys(("AAA", "AA+", "AA", "AA-"), 1),
    **dict.fromkeys(("A+", "A", "A-"), 2),
    **dict.fromkeys(("BBB+", "BBB", "BBB-"), 3),
    **dict.fromkeys(("BB+", "BB", "BB-"), 4),
    **dict.fromkeys(("B+", "B", "B-"), 5),
    **dict.fromkeys(("CCC+", "CCC", "CCC-", "CC", "C", "D"), 6),
}
"""Quality step of each external rating; 0 stands for none."""


_COUNTED: Mapping[str, int] = {
    "quality_step": 6,
    "sovereign_step": 6,
    "bank_grade": len(institutions.BANK_GRADES) - 1,
    "lending_kind": len(LENDING_KINDS) - 1,
}
"""Facts that are positions, and the highest of each."""


@dataclass(frozen=True)
class Characteristics:
    """Inputs of risk weights, one value for each exposure; a scalar holds for all.

    Attributes:
        quality_step: 1 to 6 from `QUALITY_STEPS`, 0 where there is no rating.
        bank_grade: Position in `BankGrade` of an unrated bank; grade C where nothing is known.
        is_short_term: True for claims on banks of at most three months.
        is_speculative: True for speculative unlisted equity (CRE20.58).
        ltv: Loan over the value of the property at origination; NaN where not known.
        is_cash_flow_dependent: True where the property's rent repays the loan.
        counterparty_weight: Unsecured weight of the debtor, for property (CRE20.85, CRE20.89),
            or the issuing bank of a covered bond (CRE20.38); by default 100%.
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
        sovereign_step: Quality step of the sovereign of a public body; 0 without a rating.
        is_own_currency: True for a sovereign's debt in its own currency, funded in it, where the
            supervisor grants the lower weight (CRE20.8).
        is_foreign_currency: True for a claim on a bank without a rating in another currency than
            that of its country, but for short trade items (CRE20.31).
        is_treated_as_sovereign: True for a public body that the supervisor lets stand for its
            sovereign (CRE20.12).
        is_by_sovereign: True where public bodies weigh by their sovereign (option 1, CRE20.11).
        is_listed_multilateral: True for a development bank that the Committee lists (CRE20.14).
        lending_kind: Position in `LendingKind` of specialised lending.
        is_high_quality: True for a high-quality project in operation (CRE20.52).
        is_legislated: True for equity of a legislated programme (CRE20.59).
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
    sovereign_step: Any = 0
    is_own_currency: Any = False
    is_foreign_currency: Any = False
    is_treated_as_sovereign: Any = False
    is_by_sovereign: Any = False
    is_listed_multilateral: Any = False
    lending_kind: Any = 2
    is_high_quality: Any = False
    is_legislated: Any = False


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
        facts: Inputs of the weights; None for the class alone.
        as_of: Date of the rules.

    Returns:
        Weights as fractions, in the broadcast shape of the inputs.

    Raises:
        RiskInputError: If a class, quality step or grade is unknown, or a figure out of range.
        MissingRuleError: If the rules are not in force on that date.
    """
    return weigh_classes(asset_class, facts, as_of).weight


def weigh_classes(
    asset_class: Any, facts: Characteristics | None = None, as_of: date = LATEST
) -> Weighed:
    """Return the weights of `risk_weight` with the rule that gives each.

    Args and errors as in `risk_weight`. A rule id that ends with `;CRE20.92:currency_mismatch`
    names the multiplier too.
    """
    given = facts or Characteristics()
    codes, values = _broadcast(asset_class, given)
    weights, rules = np.full(codes.shape, np.nan), np.full(codes.shape, "", dtype=np.object_)
    for member in AssetClass:
        chosen = codes == member.code
        if chosen.any():
            own = {name: value[chosen] for name, value in values.items()}
            found = _WEIGHTS[member](own, as_of)
            weights[chosen], rules[chosen] = found.weight, found.rule
    can_default = ~np.isin(codes, [member.code for member in _NEVER_IN_DEFAULT])
    in_default = values["is_defaulted"] & can_default & (codes > AssetClass.OTHER_RETAIL.code)
    if in_default.any():
        own = {name: value[in_default] for name, value in values.items()}
        found = _basic(AssetClass.CORPORATE, own, as_of)
        weights[in_default], rules[in_default] = found.weight, found.rule
    return Weighed(weights, rules)


_NEVER_IN_DEFAULT = (
    AssetClass.EQUITY,
    AssetClass.CASH,
    AssetClass.COLLECTION_ITEM,
    AssetClass.OTHER_ASSET,
)


def _broadcast(asset_class: Any, given: Characteristics) -> tuple[CodeArray, Facts]:
    """Return all inputs in one shape, checked."""
    names = list(given.__dataclass_fields__)
    arrays = [np.asarray(getattr(given, name)) for name in names]
    codes, *wide = np.broadcast_arrays(asset_class_codes(asset_class), *arrays)
    values: Facts = dict(zip(names, wide, strict=True))
    for name in names:
        if name.startswith(("is_", "has_")):
            values[name] = values[name].astype(np.bool_)
    for name, highest in _COUNTED.items():
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


def _basic(member: AssetClass, own: Facts, as_of: date) -> Weighed:
    """The classes of `standardised`."""
    found = standardised.weigh(
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
    rules = np.array(standardised.WEIGHT_RULES, dtype=np.object_)[found.rule]
    raised = np.where(found.is_mismatched, rules + ";CRE20.92:currency_mismatch", rules)
    return Weighed(found.weight, np.asarray(raised, dtype=np.object_))


def _known_class(member: AssetClass) -> Callable[[Facts, date], Weighed]:
    return lambda own, as_of: _basic(member, own, as_of)


def _corporate(own: Facts, as_of: date) -> Weighed:
    """Corporates: by rating (CRE20.43), otherwise as in `standardised`."""
    unrated = _basic(AssetClass.CORPORATE, own, as_of)
    rated = rule("CRE20.43:corporate_rated", as_of)
    is_rated = (own["quality_step"] > 0) & ~own["is_defaulted"]
    return Weighed(
        np.where(is_rated, by_step(rated, own["quality_step"]), unrated.weight),
        np.asarray(np.where(is_rated, rated.rule_id, unrated.rule), dtype=np.object_),
    )


def _flat(rule_id: str) -> Callable[[Facts, date], Weighed]:
    def weigh(own: Facts, as_of: date) -> Weighed:
        everywhere = np.ones(own["ltv"].shape, dtype=np.bool_)
        return first_of([(everywhere, rule_id, rule(rule_id, as_of).value)])

    return weigh


_WEIGHTS: Mapping[AssetClass, Callable[[Facts, date], Weighed]] = {
    AssetClass.CORPORATE: _corporate,
    AssetClass.RESIDENTIAL_MORTGAGE: _known_class(AssetClass.RESIDENTIAL_MORTGAGE),
    AssetClass.QRRE: _known_class(AssetClass.QRRE),
    AssetClass.OTHER_RETAIL: _known_class(AssetClass.OTHER_RETAIL),
    AssetClass.SOVEREIGN: institutions.weigh_sovereign,
    AssetClass.BANK: institutions.weigh_bank,
    AssetClass.EQUITY: weigh_equity,
    AssetClass.SUBORDINATED_DEBT: _flat("CRE20.60:subordinated_debt"),
    AssetClass.COMMERCIAL_PROPERTY: property_classes.weigh_commercial,
    AssetClass.OTHER_PROPERTY: property_classes.weigh_other_property,
    AssetClass.LAND_DEVELOPMENT: property_classes.weigh_land_development,
    AssetClass.CASH: _flat("CRE20.110:cash"),
    AssetClass.COLLECTION_ITEM: _flat("CRE20.110:collection_item"),
    AssetClass.OTHER_ASSET: _flat("CRE20.110:other_asset"),
    AssetClass.INTERNATIONAL_ORGANISATION: _flat("CRE20.10:international_organisation"),
    AssetClass.PUBLIC_SECTOR: institutions.weigh_public,
    AssetClass.REGIONAL_GOVERNMENT: institutions.weigh_public,
    AssetClass.MULTILATERAL_BANK: institutions.weigh_multilateral,
    AssetClass.COVERED_BOND: institutions.weigh_covered_bond,
    AssetClass.SPECIALISED_LENDING: weigh_specialised,
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
