"""The lineage of the standardised book: from a cell of RWA to the parts that protection covers.

The steps below the cells of the book; the cells and the totals above are in `capital_lineage`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from finplatform.risk.protection import PARTS as PART_KINDS
from finplatform.risk.reports.lineage import Component, FigureLineage, SourceRows
from finplatform.risk.reports.rwa_breakdown import cell_name, standardised_cell, standardised_rows
from finplatform.risk.reports.standardised import METRICS, PARTS

Row = Mapping[str, Any]


def trace_standardised(lineage: FigureLineage, cell: Row, parts: Sequence[Row]) -> None:
    """Note the steps from a cell of the standardised book, by both approaches, to its rows.

    Standardised RWA are those of the parts, by what covers them; of slotted loans and equity the
    RWA in use are those of the exposures.

    Args:
        lineage: Receives the steps.
        cell: Row of `gold.rwa_by_class`.
        parts: SourceRows of `gold.standardised_parts` of the date.
    """
    name = f"{cell['risk_type']}.{cell_name(cell)}"
    covered = _covered(lineage.day, cell, parts)
    value = cell["risk_weighted_assets"]
    rows = standardised_source(lineage.day, cell, "risk_weighted_assets")
    measured = [Component("exposures", value, rules=cell["rules"], rows=rows)]
    lineage.total(f"rwa.{name}", value, measured if cell["approach"] == "IRB" else covered)
    lineage.total(f"sa_rwa.{name}", cell["sa_risk_weighted_assets"], covered)


def standardised_source(day: date, cell: Row, column: str) -> SourceRows:
    """The exposures of a cell."""
    return SourceRows(METRICS, column, f"reporting_date = '{day}' and {standardised_rows(cell)}")


def _covered(day: date, cell: Row, parts: Sequence[Row]) -> list[Component]:
    """RWA of the parts of a cell's exposures, by what covers them."""
    own = [row for row in parts if _cell_of(row) == cell_name(cell)]
    found = []
    for kind in PART_KINDS:
        of_kind = [row for row in own if row["part_kind"] == kind]
        if of_kind:
            value = sum((row["risk_weighted_assets"] for row in of_kind), Decimal(0))
            rules = sorted({rule for row in of_kind for rule in row["rules"].split(";")})
            condition = (
                f"reporting_date = '{day}' and {standardised_rows(cell)} and part_kind = '{kind}'"
            )
            rows = SourceRows(PARTS, "risk_weighted_assets", condition)
            found.append(Component(kind, value, rules=";".join(rules), rows=rows))
    return found


def _cell_of(row: Row) -> str:
    name = standardised_cell(row["exposure_class"], row["approach"])
    return cell_name({"exposure_class": name, "is_defaulted": row["is_defaulted"]})
