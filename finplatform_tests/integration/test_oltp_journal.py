"""The journal on PostgreSQL: however writers overlap, a reader sees each of their rows once."""

import json
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg.rows import dict_row

from finplatform.oltp import journal, migrate
from finplatform.oltp.codes import ENTITY_TABLES
from finplatform.oltp.journal import START, Watermark

pytestmark = pytest.mark.integration

SAMPLES = json.loads(
    (Path(__file__).parents[1] / "unit" / "oltp" / "samples.json").read_text(encoding="utf-8")
)
Connection = psycopg.Connection[dict[str, Any]]

INSERT = """
insert into oltp.branches
select * from jsonb_populate_record(null::oltp.branches, %s::jsonb || %s::jsonb)
"""
BRANCH = json.dumps(SAMPLES["branches"])


def _connect(url: str) -> Connection:
    return psycopg.connect(url, row_factory=dict_row)


@pytest.fixture
def bank(postgres_url: str) -> str:
    migrate.upgrade(postgres_url)
    return postgres_url


@pytest.fixture
def one(bank: str) -> Iterator[Connection]:
    with _connect(bank) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def two(bank: str) -> Iterator[Connection]:
    with _connect(bank) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def reader(bank: str) -> Iterator[Connection]:
    with _connect(bank) as connection:
        connection.autocommit = True
        yield connection


def _add(connection: Connection, branch_id: str, **values: Any) -> None:
    connection.execute(INSERT, (BRANCH, json.dumps({"branch_id": branch_id} | values)))


def _read(
    connection: Connection, after: Watermark = START, limit: int | None = None
) -> tuple[list[dict[str, Any]], Watermark]:
    rows = connection.execute(journal.read_changes_sql("branches", after, limit)).fetchall()
    mark = Watermark(rows[-1]["xid"], rows[-1]["lsn"]) if rows else after
    assert mark > after or not rows
    return rows, mark


def test_a_row_that_commits_late_is_read_late_and_not_lost(
    one: Connection, two: Connection, reader: Connection
) -> None:
    _add(one, "EARLY")
    _add(two, "LATE")
    two.commit()
    rows, mark = _read(reader)
    assert rows == []
    one.commit()
    rows, mark = _read(reader, mark)
    assert [row["branch_id"] for row in rows] == ["EARLY", "LATE"]
    assert _read(reader, mark) == ([], mark)


def test_versions_are_ordered_by_lsn_when_they_arrive_in_another_order(
    one: Connection, two: Connection, reader: Connection
) -> None:
    _add(one, "BR001", city="first")
    one.commit()
    two.execute("select pg_current_xact_id()")
    one.execute("update oltp.branches set city = 'second'")
    one.commit()
    two.execute("update oltp.branches set city = 'third'")
    two.commit()
    arrived, mark = [], START
    while batch := _read(reader, mark, limit=1)[0]:
        mark = Watermark(batch[0]["xid"], batch[0]["lsn"])
        arrived += batch
    assert [row["city"] for row in arrived] == ["first", "third", "second"]
    ordered = sorted(arrived, key=lambda row: row["lsn"])
    assert [row["city"] for row in ordered] == ["first", "second", "third"]
    assert [row["changed_at"] for row in ordered] == sorted(row["changed_at"] for row in arrived)


def _write(url: str, seed: int) -> None:
    """Random short transactions on a few shared rows; some roll back, some dawdle."""
    chance = np.random.default_rng(seed)
    with _connect(url) as connection:
        for _ in range(40):
            # Rows are locked in one order, so that writers wait for each other and never deadlock.
            for number in sorted(chance.choice(25, size=chance.integers(1, 5), replace=False)):
                branch = f"BR{number:03}"
                if chance.random() < 0.2:
                    connection.execute("delete from oltp.branches where branch_id = %s", (branch,))
                else:
                    connection.execute(
                        INSERT + "on conflict (branch_id) do update set city = excluded.city",
                        (BRANCH, json.dumps({"branch_id": branch, "city": str(chance.random())})),
                    )
                time.sleep(chance.choice((0, 0, 0.001, 0.004)))
            if chance.random() < 0.15:
                connection.rollback()
            else:
                connection.commit()


def test_a_polling_reader_sees_every_change_of_many_writers_once(
    bank: str, reader: Connection
) -> None:
    seed = secrets.randbits(32)
    chance, mark = np.random.default_rng(seed), START
    seen: list[dict[str, Any]] = []
    with ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(_write, bank, seed + number) for number in range(8)]
        while True:
            finished = all(writer.done() for writer in writers)
            rows, mark = _read(reader, mark, limit=int(chance.integers(1, 60)))
            seen += rows
            if finished and not rows:
                break
    for writer in writers:
        writer.result()
    written = reader.execute("select journal_id from oltp.change_journal order by 1").fetchall()
    assert len(seen) > 100
    assert sorted(row["lsn"] for row in seen) == [row["journal_id"] for row in written], seed
    last = {row["branch_id"]: row for row in sorted(seen, key=lambda row: row["lsn"])}
    replayed = {branch: row["city"] for branch, row in last.items() if row["op"] != "d"}
    found = reader.execute("select branch_id, city from oltp.branches").fetchall()
    assert replayed == {row["branch_id"]: row["city"] for row in found}, seed


def test_a_read_row_is_the_row_of_the_table(one: Connection, reader: Connection) -> None:
    for table in ENTITY_TABLES:
        one.execute(
            f"insert into oltp.{table} select * from jsonb_populate_record(null::oltp.{table}, %s)",
            (json.dumps(SAMPLES[table]),),
        )
    one.commit()
    for table in ENTITY_TABLES:
        (change,) = reader.execute(journal.read_changes_sql(table)).fetchall()
        row = reader.execute(f"select * from oltp.{table}").fetchone()
        head = {key: change.pop(key) for key in ("op", "changed_at", "lsn", "xid")}
        assert head["op"] == "c"
        assert change == row


def test_truncate_is_refused(one: Connection) -> None:
    _add(one, "BR001")
    one.commit()
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="change journal"):
        one.execute("truncate oltp.branches cascade")
    one.rollback()
    assert one.execute("select branch_id from oltp.branches").fetchall() == [{"branch_id": "BR001"}]


def test_a_role_that_may_write_an_entity_cannot_forge_the_journal(one: Connection) -> None:
    one.execute("create role teller")
    one.execute("grant teller to current_user with set true")
    one.execute("grant usage, create on schema oltp to teller")
    one.execute("grant select, insert, update on oltp.branches to teller")
    one.execute("set local role teller")
    _add(one, "BR001")
    for forgery in (
        "delete from oltp.change_journal",
        "insert into oltp.change_journal select * from oltp.change_journal",
        "create table oltp.mine (branch_id text);"
        " create trigger forge after insert on oltp.mine"
        " for each row execute function oltp.journal_change('branch_id')",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), one.transaction():
            one.execute(forgery)
    one.execute("reset role")
    assert len(one.execute("select * from oltp.change_journal").fetchall()) == 1
    one.rollback()


def test_a_journal_from_another_cluster_is_read_again_after_rebasing(
    one: Connection, reader: Connection
) -> None:
    _add(one, "BR001")
    one.execute("update oltp.change_journal set xid = '99999999999'")
    one.commit()
    assert _read(reader) == ([], START)
    one.execute(journal.REBASE_SQL)
    one.commit()
    rows, mark = _read(reader)
    assert len(rows) == 1
    _add(one, "BR002")
    one.commit()
    assert [row["branch_id"] for row in _read(reader, mark)[0]] == ["BR002"]


def test_the_source_names_itself_to_any_role(one: Connection) -> None:
    one.execute("create role reader_only")
    one.execute("grant reader_only to current_user with set true")
    one.execute("set local role reader_only")
    (row,) = one.execute(journal.SOURCE_IDENTITY_SQL).fetchall()
    assert row["source_identity"].split("/")[0].isdigit()
    one.rollback()
