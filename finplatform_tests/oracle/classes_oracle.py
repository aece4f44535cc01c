"""Standardised weights of every class, one exposure at a time, with the standard library alone.

A second opinion for the tests, written from CRE20 and CRE22 and importing nothing of the package.
"""

from fractions import Fraction
from math import isnan
from typing import Any

Exposure = dict[str, Any]

RATED = {
    "sovereign": [0.0, 0.2, 0.5, 1.0, 1.0, 1.5],
    "bank": [0.2, 0.3, 0.5, 1.0, 1.0, 1.5],
    "corporate": [0.2, 0.5, 0.75, 1.0, 1.5, 1.5],
    "specialised_lending": [0.2, 0.5, 0.75, 1.0, 1.5, 1.5],
    "multilateral_bank": [0.2, 0.3, 0.5, 1.0, 1.0, 1.5],
    "covered_bond": [0.1, 0.2, 0.2, 0.5, 0.5, 1.0],
}
PUBLIC_BY_SOVEREIGN = [0.2, 0.5, 1.0, 1.0, 1.0, 1.5]
PUBLIC_BY_OWN_RATING = [0.2, 0.5, 0.5, 1.0, 1.0, 1.5]
LENDING = [1.0, 1.0, 1.3, 1.0]
ISSUER_TO_BOND = [(0.2, 0.1), (0.3, 0.15), (0.4, 0.2), (0.5, 0.25), (0.75, 0.35), (1.0, 0.5)]
BANK_SHORT_TERM = [0.2, 0.2, 0.2, 0.5, 0.5, 1.5]
FLAT = {
    "subordinated_debt": 1.5,
    "cash": 0.0,
    "collection_item": 0.2,
    "other_asset": 1.0,
    "international_organisation": 0.0,
}


def exact(figure: Any) -> Fraction:
    """The number that a decimal, an integer or the shortest text of a float writes."""
    return Fraction(str(figure))


def weight(one: Exposure) -> float:
    """CRE20.7-20.110."""
    name = one["asset_class"]
    if one["is_defaulted"] and name not in ("equity", "cash", "collection_item", "other_asset"):
        if name == "residential_mortgage" and not one["is_cash_flow_dependent"]:
            return 1.0
        fifth = exact(one["outstanding"]) / 5
        return 1.0 if fifth and exact(one["specific_provision"]) >= fifth else 1.5
    if name in FLAT:
        return FLAT[name]
    if name == "equity":
        if one["is_legislated"]:
            return 1.0
        return 4.0 if one["is_speculative"] else 2.5
    if name == "land_development":
        return 1.0 if one["is_presold"] else 1.5
    if name in ("public_sector", "regional_government"):
        return public(one)
    if name in RATED:
        return by_rating(one)
    if name in ("commercial_property", "other_property"):
        return property_weight(one)
    return personal(one)


def public(one: Exposure) -> float:
    """CRE20.11-20.12."""
    step, sovereign = one["quality_step"], one["sovereign_step"]
    if one["is_treated_as_sovereign"]:
        if one["is_own_currency"]:
            return 0.0
        return RATED["sovereign"][sovereign - 1] if sovereign else 1.0
    if one["is_by_sovereign"]:
        return PUBLIC_BY_SOVEREIGN[sovereign - 1] if sovereign else 1.0
    return PUBLIC_BY_OWN_RATING[step - 1] if step else 0.5


def unrated(one: Exposure) -> float:
    """CRE20.13, CRE20.38, CRE20.51-20.52."""
    if one["asset_class"] == "multilateral_bank":
        return 0.5
    if one["asset_class"] == "specialised_lending":
        kind = one["lending_kind"]
        return 0.8 if kind == 3 and one["is_high_quality"] else LENDING[kind]
    for highest, found in ISSUER_TO_BOND:
        if exact(one["counterparty_weight"]) <= exact(highest):
            return found
    return 1.0


def by_rating(one: Exposure) -> float:
    """CRE20.7-20.8, CRE20.13-20.14, CRE20.18, CRE20.21, CRE20.31, CRE20.38, CRE20.43, CRE20.47."""
    name, step = one["asset_class"], one["quality_step"]
    if name == "sovereign" and one["is_own_currency"]:
        return 0.0
    if name == "multilateral_bank" and one["is_listed_multilateral"]:
        return 0.0
    if step:
        table = BANK_SHORT_TERM if name == "bank" and one["is_short_term"] else RATED[name]
        return table[step - 1]
    if name == "sovereign":
        return 1.0
    if name in ("multilateral_bank", "covered_bond", "specialised_lending"):
        return unrated(one)
    if name == "corporate":
        return 0.85 if not isnan(one["turnover_eur_m"]) and one["turnover_eur_m"] <= 50 else 1.0
    usual, short = [0.4, 0.3, 0.75, 1.5], [0.2, 0.2, 0.5, 1.5]
    found = (short if one["is_short_term"] else usual)[one["bank_grade"]]
    if not one["is_foreign_currency"]:
        return found
    sovereign = one["sovereign_step"]
    return max(found, RATED["sovereign"][sovereign - 1] if sovereign else 1.0)


def property_weight(one: Exposure) -> float:
    """CRE20.85-20.89."""
    debtor, ltv = one["counterparty_weight"], one["ltv"]
    if one["asset_class"] == "other_property" or isnan(ltv):
        if one["is_cash_flow_dependent"]:
            return 1.5
        if one["is_individual"]:
            return 0.75
        turnover = one["turnover_eur_m"]
        return 0.85 if not isnan(turnover) and turnover <= 50 else debtor
    if one["is_cash_flow_dependent"]:
        return 0.7 if exact(ltv) <= exact(0.6) else 0.9 if exact(ltv) <= exact(0.8) else 1.1
    if one["is_split"]:
        # A property of 1 and a loan of the LTV.
        secured = min(ltv, 0.55)
        return (secured * min(0.6, debtor) + (ltv - secured) * debtor) / ltv
    return min(0.6, debtor) if exact(ltv) <= exact(0.6) else debtor


def personal(one: Exposure) -> float:
    """CRE20.68, CRE20.82, CRE20.84, CRE20.89, CRE20.92."""
    if one["asset_class"] == "residential_mortgage":
        found = home(one["ltv"], one["is_cash_flow_dependent"])
    elif not one["is_regulatory_retail"]:
        found = 1.0
    else:
        found = 0.45 if one["asset_class"] == "qrre" and one["is_transactor"] else 0.75
    return min(1.5 * found, 1.5) if one["has_currency_mismatch"] else found


def home(ltv: float, is_rented: bool) -> float:
    if isnan(ltv):
        return 1.5 if is_rented else 0.75
    weights = [0.3, 0.35, 0.45, 0.6, 0.75, 1.05] if is_rented else [0.2, 0.25, 0.3, 0.4, 0.5, 0.7]
    for bound, found in zip([0.5, 0.6, 0.8, 0.9, 1.0], weights, strict=False):
        if exact(ltv) <= exact(bound):
            return found
    return weights[-1]


HAIRCUTS = {
    "SOVEREIGN_HIGH": [0.005, 0.02, 0.02, 0.04, 0.04],
    "SOVEREIGN_MEDIUM": [0.01, 0.03, 0.03, 0.06, 0.06],
    "SOVEREIGN_LOW": [0.15] * 5,
    "ISSUER_HIGH": [0.01, 0.03, 0.04, 0.06, 0.12],
    "ISSUER_MEDIUM": [0.02, 0.04, 0.06, 0.12, 0.20],
    "SECURITISATION_HIGH": [0.02, 0.08, 0.08, 0.16, 0.16],
    "SECURITISATION_MEDIUM": [0.04, 0.12, 0.12, 0.24, 0.24],
    "GOLD": [0.2] * 5,
    "CASH": [0.0] * 5,
    "MAIN_INDEX_EQUITY": [0.2] * 5,
    "OTHER_EQUITY": [0.3] * 5,
}


def protection(amount: float, left: float, owed: float, original: float) -> float:
    """CRE22.12-22.14."""
    term = min(owed, 5.0)
    if left >= term:
        return amount
    if left <= 0.25 or original < 1.0:
        return 0.0
    return amount * (left - 0.25) / (term - 0.25)
