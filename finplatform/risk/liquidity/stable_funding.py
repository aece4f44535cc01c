"""The net stable funding ratio: chapters NSF20 and NSF30 of the Basel Framework.

Belongs here: factors of funding and of assets, and the ratio. The split of a balance sheet by kind
and residual maturity is made before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from finplatform.risk.errors import RiskInputError
from finplatform.risk.liquidity.lines import WeightedLine, total, weighted_lines
from finplatform.risk.money import ZERO, Amount
from finplatform.risk.rules import LATEST, rule


class Funding(StrEnum):
    """Kinds of own funds and liabilities; the value is the rule of the available share."""

    CAPITAL_AND_LONG_TERM = "NSF30.10:capital_and_long_term"
    STABLE_DEPOSIT = "NSF30.11:stable_deposit"
    LESS_STABLE_DEPOSIT = "NSF30.12:less_stable_deposit"
    CORPORATE_FUNDING = "NSF30.13:corporate_funding"
    OPERATIONAL_DEPOSIT = "NSF30.13:operational_deposit"
    PUBLIC_FUNDING = "NSF30.13:public_funding"
    FINANCIAL_FUNDING_SIX_MONTHS = "NSF30.13:financial_funding_six_months"
    OTHER_FUNDING = "NSF30.14:other_funding"


class FundedAsset(StrEnum):
    """Kinds of assets and commitments; the value is the rule of the required share."""

    CASH_AND_RESERVES = "NSF30.25:cash_and_reserves"
    LEVEL_1 = "NSF30.26:level_1"
    FINANCIAL_LOAN_ON_LEVEL_1 = "NSF30.27:financial_loan_on_level_1"
    LEVEL_2A = "NSF30.28:level_2a"
    FINANCIAL_LOAN_SHORT = "NSF30.28:financial_loan_short"
    LEVEL_2B = "NSF30.29:level_2b"
    LIQUID_ASSETS_ENCUMBERED = "NSF30.29:liquid_assets_encumbered"
    FINANCIAL_LOAN_SIX_MONTHS = "NSF30.29:financial_loan_six_months"
    OPERATIONAL_DEPOSIT_HELD = "NSF30.29:operational_deposit_held"
    OTHER_BELOW_A_YEAR = "NSF30.29:other_below_a_year"
    LOW_WEIGHT_MORTGAGE = "NSF30.30:low_weight_mortgage"
    LOW_WEIGHT_LOAN = "NSF30.30:low_weight_loan"
    OTHER_PERFORMING_LOAN = "NSF30.31:other_performing_loan"
    SECURITY_OR_EQUITY = "NSF30.31:security_or_equity"
    COMMODITY = "NSF30.31:commodity"
    INITIAL_MARGIN = "NSF30.31:initial_margin"
    ENCUMBERED_LONG = "NSF30.32:encumbered_long"
    OTHER_ASSET = "NSF30.32:other_asset"
    UNDRAWN_COMMITMENT = "NSF30.37:undrawn_commitment"


@dataclass(frozen=True)
class StableFundingRatio:
    """The net stable funding ratio, with the lines that make it.

    Attributes:
        available: Funding by kind.
        required: Assets and commitments by kind.
        minimum: Lowest ratio allowed.
        rules: Rules used in addition to those of each line, by id.
    """

    available: tuple[WeightedLine, ...]
    required: tuple[WeightedLine, ...]
    minimum: Decimal
    rules: tuple[str, ...]

    @property
    def available_amount(self) -> Decimal:
        """Available stable funding."""
        return total(self.available)

    @property
    def required_amount(self) -> Decimal:
        """Required stable funding."""
        return total(self.required)

    @property
    def ratio(self) -> Decimal:
        """Available over required, as a fraction, not rounded."""
        return self.available_amount / self.required_amount

    @property
    def surplus(self) -> Decimal:
        """Available funding above the requirement; negative where it falls short."""
        return self.available_amount - self.minimum * self.required_amount

    @property
    def is_met(self) -> bool:
        """True where funding reaches the requirement, decided on amounts."""
        return self.surplus >= ZERO


def stable_funding_ratio(
    funding: Mapping[Funding, Amount],
    assets: Mapping[FundedAsset, Amount],
    as_of: date = LATEST,
) -> StableFundingRatio:
    """Return available over required stable funding (NSF20.2, NSF30).

    Args:
        funding: Book value of own funds and liabilities by kind.
        assets: Book value of assets and undrawn commitments by kind.
        as_of: Date of the rules.

    Raises:
        RiskInputError: If a kind is unknown, an amount negative, or no funding is required.
        MissingRuleError: If a rule is not known for that date.
    """
    minimum = rule("NSF20.2:minimum_stable_funding", as_of)
    required = weighted_lines(FundedAsset, assets, as_of)
    if total(required) == ZERO:
        raise RiskInputError("No funding is required.", "A ratio needs assets that need funding.")
    return StableFundingRatio(
        available=weighted_lines(Funding, funding, as_of),
        required=required,
        minimum=minimum.exact,
        rules=(minimum.rule_id,),
    )
