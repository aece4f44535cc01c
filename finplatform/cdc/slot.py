"""The replication slot of a source: creating, reading, advancing and dropping it.

Belongs here: PostgreSQL's functions on a logical slot, and its state. Does not belong here:
    decoding
messages (see `changes`), and the publication (see `publication`).
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
import psycopg
from adbc_driver_manager import Error as AdbcError

from finplatform.cdc.snapshots import Snapshot
from finplatform.cdc.source import CapturedSource
from finplatform.errors import FinplatformError
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import literal

MOST_MESSAGES = 1_000_000
"""Messages of one read, up to the end of a transaction: the server buffers them in a file until
they are fetched."""

_SESSION = (
    "set time zone 'UTC'",
    "set datestyle to 'ISO'",
    "set intervalstyle to 'postgres'",
    "set lc_monetary to 'C'",
    "set extra_float_digits to 1",
    "set bytea_output to 'hex'",
    "set client_encoding to 'UTF8'",
)
"""Session settings for values as text."""

_PATIENCE_S = 30
BATCH_BYTES = 32 * 1024 * 1024
"""Approximate bytes of messages decoded at once."""


@dataclass(frozen=True)
class Identity:
    """Cluster and timeline of a source.

    Attributes:
        system_id: The cluster.
        timeline: Its timeline; a point-in-time restore and a failover begin another one.
    """

    system_id: str
    timeline: int


@dataclass(frozen=True)
class Position:
    """Present position of a source.

    Attributes:
        lsn: End of its durable log.
        seen: A snapshot that any later read contains.
        at: Instant on its clock before which the transactions of the snapshot were committed.
    """

    lsn: int
    seen: Snapshot
    at: datetime


@dataclass(frozen=True)
class SlotState:
    """State of a slot on the server.

    Attributes:
        confirmed: Position up to which changes were confirmed.
        restart: Position from which the server retains its log for the slot.
        wal_status: `reserved`, `extended`, `unreserved` or `lost`.
        safe_bytes: Bytes that may still be written before the slot is lost; None without a limit.
        reason: Reason of an invalid slot, if the server gives it.
        active_pid: Session that reads it.
    """

    confirmed: int | None
    restart: int | None
    wal_status: str | None
    safe_bytes: int | None
    reason: str | None
    active_pid: int | None

    @property
    def is_lost(self) -> bool:
        """Whether it lacks changes."""
        return self.wal_status == "lost" or self.confirmed is None or self.restart is None


@contextmanager
def connected(source: CapturedSource) -> Iterator[psycopg.Connection]:
    """A session on a source, in autocommit.

    Raises:
        FinplatformError: If the source does not answer.
    """
    try:
        connection = psycopg.connect(source.url, autocommit=True)
    except psycopg.OperationalError:
        raise FinplatformError(
            f"The database of source {source.name} does not answer, or refuses the login.",
            "Check its `url` in the source configuration, and that the server runs.",
        ) from None
    with closing(connection):
        yield connection


def identity(connection: psycopg.Connection) -> Identity:
    """Cluster and timeline of a session."""
    row = connection.execute(
        "select system_identifier::text, timeline_id"
        " from pg_control_system(), pg_control_checkpoint()"
    ).fetchone()
    assert row is not None  # noqa: S101 - the functions always give a row
    return Identity(row[0], row[1])


def position(connection: psycopg.Connection) -> Position:
    """Present position of the source.

    The position of the log is read before the snapshot: a transaction that ends before the position
    and is not in the snapshot is being committed.
    """
    lsn = connection.execute(
        "select (pg_current_wal_flush_lsn() - '0/0')::bigint, clock_timestamp()"
    ).fetchone()
    seen = connection.execute("select pg_current_snapshot()::text").fetchone()
    assert lsn is not None and seen is not None  # noqa: S101, PT018 - each gives a row
    return Position(lsn[0], Snapshot.parse(seen[0]), lsn[1])


def make_durable(connection: psycopg.Connection) -> None:
    """Flushes all commits of the source to disk.

    Transactions may be visible before they are durable. An empty logical message, which the slot
    does not send, is a synchronous commit.
    """
    connection.execute("set synchronous_commit to on")
    connection.execute("select pg_logical_emit_message(true, 'finplatform', '')")


def state(connection: psycopg.Connection, slot_name: str) -> SlotState | None:
    """State of a slot; None if there is none."""
    row = connection.execute(
        "select to_jsonb(s), (s.confirmed_flush_lsn - '0/0')::bigint,"
        " (s.restart_lsn - '0/0')::bigint from pg_replication_slots as s where s.slot_name = %s",
        (slot_name,),
    ).fetchone()
    if row is None:
        return None
    slot: Mapping[str, Any] = row[0]
    return SlotState(
        confirmed=row[1],
        restart=row[2],
        wal_status=slot["wal_status"],
        safe_bytes=slot["safe_wal_size"],
        reason=slot.get("invalidation_reason"),
        active_pid=slot["active_pid"],
    )


def create(connection: psycopg.Connection, source: CapturedSource, slot_name: str) -> int:
    """Creates a slot, which contains every transaction that ends after it.

    Waits for open transactions.

    Returns:
        Its first position.

    Raises:
        FinplatformError: If the server or the login is not set up for it.
    """
    try:
        row = connection.execute(
            "select (lsn - '0/0')::bigint from pg_create_logical_replication_slot(%s, 'pgoutput')",
            (slot_name,),
        ).fetchone()
    except psycopg.errors.ObjectNotInPrerequisiteState as error:
        raise FinplatformError(
            f"The server of source {source.name} keeps no logical log:"
            f" {error.diag.message_primary}.",
            "Set wal_level = logical there and restart it, or load its tables by `load: full`.",
        ) from None
    except psycopg.errors.InsufficientPrivilege:
        raise FinplatformError(
            f"The login of source {source.name} may not use replication slots.",
            "Have an administrator give it that: alter role ... replication. Without it use"
            " `load: incremental` (the change journal) or `load: full`.",
        ) from None
    except psycopg.errors.ConfigurationLimitExceeded:
        raise FinplatformError(
            f"All replication slots of the server of source {source.name} are in use.",
            "Raise max_replication_slots there, or drop slots that nothing reads"
            " (pg_replication_slots).",
        ) from None
    assert row is not None  # noqa: S101 - the function gives a row
    return int(row[0])


def drop(connection: psycopg.Connection, slot_name: str) -> bool:
    """Drops a slot; returns whether there was one."""
    if state(connection, slot_name) is None:
        return False
    release(connection, slot_name)
    connection.execute("select pg_drop_replication_slot(%s)", (slot_name,))
    return True


def release(connection: psycopg.Connection, slot_name: str) -> None:
    """Ends a session that still reads the slot, such as that of a killed capture.

    Captures of a source exclude each other, so no other is in progress.

    Raises:
        FinplatformError: If the session does not end.
    """
    found = state(connection, slot_name)
    if found is None or found.active_pid is None:
        return
    row = connection.execute(
        "select pg_terminate_backend(%s, %s)", (found.active_pid, _PATIENCE_S * 1000)
    ).fetchone()
    if row is None or not row[0]:
        raise FinplatformError(
            f"Slot {slot_name} is being read by process {found.active_pid} of the server.",
            "End that session, or wait until it ends.",
        )


def advance(connection: psycopg.Connection, slot_name: str, lsn: int) -> int:
    """Advances the slot to a position.

    Returns:
        Position of the slot, which is the end of the record at the position.
    """
    row = connection.execute(
        "select (end_lsn - '0/0')::bigint"
        " from pg_replication_slot_advance(%s, '0/0'::pg_lsn + %s::numeric)",
        (slot_name, lsn),
    ).fetchone()
    assert row is not None  # noqa: S101 - the function gives a row
    return int(row[0])


def messages(
    source: CapturedSource, slot_name: str, upto: int, most: int = MOST_MESSAGES
) -> Generator[pl.DataFrame]:
    """Messages of whole transactions up to a position, without confirming them.

    Args:
        source: The captured source.
        slot_name: Its slot.
        upto: Position up to which the log is read.
        most: Messages after which no further transaction is sent.

    Yields:
        Frames of `lsn` and `data`.

    Raises:
        FinplatformError: If the slot cannot be read.
    """
    query = (
        "select (lsn - '0/0')::bigint as lsn, data from pg_logical_slot_peek_binary_changes("
        f"{literal(slot_name)}, '0/0'::pg_lsn + {upto}::numeric, {most}, 'proto_version', '1',"
        f" 'publication_names', {literal(source.publication)})"
    )
    try:
        with bulk.connect(source.url) as connection:
            for statement in _SESSION:
                bulk.execute(connection, statement)
            _, batches = bulk.read_arrow(connection, query, BATCH_BYTES)
            with closing(batches):
                for batch in batches:
                    yield pl.DataFrame(batch)
    except AdbcError as error:
        raise FinplatformError(
            f"Slot {slot_name} of source {source.name} could not be read: {bulk.reason(error)}.",
            "See `finplatform cdc status`, and docs/cdc.md.",
        ) from None


def type_names(connection: psycopg.Connection) -> Callable[[Iterable[int]], Mapping[int, str]]:
    """A function that names types by their OIDs, and domains by their base type."""

    def names(oids: Iterable[int]) -> Mapping[int, str]:
        rows = connection.execute(
            "select t.oid::bigint, coalesce(b.typname, t.typname)::text from pg_type as t"
            " left join pg_type as b on b.oid = nullif(t.typbasetype, 0)"
            " where t.oid = any(%s::bigint[]::oid[])",
            (list(oids),),
        ).fetchall()
        found: dict[int, str] = dict(rows)
        # A type that was dropped since is read as text.
        return {oid: found.get(oid, "text") for oid in oids}

    return names
