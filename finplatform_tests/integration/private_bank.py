"""A copy of the built bank, for tests that erase people in it.

Belongs here: making the copy, people to take from it, and looking into every column of it by plain
SQL. Does not belong here: assertions.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL, make_url

from finplatform.privacy.erasure import Place
from finplatform.privacy.requests import Request
from finplatform.warehouse.database import Warehouse
from finplatform_tests.databases import new_databases
from finplatform_tests.integration.bank import BuiltBank

ON = date(2026, 11, 30)
"""Day on which requests are received."""

_TABLES = """
    select quote_ident(n.nspname) || '.' || quote_ident(c.relname)
    from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    order by 1
"""
_FIGURES = """
    select
        quote_ident(table_schema) || '.' || quote_ident(table_name),
        string_agg('sum(' || quote_ident(column_name) || ')::text', ', ' order by column_name)
    from information_schema.columns
    where table_schema in ('bronze', 'silver', 'gold')
        and data_type in ('numeric', 'double precision', 'integer', 'bigint', 'smallint')
        and column_name not in ('age', 'birth_year')
        and (table_schema, table_name) in (
            select table_schema, table_name from information_schema.tables
            where table_type = 'BASE TABLE'
        )
    group by 1 order by 1
"""


@contextmanager
def copy_of(bank: BuiltBank, server: URL, home: Path) -> Iterator[BuiltBank]:
    """A bank of the same rows and files, which is dropped afterwards.

    Args:
        bank: The bank.
        server: Its server.
        home: Home of the copy; not there yet.
    """
    template = end_sessions(server, bank.url)
    shutil.copytree(bank.home, home)
    with new_databases(server, "private", template=template) as (url,):
        yield replace(bank, home=home, url=url)


def end_sessions(server: URL, url: str) -> str:
    """Ends the idle sessions of a database, which then can be copied; returns its name."""
    database = str(make_url(url).database)
    admin = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid, 60000) from pg_stat_activity"
            " where datname = %s and pid <> pg_backend_pid()",
            (database,),
        )
    return database


def place_of(bank: BuiltBank) -> Place:
    """Where people of a bank are erased."""
    return Place.of(bank.settings, Warehouse(make_url(bank.url)))


def request(customer: str, on: date = ON) -> Request:
    """A request for erasure."""
    return Request(customer, "anna", "Article 17(1)(a), letter", on, "a test")


def end_relationships(url: str, customers: list[str], on: str = "2015-01-31") -> None:
    """Closes all accounts and loans of people, and takes cash reports and cases of them away."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "update silver.stg_accounts set status = 'CLOSED', closing_date = %s"
            " where customer_id = any(%s) and is_current",
            (on, customers),
        )
        connection.execute(
            "update silver.stg_loans set status = 'PAID_OFF', valid_from = %s"
            " where customer_id = any(%s) and is_current",
            (on, customers),
        )
        connection.execute(
            "delete from compliance.ctr_reports where customer_id = any(%s)", (customers,)
        )


def where_it_stands(url: str, text: str) -> list[str]:
    """Tables of any schema that hold a text in any column."""
    with psycopg.connect(url) as connection:
        tables = [table for (table,) in connection.execute(_TABLES)]
        found = []
        for table in tables:
            query = f"select exists (select from {table} as t where strpos(t::text, %s) > 0)"
            row = connection.execute(query.encode(), (text,)).fetchone()
            if row and row[0]:
                found.append(table)
    return found


def files_with(home: Path, text: str) -> list[Path]:
    """Files of a home that hold a text, not unpacked."""
    return [
        path
        for path in sorted(home.rglob("*"))
        if path.is_file() and text.encode() in path.read_bytes()
    ]


def figures(url: str) -> dict[str, tuple[object, ...]]:
    """Number of rows and the sum of each figure, by table of the three layers."""
    with psycopg.connect(url) as connection:
        found = {}
        for table, sums in connection.execute(_FIGURES).fetchall():
            query = f"select count(*), {sums} from {table}"
            found[table] = connection.execute(query.encode()).fetchone() or ()
    return found
