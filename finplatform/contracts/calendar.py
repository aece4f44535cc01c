"""Valid dates and instants: those of the years 1 to 9999.

PostgreSQL has infinite and other dates outside Python's calendar, on which client libraries abort.
This module sets them to null. The range of days of a table is defined in its contract.
"""

import polars as pl

_FIRST, _LAST = -719_162, 2_932_896
"""1 January of year 1 and 31 December of year 9999, in days from 1970."""

_DAY = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}


def within_calendar(values: pl.Series) -> pl.Series:
    """Dates or instants, with those outside the calendar as null.

    Args:
        values: A temporal series; other types come back as they are.
    """
    if isinstance(values.dtype, pl.Datetime):
        # The whole range of an instant in nanoseconds lies within the calendar.
        day = _DAY[values.dtype.time_unit]
        if values.dtype.time_unit == "ns":
            return values
        inside = values.to_physical().is_between(_FIRST * day, (_LAST + 1) * day - 1)
    elif values.dtype == pl.Date:
        inside = values.to_physical().is_between(_FIRST, _LAST)
    else:
        return values
    if inside.all():
        return values
    return pl.select(pl.when(inside).then(values).alias(values.name)).to_series()
