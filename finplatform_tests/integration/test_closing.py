"""A month is closed, a transaction of it comes late, and it is restated: both versions stay."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy.engine import URL, make_url

from finplatform.compliance.sox.duties import DutyRefusedError, Person
from finplatform.compliance.sox.frozen_tables import frozen_tables
from finplatform.compliance.sox.periods import Month, PeriodRefusedError, State
from finplatform.errors import FinplatformError, NothingFoundError
from finplatform.orchestration.build import all_contracts
from finplatform.settings import Settings
from finplatform.warehouse import bulk, dbt, ddl, period_closes, period_versions
from finplatform.warehouse.audit_log import Search, find, trail
from finplatform.warehouse.audit_seals import seal, verify_trail
from finplatform.warehouse.connection_pool import POOL
from finplatform.warehouse.database import Warehouse
from finplatform_tests.databases import new_databases
from finplatform_tests.integration.api.people import PASSWORD, add_people, served
from finplatform_tests.integration.closing_bank import (
    LATE,
    LATE_WEIGHTED,
    fill,
    load_late,
    note_load,
    report_again,
    transaction,
)

pytestmark = pytest.mark.integration

MARCH = Month.parse("2025-03")
AS_OF = date(2025, 4, 1)
RITA, RUTH = Person("rita", "risk_analyst"), Person("ruth", "risk_analyst")
OLGA = Person("olga", "compliance_officer")
OVER = "The month is over and its report is made."
CAME_LATE = "A payment of 15 March came on 2 April."

TABLES = (
    "period_versions", "period_events", "period_tables", "period_rows", "period_runs",
)  # fmt: skip


@pytest.fixture(scope="module")
def template(postgres_server: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Name of a database with the rows of the month, of which each test has a copy."""
    manifest = dbt.load_manifest(Settings(home=tmp_path_factory.mktemp("closing")))
    contracts = all_contracts(manifest)
    with new_databases(postgres_server, "closing") as (url,):
        with bulk.connect(url) as connection:
            ddl.create_schemas(connection)
            for each in frozen_tables():
                ddl.create_table(connection, contracts[each.table])
        with psycopg.connect(url) as session:
            fill(session)
        # A database in use is not copied.
        POOL.close()
        yield str(make_url(url).database)


@pytest.fixture
def warehouse(postgres_server: URL, template: str) -> Iterator[Warehouse]:
    with new_databases(postgres_server, "closing_copy", template=template) as (url,):
        yield Warehouse(make_url(url))


def close(warehouse: Warehouse) -> None:
    period_closes.prepare(warehouse, MARCH, RITA, OVER, AS_OF)
    period_closes.approve(warehouse, MARCH, OLGA, "", AS_OF)


def restate(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        load_late(connection)
        report_again(connection)
    period_closes.prepare_restatement(warehouse, MARCH, RUTH, CAME_LATE, AS_OF)
    period_closes.approve(warehouse, MARCH, OLGA, "Seen the statement of the correspondent.", AS_OF)


def everything(warehouse: Warehouse) -> list[Any]:
    with warehouse.connect() as connection:
        return [
            connection.execute(
                f"select * from compliance.{table} order by {table}::text".encode()
            ).fetchall()
            for table in TABLES
        ]


def execute(warehouse: Warehouse, statement: str) -> None:
    with warehouse.connect() as connection:
        connection.execute(statement.encode())


def test_a_closed_month_is_proved_unchanged(warehouse: Warehouse, settings: Settings) -> None:
    close(warehouse)
    seal(settings, warehouse)
    assert period_versions.verify(warehouse) == []
    report = verify_trail(settings, warehouse)
    assert report.holds
    assert report.sealed == 1
    with warehouse.connect() as connection:
        (version,) = period_closes.versions(connection, MARCH)
        tables = dict(
            connection.execute(
                "select table_name, row_count from compliance.period_tables"
            ).fetchall()
        )
        days = connection.execute(
            "select count(*), min(content ->> 'x') from compliance.period_rows"
            " where table_name = 'gold.fact_balances'"
        ).fetchone()
    assert (version.state, version.prepared_by, version.approved_by) == (
        State.APPROVED, "rita", "olga",
    )  # fmt: skip
    # Rows of the months around it are not frozen, and large facts are kept as hashes.
    assert (tables["gold.fact_transactions"], tables["gold.fact_balances"]) == (2, 31)
    assert days == (31, None)


def test_the_approval_is_in_the_audit_trail_with_the_fingerprint(warehouse: Warehouse) -> None:
    close(warehouse)
    with warehouse.connect() as connection:
        (version,) = period_closes.versions(connection, MARCH)
    with trail(warehouse) as connection:
        (event,) = find(connection, Search(action=period_closes.APPROVAL))
    assert event["seq"] == version.audit_event
    assert (event["actor"], event["object"]) == ("olga", "2025-03")
    assert event["detail"]["fingerprint"] == version.fingerprint
    assert event["detail"]["prepared_by"] == "rita"


def test_the_same_person_does_not_prepare_and_approve(warehouse: Warehouse) -> None:
    period_closes.prepare(warehouse, MARCH, RITA, OVER, AS_OF)
    before = everything(warehouse)
    with pytest.raises(DutyRefusedError, match="rita prepared 2025-03 version 1"):
        period_closes.approve(warehouse, MARCH, RITA, "", AS_OF)
    assert everything(warehouse) == before
    # Nor by hand: the table refuses it as well.
    with pytest.raises(psycopg.errors.CheckViolation):
        execute(
            warehouse,
            "update compliance.period_versions set state = 'APPROVED', approved_by = prepared_by,"
            " audit_event = 1",
        )


def test_a_late_transaction_is_restated_and_both_versions_are_readable(
    warehouse: Warehouse,
) -> None:
    close(warehouse)
    with warehouse.connect() as connection:
        first = period_versions.report(connection, MARCH)
    restate(warehouse)
    with warehouse.connect() as connection:
        as_first_reported = period_versions.report(connection, MARCH, 1)
        restated = period_versions.report(connection, MARCH)
    assert as_first_reported == first
    (old,) = first["tables"]["gold.capital_adequacy"]
    (new,) = restated["tables"]["gold.capital_adequacy"]
    assert (old["risk_weighted_assets"], old["cet1_ratio"]) == (
        Decimal("800.00"), Decimal("0.125000"),
    )  # fmt: skip
    assert new["risk_weighted_assets"] == Decimal("830.19")
    assert new["cet1_ratio"] == Decimal("0.120454")
    assert (restated["version"], restated["prepared_by"], restated["reason"]) == (
        2, "ruth", CAME_LATE,
    )  # fmt: skip
    assert period_versions.verify(warehouse) == []


def test_the_difference_is_explained_to_the_cent(warehouse: Warehouse) -> None:
    close(warehouse)
    restate(warehouse)
    with warehouse.connect() as connection:
        found = period_versions.difference(connection, MARCH, 1, 2)
    (late,) = [row for row in found["rows"] if row["table"] == "gold.fact_transactions"]
    assert (late["row_key"], late["change"], late["difference"]) == ("T9", "ADDED", LATE)
    assert late["after"]["transaction_date"] == "2025-03-15"
    tables = {row["table"]: row for row in found["tables"]}
    assert all(row["unexplained"] == 0 for row in tables.values())
    assert tables["gold.fact_transactions"]["difference"] == LATE
    # Every day from the transaction to the month's end has another balance.
    assert tables["gold.fact_balances"]["rows"] == {"CHANGED": 17}
    assert tables["gold.fact_balances"]["difference"] == 17 * LATE
    assert tables["gold.credit_exposures"]["difference"] == LATE
    assert tables["gold.rwa_by_class"]["difference"] == LATE_WEIGHTED
    moved = {(row["table"], row["figure"]): row["difference"] for row in found["figures"]}
    assert moved == {
        ("gold.rwa_by_class", "risk_weighted_assets"): LATE_WEIGHTED,
        ("gold.capital_adequacy", "risk_weighted_assets"): LATE_WEIGHTED,
        ("gold.capital_adequacy", "cet1_ratio"): Decimal("-0.004546"),
    }
    (explained,) = found["explained"]
    assert explained["components"] == {"qrre": LATE_WEIGHTED}
    assert (explained["difference"], explained["unexplained"]) == (LATE_WEIGHTED, 0)
    assert {run["run_id"] for run in found["runs"]} == {"run-of-late-day", "run-of-restatement"}
    assert [(event["version"], event["action"], event["actor"]) for event in found["events"]] == [
        (1, "prepare", "rita"), (1, "approve", "olga"),
        (2, "prepare", "ruth"), (2, "approve", "olga"),
    ]  # fmt: skip


def test_a_load_into_a_closed_month_leaves_the_figures_as_reported(warehouse: Warehouse) -> None:
    close(warehouse)
    with warehouse.connect() as connection:
        load_late(connection)
        connection.commit()
        reported = period_versions.report(connection, MARCH)
    assert reported["version"] == 1
    with period_closes.one_state(warehouse) as connection:
        version = period_versions.find(connection, MARCH, None)
        assert period_versions.change_counts(connection, version) == {
            "gold.fact_balances": {"CHANGED": 17},
            "gold.fact_transactions": {"ADDED": 1},
        }
    # Not before the month's report is made from what was loaded.
    before = everything(warehouse)
    with pytest.raises(PeriodRefusedError, match="older than its facts"):
        period_closes.prepare_restatement(warehouse, MARCH, RUTH, CAME_LATE, AS_OF)
    assert everything(warehouse) == before


@pytest.mark.parametrize(
    ("statement", "table", "key", "words"),
    [
        (
            "update gold.fact_transactions set transaction_amount_usd = 100.01"
            " where transaction_id = 'T2'",
            "gold.fact_transactions", "T2", "T2 was changed: 100.00 before, 100.01 now.",
        ),
        (
            "delete from gold.fact_transactions where transaction_id = 'T3'",
            "gold.fact_transactions", "T3", "T3 was removed: -20.50 before, nothing now.",
        ),
        (
            "update gold.capital_adequacy set cet1_ratio = 0.2",
            "gold.capital_adequacy", "2025-03-31", "2025-03-31 was changed in cet1_ratio.",
        ),
        (
            "update gold.own_funds set gross_amount = 5",
            "gold.own_funds", "common_shares", "common_shares was changed in gross_amount.",
        ),
    ],
)  # fmt: skip
def test_tampering_with_a_frozen_row_is_found_and_named(
    warehouse: Warehouse, statement: str, table: str, key: str, words: str
) -> None:
    close(warehouse)
    execute(warehouse, statement)
    found = period_versions.verify(warehouse, MARCH)
    assert [(one.kind, one.table, one.row_key) for one in found] == [
        ("table", table, ""), ("row", table, key),
    ]  # fmt: skip
    assert found[1].message == words


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        (
            "update compliance.period_rows set content = jsonb_set(content, '{cet1_ratio}', '0.2'),"
            " row_hash = sha256('x') where table_name = 'gold.capital_adequacy'",
            {"evidence", "table", "row"},
        ),
        (
            "update compliance.period_tables set checksum = repeat('a', 64)"
            " where table_name = 'gold.own_funds'",
            {"evidence"},
        ),
        ("update compliance.period_versions set fingerprint = repeat('a', 64)",
         {"evidence", "signature"}),
        ("update compliance.period_versions set audit_event = 99", {"signature"}),
    ],
)  # fmt: skip
def test_tampering_with_the_evidence_is_refused_and_found_where_it_is_forced(
    warehouse: Warehouse, statement: str, kinds: set[str]
) -> None:
    close(warehouse)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        execute(warehouse, statement)
    table = statement.split()[1]
    execute(warehouse, f"alter table {table} disable trigger all")
    execute(warehouse, statement)
    assert {one.kind for one in period_versions.verify(warehouse)} == kinds


def test_a_closed_month_is_not_closed_again(warehouse: Warehouse) -> None:
    close(warehouse)
    before = everything(warehouse)
    with pytest.raises(PeriodRefusedError, match="closed already"):
        period_closes.prepare(warehouse, MARCH, RUTH, OVER, AS_OF)
    with pytest.raises(PeriodRefusedError, match="there is nothing to restate"):
        period_closes.prepare_restatement(warehouse, MARCH, RUTH, CAME_LATE, AS_OF)
    with pytest.raises(PeriodRefusedError, match="Nothing of 2025-03 waits"):
        period_closes.approve(warehouse, MARCH, OLGA, "", AS_OF)
    assert everything(warehouse) == before


@pytest.mark.parametrize(
    ("month", "spoil", "reason"),
    [
        ("2025-04", "", "2025-04 is still open"),
        ("2019-03", "", "no rows of 2019-03"),
        ("2025-03", "delete from gold.own_funds", "gold.own_funds has no row"),
        ("2025-03", "delete from gold.fact_balances where balance_date = '2025-03-09'",
         "no balances of 2025-03-09"),
        ("2025-03", "insert into ops.incidents (fingerprint, kind, severity, subject, title, link,"
         " held_table, days, opened_at,"
         " last_seen_at) values ('f', 'check', 'error', 'gold.fact_ledger', 'It failed.', '/',"
         " 'gold.fact_ledger', '{[2025-03-31,2025-04-01)}', now(), now())", "It failed"),
    ],
)  # fmt: skip
def test_an_open_unknown_or_incomplete_month_is_refused_and_nothing_changes(
    warehouse: Warehouse, month: str, spoil: str, reason: str
) -> None:
    if spoil:
        execute(warehouse, spoil)
    before = everything(warehouse)
    with pytest.raises(PeriodRefusedError, match=reason):
        period_closes.prepare(warehouse, Month.parse(month), RITA, OVER, AS_OF)
    with pytest.raises(FinplatformError):
        period_closes.approve(warehouse, Month.parse(month), OLGA, "", AS_OF)
    with pytest.raises(NothingFoundError, match="is not closed"):
        period_versions.verify(warehouse, Month.parse(month))
    assert everything(warehouse) == before


def test_what_changed_since_it_was_prepared_is_not_approved(warehouse: Warehouse) -> None:
    period_closes.prepare(warehouse, MARCH, RITA, OVER, AS_OF)
    with warehouse.connect() as connection:
        transaction(connection, "T8", date(2025, 3, 20), Decimal("1.00"))
    before = everything(warehouse)
    with pytest.raises(PeriodRefusedError, match="not as rita prepared it"):
        period_closes.approve(warehouse, MARCH, OLGA, "", AS_OF)
    assert everything(warehouse) == before
    # Prepared anew, by another person even, it is approved.
    period_closes.prepare(warehouse, MARCH, RUTH, OVER, AS_OF)
    period_closes.approve(warehouse, MARCH, RITA, "", AS_OF)
    assert period_versions.verify(warehouse) == []


def test_what_is_refused_is_gone_and_noted(warehouse: Warehouse) -> None:
    period_closes.prepare(warehouse, MARCH, RITA, OVER, AS_OF)
    with pytest.raises(DutyRefusedError):
        period_closes.refuse(warehouse, MARCH, RITA, "I was wrong.")
    period_closes.refuse(warehouse, MARCH, OLGA, "The ledger is not final.")
    versions, events, *rest = everything(warehouse)
    assert not versions
    assert [row[3] for row in events] == ["prepare", "refuse"]
    assert not any(rest)


def test_of_two_who_approve_at_once_one_is_refused(warehouse: Warehouse) -> None:
    period_closes.prepare(warehouse, MARCH, RITA, OVER, AS_OF)

    def approved(person: Person) -> bool:
        try:
            period_closes.approve(warehouse, MARCH, person, "", AS_OF)
        except PeriodRefusedError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(approved, (OLGA, RUTH))) == [False, True]
    assert period_versions.verify(warehouse) == []


def test_a_second_restatement_builds_on_the_first(warehouse: Warehouse) -> None:
    close(warehouse)
    restate(warehouse)
    execute(warehouse, "delete from gold.fact_transactions where transaction_id = 'T9'")
    with warehouse.connect() as connection:
        note_load(connection, "gold.capital_adequacy", MARCH.first, MARCH.end, "run-of-third")
    period_closes.prepare_restatement(warehouse, MARCH, RITA, "The payment was recalled.", AS_OF)
    period_closes.approve(warehouse, MARCH, RUTH, "", AS_OF)
    with warehouse.connect() as connection:
        (gone,) = period_versions.difference(connection, MARCH, 2, 3)["rows"]
        assert (gone["row_key"], gone["change"], gone["difference"]) == ("T9", "REMOVED", -LATE)
        over_all = period_versions.difference(connection, MARCH, 1, 3)
    assert "gold.fact_transactions" not in {row["table"] for row in over_all["rows"]}
    assert period_versions.verify(warehouse) == []


def test_versions_and_their_difference_are_read_by_the_api(
    warehouse: Warehouse, home: Path
) -> None:
    close(warehouse)
    restate(warehouse)
    settings = Settings(home=home, database_url=SecretStr(warehouse.url))
    add_people(settings)
    with served(settings) as api:
        listed = api.get("/api/v1/periods", "compliance_officer").json()
        assert [(row["version"], row["approved_by"]) for row in listed] == [
            (1, "olga"), (2, "olga"),
        ]  # fmt: skip
        for version, assets in ((1, "800.00"), (2, "830.19")):
            report = api.get(f"/api/v1/periods/2025-03/report?version={version}", "auditor").json()
            (row,) = report["tables"]["gold.capital_adequacy"]
            assert row["risk_weighted_assets"] == assets
        found = api.get("/api/v1/periods/2025-03/difference?from=1&to=2", "risk_analyst").json()
        assert [row["row_key"] for row in found["rows"] if row["change"] == "ADDED"] == ["T9"]
        assert {row["unexplained"] for row in found["tables"]} <= {"0", "0.00"}
        assert api.get("/api/v1/periods/2025-02/report", "auditor").status_code == 404
        assert api.get("/api/v1/periods/2025-03/report?version=9", "auditor").status_code == 404
        assert api.get("/api/v1/periods/2025-13/report", "auditor").status_code == 422
        for path in ("", "/2025-03/report", "/2025-03/difference"):
            assert api.get(f"/api/v1/periods{path}", "bi_analyst").status_code == 403
        assert api.get("/api/v1/periods/2025-03/report", "compliance_officer").status_code == 403


def test_the_commands_close_a_month_and_name_what_is_changed(
    warehouse: Warehouse, home: Path
) -> None:
    add_people(Settings(home=home, database_url=SecretStr(warehouse.url)))

    def typed(*command: str) -> tuple[int, str]:
        done = subprocess.run(
            [str(Path(sys.executable).with_name("finplatform")), "sox", *command],
            env={
                **os.environ,
                "FINPLATFORM_HOME": str(home),
                "FINPLATFORM_DATABASE_URL": warehouse.url,
            },
            input=f"{PASSWORD}\n",
            capture_output=True,
            text=True,
            check=False,
        )
        said = " ".join((done.stdout + done.stderr).split())
        assert "Traceback" not in said
        return done.returncode, said

    assert typed("close", "2025-13", "--by", "risk_analyst", "--reason", OVER)[0] == 1
    status, said = typed("close", "2025-03", "--by", "risk_analyst", "--reason", OVER)
    assert (status, "waits for another person" in said) == (0, True), said
    status, said = typed("approve", "2025-03", "--by", "risk_analyst")
    assert (status, "may not approve it" in said) == (1, True), said
    status, said = typed("approve", "2025-03", "--by", "compliance_officer")
    assert (status, "is frozen" in said) == (0, True), said
    assert typed("verify") == (
        0, "Every closed month is as it was frozen, and the audit trail holds.",
    )  # fmt: skip
    execute(warehouse, "update gold.own_funds set counted_amount = 1")
    status, said = typed("verify", "2025-03")
    assert status == 1
    assert "common_shares was changed in counted_amount: 100.00 before, 1.00 now." in said
