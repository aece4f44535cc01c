"""Single rows of tables, for tests that care about some of their columns.

Belongs here: storing a row. Does not belong here: what a test is about.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql

_DEFAULTS = {
    "text": "X", "bigint": 0, "integer": 0, "smallint": 0, "boolean": False,
    "double precision": 0.0, "date": date(2025, 3, 31),
}  # fmt: skip

_REQUIRED = """
select attname::text, format_type(atttypid, null) from pg_attribute
where attrelid = %s::regclass and attnum > 0 and not attisdropped
    and attnotnull and not atthasdef and attidentity = ''
"""


def insert(connection: psycopg.Connection, table: str, **values: Any) -> None:
    """Stores a row; columns that must have a value and are not given have any."""
    row = dict(values)
    for name, kind in connection.execute(_REQUIRED, (table,)).fetchall():
        default = "2025-03-31T12:00:00Z" if "time" in kind else _DEFAULTS.get(kind, Decimal(0))
        row.setdefault(name, default)
    statement = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(*table.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(sql.Placeholder() * len(row)),
    )
    connection.execute(statement, list(row.values()))
