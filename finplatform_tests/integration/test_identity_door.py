"""Sealed identities by the batch: every subject is in the trail before the first is opened."""

from pathlib import Path

import polars as pl
import psycopg
import pytest
from sqlalchemy.engine import make_url

from finplatform.errors import FinplatformError
from finplatform.security.keys import MasterKey
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.identities import ACTION, IdentityDoor
from finplatform_tests.integration.ingest_cases import (
    MASTER,
    customers,
    files,
    load,
    query,
    write,
)

pytestmark = pytest.mark.integration

FIELDS = ["first_name", "last_name", "nickname"]
EVENTS = f"select actor, detail from audit.event_log where action = '{ACTION}' order by seq"


@pytest.fixture
def warehouse(postgres_url: str, tmp_path: Path) -> Warehouse:
    write(tmp_path / "c.csv", customers(40))
    load(postgres_url, "customers", files(tmp_path), read="c.csv")
    return Warehouse(make_url(postgres_url))


def _door(warehouse: Warehouse, master: MasterKey = MASTER) -> IdentityDoor:
    return IdentityDoor(warehouse, master, "a test", "platform", "to see whether it opens")


def _identities(warehouse: Warehouse) -> pl.Series:
    found = query(warehouse.url, "select identity_id from bronze.customers order by 1")
    return pl.Series([row[0] for row in found], dtype=pl.String)


def test_clear_fields_are_those_of_the_source_and_one_that_is_lacking_is_null(
    warehouse: Warehouse,
) -> None:
    opened = pl.concat(_door(warehouse).open(_identities(warehouse), FIELDS))
    given = {row["customer_id"]: row["last_name"] for row in customers(40)}
    assert dict(opened.select("subject_id", "last_name").iter_rows()) == given
    assert opened["nickname"].null_count() == opened.height


def test_one_event_names_every_subject_with_actor_and_reason(warehouse: Warehouse) -> None:
    list(_door(warehouse).open(_identities(warehouse), FIELDS))
    ((actor, detail),) = query(warehouse.url, EVENTS)
    assert actor == "a test"
    assert detail["reason"] == "to see whether it opens"
    assert sorted(detail["subjects"]) == sorted(row["customer_id"] for row in customers(40))


def test_nothing_is_opened_that_cannot_be_recorded(warehouse: Warehouse) -> None:
    with psycopg.connect(warehouse.url) as connection:
        connection.execute("drop function audit.append_events (jsonb)")
    with pytest.raises(psycopg.Error):
        next(_door(warehouse).open(_identities(warehouse), FIELDS))


def test_erased_unknown_and_missing_identities_are_left_out(warehouse: Warehouse) -> None:
    identities = _identities(warehouse)
    (gone,) = query(
        warehouse.url,
        "update vault.customer_keys set wrapped_key = null, destroyed_at = now()"
        " where subject_id = (select min(subject_id) from vault.customer_keys)"
        " returning subject_id",
    )
    asked = pl.concat([identities, pl.Series([None, "unknown"], dtype=pl.String)])
    opened = pl.concat(_door(warehouse).open(asked, FIELDS))
    assert opened.height == len(identities) - 1
    assert gone[0] not in opened["subject_id"].to_list()


def test_without_identities_nothing_is_recorded(warehouse: Warehouse) -> None:
    assert list(_door(warehouse).open(pl.Series([], dtype=pl.String), FIELDS)) == []
    assert query(warehouse.url, EVENTS) == []


def test_another_master_key_opens_nothing(warehouse: Warehouse) -> None:
    with pytest.raises(FinplatformError, match="does not open with this master key"):
        list(_door(warehouse, MasterKey(b"o" * 32)).open(_identities(warehouse), FIELDS))
