"""Rows of the warehouse about a person: marked columns emptied, tokens replaced, rows deleted.

What is done with a column follows from its mark and type, what is deleted from the subject of the
table. Sums of the rows that change are compared before and after. Belongs here: statements inside
the erasure's transaction, which has `person_keys`. Does not belong here: the order of steps.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import polars as pl
import psycopg

from finplatform.errors import FinplatformError
from finplatform.privacy.policy import load_policy
from finplatform.privacy.relations import PERSON_COLUMNS, Stored, StoredTable
from finplatform.privacy.table_search import ERASED
from finplatform.warehouse.identifiers import literal, quote

ERASED_SCHEMAS = frozenset({"bronze", "silver", "gold", "masked", "bi", "compliance"})
"""Schemas whose rows about people are erased by their marks."""

_COUNTED = ("smallint", "integer", "bigint", "numeric", "double precision", "real")
_TOKENS = "replaced_tokens"


@dataclass(frozen=True, order=True)
class Change:
    """What was done to a table.

    Attributes:
        table: `schema.table`.
        action: What.
        rows: Rows concerned.
    """

    table: str
    action: str
    rows: int


def erase_marks(session: psycopg.Connection, tables: Iterable[StoredTable]) -> list[Change]:
    """Empties what identifies the people in `person_keys`, in every version of every row.

    Raises:
        FinplatformError: If a sum of the rows would change; the transaction has to be given up.
    """
    changes = []
    for table in tables:
        if table.schema not in ERASED_SCHEMAS or table.person_column is None:
            continue
        targets = dict(_targets(table))
        if not targets:
            continue
        before = _sums(session, table, targets)
        done = _changed(session, table, targets)
        after = _sums(session, table, targets)
        if before != after:
            raise FinplatformError(
                f"Sums of {table.name} would change by the erasure. Nothing was changed."
            )
        changes.append(Change(table.name, "emptied", done))
    return changes


def replace_tokens(
    session: psycopg.Connection, tables: Sequence[StoredTable], numbers: pl.DataFrame
) -> list[Change]:
    """Replaces tokens of account numbers wherever they stand, so that joins by them still meet.

    Args:
        session: Session of the erasure's transaction.
        tables: All tables.
        numbers: `account_id` and the `token` of its replacement.
    """
    by_name = {table.name: table for table in tables}
    if numbers.is_empty() or "bronze.accounts" not in by_name:
        return []
    session.execute(
        f"create temporary table {_TOKENS} on commit drop as"
        " select distinct on (old) a.account_number_token as old, n.token"
        " from unnest(%s::text[], %s::text[]) as n (account_id, token)"
        " inner join bronze.accounts as a using (account_id)"
        " where a.account_number_token <> n.token order by old".encode(),
        (numbers["account_id"].to_list(), numbers["token"].to_list()),
    )
    changes = []
    for table in tables:
        columns = [
            name
            for name, mark in table.marks.items()
            if mark == "token" and table.schema in ERASED_SCHEMAS
        ]
        for column in columns:
            done = session.execute(
                f"update {table.sql_name} as t set {quote(column)} = m.token"
                f" from {_TOKENS} as m where t.{quote(column)} = m.old".encode()
            )
            changes.append(Change(table.name, "tokens replaced", done.rowcount))
    return changes


def delete_rows(session: psycopg.Connection, tables: Iterable[StoredTable]) -> list[Change]:
    """Deletes rows of tables that exist to watch a person, whose time of keeping is over.

    Those that lead to others come last: a row goes before the row that it refers to.
    """
    subjects = load_policy().deleted_subjects
    chosen = [
        table
        for table in tables
        if table.subject in subjects
        and table.schema in ERASED_SCHEMAS
        and table.person_column is not None
    ]
    changes = []
    for table in sorted(chosen, key=_distance, reverse=True):
        with _growing(session, table):
            done = session.execute(
                f"delete from {table.sql_name} as t where {table.predicate()}".encode()
            )
        changes.append(Change(table.name, "deleted", done.rowcount))
    return changes


def _distance(table: StoredTable) -> int:
    """How far a table is from the person: cases refer to nothing, their parts to cases."""
    if table.name == "compliance.aml_cases":
        return 0
    return 1 + list(PERSON_COLUMNS).index(str(table.person_column))


def _targets(table: StoredTable) -> Iterable[tuple[str, str]]:
    """Expression that each column of a table is set to."""
    for name, mark in table.marks.items():
        column = table.columns[name]
        target = _target(name, mark, column)
        if target is not None:
            yield name, target


def _target(name: str, mark: str, column: Stored) -> str | None:
    if name.endswith("_country") or (mark == "token" and "account" in name):
        # A country is shared by many, and tokens of accounts are replaced.
        return None
    if column.sql_type in _COUNTED:
        # A year or an age, of which the decade is left.
        return f"(t.{quote(name)} / 10) * 10"
    if column.is_nullable:
        return "null"
    return literal(ERASED)


def _changed(session: psycopg.Connection, table: StoredTable, targets: Mapping[str, str]) -> int:
    sets = ", ".join(f"{quote(name)} = {target}" for name, target in targets.items())
    news = " or ".join(
        f"t.{quote(name)} is distinct from {target}" for name, target in targets.items()
    )
    with _growing(session, table):
        done = session.execute(
            f"update {table.sql_name} as t set {sets}"
            f" where {table.predicate()} and ({news})".encode()
        )
    return done.rowcount


@contextmanager
def _growing(session: psycopg.Connection, table: StoredTable) -> Iterator[None]:
    """Lets rows of a table that only grows be erased within a block; an error undoes it as well."""
    if not table.only_grows:
        yield
        return
    session.execute(f"alter table {table.sql_name} disable trigger only_grows".encode())
    yield
    session.execute(f"alter table {table.sql_name} enable trigger only_grows".encode())


def _sums(
    session: psycopg.Connection, table: StoredTable, changed: Mapping[str, str]
) -> tuple[Any, ...] | None:
    """Number of the people's rows, and the sum of every figure that must stay."""
    figures = [
        f"sum(t.{quote(name)})"
        for name, column in table.columns.items()
        if name not in changed and column.sql_type.startswith(_COUNTED)
    ]
    return session.execute(
        f"select {', '.join(['count(*)', *figures])} from {table.sql_name} as t"
        f" where {table.predicate()}".encode()
    ).fetchone()
