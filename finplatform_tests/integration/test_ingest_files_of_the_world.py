"""Files as banks, spreadsheets and old systems write them: loaded, or refused in a sentence."""

import gzip
import zipfile
from pathlib import Path

import pytest

from finplatform.errors import FinplatformError
from finplatform_tests.integration.ingest_cases import (
    JANUARY,
    Row,
    files,
    line,
    load,
    load_accounts,
    query,
    transactions,
    write,
)

pytestmark = pytest.mark.integration

BRANCHES = """branch_id,branch_name,city,state,country,region,timezone,opened_date
B1,Main,Brno,,CZ,Moravia,Europe/Prague,1999-05-01
B2,"Main, new",Brno,,CZ,Moravia,Europe/Prague,1999-05-01
"""


def _zipped(text: str, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("branches.csv", text)


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_table_is_the_same_in_any_encoding_with_any_line_ends(
    end: str, encoding: str, postgres_url: str, tmp_path: Path
) -> None:
    (tmp_path / "branches.csv").write_bytes(BRANCHES.replace("\n", end).encode(encoding))
    report = load(postgres_url, "branches", files(tmp_path), read="branches.csv")
    assert (report.rows_loaded, report.rows_rejected) == (2, 0)
    stored = query(postgres_url, "select branch_id, branch_name from bronze.branches order by 1")
    assert stored == [("B1", "Main"), ("B2", "Main, new")]


@pytest.mark.parametrize("name", ["B.CSV", "b.csv.GZ", "b.zip"])
def test_a_table_is_the_same_however_it_is_packed(
    name: str, postgres_url: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    if name == "b.zip":
        _zipped(BRANCHES, path)
    else:
        data = BRANCHES.encode()
        path.write_bytes(gzip.compress(data) if name.endswith("GZ") else data)
    assert load(postgres_url, "branches", files(tmp_path), read=name).rows_loaded == 2


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ("code,name,extra\nONLINE,y,z\n", {"y", "x"}),
        ("extra,name,code\nz,y,ONLINE\n", {"y", "x"}),
        ("code\nONLINE\n", {None, "x"}),
    ],
)
def test_lookup_files_are_joined_by_the_names_of_their_columns(
    second: str, expected: set[str | None], postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    rows = [row | {"channel": ("ATM", "ONLINE")[n % 2]} for n, row in enumerate(transactions(10))]
    write(tmp_path / "tx.csv", rows)
    (tmp_path / "lk1.csv").write_text("code,name\nATM,x\n")
    (tmp_path / "lk2.csv").write_text(second)
    columns = ", ".join(f"s.{name}" for name in rows[0] if name != "reference_number")
    load(
        postgres_url, "transactions", files(tmp_path), JANUARY, read="tx.csv",
        lookups={"lk": "lk*.csv"},
        select=f"select {columns}, lk.name as reference_number from source as s"
        " left join lk on s.channel = lk.code",
    )  # fmt: skip
    stored = query(postgres_url, "select distinct reference_number from bronze.transactions")
    assert {name for (name,) in stored} == expected


_MAPPED = {
    "records": "Stmt/Ntry",
    "columns": {
        "transaction_id": "Ref", "amount": "Amt.#text", "currency": "Amt.@Ccy",
        "transaction_date": "Dt",
    },
    "defaults": {
        "account_id": "AC00001", "transaction_type": "DEPOSIT", "channel": "ONLINE",
        "status": "COMPLETED", "fees": "0", "exchange_rate": "1",
    },
}  # fmt: skip


def _entry(row: Row) -> str:
    return (
        f"<Ntry><Ref>{row['transaction_id']}</Ref><Amt Ccy='EUR'>{row['amount']}</Amt>"
        f"<Dt>{row['transaction_date']}</Dt></Ntry>"
    )


@pytest.mark.parametrize("entries", [0, 3])
def test_a_statement_without_entries_is_an_empty_day(
    entries: int, postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    found = "".join(_entry(row) for row in transactions(entries))
    (tmp_path / "day.xml").write_text(f"<Doc><Stmt><Acct/>{found}</Stmt></Doc>")
    report = load(postgres_url, "transactions", files(tmp_path), JANUARY, read="day.xml", **_MAPPED)
    assert (report.rows_loaded, report.rows_rejected) == (entries, 0)


def test_a_path_that_cannot_fit_is_refused_and_changes_nothing(
    postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    write(tmp_path / "tx.csv", transactions(5))
    load(postgres_url, "transactions", files(tmp_path), JANUARY, read="tx.csv")
    (tmp_path / "day.xml").write_text("<Doc><Statement/></Doc>")
    with pytest.raises(FinplatformError, match="no element at Stmt/Ntry"):
        load(postgres_url, "transactions", files(tmp_path), JANUARY, read="day.xml", **_MAPPED)
    assert query(postgres_url, "select count(*) from bronze.transactions") == [(5,)]


def test_the_origin_of_a_rejected_row_is_stored_whatever_the_file_is_called(
    postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    rows = transactions(30)
    path = tmp_path / "tx_\udcff\x1b[31m\n.csv"
    write(path, rows, line(rows[0] | {"transaction_id": "TX", "amount": "twelve"}))
    load(postgres_url, "transactions", files(tmp_path), JANUARY, read="tx_*.csv")
    stored = query(postgres_url, "select distinct origin from quarantine.rejected_rows")
    assert stored == [(r"tx_\xff\x1b[31m\x0a.csv",)]
