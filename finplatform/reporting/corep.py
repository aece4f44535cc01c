"""Supervisory templates as CSV: own funds, credit risk by both approaches, others, leverage.

C 01.00, C 07.00, C 08.01 and C 47.00 are named after the European COREP templates whose shape they
follow. A row or column number of digits alone is that template's, as the EBA's data point model
gives it; a number that begins with `x` is the house's own, where the template splits an amount in
ways the platform does not or where its number was not read. `OPE25` follows no template. None is a
filing format.

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

TOTAL = "total"
"""The sheet that is the sum of a template's other sheets, or the only one."""


@dataclass(frozen=True)
class Cell:
    """One cell of a template.

    Attributes:
        row: Row number.
        column: Column number.
        label: What the row is.
        amount: Its amount.
        sheet: Exposure class, for a template with a sheet for each; `total` otherwise.
    """

    row: str
    column: str
    label: str
    amount: Decimal
    sheet: str = TOTAL


@dataclass(frozen=True)
class Sum:
    """A rule that cells keep: one row is the sum of others, sheet by sheet and column by column.

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
        amounts = {(cell.sheet, cell.row, cell.column): cell.amount for cell in self.cells}
        sheets = {cell.sheet for cell in self.cells}
        rules = [
            ((sheet, rule.total, column), [(sheet, part, column) for part in rule.parts])
            for rule in self.sums
            for sheet in sorted(sheets)
            for column in sorted({cell.column for cell in self.cells})
        ]
        if classes := sorted(sheets - {TOTAL}):
            rules += [
                (place, [(sheet, *place[1:]) for sheet in classes])
                for place in amounts
                if place[0] == TOTAL
            ]
        found = []
        for total, parts in rules:
            if total not in amounts:
                continue
            made = sum((amounts.get(part, ZERO) for part in parts), ZERO)
            if made != amounts[total]:
                sheet, row, column = total
                found.append(
                    f"{self.code} {sheet} r{row} c{column} is {amounts[total]}, its parts make"
                    f" {made}"
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
        writer.writerow(
            ("template", "date", "currency", "sheet", "row", "column", "label", "amount")
        )
        for cell in self.cells:
            place = (cell.sheet, cell.row, cell.column)
            writer.writerow((self.code, date, currency, *place, cell.label, cell.amount))
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
    made.append(_credit("C 07.00", "credit_sa", credit, _SA_COLUMNS))
    models = [cell for cell in credit if cell["approach"] == "IRB"]
    made.append(_credit("C 08.01", "credit_irb", models, _IRB_COLUMNS))
    if operational is not None:
        made.append(_operational(operational))
    if leverage is not None:
        made.append(_leverage(leverage))
    return made


FUNDS_ROWS: Mapping[str, tuple[str, str]] = {
    "common_shares": ("0040", "Fully paid up capital instruments"),
    "share_premium": ("0060", "Share premium"),
    "own_shares": ("0070", "(-) Own CET1 instruments"),
    "retained_earnings": ("0130", "Retained earnings"),
    "other_comprehensive_income": ("0180", "Accumulated other comprehensive income"),
    "other_reserves": ("0200", "Other reserves"),
    "minority_interest": ("0230", "Minority interest given recognition in CET1"),
    "gain_on_sale": ("0260", "(-) Increases in equity resulting from securitised assets"),
    "cash_flow_hedge_reserve": ("0270", "Cash flow hedge reserve"),
    "own_credit_gains": ("0280", "Gains and losses due to changes in own credit risk"),
    "goodwill": ("0300", "(-) Goodwill, with other intangible assets not stated beside it"),
    "other_intangibles": ("0340", "(-) Other intangible assets"),
    "tax_assets_from_losses": ("0370", "(-) Deferred tax assets not from temporary differences"),
    "provision_shortfall": ("0380", "(-) Shortfall of provisions to expected losses"),
    "pension_assets": ("0390", "(-) Defined benefit pension fund assets"),
    "insignificant_holdings": ("0480", "(-) CET1 of financial entities, no significant investment"),
    "tax_assets_from_timing": ("0490", "(-) Deferred tax assets from temporary differences"),
    "mortgage_servicing_rights": ("x495", "(-) Mortgage servicing rights above their threshold"),
    "significant_holdings": ("0500", "(-) CET1 of financial entities, significant investment"),
    "at1_instruments": ("0540", "Capital instruments eligible as AT1"),
    "at1_minority_interest": ("0670", "Instruments of subsidiaries recognised in AT1"),
    "at1_deductions": ("0748", "AT1 capital elements or deductions - other"),
    "t2_instruments": ("0760", "Capital instruments eligible as T2"),
    "t2_minority_interest": ("0890", "Instruments of subsidiaries recognised in T2"),
    "t2_provisions": ("0910", "Excess of provisions over expected losses"),
    "t2_deductions": ("0978", "T2 capital elements or deductions - other"),
}
"""Row and label of each `FundsLine`. The template divides what exceeds the threshold of all three
items together (0510) from what exceeds that of each; a line of own funds holds both."""

_SUBTOTALS = {
    "0030": ("Capital instruments eligible as CET1", ("0040", "0060", "0070")),
    "0250": ("Adjustments to CET1 due to prudential filters", ("0260", "0270", "0280")),
}
_TIER_ROWS = {"CET1": "0020", "AT1": "0530", "T2": "0750"}
_AMOUNT = "0010"


def _own_funds(lines: Sequence[Row]) -> Template:
    rows = [(*_funds_row(line["line"]), line["counted_amount"], line["tier"]) for line in lines]
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
    totals += [
        (number, label, sum((amount for row, _, amount, _ in rows if row in parts), ZERO))
        for number, (label, parts) in _SUBTOTALS.items()
    ]
    found = [Cell(row, _AMOUNT, label, amount) for row, label, amount in totals]
    found += [Cell(row, _AMOUNT, label, amount) for row, label, amount, _ in rows]
    sums = [Sum("0010", ("0015", "0750")), Sum("0015", ("0020", "0530"))]
    sums += [Sum(number, parts) for number, (_, parts) in _SUBTOTALS.items()]
    sums += [
        Sum(
            total, tuple(dict.fromkeys(_direct_part(row) for row, _, _, own in rows if own == tier))
        )
        for tier, total in _TIER_ROWS.items()
    ]
    return Template("C 01.00", "own_funds", _in_order(found), tuple(sums))


def _funds_row(line: str) -> tuple[str, str]:
    if line not in FUNDS_ROWS:
        raise FinplatformError(
            f"C 01.00 has no row for the line of own funds {line!r}.",
            f"It has rows for: {', '.join(FUNDS_ROWS)}.",
        )
    return FUNDS_ROWS[line]


def _direct_part(row: str) -> str:
    """The row that adds to the tier: the subtotal of a row that is part of one."""
    return next((total for total, (_, parts) in _SUBTOTALS.items() if row in parts), row)


_SA_COLUMNS = {"0200": "sa_exposure_amount", "0220": "sa_risk_weighted_assets"}
_IRB_COLUMNS = {
    "0110": "exposure_amount",
    "0260": "risk_weighted_assets",
    "0280": "expected_loss",
}


def _credit(code: str, name: str, cells: Sequence[Row], columns: Mapping[str, str]) -> Template:
    """A sheet for each class and one of all: all exposures, and those in default.

    In C 07.00 the second row is 0015. C 08.01 has none such, and the templates have a class of
    what is in default where the platform leaves it in its class.
    """
    defaulted = "0015" if code == "C 07.00" else "x015"
    sheets = {TOTAL: list(cells)}
    for cell in cells:
        sheets.setdefault(str(cell["exposure_class"]), []).append(cell)
    found = []
    for sheet, members in sheets.items():
        bad = [cell for cell in members if cell["is_defaulted"]]
        for column, field in columns.items():
            total = sum((cell[field] for cell in members), ZERO)
            part = sum((cell[field] for cell in bad), ZERO)
            found += [
                Cell("0010", column, "Total exposures", total, sheet),
                Cell(defaulted, column, "of which: in default", part, sheet),
                Cell("x016", column, "of which: not in default", total - part, sheet),
            ]
    return Template(code, name, _in_order(found), (Sum("0010", (defaulted, "x016")),))


def _operational(row: Row) -> Template:
    parts = (
        ("x020", "Interest, leases and dividend component", "interest_leases_dividends"),
        ("x030", "Services component", "services"),
        ("x040", "Financial component", "financial"),
    )
    found = [Cell("x010", _AMOUNT, "Business indicator", row["business_indicator"])]
    found += [Cell(number, _AMOUNT, label, row[field]) for number, label, field in parts]
    # Components are rounded one by one, so the indicator may differ from their sum by a cent.
    rest = row["business_indicator"] - sum((row[field] for _, _, field in parts), ZERO)
    found += [
        Cell("x045", _AMOUNT, "Rounding of the components", rest),
        Cell("x050", _AMOUNT, "Business indicator component", row["business_indicator_component"]),
        Cell("x060", _AMOUNT, "Own funds requirement", row["capital_requirement"]),
        Cell("x070", _AMOUNT, "Risk-weighted assets", row["risk_weighted_assets"]),
    ]
    rule = Sum("x010", ("x020", "x030", "x040", "x045"))
    return Template("OPE25", "operational", _in_order(found), (rule,))


def _leverage(row: Row) -> Template:
    """C 47.00 asks for off-balance items by conversion factor (0150 to 0180); here is their sum."""
    other_assets = row["on_balance_amount"] - row["specific_provisions"]
    parts = [
        ("0190", "Other assets, net of specific provisions", other_assets),
        ("0270", "Assets deducted from Tier 1", -row["tier1_deductions"]),
        ("x150", "Off-balance items after conversion", row["undrawn_exposure"]),
    ]
    found = [Cell(number, _AMOUNT, label, amount) for number, label, amount in parts]
    found.append(Cell("x290", _AMOUNT, "Total exposure measure", row["exposure_measure"]))
    if row["tier1_capital"] is not None:
        found.append(Cell("x310", _AMOUNT, "Tier 1 capital", row["tier1_capital"]))
        found.append(Cell("x330", _AMOUNT, "Leverage ratio", row["leverage_ratio"]))
    rule = Sum("x290", tuple(number for number, _, _ in parts))
    return Template("C 47.00", "leverage", _in_order(found), (rule,))


def _in_order(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    return tuple(sorted(cells, key=lambda cell: (cell.sheet, cell.row, cell.column)))
