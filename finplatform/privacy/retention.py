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


def expired(warehouse: Warehouse, as_of: date) -> list[Expired]:
    """What would be deleted on a day; tables that are not there are left out."""
    with warehouse.connect() as connection:
        return [
            Expired(rule.table, rule.column, rule.cutoff(as_of), _count(connection, rule, as_of))
            for rule in _rules(connection)
        ]


def delete_expired(warehouse: Warehouse, as_of: date) -> list[Expired]:
    """Deletes what is over its time on a day, in one transaction.

    Args:
        warehouse: The database, as the login that owns it.
        as_of: The day.

    Returns:
        What was deleted, by table.
    """
    done = []
    with warehouse.connect() as connection:
        for rule in _rules(connection):
            schema, _, table = rule.table.partition(".")
            deleted = connection.execute(
                f"delete from {quote(schema)}.{quote(table)} where {_is_over(rule, as_of)}".encode()
            )
            done.append(Expired(rule.table, rule.column, rule.cutoff(as_of), deleted.rowcount))
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


def _count(connection: psycopg.Connection, rule: Retention, as_of: date) -> int:
    schema, _, table = rule.table.partition(".")
    row = connection.execute(
        f"select count(*) from {quote(schema)}.{quote(table)}"
        f" where {_is_over(rule, as_of)}".encode()
    ).fetchone()
    return int(row[0]) if row else 0


def _is_over(rule: Retention, as_of: date) -> str:
    return f"{quote(rule.column)} < {literal(rule.cutoff(as_of))}"
