"""Cells of one reporting date, while they are filled: amounts with their source, and gaps.

Belongs here: the collector of cells, which refuses what the model does not have, and the reasons of
cells that stay empty. Does not belong here: which figure stands in which cell.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files

from finplatform.risk.errors import RiskInputError
from finplatform.risk.money import ZERO
from finplatform.risk.supervisory.model_files import FOLDER, tables

GAP_KINDS = ("not_in_data", "not_held", "not_in_basel", "not_applicable", "expired")
"""Kinds of reasons: not in the sources, the bank's books have none, the Basel Framework has
no such rule, the amount does not arise, or its rule is no longer in force."""

Place = tuple[str, str, str, str]
"""Table, row, column and sheet; the sheet is empty in a table with one."""


@dataclass(frozen=True)
class Gap:
    """Reason of an empty cell.

    Attributes:
        kind: One of `GAP_KINDS`.
        reason: In words.
    """

    kind: str
    reason: str


@dataclass(frozen=True)
class _Pattern:
    """Reason of some cells: `*` stands for every row or column."""

    table: str
    row: str
    column: str
    gap: Gap

    @property
    def precision(self) -> tuple[bool, bool]:
        """A reason of a row and column goes before one of a row, and that before a column's."""
        return self.row != "*", self.column != "*"

    def fits(self, table: str, row: str, column: str) -> bool:
        """Whether the reason is that of a cell."""
        return (
            table.startswith(self.table) and self.row in ("*", row) and self.column in ("*", column)
        )


class Cells:
    """The cells of a date."""

    def __init__(self) -> None:
        self.amounts: dict[Place, Decimal] = {}
        self.sources: dict[Place, str] = {}
        self.gaps: dict[Place, Gap] = {}

    def put(
        self, table: str, row: str, column: str, amount: Decimal, source: str, sheet: str = ""
    ) -> None:
        """Fills a cell.

        Args:
            table: Code of the table.
            row: Code of the row.
            column: Code of the column.
            amount: Its value.
            source: Table and columns that the amount is from.
            sheet: Member of the sheet; empty for a table with one.

        Raises:
            RiskInputError: If the model has no such cell or sheet.
        """
        model = tables()[table]
        if (row, column) not in model.cells or bool(sheet) != bool(model.key):
            raise RiskInputError(
                f"The table {table} has no cell r{row} c{column} {sheet}.",
                "See the model's cells.csv for those that it has.",
            )
        self.amounts[table, row, column, sheet] = amount
        self.sources[table, row, column, sheet] = source

    def add(
        self, table: str, row: str, column: str, amount: Decimal, source: str, sheet: str
    ) -> None:
        """Adds to a cell of a table with sheets; greyed-out cells are left out."""
        if (row, column) not in tables()[table].cells:
            return
        place = (table, row, column, sheet)
        held, sources = self.amounts.get(place, ZERO), self.sources.get(place, source)
        if source not in sources:
            sources = f"{sources}, {source}"
        self.put(table, row, column, held + amount, sources, sheet)

    def of(self, table: str, row: str, column: str, sheet: str = "") -> Decimal:
        """Amount of a cell; zero for an empty one."""
        return self.amounts.get((table, row, column, sheet), ZERO)

    def declare(self, table: str, row: str, column: str, gap: Gap, sheet: str = "") -> None:
        """Says why a cell is empty on this date, in place of its general reason."""
        self.gaps[table, row, column, sheet] = gap

    def close(self) -> None:
        """Gives every empty cell its reason, in tables with sheets on that of all exposures.

        Raises:
            RiskInputError: If a cell has neither a figure nor a reason.
        """
        for table in tables().values():
            for row, column in table.cells:
                place = (table.code, row, column, table.total)
                if place not in self.amounts and place not in self.gaps:
                    self.gaps[place] = _reason(table.code, row, column)

    def __iter__(self) -> Iterator[Place]:
        """Every cell that is filled or declared, in the order of the model."""
        order = {code: position for position, code in enumerate(tables())}
        places = {**self.amounts, **self.gaps}
        return iter(sorted(places, key=lambda place: (order[place[0]], place[3], *place[1:3])))


@lru_cache(maxsize=4096)
def _reason(table: str, row: str, column: str) -> Gap:
    for pattern in _patterns():
        if pattern.fits(table, row, column):
            return pattern.gap
    raise RiskInputError(
        f"The cell {table} r{row} c{column} is empty without a reason.",
        "Give it a figure, or a row of gaps.csv.",
    )


@lru_cache(maxsize=1)
def _patterns() -> tuple[_Pattern, ...]:
    text = (files(__package__) / FOLDER / "gaps.csv").read_text(encoding="utf-8")
    found = [
        _Pattern(table, row, column, Gap(row_["kind"], row_["reason"]))
        for row_ in csv.DictReader(text.splitlines())
        for table in row_["table"].split()
        for row in row_["rows"].split()
        for column in row_["columns"].split()
    ]
    return tuple(sorted(found, key=lambda pattern: pattern.precision, reverse=True))
