"""Windows may be run again, in any order, and killed: the tables are the same."""

import os
import signal
from datetime import date

import psycopg
import pytest

from finplatform.windows import Window
from finplatform_tests.integration.bank import HISTORY, BuiltBank, finished
from finplatform_tests.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.graph]

LAYERS = ("bronze", "silver", "gold", "quarantine", "vault")

WORKS = """
select count(*) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
    and state <> 'idle' and query ~ %s
"""
"""Sessions in the middle of a statement that names a table, or of a transaction after it."""

OTHERS = """
select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
"""


@pytest.fixture(scope="module")
def built(own_bank: BuiltBank) -> tuple[BuiltBank, dict[str, str]]:
    """The bank and the fingerprints of its first build."""
    return own_bank, own_bank.fingerprints(*LAYERS)


def test_every_layer_of_the_built_bank_has_rows(built: tuple[BuiltBank, dict[str, str]]) -> None:
    _, first = built
    for table in ("bronze.transactions", "silver.stg_accounts", "gold.fact_balances"):
        assert int(first[table].split(":")[0]) > 0, table


def test_rerunning_windows_in_any_order_changes_nothing(
    built: tuple[BuiltBank, dict[str, str]],
) -> None:
    bank, first = built
    bank.backfill(Window.through(date(2025, 2, 20), date(2025, 3, 5)))
    bank.backfill(Window.through(date(2025, 1, 1), date(2025, 1, 31)))
    assert bank.fingerprints(*LAYERS) == first


def test_a_window_of_most_of_the_rows_keeps_the_others_the_tables_and_their_indexes(
    built: tuple[BuiltBank, dict[str, str]],
) -> None:
    bank, first = built
    before = _tables_and_indexes(bank)
    bank.backfill(Window.through(date(2025, 1, 1), date(2025, 3, 10)))
    assert bank.fingerprints(*LAYERS) == first
    assert _tables_and_indexes(bank) == before


@pytest.mark.parametrize(
    "table",
    [
        "bronze.transactions",
        "silver.stg_transactions",
        "gold.fact_balances",
        "gold.fact_account_monthly",
        "gold.fact_risk_metrics",
    ],
)
def test_a_run_killed_in_a_layer_leaves_it_as_it_was_and_can_be_repeated(
    built: tuple[BuiltBank, dict[str, str]], table: str
) -> None:
    bank, first = built
    process = bank.command("backfill", "--from", "2025-01-01", "--to", "2025-03-31")
    with psycopg.connect(bank.url, autocommit=True) as connection:
        named = table.replace(".", r"\W+")
        wait_until(lambda: _count(connection, WORKS, named) > 0, f"a run works on {table}")
        # The run and its dbt at once, as when the machine goes down.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        wait_until(lambda: _count(connection, OTHERS) == 0, "the killed run's sessions end")
    # Every table is either as before or replaced by the same rows; none is half-written.
    assert bank.fingerprints(*LAYERS) == first
    bank.backfill(HISTORY)
    assert bank.fingerprints(*LAYERS) == first


@pytest.mark.parametrize(
    "windows",
    [
        (Window.day(date(2025, 2, 27)), Window.through(date(2025, 2, 1), date(2025, 2, 28))),
        (Window.through(date(2025, 1, 1), date(2025, 1, 31)), Window.day(date(2025, 3, 31))),
    ],
    ids=["same days", "different days"],
)
def test_two_runs_at_once_give_what_one_gives(
    built: tuple[BuiltBank, dict[str, str]], windows: tuple[Window, Window]
) -> None:
    bank, first = built
    runs = [
        bank.command("backfill", "--from", str(window.start), "--to", str(window.last))
        for window in windows
    ]
    for run in runs:
        finished(run)
    assert bank.fingerprints(*LAYERS) == first


def _tables_and_indexes(bank: BuiltBank) -> list[tuple[object, ...]]:
    with psycopg.connect(bank.url) as connection:
        return connection.execute(
            "select c.oid, c.relname, i.indexdef from pg_class as c"
            " inner join pg_namespace as n on c.relnamespace = n.oid"
            " left join pg_indexes as i on n.nspname = i.schemaname and c.relname = i.tablename"
            " where c.relkind = 'r' and n.nspname in ('silver', 'gold') order by 2, 3"
        ).fetchall()


def _count(connection: psycopg.Connection, query: str, *parameters: str) -> int:
    row = connection.execute(query.encode(), parameters or None).fetchone()
    assert row is not None
    return int(row[0])
