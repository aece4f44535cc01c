"""The journal on SQLite, and the query text that reads it on PostgreSQL."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from finplatform.errors import FinplatformError
from finplatform.oltp import journal, migrate
from finplatform.oltp.codes import ENTITY_TABLES

SAMPLES = json.loads(Path(__file__).with_name("samples.json").read_text(encoding="utf-8"))


@pytest.fixture
def bank() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    migrate.upgrade(engine)
    with engine.begin() as connection:
        for table in ENTITY_TABLES:
            row = SAMPLES[table]
            marks = ", ".join("?" * len(row))
            connection.exec_driver_sql(
                f"insert into {table} ({', '.join(row)}) values ({marks})", tuple(row.values())
            )
        yield connection
    engine.dispose()


def _journalled(bank: sa.Connection, table: str) -> list[tuple[str, str, dict[str, Any]]]:
    rows: Any = bank.exec_driver_sql(
        "select op, entity_id, row_data from change_journal where table_name = ?"
        " order by journal_id",
        (table,),
    )
    return [(op, entity, json.loads(data)) for op, entity, data in rows]


@pytest.mark.parametrize("table", ENTITY_TABLES)
def test_the_journalled_row_is_the_row(bank: sa.Connection, table: str) -> None:
    ((op, entity, data),) = _journalled(bank, table)
    assert (op, entity) == ("c", next(iter(SAMPLES[table].values())))
    # As text, because to Python true is equal to 1.
    assert json.dumps(data) == json.dumps(SAMPLES[table])


def test_a_changed_key_ends_one_entity_and_begins_another(bank: sa.Connection) -> None:
    bank.exec_driver_sql("update merchants set merchant_id = 'ME002'")
    _, ended, begun = _journalled(bank, "merchants")
    assert (ended[0], ended[2]["merchant_id"]) == ("d", "ME001")
    assert (begun[0], begun[2]["merchant_id"]) == ("c", "ME002")


def test_journal_ids_are_not_given_twice(bank: sa.Connection) -> None:
    last: int = bank.exec_driver_sql("select max(journal_id) from change_journal").scalar_one()
    bank.exec_driver_sql("delete from change_journal")
    bank.exec_driver_sql("update branches set city = 'Salem'")
    assert bank.exec_driver_sql("select journal_id from change_journal").scalar_one() == last + 1


def test_installing_again_follows_the_table(bank: sa.Connection) -> None:
    bank.exec_driver_sql("alter table branches add column floor integer")
    journal.install(bank)
    bank.exec_driver_sql("update branches set floor = 2")
    assert _journalled(bank, "branches")[-1][2]["floor"] == 2


@pytest.mark.parametrize("table", ["transactions", "customers; drop table x", ""])
def test_only_entities_can_be_read(table: str) -> None:
    with pytest.raises(FinplatformError, match="Journalled are: branches"):
        journal.read_changes_sql(table)


def test_a_watermark_is_numbers_only() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        journal.read_changes_sql("loans", journal.Watermark("0' or true --", 0))  # type: ignore[arg-type]
