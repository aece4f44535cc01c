"""Rules of a contract that the server can judge, as SQL.

Comparing numbers, counting characters and looking values up in a list mean the same to PostgreSQL
as to Polars, so a column with no other rules need not leave the server unless something is wrong
with it. Belongs here: that translation. Does not belong here: patterns, whose dialects differ and
which the server is slow at, and running anything (see `stored_table`).
"""

from typing import Any

import polars as pl

from finplatform.warehouse.identifiers import literal, quote

NEVER = "false"
"""Condition of a column without rules."""

_COMPARISONS = {
    "greater_than": ("min_value", "<="),
    "greater_than_or_equal_to": ("min_value", "<"),
    "less_than": ("max_value", ">="),
    "less_than_or_equal_to": ("max_value", ">"),
}


def breaches(name: str, column: Any, *, is_never_null: bool) -> str | None:
    """SQL condition of values that break the rules of a column.

    NaN, infinities and endless dates are no breach here: `strange` finds them.

    Args:
        name: The column.
        column: Its Pandera column.
        is_never_null: Whether the server refuses nulls.

    Returns:
        The condition, `NEVER` for a column without rules; None if a rule cannot be translated.
    """
    conditions = [] if column.nullable or is_never_null else [f"{quote(name)} is null"]
    for check in column.checks:
        condition = _breach(quote(name), check)
        if condition is None:
            return None
        conditions.append(condition)
    return " or ".join(conditions) or NEVER


def strange(column: str, dtype: pl.DataType) -> str | None:
    """SQL condition of values that are no numbers or no days; None for types without such."""
    if dtype.is_float():
        # NaN is more than infinity here, too.
        return f"abs({column}) >= 'Infinity'"
    if dtype.is_decimal():
        # A numeric of limited precision holds no infinity.
        return f"{column} = 'NaN'"
    if dtype.is_temporal():
        return f"not ({column} >= '0001-01-01' and {column} < '10000-01-01')"
    return None


def _breach(column: str, check: Any) -> str | None:
    statistics = check.statistics or {}
    if check.name in _COMPARISONS:
        bound, operator = _COMPARISONS[check.name]
        return f"{column} {operator} {_value(statistics[bound])}"
    if check.name == "str_length":
        length = f"char_length({column})"
        bounds = {
            f"{length} <": "min_value",
            f"{length} >": "max_value",
            f"{length} <>": "exact_value",
        }
        told = {start: statistics.get(name) for start, name in bounds.items()}
        return " or ".join(f"{start} {n}" for start, n in told.items() if n is not None)
    if check.name == "isin":
        members = sorted(_value(member) for member in statistics["allowed_values"])
        return f"{column} not in ({', '.join(members)})" if members else f"{column} is not null"
    return None


def _value(value: Any) -> str:
    """A constant, whose type the server takes from the column."""
    return literal(str(value))
