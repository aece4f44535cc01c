"""Totals of a table by day, from the warehouse and from files, and their differences.

A total is a number of rows or the exact sum of a decimal column. Belongs here: computing and
comparing totals. Does not belong here: the reaction to a difference.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import psycopg

from finplatform.lake.catalog import LakeTable
from finplatform.warehouse.identifiers import literal, quote
from finplatform.windows import Window


@dataclass(frozen=True)
class Totals:
    """Totals of one day.

    Attributes:
        rows: Number of rows.
        sums: Sum of each column of decimals; 0 without values.
    """

    rows: int
    sums: Mapping[str, Decimal]


@dataclass(frozen=True)
class Difference:
    """A total that is not the same in both.

    Attributes:
        day: Business day.
        what: `rows`, or the column.
        warehouse: Total in the warehouse.
        lake: Total in the lake.
    """

    day: date
    what: str
    warehouse: Decimal | int
    lake: Decimal | int

    def __str__(self) -> str:
        return f"{self.day} {self.what}: {self.warehouse} in the warehouse, {self.lake} in the lake"


def warehouse_totals(
    connection: psycopg.Connection, table: LakeTable, window: Window | None
) -> dict[date, Totals]:
    """Totals of the warehouse's table by day.

    Args:
        connection: Session on the warehouse, in the bank's time zone.
        table: The table.
        window: Days; None for all.
    """
    schema, _, name = table.source.partition(".")
    condition = f" where {window.predicate(quote(table.date_column))}" if window else ""
    query = (
        f"select {quote(table.date_column)}::date as day, {_sums(table)}"
        f" from {quote(schema)}.{quote(name)}{condition} group by 1 order by 1"
    )
    return _by_day(table, connection.execute(query.encode()))


def file_totals(
    connection: duckdb.DuckDBPyConnection, table: LakeTable, files: Sequence[str]
) -> dict[date, Totals]:
    """Totals of partitions by the day that their folder names.

    Args:
        connection: A database that can open the files.
        table: The table.
        files: The partitions' files.
    """
    if not files:
        return {}
    query = f"select date as day, {_sums(table)} from {scan(files)} group by 1 order by 1"
    return _by_day(table, connection.execute(query).fetchall())


def scan(files: Sequence[str], *, options: str = "") -> str:
    """A table function of DuckDB over partitions, with the folder's day as the column `date`."""
    listed = ", ".join(map(literal, files))
    return (
        f"read_parquet([{listed}], hive_partitioning = true, hive_types = {{'date': date}}"
        f"{options})"
    )


def differences(
    warehouse: Mapping[date, Totals], lake: Mapping[date, Totals]
) -> Iterator[Difference]:
    """Totals that differ, by day; a missing day has totals of zero."""
    for day in sorted(warehouse.keys() | lake.keys()):
        here, there = warehouse.get(day, _NOTHING), lake.get(day, _NOTHING)
        if here.rows != there.rows:
            yield Difference(day, "rows", here.rows, there.rows)
        for column in {**here.sums, **there.sums}:
            left, right = here.sums.get(column, Decimal(0)), there.sums.get(column, Decimal(0))
            if left != right:
                yield Difference(day, column, left, right)


_NOTHING = Totals(0, {})


def _sums(table: LakeTable) -> str:
    return ", ".join(
        ["count(*)", *(f"coalesce(sum({quote(column)}), 0)" for column in table.decimals)]
    )


def _by_day(table: LakeTable, rows: Any) -> dict[date, Totals]:
    return {
        day: Totals(count, dict(zip(table.decimals, map(Decimal, sums), strict=True)))
        for day, count, *sums in rows
    }
