"""Recognition of third parties' capital of subsidiaries in the group (CAP10.20-10.26).

Belongs here: the recognised amounts of each tier. Whether an instrument meets the criteria of its
tier, and whether the subsidiary is a bank or subject to the same standards, are inputs.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from finplatform.risk.errors import RiskInputError
from finplatform.risk.money import ZERO, Amount, decimal_amount
from finplatform.risk.rules import LATEST, rule

LEVELS = ("cet1", "tier1", "total")
"""Measures of capital: CET1, Tier 1, total."""

RULES = {
    "cet1": "CAP10.21:cet1_with_buffer",
    "tier1": "CAP10.23:tier1_with_buffer",
    "total": "CAP10.25:total_with_buffer",
}
"""Rule of the requirement with conservation buffer at each level."""


@dataclass(frozen=True)
class Subsidiary:
    """A consolidated subsidiary; amounts in one currency, each level holds the one before.

    Attributes:
        cet1: Its CET1.
        tier1: Its Tier 1.
        total: Its total capital.
        third_cet1: Part of its CET1 that third parties hold.
        third_tier1: Part of its Tier 1 that third parties hold.
        third_total: Part of its total capital that third parties hold.
        assets: Its risk-weighted assets.
        consolidated_assets: The group's risk-weighted assets that relate to it.
    """

    cet1: Amount
    tier1: Amount
    total: Amount
    third_cet1: Amount
    third_tier1: Amount
    third_total: Amount
    assets: Amount
    consolidated_assets: Amount


@dataclass(frozen=True)
class RecognisedInterests:
    """Recognised part of third parties' capital in the group.

    Attributes:
        cet1: In CET1 (CAP10.21).
        additional_tier1: In Additional Tier 1 (CAP10.23).
        tier2: In Tier 2 (CAP10.25).
    """

    cet1: Decimal
    additional_tier1: Decimal
    tier2: Decimal


def recognised_interests(subsidiary: Subsidiary, as_of: date = LATEST) -> RecognisedInterests:
    """Return the capital of third parties that the group may count.

    At each level what third parties hold counts less their share of the surplus: the subsidiary's
    capital above the lower of its own requirement and its part of the group's, both with the
    conservation buffer. What counts at a level and not at the one before is of the lower tier.

    Args:
        subsidiary: The subsidiary.
        as_of: Date of the rules.

    Raises:
        RiskInputError: If an amount is negative, or third parties hold more than there is.
        MissingRuleError: If the rules are not in force on that date.
    """
    found = {level: _recognised(subsidiary, level, as_of) for level in LEVELS}
    at1 = max(found["tier1"] - found["cet1"], ZERO)
    return RecognisedInterests(
        cet1=found["cet1"],
        additional_tier1=at1,
        tier2=max(found["total"] - found["cet1"] - at1, ZERO),
    )


def _recognised(subsidiary: Subsidiary, level: str, as_of: date) -> Decimal:
    capital = decimal_amount(level, getattr(subsidiary, level))
    third = decimal_amount(f"third_{level}", getattr(subsidiary, f"third_{level}"))
    if third > capital:
        raise RiskInputError(
            f"Third parties hold {third} of {level} capital of {capital}.",
            "Give the part of the subsidiary's capital that they hold.",
        )
    own, group = (
        decimal_amount(name, getattr(subsidiary, name))
        for name in ("assets", "consolidated_assets")
    )
    required = rule(RULES[level], as_of).exact * min(own, group)
    surplus = max(capital - required, ZERO)
    return third - surplus * third / capital if capital else ZERO
