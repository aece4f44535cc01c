"""Conforming: a source's rows under the contract's names and types.

A value that does not fit its type becomes null and a row of failures, so that the row can be
rejected with its reason. Does not belong here: how a value is read (see `values`), and rules about
values that have the right type (see `validate`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from finplatform.contracts.calendar import within_calendar
from finplatform.contracts.columns import sql_type
from finplatform.contracts.contract import SourceContract
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import TableConfig
from finplatform.ingest.connectors.naming import shown_columns
from finplatform.ingest.values import Reading, read

FAILURE_SCHEMA = {
    "row": pl.UInt32,
    "column": pl.String,
    "rule": pl.String,
}
"""Columns of a frame of failures: row of the batch, column and violated rule."""

NO_TIMEZONE = "timezone"
"""Rule violated by a time whose zone neither the value nor the configuration gives."""

_TELLS_NO_VALUES = (
    pl.exceptions.SQLSyntaxError,
    pl.exceptions.SQLInterfaceError,
    pl.exceptions.ColumnNotFoundError,
    pl.exceptions.SchemaError,
    pl.exceptions.DuplicateError,
)

_CONVERSION = re.compile(r"conversion from `\w+` to `[\w\[\], ]+` failed in column '[^']*'")

_TYPES_THAT_DO_NOT_FIT = re.compile(
    r"arithmetic on dtypes [\w ]+ and [\w ]+ is not allowed"
    r"|division with '\w+' datatypes is not allowed"
    r"|cannot compare \w+ with \w+ type \(\w+\)"
    r"|`\w+` operation not supported for dtype `[\w\[\], ]+`"
    r"|expected [A-Z]\w+(?: or [A-Z]\w+)*, got \w+"
)
"""Beginnings of Polars' messages about text used as a number or a date; they hold types and no
value."""


@dataclass(frozen=True)
class Conformed:
    """A batch under the contract's names and types.

    Attributes:
        frame: Typed rows, in the order received.
        received: The same rows as received, under the contract's names, for quarantine.
        failures: Values that do not convert to their type.
    """

    frame: pl.DataFrame
    received: pl.DataFrame
    failures: pl.DataFrame


def check_mapping(contract: SourceContract, config: TableConfig, log: Mapping[str, object]) -> None:
    """Refuses a mapping of columns that the table does not have.

    Args:
        contract: The table.
        config: Its entry in the source configuration.
        log: Columns of a change log.

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
    """Source columns that `rename` uses; empty for a `select`, which may use any.

    Args:
        contract: The table.
        config: Its entry in the source configuration.
        log: Columns of a change log, included where they are mapped.
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
    """Renames source columns to the contract's names.

    Args:
        frame: Rows as read.
        config: Mapping of the table.
        contract: The table; a nullable column that the source lacks becomes null.
        lookups: Lookup tables for `select`.
        keep: Further columns to keep if the source has them.

    Raises:
        FinplatformError: If the `select` is not valid SQL over these columns, or a column is
            missing that is mapped or may not be null.
    """
    frame = selected(frame, config, contract, lookups)
    names = (*contract.dtypes, *keep)
    missing = _missing(frame.columns, names, config, contract)
    if missing:
        listed = ", ".join(
            source_name if source_name == name else f"{source_name} (needed for {name})"
            for name, source_name in missing.items()
        )
        mapped = list(config.columns.values())
        wanted = mapped if len(mapped) > 1 else list(contract.dtypes)
        raise FinplatformError(
            f"The source of {contract.table} has no column {listed}."
            f" {shown_columns(frame.columns, wanted)}.",
            "Map it by `columns`, or give a constant by `defaults`, in the source configuration.",
        )
    columns = []
    for name in names:
        source_name = config.columns.get(name, name)
        if source_name in frame.columns:
            columns.append(pl.col(source_name).alias(name))
        elif name in contract.dtypes:
            columns.append(pl.lit(config.defaults.get(name)).alias(name))
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
        # The message of a failed conversion quotes values, so it is not shown.
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
        # The list of existing columns may be the first row of a file without a header.
        return text.partition("; valid columns")[0]
    if misfit := _TYPES_THAT_DO_NOT_FIT.match(text):
        return f"{misfit.group()}; cast text first, as in CAST(x AS DECIMAL(18, 2))"
    known = _CONVERSION.match(text)
    return known.group() if known else "a value does not convert to the needed type"


def conform(
    frame: pl.DataFrame,
    dtypes: Mapping[str, pl.DataType],
    formats: Mapping[str, str],
    reading: Reading,
) -> Conformed:
    """Casts each column to its contract type.

    Args:
        frame: Rows under the contract's names, as text or already typed.
        dtypes: Contract types.
        formats: strptime formats of text columns; default ISO 8601.
        reading: How the source writes numbers and times.

    Raises:
        FinplatformError: If a column holds lists or structures, or a format is not one.
    """
    typed, seen, failures = [], [], []
    for name, dtype in dtypes.items():
        received, form = frame[name], formats.get(name)
        kept = within_calendar(received)
        try:
            value = read(kept, dtype, reading, form)
            lost = value.is_null() & received.is_not_null()
            if lost.any():
                failures += _failures(kept, lost, dtype, reading, form)
        except pl.exceptions.PolarsError:
            raise FinplatformError(
                f"Column {name} cannot be read as {sql_type(dtype)}: it comes as {received.dtype}"
                f"{f' in the format {form!r}' if form else ''}.",
                "Correct `formats`, `select` or the time zone in the source configuration.",
            ) from None
        typed.append(value.alias(name))
        seen.append(_shown(received, kept))
    everything = pl.concat(failures) if failures else pl.DataFrame(schema=FAILURE_SCHEMA)
    return Conformed(pl.DataFrame(typed), pl.DataFrame(seen), everything)


def _failures(
    kept: pl.Series,
    lost: pl.Series,
    dtype: pl.DataType,
    reading: Reading,
    date_format: str | None,
) -> list[pl.DataFrame]:
    """Values that could not be read, each with its reason."""
    rule, found = f"type({sql_type(dtype)})", []
    if isinstance(dtype, pl.Datetime) and reading.timezone is None:
        in_utc = read(kept, dtype, replace(reading, timezone="UTC"), date_format)
        naive = lost & in_utc.is_not_null()
        found.append(failures_of(kept.name, naive.arg_true(), NO_TIMEZONE))
        lost &= ~naive
    elif dtype == pl.String:
        rule = "identifier"
    return [*found, failures_of(kept.name, lost.arg_true(), rule)]


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


def _shown(values: pl.Series, kept: pl.Series) -> pl.Series:
    """Values as received; dates as null where some are outside the calendar."""
    if kept.null_count() == values.null_count():
        return values
    text = pl.select(pl.when(values.is_not_null()).then(pl.lit("out of range"))).to_series()
    return pl.select(pl.coalesce(kept.cast(pl.String), text).alias(values.name)).to_series()


def selected(
    frame: pl.DataFrame,
    config: TableConfig,
    contract: SourceContract,
    lookups: Mapping[str, pl.DataFrame],
) -> pl.DataFrame:
    """Result of the table's `select` on the rows read; the rows themselves without a `select`.

    Raises:
        FinplatformError: If the `select` is not valid SQL over these columns.
    """
    if config.select is None:
        return frame
    return _select(frame, config.select, lookups, contract.table)


def missing_columns(
    columns: Iterable[str], config: TableConfig, contract: SourceContract
) -> dict[str, str]:
    """Columns for which `rename` would refuse the rows: contract column to source column.

    Args:
        columns: Columns of the rows, after the table's `select`.
        config: Mapping of the table.
        contract: The table.
    """
    return _missing(columns, (*contract.dtypes, *config.columns), config, contract)


def _missing(
    columns: Iterable[str], names: Iterable[str], config: TableConfig, contract: SourceContract
) -> dict[str, str]:
    """Contract columns whose required source column is missing, with that column."""
    present = set(columns)
    wanted = {name: config.columns.get(name, name) for name in names}
    return {
        name: source_name
        for name, source_name in wanted.items()
        if source_name not in present
        and (name in config.columns or _is_required(name, contract, config))
    }
