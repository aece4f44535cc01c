"""C 07.00, credit risk by the standardised approach: rows, columns and sheets of the pieces.

Belongs here: which row and column a piece of an exposure goes to. Does not belong here: the pieces
(see `standardised_pieces`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import polars as pl

from finplatform.risk.money import ZERO, to_cents
from finplatform.risk.reports.rwa_breakdown import CASH, OTHER_ASSETS, SOVEREIGN
from finplatform.risk.supervisory.cells import Cells
from finplatform.risk.supervisory.model_files import tables
from finplatform.risk.supervisory.standardised_pieces import (
    CLASS_SHEETS,
    COMMERCIAL_SHEETS,
    DEFAULT,
    LAND,
    OTHER_ITEMS,
    PROPERTY,
    RESIDENTIAL_SHEETS,
    described_exposures,
    gross_amounts,
    pieces,
)

TABLE, PROPERTY_TABLE, DEFAULT_TABLE = "C_07.00.a", "C_07.00.c", "C_07.00.d"
TOTAL = tables()[TABLE].total
WEIGHT_ROWS: Final[Mapping[float, str]] = {
    0.0: "0140",
    0.02: "0150",
    0.04: "0160",
    0.1: "0170",
    0.2: "0180",
    0.3: "0185",
    0.35: "0190",
    0.4: "0195",
    0.45: "0196",
    0.5: "0200",
    0.6: "0205",
    0.7: "0210",
    0.75: "0220",
    0.8: "0225",
    0.9: "0226",
    1.0: "0230",
    1.05: "0231",
    1.1: "0232",
    1.3: "0235",
    1.5: "0240",
    2.5: "0250",
    3.7: "0260",
    4.0: "0265",
    12.5: "0270",
}
"""Row of each risk weight; other weights stand in `OTHER_WEIGHTS`."""

OTHER_WEIGHTS = "0280"
CONVERSION_COLUMNS: Final[Mapping[float, str]] = {
    0.0: "0160",
    0.1: "0165",
    0.2: "0170",
    0.4: "0175",
    0.5: "0180",
    1.0: "0190",
}
"""Column of each conversion factor (CRE20.94-20.101)."""

ON_BALANCE, OFF_BALANCE = "0070", "0080"
_FILLED_ROWS: Final = (
    *("0010", "0015", "0020", "0064", ON_BALANCE, OFF_BALANCE),
    *WEIGHT_ROWS.values(),
    OTHER_WEIGHTS,
)
_FILLED_COLUMNS: Final = (
    *("0010", "0030", "0040", "0050", "0060", "0070", "0090", "0100", "0110", "0130", "0150"),
    *CONVERSION_COLUMNS.values(),
    *("0200", "0215", "0220", "0230"),
)
_LEDGER_SHEETS: Final[Mapping[str, str]] = {
    CASH: OTHER_ITEMS,
    SOVEREIGN: CLASS_SHEETS["sovereign"],
    OTHER_ASSETS: OTHER_ITEMS,
}
_PROPERTY_ROWS: Final[Mapping[str, str]] = {
    **dict.fromkeys(COMMERCIAL_SHEETS, "0290"),
    **dict.fromkeys(RESIDENTIAL_SHEETS, "0310"),
    LAND: "0330",
}
_DEFAULT_ROWS: Final[Mapping[str, str]] = {"0230": "0300", "0240": "0320"}
SOURCE: Final = "gold.fact_standardised_metrics, gold.standardised_parts"
LEDGER_SOURCE: Final = "gold.rwa_by_class of gold.fact_ledger"


@dataclass(frozen=True)
class StandardisedInput:
    """Inputs of C 07.00 on a date.

    Attributes:
        metrics: Rows of `gold.fact_standardised_metrics`.
        exposures: Rows of `gold.standardised_exposures`.
        parts: Rows of `gold.standardised_parts`.
        protection: Rows of `gold.credit_protection`.
        ledger: Exposure and RWA of each class of ledger assets outside the loan book.
        is_simple: Whether collateral follows the simple approach (CRE22.32).
    """

    metrics: pl.DataFrame
    exposures: pl.DataFrame
    parts: pl.DataFrame
    protection: pl.DataFrame
    ledger: Mapping[str, tuple[Decimal, Decimal]]
    is_simple: bool


def standardised_cells(cells: Cells, given: StandardisedInput) -> None:
    """Fills C 07.00.

    Args:
        cells: The cells to fill.
        given: Inputs of the template.
    """
    _zeros(cells)
    for name, (exposure, assets) in given.ledger.items():
        _ledger(cells, _LEDGER_SHEETS[name], exposure, assets)
    if given.metrics.is_empty():
        return
    described = described_exposures(given.metrics, given.exposures)
    for row in gross_amounts(described).iter_rows(named=True):
        _gross(cells, row)
    cut = pieces(described, given.parts, given.protection, is_simple=given.is_simple)
    for row in cut.iter_rows(named=True):
        _piece(cells, row)


def weight_row(weight: float) -> str:
    """Row of a risk weight.

    Args:
        weight: The weight as a fraction.
    """
    return WEIGHT_ROWS.get(round(weight, 4), OTHER_WEIGHTS)


def conversion_column(factor: float) -> str:
    """Column of a conversion factor, the nearest where amounts in cents hide it.

    Args:
        factor: Converted over undrawn amount.
    """
    return CONVERSION_COLUMNS[min(CONVERSION_COLUMNS, key=lambda known: abs(known - factor))]


def _zeros(cells: Cells) -> None:
    """All exposures together: a row that none falls in is zero, not empty."""
    for row in _FILLED_ROWS:
        for column in _FILLED_COLUMNS:
            cells.add(TABLE, row, column, ZERO, SOURCE, TOTAL)
    for table, rows in ((PROPERTY_TABLE, _PROPERTY_ROWS), (DEFAULT_TABLE, _DEFAULT_ROWS)):
        for row in rows.values():
            for column in _FILLED_COLUMNS:
                cells.add(table, row, column, ZERO, SOURCE, TOTAL)


def _ledger(cells: Cells, sheet: str, exposure: Decimal, assets: Decimal) -> None:
    if not exposure:
        return
    weight = float(assets / exposure)
    columns = dict.fromkeys(("0010", "0040", "0110", "0150", "0200"), exposure)
    columns |= dict.fromkeys(("0215", "0220"), assets)
    rows = ("0010", ON_BALANCE, weight_row(weight))
    _fill(cells, _sheets(sheet), rows, columns, LEDGER_SOURCE)


def _gross(cells: Cells, row: Mapping[str, Any]) -> None:
    """Amounts before protection, drawn and undrawn."""
    for name, kind in (("drawn", ON_BALANCE), ("undrawn", OFF_BALANCE)):
        if row[name]:
            columns = {
                "0010": row[name],
                "0030": row[f"net_{name}"] - row[name],
                "0040": row[f"net_{name}"],
            }
            _debtor(cells, row, kind, row["weight"], columns)


def _piece(cells: Cells, row: Mapping[str, Any]) -> None:
    """Amounts after protection, drawn and undrawn."""
    weight = row["weight"] / row["multiplier"]
    for name, kind in (("drawn", ON_BALANCE), ("undrawn", OFF_BALANCE)):
        amount, assets = row[name], row[f"{name}_rwa"]
        if not amount and not assets:
            continue
        if row["is_collateral"]:
            columns = {"0110": amount, "0130": -amount}
            _debtor(cells, row, kind, weight, columns)
            continue
        kept = {"0110": amount, "0150": amount, "0200": amount}
        if kind == OFF_BALANCE:
            kept |= {conversion_column(row["conversion"]): amount, "0200": row["converted"]}
        kept |= {"0215": to_cents(assets / Decimal(str(row["multiplier"]))), "0220": assets}
        if row["is_rated"]:
            kept["0230"] = assets
        if row["outflow"] is None:
            _debtor(cells, row, kind, weight, kept)
            continue
        _debtor(cells, row, kind, weight, {row["outflow"]: -amount, "0090": -amount})
        rows = ("0010", kind, weight_row(weight))
        _fill(cells, _sheets(row["inflow"]), rows, {"0100": amount, **kept}, SOURCE)


def _debtor(
    cells: Cells, row: Mapping[str, Any], kind: str, weight: float, columns: Mapping[str, Decimal]
) -> None:
    """Adds to the rows of the debtor's sheet, and to the memorandum items."""
    rows = ["0010", kind, weight_row(weight)]
    rows += ["0020"] if row["is_sme"] else []
    rows += ["0064"] if row["is_internal_equity"] else []
    rows += ["0015"] if row["is_defaulted_equity"] else []
    _fill(cells, _sheets(row["sheet"]), rows, columns, SOURCE)
    if secured := _PROPERTY_ROWS.get(row["property_sheet"]):
        _fill(cells, (TOTAL,), (secured,), columns, SOURCE, PROPERTY_TABLE)
    if row["sheet"] == DEFAULT and weight_row(weight) in _DEFAULT_ROWS:
        defaulted = (_DEFAULT_ROWS[weight_row(weight)],)
        _fill(cells, (TOTAL,), defaulted, columns, SOURCE, DEFAULT_TABLE)


def _fill(
    cells: Cells,
    sheets: Iterable[str],
    rows: Iterable[str],
    columns: Mapping[str, Decimal],
    source: str,
    table: str = TABLE,
) -> None:
    for sheet in sheets:
        for row in rows:
            for column, amount in columns.items():
                cells.add(table, row, column, amount, source, sheet)


def _sheets(sheet: str) -> tuple[str, ...]:
    """The sheets that an exposure is on: its class, what that is part of, and all."""
    return (sheet, PROPERTY, TOTAL) if sheet in _PROPERTY_ROWS else (sheet, TOTAL)
