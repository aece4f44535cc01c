"""Sources: tables and files are loaded by configuration, and mistakes are reported clearly."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import PostgresSource
from finplatform.ingest.connectors.postgres import PostgresConnector
from finplatform.windows import Window
from finplatform_tests.integration.ingest_cases import (
    JANUARY,
    SETTINGS,
    customers,
    digests,
    files,
    load,
    load_accounts,
    query,
    transactions,
    write,
)

pytestmark = pytest.mark.integration

CORE = """
create schema core;
create domain core.amount as numeric(20,4);
create type core.kind as enum ('CARD_PAYMENT', 'DEPOSIT');
create table core.bookings (
    id uuid primary key default gen_random_uuid(), acct char(12), kind core.kind,
    amt core.amount, fee money, ccy varchar(3), ts timestamp, day date, note text
);
insert into core.bookings (acct, kind, amt, fee, ccy, ts, day)
select 'AC00001', 'DEPOSIT', 10.5, 1.25, 'USD', timestamp '2025-01-01 23:30' + n * interval '1 day',
    date '2025-01-01' + n
from generate_series(0, 59) as n;
"""
MAPPING: dict = {
    "read": "bookings",
    "select": "select id as transaction_id, acct as account_id, kind as transaction_type,"
    " amt as amount, fee as fees, ccy as currency, ts as transaction_date from source",
    "date_column": "ts",
    "defaults": {"channel": "BRANCH", "status": "COMPLETED", "exchange_rate": 1},
}


def _core(url: str, schema: str = "core") -> PostgresConnector:
    source = PostgresSource.model_validate(
        {"connector": "postgres", "schema": schema, "url": url.replace("UTC", "Asia/Tokyo")}
    )
    assert source.url is not None
    return PostgresConnector(source, source.url.get_secret_value())


def _execute(url: str, statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements.encode())


@pytest.fixture
def core(postgres_url: str, tmp_path: Path) -> str:
    load_accounts(postgres_url, tmp_path)
    _execute(postgres_url, CORE)
    return postgres_url


def test_a_day_is_one_of_utc_whatever_the_source_s_clock(core: str) -> None:
    _execute(
        core, "alter table core.bookings alter ts type timestamptz using ts at time zone 'UTC'"
    )
    report = load(core, "transactions", _core(core), JANUARY, **MAPPING)
    assert (report.rows_loaded, report.rows_elsewhere) == (31, 0)


def test_a_table_of_other_names_and_types_comes_in_by_its_mapping(core: str) -> None:
    report = load(core, "transactions", _core(core), JANUARY, **MAPPING)
    assert (report.rows_loaded, report.rows_rejected, report.rows_elsewhere) == (31, 0, 0)
    stored = query(
        core,
        "select t.transaction_id = b.id::text, account_id, t.amount, t.fees,"
        " t.transaction_date = b.ts at time zone 'UTC', exchange_rate, description"
        " from bronze.transactions as t inner join core.bookings as b"
        " on b.id::text = t.transaction_id",
    )
    assert len(stored) == 31
    assert set(stored) == {
        (True, "AC00001", Decimal("10.50"), Decimal("1.25"), True, Decimal(1), None)
    }


def test_a_row_without_a_date_or_number_is_found_and_rejected(core: str) -> None:
    _execute(
        core,
        "update core.bookings set ts = null where day = '2025-01-03';"
        "update core.bookings set amt = 'NaN' where day = '2025-01-04';"
        "update core.bookings set amt = 10.1234 where day = '2025-03-01'",
    )
    with pytest.raises(FinplatformError, match="1 amount type"):
        load(core, "transactions", _core(core), Window.day(date(2025, 3, 1)), **MAPPING)
    settings = replace(SETTINGS, reject_limit=0.1)
    load(core, "transactions", _core(core), JANUARY, settings=settings, **MAPPING)
    rejected = query(
        core,
        "select column_name, rule, value, partition_date from quarantine.rejected_rows order by 1",
    )
    assert rejected == [
        ("amount", "type(numeric(18,2))", "NaN", date(2025, 1, 4)),
        ("transaction_date", "not_nullable", None, None),
    ]


@pytest.mark.parametrize("ends", ["-infinity", "infinity"])
def test_the_end_of_time_is_no_date(core: str, ends: str) -> None:
    _execute(core, f"update core.bookings set ts = '{ends}' where day = '2025-01-05'")
    for window, rows in ((None, 60), (JANUARY, 31), (Window.day(date(2025, 1, 5)), 1)):
        settings = replace(SETTINGS, reject_limit=1.0)
        report = load(core, "transactions", _core(core), window, settings=settings, **MAPPING)
        assert (report.rows_read, report.rows_rejected) == (rows, 1)
        assert query(core, "select rule, value from quarantine.rejected_rows") == [
            ("type(timestamptz)", "out of range")
        ]


def test_a_date_that_is_text_is_cut_here_and_not_there(core: str) -> None:
    _execute(core, "alter table core.bookings add t text;"
                   "update core.bookings set t = to_char(ts, 'DD.MM.YYYY HH24:MI')")  # fmt: skip
    mapping = MAPPING | {
        "date_column": "t",
        "select": MAPPING["select"].replace("ts as", "t as"),
        "formats": {"transaction_date": "%d.%m.%Y %H:%M"},
    }
    report = load(core, "transactions", _core(core), JANUARY, **mapping)
    assert (report.rows_loaded, report.rows_elsewhere) == (31, 29)


def test_a_lookup_completes_rows(core: str) -> None:
    _execute(core, "create table core.rates as select 'USD' as ccy, 22.5 as rate")
    mapping = MAPPING | {
        "lookups": {"rates": "rates"},
        "select": MAPPING["select"].replace(
            " from source", ", rate as exchange_rate from source join rates using (ccy)"
        ).replace("ccy as", "source.ccy as"),
        "defaults": {"channel": "BRANCH", "status": "COMPLETED"},
    }  # fmt: skip
    load(core, "transactions", _core(core), JANUARY, **mapping)
    assert query(core, "select distinct exchange_rate from bronze.transactions") == [
        (Decimal("22.5"),)
    ]


def _parquet(path: Path, **changes: object) -> None:
    count = 40
    columns: dict[str, object] = {
        "transaction_id": pa.array(range(count), pa.int64()),
        "account_id": pa.array(["AC00001"] * count).dictionary_encode(),
        "transaction_type": ["DEPOSIT"] * count,
        "amount": pa.array([0.1 + 0.2] * count, pa.float64()),
        "currency": ["USD"] * count,
        "transaction_date": pa.array([date(2025, 1, 5)] * count),
        "channel": ["ATM"] * count,
        "status": ["COMPLETED"] * count,
        "fees": pa.array([Decimal("0.5")] * count, pa.decimal128(10, 4)),
        "exchange_rate": pa.array([1] * count, pa.int8()),
    }
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns | changes), path)


def test_parquet_comes_in_exactly_and_its_bad_rows_are_rejected(
    postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    amounts = pa.array([0.1 + 0.2] * 37 + [float("nan"), 1e30, 0.125], pa.float64())
    _parquet(tmp_path / "p" / "t.parquet", amount=amounts)
    settings = replace(SETTINGS, reject_limit=0.1)
    report = load(
        postgres_url, "transactions", files(tmp_path / "p"), JANUARY,
        settings=settings, read="*.parquet",
    )  # fmt: skip
    assert (report.rows_loaded, report.rows_rejected) == (37, 3)
    assert query(
        postgres_url, "select distinct amount, fees, exchange_rate from bronze.transactions"
    ) == [(Decimal("0.30"), Decimal("0.50"), Decimal(1))]
    values = query(postgres_url, "select value from quarantine.rejected_rows order by 1")
    assert values == [("0.125",), ("1e+30",), ("NaN",)]


def _fails(url: str, table: str, connector: object, *words: str, **config: object) -> str:
    before = digests(url) if query(url, "select to_regclass('bronze.transactions')")[0][0] else None
    with pytest.raises(FinplatformError) as failure:
        load(url, table, connector, JANUARY, **config)  # type: ignore[arg-type]
    reported = str(failure.value)
    for word in words:
        assert word in reported
    assert "Traceback" not in reported
    assert failure.value.hint
    if before:
        assert digests(url) == before
    return reported


def test_mistakes_in_files_are_reported_with_the_file(postgres_url: str, tmp_path: Path) -> None:
    url, folder = postgres_url, tmp_path / "t"
    write(folder / "good.csv", transactions(5))
    (folder / "empty.csv").write_bytes(b"")
    (folder / "cut.csv.gz").write_bytes(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03")
    (folder / "no.csv.gz").write_bytes(b"plain text")
    (folder / "no.parquet").write_bytes(b"PAR1 not really")
    (folder / "twice.csv").write_bytes(b"a,b,a\n")
    lists = {"amount": pa.array([[1.0]] * 40)}
    _parquet(folder / "lists.parquet", **lists)
    here = files(folder)
    _fails(url, "transactions", here, "No file matches none.csv", read="none.csv")
    _fails(url, "transactions", here, "empty.csv", "first line", read="empty.csv")
    _fails(url, "transactions", here, "cut.csv.gz", "damaged", read="cut.csv.gz")
    _fails(url, "transactions", here, "no.csv.gz", "damaged", read="no.csv.gz")
    _fails(url, "transactions", here, "no.parquet", "damaged", read="no.parquet")
    _fails(url, "transactions", here, "Columns 1 and 3", read="twice.csv")
    _fails(url, "transactions", here, "no file name below", read="/etc/passwd")
    _fails(url, "transactions", here, "amount", "List", read="lists.parquet")
    _fails(url, "transactions", here, "only a date", read="t_{date}_{day}.csv")
    _fails(url, "transactions", here, "year, month and day", read="t_{date:%Y}.csv")
    _fails(url, "transactions", files(tmp_path / "none"), "no folder", read="x.csv")


def test_mistakes_in_the_mapping_are_reported_with_the_column(
    postgres_url: str, tmp_path: Path
) -> None:
    url, folder = postgres_url, tmp_path / "t"
    write(folder / "t.csv", [{"id": row["transaction_id"]} | row for row in transactions(5)])
    write(folder / "short.csv", [{"transaction_id": "T1", "amount": "1"}])
    here, read = files(folder), {"read": "t.csv"}
    _fails(url, "transactions", here, "no column account_id", read="short.csv")
    _fails(url, "transactions", here, "no column ref", columns={"amount": "ref"}, **read)
    _fails(url, "transactions", here, "no column ammount", columns={"ammount": "amount"}, **read)
    _fails(url, "transactions", here, "no column ammount", defaults={"ammount": 1}, **read)
    _fails(url, "transactions", here, "`select`", "selec", select="selec * from source", **read)
    _fails(url, "transactions", here, "`select`", "nope", select="select nope from source", **read)
    _fails(url, "transactions", here, "`select`", "merchants", **read,
           select="select * from source join merchants using (merchant_id)")  # fmt: skip
    _fails(url, "transactions", here, "transaction_date type(timestamptz)", **read,
           formats={"transaction_date": "%d/%m/%Y"})  # fmt: skip


def test_mistakes_in_a_database_are_reported_without_its_password(core: str) -> None:
    table = {"read": "bookings"}
    _fails(core, "transactions", _core(core), 'no table "core"."booking"', read="booking")
    _fails(core, "transactions", _core(core, "cores"), 'no table "cores"."bookings"', **table)
    _fails(core, "transactions", _core(core), "no column transaction_id", **table)
    _execute(core, "create view core.broken as select 1 / (amt - 10.5) as x from core.bookings")
    _fails(core, "transactions", _core(core), "could not be read", read="broken")
    for url, words in (
        ("postgresql://reader:sEsame@127.0.0.1:1/bank", ("127.0.0.1:1", "refused")),
        ("mysql://reader:sEsame@127.0.0.1/bank", ("no connection",)),
        ("postgresql:///bank?host=/nowhere&password=sEsame", ("No such file",)),
        ("postgresql://reader:sEsame@[bad/bank", ("no connection",)),
    ):
        reported = _fails(core, "transactions", _core(url), *words, **table)
        assert "sEsame" not in reported


def test_a_wrong_password_is_reported_without_it(postgres_url: str, tmp_path: Path) -> None:
    if "@/" not in postgres_url and "host=" not in postgres_url:
        pytest.skip("the server trusts everybody")
    load_accounts(postgres_url, tmp_path)
    name, _, rest = postgres_url.removeprefix("postgresql://").partition(":")
    reported = _fails(
        postgres_url, "transactions",
        _core(f"postgresql://{name}:sEsame@{rest.partition('@')[2]}"),
        "password authentication failed", read="bookings",
    )  # fmt: skip
    assert "sEsame" not in reported


def test_a_server_that_stops_in_the_middle_is_reported(postgres_url: str, tmp_path: Path) -> None:
    class Killing(type(files(tmp_path))):  # type: ignore[misc]
        def read(self, request):  # type: ignore[no-untyped-def]
            for batch in super().read(request):
                query(
                    postgres_url,
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and pid <> pg_backend_pid()",
                )
                yield batch

    write(tmp_path / "c.csv", customers(3))
    dying = Killing(files(tmp_path)._source, tmp_path)
    with pytest.raises(FinplatformError, match=r"connection to database test_\w+ on .* was lost"):
        load(postgres_url, "customers", dying, read="c.csv")
    assert load(postgres_url, "customers", files(tmp_path), read="c.csv").rows_loaded == 3


def test_a_stored_table_that_has_drifted_is_reported_and_kept(
    postgres_url: str, tmp_path: Path
) -> None:
    write(tmp_path / "c.csv", customers(3))
    load(postgres_url, "customers", files(tmp_path), read="c.csv")
    _execute(postgres_url, "alter table bronze.customers add column extra int")
    _fails(postgres_url, "customers", files(tmp_path), "extra", "drop table", read="c.csv")
    _execute(
        postgres_url,
        "alter table bronze.customers drop column extra;"
        "alter table bronze.customers alter credit_score type bigint",
    )
    _fails(postgres_url, "customers", files(tmp_path), "credit_score is bigint", read="c.csv")
    assert query(postgres_url, "select count(*) from bronze.customers") == [(3,)]
