"""Time and memory of the contract checks of stored tables.

    python -m benchmarks.contract_checks large [--rows 10000000]
    python -m benchmarks.contract_checks bank [--repeats 3]

`large` fills `bronze.transactions` in a server of its own in a temporary folder and checks it;
`bank` checks all tables of the configured warehouse, read-only. The check is
`finplatform.orchestration.checks.stored_table`.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Contract
from finplatform.orchestration.checks.stored_table import check_table
from finplatform.orchestration.checks.validation_result import ValidationResult
from finplatform.settings import get_settings
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.embedded import EmbeddedServer, free_port

BATCH_ROWS = 200_000
AT_ONCE = 3
_FILL = """
    insert into bronze.transactions (
        transaction_id, account_id, transaction_type, amount, currency, transaction_date,
        description, reference_number, counterparty_account_token, merchant_id, channel, status,
        fees, exchange_rate
    )
    select
        n::text,
        'A' || lpad((n % 100000)::text, 7, '0'),
        (array['DEPOSIT', 'SALARY', 'WITHDRAWAL', 'CARD_PAYMENT', 'FEE'])[1 + n % 5],
        round((n % 999983) / 7.0, 2),
        (array['USD', 'EUR', 'GBP'])[1 + n % 3],
        timestamptz '2024-01-01 00:00+00' + n * interval '5 seconds',
        'PAYMENT ' || n % 1000,
        case when n % 2 = 0 then 'R' || n end,
        case when n % 4 = 0 then md5(n::text) end,
        case when n % 3 = 0 then 'M' || lpad((n % 900)::text, 5, '0') end,
        (array['ATM', 'POS', 'ONLINE', 'MOBILE'])[1 + n % 4],
        'COMPLETED',
        0,
        1
    from generate_series(1, {rows}) as n
"""


def large(rows: int) -> bool:
    """Checks a table of a number of rows; prints what it took."""
    contract = SOURCES["transactions"].stored
    with tempfile.TemporaryDirectory(prefix="contract-checks-") as home:
        server = EmbeddedServer(Path(home), port=free_port(), memory_mb=2048)
        try:
            url = _utc(server.start().url("postgres"))
            with bulk.connect(url) as connection:
                ddl.create_schemas(connection)
                ddl.create_table(connection, contract)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(_FILL.format(rows=rows).encode())
                connection.execute(b"vacuum analyze bronze.transactions")
            return _measure(lambda: _check(url, [contract]))
        finally:
            server.stop()


def bank(repeats: int) -> bool:
    """Checks all tables of the bank of the settings; prints what each round took."""
    from finplatform.orchestration.build import all_contracts
    from finplatform.warehouse.database import open_warehouse
    from finplatform.warehouse.dbt import load_manifest

    settings = get_settings()
    contracts = list(all_contracts(load_manifest(settings)).values())
    url = open_warehouse(settings).url
    rounds = [_measure(lambda: _check(url, contracts)) for _ in range(repeats)]
    return all(rounds)


def _check(url: str, contracts: Sequence[Contract]) -> list[ValidationResult]:
    """Several tables at a time, as a step of checks does."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda one: check_table(url, one, None, BATCH_ROWS), contracts))


def _measure(task: Callable[[], list[ValidationResult]]) -> bool:
    """Prints rows, times and memory of a round; whether everything passed."""
    wall, cpu = time.perf_counter(), time.process_time()
    verdicts = task()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    # The kernel counts kilobytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    failed = [verdict.reasons for verdict in verdicts if not verdict.passed]
    print(  # noqa: T201
        f"{len(verdicts)} tables, {sum(verdict.rows for verdict in verdicts):,} rows:"
        f" {wall:.1f} s, {cpu:.1f} s of Python's processor time, peak {peak:,.0f} MiB"
        + (f"; failed: {failed}" if failed else "")
    )
    return not failed


def _utc(url: str) -> str:
    parsed = make_url(url).set(drivername="postgresql")
    zone = parsed.update_query_dict({"options": "-ctimezone=UTC"})
    return zone.render_as_string(hide_password=False)


def main() -> int:
    """Runs the benchmark of the arguments; returns 1 if a check failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    tasks = parser.add_subparsers(dest="task", required=True)
    tasks.add_parser("large").add_argument("--rows", type=int, default=10_000_000)
    tasks.add_parser("bank").add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    passed = large(arguments.rows) if arguments.task == "large" else bank(arguments.repeats)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
