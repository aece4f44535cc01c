"""Values of captured rows in the types in which a read of the same table brings them.

The log writes every value as text. A load must not see from which road a row came, so text becomes
what the driver makes of a column of that type; a date or instant that no calendar has becomes one
far outside of it, as there. Belongs here: that conversion, and business days. Does not belong here:
what a value means (see `finplatform.ingest.values`).
"""

import polars as pl

from finplatform.contracts.calendar import within_calendar

DAY_TYPES = frozenset(("date", "timestamp", "timestamptz"))
"""Types of which a business day can be made."""

_FLOATS = {"float4": pl.Float32(), "float8": pl.Float64()}
_OUTSIDE = {"date": 2**31 - 1, "timestamp": 2**63 - 1, "timestamptz": 2**63 - 1}


def typed(values: pl.Series, kind: str) -> pl.Series:
    """Text of a column as values of its type.

    Args:
        values: Text as the server writes it in a session of UTC, ISO dates and the C locale.
        kind: Name of the type, of a domain that of what it is made of.
    """
    if kind == "bool":
        return (values == "t").alias(values.name)
    if kind in _FLOATS:
        named = values.str.replace("Infinity", "inf", literal=True)
        return named.cast(_FLOATS[kind])
    if kind == "money":
        return values.str.replace_all(r"[$,]", "")
    if kind in DAY_TYPES:
        return _temporal(values, kind)
    return values


def business_days(values: pl.Series, timezone: str, bank_timezone: str) -> pl.Series:
    """Business days of dates or instants; null where there is none in the calendar.

    Args:
        values: Values of one of `DAY_TYPES`.
        timezone: Zone of instants that do not name theirs.
        bank_timezone: Zone whose days are the bank's business days.
    """
    values = within_calendar(values)
    if not isinstance(values.dtype, pl.Datetime):
        return values
    if values.dtype.time_zone is None:
        values = values.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    return values.dt.convert_time_zone(bank_timezone).dt.date()


def _temporal(values: pl.Series, kind: str) -> pl.Series:
    if kind == "date":
        read = values.str.to_date("%Y-%m-%d", strict=False)
    else:
        zone = "%#z" if kind == "timestamptz" else ""
        read = values.str.to_datetime(f"%Y-%m-%d %H:%M:%S%.f{zone}", time_unit="us", strict=False)
    is_outside = read.is_null() & values.is_not_null()
    if not is_outside.any():
        return read
    outside = pl.Series([_OUTSIDE[kind]]).cast(read.to_physical().dtype).cast(read.dtype)
    return pl.select(
        pl.when(is_outside).then(pl.lit(outside).first()).otherwise(read).alias(values.name)
    ).to_series()
