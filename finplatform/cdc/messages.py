"""Messages of `pgoutput` (protocol version 1) other than rows.

Belongs here: their format by PostgreSQL's chapter "Logical Replication Message Formats". Does not
belong here: rows and transaction boundaries, which are decoded in batches (see `rows`). Streamed
    and prepared transactions are never requested, so their messages are errors.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum

from finplatform.errors import FinplatformError


class Kind(IntEnum):
    """First byte of a message."""

    BEGIN = ord("B")
    COMMIT = ord("C")
    ORIGIN = ord("O")
    RELATION = ord("R")
    TYPE = ord("Y")
    INSERT = ord("I")
    UPDATE = ord("U")
    DELETE = ord("D")
    TRUNCATE = ord("T")
    MESSAGE = ord("M")


@dataclass(frozen=True)
class Column:
    """A column of a relation in the log.

    Attributes:
        name: Its name.
        type_id: OID of its type.
        is_key: Whether it is part of the replica identity.
    """

    name: str
    type_id: int
    is_key: bool


@dataclass(frozen=True)
class Relation:
    """Description of a table for the following row messages.

    Attributes:
        relation_id: Its OID, which row messages reference.
        schema_name: Its schema.
        name: Its name.
        identity: Replica identity: `d` primary key, `f` full, `i` an index, `n` none.
        columns: Its columns, in the order of the values in a row.
    """

    relation_id: int
    schema_name: str
    name: str
    identity: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Truncate:
    """Truncated tables.

    Attributes:
        relation_ids: Their OIDs.
    """

    relation_ids: tuple[int, ...]


_HEADS = {1: "!B", 2: "!H", 4: "!I", 8: "!Q"}


class _Reader:
    """Reads a message from its second byte on."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 1

    def number(self, width: int) -> int:
        (value,) = struct.unpack_from(_HEADS[width], self._data, self._at)
        self._at += width
        return int(value)

    def text(self) -> str:
        end = self._data.index(b"\0", self._at)
        value = self._data[self._at : end].decode()
        self._at = end + 1
        return value


def read_relation(data: bytes) -> Relation:
    """A message of kind `RELATION`."""
    reader = _Reader(data)
    relation_id, schema_name, name = reader.number(4), reader.text(), reader.text()
    # The server sends an empty name for pg_catalog.
    identity, count = chr(reader.number(1)), reader.number(2)
    columns = []
    for _ in range(count):
        is_key, column, type_id = bool(reader.number(1) & 1), reader.text(), reader.number(4)
        reader.number(4)
        columns.append(Column(column, type_id, is_key))
    return Relation(relation_id, schema_name or "pg_catalog", name, identity, tuple(columns))


def read_truncate(data: bytes) -> Truncate:
    """A message of kind `TRUNCATE`."""
    reader = _Reader(data)
    count, _ = reader.number(4), reader.number(1)
    return Truncate(tuple(reader.number(4) for _ in range(count)))


def refuse_unknown(kinds: set[int]) -> None:
    """Refuses messages outside the protocol's first version.

    Args:
        kinds: First bytes of messages.

    Raises:
        FinplatformError: If one is not in `Kind`.
    """
    unknown = sorted(kinds - {int(kind) for kind in Kind})
    if unknown:
        raise FinplatformError(
            f"The slot sends messages of the unknown kind {', '.join(map(chr, unknown))!r}.",
            "Nothing was captured. Drop the slot by `finplatform cdc drop`, and capture again.",
        )
