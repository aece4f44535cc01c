"""Frames that a run has read, for those of its steps that read the same.

The risk of every exposure is read by ten reports and the features of credit by five models, each of
which took longer to read than most of them compute. Belongs here: keeping what was read while a run
lasts, within bounds. Does not belong here: reading (see `finplatform.orchestration.io_managers.tables`).
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

import polars as pl

MAX_BYTES = 256 * 2**20


@dataclass
class _Kept:
    """A frame, or the place of one that somebody is reading."""

    lock: Lock = field(default_factory=Lock)
    frame: pl.DataFrame | None = None


class FramesRead:
    """Frames by table and by what was read of it, the longest unused going first.

    Nothing is kept outside of a run. Within one a table does not change under its readers but by a
    step of the run, which says so by `forget`.

    Args:
        max_bytes: Most bytes to keep; a frame that is larger by itself is not kept.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._runs = 0
        self._kept: OrderedDict[tuple[str, Hashable], _Kept] = OrderedDict()

    @contextmanager
    def during_run(self) -> Iterator[None]:
        """Keeps frames until the last of the runs that are under way is over."""
        with self._lock:
            self._runs += 1
        try:
            yield
        finally:
            with self._lock:
                self._runs -= 1
                if not self._runs:
                    self._kept.clear()

    def get(self, table: str, part: Hashable, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """The frame that was read before, or is read now; others that want it wait for it.

        Args:
            table: Whose rows.
            part: Which of its rows and columns, and where.
            read: Reads them.
        """
        with self._lock:
            if not self._runs:
                kept = None
            else:
                kept = self._kept.setdefault((table, part), _Kept())
                self._kept.move_to_end((table, part))
        if kept is None:
            return read()
        with kept.lock:
            frame = read() if kept.frame is None else kept.frame
            kept.frame = frame
        with self._lock:
            self._keep_within_bounds()
        return frame.clone()

    def forget(self, table: str) -> None:
        """Drops what was read of a table, which is about to change or has."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == table]:
                del self._kept[key]

    def _keep_within_bounds(self) -> None:
        held = sum(_size(kept) for kept in self._kept.values())
        for key in list(self._kept):
            if held <= self._max_bytes:
                return
            held -= _size(self._kept[key])
            if self._kept[key].frame is not None:
                del self._kept[key]


FRAMES = FramesRead()
"""The frames of this process."""


def _size(kept: _Kept) -> int:
    return 0 if kept.frame is None else int(kept.frame.estimated_size())
