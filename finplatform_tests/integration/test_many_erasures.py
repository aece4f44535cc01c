"""A thousand people erased at once, and again after a backup has brought them back."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

from finplatform.privacy.erasure import Order, Place, erase, replay
from finplatform.privacy.ledger import ledger_path, read
from finplatform.privacy.relations import stored_tables
from finplatform.privacy.table_search import find_in_tables
from finplatform.security.audit.events import Event
from finplatform.security.keys import KEY_FILE
from finplatform.security.rights import load_rights
from finplatform.settings import Settings
from finplatform.warehouse.audit_log import record, trail
from finplatform.warehouse.audit_seals import verify_trail
from finplatform.warehouse.database import Warehouse
from finplatform_tests.databases import new_databases
from finplatform_tests.integration.ingest_cases import (
    MASTER,
    Row,
    accounts,
    customers,
    files,
    load,
    query,
    write,
)
from finplatform_tests.integration.private_bank import end_sessions

pytestmark = pytest.mark.integration

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
KNOWN, ERASED = 1_200, 1_000


def _accounts() -> list[Row]:
    rows = accounts([f"AC{number:07d}" for number in range(KNOWN)])
    return [row | {"customer_id": f"CU{number:05d}"} for number, row in enumerate(rows)]


def _clear() -> list[str]:
    """What identifies the thousand, as the source has it."""
    people = customers(KNOWN)[:ERASED]
    texts = [row[name] for row in people for name in ("email", "phone")]
    texts += [f"{row['first_name']} {row['last_name']}" for row in people]
    return texts + [row["account_number"] for row in _accounts()[:ERASED]]


def _settings(tmp_path: Path) -> Settings:
    """Settings of a home that has the key which the files were loaded under."""
    settings = Settings(home=tmp_path / "home")
    settings.keys.mkdir(mode=0o700, parents=True)
    key = settings.keys / KEY_FILE
    key.touch(mode=0o600)
    key.write_text(MASTER.export())
    return settings


def _readable(url: str, settings: Settings) -> tuple[int, int]:
    """People whose key opens, and columns that hold a clear value of the thousand."""
    place = Place.of(settings, Warehouse(make_url(url)))
    with place.warehouse.connect() as connection:
        tables = stored_tables(connection, load_rights())
    ((keys,),) = query(url, "select count(*) from vault.customer_keys"
                            " where wrapped_key is not null and subject_id < 'CU01000'"
                            " and subject_id like 'CU%'")  # fmt: skip
    return keys, len(find_in_tables(url, tables, _clear()))


def test_a_thousand_people_are_erased_at_once_and_after_a_restore_none_can_be_read(
    postgres_server: URL, tmp_path: Path
) -> None:
    settings = _settings(tmp_path)
    write(tmp_path / "in" / "customers.csv", customers(KNOWN), b"CU00003,Given3,Family3\n")
    write(tmp_path / "in" / "accounts.csv", _accounts())
    with new_databases(postgres_server, "many") as (url,):
        source = files(tmp_path / "in")
        load(url, "customers", source, read="customers.csv")
        load(url, "accounts", source, read="accounts.csv")
        warehouse = Warehouse(make_url(url))
        with trail(warehouse) as connection:
            record(connection, Event("test", "operator", "before", "anything"))
        with new_databases(
            postgres_server, "backup", template=end_sessions(postgres_server, url)
        ) as (backup,):
            place = Place.of(settings, warehouse)
            sums = "select count(*), sum(annual_income), sum(credit_score) from bronze.customers"
            before = query(url, sums)
            orders = [
                Order(f"CU{number:05d}", f"PR-{number:010x}", "anna", "Letters")
                for number in range(ERASED)
            ]
            done = erase(place, orders, at=AT)
            assert done.subjects == ERASED
            assert query(url, sums) == before
            assert _readable(url, settings) == (0, 0)
            assert len(read(ledger_path(settings))) == ERASED
            assert verify_trail(settings, warehouse, None).findings == ()
            others = "select count(*) from vault.customer_keys where wrapped_key is not null"
            ((left,),) = query(url, f"{others} and subject_id like 'CU%'")
            assert left == KNOWN - ERASED
            assert _readable(backup, settings)[0] == ERASED
            assert replay(backup, settings) == ERASED
            assert _readable(backup, settings) == (0, 0)
            assert query(backup, sums) == before


def test_a_backup_from_before_a_rotation_is_erased_again_though_nothing_in_it_opens(
    postgres_url: str, tmp_path: Path
) -> None:
    settings = _settings(tmp_path)
    write(tmp_path / "customers.csv", customers(5))
    load(postgres_url, "customers", files(tmp_path), read="customers.csv")
    orders = [Order("CU00001", "PR-0", "anna", "Letter")]
    place = Place.of(settings, Warehouse(make_url(postgres_url)))
    kept = query(postgres_url, "select subject_id, wrapped_key from vault.customer_keys")
    erase(place, orders, at=AT)
    (settings.keys / KEY_FILE).write_text(MASTER.rotated().export())
    with psycopg.connect(postgres_url) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "update vault.customer_keys set wrapped_key = %s, destroyed_at = null"
            " where subject_id = %s",
            [(wrapped, subject) for subject, wrapped in kept],
        )
        connection.execute("update bronze.customers set email_token = md5('restored')")
    assert replay(postgres_url, settings) == 1
    left = "select email_token is null, wrapped_key is null from bronze.customers"
    joined = f"{left} inner join vault.customer_keys on subject_id = customer_id"
    assert query(postgres_url, f"{joined} where customer_id = 'CU00001'") == [(True, True)]


def test_rows_of_the_erased_are_no_reason_to_refuse_a_load(
    postgres_url: str, tmp_path: Path
) -> None:
    settings = _settings(tmp_path)
    write(tmp_path / "customers.csv", customers(40))
    load(postgres_url, "customers", files(tmp_path), read="customers.csv")
    place = Place.of(settings, Warehouse(make_url(postgres_url)))
    orders = [Order(f"CU{number:05d}", "PR-0", "anna", "Letters") for number in range(20)]
    erase(place, orders, at=AT)
    before = pl.Series(query(postgres_url, "select t::text from bronze.customers as t order by 1"))
    report = load(postgres_url, "customers", files(tmp_path), read="customers.csv")
    assert (report.rows_rejected, report.rows_erased) == (20, 20)
    after = pl.Series(query(postgres_url, "select t::text from bronze.customers as t order by 1"))
    assert after.equals(before)
