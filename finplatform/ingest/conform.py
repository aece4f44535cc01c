"""Conforming: a source's rows under the contract's names and types.

A value that does not fit its type becomes null and a `Failures` row that keeps the text, so that
the row can be rejected with its reason. Nothing is rounded, truncated or guessed. Does not belong
here: rules about values that have the right type (see `validate`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from finplatform.connectors.config import TableConfig
from finplatform.contracts.columns import sql_type
from finplatform.errors import FinplatformError

FAILURE_SCHEMA = {
    "row": pl.UInt32,
    "column": pl.String,
    "rule": pl.String,
    "value": pl.String,
}
"""Columns of a frame of failures: which row of the batch breaks which rule with which value."""

_BOOLEANS = {
    "true": True, "t": True, "yes": True, "y": True, "1": True,
    "false": False, "f": False, "no": False, "n": False, "0": False,
}  # fmt: skip


@dataclass(frozen=True)
class Conformed:
    """A batch under the contract's names and types.

    Attributes:
        frame: Typed rows, in the order received.
        received: The same rows as they came, under the contract's names, for quarantine.
        failures: Values that do not have their type.
    """

    frame: pl.DataFrame
    received: pl.DataFrame
    failures: pl.DataFrame


def rename(
    frame: pl.DataFrame,
    config: TableConfig,
    dtypes: Mapping[str, pl.DataType],
    lookups: Mapping[str, pl.DataFrame],
    *,
    keep: tuple[str, ...] = (),
) -> pl.DataFrame:
    """Brings source columns under the contract's names.

    Args:
        frame: Rows as read.
        config: Mapping of the table.
        dtypes: Contract columns; one that the source lacks becomes null.
        lookups: Side tables for `select`.
        keep: Further columns to let through when the source has them.

    Raises:
        FinplatformError: If the `select` is not valid SQL over these columns, or maps from a column
            that the source does not have.
    """
    if config.select is not None:
        frame = _select(frame, config.select, lookups)
    columns = []
    for name in (*dtypes, *keep):
        source_name = config.columns.get(name, name)
        if source_name in frame.columns:
            columns.append(pl.col(source_name).alias(name))
        elif name in config.columns:
            raise FinplatformError(
                f"Column {name} is mapped from {source_name}, which the source does not have.",
                f"It has: {', '.join(frame.columns)}.",
            )
        elif name in dtypes:
            columns.append(pl.lit(config.defaults.get(name)).alias(name))
    return frame.select(columns)


def _select(
    frame: pl.DataFrame, statement: str, lookups: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    try:
        with pl.SQLContext({"source": frame, **lookups}, eager=True) as context:
            return context.execute(statement)
    except pl.exceptions.PolarsError as error:
        raise FinplatformError(f"The `select` of a source table fails: {error}") from error


def conform(
    frame: pl.DataFrame,
    dtypes: Mapping[str, pl.DataType],
    formats: Mapping[str, str],
    timezone: str = "UTC",
) -> Conformed:
    """Gives each column its contract type.

    Args:
        frame: Rows under the contract's names, as text or already typed.
        dtypes: Contract types.
        formats: strptime formats of text columns; default ISO 8601.
        timezone: Zone of timestamps that do not say theirs.
    """
    typed, failures = [], []
    for name, dtype in dtypes.items():
        received = frame[name]
        cast = _cast(received, dtype, formats.get(name), timezone)
        typed.append(cast.alias(name))
        lost = (cast.is_null() & received.is_not_null()).arg_true()
        if len(lost):
            failures.append(failures_of(received, lost, f"type({sql_type(dtype)})"))
    everything = pl.concat(failures) if failures else pl.DataFrame(schema=FAILURE_SCHEMA)
    return Conformed(pl.DataFrame(typed), frame, everything)


def failures_of(values: pl.Series, rows: pl.Series, rule: str) -> pl.DataFrame:
    """Failures of one rule on one column, at the given row positions."""
    return pl.DataFrame(
        {
            "row": rows.cast(pl.UInt32),
            "column": pl.repeat(values.name, len(rows), eager=True, dtype=pl.String),
            "rule": pl.repeat(rule, len(rows), eager=True, dtype=pl.String),
            "value": values.gather(rows).cast(pl.String, strict=False),
        },
        schema=FAILURE_SCHEMA,
    )


def _cast(
    values: pl.Series, dtype: pl.DataType, date_format: str | None, timezone: str
) -> pl.Series:
    """Values in a type; what does not fit exactly becomes null."""
    if values.dtype in (pl.Float32, pl.Float64) and dtype == pl.Float64:
        return _finite(values.cast(pl.Float64))
    if values.dtype in (dtype, pl.Null):
        return values.cast(dtype)
    if values.dtype == pl.String:
        return _parse(values, dtype, date_format, timezone)
    if isinstance(dtype, pl.Decimal):
        return _to_decimal(values, dtype)
    if isinstance(dtype, pl.Datetime) and values.dtype == pl.Datetime:
        instant = values.cast(pl.Datetime("us", values.dtype.time_zone))  # type: ignore[attr-defined]
        if instant.dtype.time_zone is None:  # type: ignore[attr-defined]
            instant = instant.dt.replace_time_zone(
                timezone, ambiguous="earliest", non_existent="null"
            )
        return instant.dt.convert_time_zone("UTC")
    return values.cast(dtype, strict=False)


def _parse(
    values: pl.Series, dtype: pl.DataType, date_format: str | None, timezone: str
) -> pl.Series:
    """Text in a type."""
    if isinstance(dtype, pl.Decimal):
        return _to_decimal(values.str.strip_chars(), dtype)
    if dtype == pl.Date:
        return values.str.strip_chars().str.to_date(date_format or "%Y-%m-%d", strict=False)
    if isinstance(dtype, pl.Datetime):
        return _parse_instant(values.str.strip_chars(), date_format, timezone)
    if dtype == pl.Boolean:
        return (
            values.str.strip_chars()
            .str.to_lowercase()
            .replace_strict(_BOOLEANS, default=None, return_dtype=pl.Boolean)
        )
    number = values.str.strip_chars()
    if dtype == pl.Float64:
        return _finite(number.cast(pl.Float64, strict=False))
    return number.cast(dtype, strict=False)


def _finite(values: pl.Series) -> pl.Series:
    """Numbers, with NaN and infinities as null: no column means them."""
    return pl.select(pl.when(values.is_finite()).then(values)).to_series()


def _to_decimal(values: pl.Series, dtype: pl.Decimal) -> pl.Series:
    """Numbers as decimals; one with more digits than the type holds becomes null, not rounded."""
    precision = dtype.precision or 38
    wide = pl.Decimal(38, min(dtype.scale + 6, 38 - (precision - dtype.scale)))
    if values.dtype == pl.String:
        # Beyond the wide scale polars rounds silently, so such text must be refused before.
        plain = values.str.contains(rf"^[+-]?\d{{1,30}}(\.\d{{0,{wide.scale}}}0*)?$")
        values = pl.select(pl.when(plain).then(values)).to_series()
    widened = values.cast(wide, strict=False)
    exact = widened.cast(dtype, strict=False)
    same = exact.cast(wide, strict=False) == widened
    return pl.select(pl.when(same).then(exact)).to_series()


def _parse_instant(values: pl.Series, date_format: str | None, timezone: str) -> pl.Series:
    """Text as instants in UTC; with a zone in the text that zone counts, else the source's."""
    if date_format is not None:
        naive = values.str.to_datetime(date_format, time_unit="us", strict=False)
        return _localise(naive, timezone)
    with_zone = values.str.contains(r":\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)$")
    text = values.str.replace(" ", "T", literal=True)
    spelt = text.str.replace(r"Z$", "+00:00").str.replace(r"([+-]\d{2})$", "${1}:00")
    zoned = _iso(pl.select(pl.when(with_zone).then(spelt)).to_series(), zone="%:z")
    naive = _localise(
        _iso(pl.select(pl.when(~with_zone).then(text)).to_series(), zone=""), timezone
    )
    return pl.select(pl.coalesce(zoned, naive)).to_series()


def _iso(text: pl.Series, *, zone: str) -> pl.Series:
    formats = (f"%Y-%m-%dT%H:%M:%S%.f{zone}", f"%Y-%m-%dT%H:%M{zone}", "%Y-%m-%d")
    parsed = [text.str.to_datetime(f, time_unit="us", strict=False) for f in formats]
    if zone:
        return pl.select(pl.coalesce(parsed[:2])).to_series().dt.convert_time_zone("UTC")
    return pl.select(pl.coalesce(parsed)).to_series()


def _localise(naive: pl.Series, timezone: str) -> pl.Series:
    return naive.dt.replace_time_zone(
        timezone, ambiguous="earliest", non_existent="null"
    ).dt.convert_time_zone("UTC")
