"""Rows in messages of `pgoutput`, decoded a column at a time for many messages at once.

The values of a row are length-prefixed, so the offset of a column depends on those before it. For a
batch of rows the offsets are a Polars column, advanced once per column, without a loop over rows.
Belongs here: the format of row messages and of transaction boundaries. Does not belong here: the
assignment of changes to tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from finplatform.cdc.messages import Kind

_DATA, _AT = pl.col("data"), pl.col("_at")
_TEXT, _UNCHANGED = ord("t"), ord("u")
_KEY, _OLD = ord("K"), ord("O")
_POSTGRES_EPOCH_US = 946_684_800_000_000
"""PostgreSQL counts microseconds from 1 January 2000."""


@dataclass(frozen=True)
class Images:
    """Rows of one relation before and after their changes.

    Attributes:
        new: Values after the change as text, null rows for deletions.
        old: Values before it as text, as far as in the replica identity.
        has_old: Per row, whether all values before the change are known.
        is_whole: Per row, whether every value after the change is known.
    """

    new: pl.DataFrame
    old: pl.DataFrame
    has_old: pl.Series
    is_whole: pl.Series


def integer(offset: int, width: int) -> pl.Expr:
    """A number at a fixed offset of each message, in network byte order."""
    dtype = {1: pl.UInt8, 2: pl.UInt16, 4: pl.UInt32, 8: pl.Int64}[width]
    piece = _DATA.bin.slice(offset, width)
    return piece.bin.reinterpret(dtype=dtype(), endianness="big").cast(pl.Int64)


def with_transactions(messages: pl.DataFrame) -> pl.DataFrame:
    """Messages with their kind, relation and transaction.

    Args:
        messages: Column `data`, in the order of the stream.

    Returns:
        The messages with `kind`, `relation_id` (rows only), `xid` and `commit_at` (microseconds
        from 1970), both null before the first begin, and `end_lsn` (commits only).
    """
    kind = _DATA.bin.get(0)
    is_begin, is_row = (
        pl.col("kind") == Kind.BEGIN,
        pl.col("kind").is_in([int(k) for k in (Kind.INSERT, Kind.UPDATE, Kind.DELETE)]),
    )
    return messages.with_columns(kind=kind).with_columns(
        relation_id=pl.when(is_row).then(integer(1, 4)),
        xid=pl.when(is_begin).then(integer(17, 4)).forward_fill(),
        commit_at=pl.when(is_begin).then(integer(9, 8) + _POSTGRES_EPOCH_US).forward_fill(),
        end_lsn=pl.when(pl.col("kind") == Kind.COMMIT).then(integer(10, 8)),
    )


def images(messages: pl.DataFrame, columns: Sequence[str]) -> Images:
    """Rows of one relation, whose messages all have the same columns.

    An update does not send unchanged values that are stored out of line (TOAST); they are filled
    from the old values, if known.

    Args:
        messages: Inserts, updates and deletes, with `data` and `kind`.
        columns: Names of the relation's columns.
    """
    first = _DATA.bin.get(5)
    frame = messages.select(
        "data",
        _has_old=first.is_in([_KEY, _OLD]),
        _is_full=first == _OLD,
        _has_new=pl.col("kind") != Kind.DELETE,
        _at=pl.lit(8, dtype=pl.Int64),
    )
    old, frame = _tuple(frame, columns, "_has_old")
    # The marker of the new values and their number follow the old values.
    after = pl.when("_has_old").then(_AT + 3).otherwise(_AT)
    new, frame = _tuple(frame.with_columns(_at=after), columns, "_has_new", old)
    return Images(
        new=new,
        old=old,
        has_old=frame["_is_full"],
        is_whole=frame["_is_full"] | ~frame["_unchanged"],
    )


def _tuple(
    frame: pl.DataFrame, columns: Sequence[str], present: str, before: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Values of the tuples at offset `_at`, and the frame with `_at` after them.

    Args:
        frame: Messages.
        columns: Names of the values.
        present: Column that marks messages with such a tuple.
        before: Values to fill those that are not sent.
    """
    values: dict[str, pl.Series] = {}
    frame = frame.with_columns(_unchanged=pl.lit(value=False))
    for name in columns:
        mark = pl.when(present).then(_DATA.bin.get(_AT, null_on_oob=True))
        size = _DATA.bin.slice(_AT + 1, 4).bin.reinterpret(dtype=pl.UInt32(), endianness="big")
        frame = frame.with_columns(_mark=mark).with_columns(
            _size=pl.when(pl.col("_mark") == _TEXT).then(size.cast(pl.Int64))
        )
        value = pl.when(pl.col("_size").is_not_null()).then(
            _DATA.bin.slice(_AT + 5, pl.col("_size"))
        )
        frame = frame.with_columns(
            _value=value.cast(pl.String), _is_missing=pl.col("_mark") == _UNCHANGED
        )
        found = frame["_value"]
        if before is not None and frame["_is_missing"].any():
            found = frame.select(
                pl.when("_is_missing").then(before[name]).otherwise("_value")
            ).to_series()
        values[name] = found.alias(name)
        frame = frame.with_columns(
            _unchanged=pl.col("_unchanged") | pl.col("_is_missing").fill_null(value=False),
            _at=_AT + pl.col("_mark").is_not_null() + (pl.col("_size") + 4).fill_null(0),
        )
    return pl.DataFrame(values), frame
