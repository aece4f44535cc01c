"""`Pace`: how often something may be read, so that looking costs little whatever the bank's size.

Belongs here: the pace alone.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

USUAL_SHARE = 0.02
"""Share of the time that reading one thing may take: what takes 2 ms is read every 0.1 s at most,
what takes 0.2 s every 10 s."""


class Pace:
    """Schedules the next reading.

    Args:
        least_s: Seconds between readings that cost nothing.
        share: Share of the time that readings may take.
    """

    def __init__(self, least_s: float = 0.0, share: float = USUAL_SHARE) -> None:
        self._least_s = least_s
        self._share = share
        self._next = float("-inf")

    @property
    def is_due(self) -> bool:
        """Whether it is time."""
        return time.monotonic() >= self._next

    def hurry(self) -> None:
        """Makes the next reading due at once."""
        self._next = float("-inf")

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measures a reading, and puts off the next one by what it took."""
        began = time.monotonic()
        try:
            yield
        finally:
            taken = time.monotonic() - began
            self._next = began + max(self._least_s, taken / self._share)
