"""Provisions against expected losses: excess in Tier 2, shortfall deducted from CET1.

Chapter CRE35 with CAP10.19 and CAP30.13. Belongs here: the comparison of totals. Expected
loss of exposures is `irb` and `exposures`; accounting provisions come from the ledger.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from finplatform.risk.money import ZERO, Amount, decimal_amount
from finplatform.risk.rules import rule


@dataclass(frozen=True)
class ProvisionEffect:
    """Effect of provisions on own funds, in the currency of the inputs.

    Attributes:
        cet1_deduction: Expected loss that no provision covers.
        tier2_addition: Provisions that count as Tier 2.
        rules: The rules used, by id.
    """

    cet1_deduction: Decimal
    tier2_addition: Decimal
    rules: tuple[str, ...]


def irb_provisions(
    expected_loss: Amount, eligible_provisions: Amount, irb_credit_rwa: Amount, as_of: date
) -> ProvisionEffect:
    """Compare provisions with expected loss under IRB (CRE35.8, CAP10.19, CAP30.13).

    Args:
        expected_loss: Total expected loss of IRB exposures (CRE35.2).
        eligible_provisions: All provisions for them, specific and general (CRE35.4).
        irb_credit_rwa: Credit RWA under IRB, which limit what counts as Tier 2.
        as_of: Date of the rules.

    Raises:
        RiskInputError: If an amount is negative.
        MissingRuleError: If the limit is not known for that date.
    """
    limit = rule("CAP10.19:excess_provision_limit", as_of)
    excess = decimal_amount("eligible_provisions", eligible_provisions) - decimal_amount(
        "expected_loss", expected_loss
    )
    highest = limit.exact * decimal_amount("irb_credit_rwa", irb_credit_rwa)
    return ProvisionEffect(
        cet1_deduction=max(-excess, ZERO),
        tier2_addition=min(max(excess, ZERO), highest),
        rules=(limit.rule_id,),
    )
