"""Retention: rows that have become older than the policy keeps them are deleted.

Belongs here: which rows, and the deletion. Does not belong here: erasing people, whose time ends by
their own request or relationship.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import psycopg

from finplatform.errors import FinplatformError
from finplatform.privacy.policy import Retention, load_policy
from finplatform.privacy.relations import StoredTable, stored_tables
from finplatform.security.rights import load_rights
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.identifiers import literal, quote


@dataclass(frozen=True)
class Expired:
    """Rows of one table whose time is over.

    Attributes:
        table: `schema.table`.
        date_column: Column that their age is counted by.
        cutoff: First day whose rows are kept.
        rows: Rows older than that.
    """

    table: str
    date_column: str
    cutoff: date
    rows: int


def expired(warehouse: Warehouse, as_of: date, first_day: date) -> list[Expired]:
    """What `delete_expired` would delete; tables that are not there are left out."""
    found = []
    with warehouse.connect() as connection:
        for rule in _rules(connection):
            cutoff = _cutoff(rule, as_of, first_day)
            row = connection.execute(f"select count(*) {_rows(rule, cutoff)}".encode()).fetchone()
            found.append(Expired(rule.table, rule.column, cutoff, int(row[0]) if row else 0))
    return found


def delete_expired(warehouse: Warehouse, as_of: date, first_day: date) -> list[Expired]:
    """Deletes what is over its time on a day, in one transaction.

    Args:
        warehouse: The database, as the login that owns it.
        as_of: The day.
        first_day: First day of the graph's history: a partition is never emptied behind its back.

    Returns:
        What was deleted, by table.
    """
    done = []
    with warehouse.connect() as connection:
        for rule in _rules(connection):
            cutoff = _cutoff(rule, as_of, first_day)
            deleted = connection.execute(f"delete {_rows(rule, cutoff)}".encode())
            done.append(Expired(rule.table, rule.column, cutoff, deleted.rowcount))
    return done


def _rules(connection: psycopg.Connection) -> Iterator[Retention]:
    """Rules whose tables are there.

    Raises:
        FinplatformError: If a table lacks the column: rows would be kept for ever, unnoticed.
    """
    tables: dict[str, StoredTable] = {
        table.name: table for table in stored_tables(connection, load_rights())
    }
    for rule in load_policy().retention:
        table = tables.get(rule.table)
        if table is None:
            continue
        if rule.column not in table.columns:
            raise FinplatformError(
                f"The policy keeps {rule.table} by {rule.column}, which it does not have.",
                "Mend finplatform/privacy/policy.yaml.",
            )
        yield rule


def _cutoff(rule: Retention, as_of: date, first_day: date) -> date:
    cutoff = rule.cutoff(as_of)
    is_of_graph = rule.table.partition(".")[0] in ("bronze", "silver", "gold")
    return min(cutoff, first_day) if is_of_graph else cutoff


def _rows(rule: Retention, cutoff: date) -> str:
    """The rows of a rule's table that are older than a day, for `select` and `delete`."""
    schema, _, table = rule.table.partition(".")
    name = f"{quote(schema)}.{quote(table)}"
    return f"from {name} where {quote(rule.column)} < {literal(cutoff)}"
