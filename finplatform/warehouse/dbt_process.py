"""A process of its own for dbt.

dbt computes for a third of all that a run computes in Python, where steps of one process take
turns. Its process is started when it is first needed, keeps the parsed project, and ends with the
process that started it, however that ends: what it had sent to the server is rolled back then.
Belongs here: that process, seen from both sides. Does not belong here: running dbt (see
`dbt_runner`).
"""

import atexit
import os
import subprocess
import sys
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection, Pipe
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

from finplatform import garbage
from finplatform.errors import FinplatformError
from finplatform.settings import Settings
from finplatform.warehouse import dbt_runner
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.dbt_runner import NodeResult


class DbtProcess:
    """A process that runs dbt for this one, a command at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        # Whoever closes it and whoever finds it gone meet; one of them is to tidy up.
        self._taking = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None

    def start(self, settings: Settings) -> None:
        """Starts the process if there is none, and has it load dbt and the project."""
        with self._lock:
            self._connected(settings)

    def run(
        self, arguments: Sequence[str], settings: Settings, warehouse: Warehouse
    ) -> list[NodeResult]:
        """Runs dbt there and waits, as `dbt_runner.run` does here.

        Raises:
            FinplatformError: If dbt could not begin, or its process ended.
        """
        with self._lock:
            try:
                connection = self._connected(settings)
                connection.send((list(arguments), settings, warehouse))
                answer = connection.recv()
            except (EOFError, OSError) as error:
                self._forget()
                raise FinplatformError(
                    "The process that ran dbt has ended.",
                    "Perhaps the machine was short of memory; run the step again.",
                ) from error
        if isinstance(answer, FinplatformError):
            raise answer
        results: list[NodeResult] = answer
        return results

    def close(self) -> None:
        """Ends the process, whatever it is at, and without waiting for whoever waits for it."""
        self._forget()

    def _connected(self, settings: Settings) -> Connection:
        if self._connection is None:
            ours, theirs = Pipe()
            with theirs:
                number = str(theirs.fileno())
                self._process = subprocess.Popen(  # noqa: S603 - our own module
                    # It ends without tidying up; Python does that after it, and would tell.
                    [sys.executable, "-W", "ignore:resource_tracker", "-m", __name__, number],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    # An interrupt at the terminal is for the process that asked.
                    start_new_session=True,
                )
            ours.send(settings)
            self._connection = ours
        return self._connection

    def _forget(self) -> None:
        with self._taking:
            connection, process = self._connection, self._process
            self._connection = self._process = None
        if connection is not None and process is not None:
            process.kill()
            process.wait()
            connection.close()


DBT = DbtProcess()
"""The one of this process."""

atexit.register(DBT.close)


def _serve(connection: Connection) -> None:
    """Runs what is asked for, until whoever asks is gone."""
    asked = SimpleQueue[Any]()
    Thread(target=_listen, args=(connection, asked), daemon=True).start()
    with garbage.held_off():
        dbt_runner.load(asked.get())
    while True:
        connection.send(_answer(*asked.get()))


def _listen(connection: Connection, asked: "SimpleQueue[Any]") -> None:
    """Hands on questions; ends this process at once when nobody waits for the answers."""
    try:
        while True:
            asked.put(connection.recv())
    except (EOFError, OSError):
        os._exit(0)


def _answer(
    arguments: Sequence[str], settings: Settings, warehouse: Warehouse
) -> list[NodeResult] | FinplatformError:
    try:
        return dbt_runner.run(arguments, settings, warehouse)
    except FinplatformError as error:
        return error
    except Exception as error:  # noqa: BLE001 - told by whoever asked
        traceback.print_exc()
        return FinplatformError(f"dbt could not run: {error!r}.", "See HOME/logs/dbt.")


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])))
