"""Privacy: whatever a source sends, no clear identifier is stored, shown or logged."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import PostgresSource
from finplatform.ingest.connectors.postgres import PostgresConnector
from finplatform.oltp import migrate
from finplatform.security.canary import find_canaries
from finplatform.security.vault import Vault
from finplatform_tests import waiting
from finplatform_tests.integration.ingest_cases import (
    JANUARY,
    MASTER,
    SETTINGS,
    accounts,
    customers,
    files,
    line,
    load,
    query,
    transactions,
    write,
)

pytestmark = pytest.mark.integration

CANARIES = {
    "first_name": "Zdenka",
    "last_name": "Canaryova",
    "email": "zdenka.c@canary.example",
    "phone": "+420 603 987 612",
    "address": "77 Budgerigar Lane",
    "date_of_birth": "1961-10-23",
}
ACCOUNT_NUMBER = "CZ6508000000192000145399"
COUNTERPARTY = "DE89370400440532013000"
SECRETS = [*CANARIES.values(), ACCOUNT_NUMBER, COUNTERPARTY]


def _dump(url: str) -> list[bytes]:
    """All tables but those of the source system, as text."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select format('%I.%I', table_schema, table_name) from information_schema.tables"
            " where table_type = 'BASE TABLE' and table_schema not in"
            " ('oltp', 'pg_catalog', 'information_schema')"
        ).fetchall()
        texts = []
        for (table,) in tables:
            with connection.cursor().copy(f"copy {table} to stdout".encode()) as copy:
                texts.append(b"".join(bytes(block) for block in copy))
    assert sum(map(len, texts)) > 1000
    return texts


def _leaks(url: str) -> list:
    return find_canaries(_dump(url), SECRETS, ignore_case=True)


def _canary(**values: str) -> dict[str, str]:
    return customers(1)[0] | {"customer_id": "CU77777"} | CANARIES | values


def _shifted(row: dict[str, str]) -> bytes:
    """A row that lacks a value and has one too many at its end: all columns hold another's text."""
    values = list(row.values())
    return (",".join([values[0], *values[2:], values[1]]) + "\n").encode()


def test_customers_files_leave_no_clear_identifier(postgres_url: str, tmp_path: Path) -> None:
    bad = [
        line(_canary(customer_id="")),
        line(_canary(country=CANARIES["last_name"])),
        line(_canary(credit_score=CANARIES["first_name"])),
        line(_canary(risk_profile=CANARIES["email"], city=CANARIES["address"])),
        line(_canary(date_of_birth="23. 10. 1961", sex=CANARIES["phone"])),
        line(_canary(customer_id="CU00001")),
        line(_canary(email="zdenka.c@canary.example\x00")),
        line(_canary(customer_id="CU9")).replace(b"Zdenka", b"Zdenka\xff"),
        _shifted(_canary(customer_id="CU8")),
        line(_canary())[:60] + b"\n",
        line(_canary() | {"more": "x"}),
        line(_canary(address='"77 Budgerigar Lane')),
    ]
    write(tmp_path / "c.csv", [*customers(400), _canary()], *bad)
    report = load(postgres_url, "customers", files(tmp_path), read="c.csv")
    assert (report.rows_loaded, report.rows_rejected) == (401, len(bad))
    assert _leaks(postgres_url) == []
    shown = query(postgres_url, "select row_text, value, failures from quarantine.rejected_rows")
    assert {row[0] for row in shown} > {"[redacted]"}
    assert any('"first_name":"Z***"' in row[0] and '"last_name":"C***"' in row[0] for row in shown)


def test_the_sealed_text_of_a_rejected_row_is_the_row_as_received(
    postgres_url: str, tmp_path: Path
) -> None:
    write(tmp_path / "c.csv", customers(40), line(_canary(country="xx")), b"CU9,Zdenka\n")
    load(postgres_url, "customers", files(tmp_path), read="c.csv")
    found = query(
        postgres_url,
        "select i.sealed, k.wrapped_key, r.rule from quarantine.rejected_rows as r"
        " inner join vault.customer_identity as i using (identity_id)"
        " inner join vault.customer_keys as k using (subject_id)",
    )
    vault = Vault(MASTER, witness=lambda subject: None)
    opened = {rule: vault.open(sealed, "quarantine", key)["row"] for sealed, key, rule in found}
    assert opened["columns(16)"] == "CU9,Zdenka"
    row = json.loads(opened["str_matches('^[A-Z]{2}$')"] or "")
    assert {name: row[name] for name in CANARIES} == CANARIES


def test_accounts_and_transactions_leave_no_clear_identifier(
    postgres_url: str, tmp_path: Path
) -> None:
    rows = accounts()
    number = {"account_number": ACCOUNT_NUMBER}
    write(
        tmp_path / "a.csv",
        [rows[0] | number, *rows[1:]],
        line(rows[1] | number | {"account_id": "AC9", "currency": "?"}),
        line(rows[1] | {"account_id": ACCOUNT_NUMBER + "*", "account_number": ""}),
    )
    load(postgres_url, "accounts", files(tmp_path), read="a.csv")
    good = transactions(100)
    private = {
        "counterparty_account": COUNTERPARTY,
        "description": f"to {COUNTERPARTY} or {CANARIES['email']} {CANARIES['phone']}",
    }
    paid = good[0] | private
    write(
        tmp_path / "t.csv",
        [paid, *good[1:]],
        line(paid),
        line(paid | {"transaction_id": "T9", "status": "?"}),
        line(paid | {"transaction_id": "T8"})[:-3] + b"\n",
        line(paid | {"transaction_id": "T7", "description": f"{COUNTERPARTY} " * 40}),
        line(paid)[:-20] + b"\n",
    )
    report = load(postgres_url, "transactions", files(tmp_path), JANUARY, read="t.csv")
    assert (report.rows_loaded, report.rows_rejected) == (100, 5)
    assert _leaks(postgres_url) == []


def test_the_journal_of_the_operational_schema_leaves_no_clear_identifier(
    postgres_url: str,
) -> None:
    migrate.upgrade(postgres_url)
    samples = json.loads(
        (Path(__file__).parents[1] / "unit" / "oltp" / "samples.json").read_text(encoding="utf-8")
    )
    insert = (
        "insert into oltp.customers select * from"
        " jsonb_populate_record(null::oltp.customers, %s::jsonb)"
    )
    with psycopg.connect(postgres_url) as connection:
        connection.execute(insert, (json.dumps(samples["customers"] | CANARIES),))
        connection.execute("update oltp.customers set country = 'xx'")
        connection.execute("update oltp.customers set country = 'CZ', last_name = 'Budgerigar'")
        connection.execute("delete from oltp.customers")
    source = PostgresSource.model_validate(
        {"connector": "postgres", "schema": "oltp", "journal": True}
    )
    lenient = replace(SETTINGS, reject_limit=0.5)
    report = load(
        postgres_url, "customers", PostgresConnector(source, postgres_url), settings=lenient
    )
    assert (report.rows_loaded, report.rows_rejected) == (3, 1)
    assert find_canaries(_dump(postgres_url), [*SECRETS, "Budgerigar"], ignore_case=True) == []


def test_an_erased_customer_does_not_come_back(postgres_url: str, tmp_path: Path) -> None:
    rows = customers(60)
    write(tmp_path / "c.csv", [*rows, _canary()])
    write(tmp_path / "a.csv", [*accounts(), accounts(["AC777"], "CU77777")[0]])
    for table, name in (("customers", "c.csv"), ("accounts", "a.csv")):
        load(postgres_url, table, files(tmp_path), read=name)
    query(
        postgres_url,
        "update vault.customer_keys set wrapped_key = null, destroyed_at = now()"
        " where subject_id = 'CU77777' returning 1",
    )
    before = query(postgres_url, "select count(*) from vault.customer_identity")
    write(tmp_path / "c.csv", rows, line(_canary(city="Brno")), line(_canary(country="xx")))
    write(tmp_path / "a.csv", [*accounts(), accounts(["AC778"], "CU77777")[0]])
    for table, name, rejected in (("customers", "c.csv", 2), ("accounts", "a.csv", 1)):
        report = load(postgres_url, table, files(tmp_path), read=name)
        assert report.rows_rejected == rejected
    assert query(
        postgres_url,
        "select distinct rule, value, row_text, identity_id from quarantine.rejected_rows",
    ) == [("identity_key_destroyed", "CU77777", "[erased]", None)]
    assert query(postgres_url, "select count(*) from vault.customer_identity") == before
    assert query(
        postgres_url, "select _op, city from bronze.customers where customer_id = 'CU77777'"
    ) == [("r", "Prague")]
    assert _leaks(postgres_url) == []


def test_messages_and_their_causes_quote_no_value(
    postgres_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path / "c.csv", customers(4), line(_canary()), line(_canary(country="xx")))
    with psycopg.connect(postgres_url) as connection:
        connection.execute("create table clients (customer_id int, name text)")
        connection.execute("insert into clients values (1, 'Zdenka Canaryova')")
        connection.execute("create view v as select name::int as customer_id from clients")
    source = PostgresSource.model_validate({"connector": "postgres", "schema": "public"})
    table = PostgresConnector(source, postgres_url)
    select = "select *, cast(first_name as bigint) as number from source"
    attempts = (
        lambda: load(postgres_url, "customers", files(tmp_path), read="c.csv"),
        lambda: load(postgres_url, "customers", files(tmp_path), read="c.csv", select=select),
        lambda: load(postgres_url, "customers", table, read="v"),
        lambda: load(postgres_url, "customers", table, read="c.csv"),
    )
    reported = []
    for attempt in attempts:
        with pytest.raises(FinplatformError) as failure:
            attempt()
        error: BaseException | None = failure.value
        while error is not None:
            reported.append(str(error))
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert len(reported) >= len(attempts)
    assert "failed in column 'first_name'" in "\n".join(reported)
    assert "a value is not what the query makes of it" in "\n".join(reported)
    assert find_canaries([text.encode() for text in (*reported, caplog.text)], SECRETS) == []


def test_two_tables_that_meet_a_new_customer_at_once_share_one_key(
    postgres_url: str, tmp_path: Path
) -> None:
    from finplatform_tests.integration.test_ingest_windows import _Waiting

    write(tmp_path / "c.csv", customers(1))
    write(tmp_path / "a.csv", accounts())
    stopped = _Waiting(files(tmp_path))
    errors: list[BaseException] = []

    def run(table: str, connector: object) -> None:
        try:
            load(postgres_url, table, connector, read=f"{table[0]}.csv")  # type: ignore[arg-type]
        except BaseException as error:  # noqa: BLE001 - reported to the test
            errors.append(error)

    one = threading.Thread(target=run, args=("accounts", stopped))
    two = threading.Thread(target=run, args=("customers", files(tmp_path)))
    one.start()
    waiting.wait_for(stopped.is_under_way)
    two.start()
    waiting.wait_until_a_session_waits(postgres_url)
    stopped.may_go_on.set()
    waiting.wait_for_end(one, two)
    assert errors == []
    vault = Vault(MASTER, witness=lambda subject: None)
    opened = [
        vault.open(sealed, subject, key)
        for subject, sealed, key in query(
            postgres_url,
            "select subject_id, sealed, wrapped_key from vault.customer_identity"
            " inner join vault.customer_keys using (subject_id)",
        )
    ]
    assert len(opened) == 51
