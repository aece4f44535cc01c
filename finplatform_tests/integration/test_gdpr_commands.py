"""Each command of `finplatform gdpr` and `finplatform keys`, as a compliance officer types it."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL
from typer.testing import CliRunner, Result

from finplatform.cli.app import app
from finplatform.settings import get_settings
from finplatform_tests.integration.bank import BuiltBank
from finplatform_tests.integration.ingest_cases import query
from finplatform_tests.integration.private_bank import copy_of, end_relationships

pytestmark = pytest.mark.integration

WHO = ("--by", "anna", "--reason", "Letter of 1 March")
Run = Callable[..., Result]
_LATE = ("--on", "2999-01-01", "--json")
_DETAILS = "select detail::text from audit.event_log where action = '{}'"


@pytest.fixture(scope="module")
def bank(
    built_bank: BuiltBank, postgres_server: URL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltBank]:
    """A copy that this module changes."""
    home = tmp_path_factory.mktemp("commands") / "home"
    with copy_of(built_bank, postgres_server, home) as copy:
        yield copy


@pytest.fixture
def run(bank: BuiltBank, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    for name, value in bank.environment.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    yield lambda *arguments, given=None: CliRunner().invoke(app, list(arguments), input=given)
    get_settings.cache_clear()


def _customers(bank: BuiltBank) -> list[str]:
    """Customers with accounts who are not erased."""
    return [
        number
        for (number,) in query(
            bank.url,
            "select distinct a.customer_id from silver.stg_accounts as a"
            " inner join vault.customer_keys as k on k.subject_id = a.customer_id"
            " where a.is_current and k.destroyed_at is null order by 1",
        )
    ]


def _json(result: Result) -> dict:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def _events(bank: BuiltBank, action: str) -> list[tuple]:
    return query(
        bank.url,
        f"select object, detail ->> 'by' from audit.event_log where action = '{action}'"
        " order by seq desc",
    )


def test_access_shows_everything_held_decrypted_and_is_in_the_trail(
    bank: BuiltBank, run: Run
) -> None:
    number = _customers(bank)[0]
    told = _json(run("gdpr", "access", number, *WHO, "--json"))
    clear = query(bank.url, "select first_name, last_name, email from oltp.customers"
                            f" where customer_id = '{number}'")  # fmt: skip
    held = [tuple(one.get(name) for name in ("first_name", "last_name", "email"))
            for one in told["identities"]]  # fmt: skip
    assert clear[0] in held
    tables = told["tables"]
    for table in ("oltp.customers", "bronze.customers", "bronze.transactions", "gold.dim_customer",
                  "gold.fact_transactions", "bronze.kyc_records"):  # fmt: skip
        assert tables[table], table
    assert len(tables["bronze.transactions"]) == query(
        bank.url,
        "select count(*) from bronze.transactions where account_id in"
        f" (select account_id from bronze.accounts where customer_id = '{number}')",
    )[0][0]  # fmt: skip
    assert (number, "anna") in _events(bank, "gdpr access")


def test_a_copy_tells_nothing_of_others_and_nothing_of_being_watched(
    bank: BuiltBank, run: Run
) -> None:
    number = _customers(bank)[0]
    told = _json(run("gdpr", "access", number, *WHO, "--json"))
    named = {
        value
        for rows in told["tables"].values()
        for row in rows
        for name, value in row.items()
        if name in ("customer_id", "holder_id", "owner_id")
    }
    assert named == {number}
    closed = [name for name in told["tables"] if name.startswith(("compliance.", "vault."))]
    assert closed == ["compliance.privacy_requests"]
    columns = {name for rows in told["tables"].values() for row in rows for name in row}
    assert not [name for name in columns if name.endswith("_token") or name == "identity_id"]


def test_of_a_joint_account_the_other_holder_is_left_out(bank: BuiltBank, run: Run) -> None:
    one, other = _customers(bank)[:2]
    ((account, masked),) = query(
        bank.url,
        "select account_id, account_number_masked from bronze.accounts"
        f" where customer_id = '{one}' order by account_id, _lsn desc limit 1",
    )
    with psycopg.connect(bank.url) as connection:
        connection.execute(
            "insert into compliance.account_holders (account_id, customer_id, valid_from, noted_by)"
            " values (%s, %s, '2025-01-01', 'test')",
            (account, other),
        )
    tables = _json(run("gdpr", "access", other, *WHO, "--json"))["tables"]
    joint = [row for row in tables["bronze.accounts"] if row["account_id"] == account]
    assert joint
    assert all("customer_id" not in row and masked not in row.values() for row in joint)
    transactions = [row["account_id"] for row in tables["bronze.transactions"]]
    assert account in transactions
    assert one not in json.dumps(tables)


def test_export_writes_json_and_csv_for_this_account_alone(bank: BuiltBank, run: Run) -> None:
    number = _customers(bank)[0]
    told = _json(run("gdpr", "export", number, *WHO, "--json"))
    path = Path(told["file"])
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.is_relative_to(bank.home / "privacy")
    with zipfile.ZipFile(path) as archive:
        data = json.loads(archive.read("data.json"))
        rows = list(
            csv.DictReader(io.StringIO(archive.read("gold.fact_transactions.csv").decode()))
        )
    assert len(rows) == told["rows"]["gold.fact_transactions"]
    assert {name: len(rows) for name, rows in data["tables"].items()} == told["rows"]


def test_rectify_corrects_the_source_and_the_trail_has_no_value(bank: BuiltBank, run: Run) -> None:
    number = _customers(bank)[0]
    done = _json(
        run(
            "gdpr", "rectify", number, "--set", "city=Kutna Hora", "--set", "phone=", *WHO, "--json"
        )
    )
    assert done["fields"] == ["city", "phone"]
    source = f"select city, phone from oltp.customers where customer_id = '{number}'"
    assert query(bank.url, source) == [("Kutna Hora", None)]
    journal = (
        "select op, row_data ->> 'city' from oltp.change_journal where table_name = 'customers'"
        f" and entity_id = '{number}' order by journal_id desc limit 1"
    )
    assert query(bank.url, journal) == [("u", "Kutna Hora")]
    trail = query(bank.url, _DETAILS.format("gdpr rectify"))
    assert "Kutna" not in str(trail)
    assert "city" in str(trail)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("credit_score=850", "cannot be corrected"),
        ("date_of_birth=29.2.84", "breaks its rule"),
        ("country=Czechia", "breaks its rule"),
        ("city=", "breaks its rule"),
        ("city", "a field and a value"),
        ("date_of_birth=2099-01-01", "refuses the correction"),
    ],
)
def test_a_correction_that_is_none_is_refused_and_nothing_is_changed(
    bank: BuiltBank, run: Run, change: str, told: str
) -> None:
    number = _customers(bank)[0]
    before = query(bank.url, f"select * from oltp.customers where customer_id = '{number}'")
    result = run("gdpr", "rectify", number, "--set", change, *WHO)
    assert result.exit_code == 1
    assert told in str(result.exception)
    assert query(bank.url, f"select * from oltp.customers where customer_id = '{number}'") == before


@pytest.mark.parametrize("command", ["access", "export", "erase", "rectify", "hold set"])
def test_an_unknown_person_is_refused_with_the_reason(run: Run, command: str) -> None:
    more = {
        "erase": ("--by", "anna", "--basis", "Letter"),
        "rectify": ("--set", "city=Brno", *WHO),
        "hold set": ("--until", "2099-01-01", *WHO),
    }.get(command, WHO)
    result = run("gdpr", *command.split(), "NOBODY", *more)
    assert result.exit_code == 1
    assert "NOBODY is known" in str(result.exception)


def test_erase_of_a_held_person_tells_the_day_and_is_listed_until_then(
    bank: BuiltBank, run: Run
) -> None:
    number = _customers(bank)[0]
    end_relationships(bank.url, [number], on="2025-02-28")
    request = ("--by", "anna", "--basis", "Letter of 1 March", "--on", "2025-06-30")
    result = run("gdpr", "erase", number, *request)
    assert result.exit_code == 1
    assert "2030-02-28" in result.stdout
    (row,) = _json(run("gdpr", "requests", "--waiting", "--json"))
    assert (row["customer_id"], row["erase_on"]) == (number, "2030-02-28")
    assert "No request is due" in run("gdpr", "due", "--on", "2030-02-27", "--drill").stdout
    (done,) = _json(run("gdpr", "due", "--on", "2030-02-28", "--drill", "--json"))
    assert done["state"] == "ERASED"
    assert _json(run("gdpr", "requests", "--waiting", "--json")) == []


@pytest.mark.parametrize("command", ["due", "erase C0000007 --by anna --basis Letter"])
def test_a_day_that_is_to_come_ends_no_hold(run: Run, command: str) -> None:
    result = run("gdpr", *command.split(), "--on", "2999-01-01")
    assert result.exit_code == 1
    assert "is to come" in str(result.exception)


def test_erase_takes_a_file_of_people_and_a_second_time_finds_nothing_to_do(
    bank: BuiltBank, run: Run, tmp_path: Path
) -> None:
    people = _customers(bank)[:2]
    end_relationships(bank.url, people)
    file = tmp_path / "people.txt"
    file.write_text("\n".join(people) + "\n")
    request = ("gdpr", "erase", "--file", str(file), "--by", "anna", "--basis", "Letters", "--json")
    done = _json(run(*request))
    assert [one["state"] for one in done] == ["ERASED", "ERASED"]
    again = _json(run(*request))
    assert [one["state"] for one in again] == ["ERASED_BEFORE", "ERASED_BEFORE"]
    assert _json(run("gdpr", "replay", "--json"))["people"] >= 2
    for event in query(bank.url, "select object, detail::text from audit.event_log"
                                 " where action = 'gdpr erase'"):  # fmt: skip
        assert not [number for number in people if number in str(event)]


def test_a_hold_is_set_listed_and_lifted_with_who_and_why(bank: BuiltBank, run: Run) -> None:
    number = _customers(bank)[0]
    told = _json(run("gdpr", "hold", "set", number, "--until", "2099-05-01", *WHO, "--json"))
    listed = _json(run("gdpr", "hold", "list", number, "--json"))
    assert listed["set"][0]["hold_id"] == told["hold"]
    assert "manual" in {hold["rule_id"] for hold in listed["in_force"]}
    _json(run("gdpr", "hold", "lift", str(told["hold"]), *WHO, "--json"))
    listed = _json(run("gdpr", "hold", "list", number, "--json"))
    assert listed["set"][0]["lifted_by"] == "anna"
    assert "manual" not in {hold["rule_id"] for hold in listed["in_force"]}
    again = run("gdpr", "hold", "lift", str(told["hold"]), *WHO)
    assert again.exit_code == 1
    assert "no hold" in str(again.exception)


def test_register_writes_the_record_of_processing(bank: BuiltBank, run: Run) -> None:
    told = _json(run("gdpr", "register", "--json"))
    tables = {table["name"] for one in told["activities"] for table in one["tables"]}
    assert {"bronze.customers", "gold.dim_customer", "gold.fact_transactions"} <= tables
    for name in ("processing_record.md", "processing_record.json"):
        assert (bank.home / "documents" / name).stat().st_size > 1000


def test_retention_shows_and_deletes_what_is_over_its_time(bank: BuiltBank, run: Run) -> None:
    with psycopg.connect(bank.url) as connection:
        connection.execute(
            "insert into ops.loads (batch_id, table_name, rows_read, rows_loaded, rows_rejected,"
            " loaded_at) values ('old', 'x', 0, 0, 0, '2020-01-01')"
        )
    days = ("--on", "2025-06-30", "--json")
    counted = {row["table"]: row["rows"] for row in _json(run("gdpr", "retention", *days))}
    assert counted["ops.loads"] == 1
    before = query(bank.url, "select count(*) from bronze.transactions")
    late = {row["table"]: row["rows"] for row in _json(run("gdpr", "retention", *_LATE))}
    assert late["ops.loads"] > 1
    refused = run("gdpr", "retention", "--delete", *_LATE)
    assert refused.exit_code == 1
    assert "Nothing was deleted" in str(refused.exception)
    deleted = {
        row["table"]: row["rows"] for row in _json(run("gdpr", "retention", "--delete", *days))
    }
    assert deleted["ops.loads"] == 1
    assert late["bronze.transactions"] == 0
    assert query(bank.url, "select count(*) from bronze.transactions") == before
    assert query(bank.url, "select count(*) from ops.loads where batch_id = 'old'") == [(0,)]


def test_canary_finds_a_text_in_tables_and_files_and_the_trail_does_not_quote_it(
    bank: BuiltBank, run: Run
) -> None:
    ((mail,),) = query(bank.url, "select email from oltp.customers where email is not null"
                                 " order by customer_id desc limit 1")  # fmt: skip
    (bank.home / "logs" / "leak.log").write_text(f"sent to {mail}\n")
    result = run("gdpr", "canary", "--json", given=f"{mail}\n")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert {"table": "oltp.customers", "column": "email", "rows": 1} in found["tables"]
    assert str(bank.home / "logs" / "leak.log") in found["files"]
    trail = query(bank.url, _DETAILS.format("gdpr canary"))
    assert mail not in str(trail)
    assert run("gdpr", "canary", "Nobody Whoeverington").exit_code == 0


def test_keys_are_rotated_and_open_with_the_new_one_alone(bank: BuiltBank, run: Run) -> None:
    before = _json(run("keys", "verify", "--json"))
    done = _json(run("keys", "rotate", "--json"))
    after = _json(run("keys", "verify", "--json"))
    assert (before["fingerprint"], after["fingerprint"]) == (done["old"], done["new"])
    assert after["keys"] == before["keys"] == done["keys"] > 0
    number = _customers(bank)[0]
    assert _json(run("gdpr", "access", number, *WHO, "--json"))["identities"]
    again = run("keys", "rotate")
    assert again.exit_code == 1
    assert "delete the old file" in str(again.exception)
