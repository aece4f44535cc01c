"""The master key: a vault that is in use accepts no other, and trying one changes nothing."""

import base64
import os
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import TableConfig
from finplatform.ingest.connectors.registry import TableSource
from finplatform.ingest.load import TableLoader
from finplatform.ingest.vault_key import vault_master_key
from finplatform.security.keys import MasterKey, load_master_key, rotating_master_key
from finplatform.security.subject_keys import rewrap
from finplatform.settings import Settings
from finplatform.warehouse import bulk
from finplatform_tests.integration.ingest_cases import (
    SETTINGS,
    accounts,
    customers,
    digest,
    files,
    write,
)

pytestmark = pytest.mark.integration


def load_customers(url: str, settings: Settings, folder: Path) -> None:
    write(folder / "customers.csv", customers(20))
    _load(url, settings, folder, "customers")


def _load(url: str, settings: Settings, folder: Path, table: str) -> None:
    entry = TableConfig.model_validate({"source": "s", "read": f"{table}.csv"})
    master = vault_master_key(url, settings)
    places = [TableSource(entry, files(folder))]
    TableLoader(SOURCES[table], places, master, SETTINGS).load(url, None)


def _put(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


def _delete(path: Path) -> None:
    path.unlink()


def _swap(path: Path) -> None:
    path.write_text(MasterKey.generate().export())


def _cut(path: Path) -> None:
    path.write_text(path.read_text()[:20])


def _garble(path: Path) -> None:
    path.write_bytes(os.urandom(64))


def _flip(path: Path) -> None:
    secret = bytearray(base64.b64decode(path.read_text()))
    secret[7] ^= 1
    path.write_text(base64.b64encode(secret).decode())


@pytest.mark.parametrize("damage", [_delete, _swap, _cut, _garble, _flip])
def test_a_vault_in_use_refuses_every_other_master_key_and_stays_as_it_is(
    damage: Callable[[Path], None], postgres_url: str, settings: Settings, tmp_path: Path
) -> None:
    load_customers(postgres_url, settings, tmp_path)
    key_file = settings.keys / "master.key"
    kept, before = key_file.read_text(), _everything(postgres_url)
    damage(key_file)
    was_there = key_file.exists()
    write(tmp_path / "accounts.csv", accounts(("AC1",)))
    with pytest.raises(FinplatformError, match="master key") as caught:
        _load(postgres_url, settings, tmp_path, "accounts")
    assert "Put back" in str(caught.value.hint)
    assert kept not in f"{caught.value.message}{caught.value.hint}"
    assert key_file.exists() == was_there
    _put(key_file, kept)
    assert _everything(postgres_url) == before
    _load(postgres_url, settings, tmp_path, "accounts")


def test_tokens_alone_bind_a_warehouse_to_its_key(
    postgres_url: str, settings: Settings, tmp_path: Path
) -> None:
    vault_master_key(postgres_url, settings)
    other = settings.model_copy(update={"master_key": SecretStr(MasterKey.generate().export())})
    with pytest.raises(FinplatformError, match="not the one that made the tokens"):
        vault_master_key(postgres_url, other)


def test_a_warehouse_from_before_the_fingerprint_is_known_by_its_customers_keys(
    postgres_url: str, settings: Settings, tmp_path: Path
) -> None:
    load_customers(postgres_url, settings, tmp_path)
    with psycopg.connect(postgres_url) as connection:
        connection.execute("drop table vault.token_key")
    key_file = settings.keys / "master.key"
    kept = key_file.read_text()
    key_file.unlink()
    with pytest.raises(FinplatformError, match="no master key"):
        vault_master_key(postgres_url, settings)
    _put(key_file, MasterKey.generate().export())
    with pytest.raises(FinplatformError, match="does not open the customers' keys"):
        vault_master_key(postgres_url, settings)
    _put(key_file, kept)
    assert vault_master_key(postgres_url, settings).export() == kept.strip()


def test_a_rotated_key_goes_on(postgres_url: str, settings: Settings, tmp_path: Path) -> None:
    load_customers(postgres_url, settings, tmp_path)
    with rotating_master_key(settings) as (old, new), bulk.connect(postgres_url) as connection:
        keys = bulk.read_frame(connection, "select * from vault.customer_keys")
        for subject, wrapped in rewrap(keys, old, new).select("subject_id", "wrapped_key").rows():
            bulk.execute(
                connection,
                f"update vault.customer_keys set wrapped_key = '\\x{wrapped.hex()}'::bytea"
                f" where subject_id = '{subject}'",
            )
    assert vault_master_key(postgres_url, settings).export() == load_master_key(settings).export()
    load_customers(postgres_url, settings, tmp_path)


def _everything(url: str) -> dict[str, str]:
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select schemaname || '.' || tablename from pg_tables"
            " where schemaname in ('bronze', 'vault', 'quarantine', 'ops') order by 1"
        ).fetchall()
    return {table: digest(url, table) for (table,) in tables}
