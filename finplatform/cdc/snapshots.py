"""Snapshots of a source: the transactions that a read contains.

A table is read during concurrent writes. The transaction id of a captured change decides whether
the read already contains it. Does not belong here: taking a snapshot, which the read does.
"""

from dataclasses import dataclass

import polars as pl

_EPOCH = 2**32


@dataclass(frozen=True)
class Snapshot:
    """Value of `pg_current_snapshot()`.

    Attributes:
        xmin: Id below which all transactions had ended.
        xmax: Id from which on none had begun.
        open: Transactions in between that had not ended.
    """

    xmin: int
    xmax: int
    open: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Snapshot":
        """A snapshot from its text, `xmin:xmax:xip,...`."""
        xmin, xmax, still_open = text.split(":")
        return cls(int(xmin), int(xmax), tuple(int(xid) for xid in still_open.split(",") if xid))

    def saw(self, xids: pl.Series) -> pl.Series:
        """Marks the committed transactions in the snapshot.

        Args:
            xids: Their ids in the log, without the epoch; each stands for the one nearest to the
                snapshot.
        """
        base = self.xmax - self.xmax % _EPOCH
        whole = xids.cast(pl.Int64) + base
        distance = whole - self.xmax
        whole += _EPOCH * ((distance < -_EPOCH // 2).cast(pl.Int64))
        whole -= _EPOCH * ((distance > _EPOCH // 2).cast(pl.Int64))
        return (whole < self.xmax) & ~whole.is_in(list(self.open))
