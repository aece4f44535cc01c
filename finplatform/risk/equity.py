"""Equity: the standardised weights (CRE20.57-20.59), their phase-in, and IRB.

A bank on internal ratings weighs equity by the standardised approach; until the end of 2027 at
least by the former simple method (CRE90.2). Belongs here: both. Speculative, listed and legislated
holdings are flagged in the input.
"""

from datetime import date
from typing import Any

import numpy as np

from finplatform.risk.rules import LATEST, find_rule, rule
from finplatform.risk.weighing import Facts, Weighed, first_of

PHASE_IN, SIMPLE = "CRE90.1:equity_phase_in", "CRE90.2:equity_simple_weight"


def weigh_equity(own: Facts, as_of: date) -> Weighed:
    """Equity in full (CRE90.3), under a legislated programme by CRE20.59."""
    return standardised_equity(
        own["is_speculative"], is_legislated=own["is_legislated"], as_of=as_of
    )


def standardised_equity(
    is_speculative: Any,
    *,
    is_legislated: Any = False,
    has_phase_in: bool = False,
    as_of: date = LATEST,
) -> Weighed:
    """Return the standardised weights of equity.

    Args:
        is_speculative: True for unlisted equity held for short-term resale or of venture capital
            (CRE20.58).
        is_legislated: True under a legislated programme that the supervisor accepts (CRE20.59).
        has_phase_in: Whether the supervisor lets the weights rise year by year (CRE90.1).
        as_of: Date of the rules.

    Raises:
        MissingRuleError: If the rules are not in force on that date.
    """
    shares = rule("CRE20.57:equity", as_of)
    programme = rule("CRE20.59:equity_legislated", as_of)
    phased = find_rule(PHASE_IN, as_of) if has_phase_in else None
    used = phased or shares
    speculative = np.asarray(is_speculative, dtype=np.bool_)
    return first_of(
        [
            (is_legislated, programme.rule_id, programme.value),
            (speculative, used.rule_id, used.part("speculative")),
            (True, used.rule_id, used.part("other")),
        ]
    )


def internal_equity(
    is_speculative: Any,
    is_listed: Any,
    *,
    is_legislated: Any = False,
    has_phase_in: bool = False,
    as_of: date = LATEST,
) -> Weighed:
    """Return the weights of equity that a bank on internal ratings uses (CRE90.2).

    The higher of the standardised weight and that of the simple method, while the latter is in
    force; legislated holdings are outside of the phase-in.

    Args:
        is_speculative: As in `standardised_equity`.
        is_listed: True for equity traded on an exchange.
        is_legislated: As in `standardised_equity`.
        has_phase_in: As in `standardised_equity`.
        as_of: Date of the rules.

    Raises:
        MissingRuleError: If the rules are not in force on that date.
    """
    standard = standardised_equity(
        is_speculative, is_legislated=is_legislated, has_phase_in=has_phase_in, as_of=as_of
    )
    listed = np.asarray(is_listed, dtype=np.bool_)
    simple = find_rule(SIMPLE, as_of)
    if simple is None:
        shape = np.broadcast_shapes(standard.weight.shape, listed.shape)
        return Weighed(
            np.broadcast_to(standard.weight, shape), np.broadcast_to(standard.rule, shape)
        )
    former = np.where(listed, simple.part("listed"), simple.part("unlisted"))
    is_higher = (former > standard.weight) & ~np.asarray(is_legislated, dtype=np.bool_)
    return Weighed(
        np.where(is_higher, former, standard.weight),
        np.asarray(np.where(is_higher, simple.rule_id, standard.rule), dtype=np.object_),
    )
