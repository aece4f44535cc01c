"""Windows may be run again, in any order, and killed: the tables are the same."""

import signal
import time
from datetime import date

import psycopg
import pytest

from finplatform.windows import Window
from finplatform_tests.integration.bank import HISTORY, BuiltBank

pytestmark = [pytest.mark.integration, pytest.mark.graph, pytest.mark.timeout(900)]

LAYERS = ("bronze", "silver", "gold", "quarantine", "vault")

STARTED = """
select count(*) from event_logs
where dagster_event_type = 'STEP_START' and step_key = %s and run_id = (
    select run_id from runs order by id desc limit 1
)
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
    "step",
    [
        "bronze__transactions",
        "silver_transactions",
        "facts",
        "aggregates",
        "gold__fact_risk_metrics",
    ],
)
def test_a_run_killed_in_a_layer_leaves_it_as_it_was_and_can_be_repeated(
    built: tuple[BuiltBank, dict[str, str]], step: str
) -> None:
    bank, first = built
    process = bank.command("backfill", "--from", "2025-01-01", "--to", "2025-03-31")
    _wait_until_started(bank, step, process.pid)
    time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    _wait_until_alone(bank)
    # Every table is either as before or replaced by the same rows; none is half-written.
    assert bank.fingerprints(*LAYERS) == first
    bank.backfill(HISTORY)
    assert bank.fingerprints(*LAYERS) == first


def _tables_and_indexes(bank: BuiltBank) -> list[tuple[object, ...]]:
    with psycopg.connect(bank.url) as connection:
        return connection.execute(
            "select c.oid, c.relname, i.indexdef from pg_class as c"
            " inner join pg_namespace as n on c.relnamespace = n.oid"
            " left join pg_indexes as i on n.nspname = i.schemaname and c.relname = i.tablename"
            " where c.relkind = 'r' and n.nspname in ('silver', 'gold') order by 2, 3"
        ).fetchall()


def _wait_until_started(bank: BuiltBank, step: str, _pid: int) -> None:
    deadline = time.monotonic() + 120
    with psycopg.connect(bank.dagster_url, autocommit=True) as connection:
        before = connection.execute("select count(*) from runs").fetchone()
        while time.monotonic() < deadline:
            now = connection.execute("select count(*) from runs").fetchone()
            if now != before:
                break
            time.sleep(0.02)
        while time.monotonic() < deadline:
            row = connection.execute(STARTED, (step,)).fetchone()
            if row and row[0]:
                return
            time.sleep(0.01)
    raise AssertionError(f"step {step} did not start")


def _wait_until_alone(bank: BuiltBank) -> None:
    """Waits until the server has noticed that the killed process is gone."""
    deadline = time.monotonic() + 60
    with psycopg.connect(bank.url, autocommit=True) as connection:
        while time.monotonic() < deadline:
            row = connection.execute(
                "select count(*) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            ).fetchone()
            if row and not row[0]:
                return
            time.sleep(0.1)
    raise AssertionError("the killed run's sessions did not end")
