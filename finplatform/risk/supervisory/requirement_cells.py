"""C 02.00 and C 03.00: risk exposure amounts of all risks, and the capital ratios on them.

Belongs here: which row each kind of risk, each sheet of C 07.00 and C 08.01 and each ratio goes to.
Does not belong here: those sheets (see `standardised_cells` and `internal_cells`).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from finplatform.risk.money import ZERO, to_quotient
from finplatform.risk.supervisory import internal_cells, standardised_cells
from finplatform.risk.supervisory.cells import Cells

TABLE, COLUMN = "C_02.00.a", "0010"
STANDARDISED_ROWS: Final[Mapping[str, str]] = {
    "0070": "eba_qEC:qx16",
    "0080": "eba_qEC:qx23",
    "0090": "eba_qEC:qx22",
    "0100": "eba_qEC:qx21",
    "0110": "eba_qEC:qx20",
    "0120": "eba_qEC:qx19",
    "0125": "eba_qEC:qx2036",
    "0131": "eba_qEC:qx2037",
    "0140": "eba_qEC:qx26",
    "0150": "eba_qEC:qx2038",
    "0151": "eba_qEC:qx2039",
    "0153": "eba_qEC:qx2041",
    "0154": "eba_qEC:qx2042",
    "0155": "eba_qEC:qx2043",
    "0156": "eba_qEC:qx2060",
    "0158": "eba_qEC:qx2063",
    "0159": "eba_qEC:qx2058",
    "0900": "eba_qEC:qx2062",
    "0910": "eba_qEC:qx2049",
    "0160": "eba_qEC:qx12",
    "0171": "eba_qEC:qx2050",
    "0180": "eba_qEC:qx13",
    "0210": "eba_qEC:qx1",
    "0211": "eba_qEC:qx25",
}
"""Sheet of C 07.00 that each row is the total of."""

INTERNAL_ROWS: Final[Mapping[str, str]] = {
    "0250": internal_cells.FOUNDATION,
    "0290": internal_cells.SLOTTED,
    "0300": internal_cells.CORPORATES[False],
    "0310": internal_cells.OWN,
    "0360": internal_cells.CORPORATES[True],
    "0371": internal_cells.MORTGAGES,
    "0390": internal_cells.REVOLVING,
    "0401": internal_cells.OTHER_RETAIL,
}
"""Sheet of C 08.01 that each row is the total of."""

MARKET_ROWS: Final[Mapping[str, str]] = {
    "0540": "interest_rate",
    "0550": "equity",
    "0560": "foreign_exchange",
    "0570": "commodity",
}
"""Risk class of market risk of each row (MAR40)."""


def requirement_cells(
    cells: Cells,
    floor: Mapping[str, Any] | None,
    market: Mapping[str, Decimal],
    operational: Decimal | None,
) -> None:
    """Fills C 02.00 after C 07.00 and C 08.01.

    Args:
        cells: The cells to fill, with those templates.
        floor: Row of `gold.output_floor` of the date; None without.
        market: RWA of each risk class of market risk; empty for a bank without a trading book.
        operational: RWA of operational risk; None where the date has none.
    """
    standardised = _total(cells, standardised_cells.TABLE, "0220", standardised_cells.TOTAL)
    internal = _total(cells, internal_cells.TABLE, "0260", internal_cells.TOTAL)
    rows: dict[str, tuple[Decimal, str]] = {
        "0040": (standardised + internal, "rows 0050, 0240"),
        "0050": (standardised, "C 07.00 r0010 c0220"),
        "0060": (standardised, "C 07.00 r0010 c0220"),
        "0240": (internal, "C 08.01 r0010 c0260"),
    }
    for row, sheet in STANDARDISED_ROWS.items():
        amount = _total(cells, standardised_cells.TABLE, "0220", sheet)
        rows[row] = (amount, f"C 07.00 r0010 c0220 of {sheet}")
    for row, sheet in INTERNAL_ROWS.items():
        amount = _total(cells, internal_cells.TABLE, "0260", sheet)
        rows[row] = (amount, f"C 08.01 r0010 c0260 of {sheet}")
    for row, name in MARKET_ROWS.items():
        rows[row] = (market.get(name, ZERO), f"gold.market_risk_capital of {name}")
    for row in ("0520", "0530"):
        rows[row] = (sum(market.values(), ZERO), "gold.market_risk_capital")
    if operational is not None:
        rows["0590"] = (operational, "gold.operational_risk.risk_weighted_assets")
    if floor is not None:
        rows["0010"] = (floor["risk_weighted_assets"], "gold.output_floor.risk_weighted_assets")
        rows["0035"] = (floor["floor_increase"], "gold.output_floor.floor_increase")
        rows["0036"] = (floor["before_floor"], "gold.output_floor.before_floor")
    for row, (amount, source) in rows.items():
        cells.put(TABLE, row, COLUMN, amount, source)


RATIO_TABLE = "C_03.00"
_TIERS: Final[Mapping[str, tuple[str, str, str]]] = {
    "cet1": ("0010", "0020", "0070"),
    "tier1": ("0030", "0040", "0080"),
    "total": ("0050", "0060", "0090"),
}
"""Rows of ratio, surplus over the minimum, and ratio before the output floor."""


def ratio_cells(
    cells: Cells, adequacy: Mapping[str, Any] | None, floor: Mapping[str, Any] | None
) -> None:
    """Fills C 03.00.

    Args:
        cells: The cells to fill.
        adequacy: Row of `gold.capital_adequacy` of the date; None without a statement.
        floor: Row of `gold.output_floor` of the date.
    """
    if adequacy is None or adequacy["cet1_ratio"] is None:
        return
    source = "gold.capital_adequacy"
    for tier, (ratio, surplus, before_floor) in _TIERS.items():
        cells.put(RATIO_TABLE, ratio, COLUMN, adequacy[f"{tier}_ratio"], f"{source}.{tier}_ratio")
        cells.put(
            RATIO_TABLE, surplus, COLUMN, adequacy[f"{tier}_surplus"], f"{source}.{tier}_surplus"
        )
        if floor is not None and floor["before_floor"]:
            quotient = to_quotient(adequacy[f"{tier}_capital"], floor["before_floor"])
            over = f"{source}.{tier}_capital over gold.output_floor.before_floor"
            cells.put(RATIO_TABLE, before_floor, COLUMN, quotient, over)


def _total(cells: Cells, table: str, column: str, sheet: str) -> Decimal:
    return cells.of(table, "0010", column, sheet)
