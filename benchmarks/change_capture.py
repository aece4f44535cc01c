"""Catch-up rate and freshness of captured changes.

    python -m benchmarks.change_capture catch-up [--rows 1000000]
    python -m benchmarks.change_capture fresh [--seconds 60] [--rate 300]
    python -m benchmarks.change_capture identity [--rows 200000]

`catch-up` writes transactions of a bank in one burst and measures the rates of capture and of
loading into bronze. `fresh` writes them one by one at a steady rate and
measures the delay from each commit to its row in bronze. `identity` measures the cost of an
update with whole rows in the log. Each has a server of its own in a temporary folder.
"""

import argparse
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import psycopg
from sqlalchemy.engine import make_url

from finplatform.cdc.capture import Captured, capture
from finplatform.contracts.bronze import SOURCES
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.ingest.load_result import LoadResult, LoadSettings
from finplatform.ingest.loaders import captured_sources, loader_of
from finplatform.ingest.vault_key import vault_master_key
from finplatform.oltp import migrate
from finplatform.settings import Settings
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.embedded import EmbeddedServer, free_port
from finplatform.windows import Window

DAY = Window.day(date(2025, 1, 10))
_ACCOUNTS = 10_000
_SOURCES = {
    "bank": "Benchmark",
    "sources": {"core": {"connector": "postgres", "schema": "oltp", "load": "cdc"}},
    "tables": {"transactions": {"source": "core"}},
}
_PREPARE = f"""
    create table bronze.accounts (account_id text);
    insert into bronze.accounts select 'A' || lpad(n::text, 7, '0')
    from generate_series(0, {_ACCOUNTS - 1}) as n;
    do $drop$ declare name text; begin
        for name in select conname from pg_constraint
            where conrelid = 'oltp.transactions'::regclass and contype = 'f'
        loop
            execute format('alter table oltp.transactions drop constraint %I', name);
        end loop;
    end $drop$;
"""
_FILL = """
    insert into oltp.transactions (
        transaction_id, account_id, transaction_type, amount, currency, transaction_date,
        description, reference_number, counterparty_account, merchant_id, channel, status, fees,
        exchange_rate
    )
    select
        n,
        'A' || lpad((n % 10000)::text, 7, '0'),
        (array['DEPOSIT', 'SALARY', 'WITHDRAWAL', 'CARD_PAYMENT', 'FEE'])[1 + n % 5],
        round((n % 999983) / 7.0, 2),
        (array['USD', 'EUR', 'GBP'])[1 + n % 3],
        timestamptz '2025-01-10 00:00+00' + n % 86400 * interval '1 second',
        'PAYMENT ' || n % 1000,
        case when n % 2 = 0 then 'R' || n end,
        case when n % 4 = 0 then 'DE' || n end,
        null,
        (array['ATM', 'POS', 'ONLINE', 'MOBILE'])[1 + n % 4],
        'COMPLETED',
        0,
        1
    from generate_series({first}, {last}) as n
"""


@dataclass(frozen=True)
class Bank:
    """A captured bank in a server of its own.

    Attributes:
        url: libpq URL of source and warehouse.
        settings: Settings of its home.
    """

    url: str
    settings: Settings

    def capture(self) -> Captured:
        """Captures what is new."""
        sources = SourcesConfig.model_validate(_SOURCES)
        source = captured_sources(sources, self.settings, self.url)["core"]
        return capture(source, self.url, vault_master_key(self.url, self.settings))

    def load(self) -> LoadResult:
        """Loads the day's transactions."""
        sources = SourcesConfig.model_validate(_SOURCES)
        load = LoadSettings(first_day=date(2025, 1, 1), last_day=date(2025, 3, 31))
        loader = loader_of(SOURCES["transactions"], sources, self.settings, self.url, load)
        return loader.load(self.url, DAY)

    def fill(self, first: int, last: int) -> None:
        """Writes transactions in one transaction of the database."""
        with psycopg.connect(self.url) as connection:
            connection.execute(_FILL.format(first=first, last=last).encode())


def catch_up(rows: int) -> None:
    """Prints how fast a burst is captured and loaded."""

    def measured(bank: Bank) -> None:
        bank.load()
        _say("source writes", rows, _timed(lambda: bank.fill(1, rows)))
        taken = _timed(bank.capture)
        _say("captured", rows, taken)
        with psycopg.connect(bank.url) as connection:
            (size,) = connection.execute(
                "select sum(octet_length(payload)) from ops.captured_changes"
            ).fetchone() or (0,)
        print(f"  kept: {size / rows:.1f} bytes a change")  # noqa: T201
        loaded = _timed(bank.load)
        _say("loaded into bronze", rows, loaded)
        _say("both", rows, taken + loaded)
        with psycopg.connect(bank.url) as connection:
            connection.execute("update oltp.transactions set status = 'REVERSED'")
        taken = _timed(bank.capture)
        _say("updates captured", rows, taken)
        loaded = _timed(bank.load)
        _say("updates merged into bronze", rows, loaded)
        _say("both", rows, taken + loaded)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  peak of Python's memory: {peak:,.0f} MiB")  # noqa: T201

    _with_bank(measured)


def fresh(seconds: int, rate: int) -> None:
    """Prints how old transactions are when they can be read in bronze."""

    def measured(bank: Bank) -> None:
        bank.load()
        committed: list[float] = []
        end = threading.Event()
        writer = threading.Thread(target=_write, args=(bank, rate, seconds, committed, end))
        writer.start()
        visible: list[float] = []
        loads = 0
        while not end.is_set() or len(visible) < len(committed):
            bank.load()
            with psycopg.connect(bank.url) as connection:
                (count,) = connection.execute(
                    "select count(*) from bronze.transactions"
                ).fetchone() or (0,)
            visible += [time.time()] * (count - len(visible))
            loads += 1
        writer.join()
        ages = np.array(visible) - np.array(committed)
        p50, p99 = np.percentile(ages, [50, 99])
        print(  # noqa: T201
            f"{len(committed):,} commits in {seconds} s ({rate * 3600:,} an hour), {loads} loads:"
            f" commit to bronze p50 {p50:.2f} s, p99 {p99:.2f} s, most {ages.max():.2f} s"
        )

    _with_bank(measured)


def identity(rows: int) -> None:
    """Prints what an update writes to the log with and without the whole row before it."""

    def measured(bank: Bank) -> None:
        bank.fill(1, rows)
        for kind in ("default", "full"):
            with psycopg.connect(bank.url, autocommit=True) as connection:
                connection.execute(
                    f"alter table oltp.transactions replica identity {kind}".encode()
                )
                connection.execute("vacuum oltp.transactions")
                before = _position(connection)
                begun = time.perf_counter()
                connection.execute("update oltp.transactions set status = 'REVERSED', fees = 1")
                took = time.perf_counter() - begun
                written = _position(connection) - before
            print(  # noqa: T201
                f"  update with identity {kind}: {written / rows:.0f} bytes of log a row,"
                f" {took:.1f} s"
            )

    _with_bank(measured)


def _position(connection: psycopg.Connection) -> int:
    row = connection.execute("select (pg_current_wal_insert_lsn() - '0/0')::bigint").fetchone()
    return int(row[0]) if row else 0


def _write(
    bank: Bank, rate: int, seconds: int, committed: list[float], end: threading.Event
) -> None:
    statement = _FILL.format(first="%(n)s::int", last="%(n)s::int").replace("% ", "%% ").encode()
    with psycopg.connect(bank.url, autocommit=True) as connection:
        begun = time.time()
        for number in range(rate * seconds):
            connection.execute(statement, {"n": number + 1})
            committed.append(time.time())
            time.sleep(max(begun + number / rate - time.time(), 0))
    end.set()


def _with_bank(measured: Callable[[Bank], None]) -> None:
    with tempfile.TemporaryDirectory(prefix="change-capture-") as home:
        server = EmbeddedServer(Path(home), port=free_port(), memory_mb=2048)
        try:
            location = make_url(server.start().url("finplatform"))
            zone = location.update_query_dict({"options": "-ctimezone=UTC"})
            url = zone.render_as_string(hide_password=False)
            migrate.upgrade(url)
            with bulk.connect(url) as connection:
                ddl.create_schemas(connection)
            with psycopg.connect(url) as connection:
                connection.execute(_PREPARE.encode())
            measured(Bank(url, Settings(home=Path(home), database_url=url)))
        finally:
            server.stop()


def _timed(task: Callable[[], object]) -> float:
    begun = time.perf_counter()
    task()
    return time.perf_counter() - begun


def _say(what: str, rows: int, seconds: float) -> None:
    print(f"  {what}: {rows:,} rows in {seconds:.1f} s, {rows / seconds:,.0f} a second")  # noqa: T201


def main() -> int:
    """Runs the benchmark of the arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    tasks = parser.add_subparsers(dest="task", required=True)
    tasks.add_parser("catch-up").add_argument("--rows", type=int, default=1_000_000)
    steady = tasks.add_parser("fresh")
    steady.add_argument("--seconds", type=int, default=60)
    steady.add_argument("--rate", type=int, default=300)
    tasks.add_parser("identity").add_argument("--rows", type=int, default=200_000)
    arguments = parser.parse_args()
    match arguments.task:
        case "catch-up":
            catch_up(arguments.rows)
        case "fresh":
            fresh(arguments.seconds, arguments.rate)
        case _:
            identity(arguments.rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
