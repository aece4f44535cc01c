"""C 01.00, own funds: which line of own funds stands in which row.

Belongs here: rows of the template and what each adds up. Does not belong here: the lines
(`finplatform.risk.reports.own_funds`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from finplatform.risk.money import ZERO
from finplatform.risk.own_funds import FundsLine
from finplatform.risk.supervisory.cells import Cells, Gap

TABLE, COLUMN = "C_01.00", "0010"
LINE_ROWS: Mapping[FundsLine, tuple[str, ...]] = {
    FundsLine.COMMON_SHARES: ("0040",),
    FundsLine.SHARE_PREMIUM: ("0060",),
    FundsLine.OWN_SHARES: ("0080", "0070"),
    FundsLine.OTHER_COMPREHENSIVE_INCOME: ("0180",),
    FundsLine.OTHER_RESERVES: ("0200",),
    FundsLine.MINORITY_INTEREST: ("0230",),
    FundsLine.GAIN_ON_SALE: ("0260",),
    FundsLine.CASH_FLOW_HEDGE_RESERVE: ("0270",),
    FundsLine.OWN_CREDIT_GAINS: ("0280",),
    FundsLine.GOODWILL: ("0310", "0300"),
    FundsLine.OTHER_INTANGIBLES: ("0350", "0340"),
    FundsLine.TAX_ASSETS_FROM_LOSSES: ("0370",),
    FundsLine.PROVISION_SHORTFALL: ("0380",),
    FundsLine.PENSION_ASSETS: ("0400", "0390"),
    FundsLine.INSIGNIFICANT_HOLDINGS: ("0480",),
    FundsLine.TAX_ASSETS_FROM_TIMING: ("0490",),
    FundsLine.SIGNIFICANT_HOLDINGS: ("0500",),
    FundsLine.INTANGIBLES: ("0529",),
    FundsLine.MORTGAGE_SERVICING_RIGHTS: ("0529",),
    FundsLine.RETAINED_EARNINGS: ("0130",),
    FundsLine.CREDIT_LOSS_ENTRY: ("0130",),
    FundsLine.AT1_INSTRUMENTS: ("0551", "0540"),
    FundsLine.AT1_MINORITY_INTEREST: ("0670",),
    FundsLine.AT1_DEDUCTIONS: ("0748",),
    FundsLine.T2_INSTRUMENTS: ("0771", "0760"),
    FundsLine.T2_MINORITY_INTEREST: ("0890",),
    FundsLine.T2_PROVISIONS: ("0910",),
    FundsLine.T2_DEDUCTIONS: ("0978",),
}
"""Rows of each line: where it stands, and the subtotals that the row alone is part of. Intangible
assets that are not divided into goodwill and others, and mortgage servicing rights, for which the
template has no row, stand among other deductions."""

_STATED = (
    FundsLine.COMMON_SHARES,
    FundsLine.SHARE_PREMIUM,
    FundsLine.OWN_SHARES,
    FundsLine.OTHER_COMPREHENSIVE_INCOME,
    FundsLine.OTHER_RESERVES,
    FundsLine.MINORITY_INTEREST,
    FundsLine.GAIN_ON_SALE,
    FundsLine.CASH_FLOW_HEDGE_RESERVE,
    FundsLine.OWN_CREDIT_GAINS,
    FundsLine.PROVISION_SHORTFALL,
    FundsLine.RETAINED_EARNINGS,
    FundsLine.AT1_INSTRUMENTS,
    FundsLine.AT1_MINORITY_INTEREST,
    FundsLine.T2_INSTRUMENTS,
    FundsLine.T2_MINORITY_INTEREST,
    FundsLine.T2_PROVISIONS,
)
"""Lines that a statement or the measured book shows where the bank has them: without, zero."""

_SUMS: Mapping[str, tuple[str, ...]] = {
    "0030": ("0040", "0060", "0070"),
    "0250": ("0260", "0270", "0280"),
}
_TIERS = {"CET1": "0020", "AT1": "0530", "T2": "0750"}
_UNDIVIDED = Gap(
    "not_in_data",
    "The statement gives goodwill and other intangible assets in one amount: see row 0529.",
)
_INTANGIBLES: Mapping[FundsLine, tuple[str, ...]] = {
    FundsLine.GOODWILL: ("0300", "0310"),
    FundsLine.OTHER_INTANGIBLES: ("0340", "0350"),
}
SOURCE = "gold.own_funds"


@dataclass(frozen=True)
class Earnings:
    """Retained earnings of the books.

    Attributes:
        previous_years: Balance of retained earnings, to which the year is not yet closed.
        profit: Profit or loss of the year so far, after the entry that brings the allowance to the
            expected credit losses.
    """

    previous_years: Decimal
    profit: Decimal


def own_funds_cells(
    cells: Cells, lines: Mapping[str, tuple[str, Decimal]], earnings: Earnings | None
) -> None:
    """Fills the rows of own funds.

    Args:
        cells: The cells to fill.
        lines: Tier and counted amount of each line of the date; empty without a statement.
        earnings: Of the books; None without books.
    """
    if not lines:
        return
    rows: dict[str, Decimal] = {}
    for line in (*_STATED, *(FundsLine(name) for name in lines)):
        for row in LINE_ROWS[line]:
            rows.setdefault(row, ZERO)
    for name, (_, amount) in lines.items():
        for row in LINE_ROWS[FundsLine(name)]:
            rows[row] += amount
    for row, amount in rows.items():
        cells.put(TABLE, row, COLUMN, amount, f"{SOURCE}.counted_amount")
    for row, parts in _SUMS.items():
        amount = sum((cells.of(TABLE, part, COLUMN) for part in parts), ZERO)
        cells.put(TABLE, row, COLUMN, amount, f"rows {', '.join(parts)}")
    _tiers(cells, lines)
    _intangibles(cells, lines)
    _earnings(cells, cells.of(TABLE, "0130", COLUMN), earnings)


def _tiers(cells: Cells, lines: Mapping[str, tuple[str, Decimal]]) -> None:
    sums = {
        tier: sum((amount for own, amount in lines.values() if own == tier), ZERO)
        for tier in _TIERS
    }
    for tier, row in _TIERS.items():
        cells.put(TABLE, row, COLUMN, sums[tier], f"{SOURCE}.counted_amount of {tier}")
    tier1 = sums["CET1"] + sums["AT1"]
    cells.put(TABLE, "0015", COLUMN, tier1, "rows 0020, 0530")
    cells.put(TABLE, "0010", COLUMN, tier1 + sums["T2"], "rows 0015, 0750")


def _intangibles(cells: Cells, lines: Mapping[str, tuple[str, Decimal]]) -> None:
    """Goodwill and others are zero if neither is stated, and unknown if both are in one amount."""
    for line, rows in _INTANGIBLES.items():
        if line.value in lines:
            continue
        for row in rows:
            if FundsLine.INTANGIBLES.value in lines:
                cells.declare(TABLE, row, COLUMN, _UNDIVIDED)
            else:
                cells.put(TABLE, row, COLUMN, ZERO, f"{SOURCE}: no such line")


def _earnings(cells: Cells, retained: Decimal, earnings: Earnings | None) -> None:
    """Retained earnings by year where the books explain them, and else as those of past years."""
    eligible = ZERO if earnings is None else retained - earnings.previous_years
    if earnings is None or eligible > max(earnings.profit, ZERO):
        cells.put(TABLE, "0140", COLUMN, retained, f"{SOURCE}, not divided by year")
        return
    cells.put(
        TABLE,
        "0140",
        COLUMN,
        earnings.previous_years,
        "gold.fact_ledger.natural_balance of RETAINED_EARNINGS",
    )
    cells.put(TABLE, "0150", COLUMN, eligible, "row 0130 less row 0140")
    cells.put(
        TABLE,
        "0160",
        COLUMN,
        earnings.profit,
        "gold.fact_ledger: result of the year, less the entry",
    )
    cells.put(TABLE, "0170", COLUMN, eligible - earnings.profit, "row 0150 less row 0160")
