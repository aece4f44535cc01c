"""Weights of commercial and other real estate and of land development (CRE20.85-20.91).

Weights by LTV, rent and debtor of exposures secured by property other than homes. Homes are in
`standardised`; `asset_classes` reads and checks the inputs.
"""

from datetime import date

import numpy as np

from finplatform.risk import standardised
from finplatform.risk.rules import rule
from finplatform.risk.thresholds import settled
from finplatform.risk.weighing import Choice, Facts, Weighed, first_of


def weigh_commercial(own: Facts, as_of: date) -> Weighed:
    """Commercial property: by rent (CRE20.87), split (CRE20.86) or whole (CRE20.85).

    Without an LTV it misses CRE20.71 and is other property (CRE20.89).
    """
    ltv, debtor = own["ltv"], own["counterparty_weight"]
    is_known = ~np.isnan(ltv)
    ratio = np.where(is_known, ltv, 0.0)
    rented = rule("CRE20.87:commercial_cash_flow", as_of)
    whole = rule("CRE20.85:commercial", as_of)
    capped = np.minimum(whole.part("weight"), debtor)
    secured = np.where(settled(ratio) <= whole.part("highest_ltv"), capped, debtor)
    split = rule("CRE20.86:commercial_split", as_of)
    inside = np.minimum(split.part("value_share"), ratio)
    share = np.divide(inside, ratio, out=np.ones_like(ratio), where=ratio > 0.0)
    parted = share * np.minimum(split.part("secured_weight"), debtor) + (1.0 - share) * debtor
    return first_of(
        [
            (is_known & own["is_cash_flow_dependent"], rented.rule_id, rented.band(ratio)),
            (is_known & own["is_split"], split.rule_id, parted),
            (is_known, whole.rule_id, secured),
            *_other(own, as_of),
        ]
    )


def weigh_other_property(own: Facts, as_of: date) -> Weighed:
    """Property that misses CRE20.71 (CRE20.89)."""
    return first_of(_other(own, as_of))


def _other(own: Facts, as_of: date) -> list[Choice]:
    rented = rule("CRE20.89:other_real_estate_cash_flow", as_of)
    person = rule("CRE20.89:other_real_estate_individual", as_of)
    small = rule("CRE20.89:other_real_estate_sme", as_of)
    is_small = standardised.is_small_firm(own["turnover_eur_m"], as_of=as_of)
    return [
        (own["is_cash_flow_dependent"], rented.rule_id, rented.value),
        (own["is_individual"], person.rule_id, person.value),
        (is_small, small.rule_id, small.value),
        (True, "CRE20.89", own["counterparty_weight"]),
    ]


def weigh_land_development(own: Facts, as_of: date) -> Weighed:
    """Land acquisition, development and construction (CRE20.90), sold before by CRE20.91."""
    presold = rule("CRE20.91:land_development_presold", as_of)
    usual = rule("CRE20.90:land_development", as_of)
    return first_of(
        [
            (own["is_presold"], presold.rule_id, presold.value),
            (True, usual.rule_id, usual.value),
        ]
    )
