"""Databases that live as long as the tests that use them.

Belongs here: making and dropping them. Does not belong here: the server (see `conftest`).
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from finplatform.warehouse.database import Warehouse, drop_database


@contextmanager
def new_databases(server: URL, *kinds: str, template: str = "template1") -> Iterator[list[str]]:
    """libpq URLs of empty databases, one per kind, that are dropped afterwards with their roles.

    Args:
        server: Where, as a login that makes databases.
        kinds: Parts of their names.
        template: What they are copies of; `template0` is a server as PostgreSQL makes it.
    """
    names = [f"test_{kind}_{uuid.uuid4().hex[:8]}" for kind in kinds]
    plain = server.set(drivername="postgresql")
    admin = plain.render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        for name in names:
            connection.execute(f"create database {name} template {template}".encode())
    try:
        yield [plain.set(database=name).render_as_string(hide_password=False) for name in names]
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            for name in names:
                drop_database(connection, name)


@contextmanager
def owned_database(server: URL, attributes: str) -> Iterator[Warehouse]:
    """A database as an administrator gives one on a server of PostgreSQL's own making.

    Its login owns it, is no superuser and has the attributes given; it is dropped afterwards.
    """
    with new_databases(server, "owned", template="template0") as (url,):
        location = make_url(url)
        owner = f"{location.database}_login"
        name, database = sql.Identifier(owner), sql.Identifier(str(location.database))
        password = sql.Literal(owner)
        statements = (
            sql.SQL("create role {} login password {} ").format(name, password)
            + sql.SQL(attributes),
            sql.SQL("grant {} to current_user with inherit true, set true").format(name),
            sql.SQL("alter database {} owner to {}").format(database, name),
        )
        with psycopg.connect(url, autocommit=True) as admin:
            for statement in statements:
                admin.execute(statement)
        warehouse = Warehouse(location.set(username=owner, password=owner))
        try:
            yield warehouse
        finally:
            # By its own login, which alone may drop the roles that it has made.
            elsewhere = Warehouse(warehouse.location.set(database=server.database))
            with elsewhere.connect() as session:
                session.autocommit = True
                drop_database(session, str(location.database))
            admin_url = server.set(drivername="postgresql")
            with psycopg.connect(
                admin_url.render_as_string(hide_password=False), autocommit=True
            ) as admin:
                admin.execute(sql.SQL("drop role {}").format(name))
