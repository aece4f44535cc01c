"""The liquidity coverage ratio: chapters LCR20 and LCR40 of the Basel Framework.

Belongs here: outflows, inflows and their limit, and the ratio to the stock. The stock itself is
`liquid_assets`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import numpy as np

from finplatform.risk.arrays import FloatArray, amounts
from finplatform.risk.errors import RiskInputError
from finplatform.risk.liquidity.lines import WeightedLine, total, weighted_lines
from finplatform.risk.liquidity.liquid_assets import LiquidStock
from finplatform.risk.money import ZERO, Amount
from finplatform.risk.rules import LATEST, rule


class Outflow(StrEnum):
    """Kinds of outflows within 30 days; the value is the rule of its rate."""

    STABLE_DEPOSIT = "LCR40.7:stable_deposit"
    STABLE_DEPOSIT_OF_STRONG_SCHEME = "LCR40.11:stable_deposit_of_strong_scheme"
    LESS_STABLE_DEPOSIT = "LCR40.13:less_stable_deposit"
    TERM_DEPOSIT = "LCR40.16:term_deposit"
    SMALL_BUSINESS_STABLE = "LCR40.23:small_business_stable"
    SMALL_BUSINESS_LESS_STABLE = "LCR40.23:small_business_less_stable"
    OPERATIONAL_DEPOSIT = "LCR40.26:operational_deposit"
    OPERATIONAL_DEPOSIT_INSURED = "LCR40.36:operational_deposit_insured"
    CORPORATE_DEPOSIT = "LCR40.40:corporate_deposit"
    CORPORATE_DEPOSIT_INSURED = "LCR40.41:corporate_deposit_insured"
    OTHER_WHOLESALE = "LCR40.42:other_wholesale"
    SECURED_BY_LEVEL_1 = "LCR40.48:secured_by_level_1"
    SECURED_BY_LEVEL_2A = "LCR40.48:secured_by_level_2a"
    SECURED_FROM_PUBLIC_BODIES = "LCR40.48:secured_from_public_bodies"
    SECURED_BY_MORTGAGE_SECURITIES = "LCR40.48:secured_by_mortgage_securities"
    SECURED_BY_LEVEL_2B = "LCR40.48:secured_by_level_2b"
    SECURED_BY_OTHER = "LCR40.48:secured_by_other"
    NET_DERIVATIVE_OUTFLOW = "LCR40.49:net_derivative_outflow"
    UNDRAWN_RETAIL = "LCR40.64:undrawn_retail"
    UNDRAWN_CORPORATE_CREDIT = "LCR40.64:undrawn_corporate_credit"
    UNDRAWN_CORPORATE_LIQUIDITY = "LCR40.64:undrawn_corporate_liquidity"
    UNDRAWN_BANK = "LCR40.64:undrawn_bank"
    UNDRAWN_FINANCIAL_CREDIT = "LCR40.64:undrawn_financial_credit"
    UNDRAWN_FINANCIAL_LIQUIDITY = "LCR40.64:undrawn_financial_liquidity"
    UNDRAWN_OTHER_ENTITY = "LCR40.64:undrawn_other_entity"
    TRADE_FINANCE = "LCR40.70:trade_finance"
    OTHER_CONTRACTUAL_OUTFLOW = "LCR40.73:other_contractual_outflow"


class Inflow(StrEnum):
    """Kinds of inflows of performing assets within 30 days; the value is the rule of its rate."""

    REVERSE_REPO_LEVEL_1 = "LCR40.79:reverse_repo_level_1"
    REVERSE_REPO_LEVEL_2A = "LCR40.79:reverse_repo_level_2a"
    REVERSE_REPO_MORTGAGE_SECURITIES = "LCR40.79:reverse_repo_mortgage_securities"
    REVERSE_REPO_LEVEL_2B = "LCR40.79:reverse_repo_level_2b"
    MARGIN_LOAN = "LCR40.79:margin_loan"
    REVERSE_REPO_OTHER = "LCR40.79:reverse_repo_other"
    OWN_FACILITY = "LCR40.83:own_facility"
    RETAIL_REPAYMENT = "LCR40.86:retail_repayment"
    CORPORATE_REPAYMENT = "LCR40.87:corporate_repayment"
    FINANCIAL_REPAYMENT = "LCR40.87:financial_repayment"
    MATURING_SECURITY = "LCR40.88:maturing_security"
    OPERATIONAL_DEPOSIT_HELD = "LCR40.89:operational_deposit_held"
    NET_DERIVATIVE_INFLOW = "LCR40.91:net_derivative_inflow"


@dataclass(frozen=True)
class CoverageRatio:
    """The liquidity coverage ratio, with the steps to it.

    Attributes:
        stock: Liquid assets.
        outflows: Outflows by kind.
        inflows: Inflows by kind, before their limit.
        counted_inflows: Inflows after the limit of 75% of outflows.
        net_outflow: Outflows less counted inflows.
        minimum: Lowest ratio allowed.
        rules: Rules used in addition to those of each line, by id.
    """

    stock: LiquidStock
    outflows: tuple[WeightedLine, ...]
    inflows: tuple[WeightedLine, ...]
    counted_inflows: Decimal
    net_outflow: Decimal
    minimum: Decimal
    rules: tuple[str, ...]

    @property
    def ratio(self) -> Decimal:
        """Stock over net outflow, as a fraction, not rounded."""
        return self.stock.total / self.net_outflow

    @property
    def surplus(self) -> Decimal:
        """Liquid assets above the requirement; negative where they fall short."""
        return self.stock.total - self.minimum * self.net_outflow

    @property
    def is_met(self) -> bool:
        """True where the stock reaches the requirement, decided on amounts."""
        return self.surplus >= ZERO


def coverage_ratio(
    stock: LiquidStock,
    outflows: Mapping[Outflow, Amount],
    inflows: Mapping[Inflow, Amount],
    as_of: date = LATEST,
) -> CoverageRatio:
    """Return the stock over the net outflow of 30 days (LCR20.4, LCR40.1, LCR40.77).

    Args:
        stock: From `liquid_assets.liquid_stock`.
        outflows: Balances and undrawn amounts by kind.
        inflows: Amounts due within 30 days by kind, from performing assets alone (LCR40.75).
        as_of: Date of the rules.

    Raises:
        RiskInputError: If a kind is unknown, an amount negative, or nothing flows out.
        MissingRuleError: If a rule is not known for that date.
    """
    leaving = weighted_lines(Outflow, outflows, as_of)
    coming = weighted_lines(Inflow, inflows, as_of)
    outflow = total(leaving)
    if outflow == ZERO:
        raise RiskInputError("Nothing flows out.", "A coverage ratio needs outflows above zero.")
    cap = rule("LCR40.77:inflow_cap", as_of)
    counted = min(total(coming), cap.exact * outflow)
    minimum = rule("LCR20.4:minimum_coverage", as_of)
    return CoverageRatio(
        stock=stock,
        outflows=leaving,
        inflows=coming,
        counted_inflows=counted,
        net_outflow=outflow - counted,
        minimum=minimum.exact,
        rules=(minimum.rule_id, cap.rule_id, *stock.rules),
    )


def stable_part(
    balance: Any, insured_limit: Any, *, is_established: Any = True, is_fully_insured: bool = True
) -> FloatArray:
    """Return the stable part of retail deposits; the rest is less stable (LCR40.7, LCR40.13).

    Args:
        balance: Deposits of one depositor at the bank, in any currency.
        insured_limit: Limit of the deposit insurance for one depositor, in the same currency.
        is_established: True for a transactional account or a depositor with other relations.
        is_fully_insured: Whether the scheme pays in full up to the limit; of one that pays a share
            only, nothing is stable.

    Raises:
        RiskInputError: If an amount is missing or negative.
    """
    held, limit = amounts("balance", balance), amounts("insured_limit", insured_limit)
    insured = np.minimum(held, limit)
    stable = np.asarray(is_established, dtype=np.bool_) & is_fully_insured
    return np.asarray(np.where(stable, insured, 0.0))
