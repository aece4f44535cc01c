"""Writing a frame while the next one is validated.

The server writes and Python validates in parallel, so that a large load takes as long as the slower
of both. Belongs here: their order on one connection. Does not belong here: the rows.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.warehouse import bulk


class FrameWriter:
    """Connection of a load on which one frame is written while the next one is validated.

    Other uses of the connection get it from `wait`, after the write has ended.

    Args:
        connection: Open Arrow connection.

    Attributes:
        rows: Rows written so far.
    """

    def __init__(self, connection: dbapi.Connection) -> None:
        self._connection = connection
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bronze-writer")
        self._writing: Future[int] | None = None
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Waits for the write; raises its error unless another exception is propagating."""
        self._thread.shutdown(wait=True)
        if kind is None:
            self.wait()

    def begin(self, table: str, rows: pl.DataFrame) -> None:
        """Begins to append rows to a bronze table."""
        self._writing = self._thread.submit(bulk.append, self.wait(), "bronze", table, rows)

    def wait(self) -> dbapi.Connection:
        """Waits for the write, and returns the connection.

        Raises:
            adbc_driver_manager.Error: If the write failed.
        """
        writing, self._writing = self._writing, None
        if writing is not None:
            self.rows += writing.result()
        return self._connection
