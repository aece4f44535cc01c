"""Reading values: text and typed values of sources in the type of a contract's column.

A value is read exactly or it becomes null, and the caller rejects its row: nothing is rounded,
truncated, completed or guessed, save that instants are kept to the microsecond. The same rules
hold for every connector. Does not belong here: rules about values that have the right type (see
`validate`).
"""

import re
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

_BOOLEANS = {
    "true": True, "t": True, "yes": True, "y": True, "1": True,
    "false": False, "f": False, "no": False, "n": False, "0": False,
}  # fmt: skip

_LARGEST_EXACT = 2**53
"""Largest integer below which every integer has a double of its own."""

_ULPS = {"Float32": 4 * 2.0**-24, "Float64": 4 * 2.0**-53}
"""Relative distance within which a sum of a few floats equals its decimal."""

_TEXT_OF_A_FLOAT = r"^[+-]?\d+\.0+$|^\d(\.\d+)?[eE]\+\d+$"
"""An identifier that passed through a column of floats: 1001.0 (pandas), 1.92E+11 (Excel)."""

_ISO_DATE = r"^\d{4}-\d{2}-\d{2}$"
_MIDNIGHT = r"^\d{4}-\d{2}-\d{2}[T ]00:00(:00(\.0+)?)?(Z|[+-]00(:?00)?)?$"
_ZONED = r":\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)$"

_WIDTHS = {"%Y": 4, "%j": 3} | dict.fromkeys(("%y", "%m", "%d", "%H", "%I", "%M", "%S"), 2)
_TIME_DIRECTIVES = re.compile(r"%(?:-|_|0)?(?:H|I|M|S|k|l|s|T|R|r|X|c|p|\.?\d?f)")


@dataclass(frozen=True)
class Reading:
    """Format of a source's values.

    Attributes:
        timezone: Zone of times without a zone; None refuses such times.
        bank_timezone: Zone whose days are the bank's business days; a date without a time is that
            day of the bank.
        decimal: Decimal separator of numbers written as text.
        thousands: Separator of thousands in numbers written as text, if they are grouped.
        identifiers: Columns of identifiers, which are never fractions.
    """

    timezone: str | None = None
    bank_timezone: str = "UTC"
    decimal: str = "."
    thousands: str | None = None
    identifiers: frozenset[str] = frozenset()


def read(
    values: pl.Series, dtype: pl.DataType, reading: Reading, date_format: str | None = None
) -> pl.Series:
    """Values in a type; a value that does not convert exactly becomes null.

    Args:
        values: Text, or values of the source's own type.
        dtype: Type of the column.
        reading: Format of the source's values.
        date_format: strptime format of dates and times in text; default ISO 8601.

    Raises:
        polars.exceptions.PolarsError: If the values are lists or structures, or the format or a
            zone is not one.
    """
    if values.dtype == pl.String:
        return _from_text(values, dtype, reading, date_format)
    if values.dtype == pl.Null:
        return values.cast(dtype)
    if dtype == pl.String:
        return _to_text(values, is_identifier=values.name in reading.identifiers)
    if dtype.is_temporal() or values.dtype.is_temporal():
        return _from_temporal(values, dtype, reading)
    if values.dtype.is_float():
        return _from_float(values, dtype)
    cast = values.cast(dtype, strict=False)
    return _where(cast, (cast.cast(values.dtype, strict=False) == values).fill_null(value=False))


def business_day(values: pl.Series, timezone: str) -> pl.Series:
    """Business days of dates or instants.

    Args:
        values: Dates, or instants with a zone.
        timezone: Zone of the bank.
    """
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.convert_time_zone(timezone).dt.date()
    return values.cast(pl.Date)


def _where(values: pl.Series, condition: pl.Series) -> pl.Series:
    return pl.select(pl.when(condition).then(values).alias(values.name)).to_series()


def _from_text(
    values: pl.Series, dtype: pl.DataType, reading: Reading, date_format: str | None
) -> pl.Series:
    if dtype == pl.String:
        if values.name not in reading.identifiers:
            return values
        return _where(values, ~values.str.contains(_TEXT_OF_A_FLOAT).fill_null(value=False))
    text = values.str.strip_chars()
    if dtype == pl.Date:
        return _dates(text, date_format)
    if isinstance(dtype, pl.Datetime):
        return _instants(text, reading, date_format)
    if dtype == pl.Boolean:
        return text.str.to_lowercase().replace_strict(
            _BOOLEANS, default=None, return_dtype=pl.Boolean
        )
    text = _plain_numbers(text, reading)
    if isinstance(dtype, pl.Decimal):
        # Polars rounds beyond the scale silently, so such text is refused before.
        fits = text.str.contains(rf"^[+-]?\d{{1,30}}(\.\d{{0,{dtype.scale}}}0*)?$")
        return _where(text, fits).cast(dtype, strict=False)
    read_ = text.cast(dtype, strict=False)
    return _where(read_, read_.is_finite()) if dtype.is_float() else read_


def _plain_numbers(text: pl.Series, reading: Reading) -> pl.Series:
    """Numbers with a point and without groups; null for numbers in another format."""
    if reading.decimal == "." and reading.thousands is None:
        return text
    point, fraction = re.escape(reading.decimal), r"([eE][+-]?\d+)?"
    whole = r"\d+"
    if reading.thousands is not None:
        whole = rf"(\d{{1,3}}({re.escape(reading.thousands)}\d{{3}})+|\d+)"
    plain = _where(text, text.str.contains(rf"^[+-]?{whole}({point}\d*)?{fraction}$"))
    if reading.thousands is not None:
        plain = plain.str.replace_all(reading.thousands, "", literal=True)
    return plain.str.replace(reading.decimal, ".", literal=True)


def _to_text(values: pl.Series, *, is_identifier: bool) -> pl.Series:
    """Typed values as text: a whole number without a fraction, an identifier only as such."""
    text = values.cast(pl.String)
    if not (values.dtype.is_float() or values.dtype.is_decimal()):
        return text
    is_whole = values == values.round(0)
    if values.dtype.is_float():
        is_whole &= values.abs() < _LARGEST_EXACT
        whole = _where(values, is_whole).cast(pl.Int64, strict=False).cast(pl.String)
    else:
        whole = _where(text, is_whole).str.replace(r"\.0*$", "")
    if is_identifier:
        return whole
    return pl.select(pl.coalesce(whole, text).alias(values.name)).to_series()


def _from_float(values: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Floats as numbers; a float within its precision of a decimal of the scale becomes it."""
    if dtype.is_float():
        read_ = values.cast(dtype)
        return _where(read_, read_.is_finite())
    scale = dtype.scale if isinstance(dtype, pl.Decimal) else 0
    exact = _units(values.cast(pl.Float64), scale, _ULPS[str(values.dtype)])
    if isinstance(dtype, pl.Decimal):
        amount = pl.lit(exact).cast(pl.Decimal(38, 0)) * pl.lit(Decimal(1).scaleb(-scale))
        return pl.select(amount.cast(dtype, strict=False).alias(values.name)).to_series()
    return exact.cast(dtype, strict=False)


def _units(values: pl.Series, scale: int, ulps: float) -> pl.Series:
    """Doubles as integers of 10^-scale: those whose double they are, or lie within some ulps of."""
    units = (values * 10.0**scale).round(0)
    shift = 10.0**scale
    # The quotient of two exact doubles is the double of their decimal; the product above may be
    # rounded to a neighbour.
    exact = [_where(units + step, (units + step) / shift == values) for step in (0, -1, 1)]
    is_near = (units / shift - values).abs() <= values.abs() * ulps
    near = _where(units, is_near & (units.abs() * ulps < 0.25))
    found = pl.select(pl.coalesce(*exact, near).alias(values.name)).to_series()
    return _where(found, found.abs() < _LARGEST_EXACT / 2).cast(pl.Int64, strict=False)


def _from_temporal(values: pl.Series, dtype: pl.DataType, reading: Reading) -> pl.Series:
    """Dates and instants of typed sources; numbers do not convert to them, nor back."""
    if isinstance(values.dtype, pl.Datetime):
        if dtype == pl.Date:
            return _days_of(values, reading)
        if isinstance(dtype, pl.Datetime):
            return _to_utc(values.dt.cast_time_unit("us"), reading.timezone)
    if values.dtype == pl.Date:
        if dtype == pl.Date:
            return values
        if isinstance(dtype, pl.Datetime):
            return _day_starts(values, reading.bank_timezone)
    return pl.Series(values.name, [None] * len(values), dtype)


def _days_of(values: pl.Series, reading: Reading) -> pl.Series:
    """Instants at midnight, in their own zone or the bank's, as days; others are null."""
    own = values.dt.replace_time_zone(None)
    days = _where(own.dt.date(), own == own.dt.truncate("1d"))
    if values.dtype.time_zone is None:  # type: ignore[attr-defined]
        return days
    there = values.dt.convert_time_zone(reading.bank_timezone).dt.replace_time_zone(None)
    banks = _where(there.dt.date(), there == there.dt.truncate("1d"))
    return pl.select(pl.coalesce(days, banks).alias(values.name)).to_series()


def _dates(text: pl.Series, date_format: str | None) -> pl.Series:
    """Text as dates; without a format also instants at midnight, as documents write dates."""
    if date_format is not None:
        written = _where(text, text.str.contains(_shape(date_format)))
        return written.str.to_date(date_format, strict=False)
    is_date = text.str.contains(_ISO_DATE) | text.str.contains(_MIDNIGHT)
    return _where(text, is_date).str.head(10).str.to_date("%Y-%m-%d", strict=False)


def _instants(text: pl.Series, reading: Reading, date_format: str | None) -> pl.Series:
    """Text as instants in UTC; the zone is that of the text, else the source's."""
    if date_format is not None:
        written = _where(text, text.str.contains(_shape(date_format)))
        if not _TIME_DIRECTIVES.search(date_format):
            days = written.str.to_date(date_format, strict=False)
            return _day_starts(days, reading.bank_timezone)
        parsed = written.str.to_datetime(date_format, time_unit="us", strict=False)
        return _to_utc(parsed, reading.timezone)
    days = _where(text, text.str.contains(_ISO_DATE)).str.to_date("%Y-%m-%d", strict=False)
    spelt = _where(text, text.str.contains(r"^\d{4}-")).str.replace(" ", "T", literal=True)
    is_zoned = spelt.str.contains(_ZONED)
    named = spelt.str.replace(r"Z$", "+00:00").str.replace(r"([+-]\d{2})$", "${1}:00")
    zoned = _iso(_where(named, is_zoned), zone="%:z").dt.convert_time_zone("UTC")
    naive = _to_utc(_iso(_where(spelt, ~is_zoned), zone=""), reading.timezone)
    starts = _day_starts(days, reading.bank_timezone)
    return pl.select(pl.coalesce(zoned, naive, starts).alias(text.name)).to_series()


def _iso(text: pl.Series, *, zone: str) -> pl.Series:
    """ISO 8601 as instants, with or without seconds."""
    parsed = text.str.to_datetime(f"%Y-%m-%dT%H:%M:%S%.f{zone}", time_unit="us", strict=False)
    if parsed.null_count() == text.null_count():
        return parsed
    more = text.str.to_datetime(f"%Y-%m-%dT%H:%M{zone}", time_unit="us", strict=False)
    return pl.select(pl.coalesce(parsed, more)).to_series()


def _shape(date_format: str) -> str:
    """Regular expression of the text of a strptime format: a year has four digits."""
    spelt = date_format.replace("%F", "%Y-%m-%d").replace("%T", "%H:%M:%S")
    pieces = [piece for piece in re.split(r"(%[-_0]?[A-Za-z.:]\w?|\s+)", spelt) if piece]
    expressions = []
    for place, piece in enumerate(pieces):
        width = _WIDTHS.get(piece)
        neighbours = pieces[max(place - 1, 0) : place] + pieces[place + 1 : place + 2]
        if width is None:
            is_directive = piece.startswith("%")
            literal = r"\s+" if piece.isspace() else re.escape(piece)
            expressions.append(".*?" if is_directive else literal)
        elif width == 2 and not any(neighbour in _WIDTHS for neighbour in neighbours):
            expressions.append(r"\d{1,2}")
        else:
            expressions.append(rf"\d{{{width}}}")
    return f"^{''.join(expressions)}$"


def _to_utc(instants: pl.Series, timezone: str | None) -> pl.Series:
    """Instants in UTC; without a zone in that of the source, where skipped hours are null."""
    if instants.dtype.time_zone is None:  # type: ignore[attr-defined]
        if timezone is None:
            return pl.Series(instants.name, [None] * len(instants), pl.Datetime("us", "UTC"))
        instants = instants.dt.replace_time_zone(
            timezone, ambiguous="earliest", non_existent="null"
        )
    return instants.dt.convert_time_zone("UTC")


def _day_starts(days: pl.Series, timezone: str) -> pl.Series:
    """First instants of the bank's days; 01:00 where summer time skips midnight."""
    midnight = days.cast(pl.Datetime("us"))
    starts = midnight.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    if starts.null_count() > days.null_count():
        later = midnight.dt.offset_by("1h").dt.replace_time_zone(
            timezone, ambiguous="earliest", non_existent="null"
        )
        starts = pl.select(pl.coalesce(starts, later).alias(days.name)).to_series()
    return starts.dt.convert_time_zone("UTC")
