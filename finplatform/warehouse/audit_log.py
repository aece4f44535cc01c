"""The audit trail in the database: recording events, and reading them.

A transaction that records locks the trail until it ends: record last, or in a transaction of its
own. Belongs here: `audit.event_log`. Does not belong here: signed heads (see `audit_seals`), and
the callers.
"""

import getpass
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from finplatform.errors import FinplatformError
from finplatform.security.audit.events import Event, Outcome, Row
from finplatform.settings import Settings
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.database import Warehouse, open_warehouse

APPEND = "select audit.append_events(%s::jsonb)"
"""Statement that records a JSON array of events (see `as_argument`) and returns the last number."""

OPERATOR = "operator"
"""Role of system accounts that run commands, which own the platform's files."""

_ROWS_AT_ONCE = 5_000

_ROWS = """
select
    seq,
    trunc(extract(epoch from at) * 1000000)::text as at,
    trunc(extract(epoch from recorded_at) * 1000000)::text as recorded_at,
    recorded_by, actor, role, action, object, outcome,
    coalesce(detail::text, 'null') as detail,
    coalesce(leaf, '') as leaf
from audit.event_log
where seq > %s
order by seq
"""

_SHOWN = """
select seq, at, actor, role, action, object, outcome, detail, recorded_at, recorded_by
from audit.event_log
where (%(actor)s::text is null or actor = %(actor)s)
    and (%(action)s::text is null or action ilike %(action)s)
    and (%(object)s::text is null or object ilike %(object)s)
    and (%(outcome)s::text is null or outcome = %(outcome)s)
    and (%(since)s::timestamptz is null or at >= %(since)s)
    and (%(until)s::timestamptz is null or at < %(until)s)
order by seq desc
limit %(most)s
"""


@dataclass(frozen=True)
class Search:
    """Conditions of a search for events; None for no condition.

    Attributes:
        actor: Exact actor.
        action: Part of the action.
        object: Part of the object.
        outcome: What became of it.
        since: First instant.
        until: Instant before which it occurred.
        most: Number of events, the latest first.
    """

    actor: str | None = None
    action: str | None = None
    object: str | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    most: int = 100


def as_argument(events: Sequence[Event]) -> str:
    """Events as the argument of `APPEND`."""
    return json.dumps([event.as_json() for event in events], ensure_ascii=False)


def record(connection: psycopg.Connection, *events: Event) -> int:
    """Records events; they are in the trail when the connection's transaction commits.

    Args:
        connection: Of a login that may call `audit.append_events`.
        events: The events, in their order.

    Returns:
        Number of the last event.

    Raises:
        psycopg.Error: If they are not recorded.
    """
    row = connection.execute(APPEND, (as_argument(events),)).fetchone()
    if row is None:
        raise AssertionError
    return int(row[0])


def record_command(
    settings: Settings,
    action: str,
    on: str,
    detail: dict[str, Any] | None = None,
    outcome: Outcome = Outcome.OK,
) -> None:
    """Records a command of this process's account, and commits.

    Args:
        settings: The database.
        action: The action.
        on: Its object.
        detail: Further facts.
        outcome: Its outcome.

    Raises:
        FinplatformError: If it cannot be recorded; the command must not go on.
    """
    warehouse = open_warehouse(settings)
    event = Event(getpass.getuser(), OPERATOR, action, on, outcome, detail or {})
    try:
        with trail(warehouse) as connection:
            record(connection, event)
    except psycopg.Error as error:
        raise FinplatformError(
            f"The command cannot be recorded in the audit trail ({_word(error)}).",
            "What is not recorded is not done. See `finplatform doctor`.",
        ) from error


def reveal_witness(
    warehouse: Warehouse, actor: str, role: str, reason: str
) -> Callable[[str], None]:
    """The witness of a vault (`finplatform.security.vault`) that opens sealed identities.

    Args:
        warehouse: The database, as a login that may record.
        actor: Who wants to see clear text.
        role: In which role.
        reason: What for, in words.

    Returns:
        A function that records the customer whose identity is opened, and commits, before it is.
    """

    def witness(subject: str) -> None:
        with trail(warehouse) as connection:
            record(connection, Event(actor, role, "reveal", subject, detail={"reason": reason}))

    return witness


@contextmanager
def trail(warehouse: Warehouse) -> Iterator[psycopg.Connection]:
    """A session on a database that has a trail: one is made where there is none.

    Args:
        warehouse: The database, as a login that may make it or that finds it.
    """
    with warehouse.connect() as connection:
        if not _is_there(connection):
            with bulk.connect(warehouse.url) as makes:
                ddl.create_schemas(makes)
        # A caller that needs a snapshot begins a new transaction.
        connection.commit()
        yield connection


def size(connection: psycopg.Connection) -> int:
    """Number of events that the database has counted."""
    row = connection.execute("select size from audit.log_size").fetchone()
    return int(row[0]) if row else 0


def rows(connection: psycopg.Connection, after: int = 0) -> Iterator[Row]:
    """Stored rows in their order, a few thousand in memory at a time.

    Args:
        connection: Session; the rows are those of its transaction.
        after: Number of the row before the first.
    """
    with connection.cursor(name="audit_rows", row_factory=class_row(Row)) as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        yield from cursor.execute(_ROWS, (after,))


def find(connection: psycopg.Connection, search: Search) -> list[dict[str, Any]]:
    """Events that a search finds, the latest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            _SHOWN,
            {
                "actor": search.actor,
                "action": _part(search.action),
                "object": _part(search.object),
                "outcome": search.outcome and str(search.outcome),
                "since": search.since,
                "until": search.until,
                "most": search.most,
            },
        ).fetchall()


def _is_there(connection: psycopg.Connection) -> bool:
    row = connection.execute("select to_regclass('audit.event_log') is not null").fetchone()
    return bool(row and row[0])


def _part(text: str | None) -> str | None:
    """Pattern of texts that hold a text."""
    if text is None:
        return None
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    return f"%{text}%"


def _word(error: psycopg.Error) -> str:
    return error.diag.message_primary or type(error).__name__
