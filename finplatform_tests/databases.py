"""Databases that live as long as the tests that use them.

Belongs here: making and dropping them. Does not belong here: the server (see `conftest`).
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.engine import URL

from finplatform.warehouse.database import drop_database


@contextmanager
def new_databases(server: URL, *kinds: str) -> Iterator[list[str]]:
    """libpq URLs of empty databases, one per kind, that are dropped afterwards with their roles."""
    names = [f"test_{kind}_{uuid.uuid4().hex[:8]}" for kind in kinds]
    plain = server.set(drivername="postgresql")
    admin = plain.render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        for name in names:
            connection.execute(f"create database {name}".encode())
    try:
        yield [plain.set(database=name).render_as_string(hide_password=False) for name in names]
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            for name in names:
                drop_database(connection, name)
