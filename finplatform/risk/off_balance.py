"""Conversion of undrawn and contingent amounts into exposure: CRE20.94 to CRE20.101.

Belongs here: the kinds of off-balance items and their factors. Risk weights
belong to `standardised` and `irb`.
"""

from datetime import date
from enum import StrEnum

from finplatform.risk.rules import LATEST, rule


class OffBalanceKind(StrEnum):
    """Kind of an off-balance item; its value is the name of its rule in `rules.csv`."""

    DIRECT_CREDIT_SUBSTITUTE = "CRE20.95:direct_credit_substitute"
    NOTE_ISSUANCE_FACILITY = "CRE20.96:note_issuance_facility"
    PERFORMANCE_CONTINGENCY = "CRE20.97:performance_contingency"
    OTHER_COMMITMENT = "CRE20.98:other_commitment"
    SHORT_TERM_TRADE_LETTER = "CRE20.99:short_term_trade_letter"
    UNCONDITIONALLY_CANCELLABLE = "CRE20.100:unconditionally_cancellable"


def conversion_factor(
    kind: OffBalanceKind,
    *,
    commitment_on: OffBalanceKind | None = None,
    as_of: date = LATEST,
) -> float:
    """Return the credit conversion factor of an off-balance item.

    Args:
        kind: Kind of the item.
        commitment_on: For an undertaking to provide another off-balance item: that item. The lower
            of the two factors applies (CRE20.101).
        as_of: Date of the rules.

    Returns:
        Exposure for each unit of the committed but undrawn amount, as a fraction.

    Raises:
        MissingRuleError: If the rules are not in force on that date.
    """
    factor = rule(kind, as_of).value
    if commitment_on is None:
        return factor
    return min(factor, rule(commitment_on, as_of).value)
