"""`finplatform sql`: a read-only query on the warehouse.

Belongs here: the command.
"""

import sys

import psycopg

from finplatform.cli.output import OUT, print_json, print_table
from finplatform.errors import FinplatformError
from finplatform.settings import get_settings
from finplatform.warehouse.database import open_warehouse


def run(query: str, limit: int, *, as_json: bool) -> None:
    """Runs the query in a read-only transaction and prints its rows."""
    text = sys.stdin.read() if query == "-" else query
    with open_warehouse(get_settings()).connect() as connection:
        connection.read_only = True
        try:
            cursor = connection.execute(text.encode())
        except psycopg.Error as error:
            raise FinplatformError(
                f"The query failed: {str(error).strip()}", "Tables: finplatform status."
            ) from error
        if cursor.description is None:
            OUT.print("The query returns no rows.")
            return
        names = [column.name for column in cursor.description]
        rows = cursor.fetchmany(limit)
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        print_table("", names, rows)
