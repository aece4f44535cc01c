"""Conforming: a source's rows under the contract's names and types.

A value that does not fit its type becomes null and a row of failures, so that the row can be
rejected with its reason. Nothing is rounded, truncated or guessed, save that
instants are kept to the microsecond. Does not belong here: rules about values that have the right
type (see `validate`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from finplatform.contracts.calendar import within_calendar
from finplatform.contracts.columns import sql_type
from finplatform.contracts.contract import SourceContract
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import TableConfig
from finplatform.ingest.connectors.naming import shown_columns

FAILURE_SCHEMA = {
    "row": pl.UInt32,
    "column": pl.String,
    "rule": pl.String,
}
"""Columns of a frame of failures: which row of the batch breaks which rule in which column."""

_BOOLEANS = {
    "true": True, "t": True, "yes": True, "y": True, "1": True,
    "false": False, "f": False, "no": False, "n": False, "0": False,
}  # fmt: skip

_TELLS_NO_VALUES = (
    pl.exceptions.SQLSyntaxError,
    pl.exceptions.SQLInterfaceError,
    pl.exceptions.ColumnNotFoundError,
    pl.exceptions.SchemaError,
    pl.exceptions.DuplicateError,
)


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


def check_mapping(contract: SourceContract, config: TableConfig, log: Mapping[str, object]) -> None:
    """Refuses a mapping for columns that the table does not have, which nothing would ever read.

    Args:
        contract: The table.
        config: Its place in the source configuration.
        log: Columns by which a source tells changes itself.

    Raises:
        FinplatformError: If a name is not one of the contract's.
    """
    known = {*contract.dtypes, *log}
    for part in ("columns", "formats", "defaults"):
        unknown = sorted(set(getattr(config, part)) - known)
        if unknown:
            raise FinplatformError(
                f"Table {contract.table} has no column {', '.join(unknown)}, which its `{part}`"
                " in the source configuration name.",
                f"It has: {', '.join(contract.dtypes)}.",
            )


def mapped_columns(
    contract: SourceContract, config: TableConfig, log: tuple[str, ...]
) -> tuple[str, ...]:
    """Source columns that `rename` will look for; none where a `select` may want any.

    Args:
        contract: The table.
        config: Its place in the source configuration.
        log: Columns of a change log, wanted where they are mapped.
    """
    if config.select is not None:
        return ()
    unmapped = [name for name in contract.dtypes if name not in config.defaults]
    wanted = [*unmapped, *(name for name in (*config.defaults, *log) if name in config.columns)]
    return tuple(dict.fromkeys(config.columns.get(name, name) for name in wanted))


def rename(
    frame: pl.DataFrame,
    config: TableConfig,
    contract: SourceContract,
    lookups: Mapping[str, pl.DataFrame],
    *,
    keep: tuple[str, ...] = (),
) -> pl.DataFrame:
    """Brings source columns under the contract's names.

    Args:
        frame: Rows as read.
        config: Mapping of the table.
        contract: The table; a nullable column that the source lacks becomes null.
        lookups: Side tables for `select`.
        keep: Further columns to let through when the source has them.

    Raises:
        FinplatformError: If the `select` is not valid SQL over these columns, or a column is
            missing that is mapped or may not be null.
    """
    if config.select is not None:
        frame = _select(frame, config.select, lookups, contract.table)
    columns, missing = [], []
    for name in (*contract.dtypes, *keep):
        source_name = config.columns.get(name, name)
        if source_name in frame.columns:
            columns.append(pl.col(source_name).alias(name))
        elif name in config.columns or _is_required(name, contract, config):
            missing.append(
                source_name if source_name == name else f"{source_name} (needed for {name})"
            )
        elif name in contract.dtypes:
            columns.append(pl.lit(config.defaults.get(name)).alias(name))
    if missing:
        mapped = list(config.columns.values())
        wanted = mapped if len(mapped) > 1 else list(contract.dtypes)
        raise FinplatformError(
            f"The source of {contract.table} has no column {', '.join(missing)}."
            f" {shown_columns(frame.columns, wanted)}.",
            "Map it by `columns`, or give a constant by `defaults`, in the source configuration.",
        )
    return frame.select(columns)


def _is_required(name: str, contract: SourceContract, config: TableConfig) -> bool:
    column = contract.received.columns.get(name)
    return column is not None and not column.nullable and name not in config.defaults


def _select(
    frame: pl.DataFrame, statement: str, lookups: Mapping[str, pl.DataFrame], table: str
) -> pl.DataFrame:
    try:
        with pl.SQLContext({"source": frame, **lookups}, eager=True) as context:
            return context.execute(statement)
    except pl.exceptions.PolarsError as error:
        # A failed conversion quotes the values that it failed on, so it is not passed on.
        raise FinplatformError(
            f"The `select` of table {table} fails: {_without_values(error)}.",
            f"It may use the columns of `source`. {_told_columns(frame.columns, statement)}.",
        ) from None


def _told_columns(columns: list[str], statement: str) -> str:
    """Columns for a message: by name if the statement uses some, which are then no values."""
    words = set(re.findall(r"\w+", re.sub("'[^']*'", "", statement)))
    used = [name for name in columns if name in words]
    return shown_columns(columns, used if len(used) > 1 else ())


def _without_values(error: Exception) -> str:
    text = str(error).strip().split("\n")[0].rstrip(".")
    if isinstance(error, _TELLS_NO_VALUES):
        # A list of the columns that there are may be the first row of a file without a header.
        return text.partition("; valid columns")[0]
    known = re.match(r"conversion from `\w+` to `[\w\[\], ]+` failed in column '[^']*'", text)
    return known.group() if known else "a value is not what the statement makes of it"


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

    Raises:
        FinplatformError: If a column holds lists or structures, or a format is not one.
    """
    typed, seen, failures = [], [], []
    for name, dtype in dtypes.items():
        received = _within_time(frame[name])
        try:
            cast = _cast(received, dtype, formats.get(name), timezone)
        except pl.exceptions.PolarsError:
            raise FinplatformError(
                f"Column {name} cannot be read as {sql_type(dtype)}: it comes as {received.dtype}"
                f"{f' in the format {formats[name]!r}' if name in formats else ''}.",
                "Correct `formats`, `select` or the time zone in the source configuration.",
            ) from None
        typed.append(cast.alias(name))
        seen.append(received)
        lost = (cast.is_null() & received.is_not_null()).arg_true()
        if len(lost):
            failures.append(failures_of(name, lost, f"type({sql_type(dtype)})"))
    everything = pl.concat(failures) if failures else pl.DataFrame(schema=FAILURE_SCHEMA)
    return Conformed(pl.DataFrame(typed), pl.DataFrame(seen), everything)


def failures_of(column: str, rows: pl.Series, rule: str) -> pl.DataFrame:
    """Failures of one rule in one column, at the given row positions."""
    return pl.DataFrame(
        {
            "row": rows.cast(pl.UInt32),
            "column": pl.repeat(column, len(rows), eager=True, dtype=pl.String),
            "rule": pl.repeat(rule, len(rows), eager=True, dtype=pl.String),
        },
        schema=FAILURE_SCHEMA,
    )


def _within_time(values: pl.Series) -> pl.Series:
    """Values as they are; dates as text if some are in no calendar, so that they can be shown."""
    kept = within_calendar(values)
    if kept.null_count() == values.null_count():
        return values
    text = pl.select(pl.when(values.is_not_null()).then(pl.lit("out of range"))).to_series()
    return pl.select(pl.coalesce(kept.cast(pl.String), text).alias(values.name)).to_series()


def _cast(
    values: pl.Series, dtype: pl.DataType, date_format: str | None, timezone: str
) -> pl.Series:
    """Values in a type; what does not fit exactly becomes null."""
    if values.dtype == pl.String:
        return _parse(values, dtype, date_format, timezone)
    if dtype == pl.Float64 and values.dtype.is_numeric():
        return _finite(values.cast(pl.Float64, strict=False))
    if values.dtype in (dtype, pl.Null):
        return values.cast(dtype)
    if isinstance(dtype, pl.Decimal) and values.dtype.is_float():
        return _to_decimal(values, dtype)
    if isinstance(dtype, pl.Datetime) and isinstance(values.dtype, pl.Datetime):
        return _to_utc(values.dt.cast_time_unit("us"), timezone)
    if dtype == pl.Date and isinstance(values.dtype, pl.Datetime):
        values = values.dt.replace_time_zone(None)
    cast = values.cast(dtype, strict=False)
    # 3.7 would become 3, a time of day would be cut off, 5 would be true: not what the source said.
    same = (cast.cast(values.dtype, strict=False) == values).fill_null(value=False)
    return pl.select(pl.when(same).then(cast)).to_series()


def _parse(
    values: pl.Series, dtype: pl.DataType, date_format: str | None, timezone: str
) -> pl.Series:
    """Text in a type."""
    if dtype == pl.String:
        return values
    text = values.str.strip_chars()
    if isinstance(dtype, pl.Decimal):
        return _to_decimal(text, dtype)
    if dtype == pl.Date:
        return text.str.to_date(date_format or "%Y-%m-%d", strict=False)
    if isinstance(dtype, pl.Datetime):
        return _parse_instant(text, date_format, timezone)
    if dtype == pl.Boolean:
        return text.str.to_lowercase().replace_strict(
            _BOOLEANS, default=None, return_dtype=pl.Boolean
        )
    if dtype == pl.Float64:
        return _finite(text.cast(pl.Float64, strict=False))
    return text.cast(dtype, strict=False)


def _finite(values: pl.Series) -> pl.Series:
    """Numbers, with NaN and infinities as null: no column means them."""
    return pl.select(pl.when(values.is_finite()).then(values)).to_series()


def _to_decimal(values: pl.Series, dtype: pl.Decimal) -> pl.Series:
    """Text or floats as decimals; one with more digits than the type holds becomes null."""
    precision = dtype.precision or 38
    wide = pl.Decimal(38, min(dtype.scale + 6, 38 - (precision - dtype.scale)))
    if values.dtype == pl.String:
        # Beyond the scale polars rounds silently, so such text must be refused before.
        plain = values.str.contains(rf"^[+-]?\d{{1,30}}(\.\d{{0,{dtype.scale}}}0*)?$")
        fitting = pl.select(pl.when(plain).then(values)).to_series()
        return fitting.cast(dtype, strict=False)
    # A float is the decimal that it is written as; what is left beyond that is its own noise.
    widened = values.cast(wide, strict=False)
    exact = widened.cast(dtype, strict=False)
    same = exact.cast(wide, strict=False) == widened
    return pl.select(pl.when(same).then(exact)).to_series()


def _parse_instant(values: pl.Series, date_format: str | None, timezone: str) -> pl.Series:
    """Text as instants in UTC; with a zone in the text that zone counts, else the source's."""
    if date_format is not None:
        return _to_utc(values.str.to_datetime(date_format, time_unit="us", strict=False), timezone)
    with_zone = values.str.contains(r":\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)$")
    text = values.str.replace(" ", "T", literal=True)
    spelt = text.str.replace(r"Z$", "+00:00").str.replace(r"([+-]\d{2})$", "${1}:00")
    zoned = _iso(pl.select(pl.when(with_zone).then(spelt)).to_series(), zone="%:z")
    naive = _to_utc(_iso(pl.select(pl.when(~with_zone).then(text)).to_series(), zone=""), timezone)
    return pl.select(pl.coalesce(zoned, naive)).to_series()


def _iso(text: pl.Series, *, zone: str) -> pl.Series:
    """ISO 8601 as instants; each shorter form is tried on what the longer ones left."""
    formats = [f"%Y-%m-%dT%H:%M:%S%.f{zone}", f"%Y-%m-%dT%H:%M{zone}"]
    if not zone:
        formats.append("%Y-%m-%d")
    parsed = text.str.to_datetime(formats[0], time_unit="us", strict=False)
    for shorter in formats[1:]:
        if parsed.null_count() == text.null_count():
            break
        more = text.str.to_datetime(shorter, time_unit="us", strict=False)
        parsed = pl.select(pl.coalesce(parsed, more)).to_series()
    return parsed.dt.convert_time_zone("UTC") if zone else parsed


def _to_utc(instants: pl.Series, timezone: str) -> pl.Series:
    """Instants in UTC; without a zone they are in the source's, whose skipped hours are none."""
    if instants.dtype.time_zone is None:  # type: ignore[attr-defined]
        instants = instants.dt.replace_time_zone(
            timezone, ambiguous="earliest", non_existent="null"
        )
    return instants.dt.convert_time_zone("UTC")
