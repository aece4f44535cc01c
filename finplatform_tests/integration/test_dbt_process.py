"""The process that runs dbt: it lives and dies with whoever asks, and says what went wrong."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from finplatform.errors import FinplatformError
from finplatform.settings import Settings
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.dbt_process import DbtProcess
from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration

PATIENCE = 30.0

# Starts dbt's process and stays until it is killed. Who was started in the background may have been
# told to take no notice of signals.
PARENT = """
import signal
import time
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
from finplatform.settings import get_settings
from finplatform.warehouse.dbt_process import DBT
DBT.start(get_settings())
print(DBT._process.pid, flush=True)
time.sleep(600)
"""


# Runs one test of dbt's and ends.
USER = """
from finplatform.settings import get_settings
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.dbt_process import DBT
settings = get_settings()
arguments = ("test", "--select", "balances_have_their_dimensions")
assert len(DBT.run(arguments, settings, open_warehouse(settings))) == 1
"""


@pytest.fixture
def dbt() -> Iterator[DbtProcess]:
    process = DbtProcess()
    yield process
    process.close()


def _settings(bank: BuiltBank) -> Settings:
    return Settings(home=bank.home, database_url=bank.url)


def _run(dbt: DbtProcess, bank: BuiltBank, *arguments: str) -> set[str]:
    settings = _settings(bank)
    return {result.status for result in dbt.run(arguments, settings, open_warehouse(settings))}


def _wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the process lives on"
        time.sleep(0.05)


def test_commands_one_after_the_other_are_run_by_one_process(
    dbt: DbtProcess, built_bank: BuiltBank
) -> None:
    one_test = ("test", "--select", "balances_have_their_dimensions")
    assert _run(dbt, built_bank, *one_test) == {"pass"}
    first = dbt._process
    assert _run(dbt, built_bank, *one_test) == {"pass"}
    assert dbt._process is first


def test_a_command_that_dbt_refuses_is_told_and_the_process_goes_on(
    dbt: DbtProcess, built_bank: BuiltBank
) -> None:
    with pytest.raises(FinplatformError, match="dbt could not run"):
        _run(dbt, built_bank, "nonsense")
    assert _run(dbt, built_bank, "test", "--select", "balances_have_their_dimensions") == {"pass"}


def test_a_process_that_was_killed_is_told_and_started_again(
    dbt: DbtProcess, built_bank: BuiltBank
) -> None:
    dbt.start(_settings(built_bank))
    assert dbt._process is not None
    os.kill(dbt._process.pid, signal.SIGKILL)
    with pytest.raises(FinplatformError, match="has ended"):
        _run(dbt, built_bank, "nonsense")
    assert _run(dbt, built_bank, "test", "--select", "balances_have_their_dimensions") == {"pass"}


def test_it_ends_without_a_word(built_bank: BuiltBank) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", USER],
        env={**os.environ, **built_bank.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_the_process_that_started_it(
    built_bank: BuiltBank, sent: signal.Signals
) -> None:
    environment = {**os.environ, **built_bank.environment}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.send_signal(sent)
    _wait_until_gone(pid)


def test_closing_ends_it_although_a_step_waits_for_it(
    dbt: DbtProcess, built_bank: BuiltBank
) -> None:
    dbt.start(_settings(built_bank))
    process = dbt._process
    assert process is not None
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(_run, dbt, built_bank, "test")
        deadline = time.monotonic() + PATIENCE
        while not dbt._lock.locked():
            assert time.monotonic() < deadline, "nobody waits"
            time.sleep(0.01)
        dbt.close()
        _wait_until_gone(process.pid)
        with pytest.raises(FinplatformError, match="has ended"):
            waiting.result(PATIENCE)
