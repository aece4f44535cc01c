"""Entities: each change is in the log once, whether the source tells changes or its state."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.ingest.connectors.config import PostgresSource
from finplatform.ingest.connectors.postgres import PostgresConnector
from finplatform.ingest.connectors.source_values import SourceValues
from finplatform.oltp import migrate
from finplatform_tests.integration.ingest_cases import (
    customers,
    digest,
    files,
    line,
    load,
    query,
    write,
)

pytestmark = pytest.mark.integration

SAMPLES = json.loads(
    (Path(__file__).parents[1] / "unit" / "oltp" / "samples.json").read_text(encoding="utf-8")
)
JOURNALLED = PostgresSource.model_validate(
    {"connector": "postgres", "schema": "oltp", "journal": True}
)


@pytest.fixture
def bank(postgres_url: str) -> str:
    migrate.upgrade(postgres_url)
    return postgres_url


def _write(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _add(url: str, table: str, **values: object) -> None:
    row = json.dumps(SAMPLES[table] | values)
    with psycopg.connect(url) as connection:
        connection.execute(
            f"insert into oltp.{table} select * from"
            f" jsonb_populate_record(null::oltp.{table}, %s::jsonb)".encode(),
            (row,),
        )


def _log(url: str, columns: str = "branch_id, city", table: str = "branches") -> list[tuple]:
    return query(
        url, f"select _op, {columns} from bronze.{table} order by _lsn, {columns.split(',')[0]}"
    )


class _Breaking(PostgresConnector):
    """A source whose connection breaks after it has given its rows."""

    def read(self, request: ReadRequest) -> Iterator[Batch]:
        yield from super().read(request)
        raise FinplatformError("The line is dead.")


def test_each_journalled_change_is_stored_once_and_a_failed_load_misses_none(bank: str) -> None:
    source = PostgresConnector(JOURNALLED, bank)
    _add(bank, "branches")
    _write(bank, "update oltp.branches set city = 'Salem'")
    assert load(bank, "branches", source).rows_loaded == 2
    first = digest(bank, "bronze.branches")
    assert load(bank, "branches", source).rows_read == 0
    assert digest(bank, "bronze.branches") == first

    _write(bank, "update oltp.branches set city = 'Lowell'", "delete from oltp.branches")
    position = query(bank, "select position from ops.watermarks")
    with pytest.raises(FinplatformError, match="line is dead"):
        load(bank, "branches", _Breaking(JOURNALLED, bank))
    assert query(bank, "select position from ops.watermarks") == position
    assert digest(bank, "bronze.branches") == first

    assert load(bank, "branches", source).rows_loaded == 2
    _add(bank, "branches", city="Again")
    assert load(bank, "branches", source).rows_loaded == 1
    assert _log(bank) == [
        ("c", "BR001", "Boston"),
        ("u", "BR001", "Salem"),
        ("u", "BR001", "Lowell"),
        ("d", "BR001", "Lowell"),
        ("c", "BR001", "Again"),
    ]


def test_a_journalled_change_that_is_rejected_stays_in_quarantine(bank: str) -> None:
    source = PostgresConnector(JOURNALLED, bank)
    for number in range(20):
        _add(bank, "branches", branch_id=f"BR{number:03}")
    _add(bank, "branches", branch_id="BAD", country="xx")
    assert load(bank, "branches", source).rows_rejected == 1
    _add(bank, "branches", branch_id="BR900")
    assert load(bank, "branches", source).rows_rejected == 0
    assert query(bank, "select origin, column_name, value from quarantine.rejected_rows") == [
        ("branches (journal)", "country", "xx")
    ]


def test_a_journal_of_another_server_is_refused(bank: str) -> None:
    remote = PostgresSource.model_validate(JOURNALLED.model_dump(by_alias=True) | {"url": bank})
    source = PostgresConnector(remote, bank)
    _add(bank, "branches")
    load(bank, "branches", source)
    _write(
        bank,
        "update ops.watermarks set position ="
        " jsonb_set(position::jsonb, '{cluster}', '\"7000/1\"')::text",
    )
    with pytest.raises(FinplatformError, match="After a restore"):
        load(bank, "branches", source)


def test_a_state_is_compared_with_the_last_known_one(postgres_url: str, tmp_path: Path) -> None:
    source, url = files(tmp_path), postgres_url

    def state(*rows: dict[str, str]) -> tuple[int, int, int]:
        write(tmp_path / "customers.csv", rows)
        report = load(url, "customers", source, read="customers.csv")
        return report.rows_loaded, report.rows_unchanged, report.rows_vanished

    one, two, three = customers(3)
    assert state(one, two) == (2, 0, 0)
    first = digest(url, "bronze.customers")
    assert state(one, two) == (0, 2, 0)
    assert digest(url, "bronze.customers") == first
    assert state(one | {"city": "Brno"}, two, three) == (2, 1, 0)
    assert state(one | {"city": "Brno"}, three) == (1, 2, 1)
    assert state(one | {"last_name": "Married"}, two, three) == (2, 1, 0)
    assert _log(url, "customer_id, city, last_name_masked", "customers") == [
        ("r", "CU00000", "Prague", "F***"),
        ("r", "CU00001", "Prague", "F***"),
        ("u", "CU00000", "Brno", "F***"),
        ("c", "CU00002", "Prague", "F***"),
        ("d", "CU00001", "Prague", "F***"),
        ("u", "CU00000", "Prague", "M***"),
        ("c", "CU00001", "Prague", "F***"),
    ]


def test_a_customer_whose_row_is_rejected_is_not_taken_for_gone(
    postgres_url: str, tmp_path: Path
) -> None:
    rows, source = customers(60), files(tmp_path)
    write(tmp_path / "c.csv", rows)
    load(postgres_url, "customers", source, read="c.csv")
    known = digest(postgres_url, "bronze.customers")

    write(tmp_path / "c.csv", [rows[0] | {"country": "czech"}, *rows[1:]])
    report = load(postgres_url, "customers", source, read="c.csv")
    assert (report.rows_rejected, report.rows_loaded) == (1, 0)
    for lost in (line(rows[0] | {"customer_id": ""}), b"CU00000,torn off\n"):
        write(tmp_path / "c.csv", rows[1:], lost)
        report = load(postgres_url, "customers", source, read="c.csv")
        assert (report.rows_rejected, report.rows_loaded) == (1, 0)
    assert digest(postgres_url, "bronze.customers") == known
    write(tmp_path / "c.csv", rows[1:])
    assert load(postgres_url, "customers", source, read="c.csv").rows_vanished == 1


def test_an_empty_state_does_not_delete_everything(postgres_url: str, tmp_path: Path) -> None:
    source = files(tmp_path)
    path = write(tmp_path / "c.csv", customers(3))
    load(postgres_url, "customers", source, read="c.csv")
    path.write_bytes(path.read_bytes().splitlines()[0] + b"\n")
    with pytest.raises(FinplatformError, match="3 are known"):
        load(postgres_url, "customers", source, read="c.csv")
    assert query(postgres_url, "select count(*) from bronze.customers") == [(3,)]


def test_a_state_that_misses_most_entities_is_refused(postgres_url: str, tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    write(path, customers(100))
    load(postgres_url, "customers", files(tmp_path), read="customers.csv")
    before = digest(postgres_url, "bronze.customers")
    write(path, customers(40))
    with pytest.raises(FinplatformError, match="misses 60 of 100 known rows") as refused:
        load(postgres_url, "customers", files(tmp_path), read="customers.csv")
    assert "_op 'd'" in str(refused.value.hint)
    assert digest(postgres_url, "bronze.customers") == before
    write(path, customers(60))
    assert (
        load(postgres_url, "customers", files(tmp_path), read="customers.csv").rows_vanished == 40
    )


def test_a_state_that_names_a_customer_twice_keeps_the_first(
    postgres_url: str, tmp_path: Path
) -> None:
    rows = customers(30)
    write(tmp_path / "c.csv", [*rows, rows[4] | {"city": "Brno"}])
    load(postgres_url, "customers", files(tmp_path), read="c.csv")
    assert query(postgres_url, "select distinct city from bronze.customers") == [("Prague",)]
    assert query(postgres_url, "select rule, value from quarantine.rejected_rows") == [
        ("unique(customer_id)", "CU00004")
    ]


def test_a_change_log_in_files_is_appended_once_and_mistakes_are_rejected(
    postgres_url: str, tmp_path: Path
) -> None:
    def change(number: int, at: str, op: str, **values: str) -> dict[str, str]:
        return customers(60)[number] | {"modified": at, "_op": op} | values

    source = files(tmp_path)
    options: dict = {"read": "log_*.csv", "columns": {"_changed_at": "modified"}}
    started = [change(number, "2025-01-01 00:00:00", "r") for number in range(60)]
    moved = change(1, "2025-01-02 10:00:00", "u", city="Brno")
    write(tmp_path / "log_1.csv", [*started, moved])
    write(
        tmp_path / "log_2.csv",
        [
            moved,
            change(1, "2025-01-03 10:00:00", "d", city="Brno"),
            change(2, "2025-01-03 10:00:00", "x"),
            change(3, "", "u"),
            change(0, "2025-01-01 00:00:00", "r", city="Elsewhere"),
        ],
    )
    prague = SourceValues(timezone="Europe/Prague")
    report = load(postgres_url, "customers", source, values=prague, **options)
    assert (report.rows_loaded, report.rows_rejected, report.rows_unchanged) == (62, 3, 1)
    assert sorted(report.reasons) == [
        "_changed_at not_nullable",
        "_op isin(c, d, r, u)",
        "customer_id unique(customer_id, _lsn)",
    ]
    once = digest(postgres_url, "bronze.customers")
    assert load(postgres_url, "customers", source, values=prague, **options).rows_loaded == 0
    assert digest(postgres_url, "bronze.customers") == once
    assert query(
        postgres_url,
        "select _op, city, _changed_at from bronze.customers where customer_id = 'CU00001'"
        " order by _lsn",
    ) == [
        ("r", "Prague", datetime(2024, 12, 31, 23, tzinfo=UTC)),
        ("u", "Brno", datetime(2025, 1, 2, 9, tzinfo=UTC)),
        ("d", "Brno", datetime(2025, 1, 3, 9, tzinfo=UTC)),
    ]


def test_of_daily_states_the_newest_file_is_the_present_one(
    postgres_url: str, tmp_path: Path
) -> None:
    rows = customers(3)
    write(tmp_path / "customers_20250102.csv", [rows[0] | {"city": "Brno"}, *rows[1:]])
    write(tmp_path / "customers_20241231.csv", rows)
    load(postgres_url, "customers", files(tmp_path), read="customers_{date:%Y%m%d}.csv")
    assert query(postgres_url, "select count(*) from bronze.customers where city = 'Brno'") == [
        (1,)
    ]


def test_a_whole_table_is_replaced_and_a_repeated_row_rejected(
    postgres_url: str, tmp_path: Path
) -> None:
    header = "country,indicator_code,indicator_date,value,unit,source\n"
    rows = [f"CZ,GDP,{year}-12-31,{year}.5,mn,WB\n" for year in range(1980, 2020)]
    path = tmp_path / "e.csv"
    for body in (rows, [*rows[5:], "CZ,GDP,2019-12-31,7,mn,WB\n"]):
        path.write_text(header + "".join(body))
        report = load(postgres_url, "economic_indicators", files(tmp_path), read="e.csv")
    assert (report.rows_loaded, report.rows_rejected) == (35, 1)
    assert query(
        postgres_url,
        "select count(*), min(value), max(value) from bronze.economic_indicators",
    ) == [(35, 1985.5, 2019.5)]


BRANCH = {
    "branch_id": "B1", "branch_name": "Main", "city": "", "state": "", "country": "CZ",
    "region": "Moravia", "timezone": "Europe/Prague", "opened_date": "1999-05-01",
}  # fmt: skip


def _changes(folder: Path, name: str, *rows: dict[str, str]) -> None:
    write(folder / name, [BRANCH | row for row in rows])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"_changed_at": "2025-01-10"}, {"_changed_at": "2025-01-10"}),
        ({"_changed_at": "2025-01-10T10:00:00Z"}, {"_changed_at": "2025-01-10T10:00:00Z"}),
        (
            {"_changed_at": "2025-01-10T10:00:00Z", "_lsn": "7"},
            {"_changed_at": "2025-01-11T10:00:00Z", "_lsn": "7"},
        ),
        (
            {"_changed_at": "2025-01-10T10:00:00Z", "_lsn": "7"},
            {"_changed_at": "2025-01-10T10:00:00Z", "_lsn": "7", "_op": "d"},
        ),
    ],
    ids=["day", "instant", "position", "deletion"],
)
def test_another_change_at_a_known_instant_or_position_is_kept_behind_it_and_once(
    postgres_url: str, tmp_path: Path, first: dict[str, str], second: dict[str, str]
) -> None:
    _changes(tmp_path, "first.csv", {"_op": "c", "city": "Brno"} | first)
    _changes(tmp_path, "second.csv", {"_op": "u", "city": "Praha"} | second)
    expected = [("c", "Brno"), (second.get("_op", "u"), "Praha")]
    for name, loaded in (("first", 1), ("second", 1), ("first", 0), ("second", 0), ("second", 0)):
        report = load(postgres_url, "branches", files(tmp_path), read=f"{name}.csv")
        assert (report.rows_loaded, report.rows_unchanged) == (loaded, 1 - loaded)
    assert (
        query(postgres_url, "select _op, city from bronze.branches order by _changed_at, _lsn")
        == expected
    )


def test_changes_that_push_one_another_on_are_all_kept(postgres_url: str, tmp_path: Path) -> None:
    at = {"_changed_at": "2025-01-10T10:00:00Z", "_op": "u"}
    towns = ["Brno", "Praha", "Plzen", "Olomouc"]
    _changes(tmp_path, "a.csv", *(at | {"city": t, "_lsn": str(n)} for n, t in enumerate(towns)))
    load(postgres_url, "branches", files(tmp_path), read="a.csv")
    others = ["Wien", "Bregenz", "Graz", "Salzburg"]
    _changes(tmp_path, "b.csv", *(at | {"city": t, "_lsn": str(n)} for n, t in enumerate(others)))
    for loaded in (4, 0):
        report = load(postgres_url, "branches", files(tmp_path), read="b.csv")
        assert report.rows_loaded == loaded
    found = query(postgres_url, "select city from bronze.branches order by _lsn")
    assert sorted(city for (city,) in found) == sorted(towns + others)
    assert [city for (city,) in found if city in towns] == towns
    assert [city for (city,) in found if city in others] == others
