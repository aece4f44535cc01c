"""Inventory of the warehouse: tables with rows and sizes.

Belongs here: reading PostgreSQL's catalogue.
"""

from dataclasses import dataclass

from psycopg import sql

from finplatform.oltp.codes import SCHEMA as OLTP
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.ddl import SCHEMAS

_EXACT_BELOW = 5_000_000
"""Rows up to which a table is counted; larger tables have the planner's estimate."""


@dataclass(frozen=True)
class StoredTable:
    """One table of the warehouse.

    Attributes:
        name: `schema.table`.
        rows: Row count.
        is_estimate: Whether the count is the planner's estimate, for large tables and those that
            the login may not read.
        bytes: Size with indexes.
    """

    name: str
    rows: int
    is_estimate: bool
    bytes: int


def stored_tables(warehouse: Warehouse) -> list[StoredTable]:
    """Tables of the platform's schemas in the order of the data flow.

    Args:
        warehouse: The database; any login may list the tables.
    """
    order = (OLTP, *SCHEMAS)
    with warehouse.connect() as connection:
        found = connection.execute(
            "select n.nspname, c.relname, c.reltuples::bigint, pg_total_relation_size(c.oid),"
            " has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')"
            " from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
            " where c.relkind in ('r', 'p') and n.nspname = any(%s)"
            " order by array_position(%s::text[], n.nspname::text), c.relname",
            (list(order), list(order)),
        ).fetchall()
        tables = []
        for schema, table, estimate, size, is_readable in found:
            is_estimate = estimate >= _EXACT_BELOW or not is_readable
            # A table that was never analyzed has the estimate -1.
            rows = max(estimate, 0)
            if not is_estimate:
                query = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, table))
                counted = connection.execute(query).fetchone()
                rows = counted[0] if counted else 0
            tables.append(StoredTable(f"{schema}.{table}", rows, is_estimate, size))
    return tables
