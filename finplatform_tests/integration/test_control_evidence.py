"""Evidence of controls and reviews of rights in a database, without the graph."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from finplatform.compliance.sox.controls import Result, Verdict
from finplatform.compliance.sox.duties import DutyRefusedError, Person
from finplatform.compliance.sox.periods import Month
from finplatform.contracts.platform import PLATFORM
from finplatform.errors import FinplatformError, NothingFoundError
from finplatform.security.audit.events import Event
from finplatform.security.rights import Role
from finplatform.warehouse import access_reviews, bulk, control_evidence, ddl, users
from finplatform.warehouse.access import AccessUnavailableError, apply_rights
from finplatform.warehouse.access_reviews import ReviewVerdict
from finplatform.warehouse.audit_log import record
from finplatform.warehouse.people import make_person

pytestmark = pytest.mark.integration

NOW = datetime.now(UTC)
MONTH = Month(NOW.date().replace(day=1))
BEFORE = Month((MONTH.first - timedelta(days=1)).replace(day=1))
INSIDE = datetime(MONTH.first.year, MONTH.first.month, 1, tzinfo=UTC)
ABEL, ALMA = Person("abel", Role.AUDITOR), Person("alma", Role.AUDITOR)
WHY = "Review of the second quarter."
SEEN = "Compared with the list of staff."


@pytest.fixture
def owner(postgres_url: str) -> Iterator[psycopg.Connection]:
    with bulk.connect(postgres_url) as connection:
        ddl.create_schemas(connection)
        for contract in PLATFORM.values():
            ddl.create_table(connection, contract)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        yield connection


def verdicts(owner: psycopg.Connection, month: Month = MONTH) -> dict[str, Verdict]:
    return {found.control.id: found for found in control_evidence.gather(owner, month)}


def note_check(
    owner: psycopg.Connection, table: str, name: str, verdict: str, at: datetime = INSIDE
) -> None:
    owner.execute(
        "insert into ops.check_results (schema_name, table_name, check_name, verdict,"
        " evaluated_at, run_id) values (%s, %s, %s, %s, %s, 'run')",
        (*table.split("."), name, verdict, at),
    )


def note_run(owner: psycopg.Connection, run: str, status: str, at: datetime) -> None:
    owner.execute(
        "insert into ops.pipeline_runs values (%s, 'daily', %s, %s, %s, 1, 0, 0, 0)",
        (run, status, at, at),
    )


def test_what_never_worked_is_not_tested(owner: psycopg.Connection) -> None:
    found = verdicts(owner, BEFORE)
    assert {verdict.result for verdict in found.values()} == {Result.NOT_TESTED}


def test_checks_of_the_month_are_evidence_and_a_failed_one_is_named(
    owner: psycopg.Connection,
) -> None:
    note_check(owner, "gold.fact_balances", "contract", "PASSED")
    note_check(owner, "gold.own_funds", "contract", "PASSED", INSIDE - timedelta(days=1))
    assert (verdicts(owner)["FR-01"].result, verdicts(owner)["FR-01"].population) == (
        Result.EFFECTIVE, 1,
    )  # fmt: skip
    note_check(owner, "gold.fact_payments", "contract", "FAILED")
    found = verdicts(owner)["FR-01"]
    assert (found.result, found.population) == (Result.DEFICIENT, 2)
    assert [item.item for item in found.exceptions] == ["contract of gold.fact_payments"]


def test_a_changed_closed_month_is_an_exception_although_it_warns(
    owner: psycopg.Connection,
) -> None:
    note_check(owner, "compliance.closed_months", "closed_months_are_unchanged", "WARNED")
    assert verdicts(owner)["FR-06"].result is Result.DEFICIENT


def test_a_failed_run_is_an_exception_until_its_job_succeeds(owner: psycopg.Connection) -> None:
    note_run(owner, "a", "FAILURE", INSIDE)
    assert verdicts(owner)["OP-01"].result is Result.DEFICIENT
    note_run(owner, "b", "SUCCESS", INSIDE + timedelta(hours=1))
    assert (verdicts(owner)["OP-01"].result, verdicts(owner)["OP-01"].population) == (
        Result.EFFECTIVE, 2,
    )  # fmt: skip


def test_a_user_who_was_added_off_the_record_is_an_exception(owner: psycopg.Connection) -> None:
    users.add_user(owner, "anna", Role.AUDITOR, None)
    assert [item.item for item in verdicts(owner)["AC-05"].exceptions] == ["anna"]
    record(owner, Event("root", "operator", "users add", "user anna"))
    assert verdicts(owner)["AC-05"].result is Result.EFFECTIVE


def test_duties_are_separate_and_a_breach_is_named(owner: psycopg.Connection) -> None:
    assert verdicts(owner)["AC-03"].result is Result.EFFECTIVE
    assert control_evidence.violations(owner) == []
    # Constraints refuse it; without them it is still found.
    owner.execute("alter table compliance.aml_rule_changes drop constraint"
                  " aml_rule_changes_check")  # fmt: skip
    owner.execute(
        "insert into compliance.aml_rule_changes (name, value, valid_from, reason, proposed_by,"
        " history_from, history_to, alerts_before, alerts_after, alerts_lost, alerts_new,"
        " reported_lost, approved_by, approved_at) values ('A.b', 1, '2025-01-01', 'why', 'olga',"
        " '2025-01-01', '2025-01-31', 0, 0, 0, 0, 0, 'olga', now())"
    )
    (breach,) = control_evidence.violations(owner)
    assert (breach.conflict, breach.who) == ("PROPOSE_AND_APPROVE_RULE", "olga")
    assert verdicts(owner)["AC-03"].result is Result.DEFICIENT
    assert verdicts(owner)["CH-01"].result is Result.DEFICIENT


@pytest.fixture
def staffed(owner: psycopg.Connection) -> psycopg.Connection:
    try:
        apply_rights(owner)
    except AccessUnavailableError:
        pytest.skip("the login may not make roles")
    for name, role in (("abel", Role.AUDITOR), ("alma", Role.AUDITOR), ("ben", Role.ENGINEER)):
        users.add_user(owner, name, role, None)
        make_person(owner, name, role, ("North",) if name == "ben" else None)
    users.add_user(owner, "carl", Role.ADMIN, None)
    return owner


def test_a_review_has_a_line_for_each_who_holds_rights(staffed: psycopg.Connection) -> None:
    review = access_reviews.open_review(staffed, ABEL, WHY)
    lines = {line["holder"]: line for line in review.lines}
    assert set(lines) == {"abel", "alma", "ben", "carl"}
    assert (lines["ben"]["role"], lines["ben"]["regions"]) == ("engineer", ["North"])
    assert "raw" in lines["ben"]["role_rights"]
    assert "laundering" not in lines["ben"]["role_rights"]
    assert lines["carl"]["remarks"] == ["Logs in, and has no role in the database."]
    assert not review.is_signed


def test_nobody_signs_off_the_own_rights(staffed: psycopg.Connection) -> None:
    access_reviews.open_review(staffed, ABEL, WHY)
    with pytest.raises(DutyRefusedError, match="own rights"):
        access_reviews.sign(staffed, ABEL, ReviewVerdict.KEEP, SEEN, ["abel", "ben"])
    review, signed = access_reviews.sign(staffed, ABEL, ReviewVerdict.KEEP, SEEN)
    assert signed == ["alma", "ben", "carl"]
    assert not review.is_signed
    assert verdicts(staffed)["AC-02"].result is Result.DEFICIENT
    with pytest.raises(FinplatformError, match="no line that abel could sign"):
        access_reviews.sign(staffed, ABEL, ReviewVerdict.KEEP, SEEN)
    review, signed = access_reviews.sign(staffed, ALMA, ReviewVerdict.KEEP, SEEN)
    assert (signed, review.is_signed) == (["abel"], True)
    assert verdicts(staffed)["AC-02"].result is Result.EFFECTIVE
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="stands"):
        staffed.execute("update compliance.access_review_lines set verdict = 'REVOKE'")
    with pytest.raises(psycopg.errors.CheckViolation):
        staffed.execute(
            "insert into compliance.access_review_lines values"
            " (1, 'eve', false, 'admin', '{}', null, false, false, '{}', 'KEEP', 'eve', now(), '')"
        )


def test_rights_to_be_taken_away_are_a_deficiency(staffed: psycopg.Connection) -> None:
    access_reviews.open_review(staffed, ABEL, WHY)
    access_reviews.sign(staffed, ALMA, ReviewVerdict.REVOKE, "He has left the bank.", ["ben"])
    access_reviews.sign(staffed, ALMA, ReviewVerdict.KEEP, SEEN)
    access_reviews.sign(staffed, ABEL, ReviewVerdict.KEEP, SEEN)
    found = verdicts(staffed)["AC-02"]
    assert [item.item for item in found.exceptions] == ["review 1 of ben"]


def test_who_may_not_review_changes_nothing(staffed: psycopg.Connection) -> None:
    with pytest.raises(NothingFoundError, match="no review"):
        access_reviews.sign(staffed, ABEL, ReviewVerdict.KEEP, SEEN)
    for role in (Role.ENGINEER, Role.ADMIN, Role.RISK_ANALYST):
        with pytest.raises(DutyRefusedError, match="may not do this"):
            access_reviews.open_review(staffed, Person("ben", role), WHY)
    with pytest.raises(FinplatformError, match="10 characters"):
        access_reviews.open_review(staffed, ABEL, "why")
    with pytest.raises(NothingFoundError):
        access_reviews.find_review(staffed, None)


def test_a_grant_beside_the_declared_ones_is_a_deficiency(staffed: psycopg.Connection) -> None:
    found = verdicts(staffed)["AC-01"]
    assert found.result is Result.EFFECTIVE, found.exceptions
    staffed.execute("grant select on vault.users to public")
    assert verdicts(staffed)["AC-01"].result is Result.DEFICIENT
