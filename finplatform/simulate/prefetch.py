"""Making the next pieces while the last ones are written.

Belongs here: one bounded queue and one thread. Does not: anything about banks or databases.
"""

from collections.abc import Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")
_POLL_SECONDS = 0.1


def ahead(source: Iterator[T], depth: int = 8) -> Iterator[T]:
    """Iterate over `source` in a thread that is at most `depth` items ahead.

    Order is kept, an error in the source is raised here, and the thread ends when the consumer stops.
    """
    queue: Queue[tuple[bool, T | BaseException | None]] = Queue(depth)
    stop = Event()

    def put(item: tuple[bool, T | BaseException | None]) -> None:
        while not stop.is_set():
            try:
                queue.put(item, timeout=_POLL_SECONDS)
            except Full:
                continue
            return

    def produce() -> None:
        try:
            for item in source:
                put((True, item))
                if stop.is_set():
                    return
            put((False, None))
        except BaseException as error:  # noqa: BLE001 - handed to the consumer, who raises it
            put((False, error))

    thread = Thread(target=produce, name="simulate-ahead", daemon=True)
    thread.start()
    try:
        while True:
            try:
                more, item = queue.get(timeout=_POLL_SECONDS)
            except Empty:
                continue
            if more:
                yield item  # type: ignore[misc]
            elif isinstance(item, BaseException):
                raise item
            else:
                return
    finally:
        stop.set()
        thread.join()
