"""Linear algebra on one thread: with another number of threads, sums differ in the last digit.

Belongs here: the limit. Does not belong here: what is computed under it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

_LOCK = Lock()
_LIMITS: list[Any] = []
_HOLDERS = [0]


@contextmanager
def one_thread() -> Iterator[None]:
    """Limits linear algebra to one thread while any caller in this process is inside.

    The libraries have one limit per process, and several threads may compute: the first caller that
    leaves must not lift the limit of the others. Each caller sets it again, because a library may
    have been loaded since.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with _LOCK:
        _HOLDERS[0] += 1
        _LIMITS.append(threadpool_limits(limits=1))
    try:
        yield
    finally:
        with _LOCK:
            _HOLDERS[0] -= 1
            while _LIMITS and not _HOLDERS[0]:
                _LIMITS.pop().restore_original_limits()
