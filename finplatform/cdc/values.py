"""Values of captured rows in the types of a read of the same table.

The log writes every value as text. Captured and read rows must load alike, so text is converted to
the driver's type of the column; a date or instant outside the calendar becomes one far outside of
it, as in the driver. Belongs here: this conversion, and business days. Does not belong here:
    reading
values of a source (see `finplatform.ingest.values`).
"""

import polars as pl

from finplatform.contracts.calendar import within_calendar

DAY_TYPES = frozenset(("date", "timestamp", "timestamptz"))
"""Types that convert to a business day."""

_FLOATS = {"float4": pl.Float32(), "float8": pl.Float64()}
_OUTSIDE = {"date": 2**31 - 1, "timestamp": 2**63 - 1, "timestamptz": 2**63 - 1}


def typed(values: pl.Series, kind: str) -> pl.Series:
    """Text of a column as values of its type.

    Args:
        values: Text as the server writes it in a session of UTC, ISO dates and the C locale.
        kind: Name of the type; for a domain that of its base type.
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
    """Business days of dates or instants; null outside the calendar.

    Args:
        values: Values of one of `DAY_TYPES`.
        timezone: Zone of instants without a zone.
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
