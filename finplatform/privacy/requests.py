"""Requests of data subjects: received, executed or kept until the last hold ends, and answered.

Belongs here: the course of a request for erasure, and the register of all requests. Does not belong
here: erasing (`erasure`), legal holds (`holds`), and the text of an answer (`reply`).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from finplatform.errors import NothingFoundError
from finplatform.privacy import ledger
from finplatform.privacy.erasure import (
    Erased,
    Order,
    Place,
    erase,
    erased_subjects,
    known_subjects,
)
from finplatform.privacy.holds import Hold, holds_of
from finplatform.privacy.ledger import ledger_path, subject_hashes
from finplatform.privacy.policy import add_months, load_policy
from finplatform.privacy.reply import write_reply
from finplatform.security.audit.events import Event
from finplatform.warehouse.audit_log import OPERATOR, record, trail
from finplatform.warehouse.database import Warehouse

ERASURE, ACCESS, RECTIFICATION = "ERASURE", "ACCESS", "RECTIFICATION"


@dataclass(frozen=True)
class Request:
    """A request of a data subject as it was received.

    Attributes:
        customer: Customer's number.
        by: Person who enters it.
        basis: Its legal basis, as text.
        on: Day of receipt.
        account: Operating system account of the command.
    """

    customer: str
    by: str
    basis: str
    on: date
    account: str


@dataclass(frozen=True)
class Outcome:
    """Result of a request for erasure.

    Attributes:
        request_id: The request.
        state: `ERASED`, `HELD` or `ERASED_BEFORE`.
        erase_on: Day of the erasure, if the request is held.
        holds: Legal holds.
        erased: Result of the erasure.
        reply: File of the answer to the person.
    """

    request_id: str
    state: str
    erase_on: date | None = None
    holds: tuple[Hold, ...] = ()
    erased: Erased | None = None
    reply: Path | None = None


def request_erasures(place: Place, received: Sequence[Request], *, at: datetime) -> list[Outcome]:
    """Erases people, or keeps each request until the last legal hold has ended.

    All customers must exist; otherwise nothing is changed.

    Args:
        place: Stores that hold personal data.
        received: The requests.
        at: Instant, in UTC.

    Raises:
        NothingFoundError: If a customer number does not exist.
    """
    customers = [one.customer for one in received]
    hashes = subject_hashes(place.master, customers)
    noted = {entry.subject for entry in ledger.read(ledger_path(place.settings))}
    known = set(known_subjects(place.warehouse))
    # An interrupted erasure is in the ledger while the key still exists.
    whole = known - set(erased_subjects(place.warehouse))
    erased_before = noted - {hashes[one] for one in customers if one in whole}
    unknown = [one for one in customers if one not in known and hashes[one] not in erased_before]
    if unknown:
        raise NothingFoundError(
            f"No customer or holder {unknown[0]} is known. Nothing was changed.",
            'Look the number up: finplatform sql "select customer_id from gold.dim_customer"',
        )
    fresh = [one for one in received if hashes[one.customer] not in erased_before]
    outcomes = [
        Outcome(_request_id(), "ERASED_BEFORE")
        for one in received
        if hashes[one.customer] in erased_before
    ]
    if not fresh:
        return outcomes
    on = max(one.on for one in fresh)
    with trail(place.warehouse) as connection:
        holds = holds_of(connection, [one.customer for one in fresh], on)
        numbers = {
            one.customer: _note(connection, ERASURE, one, hashes[one.customer], holds)
            for one in fresh
        }
        record(
            connection,
            *(
                Event(
                    one.account,
                    OPERATOR,
                    "gdpr erase",
                    numbers[one.customer],
                    detail={
                        "by": one.by,
                        "subject": hashes[one.customer],
                        "on": one.on.isoformat(),
                        "is_held": one.customer in holds,
                    },
                )
                for one in fresh
            ),
        )
    orders = [
        Order(one.customer, numbers[one.customer], one.by, one.basis)
        for one in fresh
        if one.customer not in holds
    ]
    erased = erase(place, orders, at=at)
    answered = [
        _answered(place, numbers[one.customer], holds.get(one.customer), erased, on)
        for one in fresh
    ]
    return [*outcomes, *answered]


def carry_out_due(place: Place, as_of: date, *, at: datetime) -> list[Outcome]:
    """Executes waiting requests without a legal hold.

    The day of the others is updated: the end of a relationship or of a case brings it forward, and
    a new one defers it.

    Args:
        place: Stores that hold personal data.
        as_of: The day.
        at: Instant, in UTC.

    Returns:
        Executed requests, and requests that are due but still held.
    """
    waiting = requests(place.warehouse, ERASURE, "WAITING")
    if not waiting:
        return []
    with trail(place.warehouse) as connection:
        holds = holds_of(connection, [row["customer_id"] for row in waiting], as_of)
        free = [row for row in waiting if row["customer_id"] not in holds]
        late = [row for row in waiting if row not in free and row["erase_on"] <= as_of]
        for row in waiting:
            held = holds.get(row["customer_id"])
            if held and held[0].until != row["erase_on"]:
                connection.execute(
                    "update compliance.privacy_requests set erase_on = %s, refusal = %s"
                    " where request_id = %s",
                    (held[0].until, held[0].reason, row["request_id"]),
                )
        if free or late:
            detail = {"as_of": as_of.isoformat(), "erased": len(free), "held": len(late)}
            about = f"{len(free) + len(late)} requests"
            record(connection, Event("platform", OPERATOR, "gdpr due", about, detail=detail))
    orders = [
        Order(row["customer_id"], row["request_id"], row["noted_by"], row["basis"]) for row in free
    ]
    erased = erase(place, orders, at=at)
    return [
        _answered(place, row["request_id"], holds.get(row["customer_id"]), erased, as_of)
        for row in (*free, *late)
    ]


def record_completed(
    connection: psycopg.Connection, kind: str, received: Request, subject_hash: str
) -> str:
    """Notes a request that is answered at once, in the connection's transaction.

    Returns:
        Its number.
    """
    request_id = _request_id()
    connection.execute(
        "insert into compliance.privacy_requests (request_id, kind, subject_hash, customer_id,"
        " state, basis, received_date, answer_due_date, noted_by, done_at)"
        " values (%s, %s, %s, %s, 'DONE', %s, %s, %s, %s, now())",
        (request_id, kind, subject_hash, received.customer, received.basis, received.on,
         add_months(received.on, load_policy().answer_months), received.by),
    )  # fmt: skip
    return request_id


def requests(
    warehouse: Warehouse, kind: str | None = None, state: str | None = None
) -> list[dict[str, Any]]:
    """Requests, the latest first."""
    with trail(warehouse) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select request_id, kind, customer_id, state, basis, received_date, answer_due_date,"
            " erase_on, refusal, noted_by, noted_at, done_at from compliance.privacy_requests"
            " where (%(kind)s::text is null or kind = %(kind)s)"
            " and (%(state)s::text is null or state = %(state)s)"
            " order by noted_at desc, request_id",
            {"kind": kind, "state": state},
        ).fetchall()


def require_known(place: Place, customer: str) -> None:
    """Raises `NothingFoundError` if the platform has no data of a person."""
    if customer not in known_subjects(place.warehouse):
        raise NothingFoundError(
            f"No customer or holder {customer} is known.",
            'Look the number up: finplatform sql "select customer_id from gold.dim_customer"',
        )


def _note(
    connection: psycopg.Connection,
    kind: str,
    received: Request,
    subject_hash: str,
    holds: dict[str, list[Hold]],
) -> str:
    """Stores a request for erasure, or updates a waiting one."""
    held = holds.get(received.customer)
    found = connection.execute(
        "select request_id from compliance.privacy_requests"
        " where subject_hash = %s and state = 'WAITING' for update",
        (subject_hash,),
    ).fetchone()
    until = held[0].until if held else received.on
    refusal = held[0].reason if held else None
    if found:
        connection.execute(
            "update compliance.privacy_requests set erase_on = %s, refusal = %s"
            " where request_id = %s",
            (until, refusal, found[0]),
        )
        return str(found[0])
    request_id = _request_id()
    connection.execute(
        "insert into compliance.privacy_requests (request_id, kind, subject_hash, customer_id,"
        " state, basis, received_date, answer_due_date, erase_on, refusal, noted_by)"
        " values (%s, %s, %s, %s, 'WAITING', %s, %s, %s, %s, %s, %s)",
        (request_id, kind, subject_hash, received.customer, received.basis, received.on,
         add_months(received.on, load_policy().answer_months), until, refusal, received.by),
    )  # fmt: skip
    return request_id


def _answered(
    place: Place, request_id: str, holds: list[Hold] | None, erased: Erased, on: date
) -> Outcome:
    held = tuple(holds or ())
    reply = write_reply(place.settings, request_id, on, held, erased)
    if held:
        return Outcome(request_id, "HELD", held[0].until, held, None, reply)
    return Outcome(request_id, "ERASED", None, (), erased, reply)


def _request_id() -> str:
    return f"PR-{secrets.token_hex(5)}"
