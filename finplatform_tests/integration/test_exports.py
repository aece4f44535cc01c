"""`finplatform export`, `sql --csv|--xlsx` and `finplatform.frames` on a server."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import finplatform
from finplatform.cli.app import app
from finplatform.errors import FinplatformError
from finplatform.settings import get_settings
from finplatform.warehouse.reader_role import open_reader
from finplatform.warehouse.row_stream import NUMERIC, open_rows
from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration

EVERY_TYPE = """
select
    true as b, 1::int2 as i2, 2::int4 as i4, 9007199254740993::int8 as i8, 0.5::float4 as f4,
    0.1::float8 as f8, (-1.50)::numeric(18, 2) as n, 1::numeric / 3 as m, 'a'::text as t,
    'b'::varchar(3) as v, date '2025-01-31' as d, timestamp '2025-01-31 12:00' as l,
    timestamptz '2025-01-31 12:00+01' as z, '\\x00ff'::bytea as y, array[1, 2] as a,
    '{"k": 1}'::jsonb as j, interval '1 month 2 days' as w, '10.0.0.1'::inet as p,
    int4range(1, 3) as r, gen_random_uuid() as u, time '23:59:59.5' as c, null as e,
    'x'::"char" as h, array[1.5]::numeric(6, 3)[] as g
"""

STILL_RUNNING = """
select count(*) from pg_stat_activity
where query like 'COPY%generate_series%' and state = 'active' and datname = current_database()
"""


@pytest.fixture
def typed_in(built_bank: BuiltBank, monkeypatch: pytest.MonkeyPatch) -> Iterator[BuiltBank]:
    """The built bank, as commands of this process find it."""
    for name, value in built_bank.environment.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    yield built_bank
    get_settings.cache_clear()


def command(*arguments: str, given: str | None = None) -> str:
    """What a command prints to standard output; its error, if it fails, is raised."""
    result = CliRunner().invoke(app, list(arguments), input=given, catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def exported(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    out = ("--out", str(tmp_path / "rows"), "--json")
    summary: dict[str, Any] = json.loads(command("export", *arguments, *out))
    return summary


def stored(bank: BuiltBank, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(bank.url, options="-ctimezone=UTC") as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_tables_parquet_holds_its_rows(typed_in: BuiltBank, tmp_path: Path) -> None:
    done = exported(tmp_path, "gold.fact_transactions", "--format", "parquet")
    table = pq.read_table(tmp_path / "rows")
    columns = ", ".join(f'"{name}"' for name in table.column_names)
    rows = stored(typed_in, f"select {columns} from gold.fact_transactions")
    found = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    key = table.column_names.index("transaction_key")
    assert sorted(found, key=lambda row: row[key]) == sorted(rows, key=lambda row: row[key])
    assert done["rows"] == len(rows) > 5_000
    assert done["bytes"] == (tmp_path / "rows").stat().st_size
    assert table.schema.field("transaction_amount").type == pa.decimal128(18, 2)
    assert table.schema.field("transaction_at").type == pa.timestamp("us", "UTC")


def test_a_condition_and_a_day_choose_rows(typed_in: BuiltBank, tmp_path: Path) -> None:
    chosen = ("--where", "channel = 'ATM' -- of machines", "--date", "2025-02-14")
    done = exported(tmp_path, "fact_transactions", *chosen, "--format", "csv")
    (expected,) = stored(
        typed_in,
        "select count(*) from gold.fact_transactions"
        " where channel = 'ATM' and transaction_date = '2025-02-14'",
    )
    assert done["rows"] == expected[0] > 0


@pytest.mark.parametrize(
    "query", ["select 1 as one", "select 1 as one;", "values (1)", "with a as (select 1) table a"]
)
def test_a_query_is_exported_with_or_without_its_end(
    typed_in: BuiltBank, tmp_path: Path, query: str
) -> None:
    assert exported(tmp_path, f"{query} -- and so on")["rows"] == 1 or ";" in query
    assert exported(tmp_path, query)["rows"] == 1


def test_a_query_keeps_its_order_and_columns_of_one_name(
    typed_in: BuiltBank, tmp_path: Path
) -> None:
    exported(tmp_path, "select n as x, -n as x from generate_series(1, 50000) as n order by n desc")
    lines = list(csv.reader(io.StringIO((tmp_path / "rows").read_text())))
    assert lines[0] == ["x", "x_2"]
    assert [int(x) for x, _ in lines[1:]] == list(range(50_000, 0, -1))


def test_every_type_of_the_server_arrives_exactly(typed_in: BuiltBank) -> None:
    with open_rows(open_reader(get_settings()), EVERY_TYPE) as rows:
        table = rows.read_all()
    types = {field.name: field.type for field in table.schema}
    assert types["n"] == pa.decimal128(18, 2)
    assert types["m"] == NUMERIC
    assert types["z"] == pa.timestamp("us", "UTC")
    row = table.to_pylist()[0]
    assert row["n"] == Decimal("-1.50")
    assert str(row["m"]) == "0.33333333333333333333"
    texts = {name: row[name] for name in "ajwprchg"}
    assert texts == {
        "a": "{1,2}", "j": '{"k": 1}', "w": "1 mon 2 days", "p": "10.0.0.1/32", "r": "[1,3)",
        "c": "23:59:59.5", "h": "x", "g": "{1.500}",
    }  # fmt: skip
    assert row["e"] is None
    assert row["y"] == b"\x00\xff"


def test_no_rows_of_a_query_are_a_file_with_its_columns(
    typed_in: BuiltBank, tmp_path: Path
) -> None:
    exported(tmp_path, f"select * from ({EVERY_TYPE}) as q where false", "--format", "parquet")
    assert pq.read_table(tmp_path / "rows").num_rows == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gold.fact_transaction",), "Did you mean gold.fact_transactions"),
        (("vault.customer_identity",), "no table or view"),
        (("select * from vault.customer_identity",), "permission denied"),
        (("delete from gold.dim_product returning *",), "The query failed"),
        (("with d as (delete from gold.dim_product returning *) select * from d",), "The query"),
        (("select 1; select 2",), "The query failed"),
        (("show timezone",), "can be exported"),
        (("select 1/0",), "The query failed"),
        (("select nope from gold.dim_product",), "nope"),
        (("gold.dim_product", "--where", "true) union (select 1"), "The query failed"),
        (("select 1", "--where", "true"), "--where and --date are for tables"),
        (("gold.dim_product", "--date", "2025-01-01"), "not cut by a business date"),
        (("gold.dim_product", "--format", "pdf"), "no format"),
        (("gold.dim_product", "--out", "rows.docx"), "does not imply a format"),
        (("gold.dim_product", "--format", "xlsx", "--bom"), "for CSV"),
        (("gold.dim_product", "--out", "-", "--json"), "Standard output"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_words(
    typed_in: BuiltBank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...], words: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FinplatformError, match=words):
        command("export", *arguments)
    assert not list((typed_in.home / "reports").glob("exports/.*"))
    assert list(tmp_path.iterdir()) == []


def test_rows_without_a_file_go_to_the_home_and_only_its_owner_reads_them(
    typed_in: BuiltBank,
) -> None:
    command("export", "gold.dim_product", "--format", "xlsx")
    file = typed_in.home / "reports" / "exports" / "gold.dim_product.xlsx"
    book = openpyxl.load_workbook(file, read_only=True)
    assert book.sheetnames == ["gold.dim_product", "Notes"]
    book.close()
    assert file.stat().st_mode & 0o077 == 0 or os.umask(0o022) != 0o077


def test_sql_writes_all_rows_to_a_file(typed_in: BuiltBank, tmp_path: Path) -> None:
    query = "select n from generate_series(1, 300) as n"
    command("sql", query, "--csv", str(tmp_path / "a.csv"))
    command("sql", query, "--xlsx", str(tmp_path / "a.xlsx"))
    assert len((tmp_path / "a.csv").read_bytes().splitlines()) == 301
    book = openpyxl.load_workbook(tmp_path / "a.xlsx", read_only=True)
    assert len(list(book["query"].iter_rows())) == 301
    book.close()
    with pytest.raises(FinplatformError, match="one file"):
        command("sql", query, "--csv", "a", "--xlsx", "b")


def test_the_rows_go_to_standard_output_and_nothing_else(typed_in: BuiltBank) -> None:
    process = typed_in.command("export", "select 1 as one", "--out", "-")
    output, errors = process.communicate()
    assert output == '"one"\n1\n'.replace("\n", "\r\n") or output == '"one"\n1\n'
    assert "1 rows" in errors
    assert process.returncode == 0


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_export_that_is_stopped_leaves_nothing(
    typed_in: BuiltBank, tmp_path: Path, sent: signal.Signals
) -> None:
    query = "select n, repeat('x', 200) as t from generate_series(1, 100000000) as n"
    # A shell starts what runs in the background deaf to SIGINT, and children inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = typed_in.command("export", query, "--out", str(tmp_path / "rows.csv"))
    signal.signal(signal.SIGINT, before)
    try:
        while not any(part.stat().st_size for part in tmp_path.glob(".*.part/rows.csv")):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(sent)
        process.communicate()
    finally:
        process.kill()
    assert process.returncode == 130
    assert list(tmp_path.iterdir()) == []
    # The server hears of it a moment later.
    while stored(typed_in, STILL_RUNNING) != [(0,)]:
        time.sleep(0.05)


def test_frames_are_exact(typed_in: BuiltBank) -> None:
    frame = finplatform.frames("gold.fact_transactions")
    (expected,) = stored(
        typed_in,
        "select count(*), sum(net_amount), min(transaction_date) from gold.fact_transactions",
    )
    assert (len(frame), frame["net_amount"].sum(), frame["transaction_date"].min()) == expected
    assert isinstance(expected[1], Decimal)
    assert frame["transaction_at"].dtype == pd.ArrowDtype(pa.timestamp("us", "UTC"))


def test_values_of_a_condition_are_bound(typed_in: BuiltBank) -> None:
    (expected,) = stored(
        typed_in,
        "select count(*) from gold.fact_transactions where transaction_date = '2025-02-14'",
    )
    frame = finplatform.frames(
        "fact_transactions",
        columns=["transaction_date", "amount"],
        where="transaction_date = %(day)s and channel <> %(channel)s",
        params={"day": date(2025, 2, 14), "channel": "x' or true --"},
        decimals="float",
    )
    assert len(frame) == expected[0]
    assert list(frame.columns) == ["transaction_date", "amount"]
    assert frame["amount"].dtype == pd.ArrowDtype(pa.float64())
    assert finplatform.frames("dim_product", where="product_type like '%LOAN'").shape[0] > 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"relation": "gold.fact_transaction"}, "gold.fact_transactions"),
        ({"relation": "dim_product", "columns": ["product_nam"]}, "product_name"),
        ({"relation": "dim_product", "columns": ['x"; drop table y']}, "no column"),
        ({"relation": "dim_product", "where": "a = %s", "params": []}, "parameters do not fit"),
        ({"relation": "oltp.customers"}, "no table or view"),
    ],
)
def test_frames_refuse_in_words(typed_in: BuiltBank, given: dict[str, Any], words: str) -> None:
    with pytest.raises(FinplatformError, match=words):
        finplatform.frames(**given)


def test_frames_find_the_home_of_the_folder_around(
    typed_in: BuiltBank, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("FINPLATFORM_HOME")
    monkeypatch.delenv("FINPLATFORM_DATABASE_URL")
    (tmp_path / ".finplatform").symlink_to(typed_in.home)
    (tmp_path / ".env").write_text(f"FINPLATFORM_DATABASE_URL={typed_in.url}\n")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    get_settings.cache_clear()
    assert len(finplatform.frames("gold.dim_product", columns=["product_key"])) > 1


def test_frames_without_a_bank_say_so_and_make_none(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("FINPLATFORM_DATABASE_URL", raising=False)
    get_settings.cache_clear()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FinplatformError, match="There is no bank"):
        finplatform.frames("gold.dim_product")
    assert not home.exists()


def test_the_package_stays_light() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, finplatform; print('pandas' in sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "False"
