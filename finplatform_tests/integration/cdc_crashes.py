"""Change data capture under kills: writers, a consumer in a process of its own, and the server.

Belongs here: the workload, the kills and what is compared in the end. Does not belong here: how
many of them (see `test_cdc_crashes`).
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import psutil
import psycopg

from finplatform.warehouse.embedded import EmbeddedServer
from finplatform.windows import Window
from finplatform_tests.integration.captured_cases import FIRST_DAY, LAST_DAY, SCHEMA, Bank
from finplatform_tests.waiting import wait_for_end, wait_until

HISTORY = Window.through(FIRST_DAY, LAST_DAY)
WRITERS = 4

_SAME = {
    "branches": (
        "select branch_id, branch_name, city from core.branches",
        "select branch_id, branch_name, city from (select distinct on (branch_id) *"
        " from bronze.branches order by branch_id, _changed_at desc, _lsn desc) as b"
        " where _op <> 'd'",
    ),
    "market_data": (
        "select symbol, data_date, close_price, volume from core.market_data",
        "select symbol, data_date, close_price, volume from bronze.market_data",
    ),
}
"""By table, its rows in the source and as they are stored."""

_DIGEST = (
    "select count(*), md5(coalesce(string_agg(r::text, ',' order by r::text), '')) from ({}) as r"
)


@dataclass
class Workload:
    """What writers have done.

    Attributes:
        acknowledged: Names of branches whose writing was acknowledged.
        transactions: Transactions that were acknowledged.
    """

    acknowledged: list[str] = field(default_factory=list)
    transactions: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def has(self, transactions: int) -> bool:
        """Whether so many transactions were acknowledged."""
        return self.transactions >= transactions

    def note(self, names: list[str]) -> None:
        """Notes an acknowledged transaction."""
        with self.lock:
            self.acknowledged += names
            self.transactions += 1


@dataclass(frozen=True)
class Outcome:
    """What came of a run.

    Attributes:
        digests: By table, number and hash of the rows in the source and as stored.
        written: Versions of branches whose writing was acknowledged.
        lost: Those of them that no load has stored.
        doubled: Versions that were stored more than once.
    """

    digests: dict[str, tuple[tuple, tuple]]
    written: int
    lost: list[str]
    doubled: list[str]


def run(
    home: Path, port: int, *, transactions: int, server_kills: int, kills: int, seed: int
) -> Outcome:
    """Runs writers against a server of its own while both sides are killed.

    Args:
        home: Home of the server.
        port: Its port.
        transactions: Transactions of all writers together.
        server_kills: Times that every process of the server is killed.
        kills: Times that the consumer is killed.
        seed: Of everything that is random but the scheduling of processes.
    """
    server = EmbeddedServer(home, port=port, memory_mb=1_024)
    try:
        bank = Bank(server.start().url("finplatform"), tables=("branches", "market_data"))
        bank.run(SCHEMA)
        for table in bank.tables:
            _load(bank, table)
        return _run(server, bank, transactions, server_kills, kills, seed)
    finally:
        server.stop()


def _run(
    server: EmbeddedServer, bank: Bank, transactions: int, server_kills: int, kills: int, seed: int
) -> Outcome:
    work = Workload()
    writers = [
        threading.Thread(target=_write, args=(bank.url, number, transactions, work, seed))
        for number in range(WRITERS)
    ]
    chance = random.Random(seed)  # noqa: S311 - test data
    moments = sorted(
        [(chance.randrange(transactions), "server") for _ in range(server_kills)]
        + [(chance.randrange(transactions), "consumer") for _ in range(kills)]
    )
    consumer = _consumer(bank)
    try:
        for writer in writers:
            writer.start()
        for moment, what in moments:
            wait_until(partial(work.has, moment), f"{moment} transactions")
            if what == "server":
                _kill_server(server)
                server.start()
            else:
                _kill(consumer)
                consumer = _consumer(bank)
        wait_for_end(*writers)
    finally:
        _kill(consumer)
    for table in bank.tables:
        _load(bank, table)
    return _outcome(bank, work)


def _load(bank: Bank, table: str) -> None:
    bank.load(table, HISTORY if table == "market_data" else None)


def _outcome(bank: Bank, work: Workload) -> Outcome:
    stored = [
        name for (name,) in bank.rows("select branch_name from bronze.branches where _op <> 'd'")
    ]
    known = set(stored)
    return Outcome(
        digests={
            table: (bank.rows(_DIGEST.format(left))[0], bank.rows(_DIGEST.format(right))[0])
            for table, (left, right) in _SAME.items()
        },
        written=len(work.acknowledged),
        lost=sorted(set(work.acknowledged) - known),
        doubled=sorted({name for name in stored if stored.count(name) > 1}),
    )


def _consumer(bank: Bank) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", __name__, bank.url], start_new_session=True)


def _kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _kill_server(server: EmbeddedServer) -> None:
    info = server.status()
    assert info is not None
    postmaster = psutil.Process(info.pid)
    for process in (postmaster, *postmaster.children()):
        process.kill()
    wait_until(lambda: not psutil.pid_exists(info.pid), "the server is gone")


def _write(url: str, number: int, transactions: int, work: Workload, seed: int) -> None:
    """Writes until all writers together have written enough, whatever happens to the server."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - test data
    writer = _Writer(number, chance)
    while work.transactions < transactions:
        try:
            with psycopg.connect(url) as connection:
                while work.transactions < transactions:
                    names = writer.transaction(connection)
                    if chance.random() < 0.1:
                        connection.rollback()
                        continue
                    connection.commit()
                    work.note(names)
        except psycopg.Error:
            time.sleep(0.05)


class _Writer:
    """Changes rows of its own, and of all the prices."""

    def __init__(self, number: int, chance: random.Random) -> None:
        self._number, self._chance, self._count = number, chance, 0

    def transaction(self, connection: psycopg.Connection) -> list[str]:
        """Some changes; returns names of branches that they wrote."""
        names = []
        for _ in range(self._chance.randint(1, 4)):
            change: Callable[[psycopg.Connection], str | None] = self._chance.choice(
                (self._add_branch, self._rename, self._close, self._add_price, self._change_price)
            )
            name = change(connection)
            if name is not None:
                names.append(name)
        # A commit comes later than one that began after it.
        time.sleep(self._chance.random() * 0.005)
        return names

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _day(self) -> date:
        return FIRST_DAY + timedelta(days=self._chance.randrange(HISTORY.days))

    def _branch(self) -> str:
        return f"W{self._number}-{self._chance.randrange(40)}"

    def _add_branch(self, connection: psycopg.Connection) -> str | None:
        name = f"{self._number}.{self._next()}"
        cursor = connection.execute(
            "insert into core.branches values (%s, %s, 'Prague', null, 'CZ', 'Bohemia', 'UTC',"
            " '2016-07-01') on conflict do nothing",
            (self._branch(), name),
        )
        return name if cursor.rowcount else None

    def _rename(self, connection: psycopg.Connection) -> str | None:
        name = f"{self._number}.{self._next()}"
        cursor = connection.execute(
            "update core.branches set branch_name = %s where branch_id = %s", (name, self._branch())
        )
        return name if cursor.rowcount else None

    def _close(self, connection: psycopg.Connection) -> None:
        connection.execute("delete from core.branches where branch_id = %s", (self._branch(),))

    def _add_price(self, connection: psycopg.Connection) -> None:
        number = self._number * 10**6 + self._next()
        connection.execute(
            "insert into core.market_data values (%s, %s, %s, 10, 12, 8, %s, %s, null, 'Tech')"
            " on conflict do nothing",
            (number, f"S{number}", self._day(), self._chance.randrange(8, 12), number),
        )

    def _change_price(self, connection: psycopg.Connection) -> None:
        number = self._number * 10**6 + self._chance.randrange(1, self._count + 2)
        if self._chance.random() < 0.2:
            connection.execute("delete from core.market_data where data_id = %s", (number,))
            return
        changed = {"close_price": str(self._chance.randrange(8, 12))}
        if self._chance.random() < 0.3:
            changed = {"data_date": str(self._day())}
        for column, value in changed.items():
            statement = f"update core.market_data set {column} = '{value}' where data_id = {number}"
            connection.execute(statement.encode())


def _consume(url: str) -> None:
    """Loads what is captured, again and again, until it is killed."""
    from adbc_driver_manager import Error as AdbcError

    from finplatform.errors import FinplatformError

    bank = Bank(url, tables=("branches", "market_data"))
    while True:
        try:
            for table in bank.tables:
                _load(bank, table)
        except (FinplatformError, psycopg.Error, AdbcError):
            time.sleep(0.05)


if __name__ == "__main__":
    _consume(sys.argv[1])
