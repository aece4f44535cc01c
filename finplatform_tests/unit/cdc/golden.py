"""Messages as PostgreSQL 18 wrote them, and changes of captured tables made of such messages.

The server's own bytes are written out: `g.d (id int primary key, name text, mood g.mood)` has the
default replica identity, `g.f (id int, big text)` a full one. Belongs here: bytes, and putting them
in a stream. Does not belong here: assertions.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from finplatform.cdc.changes import Decoder, TableChanges
from finplatform.cdc.snapshots import Snapshot
from finplatform.cdc.source import CapturedSource, CapturedTable

BEGIN = bytes.fromhex("420000000002f90fc8000304819b07e7c800000345")
COMMIT = bytes.fromhex("43000000000002f90fc80000000002f90ff8000304819b07e7c8")
COMMIT_US = 1_796_064_428_410_824
"""Time of that commit in microseconds from 1970; its transaction is 837."""

TYPE = bytes.fromhex("590000449267006d6f6f6400")
ORIGIN = bytes.fromhex("4f0000000002f90fc8" + b"far\0".hex())
MESSAGE = bytes.fromhex("4d010000000002f9cad866696e706c6174666f726d000000000568656c6c6f")
RELATION_D = bytes.fromhex(
    "5200004495670064006400030169640000000017ffffffff006e616d650000000019ffffffff"
    "006d6f6f640000004492ffffffff"
)
RELATION_F = bytes.fromhex(
    "520000449d670066006600020169640000000017ffffffff016269670000000019ffffffff"
)
INSERT_D = bytes.fromhex("49000044954e000374000000013174000000045a6fc3ab6e")
UPDATE_D = bytes.fromhex("55000044954e000374000000013174000000006e")
UPDATE_KEY_D = bytes.fromhex("55000044954b00037400000001316e6e4e000374000000013274000000006e")
DELETE_D = bytes.fromhex("44000044954b00037400000001326e6e")
INSERT_F = bytes.fromhex("490000449d4e000274000000013174000000027878")
UPDATE_F = bytes.fromhex("550000449d4f0002740000000131740000000278784e000274000000013275")
"""Its text is stored out of line and did not change, so that it is not sent again; shortened."""

DELETE_F = bytes.fromhex("440000449d4f000274000000013274000000027878")
TRUNCATE = bytes.fromhex("540000000200000044950000449d")

D, F = 0x4495, 0x449D
TYPES: Mapping[int, str] = {0x17: "int4", 0x19: "text", 0x4492: "mood", 0x43A: "date"}
ALL_SEEN = Snapshot(10**6, 10**6)
SOURCE = CapturedSource(
    "core",
    "postgresql://",
    (
        CapturedTable("customers", "g", "f", ("id",)),
        CapturedTable("accounts", "g", "d", ("id",)),
    ),
)


def decoder(
    source: CapturedSource = SOURCE,
    *,
    watermark: int = 0,
    seen: Snapshot = ALL_SEEN,
    last_commit_us: int = 0,
) -> Decoder:
    """A decoder of a stream."""
    return Decoder(
        source,
        lambda oids: {oid: TYPES[oid] for oid in oids},
        watermark=watermark,
        seen=seen,
        last_commit_us=last_commit_us,
    )


def stream(*messages: bytes) -> pl.DataFrame:
    """Messages as a slot gives them, each a byte after the one before."""
    return pl.DataFrame(
        {"lsn": range(1_000, 1_000 + len(messages)), "data": list(messages)},
        schema={"lsn": pl.Int64, "data": pl.Binary},
    )


def rows(changes: Sequence[TableChanges], table: str) -> list[tuple]:
    """Operation and source columns of all changes of a table."""
    return [
        (row["_op"], *(value for name, value in row.items() if not name.startswith("_")))
        for reported in changes
        if reported.table.table == table
        for frame in reported.frames
        for row in frame.iter_rows(named=True)
    ]


def begin(end: int, xid: int, at_us: int = COMMIT_US) -> bytes:
    """Begin of a transaction whose commit is written before `end`."""
    return (
        b"B" + (end - 48).to_bytes(8) + (at_us - 946_684_800_000_000).to_bytes(8) + xid.to_bytes(4)
    )


def commit(end: int, at_us: int = COMMIT_US) -> bytes:
    """Commit of a transaction."""
    at = (at_us - 946_684_800_000_000).to_bytes(8)
    return b"C\0" + (end - 48).to_bytes(8) + end.to_bytes(8) + at


def relation(relation_id: int, name: str, columns: Mapping[str, int], identity: str = "f") -> bytes:
    """A relation of schema `g`."""
    reported = b"R" + relation_id.to_bytes(4) + b"g\0" + name.encode() + b"\0" + identity.encode()
    reported += len(columns).to_bytes(2)
    for column, type_id in columns.items():
        reported += b"\1" + column.encode() + b"\0" + type_id.to_bytes(4) + b"\xff\xff\xff\xff"
    return reported


def values(*texts: str | None) -> bytes:
    """A row's values."""
    reported = len(texts).to_bytes(2)
    for text in texts:
        data = b"" if text is None else text.encode()
        reported += b"n" if text is None else b"t" + len(data).to_bytes(4) + data
    return reported


def insert(relation_id: int, *new: str | None) -> bytes:
    """An insert."""
    return b"I" + relation_id.to_bytes(4) + b"N" + values(*new)


def update(relation_id: int, old: Sequence[str | None], new: Sequence[str | None]) -> bytes:
    """An update with all values before it."""
    return b"U" + relation_id.to_bytes(4) + b"O" + values(*old) + b"N" + values(*new)


def delete(relation_id: int, *old: str | None) -> bytes:
    """A delete with all values before it."""
    return b"D" + relation_id.to_bytes(4) + b"O" + values(*old)
