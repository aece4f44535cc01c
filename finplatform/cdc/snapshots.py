"""Snapshots of a source: which transactions a read of it has seen.

A table is read while others write to it. Whether a change that the log brings later was already
seen is decided by the transaction that made it, exactly. Belongs here: that decision. Does not
belong here: taking a snapshot, which the read does.
"""

from dataclasses import dataclass

import polars as pl

_EPOCH = 2**32


@dataclass(frozen=True)
class Snapshot:
    """What `pg_current_snapshot()` says.

    Attributes:
        xmin: Below it, all transactions had ended.
        xmax: From it on, none had begun.
        open: Those in between that had not ended.
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
        """Which committed transactions the snapshot has seen.

        Args:
            xids: Their ids as the log has them, without the epoch; each is taken for the one
                nearest to the snapshot.
        """
        base = self.xmax - self.xmax % _EPOCH
        whole = xids.cast(pl.Int64) + base
        distance = whole - self.xmax
        whole += _EPOCH * ((distance < -_EPOCH // 2).cast(pl.Int64))
        whole -= _EPOCH * ((distance > _EPOCH // 2).cast(pl.Int64))
        return (whole < self.xmax) & ~whole.is_in(list(self.open))
