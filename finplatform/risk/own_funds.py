"""Own funds from the lines of a ledger: components, deductions and threshold items (CAP10, CAP30).

Belongs here: the lines, the deductions from each tier and their order, in decimals. Ratios
are `capital`; the comparison of provisions with expected loss is `provisions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from finplatform.risk.capital import OwnFunds
from finplatform.risk.errors import RiskInputError
from finplatform.risk.money import ZERO, Amount, decimal_amount
from finplatform.risk.rules import LATEST, rule


class FundsLine(StrEnum):
    """Line of own funds of a ledger amount."""

    COMMON_SHARES = "common_shares"
    SHARE_PREMIUM = "share_premium"
    RETAINED_EARNINGS = "retained_earnings"
    CREDIT_LOSS_ENTRY = "credit_loss_entry"
    OTHER_COMPREHENSIVE_INCOME = "other_comprehensive_income"
    OTHER_RESERVES = "other_reserves"
    MINORITY_INTEREST = "minority_interest"
    GOODWILL = "goodwill"
    INTANGIBLES = "intangible_assets"
    OTHER_INTANGIBLES = "other_intangibles"
    TAX_ASSETS_FROM_LOSSES = "tax_assets_from_losses"
    CASH_FLOW_HEDGE_RESERVE = "cash_flow_hedge_reserve"
    PROVISION_SHORTFALL = "provision_shortfall"
    GAIN_ON_SALE = "gain_on_sale"
    OWN_CREDIT_GAINS = "own_credit_gains"
    PENSION_ASSETS = "pension_assets"
    OWN_SHARES = "own_shares"
    INSIGNIFICANT_HOLDINGS = "insignificant_holdings"
    SIGNIFICANT_HOLDINGS = "significant_holdings"
    MORTGAGE_SERVICING_RIGHTS = "mortgage_servicing_rights"
    TAX_ASSETS_FROM_TIMING = "tax_assets_from_timing"
    AT1_INSTRUMENTS = "at1_instruments"
    AT1_MINORITY_INTEREST = "at1_minority_interest"
    AT1_DEDUCTIONS = "at1_deductions"
    T2_INSTRUMENTS = "t2_instruments"
    T2_MINORITY_INTEREST = "t2_minority_interest"
    T2_PROVISIONS = "t2_provisions"
    T2_DEDUCTIONS = "t2_deductions"


_INSTRUMENTS = (FundsLine.COMMON_SHARES, FundsLine.SHARE_PREMIUM)
_RESERVES = (
    FundsLine.MINORITY_INTEREST,
    FundsLine.RETAINED_EARNINGS,
    FundsLine.CREDIT_LOSS_ENTRY,
    FundsLine.OTHER_COMPREHENSIVE_INCOME,
    FundsLine.OTHER_RESERVES,
)
FULL_DEDUCTIONS: Mapping[FundsLine, str] = {
    FundsLine.GOODWILL: "CAP30.7",
    FundsLine.INTANGIBLES: "CAP30.7",
    FundsLine.OTHER_INTANGIBLES: "CAP30.7",
    FundsLine.TAX_ASSETS_FROM_LOSSES: "CAP30.9",
    FundsLine.CASH_FLOW_HEDGE_RESERVE: "CAP30.11",
    FundsLine.PROVISION_SHORTFALL: "CAP30.13",
    FundsLine.GAIN_ON_SALE: "CAP30.14",
    FundsLine.OWN_CREDIT_GAINS: "CAP30.15",
    FundsLine.PENSION_ASSETS: "CAP30.16",
    FundsLine.OWN_SHARES: "CAP30.18",
}
"""Full deductions from CET1, by paragraph; a negative hedge reserve or own-credit loss adds."""

INTANGIBLE_LINES = (FundsLine.GOODWILL, FundsLine.INTANGIBLES, FundsLine.OTHER_INTANGIBLES)
"""Lines of intangible assets; the middle one is not allocated to the two others."""

THRESHOLD_ITEMS = (
    FundsLine.SIGNIFICANT_HOLDINGS,
    FundsLine.MORTGAGE_SERVICING_RIGHTS,
    FundsLine.TAX_ASSETS_FROM_TIMING,
)
"""Threshold deductions from CET1 (CAP30.32)."""

_SIGNED = {*_RESERVES[1:], FundsLine.CASH_FLOW_HEDGE_RESERVE, FundsLine.OWN_CREDIT_GAINS}


@dataclass(frozen=True)
class Deduction:
    """Deduction of one line from CET1.

    Attributes:
        line: The line.
        gross: Its amount in the ledger.
        deducted: Amount deducted.
        paragraph: Why.
    """

    line: FundsLine
    gross: Decimal
    deducted: Decimal
    paragraph: str


@dataclass(frozen=True)
class FundsStatement:
    """Own funds, with the steps to them; amounts in the currency of the ledger.

    Attributes:
        own_funds: Components after all deductions.
        deductions: Deductions from CET1, line by line.
        threshold_rwa: RWA of threshold items that were not deducted, at 250% (CRE20.109).
        rules: The rules used, by id.
    """

    own_funds: OwnFunds
    deductions: tuple[Deduction, ...]
    threshold_rwa: Decimal
    rules: tuple[str, ...]


def funds_statement(lines: Mapping[str, Amount], as_of: date = LATEST) -> FundsStatement:
    """Return own funds from ledger lines (CAP10.6-10.19, CAP30).

    CET1 loses what CAP30 deducts in full, then small holdings above a tenth of it (CAP30.26), then
    each threshold item above a tenth (CAP30.32), then what all of them together still have above
    15% of the CET1 that is left in the end (CAP30.34). What Tier 2 or AT1 cannot bear of their own
    deductions comes off the next better tier (CAP30.29).

    Args:
        lines: Amount of each `FundsLine`, or its exact value; deductions as positive amounts. A
            line that is not given is zero.
        as_of: Date of the rules.

    Raises:
        RiskInputError: If a line is unknown, or an amount negative that may not be.
        MissingRuleError: If the rules are not known for that date.
    """
    amounts = _read(lines)
    instruments = sum((amounts[line] for line in _INSTRUMENTS), ZERO)
    reserves = sum((amounts[line] for line in _RESERVES), ZERO)
    deductions = [
        Deduction(line, amounts[line], amounts[line], paragraph)
        for line, paragraph in FULL_DEDUCTIONS.items()
    ]
    at1, tier2, overflow = _lower_tiers(amounts)
    cet1 = instruments + reserves - sum((item.deducted for item in deductions), ZERO) - overflow
    small = _above(
        FundsLine.INSIGNIFICANT_HOLDINGS, amounts, cet1, as_of, "CAP30.26:insignificant_holdings"
    )
    deductions.append(small)
    thresholds = _threshold_items(amounts, cet1 - small.deducted, as_of)
    deductions.extend(thresholds)
    weight = rule("CRE20.109:threshold_item_weight", as_of)
    recognised = sum((item.gross - item.deducted for item in thresholds), ZERO)
    taken = sum((item.deducted for item in deductions), overflow)
    # Reserves that were deducted as a loss add to CET1; the components take no negative deduction.
    own_funds = OwnFunds(
        cet1_instruments=instruments,
        retained_earnings=reserves + max(-taken, ZERO),
        cet1_deductions=max(taken, ZERO),
        additional_tier1=at1,
        tier2=tier2,
    )
    return FundsStatement(
        own_funds=own_funds,
        deductions=tuple(item for item in deductions if item.gross),
        threshold_rwa=weight.exact * recognised,
        rules=(
            "CAP30.26:insignificant_holdings",
            "CAP30.32:threshold_item",
            "CAP30.34:threshold_items_together",
            weight.rule_id,
        ),
    )


def _read(lines: Mapping[str, Amount]) -> dict[FundsLine, Decimal]:
    unknown = sorted(set(lines) - {line.value for line in FundsLine})
    if unknown:
        raise RiskInputError(
            f"Unknown line of own funds: {', '.join(unknown)}.",
            f"Use one of: {', '.join(FundsLine)}.",
        )
    return {
        line: decimal_amount(line, lines.get(line, ZERO), may_be_negative=line in _SIGNED)
        for line in FundsLine
    }


def _lower_tiers(amounts: Mapping[FundsLine, Decimal]) -> tuple[Decimal, Decimal, Decimal]:
    """Return AT1 and Tier 2 after their deductions, and the shortfall deducted from CET1."""
    tier2 = (
        amounts[FundsLine.T2_INSTRUMENTS]
        + amounts[FundsLine.T2_MINORITY_INTEREST]
        + amounts[FundsLine.T2_PROVISIONS]
        - amounts[FundsLine.T2_DEDUCTIONS]
    )
    at1 = (
        amounts[FundsLine.AT1_INSTRUMENTS]
        + amounts[FundsLine.AT1_MINORITY_INTEREST]
        - amounts[FundsLine.AT1_DEDUCTIONS]
        - max(-tier2, ZERO)
    )
    return max(at1, ZERO), max(tier2, ZERO), max(-at1, ZERO)


def _above(
    line: FundsLine,
    amounts: Mapping[FundsLine, Decimal],
    cet1: Decimal,
    as_of: date,
    rule_id: str,
) -> Deduction:
    limit = rule(rule_id, as_of)
    free = limit.exact * max(cet1, ZERO)
    gross = amounts[line]
    return Deduction(line, gross, max(gross - free, ZERO), limit.paragraph)


def _threshold_items(
    amounts: Mapping[FundsLine, Decimal], cet1: Decimal, as_of: date
) -> list[Deduction]:
    """Deduct each item above a tenth, then all in proportion above 15% of the final CET1."""
    singly = [
        _above(line, amounts, cet1, as_of, "CAP30.32:threshold_item") for line in THRESHOLD_ITEMS
    ]
    kept = sum((item.gross - item.deducted for item in singly), ZERO)
    limit = rule("CAP30.34:threshold_items_together", as_of)
    # With all three items deducted CET1 is `without`; what is recognised then adds to it, so that
    # recognised <= 15% (without + recognised).
    without = max(cet1 - sum((item.gross for item in singly), ZERO), ZERO)
    rest = 1 - limit.exact
    if kept * rest <= limit.exact * without:
        return singly
    share = limit.exact * without / (rest * kept)
    return [
        Deduction(
            item.line,
            item.gross,
            item.gross - (item.gross - item.deducted) * share,
            limit.paragraph,
        )
        for item in singly
    ]
