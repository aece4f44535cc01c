"""Forgetting a log: gone as a whole, for a reason that stays, and loaded anew as if for once."""

from pathlib import Path

import psycopg
import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Kind
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import PostgresSource
from finplatform.ingest.connectors.postgres import PostgresConnector
from finplatform.ingest.forgetting import forget_log, log_size
from finplatform.oltp import migrate
from finplatform_tests.integration.ingest_cases import (
    Row,
    accounts,
    customers,
    files,
    load,
    query,
    write,
)

pytestmark = pytest.mark.integration

ENTITIES = [name for name, one in SOURCES.items() if one.stored.kind is Kind.ENTITY]
OTHERS = [name for name in SOURCES if name not in ENTITIES]
WHY = {"reason": "branch_id was mapped to the wrong column", "by": "ana"}


def _load(url: str, folder: Path, rows: list[Row], table: str = "accounts") -> None:
    write(folder / f"{table}.csv", rows)
    load(url, table, files(folder), read=f"{table}.csv")


def _remapped(url: str, folder: Path) -> None:
    _load(url, folder, [{**row, "branch_id": "BR001-0"} for row in accounts()])
    _load(url, folder, accounts())


def test_after_it_and_a_load_the_log_holds_one_row_of_each_entity(
    postgres_url: str, tmp_path: Path
) -> None:
    _remapped(postgres_url, tmp_path)
    assert log_size(postgres_url, "accounts") == 100
    forgotten = forget_log(postgres_url, "accounts", **WHY)
    assert (forgotten.rows, forgotten.entities) == (100, 50)
    assert log_size(postgres_url, "accounts") == 0
    _load(postgres_url, tmp_path, accounts())
    found = query(
        postgres_url,
        "select count(*), count(distinct account_id), min(_op), max(branch_id)"
        " from bronze.accounts",
    )
    assert found == [(50, 50, "r", "BR001")]


def test_who_when_how_many_and_why_are_kept(postgres_url: str, tmp_path: Path) -> None:
    _remapped(postgres_url, tmp_path)
    forget_log(postgres_url, "accounts", **WHY)
    kept = query(
        postgres_url,
        "select table_name, rows_forgotten, entities_forgotten, forgotten_by, reason,"
        " database_user = session_user, forgotten_at between now() - interval '1 hour' and now()"
        " from audit.forgotten_logs",
    )
    assert kept == [("accounts", 100, 50, WHY["by"], WHY["reason"], True, True)]


@pytest.mark.parametrize(
    "statement",
    [
        "update audit.forgotten_logs set reason = 'another'",
        "delete from audit.forgotten_logs",
        "truncate audit.forgotten_logs",
        "delete from audit.forgotten_logs where false",
    ],
)
def test_what_is_kept_cannot_be_changed(postgres_url: str, tmp_path: Path, statement: str) -> None:
    _remapped(postgres_url, tmp_path)
    forget_log(postgres_url, "accounts", **WHY)
    with (
        psycopg.connect(postgres_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grows"),
    ):
        connection.execute(statement.encode())
    assert query(postgres_url, "select count(*) from audit.forgotten_logs") == [(1,)]


@pytest.mark.parametrize("table", [*OTHERS, "no_such_table", "accounts; drop schema bronze"])
def test_what_is_no_entity_is_refused(postgres_url: str, table: str) -> None:
    with pytest.raises(FinplatformError, match=r"keeps no log|no bronze table"):
        forget_log(postgres_url, table, **WHY)


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_it_is_refused_without_a_reason(postgres_url: str, tmp_path: Path, reason: str) -> None:
    _remapped(postgres_url, tmp_path)
    with pytest.raises(FinplatformError, match="needs a reason"):
        forget_log(postgres_url, "accounts", reason=reason, by="ana")
    assert log_size(postgres_url, "accounts") == 100


def test_if_it_cannot_be_noted_nothing_is_forgotten(postgres_url: str, tmp_path: Path) -> None:
    _remapped(postgres_url, tmp_path)
    with psycopg.connect(postgres_url) as connection:
        connection.execute("alter table audit.forgotten_logs add check (table_name <> 'accounts')")
    with pytest.raises(Exception, match="forgotten_logs"):
        forget_log(postgres_url, "accounts", **WHY)
    assert log_size(postgres_url, "accounts") == 100


def test_a_log_that_holds_a_row_which_is_refused_by_now_is_mended_by_it(
    postgres_url: str, tmp_path: Path
) -> None:
    rows = customers(12)
    _load(postgres_url, tmp_path, rows, "customers")
    with psycopg.connect(postgres_url) as connection:
        # What an earlier version let in.
        connection.execute("update bronze.customers set birth_year = 1849 where _op = 'r'")
    forget_log(postgres_url, "customers", reason="a birth year before 1850", by="ana")
    _load(postgres_url, tmp_path, rows, "customers")
    found = query(postgres_url, "select count(*), min(birth_year) from bronze.customers")
    assert found == [(12, 1984)]


def test_sealed_identities_go_with_the_rows_and_come_back_the_same(
    postgres_url: str, tmp_path: Path
) -> None:
    ids = "select identity_id from vault.customer_identity order by 1"
    bad = [{**row, "sex": "unknown"} for row in customers(41)[40:]]
    _load(postgres_url, tmp_path, customers(40) + bad, "customers")
    before = query(postgres_url, ids)
    assert len(before) == 41
    forget_log(postgres_url, "customers", **WHY)
    assert query(postgres_url, ids) == []
    assert query(postgres_url, "select count(*) from quarantine.rejected_rows") == [(0,)]
    keys = "select count(*) from vault.customer_keys where destroyed_at is null"
    assert query(postgres_url, keys) == [(41,)]
    _load(postgres_url, tmp_path, customers(40) + bad, "customers")
    assert query(postgres_url, ids) == before


def test_an_identity_that_another_table_names_stays(postgres_url: str, tmp_path: Path) -> None:
    _load(postgres_url, tmp_path, customers(3), "customers")
    _load(postgres_url, tmp_path, accounts(["AC1"]))
    forget_log(postgres_url, "customers", **WHY)
    left = query(
        postgres_url,
        "select (select count(*) from vault.customer_identity),"
        " (select count(*) from bronze.accounts inner join vault.customer_identity"
        " using (identity_id))",
    )
    assert left == [(1, 1)]


def test_the_erasure_of_a_customer_outlives_it(postgres_url: str, tmp_path: Path) -> None:
    _load(postgres_url, tmp_path, customers(40), "customers")
    with psycopg.connect(postgres_url) as connection:
        connection.execute(
            "update vault.customer_keys set wrapped_key = null, destroyed_at = now()"
            " where subject_id = 'CU00007'"
        )
    forget_log(postgres_url, "customers", **WHY)
    _load(postgres_url, tmp_path, customers(40), "customers")
    known = "select count(*), count(*) filter (where customer_id = 'CU00007') from bronze.customers"
    assert query(postgres_url, known) == [(39, 0)]


def test_a_journal_is_read_from_its_first_change_again(postgres_url: str) -> None:
    migrate.upgrade(postgres_url)
    insert = (
        "insert into oltp.branches (branch_id, branch_name, city, state, country, region, timezone,"
        " opened_date) values ('{}', 'Main', 'Brno', 'JM', 'CZ', 'Moravia', 'Europe/Prague',"
        " '1990-01-01')"
    )
    with psycopg.connect(postgres_url) as connection:
        for number in range(3):
            connection.execute(insert.format(f"BR{number:03d}").encode())
    with psycopg.connect(postgres_url) as connection:
        connection.execute("update oltp.branches set city = 'Praha' where branch_id = 'BR001'")
    source = PostgresSource.model_validate(
        {"connector": "postgres", "schema": "oltp", "journal": True}
    )
    journal = PostgresConnector(source, postgres_url)
    load(postgres_url, "branches", journal)
    log = "select branch_id, city, _op, _changed_at, _lsn from bronze.branches order by _lsn"
    before = query(postgres_url, log)
    assert len(before) == 4
    forgotten = forget_log(postgres_url, "branches", **WHY)
    assert forgotten.position is not None
    load(postgres_url, "branches", journal)
    assert query(postgres_url, log) == before


@pytest.mark.parametrize("table", ENTITIES)
def test_every_entity_can_be_forgotten_before_it_was_ever_loaded(
    postgres_url: str, table: str
) -> None:
    assert log_size(postgres_url, table) == 0
    assert forget_log(postgres_url, table, **WHY).rows == 0
