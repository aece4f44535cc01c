"""Decisions on hits of screening: made once, with a decider and a note.

Belongs here: reading decisions, and the transaction of a decision. Does not belong here: the
    validity
of decisions (`finplatform.compliance.screening.decisions`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from finplatform.compliance.screening.decisions import OPEN, Decision, OpenBecause
from finplatform.errors import FinplatformError, NothingFoundError
from finplatform.security.audit.events import Event
from finplatform.warehouse import bulk
from finplatform.warehouse.audit_log import OPERATOR, record, trail
from finplatform.warehouse.database import Warehouse

ACTION = "screening decision"

_LOCK = 710_042_031
"""Advisory lock between a decision and storing the hits that decisions apply to."""

_SHORTEST_NOTE, _LONGEST_NOTE = 10, 2_000


@dataclass(frozen=True)
class DecisionRequest:
    """A decision on a hit.

    Attributes:
        hit_id: The hit.
        decision: The decision.
        note: Reason, in words.
        decided_by: User name of the decider.
        account: System account that runs the command.
    """

    hit_id: str
    decision: Decision
    note: str
    decided_by: str
    account: str


@contextmanager
def decisions_wait(url: str) -> Iterator[None]:
    """Blocks decisions while hits are stored with the decisions so far.

    Args:
        url: libpq URL of the warehouse.
    """
    with bulk.connect(url) as connection:
        bulk.execute(connection, f"select pg_advisory_xact_lock({_LOCK})")
        yield


def decide(warehouse: Warehouse, request: DecisionRequest) -> dict[str, Any]:
    """Stores a decision, sets the hit's state and records the event, atomically.

    Args:
        warehouse: The database, as a login that may write.
        request: The decision.

    Returns:
        The hit after the decision.

    Raises:
        NothingFoundError: If there is no such hit.
        FinplatformError: If it was decided before, or the note is too short.
    """
    note = request.note.strip()
    if not _SHORTEST_NOTE <= len(note) <= _LONGEST_NOTE:
        raise FinplatformError(
            f"A note has {_SHORTEST_NOTE} to {_LONGEST_NOTE} characters.",
            'Say why: --note "Another birth date, seen in the passport"',
        )
    if not request.decided_by.strip():
        raise FinplatformError("A decision needs a decider.", "Name them: --by anna")
    with trail(warehouse) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        hit = find_hit(connection, request.hit_id)
        _refuse_twice(hit, request.decision)
        return _decided(connection, hit, request, note)


def find_hit(connection: psycopg.Connection, hit_id: str) -> dict[str, Any]:
    """A hit by its id.

    Raises:
        NothingFoundError: If there is none.
    """
    found = None
    table = connection.execute("select to_regclass('compliance.screening_hits')::text").fetchone()
    if table is not None and table[0] is not None:
        with connection.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute(
                "select * from compliance.screening_hits where hit_id = %s", (hit_id,)
            ).fetchone()
    if found is None:
        raise NothingFoundError(f"There is no hit {hit_id}.", "`finplatform kyc hits` lists them.")
    return found


def decisions_of(connection: psycopg.Connection, hit_id: str) -> list[dict[str, Any]]:
    """Decisions on a hit, the first one first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select decision_id, decision, note, decided_by, decided_at"
            " from compliance.screening_decisions where hit_id = %s order by decision_id",
            (hit_id,),
        ).fetchall()


def _refuse_twice(hit: dict[str, Any], decision: Decision) -> None:
    if decision is Decision.REOPENED:
        if hit["status"] == OPEN:
            raise FinplatformError(f"Hit {hit['hit_id']} is open; there is nothing to reopen.")
        return
    if hit["status"] != OPEN:
        raise FinplatformError(
            f"Hit {hit['hit_id']} was decided before: {hit['status']} by {hit['decided_by']}"
            f" at {hit['decided_at']:%Y-%m-%d %H:%M}. Nothing was changed.",
            "For a new decision, reopen it first: --as reopened",
        )


def _decided(
    connection: psycopg.Connection, hit: dict[str, Any], request: DecisionRequest, note: str
) -> dict[str, Any]:
    keys = (
        "hit_id", "subject_kind", "subject_id", "list_code", "entity_id", "subject_version",
        "party_version",
    )  # fmt: skip
    row = connection.execute(
        f"insert into compliance.screening_decisions ({', '.join(keys)}, decision, note,"
        " decided_by) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " returning decision_id, decided_at",
        (*(hit[key] for key in keys), request.decision.value, note, request.decided_by),
    ).fetchone()
    if row is None:
        raise AssertionError
    reopened = request.decision is Decision.REOPENED
    status = OPEN if reopened else request.decision.value
    because = OpenBecause.REOPENED.value if reopened else None
    connection.execute(
        "update compliance.screening_hits set status = %s, open_because = %s, decided_by = %s,"
        " decided_at = %s where hit_id = %s",
        (status, because, request.decided_by, row[1], hit["hit_id"]),
    )
    detail = {
        "decision": request.decision.value,
        "decision_id": row[0],
        "decided_by": request.decided_by,
        "subject": f"{hit['subject_kind']} {hit['subject_id']}",
        "party": f"{hit['list_code']} {hit['entity_id']}",
    }
    record(connection, Event(request.account, OPERATOR, ACTION, hit["hit_id"], detail=detail))
    return {
        **hit,
        "status": status,
        "open_because": because,
        "decided_by": request.decided_by,
        "decided_at": row[1],
    }
