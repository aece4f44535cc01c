"""Checking a stored table against its contract, in batches.

Belongs here: reading the rows of a window and running the Pandera schema on them with bounded
memory. Does not belong here: Dagster's check objects (see `contract_checks`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandera.errors
import pandera.polars as pa
import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.contracts.calendar import within_calendar
from finplatform.contracts.contract import Contract, Form
from finplatform.contracts.rule_names import rule_name
from finplatform.orchestration.checks.server_rules import NEVER, breaches, strange
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.identifiers import literal, quote
from finplatform.windows import Window

SAMPLE_ROWS = 20
"""Most failing values that a result shows."""

_FEW_VALUES = 1_000
"""Columns of which the server knows fewer combinations than this are judged by their values."""


@dataclass
class TableVerdict:
    """Outcome of checking one table.

    Attributes:
        rows: Rows checked.
        failures: Failing values per `column: rule`.
        sample: A few of them.
    """

    rows: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    sample: list[dict[str, str | None]] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not self.failures

    def add(self, column: str, rule: str, count: int) -> None:
        """Counts failures of one rule."""
        name = f"{column}: {rule}"
        self.failures[name] = self.failures.get(name, 0) + count


def check_table(
    url: str, contract: Contract, window: Window | None, batch_rows: int
) -> TableVerdict:
    """Validates the stored rows of a table, or of a window of it.

    Of views and functions the columns alone: their rows come from tables that are checked.

    Args:
        url: libpq URL of the warehouse.
        contract: What the table promises.
        window: Days to check, for a table cut by day.
        batch_rows: Rows in memory at a time.
    """
    verdict = TableVerdict()
    with bulk.connect(url) as connection:
        _check_columns(connection, contract, verdict)
        if verdict.failures or contract.form is not Form.TABLE:
            return verdict
        rows = f"{_regclass(contract)}{_condition(contract, window)}"
        keys_are_unique = _has_unique_index(connection, contract)
        columns = _doubtful_columns(connection, contract, rows, verdict)
        if columns and keys_are_unique:
            # Otherwise all rows are read anyway, and a few columns more cost less than a scan.
            columns = _less_good_values(connection, contract, columns, rows)
        schema = _schema(contract, columns)
        if not keys_are_unique:
            columns += [name for name in contract.key if name not in columns]
        hashes = []
        for frame in _read(connection, contract, columns, rows, batch_rows) if columns else ():
            _validate(_finite(frame, contract, schema, verdict), schema, verdict)
            if not keys_are_unique:
                hashes.append(frame.select(contract.key).hash_rows().to_numpy())
        if hashes and _may_repeat(hashes):
            _count_repetitions(connection, contract, rows, verdict)
    return verdict


def _schema(contract: Contract, columns: Sequence[str]) -> pa.DataFrameSchema:
    return pa.DataFrameSchema({name: contract.fields[name] for name in columns})


def _condition(contract: Contract, window: Window | None) -> str:
    if window is None or contract.date_column is None:
        return ""
    return f" where {window.predicate(quote(contract.date_column))}"


def _doubtful_columns(
    connection: dbapi.Connection, contract: Contract, rows: str, verdict: TableVerdict
) -> list[str]:
    """Columns whose values Pandera must see, after the server has looked at the others.

    The server counts rows, what breaks a rule that it can judge, and NaN, infinities and endless
    dates. Whatever it finds breaking a rule is Pandera's to name.
    """
    never_null = _never_null(connection, contract)
    rules = {
        name: breaches(name, column, is_never_null=name in never_null)
        for name, column in contract.fields.items()
    }
    judged = {name: rule for name, rule in rules.items() if rule is not None}
    odd = {name: strange(quote(name), contract.dtypes[name]) for name in judged}
    conditions = dict.fromkeys(
        condition for condition in (*judged.values(), *odd.values()) if condition
    )
    conditions.pop(NEVER, None)
    listed = ["count(*) as rows"] + [
        f"count(*) filter (where {condition}) as count_{place}"
        for place, condition in enumerate(conditions)
    ]
    found = bulk.read_frame(connection, f"select {', '.join(listed)} from {rows}").row(0)
    verdict.rows = int(found[0])
    counted = dict(zip(conditions, found[1:], strict=True))
    broken = {name for name, condition in judged.items() if counted.get(condition)}
    for name in odd.keys() - broken:
        if count := counted.get(odd[name] or NEVER):
            verdict.add(name, "finite", int(count))
    return [name for name, rule in rules.items() if rule is None or name in broken]


def _less_good_values(
    connection: dbapi.Connection, contract: Contract, columns: Sequence[str], rows: str
) -> list[str]:
    """Columns without those whose values are few and all good.

    Where one value is bad, the rows that have it are to be counted.
    """
    few = _columns_of_few_values(connection, contract, columns)
    if not few:
        return list(columns)
    query = f"select distinct {_as_text(contract, few)} from {rows}"
    verdict, schema = TableVerdict(), _schema(contract, few)
    values = bulk.read_frame(connection, query)
    _validate(_finite(values, contract, schema, verdict), schema, verdict)
    return [name for name in columns if name not in few or not verdict.passed]


def _columns_of_few_values(
    connection: dbapi.Connection, contract: Contract, columns: Sequence[str]
) -> list[str]:
    """Those that together have few combinations of values, by the server's statistics."""
    known = bulk.read_frame(
        connection,
        "select attname::text as name, n_distinct::double precision as values from pg_stats"
        f" where schemaname = {literal(contract.schema_name)}"
        f" and tablename = {literal(contract.table)} and n_distinct > 0",
    )
    few, combinations = [], 1.0
    for name, values in sorted(known.iter_rows(), key=lambda row: (row[1], row[0])):
        if name in columns and combinations * values <= _FEW_VALUES:
            few.append(name)
            combinations *= values
    return few


def _never_null(connection: dbapi.Connection, contract: Contract) -> list[str]:
    """Columns in which the server refuses nulls."""
    found = bulk.read_frame(
        connection,
        "select attname::text as name from pg_attribute where attnotnull and attnum > 0"
        f" and attrelid = to_regclass({literal(_regclass(contract))})",
    )
    return list(found["name"])


def _read(
    connection: dbapi.Connection, contract: Contract, columns: list[str], rows: str, batch_rows: int
) -> Iterator[pl.DataFrame]:
    """Batches with numerics as text, which the server writes faster than the driver."""
    query = f"select {_as_text(contract, columns)} from {rows}"
    return bulk.read_batches(connection, query, batch_rows=batch_rows)


def _as_text(contract: Contract, columns: Sequence[str]) -> str:
    return ", ".join(
        f"{quote(name)}::text as {quote(name)}"
        if contract.dtypes[name].is_decimal()
        else quote(name)
        for name in columns
    )


def _finite(
    frame: pl.DataFrame, contract: Contract, schema: pa.DataFrameSchema, verdict: TableVerdict
) -> pl.DataFrame:
    """A batch in its types, and its NaN, infinities and endless dates told and taken out.

    NaN passes every comparison, and other libraries stumble over dates beyond the calendar, so no
    rule of a schema would see them. Of keys that are read to compare them, the server has told.
    """
    typed = []
    for values in frame:
        dtype = contract.dtypes[values.name]
        if isinstance(dtype, pl.Decimal):
            kept = values.cast(dtype, strict=False)
        elif values.dtype.is_float():
            kept = pl.select(pl.when(values.is_finite()).then(values)).to_series()
        elif values.dtype.is_temporal():
            kept = within_calendar(values)
        else:
            kept = values
        typed.append(kept.alias(values.name))
        missing = kept.null_count() - values.null_count()
        if missing and values.name in schema.columns:
            verdict.add(values.name, "finite", missing)
    return pl.DataFrame(typed)


def _validate(frame: pl.DataFrame, schema: pa.DataFrameSchema, verdict: TableVerdict) -> None:
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases.with_columns(pl.col("column").fill_null("table"))
        for column, rule, count in cases.group_by("column", "check").len().iter_rows():
            verdict.add(str(column), rule_name(str(rule)), count)
        room = SAMPLE_ROWS - len(verdict.sample)
        for case in cases.head(max(room, 0)).iter_rows(named=True):
            verdict.sample.append(
                {
                    "column": str(case["column"]),
                    "rule": rule_name(str(case["check"])),
                    "value": None if case["failure_case"] is None else str(case["failure_case"]),
                }
            )


def _may_repeat(hashes: list[np.ndarray]) -> bool:
    """Whether two keys have one hash, which for different ones is rare but not impossible."""
    together = np.concatenate(hashes)
    together.sort()
    return bool((together[1:] == together[:-1]).any())


def _count_repetitions(
    connection: dbapi.Connection, contract: Contract, rows: str, verdict: TableVerdict
) -> None:
    key = bulk.column_list(list(contract.key))
    repeated = bulk.fetch_value(
        connection, f"select count(*) - count(distinct ({key})) from {rows}"
    )
    if repeated:
        verdict.add(", ".join(contract.key), "unique", int(str(repeated)))


def _check_columns(connection: dbapi.Connection, contract: Contract, verdict: TableVerdict) -> None:
    """Compares the table's columns and types with the contract, before any row is read."""
    stored = ddl.stored_columns(connection, contract)
    if not stored:
        verdict.add("table", "exists", 1)
        return
    for column, promised, _ in contract.sql_columns():
        expected = promised.partition("(")[0] if contract.form is Form.FUNCTION else promised
        if column not in stored:
            verdict.add(column, "exists", 1)
        elif stored[column] != expected:
            verdict.add(column, f"type is {expected}, not {stored[column]}", 1)
    for column in stored.keys() - set(contract.columns):
        verdict.add(column, "not in the contract", 1)


def _regclass(contract: Contract) -> str:
    return f"{quote(contract.schema_name)}.{quote(contract.table)}"


def _has_unique_index(connection: dbapi.Connection, contract: Contract) -> bool:
    """Whether the server itself keeps the key unique, so that nobody has to look again."""
    indexes = bulk.read_frame(
        connection,
        "select (select array_to_string(array_agg(a.attname::text order by a.attname), ',')"
        " from pg_attribute as a where a.attrelid = i.indrelid and a.attnum = any(i.indkey))"
        " as columns from pg_index as i where i.indisunique and i.indisvalid"
        " and i.indpred is null and i.indexprs is null and i.indnkeyatts = i.indnatts"
        f" and i.indrelid = to_regclass({literal(_regclass(contract))})",
    )
    return ",".join(sorted(contract.key)) in indexes["columns"].to_list()
