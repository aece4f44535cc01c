"""An erased person is in no column of any table and no file, and every sum is what it was."""

import gzip
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import psycopg
import pytest
from sqlalchemy.engine import URL

from finplatform.contracts.privacy import PRIVACY
from finplatform.errors import NothingFoundError
from finplatform.ingest.connectors.config import PostgresSource
from finplatform.ingest.connectors.postgres import PostgresConnector
from finplatform.ingest.forgetting import forget_log
from finplatform.ingest.load_result import LoadResult
from finplatform.orchestration.assets.compliance.privacy import privacy_duties
from finplatform.orchestration.incidents import CheckedGraph
from finplatform.orchestration.resources.held_tables import HeldTables
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.privacy import ledger
from finplatform.privacy.access import held_of, write_archive
from finplatform.privacy.erasure import Place, replay
from finplatform.privacy.holds import set_hold
from finplatform.privacy.identity import Purpose, needles, open_identities
from finplatform.privacy.requests import (
    Outcome,
    Request,
    carry_out_due,
    request_erasures,
    requests,
)
from finplatform.security.masking import STARS
from finplatform_tests.integration.bank import BuiltBank
from finplatform_tests.integration.ingest_cases import load, query
from finplatform_tests.integration.private_bank import (
    ON,
    copy_of,
    end_relationships,
    figures,
    files_with,
    place_of,
    request,
    where_it_stands,
)

pytestmark = pytest.mark.integration

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
TAX_ID = "ZK-880101-77"
_OWNERS = (
    "select customer_id from silver.stg_accounts where is_current"
    " group by 1 having count(*) >= 2 order by 1"
)


@dataclass(frozen=True)
class Person:
    """A customer of the bank, with the clear texts that must be gone.

    Attributes:
        number: Customer's number.
        texts: Clear values, the tax number planted in free text included.
    """

    number: str
    texts: tuple[str, ...]


def erase_one(place: Place, received: Request) -> Outcome:
    (outcome,) = request_erasures(place, [received], at=AT)
    return outcome


@pytest.fixture(scope="module")
def bank(
    built_bank: BuiltBank, postgres_server: URL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltBank]:
    """A copy that this module erases people in."""
    home = tmp_path_factory.mktemp("erasure") / "home"
    with copy_of(built_bank, postgres_server, home) as copy:
        yield copy


@pytest.fixture(scope="module")
def place(bank: BuiltBank) -> Place:
    return place_of(bank)


@pytest.fixture
def customers(bank: BuiltBank) -> list[str]:
    """Customers with accounts who are not erased yet."""
    gone = "select subject_id from vault.customer_keys where destroyed_at is not null"
    erased = {number for (number,) in query(bank.url, gone)}
    return [number for (number,) in query(bank.url, _OWNERS) if number not in erased]


def _planted(bank: BuiltBank, place: Place, number: str) -> Person:
    """A person whose clear values are in every kind of place that may hold them."""
    opened = open_identities(place.warehouse, place.master, [number], Purpose("test", "canaries"))
    texts = tuple(needles(opened))
    (mail,) = [text for text in texts if "@" in text]
    name = next(text for text in texts if " " in text and "," not in text and "+" not in text)
    with psycopg.connect(bank.url) as connection:
        connection.execute(
            "update silver.stg_transactions set description = %s where account_id ="
            " (select min(account_id) from silver.stg_accounts where customer_id = %s)",
            (f"tax {TAX_ID}", number),
        )
        connection.execute(
            "update bronze.transactions set description = %s where transaction_id = (select"
            " min(transaction_id) from bronze.transactions where account_id not in (select"
            " account_id from bronze.accounts where customer_id = %s))",
            (f"to {name} for rent", number),
        )
        connection.execute(
            "insert into oltp.outbox (event_id, channel, event) values (%s, 'x', %s)",
            (f"planted {number}", json.dumps({"note": mail})),
        )
    (bank.home / "reports" / "exports").mkdir(parents=True, exist_ok=True)
    (bank.home / "reports" / "planted.html").write_text(f"<p>{name}</p>")
    (bank.home / "reports" / "numbers.html").write_text(f"<td>{number}</td>")
    (bank.home / "reports" / "nobody.html").write_text("<p>sums alone</p>")
    exported = pl.DataFrame({"mail": [mail, None]})
    exported.write_parquet(bank.home / "reports" / "exports" / "planted.parquet")
    exported.write_csv(bank.home / "reports" / "exports" / "planted.csv")
    (bank.home / "logs").mkdir(exist_ok=True)
    (bank.home / "logs" / "planted.log").write_text(f"first line\nfailed for {mail}\nlast line\n")
    (bank.home / "landing").mkdir(exist_ok=True)
    with gzip.open(bank.home / "landing" / "planted.csv.gz", "wt") as file:
        file.write(f"id,mail\n1,{mail}\n2,other@example.org\n")
    return Person(number, (*texts, TAX_ID))


def test_a_person_whose_relationship_goes_on_is_refused_with_a_day_and_nothing_is_changed(
    bank: BuiltBank, place: Place, customers: list[str]
) -> None:
    before = bank.fingerprints("bronze", "silver", "gold", "vault", "oltp")
    outcome = erase_one(place, request(customers[0]))
    assert outcome.state == "HELD"
    assert outcome.erase_on == date(2031, 11, 30)
    assert not outcome.holds[0].is_final
    assert bank.fingerprints("bronze", "silver", "gold", "vault", "oltp") == before
    assert ledger.read(ledger.ledger_path(bank.settings)) == []
    assert outcome.reply is not None
    assert "30 November 2031" in outcome.reply.read_text()
    assert outcome.reply.stat().st_mode & 0o077 == 0


def test_a_second_request_of_a_person_who_waits_is_the_same_request(
    place: Place, customers: list[str]
) -> None:
    first = erase_one(place, request(customers[0]))
    again = erase_one(place, request(customers[0]))
    assert again.request_id == first.request_id


def test_an_unknown_person_is_refused_and_nothing_is_changed(
    bank: BuiltBank, place: Place, customers: list[str]
) -> None:
    before = bank.fingerprints("bronze", "vault", "compliance")
    with pytest.raises(NothingFoundError, match="NOBODY"):
        request_erasures(place, [request(customers[1]), request("NOBODY")], at=AT)
    assert bank.fingerprints("bronze", "vault", "compliance") == before


def test_an_erased_person_is_in_no_table_and_no_file_and_every_sum_is_what_it_was(
    bank: BuiltBank, place: Place, customers: list[str]
) -> None:
    person = _planted(bank, place, customers[2])
    end_relationships(bank.url, [person.number])
    assert all(where_it_stands(bank.url, text) for text in (TAX_ID, person.texts[-2]))
    held = held_of(place, person.number, Purpose("test", "a copy"))
    copy = write_archive(place, person.number, "PR-0123456789", held)
    before = figures(bank.url)
    outcome = erase_one(place, request(person.number))
    assert outcome.state == "ERASED"
    assert {text: where_it_stands(bank.url, text) for text in person.texts} == {
        text: [] for text in person.texts
    }
    assert {text: files_with(bank.home, text) for text in person.texts} == {
        text: [] for text in person.texts
    }
    assert figures(bank.url) == before
    assert not copy.exists()
    assert outcome.reply is not None
    assert person.number not in outcome.reply.read_text()


def test_pages_and_exports_are_removed_and_other_files_keep_their_other_lines(
    bank: BuiltBank, place: Place, customers: list[str]
) -> None:
    person = _planted(bank, place, customers[0])
    end_relationships(bank.url, [person.number])
    erase_one(place, request(person.number))
    reports = bank.home / "reports"
    assert not list(reports.rglob("planted.*"))
    assert not (reports / "numbers.html").exists()
    assert (reports / "nobody.html").exists()
    log = (bank.home / "logs" / "planted.log").read_text()
    assert log == "first line\nfailed for [erased]\nlast line\n"
    with gzip.open(bank.home / "landing" / "planted.csv.gz", "rt") as file:
        assert file.read() == "id,mail\n1,[erased]\n2,other@example.org\n"


def test_masked_forms_and_tokens_are_gone_from_every_version_and_payments_still_meet(
    bank: BuiltBank, place: Place, customers: list[str]
) -> None:
    number = customers[0]
    token = "select account_number_token from bronze.accounts where customer_id = %s".replace(
        "%s", f"'{number}'"
    )
    old = {value for (value,) in query(bank.url, token)}
    meet = (
        "select a.account_id, count(*) from bronze.accounts as a inner join bronze.transactions"
        f" as t on t.counterparty_account_token = a.account_number_token"
        f" where a.customer_id = '{number}' and a._op in ('r', 'c') group by 1 order by 1"
    )
    met = query(bank.url, meet)
    end_relationships(bank.url, [number])
    erase_one(place, request(number))
    masked = query(
        bank.url,
        "select first_name_masked, email_token, phone_masked, identity_id, birth_year % 10"
        f" from bronze.customers where customer_id = '{number}'",
    )
    assert set(masked) == {(None, None, None, None, 0)}
    assert query(bank.url, f"select distinct customer_name from gold.dim_customer"
                           f" where customer_id = '{number}'") == [(None,)]  # fmt: skip
    assert STARS not in str(query(bank.url, f"select account_number_masked from gold.dim_account"
                                            f" where customer_id = '{number}'"))  # fmt: skip
    assert not old & {value for (value,) in query(bank.url, token)}
    assert all(not where_it_stands(bank.url, value) for value in old)
    assert query(bank.url, meet) == met


def _load_customers(bank: BuiltBank, place: Place) -> LoadResult:
    source = PostgresSource.model_validate(
        {"connector": "postgres", "schema": "oltp", "journal": True}
    )
    connector = PostgresConnector(source, bank.url)
    return load(bank.url, "customers", connector, master=place.master)


def test_a_load_after_an_erasure_finds_nothing_new_of_the_person(
    bank: BuiltBank, place: Place, customers: list[str]
) -> None:
    _load_customers(bank, place)
    number = customers[0]
    end_relationships(bank.url, [number])
    erase_one(place, request(number))
    report = _load_customers(bank, place)
    assert (report.rows_read, report.rows_rejected) == (0, 0)


def test_a_log_that_is_loaded_anew_does_not_bring_people_back_and_is_not_refused_for_it(
    bank: BuiltBank, place: Place, customers: list[str]
) -> None:
    number = customers[0]
    texts = needles(
        open_identities(place.warehouse, place.master, [number], Purpose("test", "canaries"))
    )
    end_relationships(bank.url, [number])
    erase_one(place, request(number))
    forget_log(bank.url, "customers", reason="a test of erasure", by="ana")
    report = _load_customers(bank, place)
    assert report.rows_erased >= 1
    known = f"select count(*) from bronze.customers where customer_id = '{number}'"
    assert query(bank.url, known) == [(0,)]
    assert [where_it_stands(bank.url, text) for text in texts] == [[] for _ in texts]


def test_a_person_who_is_held_is_erased_on_the_day_on_which_the_hold_ends(
    bank: BuiltBank, place: Place, customers: list[str]
) -> None:
    number = customers[0]
    end_relationships(bank.url, [number], on="2025-02-28")
    outcome = erase_one(place, request(number))
    assert (outcome.state, outcome.erase_on) == ("HELD", date(2030, 2, 28))
    assert outcome.holds[0].is_final
    assert carry_out_due(place, date(2030, 2, 27), at=AT) == []
    (done,) = carry_out_due(place, date(2030, 2, 28), at=AT)
    assert (done.request_id, done.state) == (outcome.request_id, "ERASED")
    key = f"select wrapped_key from vault.customer_keys where subject_id = '{number}'"
    assert query(bank.url, key) == [(None,)]


def test_a_case_that_is_open_on_the_day_moves_it(
    bank: BuiltBank, place: Place, customers: list[str]
) -> None:
    number = customers[0]
    end_relationships(bank.url, [number], on="2025-02-28")
    outcome = erase_one(place, request(number))
    opened = (
        "insert into compliance.aml_cases (case_id, customer_id, status, queue, detected_date,"
        " due_date, opened_by) values ('CASE-held', %s, %s, 'analysts', %s, %s, 'test')"
    )
    day = date(2030, 2, 28)
    with psycopg.connect(bank.url) as connection:
        connection.execute(
            "delete from compliance.aml_case_alerts where customer_id = %s", (number,)
        )
        connection.execute(opened, (number, "OPEN", day, day))
    (held,) = carry_out_due(place, day, at=AT)
    assert (held.state, held.erase_on) == ("HELD", date(2035, 2, 28))
    assert held.reply is not None
    assert "case" not in held.reply.read_text().lower()
    with psycopg.connect(bank.url) as connection:
        connection.execute("update compliance.aml_cases set status = 'CLOSED'"
                           " where case_id = 'CASE-held'")  # fmt: skip
    (done,) = carry_out_due(place, date(2030, 3, 1), at=AT)
    assert (done.request_id, done.state) == (outcome.request_id, "ERASED")
    cases = f"select count(*) from compliance.aml_cases where customer_id = '{number}'"
    assert query(bank.url, cases) == [(0,)]


def test_a_hold_that_somebody_has_set_keeps_a_person_until_its_day(
    bank: BuiltBank, place: Place, customers: list[str]
) -> None:
    number = customers[0]
    end_relationships(bank.url, [number])
    with place.warehouse.connect() as connection:
        set_hold(connection, number, date(2027, 5, 1), "Court order 12 C 34", "anna", ON)
    outcome = erase_one(place, request(number))
    assert (outcome.state, outcome.erase_on) == ("HELD", date(2027, 5, 1))
    (done,) = carry_out_due(place, date(2027, 5, 1), at=AT)
    assert done.state == "ERASED"


def test_the_daily_run_erases_who_is_due_and_lists_who_waits(
    bank: BuiltBank, place: Place, customers: list[str]
) -> None:
    due, waits = customers[0], customers[1]
    end_relationships(bank.url, [due])
    early = erase_one(place, request(due, date(2019, 1, 1)))
    assert (early.state, early.erase_on) == ("HELD", date(2020, 1, 31))
    later = erase_one(place, request(waits))
    warehouse = WarehouseResource(settings=bank.settings)
    contracts = {contract.name: contract for contract in PRIVACY.values()}
    held = HeldTables(warehouse=warehouse, graph=CheckedGraph({}, frozenset(), {}))
    tables = TablesResource(warehouse=warehouse, contracts=contracts, held=held)
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.materialize(
            [privacy_duties],
            instance=instance,
            resources={
                "settings": bank.settings,
                "sources": place.sources,
                "warehouse": warehouse,
                "held": held,
                "tables": tables,
            },
        )
    assert run.success
    key = f"select wrapped_key from vault.customer_keys where subject_id = '{due}'"
    assert query(bank.url, key) == [(None,)]
    listed = query(bank.url, "select request_id, as_of_date from compliance.waiting_erasures")
    assert (later.request_id, bank.history.last) in listed
    assert early.request_id not in [request_id for request_id, _ in listed]
    assert query(bank.url, "select sum(deleted_rows) from compliance.retention_runs") == [(0,)]


def test_erasing_twice_does_nothing_the_second_time(
    bank: BuiltBank, place: Place, customers: list[str]
) -> None:
    number = customers[0]
    end_relationships(bank.url, [number])
    erase_one(place, request(number))
    before = bank.fingerprints("bronze", "silver", "gold", "vault", "oltp", "compliance")
    entries = ledger.read(ledger.ledger_path(bank.settings))
    assert erase_one(place, request(number)).state == "ERASED_BEFORE"
    assert bank.fingerprints("bronze", "silver", "gold", "vault", "oltp", "compliance") == before
    assert ledger.read(ledger.ledger_path(bank.settings)) == entries


def test_after_a_restore_the_ledger_erases_everybody_again(
    built_bank: BuiltBank,
    bank: BuiltBank,
    place: Place,
    postgres_server: URL,
    tmp_path: Path,
    customers: list[str],
) -> None:
    number = customers[0]
    opened = open_identities(place.warehouse, place.master, [number], Purpose("test", "canaries"))
    end_relationships(bank.url, [number])
    erase_one(place, request(number))
    with copy_of(built_bank, postgres_server, tmp_path / "restored") as restored:
        target = ledger.ledger_path(restored.settings)
        target.parent.mkdir(exist_ok=True)
        shutil.copy(ledger.ledger_path(bank.settings), target)
        texts = needles(opened)
        assert where_it_stands(restored.url, texts[0])
        people = replay(restored.url, restored.settings)
        assert people == len({entry.subject for entry in ledger.read(target)})
        assert [where_it_stands(restored.url, text) for text in texts] == [[] for _ in texts]
        once = restored.fingerprints("bronze", "silver", "gold", "vault", "oltp")
        assert replay(restored.url, restored.settings) == people
        assert restored.fingerprints("bronze", "silver", "gold", "vault", "oltp") == once


def test_the_ledger_and_the_register_of_requests_name_nobody(bank: BuiltBank, place: Place) -> None:
    gone = "select subject_id from vault.customer_keys where destroyed_at is not null"
    erased = [number for (number,) in query(bank.url, gone)]
    assert erased
    text = ledger.ledger_path(bank.settings).read_text()
    told = str(requests(place.warehouse, "ERASURE", "DONE"))
    assert not [number for number in erased if number in text or number in told]
