"""C 47.00, the leverage ratio: assets, undrawn amounts by conversion factor, Tier 1 and the ratio.

Belongs here: rows of the template. Does not belong here: the measure
(`finplatform.risk.reports.leverage`).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from finplatform.risk.money import ZERO, to_cents
from finplatform.risk.supervisory.cells import Cells

TABLE, COLUMN = "C_47.00", "0010"
CONVERSION_ROWS: Final[Mapping[Decimal, str]] = {
    Decimal("0.1"): "0150",
    Decimal("0.2"): "0160",
    Decimal("0.4"): "0165",
    Decimal("0.5"): "0170",
    Decimal(1): "0180",
}
"""Row of off-balance items by conversion factor (LEV30.47-30.51)."""

SOURCE: Final = "gold.leverage"


def leverage_cells(
    cells: Cells,
    leverage: Mapping[str, Any] | None,
    standardised: Mapping[Decimal, Decimal],
    limits: Decimal,
) -> None:
    """Fills C 47.00.

    Args:
        cells: The cells to fill.
        leverage: Row of `gold.leverage` of the date; None without a ledger.
        standardised: Converted amounts of the standardised book by conversion factor.
        limits: Conversion factor of undrawn limits of the loan book.
    """
    if leverage is None:
        return
    rows = dict.fromkeys(CONVERSION_ROWS.values(), ZERO)
    for factor, amount in standardised.items():
        rows[conversion_row(factor)] += amount
    # Limits of cards are what the rest of the sum is, to the cent.
    rows[conversion_row(limits)] += leverage["undrawn_exposure"] - sum(standardised.values(), ZERO)
    for row, amount in rows.items():
        cells.put(TABLE, row, COLUMN, amount, f"{SOURCE}.undrawn_exposure by factor")
    assets = leverage["on_balance_amount"] - leverage["specific_provisions"]
    source = f"{SOURCE}.on_balance_amount less specific_provisions"
    cells.put(TABLE, "0190", COLUMN, assets, source)
    for row in ("0270", "0280"):
        cells.put(TABLE, row, COLUMN, -leverage["tier1_deductions"], f"{SOURCE}.tier1_deductions")
    _ratios(cells, leverage)


def conversion_row(factor: Decimal) -> str:
    """Row of a conversion factor, the nearest where amounts in cents hide it.

    Args:
        factor: Converted over undrawn amount.
    """
    return CONVERSION_ROWS[min(CONVERSION_ROWS, key=lambda known: abs(known - factor))]


def converted_by_factor(exposures: list[tuple[Decimal, Decimal]]) -> dict[Decimal, Decimal]:
    """Converted amounts added up by conversion factor.

    Args:
        exposures: Undrawn and converted amount of each exposure.
    """
    found: dict[Decimal, Decimal] = {}
    for undrawn, converted in exposures:
        if undrawn and converted:
            factor = round(converted / undrawn, 2)
            found[factor] = found.get(factor, ZERO) + converted
    return found


def _ratios(cells: Cells, leverage: Mapping[str, Any]) -> None:
    """The measure, Tier 1 and the ratio; the rules have no transitional definition of Tier 1."""
    measure = to_cents(leverage["exposure_measure"])
    for row in ("0290", "0300"):
        cells.put(TABLE, row, COLUMN, measure, f"{SOURCE}.exposure_measure")
    minimum = leverage["minimum_ratio"]
    cells.put(TABLE, "0410", COLUMN, minimum, f"{SOURCE}.minimum_ratio")
    if leverage["tier1_capital"] is None:
        return
    for row in ("0310", "0320"):
        cells.put(TABLE, row, COLUMN, leverage["tier1_capital"], f"{SOURCE}.tier1_capital")
    for row in ("0330", "0340"):
        cells.put(TABLE, row, COLUMN, leverage["leverage_ratio"], f"{SOURCE}.leverage_ratio")
