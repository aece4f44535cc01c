"""Treasury of the bank by month: funding, result, taxes and capital.

Lending, deposits and losses follow from the customers; interest, cost and profit follow from these,
and dividends or capital increases from profit. Belongs here: those decisions. Does not: their
postings (`bookkeeping`), or regulatory capital rules in force (`finplatform.risk`); the weights of
`own_funds` only size the capital.
"""

from dataclasses import dataclass

import numpy as np

from finplatform.simulate.rng import Floats, Ints

_STEP = 5_000_000
"""Instruments, securities and loans of other banks come in round sums of cents."""

# Shares of deposits and loans that are kept at hand, and of securities what is held to be sold.
_CASH_OF_DEPOSITS, _CASH_OF_LOANS, _SECURITIES_OF_DEPOSITS = 0.09, 0.01, 0.20
_TRADED_SHARE = 0.04
_FUNDING_SPREAD, _NOTES_SPREAD = 0.6, 2.0
_COST_OF_INCOME, _COST_SPREAD = 0.55, 0.03
_TRADING_MEAN, _TRADING_SPREAD = 0.0005, 0.004
_TAX_RATE = 0.24
# Shares of weighted assets: common equity at the start, and between which it is kept.
_START, _LOW, _HIGH = 0.153, 0.1515, 0.1545
_SHARES, _DEDUCTIONS, _TIER1, _TIER2 = 0.090, 0.007, 0.014, 0.021


@dataclass(frozen=True, slots=True)
class Customers:
    """Totals of the customers' business in cents; balances begin with the day before the span.

    Attributes:
        month: Calendar months since January 1970, (months).
        funded: All assets less liabilities but liquid assets, borrowings, capital and tax,
            (months + 1).
        earning: Of those, what earns the policy rate, (months + 1).
        deposits: Owed to customers, (months + 1).
        loans: Lent to customers, (months + 1).
        revenue: Interest and fees received less interest paid, (months).
        losses: Credit losses, (months).
        depreciation: Wear of premises, (months).
        weighted: Risk-weighted assets at each month's end, (months).
        policy_rate: Per cent, (months).
    """

    month: Ints
    funded: Ints
    earning: Ints
    deposits: Ints
    loans: Ints
    revenue: Ints
    losses: Ints
    depreciation: Ints
    weighted: Floats
    policy_rate: Floats


@dataclass(frozen=True, slots=True)
class Finances:
    """Decisions and results in cents; balances begin with the day before the span.

    Attributes:
        shares: Common shares, (months + 1).
        retained: Retained earnings with the result of the year, (months + 1).
        deductions: Intangibles, which common equity does not count.
        tier1: Additional tier 1 notes.
        tier2: Subordinated notes.
        securities: Government securities held, (months + 1).
        traded: Securities held to be sold, (months + 1).
        borrowed: Borrowed from banks, (months + 1).
        liquid: Cash and securities less borrowings, (months + 1).
        income: Interest on what is liquid, (months).
        funding_cost: Interest on borrowings and subordinated notes, (months).
        cost: Operating cost without depreciation, (months).
        trading: Result of trading, (months).
        tax: Tax on the result, (months).
        tax_owed: Tax not yet paid, (months + 1).
        paid_out: Dividends, (months).
    """

    shares: Ints
    retained: Ints
    deductions: int
    tier1: int
    tier2: int
    securities: Ints
    traded: Ints
    borrowed: Ints
    liquid: Ints
    income: Ints
    funding_cost: Ints
    cost: Ints
    trading: Ints
    tax: Ints
    tax_owed: Ints
    paid_out: Ints


def run_bank(customers: Customers, rng: np.random.Generator) -> Finances:
    """Fund the book, take its result and keep capital within its limits, month by month."""
    months, base = len(customers.month), float(customers.weighted[0])
    deductions, tier1, tier2 = (_whole(s * base) for s in (_DEDUCTIONS, _TIER1, _TIER2))
    balances = np.zeros((7, months + 1), dtype=np.int64)
    shares, retained, liquid, securities, traded, borrowed, tax_owed = balances
    flows = np.zeros((6, months), dtype=np.int64)
    income, funding_cost, cost, trading, tax, paid_out = flows
    noise = rng.normal(0, 1, (2, months))
    shares[0] = _whole(_SHARES * base)
    retained[0] = round(_START * base / 100) * 100 - shares[0] + deductions

    def fund(at: int) -> None:
        """Liquid assets are what capital and customers leave; banks lend what is missing."""
        capital = shares[at] + retained[at] - deductions + tier1 + tier2
        liquid[at] = capital + tax_owed[at] - customers.funded[at]
        held, borrowed[at] = _treasury(
            int(liquid[at]), int(customers.deposits[at]), int(customers.loans[at])
        )
        traded[at] = round(_TRADED_SHARE * held / 100) * 100
        securities[at] = held - traded[at]

    fund(0)
    for m in range(months):
        rate, weighted = float(customers.policy_rate[m]), float(customers.weighted[m])
        income[m] = _yearly(int(liquid[m] + borrowed[m] + customers.earning[m]), rate)
        funding_cost[m] = _yearly(int(borrowed[m]), rate + _FUNDING_SPREAD)
        funding_cost[m] += _yearly(tier2, rate + _NOTES_SPREAD)
        earned = int(customers.revenue[m] + income[m] - funding_cost[m])
        share = _COST_OF_INCOME * (1 + _COST_SPREAD * noise[0, m])
        cost[m] = max(round(share * earned) - int(customers.depreciation[m]), 0)
        trading[m] = round(float(traded[m]) * (_TRADING_MEAN + _TRADING_SPREAD * noise[1, m]))
        before_tax = earned + trading[m] - cost[m] - customers.depreciation[m] - customers.losses[m]
        tax[m] = max(round(_TAX_RATE * float(before_tax)), 0)
        retained[m + 1] = retained[m] + before_tax - tax[m]
        shares[m + 1], tax_owed[m + 1] = shares[m], tax_owed[m] + tax[m]
        equity = float(shares[m + 1] + retained[m + 1] - deductions)
        if customers.month[m] % 3 == 2:
            tax_owed[m + 1] = 0
        paid_out[m] = max(round(equity - _HIGH * weighted), 0)
        retained[m + 1] -= paid_out[m]
        if equity < _LOW * weighted:
            shares[m + 1] += _whole(_START * weighted - equity)
        fund(m + 1)
    return Finances(
        shares, retained, deductions, tier1, tier2, securities, traded, borrowed, liquid,
        income, funding_cost, cost, trading, tax, tax_owed, paid_out,
    )  # fmt: skip


def _treasury(liquid: int, deposits: int, loans: int) -> tuple[int, int]:
    """Securities held and money borrowed, so that enough cash is left of what is liquid."""
    base = round(_SECURITIES_OF_DEPOSITS * deposits / _STEP) * _STEP
    left = liquid - base - round(_CASH_OF_DEPOSITS * deposits + _CASH_OF_LOANS * loans)
    return base + max(left // _STEP, 0) * _STEP, max(-(left // _STEP), 0) * _STEP


def _yearly(cents: int, percent: float) -> int:
    """A month's interest, never negative."""
    return round(cents * max(percent, 0.0) / 1_200)


def _whole(cents: float) -> int:
    """Instruments come in round sums."""
    return max(round(cents / _STEP), 1) * _STEP
