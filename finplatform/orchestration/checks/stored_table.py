"""Checking a stored table against its contract: its columns, then every value, in batches.

Rows of the window are streamed as Arrow batches with read-ahead, and the contract's whole Pandera
schema is run on each. Belongs here: reading the rows and casting them to the schema's types. Does
not belong here: rules (see `finplatform.contracts`), counting failures (see `validation_result`)
and Dagster's objects (see `contract_checks`).
"""

import numpy as np
import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.contracts.calendar import within_calendar
from finplatform.contracts.contract import Contract, Form
from finplatform.orchestration.checks.validation_result import SAMPLE_OF_RULE, ValidationResult
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.identifiers import literal, quote
from finplatform.windows import Window

FINITE = "finite"
"""Rule of every column: no NaN, no infinities, no dates outside the calendar."""

BEYOND = "beyond the calendar"
"""Text of a sample for a day or an instant outside the years 1 to 9999."""


def check_table(
    url: str, contract: Contract, window: Window | None, batch_rows: int
) -> ValidationResult:
    """Validates the stored rows of a table, or of a window of it.

    For views and functions only the columns are checked: their rows come from checked tables. An
    error of the check is part of the result, which then has not passed.

    Args:
        url: libpq URL of the warehouse.
        contract: The table's contract.
        window: Days to check, for a table with a date column.
        batch_rows: Most rows of a batch.
    """
    result = ValidationResult()
    try:
        with bulk.connect(url) as connection:
            _check_columns(connection, contract, result)
            if result.passed and contract.form is Form.TABLE:
                _check_rows(connection, contract, window, batch_rows, result)
    except Exception as error:  # noqa: BLE001 - an incomplete check has not passed
        result.stop(error)
    return result


def _check_columns(
    connection: dbapi.Connection, contract: Contract, result: ValidationResult
) -> None:
    """Compares the table's columns and types with the contract, before any row is read."""
    stored = ddl.stored_columns(connection, contract)
    if not stored:
        result.add("table", "exists", 1)
        return
    for column, promised, _ in contract.sql_columns():
        expected = promised.partition("(")[0] if contract.form is Form.FUNCTION else promised
        if column not in stored:
            result.add(column, "exists", 1)
        elif stored[column] != expected:
            result.add(column, f"type is {expected}, not {stored[column]}", 1)
    for column in stored.keys() - set(contract.columns):
        result.add(column, "not in the contract", 1)


def _check_rows(
    connection: dbapi.Connection,
    contract: Contract,
    window: Window | None,
    batch_rows: int,
    result: ValidationResult,
) -> None:
    """Runs the schema on every row, and counts repeated keys."""
    rows = f"{_table(contract)}{_condition(contract, window)}"
    dtypes = contract.dtypes
    query = f"select {_select_list(dtypes)} from {rows}"
    compares_keys = bool(contract.key) and not _has_unique_index(connection, contract)
    hashes = []
    for frame in bulk.read_batches(connection, query, batch_rows=batch_rows):
        if frame.is_empty():
            continue
        result.take(frame)
        if compares_keys:
            hashes.append(frame.select(contract.key).hash_rows().to_numpy())
        typed, taken_out = _typed(frame, dtypes, result)
        result.validate(typed, contract.schema, taken_out)
    if hashes and _may_repeat(hashes):
        _count_repetitions(connection, contract, rows, result)


def _table(contract: Contract) -> str:
    return f"{quote(contract.schema_name)}.{quote(contract.table)}"


def _condition(contract: Contract, window: Window | None) -> str:
    if window is None or contract.date_column is None:
        return ""
    return f" where {window.predicate(quote(contract.date_column))}"


def _select_list(dtypes: dict[str, pl.DataType]) -> str:
    """Columns, with numerics as text: exact, and faster than the driver's conversion."""
    return ", ".join(
        f"{quote(name)}::text as {quote(name)}" if dtype.is_decimal() else quote(name)
        for name, dtype in dtypes.items()
    )


def _typed(
    frame: pl.DataFrame, dtypes: dict[str, pl.DataType], result: ValidationResult
) -> tuple[pl.DataFrame, dict[str, int]]:
    """A batch in the contract's types, without NaN, infinities and infinite dates.

    NaN passes most comparisons, and libraries fail on dates outside the calendar, so the rules of a
    schema miss them: they are counted here, and null in the frame.

    Returns:
        The frame, and the number of removed values by column.
    """
    columns, taken_out = [], {}
    for values in frame:
        kept = _finite(values, dtypes[values.name])
        columns.append(kept)
        missing = kept.null_count() - values.null_count()
        if missing:
            taken_out[values.name] = missing
            result.add(values.name, FINITE, missing)
            _sample_non_finite(values, kept, result)
    return pl.DataFrame(columns), taken_out


def _finite(values: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Values in their type; null for non-finite numbers and dates outside the calendar."""
    if isinstance(dtype, pl.Decimal):
        return values.cast(dtype, strict=False)
    if values.dtype.is_float():
        is_finite = values.is_finite()
        if is_finite.all():
            return values
        return pl.select(pl.when(is_finite).then(values).alias(values.name)).to_series()
    return within_calendar(values)


def _sample_non_finite(values: pl.Series, kept: pl.Series, result: ValidationResult) -> None:
    """Adds removed values to the sample; dates outside the calendar have no text form."""
    non_finite = values.filter(kept.is_null() & values.is_not_null()).head(SAMPLE_OF_RULE)
    is_day = values.dtype.is_temporal()
    for value in [BEYOND] * non_finite.len() if is_day else non_finite.cast(pl.String):
        result.show(values.name, FINITE, value)


def _may_repeat(hashes: list[np.ndarray]) -> bool:
    """Whether two keys have the same hash, which is rare for different keys."""
    together = np.concatenate(hashes)
    together.sort()
    return bool((together[1:] == together[:-1]).any())


def _count_repetitions(
    connection: dbapi.Connection, contract: Contract, rows: str, result: ValidationResult
) -> None:
    key = bulk.column_list(list(contract.key))
    repeated = bulk.fetch_value(
        connection, f"select count(*) - count(distinct row({key})) from {rows}"
    )
    if repeated:
        result.add(", ".join(contract.key), "unique", int(str(repeated)))


def _has_unique_index(connection: dbapi.Connection, contract: Contract) -> bool:
    """Whether a unique index on the key makes the check of uniqueness redundant."""
    indexes = bulk.read_frame(
        connection,
        "select (select array_to_string(array_agg(a.attname::text order by a.attname), ',')"
        " from pg_attribute as a where a.attrelid = i.indrelid and a.attnum = any(i.indkey))"
        " as columns from pg_index as i where i.indisunique and i.indisvalid"
        " and i.indpred is null and i.indexprs is null and i.indnkeyatts = i.indnatts"
        f" and i.indrelid = to_regclass({literal(_table(contract))})",
    )
    return ",".join(sorted(contract.key)) in indexes["columns"].to_list()
