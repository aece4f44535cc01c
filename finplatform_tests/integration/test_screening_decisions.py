"""A hit is decided once, with a note and a name, and the decision is never rewritten."""

from datetime import date
from typing import Any

import polars as pl
import psycopg
import pytest
from sqlalchemy.engine import make_url

from finplatform.compliance.screening.decisions import Decision
from finplatform.contracts.screening import SCREENING
from finplatform.errors import FinplatformError, NothingFoundError
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.screening_decisions import (
    DecisionRequest,
    decide,
    decisions_of,
    find_hit,
)
from finplatform.warehouse.tables import replace_rows
from finplatform_tests.integration.ingest_cases import query

pytestmark = pytest.mark.integration

HIT = "H0123456789abcdef"
NOTE = "Another birth date, seen in the passport."


@pytest.fixture
def warehouse(postgres_url: str) -> Warehouse:
    hit = {
        "hit_id": HIT, "subject_kind": "CUSTOMER", "subject_id": "C1", "list_code": "UN_SC",
        "entity_id": "1", "name_kind": "PRIMARY", "name_score": 0.95, "birth_evidence": "UNKNOWN",
        "country_evidence": "UNKNOWN", "score": 0.95, "reason": "2 words alike",
        "subject_version": "a" * 32, "party_version": "b" * 32, "found_date": date(2025, 3, 31),
        "status": "OPEN", "open_because": "NEW", "decided_by": None, "decided_at": None,
    }  # fmt: skip
    replace_rows(postgres_url, SCREENING["screening_hits"], pl.DataFrame([hit]), None)
    return Warehouse(make_url(postgres_url))


def _decide(warehouse: Warehouse, decision: Decision, **changes: str) -> dict[str, Any]:
    given = {"hit_id": HIT, "note": NOTE, "decided_by": "anna"} | changes
    return decide(warehouse, DecisionRequest(decision=decision, account="host", **given))


def _stored(warehouse: Warehouse) -> tuple[Any, ...]:
    with warehouse.connect() as connection:
        hit = find_hit(connection, HIT)
        return (hit["status"], hit["open_because"], len(decisions_of(connection, HIT)))


def test_a_decision_sets_the_hit_keeps_the_note_and_is_in_the_trail(warehouse: Warehouse) -> None:
    decided = _decide(warehouse, Decision.FALSE_POSITIVE)
    assert (decided["status"], decided["decided_by"]) == ("FALSE_POSITIVE", "anna")
    assert _stored(warehouse) == ("FALSE_POSITIVE", None, 1)
    with warehouse.connect() as connection:
        (row,) = decisions_of(connection, HIT)
    assert (row["note"], row["decided_at"]) == (NOTE, decided["decided_at"])
    events = query(
        warehouse.url, "select action, object, detail ->> 'decided_by' from audit.event_log"
    )
    assert events == [("screening decision", HIT, "anna")]


@pytest.mark.parametrize("second", [Decision.FALSE_POSITIVE, Decision.TRUE_MATCH])
def test_a_hit_that_was_decided_is_refused_with_who_had_and_nothing_changes(
    warehouse: Warehouse, second: Decision
) -> None:
    _decide(warehouse, Decision.FALSE_POSITIVE)
    with pytest.raises(FinplatformError, match="decided before: FALSE_POSITIVE by anna"):
        _decide(warehouse, second, decided_by="ben")
    assert _stored(warehouse) == ("FALSE_POSITIVE", None, 1)


def test_a_decision_can_be_taken_back_and_made_anew(warehouse: Warehouse) -> None:
    _decide(warehouse, Decision.FALSE_POSITIVE)
    _decide(warehouse, Decision.REOPENED, decided_by="ben")
    assert _stored(warehouse) == ("OPEN", "REOPENED", 2)
    _decide(warehouse, Decision.TRUE_MATCH)
    assert _stored(warehouse) == ("TRUE_MATCH", None, 3)


def test_an_open_hit_is_not_reopened(warehouse: Warehouse) -> None:
    with pytest.raises(FinplatformError, match="nothing to reopen"):
        _decide(warehouse, Decision.REOPENED)
    assert _stored(warehouse) == ("OPEN", "NEW", 0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"note": "  no  "}, "10 to 2000 characters"),
        ({"note": "x" * 2_001}, "10 to 2000 characters"),
        ({"decided_by": " "}, "needs a decider"),
    ],
)
def test_a_decision_without_a_reason_or_a_name_is_refused(
    warehouse: Warehouse, changes: dict[str, str], said: str
) -> None:
    with pytest.raises(FinplatformError, match=said):
        _decide(warehouse, Decision.FALSE_POSITIVE, **changes)
    assert _stored(warehouse) == ("OPEN", "NEW", 0)


def test_an_unknown_hit_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(NothingFoundError, match="no hit H0"):
        _decide(warehouse, Decision.FALSE_POSITIVE, hit_id="H0")


@pytest.mark.parametrize(
    "statement",
    [
        "update compliance.screening_decisions set note = 'Something else altogether.'",
        "delete from compliance.screening_decisions",
        "truncate compliance.screening_decisions",
    ],
)
def test_what_was_decided_is_not_rewritten(warehouse: Warehouse, statement: str) -> None:
    _decide(warehouse, Decision.FALSE_POSITIVE)
    with (
        psycopg.connect(warehouse.url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grows"),
    ):
        connection.execute(statement.encode())
    assert _stored(warehouse) == ("FALSE_POSITIVE", None, 1)
