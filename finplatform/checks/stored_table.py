"""Checking a stored table against its contract, in batches.

Belongs here: reading the rows of a window and running the Pandera schema on them with bounded
memory. Does not belong here: Dagster's check objects (see `contract_checks`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandera.errors
import polars as pl
from adbc_driver_postgresql import dbapi
from polars import selectors as cs

from finplatform.contracts.contract import Contract
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.identifiers import literal, quote
from finplatform.windows import Window

SAMPLE_ROWS = 20
"""Most failing values that a result shows."""


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

    Args:
        url: libpq URL of the warehouse.
        contract: What the table promises.
        window: Days to check, for a table cut by day.
        batch_rows: Rows in memory at a time.
    """
    verdict = TableVerdict()
    with bulk.connect(url) as connection:
        _check_columns(connection, contract, verdict)
        if verdict.failures:
            return verdict
        keys_are_unique = _has_unique_index(connection, contract)
        hashes = []
        for frame in _read(connection, contract, window, batch_rows):
            verdict.rows += frame.height
            _validate(frame, contract, verdict)
            if not keys_are_unique:
                hashes.append(frame.select(contract.key).hash_rows().to_numpy())
    _check_keys(hashes, contract, verdict)
    return verdict


def _read(
    connection: dbapi.Connection, contract: Contract, window: Window | None, batch_rows: int
) -> Iterator[pl.DataFrame]:
    name = f"{quote(contract.schema_name)}.{quote(contract.table)}"
    query = f"select {bulk.column_list(contract.columns)} from {name}"
    if window is not None and contract.date_column is not None:
        query += f" where {window.predicate(quote(contract.date_column))}"
    dtypes = contract.dtypes
    # Numerics arrive as text; everything else has its type already.
    decimals = [name for name, dtype in dtypes.items() if isinstance(dtype, pl.Decimal)]
    for frame in bulk.read_batches(connection, query, batch_rows=batch_rows):
        yield frame.with_columns(pl.col(name).cast(dtypes[name], strict=False) for name in decimals)


def _validate(frame: pl.DataFrame, contract: Contract, verdict: TableVerdict) -> None:
    for name in frame.select(cs.float()).columns:
        # NaN passes every comparison, so no rule of a schema would see it.
        strange = int((~frame[name].is_finite()).sum())
        if strange:
            verdict.add(name, "finite", strange)
    try:
        contract.schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases.with_columns(pl.col("column").fill_null("table"))
        for column, rule, count in cases.group_by("column", "check").len().iter_rows():
            verdict.add(str(column), str(rule)[:120], count)
        room = SAMPLE_ROWS - len(verdict.sample)
        for case in cases.head(max(room, 0)).iter_rows(named=True):
            verdict.sample.append(
                {
                    "column": str(case["column"]),
                    "rule": str(case["check"])[:120],
                    "value": None if case["failure_case"] is None else str(case["failure_case"]),
                }
            )


def _check_keys(hashes: list[np.ndarray], contract: Contract, verdict: TableVerdict) -> None:
    if not hashes:
        return
    together = np.concatenate(hashes)
    repeated = len(together) - len(np.unique(together))
    if repeated:
        verdict.add(", ".join(contract.key), "unique", repeated)


def _check_columns(connection: dbapi.Connection, contract: Contract, verdict: TableVerdict) -> None:
    """Compares the table's columns and types with the contract, before any row is read."""
    stored = ddl.stored_columns(connection, contract)
    if not stored:
        verdict.add("table", "exists", 1)
        return
    for column, expected, _ in contract.sql_columns():
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
        f" and i.indpred is null and i.indrelid = to_regclass({literal(_regclass(contract))})",
    )
    return ",".join(sorted(contract.key)) in indexes["columns"].to_list()
