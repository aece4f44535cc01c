"""Supervisory templates as CSV: own funds, credit risk by both approaches, others, leverage.

Rows and columns follow the shape of the European COREP templates C 01.00, C 07.00, C 08.01, C 16.00
and C 47.00, with their row numbers where the platform has the figure; it is no filing format.
Belongs here: which figure stands in which cell, and the rules that cells of a template keep. The
figures come from gold tables as they are.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from finplatform.errors import FinplatformError

Row = Mapping[str, Any]
ZERO = Decimal(0)


@dataclass(frozen=True)
class Cell:
    """One cell of a template.

    Attributes:
        row: Row number.
        column: Column number.
        label: What the row is.
        amount: Its amount.
    """

    row: str
    column: str
    label: str
    amount: Decimal


@dataclass(frozen=True)
class Sum:
    """A rule that cells keep: one row is the sum of others, column by column.

    Attributes:
        total: Row of the sum.
        parts: Rows that make it.
    """

    total: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Template:
    """One template of one date.

    Attributes:
        code: Its code, such as `C 01.00`.
        name: File name without ending.
        cells: Its cells.
        sums: Rules that they keep.
    """

    code: str
    name: str
    cells: tuple[Cell, ...]
    sums: tuple[Sum, ...]

    def broken(self) -> list[str]:
        """Rules that cells break, in words; empty for a template that adds up."""
        amounts = {(cell.row, cell.column): cell.amount for cell in self.cells}
        columns = sorted({cell.column for cell in self.cells})
        found = []
        for rule in self.sums:
            for column in columns:
                if (rule.total, column) not in amounts:
                    continue
                made = sum((amounts.get((part, column), ZERO) for part in rule.parts), ZERO)
                if made != amounts[rule.total, column]:
                    found.append(
                        f"{self.code} r{rule.total} c{column} is {amounts[rule.total, column]},"
                        f" its parts make {made}"
                    )
        return found

    def text(self, date: str, currency: str) -> str:
        """The template as CSV.

        Raises:
            FinplatformError: If a rule is broken.
        """
        broken = self.broken()
        if broken:
            raise FinplatformError(
                f"The cells of {self.code} do not add up: {'; '.join(broken[:3])}.",
                "Materialize the capital reports of the date again.",
            )
        target = io.StringIO()
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(("template", "date", "currency", "row", "column", "label", "amount"))
        for cell in self.cells:
            writer.writerow(
                (self.code, date, currency, cell.row, cell.column, cell.label, cell.amount)
            )
        return target.getvalue()


def templates(
    own_funds: Sequence[Row],
    cells: Sequence[Row],
    operational: Row | None,
    leverage: Row | None,
) -> list[Template]:
    """All templates of one date.

    Args:
        own_funds: Rows of `gold.own_funds`.
        cells: Rows of `gold.rwa_by_class`.
        operational: Row of `gold.operational_risk`, if the date has one.
        leverage: Row of `gold.leverage`, if the date has one.
    """
    made = [_own_funds(own_funds)] if own_funds else []
    credit = [cell for cell in cells if cell["risk_type"] == "credit"]
    made += [
        _credit("C 07.00", "credit_sa", credit, "sa_exposure_amount", "sa_risk_weighted_assets")
    ]
    models = [cell for cell in credit if cell["approach"] == "IRB"]
    made += [_credit("C 08.01", "credit_irb", models, "exposure_amount", "risk_weighted_assets")]
    if operational is not None:
        made.append(_operational(operational))
    if leverage is not None:
        made.append(_leverage(leverage))
    return made


_FUNDS_ROWS = {
    "common_shares": ("0030", "Capital instruments eligible as CET1"),
    "retained_earnings": ("0130", "Retained earnings"),
    "goodwill": ("0300", "Goodwill and other intangible assets"),
    "provision_shortfall": ("0380", "Shortfall of provisions to expected losses"),
    "at1_instruments": ("0540", "Capital instruments eligible as AT1"),
    "t2_instruments": ("0770", "Capital instruments eligible as T2"),
    "t2_provisions": ("0910", "Excess of provisions over expected losses"),
}
_TIER_ROWS = {"CET1": "0020", "AT1": "0530", "T2": "0750"}
_AMOUNT = "0010"


def _own_funds(lines: Sequence[Row]) -> Template:
    rows = [(*_FUNDS_ROWS[line["line"]], line["counted_amount"], line["tier"]) for line in lines]
    tiers = {
        tier: sum((amount for _, _, amount, own in rows if own == tier), ZERO)
        for tier in _TIER_ROWS
    }
    tier1 = tiers["CET1"] + tiers["AT1"]
    totals = [
        ("0010", "Own funds", tier1 + tiers["T2"]),
        ("0015", "Tier 1 capital", tier1),
        ("0020", "Common Equity Tier 1 capital", tiers["CET1"]),
        ("0530", "Additional Tier 1 capital", tiers["AT1"]),
        ("0750", "Tier 2 capital", tiers["T2"]),
    ]
    found = [Cell(row, _AMOUNT, label, amount) for row, label, amount in totals]
    found += [Cell(row, _AMOUNT, label, amount) for row, label, amount, _ in rows]
    sums = [Sum("0010", ("0015", "0750")), Sum("0015", ("0020", "0530"))]
    sums += [
        Sum(total, tuple(row for row, _, _, own in rows if own == tier))
        for tier, total in _TIER_ROWS.items()
    ]
    return Template("C 01.00", "own_funds", _in_order(found), tuple(sums))


def _credit(code: str, name: str, cells: Sequence[Row], exposure: str, assets: str) -> Template:
    """One row for each class and default; the exposure, RWA and expected loss of each."""
    columns = {"0200": exposure, "0220": assets, "0280": "expected_loss"}
    found, parts = [], []
    ordered = sorted(cells, key=lambda cell: (cell["exposure_class"], cell["is_defaulted"]))
    for number, cell in enumerate(ordered, start=2):
        row = f"{number * 10:04}"
        label = str(cell["exposure_class"]) + (", in default" if cell["is_defaulted"] else "")
        parts.append(row)
        found += [Cell(row, column, label, cell[field]) for column, field in columns.items()]
    for column, field in columns.items():
        total = sum((cell[field] for cell in cells), ZERO)
        found.append(Cell("0010", column, "Total exposures", total))
    return Template(code, name, _in_order(found), (Sum("0010", tuple(parts)),))


def _operational(row: Row) -> Template:
    parts = (
        ("0020", "Interest, leases and dividend component", "interest_leases_dividends"),
        ("0030", "Services component", "services"),
        ("0040", "Financial component", "financial"),
    )
    found = [Cell("0010", _AMOUNT, "Business indicator", row["business_indicator"])]
    found += [Cell(number, _AMOUNT, label, row[field]) for number, label, field in parts]
    # Components are rounded one by one, so the indicator may differ from their sum by a cent.
    rest = row["business_indicator"] - sum((row[field] for _, _, field in parts), ZERO)
    found += [
        Cell("0045", _AMOUNT, "Rounding of the components", rest),
        Cell("0050", _AMOUNT, "Business indicator component", row["business_indicator_component"]),
        Cell("0060", _AMOUNT, "Own funds requirement", row["capital_requirement"]),
        Cell("0070", _AMOUNT, "Risk-weighted assets", row["risk_weighted_assets"]),
    ]
    rule = Sum("0010", ("0020", "0030", "0040", "0045"))
    return Template("C 16.00", "operational", _in_order(found), (rule,))


def _leverage(row: Row) -> Template:
    parts = [
        ("0190", "Other assets", row["on_balance_amount"]),
        ("0200", "Specific provisions", -row["specific_provisions"]),
        ("0270", "Assets deducted from Tier 1", -row["tier1_deductions"]),
        ("0150", "Off-balance items after conversion", row["undrawn_exposure"]),
    ]
    found = [Cell(number, _AMOUNT, label, amount) for number, label, amount in parts]
    found.append(Cell("0290", _AMOUNT, "Total exposure measure", row["exposure_measure"]))
    if row["tier1_capital"] is not None:
        found.append(Cell("0310", _AMOUNT, "Tier 1 capital", row["tier1_capital"]))
        found.append(Cell("0330", _AMOUNT, "Leverage ratio", row["leverage_ratio"]))
    rule = Sum("0290", tuple(number for number, _, _ in parts))
    return Template("C 47.00", "leverage", _in_order(found), (rule,))


def _in_order(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    return tuple(sorted(cells, key=lambda cell: (cell.row, cell.column)))
