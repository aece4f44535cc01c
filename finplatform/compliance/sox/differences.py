"""What lies between two versions of a month: rows, tables, figures, and what figures are made of.

Every table's difference is the sum of those of its rows, and every figure's that of its components,
to the cent; what is left over is shown. Belongs here: the arithmetic. Does not belong here: reading
versions (`finplatform.warehouse.period_versions`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

LINEAGE = "gold.figure_lineage"
"""Table of what figures are made of, which explains and is not reported itself."""

_NOTHING = Decimal(0)


@dataclass(frozen=True)
class RowChange:
    """A row that one version has otherwise than another.

    Attributes:
        table: `schema.table`.
        row_key: Its key.
        change: `ADDED`, `CHANGED` or `REMOVED`.
        measure_before: Its measure before; None if it was not there, or has none.
        measure_after: Its measure after.
        before: Its columns before, where they were kept.
        after: Its columns after.
    """

    table: str
    row_key: str
    change: str
    measure_before: Decimal | None
    measure_after: Decimal | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def difference(self) -> Decimal:
        """What the row adds to the difference of its table."""
        return (self.measure_after or _NOTHING) - (self.measure_before or _NOTHING)

    @property
    def columns(self) -> list[str]:
        """Columns that have another value, as far as both rows were kept."""
        before, after = self.before or {}, self.after or {}
        if not before or not after:
            return []
        return [name for name in {**before, **after} if before.get(name) != after.get(name)]


@dataclass(frozen=True)
class TableDifference:
    """What changed in a table.

    Attributes:
        table: `schema.table`.
        part: What it is a part of.
        measure: Column that is added up; None if there is none.
        before: Its sum before.
        after: Its sum after.
        rows: Number of changed rows by kind of change.
        from_rows: Sum of the differences of its rows.
    """

    table: str
    part: str
    measure: str | None
    before: Decimal | None
    after: Decimal | None
    rows: Mapping[str, int]
    from_rows: Decimal

    @property
    def difference(self) -> Decimal:
        """How much the sum moved."""
        return (self.after or _NOTHING) - (self.before or _NOTHING)

    @property
    def unexplained(self) -> Decimal:
        """What no row accounts for; zero."""
        return self.difference - self.from_rows


@dataclass(frozen=True)
class MovedFigure:
    """A reported amount or ratio that moved.

    Attributes:
        table: `schema.table`.
        row_key: Its row.
        figure: Its column.
        before: Its value before; None if the row is new.
        after: Its value after; None if the row is gone.
    """

    table: str
    row_key: str
    figure: str
    before: Decimal | None
    after: Decimal | None

    @property
    def difference(self) -> Decimal:
        """How much it moved."""
        return (self.after or _NOTHING) - (self.before or _NOTHING)


@dataclass(frozen=True)
class ExplainedFigure:
    """A figure that moved because its addends did.

    Attributes:
        figure: The figure.
        before: Its amount before.
        after: Its amount after.
        components: How much each addend moved.
    """

    figure: str
    before: Decimal
    after: Decimal
    components: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def difference(self) -> Decimal:
        """How much it moved."""
        return self.after - self.before

    @property
    def unexplained(self) -> Decimal:
        """What no component accounts for; zero."""
        return self.difference - sum(self.components.values(), _NOTHING)


def table_differences(
    before: Mapping[str, Mapping[str, Any]],
    after: Mapping[str, Mapping[str, Any]],
    changes: Sequence[RowChange],
) -> list[TableDifference]:
    """What changed in each table that did.

    Args:
        before: Tables of the earlier version by name, as `period_tables` has them.
        after: Those of the later one.
        changes: Rows that changed.
    """
    by_table: dict[str, list[RowChange]] = {}
    for change in changes:
        by_table.setdefault(change.table, []).append(change)
    return [
        TableDifference(
            table=table,
            part=row["part"],
            measure=row["measure_column"],
            before=before.get(table, {}).get("measure_total"),
            after=row["measure_total"],
            rows=_counted(rows),
            from_rows=sum((change.difference for change in rows), _NOTHING),
        )
        for table, row in after.items()
        if (rows := by_table.get(table))
    ]


def moved_figures(changes: Iterable[RowChange]) -> list[MovedFigure]:
    """Numbers of reported rows that moved; a number that is new or gone has one side."""
    return [
        MovedFigure(change.table, change.row_key, column, old, new)
        for change in changes
        if change.table != LINEAGE
        for column in {**(change.before or {}), **(change.after or {})}
        for old, new in [(_number(change.before, column), _number(change.after, column))]
        if old != new
    ]


def explained_figures(changes: Iterable[RowChange]) -> list[ExplainedFigure]:
    """Figures that are sums and moved, each with how much its addends did."""
    rows = [change for change in changes if change.table == LINEAGE]
    found: dict[str, list[RowChange]] = {}
    for change in rows:
        either = change.after or change.before or {}
        if either.get("relation") == "addend" and either.get("figure_amount") is not None:
            found.setdefault(str(either["figure"]), []).append(change)
    explained = []
    for figure, parts in found.items():
        before = _first(change.before for change in parts)
        after = _first(change.after for change in parts)
        if before == after:
            continue
        moved = {
            str((part.after or part.before or {})["component"]): _contribution(part.after)
            - _contribution(part.before)
            for part in parts
        }
        explained.append(
            ExplainedFigure(figure, before, after, {k: v for k, v in moved.items() if v})
        )
    return explained


def _counted(rows: Iterable[RowChange]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.change] = counts.get(row.change, 0) + 1
    return counts


def _first(rows: Iterable[Mapping[str, Any] | None]) -> Decimal:
    """Amount of a figure, which each of its rows has."""
    return next((Decimal(row["figure_amount"]) for row in rows if row), _NOTHING)


def _contribution(row: Mapping[str, Any] | None) -> Decimal:
    return Decimal(row["contribution"]) if row else _NOTHING


def _number(row: Mapping[str, Any] | None, column: str) -> Decimal | None:
    value = (row or {}).get(column)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)
