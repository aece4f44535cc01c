"""Cases, reports and registers in a database: what is refused is refused whoever asks at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from finplatform.compliance.aml.cases import (
    Action,
    CaseRefusedError,
    Decision,
    Person,
    Status,
    Step,
)
from finplatform.compliance.aml.dry_run import Comparison
from finplatform.compliance.aml.rules import standard_rules
from finplatform.contracts.laundering import LAUNDERING
from finplatform.errors import FinplatformError, NothingFoundError
from finplatform.security.rights import PEOPLE, Role
from finplatform.warehouse import bulk, ddl, laundering_cases, laundering_rules
from finplatform.warehouse.access import AccessUnavailableError, apply_rights
from finplatform.warehouse.laundering_reading import read_rules
from finplatform.warehouse.laundering_reports import draft_report
from finplatform.warehouse.people import make_person
from finplatform.warehouse.role_names import role_name
from finplatform.warehouse.tables import replace_rows
from finplatform.windows import Window

pytestmark = pytest.mark.integration

DAY = date(2025, 6, 2)
WHY = "The deposits avoid the report, and no business explains them."
ANNA = Person("anna", Role.COMPLIANCE_OFFICER)
OLGA = Person("olga", Role.COMPLIANCE_OFFICER)


def alert(number: int, customer: str, typology: str = "STRUCTURING") -> dict[str, Any]:
    at = datetime(2025, 5, number, 12, tzinfo=UTC)
    return {
        "alert_id": f"AML-{number:016x}", "customer_id": customer, "typology": typology,
        "signal_count": 2, "reason": f"reason {number}", "amount_usd": Decimal("9400.00"),
        "transaction_count": 1, "party_count": 1, "first_at": at, "last_at": at,
        "alert_date": at.date(), "score": 80,
    }  # fmt: skip


def moved(number: int, customer: str) -> dict[str, Any]:
    found = alert(number, customer)
    return {
        "alert_id": found["alert_id"], "transaction_id": f"T{number}", "account_id": f"A{customer}",
        "noted_date": found["alert_date"], "transaction_at": found["first_at"],
        "amount_usd": found["amount_usd"], "direction": 1, "kind": "CASH_IN",
        "customer_id": customer, "is_subject": True,
    }  # fmt: skip


def store(url: str, *alerts: dict[str, Any]) -> None:
    month = Window(date(2025, 5, 1), date(2025, 6, 1))
    rows = pl.DataFrame(list(alerts))
    parts = pl.DataFrame([moved(int(a["alert_id"][4:], 16), a["customer_id"]) for a in alerts])
    replace_rows(url, LAUNDERING["aml_alerts"], rows, month)
    replace_rows(url, LAUNDERING["aml_alert_transactions"], parts, month)


@pytest.fixture
def owner(postgres_url: str) -> Iterator[psycopg.Connection]:
    with bulk.connect(postgres_url) as connection:
        ddl.create_schemas(connection)
    store(postgres_url, alert(1, "C1"), alert(3, "C1", "RAPID_MOVEMENT"), alert(2, "C2"))
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        laundering_cases.open_cases(connection, DAY)
        yield connection


def case_of(owner: psycopg.Connection, customer: str) -> str:
    query = "select case_id from compliance.aml_cases where customer_id = %s"
    (row,) = owner.execute(query, (customer,)).fetchall()
    return str(row[0])


def step(action: Action, by: Person = ANNA, **more: Any) -> Step:
    return Step(action, by, WHY, DAY, **more)


def proposed(owner: psycopg.Connection, customer: str = "C1") -> str:
    case_id = case_of(owner, customer)
    laundering_cases.take(owner, case_id, step(Action.PROPOSE, decision=Decision.REPORT))
    return case_id


def everything(owner: psycopg.Connection) -> list[tuple[Any, ...]]:
    return [
        row
        for table in ("aml_cases", "aml_case_events", "aml_case_decisions")
        for row in owner.execute(f"select * from compliance.{table} order by 1".encode())
    ]


def test_a_customers_alerts_are_one_case_and_it_opens_once(
    owner: psycopg.Connection, postgres_url: str
) -> None:
    queue = laundering_cases.queue(owner, DAY)
    assert {(row["customer_id"], row["alerts"]) for row in queue} == {("C1", 2), ("C2", 1)}
    assert {row["due_date"] for row in queue} == {DAY + timedelta(days=30)}
    before = everything(owner)
    assert laundering_cases.open_cases(owner, DAY + timedelta(days=1)) == 0
    assert everything(owner) == before
    # Days that are judged again with the same result change nothing; a new alert joins the case.
    store(postgres_url, alert(1, "C1"), alert(3, "C1", "RAPID_MOVEMENT"), alert(2, "C2"),
          alert(9, "C1", "FAN_IN"))  # fmt: skip
    assert laundering_cases.open_cases(owner, DAY + timedelta(days=2)) == 1
    file = laundering_cases.case_file(owner, case_of(owner, "C1"))
    assert [row["typology"] for row in file.alerts] == ["STRUCTURING", "RAPID_MOVEMENT", "FAN_IN"]
    assert [row["action"] for row in file.events] == ["open", "add", "add"]
    assert file.case.detected_date == DAY


def test_an_alert_after_the_decision_is_a_new_case(
    owner: psycopg.Connection, postgres_url: str
) -> None:
    case_id = proposed(owner)
    laundering_cases.take(owner, case_id, step(Action.DECIDE, OLGA))
    store(postgres_url, alert(1, "C1"), alert(12, "C1"), alert(2, "C2"))
    assert laundering_cases.open_cases(owner, DAY + timedelta(days=40)) == 1
    cases = owner.execute(
        "select status, detected_date from compliance.aml_cases where customer_id = 'C1'"
        " order by opened_at, status"
    ).fetchall()
    assert sorted(cases) == [("CLOSED", DAY), ("OPEN", DAY + timedelta(days=40))]


def test_a_case_keeps_its_transactions_whatever_a_later_run_finds(
    owner: psycopg.Connection, postgres_url: str
) -> None:
    case_id = case_of(owner, "C1")
    before = laundering_cases.case_file(owner, case_id)
    store(postgres_url, alert(2, "C2"))
    laundering_cases.open_cases(owner, DAY)
    after = laundering_cases.case_file(owner, case_id)
    assert (after.alerts, after.transactions) == (before.alerts, before.transactions)
    assert [row["transaction_id"] for row in after.transactions] == ["T1", "T3"]


def test_a_case_decided_twice_is_refused_and_nothing_changes(owner: psycopg.Connection) -> None:
    case_id = proposed(owner)
    laundering_cases.take(owner, case_id, step(Action.DECIDE, OLGA))
    before = everything(owner)
    for by in (ANNA, OLGA):
        with pytest.raises(CaseRefusedError, match="decided already"):
            laundering_cases.take(owner, case_id, step(Action.DECIDE, by))
    assert everything(owner) == before


def test_a_decision_by_who_proposed_it_is_refused_and_nothing_changes(
    owner: psycopg.Connection,
) -> None:
    case_id = proposed(owner)
    before = everything(owner)
    with pytest.raises(CaseRefusedError, match="anna proposed the decision"):
        laundering_cases.take(owner, case_id, step(Action.DECIDE, ANNA))
    assert everything(owner) == before
    # Past the commands, too.
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute(
            "insert into compliance.aml_case_decisions (case_id, decision, proposed_by,"
            " proposed_at, decided_by, reason) values (%s, 'REPORT', 'anna', now(), 'anna', 'x')",
            (case_id,),
        )


def test_an_unknown_case_is_refused(owner: psycopg.Connection) -> None:
    before = everything(owner)
    for ask in (
        lambda: laundering_cases.take(owner, "CASE-none", step(Action.NOTE)),
        lambda: laundering_cases.case_file(owner, "CASE-none"),
        lambda: draft_report(owner, "CASE-none", "Bank", "anna", DAY),
    ):
        with pytest.raises(NothingFoundError, match="There is no case CASE-none"):
            ask()
    assert everything(owner) == before


def test_of_two_who_decide_at_once_one_is_refused(
    owner: psycopg.Connection, postgres_url: str
) -> None:
    case_id = proposed(owner)

    def decide(name: str) -> bool:
        with psycopg.connect(postgres_url) as connection:
            try:
                by = Person(name, Role.COMPLIANCE_OFFICER)
                laundering_cases.take(connection, case_id, step(Action.DECIDE, by))
            except CaseRefusedError:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(decide, [f"officer{number}" for number in range(6)]))
    assert done.count(True) == 1
    (decided,) = owner.execute("select count(*) from compliance.aml_case_decisions").fetchall()
    assert decided == (1,)


@pytest.mark.parametrize("table", ["aml_case_events", "aml_case_decisions"])
@pytest.mark.parametrize("change", ["update {} set reason = 'other'", "delete from {}",
                                    "truncate {}"])  # fmt: skip
def test_what_was_noted_only_grows(owner: psycopg.Connection, table: str, change: str) -> None:
    laundering_cases.take(owner, proposed(owner), step(Action.DECIDE, OLGA))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grows"):
        owner.execute(change.format(f"compliance.{table}").encode())


def test_a_sleeping_case_is_out_of_its_queue_until_its_day(owner: psycopg.Connection) -> None:
    case_id = case_of(owner, "C2")
    until = DAY + timedelta(days=7)
    laundering_cases.take(owner, case_id, step(Action.SNOOZE, until=until))
    for day, is_there in ((DAY, False), (until, True)):
        waiting = {row["case_id"] for row in laundering_cases.queue(owner, day)}
        assert (case_id in waiting) == is_there
    everybody = laundering_cases.queue(owner, DAY, with_all=True)
    assert case_id in {row["case_id"] for row in everybody}


def test_each_role_has_its_queue(owner: psycopg.Connection) -> None:
    case_id = case_of(owner, "C1")
    laundering_cases.take(owner, case_id, step(Action.ESCALATE))
    for role, expected in ((Role.COMPLIANCE_OFFICER, {case_id}),
                           (Role.COMPLIANCE_ANALYST, {case_of(owner, "C2")})):  # fmt: skip
        rows = laundering_cases.queue(owner, DAY, role)
        assert {row["case_id"] for row in rows} == expected


def test_a_decided_report_is_drafted_once_and_others_are_not(owner: psycopg.Connection) -> None:
    case_id = proposed(owner)
    with pytest.raises(CaseRefusedError, match="No report was decided"):
        draft_report(owner, case_id, "Bank", "olga", DAY)
    after = laundering_cases.take(owner, case_id, step(Action.DECIDE, OLGA))
    assert after.status is Status.CLOSED
    report = draft_report(owner, case_id, "Bank", "olga", DAY)
    (row,) = owner.execute(
        "select report_id, filing_type, amount_usd, due_date, review_date, narrative"
        " from compliance.suspicious_activity_reports"
    ).fetchall()
    assert row[:3] == (report, "INITIAL", Decimal("18800.00"))
    assert row[3:5] == (DAY + timedelta(days=30), DAY + timedelta(days=120))
    assert WHY in row[5]
    with pytest.raises(psycopg.errors.UniqueViolation):
        draft_report(owner, case_id, "Bank", "olga", DAY)


def test_a_second_report_on_a_customer_continues_the_first(
    owner: psycopg.Connection, postgres_url: str
) -> None:
    first = proposed(owner)
    laundering_cases.take(owner, first, step(Action.DECIDE, OLGA))
    draft_report(owner, first, "Bank", "olga", DAY)
    store(postgres_url, alert(12, "C1"), alert(2, "C2"))
    laundering_cases.open_cases(owner, DAY)
    query = "select case_id from compliance.aml_cases where customer_id='C1' and status='OPEN'"
    (row,) = owner.execute(query).fetchall()
    laundering_cases.take(owner, row[0], step(Action.PROPOSE, decision=Decision.REPORT))
    laundering_cases.take(owner, row[0], step(Action.DECIDE, OLGA))
    report = draft_report(owner, row[0], "Bank", "olga", DAY)
    kinds = owner.execute(
        "select report_id, filing_type from compliance.suspicious_activity_reports"
    ).fetchall()
    assert dict(kinds)[report] == "CONTINUING"


def change(valid_from: date, by: str = "anna") -> laundering_rules.Change:
    return laundering_rules.Change("ALERT.least_score", Decimal(70), valid_from, WHY, by)


def test_a_change_of_a_rule_is_in_force_once_somebody_else_approves_it(
    owner: psycopg.Connection, postgres_url: str
) -> None:
    empty = pl.DataFrame()
    found = Comparison(9, 7, 5, 4, empty, pl.DataFrame({"alert_id": ["a", "b"]}), empty, 1)
    window = Window(date(2025, 1, 1), date(2025, 6, 1))
    begins = DAY + timedelta(days=1)
    number = laundering_rules.propose(owner, change(begins), window, found)

    def least(day: date) -> Decimal:
        book = read_rules(postgres_url, standard_rules())
        return book.as_of(day).exact("ALERT", "least_score")

    assert least(begins) == 60
    with pytest.raises(FinplatformError, match="anna proposed the change"):
        laundering_rules.approve(owner, number, "anna", DAY)
    with pytest.raises(FinplatformError, match="which is over"):
        laundering_rules.approve(owner, number, "olga", begins + timedelta(days=1))
    with pytest.raises(NothingFoundError, match="no change 99"):
        laundering_rules.approve(owner, 99, "olga", DAY)
    assert least(begins) == 60
    laundering_rules.approve(owner, number, "olga", DAY)
    assert (least(DAY), least(begins)) == (60, 70)
    with pytest.raises(FinplatformError, match="approved already"):
        laundering_rules.approve(owner, number, "olga", DAY)


def test_a_report_is_seen_by_one_role_whatever_another_was_granted(
    owner: psycopg.Connection, postgres_url: str
) -> None:
    case_id = proposed(owner)
    laundering_cases.take(owner, case_id, step(Action.DECIDE, OLGA))
    draft_report(owner, case_id, "Bank", "olga", DAY)
    try:
        apply_rights(owner)
    except AccessUnavailableError:
        pytest.skip("needs a login that may make roles")
    database = conninfo_to_dict(postgres_url)["dbname"]
    table = "compliance.suspicious_activity_reports"
    count = f"select count(*) from {table}".encode()
    for role in PEOPLE:
        name = f"test_{role}"
        own = make_person(owner, name, role)
        may = role is Role.COMPLIANCE_OFFICER
        assert holds(owner, own, table) == may
        # By mistake, more is granted than declared, with a policy that lets everybody in.
        owner.execute(f'grant usage on schema compliance to "{own}"'.encode())
        owner.execute(f'grant select on {table} to "{own}"'.encode())
        with owner.transaction():
            owner.execute(f'grant "{own}" to current_user'.encode())
            owner.execute(f'set local role "{own}"'.encode())
            (row,) = owner.execute(count).fetchall()
        assert row[0] == (1 if may else 0), role
        owner.execute(f'drop owned by "{own}"'.encode())
        owner.execute(f'drop role "{own}"'.encode())
        owner.execute("delete from access.people where person = %s", (name,))
    assert owner.execute(count).fetchall() == [(1,)]
    assert role_name(str(database), Role.COMPLIANCE_OFFICER)


def holds(owner: psycopg.Connection, role: str, table: str) -> bool:
    row = owner.execute(
        "select has_schema_privilege(%s, 'compliance', 'usage')"
        " and has_table_privilege(%s, %s, 'select')", (role, role, table),
    ).fetchone()  # fmt: skip
    return bool(row and row[0])
