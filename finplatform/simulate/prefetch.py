"""Read-ahead iterator: one bounded queue and one thread."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import Full, Queue
from threading import Event
from typing import Generic, TypeVar

T = TypeVar("T")
_POLL_SECONDS = 0.1


class _End:
    """Marks the end of the source, with the error that ended it, if any."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class _Pump(Generic[T]):
    def __init__(self, source: Iterator[T], depth: int) -> None:
        self.queue: Queue[T | _End] = Queue(depth)
        self.stop = Event()
        self._source = source

    def run(self) -> None:
        """Fill the queue until the source ends or the consumer stops."""
        try:
            for item in self._source:
                if not self._put(item):
                    return
        except BaseException as error:  # noqa: BLE001 - handed over to be raised by the consumer
            self._put(_End(error))
        else:
            self._put(_End())

    def _put(self, item: T | _End) -> bool:
        while not self.stop.is_set():
            try:
                self.queue.put(item, timeout=_POLL_SECONDS)
            except Full:
                continue
            return True
        return False


def ahead(source: Iterator[T], depth: int = 8) -> Generator[T]:
    """Iterate over `source` in a thread that is at most `depth` items ahead.

    Order is kept, an error in the source is raised here, and the thread ends when the consumer
    stops.
    """
    pump = _Pump(source, depth)
    with ThreadPoolExecutor(1, thread_name_prefix="simulate-ahead") as pool:
        pool.submit(pump.run)
        try:
            while not isinstance(item := pump.queue.get(), _End):
                yield item
            if item.error is not None:
                raise item.error
        finally:
            pump.stop.set()
