"""No clear identifier leaves the operational schema, by any way."""

from pathlib import Path

import psycopg
import pytest

from finplatform.security.canary import find_canaries
from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration

PEOPLE = """
select last_name || ', ' || first_name, first_name || ' ' || last_name, email, phone, address,
    date_of_birth::text, customer_id
from oltp.customers where email is not null and phone is not null and address is not null
order by customer_id limit 40
"""
TABLES = """
select n.nspname, c.relname
from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and n.nspname not in ('oltp', 'simulate', 'pg_catalog',
    'information_schema', 'pg_toast')
"""


def _dump(url: str, folder: Path, *, skip: tuple[str, ...] = ()) -> None:
    with psycopg.connect(url) as connection:
        for schema, table in connection.execute(TABLES.encode()).fetchall():
            if f"{schema}.{table}" in skip:
                continue
            with (
                (folder / f"{schema}.{table}.csv").open("wb") as stream,
                connection.cursor().copy(
                    f'copy "{schema}"."{table}" to stdout (format csv)'.encode()
                ) as copy,
            ):
                for block in copy:
                    stream.write(block)


def test_no_identifier_is_in_clear_outside_the_source(
    built_bank: BuiltBank, tmp_path: Path
) -> None:
    with psycopg.connect(built_bank.url) as connection:
        people = connection.execute(PEOPLE.encode()).fetchall()
        accounts = connection.execute(
            "select account_number from oltp.accounts order by account_id limit 40"
        ).fetchall()
    # A birth date alone is also any other date of the calendar; the other identifiers are unique.
    canaries = [value for person in people for value in (*person[:5],)]
    canaries += [number for (number,) in accounts]
    for name in ("warehouse", "dagster"):
        (tmp_path / name).mkdir()
    _dump(built_bank.url, tmp_path / "warehouse")
    _dump(built_bank.dagster_url, tmp_path / "dagster")
    assert (tmp_path / "warehouse" / "bronze.customers.csv").stat().st_size > 0
    assert find_canaries(tmp_path, canaries) == []
    assert find_canaries(built_bank.home, canaries) == []


def test_the_search_would_find_an_identifier(built_bank: BuiltBank, tmp_path: Path) -> None:
    with psycopg.connect(built_bank.url) as connection:
        row = connection.execute("select email from oltp.customers limit 1").fetchone()
    assert row is not None
    (tmp_path / "leak.csv").write_text(f"1,{row[0]},2\n")
    assert find_canaries(tmp_path, [row[0]])


def test_birth_dates_of_customers_are_years_outside_the_source(built_bank: BuiltBank) -> None:
    with psycopg.connect(built_bank.url) as connection:
        columns = connection.execute(
            "select table_schema || '.' || table_name || '.' || column_name"
            " from information_schema.columns where table_schema in"
            " ('bronze', 'silver', 'gold', 'quarantine') and column_name ~ 'birth'"
            # The parties of published sanctions lists are no customers.
            " and table_name !~ 'sanctions_entities$'"
            " and data_type <> 'smallint' and data_type <> 'integer'"
        ).fetchall()
    assert columns == []
