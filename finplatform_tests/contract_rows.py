"""Rows that keep a contract, and for each column values that break one rule of it each.

Belongs here: making values from a contract's own rules, so that a test of all tables needs no rows
written by hand. Does not belong here: storing or checking them.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import hypothesis
import pandera.polars as pa
import polars as pl
from hypothesis import strategies

from finplatform.contracts.contract import Contract, dtype_of
from finplatform.contracts.rule_names import rule_name

_FIRST_DAY = date(2025, 1, 31)
_NO_MEMBER = "~"
"""Is in no list, and matches no pattern."""
_ANY = hypothesis.settings(
    database=None, deadline=None, derandomize=True, phases=[hypothesis.Phase.generate]
)
"""The first example found will do, the same one each time."""


def valid_rows(contract: Contract, rows: int) -> pl.DataFrame:
    """Rows that keep every rule, with as many different values in a column as its rules allow."""
    return pl.DataFrame(
        {
            name: pl.Series([_value(column, place) for place in range(rows)]).cast(dtype_of(column))
            for name, column in contract.fields.items()
        }
    )


def breaches(column: pa.Column) -> list[tuple[str, str | None]]:
    """By rule of a column, a value that breaks it alone: the rule's name and the value in SQL.

    Numbers and dates have one more rule than the contract writes: that they are finite.
    """
    found: list[tuple[str, str | None]] = []
    if not column.nullable:
        found.append(("not_nullable", None))
    for check in column.checks:
        name = rule_name(str(check.error))
        found += [(name, value) for value in _broken(check, dtype_of(column))]
    dtype = dtype_of(column)
    if dtype.is_float() or dtype.is_decimal():
        found.append(("finite", "NaN"))
    elif dtype.is_temporal():
        found.append(("finite", "infinity"))
    return found


def _broken(check: pa.Check, dtype: pl.DataType) -> list[str]:
    bounds = check.statistics or {}
    low, high = bounds.get("min_value"), bounds.get("max_value")
    match check.name:
        case "isin":
            return ["32767" if dtype.is_integer() else _NO_MEMBER]
        case "str_matches":
            return [_NO_MEMBER]
        case "str_length":
            shorter = ["x" * (low - 1)] if low else []
            return shorter + (["x" * (high + 1)] if high else [])
        case _:
            step = timedelta(days=1) if dtype.is_temporal() else 1
            below = [str(low - step)] if low is not None else []
            return below + ([str(high + step)] if high is not None else [])


def _value(column: pa.Column, place: int) -> Any:
    """The value of a row; values repeat where the rules leave too few."""
    dtype, checks = dtype_of(column), {check.name: check.statistics for check in column.checks}
    if "isin" in checks:
        members = sorted(checks["isin"]["allowed_values"])
        return members[place % len(members)]
    if dtype == pl.String:
        return _text(checks, place)
    if dtype == pl.Boolean:
        return place % 2 == 0
    if dtype == pl.Date:
        return _FIRST_DAY + timedelta(days=place)
    if dtype.is_temporal():
        return datetime(2025, 1, 31, 12, tzinfo=UTC) + timedelta(days=place)
    return _number(checks, dtype, place)


def _text(checks: dict[str, Any], place: int) -> str:
    if "str_matches" in checks:
        return _matches(checks["str_matches"]["pattern"])[place % 4]
    least = (checks.get("str_length") or {}).get("min_value") or 1
    return f"{place}".rjust(least, "x")


@lru_cache
def _matches(pattern: str) -> list[str]:
    """Four texts that match, the first again where there are fewer."""
    texts = strategies.from_regex(
        pattern, fullmatch=True, alphabet=strategies.characters(codec="ascii")
    )
    found: list[str] = []
    for _ in range(4):
        try:
            found.append(hypothesis.find(texts, lambda text: text not in found, settings=_ANY))
        except hypothesis.errors.NoSuchExample:
            found.append(found[0])
    return found


def _number(checks: dict[str, Any], dtype: pl.DataType, place: int) -> float | int:
    """A number inside the bounds: of whole ones the first, of others sixteenths of the range."""
    bounds = {name: rule for rules in checks.values() for name, rule in (rules or {}).items()}
    low, high = bounds.get("min_value"), bounds.get("max_value")
    low = float(low if low is not None else (high or 16) - 16)
    high = float(high if high is not None else low + 16)
    if not dtype.is_integer():
        return low + (high - low) * (place + 1) / 16
    first = int(low) + ("greater_than" in checks)
    return first + place % max(int(high) - first + ("less_than" not in checks), 1)
