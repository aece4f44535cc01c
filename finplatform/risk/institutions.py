"""Weights of sovereigns, public bodies, development banks, banks and covered bonds (CRE20.7-20.39).

Weights by external ratings, the bank's own grades and a supervisor's choices. `asset_classes` reads
and checks the inputs.
"""

from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np

from finplatform.risk.rules import rule
from finplatform.risk.weighing import Choice, Facts, Weighed, by_step, first_of


class BankGrade(StrEnum):
    """The bank's own assessment of a bank without a rating (CRE20.20-20.32)."""

    A = "a"
    A_VERY_STRONG = "a_very_strong"
    B = "b"
    C = "c"


BANK_GRADES = tuple(BankGrade)


def weigh_sovereign(own: Facts, as_of: date) -> Weighed:
    """Central governments and central banks (CRE20.7), in their own currency by CRE20.8."""
    return first_of(_as_sovereign(own["quality_step"], own["is_own_currency"], as_of))


def _as_sovereign(step: Any, is_own_currency: Any, as_of: date) -> list[Choice]:
    rated = rule("CRE20.7:sovereign", as_of)
    own, unrated = (
        rule("CRE20.8:sovereign_own_currency", as_of),
        rule("CRE20.7:sovereign_unrated", as_of),
    )
    return [
        (is_own_currency, own.rule_id, own.value),
        (step > 0, rated.rule_id, by_step(rated, step)),
        (True, unrated.rule_id, unrated.value),
    ]


def weigh_public(own: Facts, as_of: date) -> Weighed:
    """Public sector entities and regional governments (CRE20.11).

    What the supervisor lets stand for the sovereign weighs as it does (CRE20.12). Of the rest,
    option 1 takes the sovereign's rating and option 2 the body's own.
    """
    step, sovereign = own["quality_step"], own["sovereign_step"]
    like, first = own["is_treated_as_sovereign"], own["is_by_sovereign"]
    by_sovereign = rule("CRE20.11:public_sector_by_sovereign", as_of)
    by_sovereign_unrated = rule("CRE20.11:public_sector_by_sovereign_unrated", as_of)
    rated, unrated = (
        rule("CRE20.11:public_sector", as_of),
        rule("CRE20.11:public_sector_unrated", as_of),
    )
    as_sovereign = [
        (like & np.asarray(holds, dtype=np.bool_), rule_id, weight)
        for holds, rule_id, weight in _as_sovereign(sovereign, own["is_own_currency"], as_of)
    ]
    return first_of(
        [
            *as_sovereign,
            (first & (sovereign > 0), by_sovereign.rule_id, by_step(by_sovereign, sovereign)),
            (first, by_sovereign_unrated.rule_id, by_sovereign_unrated.value),
            (step > 0, rated.rule_id, by_step(rated, step)),
            (True, unrated.rule_id, unrated.value),
        ]
    )


def weigh_multilateral(own: Facts, as_of: date) -> Weighed:
    """Multilateral development banks (CRE20.13), those that the Committee lists by CRE20.14."""
    listed = rule("CRE20.14:multilateral_bank_eligible", as_of)
    rated = rule("CRE20.13:multilateral_bank", as_of)
    unrated = rule("CRE20.13:multilateral_bank_unrated", as_of)
    step = own["quality_step"]
    return first_of(
        [
            (own["is_listed_multilateral"], listed.rule_id, listed.value),
            (step > 0, rated.rule_id, by_step(rated, step)),
            (True, unrated.rule_id, unrated.value),
        ]
    )


def weigh_bank(own: Facts, as_of: date) -> Weighed:
    """Banks by rating (CRE20.18) or else by the bank's own grade (CRE20.21).

    In a foreign currency a bank without a rating weighs at least what its sovereign weighs
    (CRE20.31).
    """
    step, is_short, grade = own["quality_step"], own["is_short_term"], own["bank_grade"]
    rated, rated_short = rule("CRE20.18:bank", as_of), rule("CRE20.18:bank_short_term", as_of)
    usual = rule("CRE20.21:bank_assessed", as_of)
    short = rule("CRE20.21:bank_assessed_short_term", as_of)
    # Very strong banks have no short-term weight of their own: they weigh as grade A.
    short_names = [BankGrade.A, BankGrade.A, BankGrade.B, BankGrade.C]
    assessed_short = np.array([short.part(name) for name in short_names])[grade]
    assessed = np.array([usual.part(name) for name in BANK_GRADES])[grade]
    own_weight = np.where(is_short, assessed_short, assessed)
    foreign = own["is_foreign_currency"]
    sovereign = first_of(_as_sovereign(own["sovereign_step"], False, as_of))
    return first_of(
        [
            ((step > 0) & is_short, rated_short.rule_id, by_step(rated_short, step)),
            (step > 0, rated.rule_id, by_step(rated, step)),
            (foreign & (sovereign.weight > own_weight), "CRE20.31", sovereign.weight),
            (is_short, short.rule_id, assessed_short),
            (True, usual.rule_id, assessed),
        ]
    )


def weigh_covered_bond(own: Facts, as_of: date) -> Weighed:
    """Covered bonds by the rating of the issue, or else by what the issuing bank weighs.

    `counterparty_weight` is the issuer's weight (CRE20.38).
    """
    rated = rule("CRE20.38:covered_bond", as_of)
    unrated = rule("CRE20.38:covered_bond_unrated", as_of)
    step = own["quality_step"]
    return first_of(
        [
            (step > 0, rated.rule_id, by_step(rated, step)),
            (True, unrated.rule_id, unrated.band(own["counterparty_weight"])),
        ]
    )
