"""A platform that is left alone after `up`: what arrives sets off what is made from it, by itself.

The daemon, the code server and the stream's processes are those that an operator starts, on a small
bank. The second half kills them while runs go on.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg
import httpx
import psutil
import psycopg
import pytest

from finplatform.orchestration.instance import open_instance
from finplatform.streaming.client import connect
from finplatform.streaming.names import CHANNEL
from finplatform.warehouse.embedded.ports import free_port
from finplatform.windows import Window
from finplatform_tests.integration.bank import BuiltBank
from finplatform_tests.integration.streaming.examples import event
from finplatform_tests.waiting import LIMIT_S

pytestmark = [pytest.mark.integration, pytest.mark.graph]

LATE, OLD = date(2025, 3, 30), date(2025, 1, 15)
"""A day and almost three months before the end of the history."""

PORTS = ("UI", "API", "WEBSERVER", "WEBSERVER_READ_ONLY")
IN_PROGRESS = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
HEADER = (
    "transaction_id,account_id,transaction_type,amount,currency,transaction_date,description,"
    "reference_number,counterparty_account,merchant_id,channel,status,fees,exchange_rate,"
    "decline_reason\n"
)


class Platform:
    """A bank whose platform is up.

    Args:
        bank: The bank.
        instance: Where its runs are recorded.
    """

    def __init__(self, bank: BuiltBank, instance: dg.DagsterInstance) -> None:
        self.bank, self.instance = bank, instance
        self.account = self.value("select min(account_id) from oltp.accounts")

    def value(self, query: str) -> Any:
        """First value of a query."""
        with psycopg.connect(self.bank.url) as connection:
            row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None

    def deliver(self, day: date, key: str, amount: str = "12.30") -> None:
        """Puts a file of one transaction into the landing zone."""
        path = self.bank.settings.landing / f"transactions_{day}.csv"
        row = (
            f"{key},{self.account},WITHDRAWAL,{amount},USD,{day}T10:00:00Z,,,,,ATM,COMPLETED,0.00,"
            "1,\n"
        )
        path.with_suffix(".part").write_text(HEADER + row)
        path.with_suffix(".part").rename(path)

    def amount(self, key: str) -> str | None:
        """Amounts of a transaction in its fact, one a row."""
        return self.value(
            "select string_agg(amount::text, ' ') from gold.fact_transactions"
            f" where transaction_id = '{key}'"
        )

    def runs(self, **tags: str) -> list[dg.DagsterRun]:
        """Runs with tags, the newest first."""
        return list(self.instance.get_runs(dg.RunsFilter(tags=tags)))

    def of_files(self, *statuses: dg.DagsterRunStatus) -> list[dg.DagsterRun]:
        """Runs that files have set off."""
        wanted = dg.RunsFilter(tags={"finplatform/arrival": "files"}, statuses=list(statuses))
        return list(self.instance.get_runs(wanted))

    def process(self, service: str) -> psutil.Process:
        """A process that `up` has started."""
        noted = (self.bank.home / "run" / f"{service}.pid").read_text()
        return psutil.Process(int(noted.split()[0]))


def wait(condition: Callable[[], object], what: str) -> float:
    """Waits until a condition holds; seconds that it took."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < LIMIT_S, f"waited in vain until {what}"
        time.sleep(0.5)
    seconds = time.monotonic() - begun
    sys.stdout.write(f"{what}: {seconds:.0f} s\n")
    return seconds


@pytest.fixture(scope="module")
def platform(own_bank: BuiltBank) -> Iterator[Platform]:
    """The platform after `up`, with automation as it is by default."""
    with pytest.MonkeyPatch.context() as patch:
        for name in PORTS:
            patch.setenv(f"FINPLATFORM_{name}_PORT", str(free_port()))
        patch.setenv("FINPLATFORM_API_ANONYMOUS_ROLE", "admin")
        try:
            own_bank.run("up")
            with open_instance(own_bank.settings) as instance:
                yield Platform(own_bank, instance)
        finally:
            own_bank.run("down")


def test_a_changed_row_shows_in_its_dimension(platform: Platform) -> None:
    with psycopg.connect(platform.bank.url) as connection:
        connection.execute(
            "update oltp.branches set branch_name = 'Renamed'"
            " where branch_id = (select min(branch_id) from oltp.branches)"
        )
    wait(
        lambda: platform.value(
            "select count(*) from gold.dim_branch where branch_name = 'Renamed'"
        ),
        "a changed row is in its dimension",
    )
    (run,) = platform.runs(**{"finplatform/arrival": "changes of entities"})
    assert {key.path[-1] for key in run.asset_selection or ()} >= {"branches", "dim_branch"}
    assert "fact_transactions" not in {key.path[-1] for key in run.asset_selection or ()}


def test_an_event_of_the_stream_shows_on_the_live_page(platform: Platform) -> None:
    now = datetime.now(UTC).isoformat()
    document = event(1, transaction_id="L1", account_id=platform.account, transaction_date=now)
    with connect(platform.bank.settings) as client:
        client.xadd(CHANNEL, {"event": json.dumps(document | {"merchant_id": None})})
    url = f"http://127.0.0.1:{os.environ['FINPLATFORM_API_PORT']}/api/live/events"
    begun = time.monotonic()
    with (
        httpx.Client(trust_env=False, timeout=LIMIT_S) as client,
        client.stream("GET", url) as answer,
    ):
        assert answer.status_code == 200
        for line in answer.iter_lines():
            if '"L1"' in line or "test-1" in line:
                break
        else:
            pytest.fail("the stream of the live page ended without the event")
    sys.stdout.write(f"an event is on the live page: {time.monotonic() - begun:.1f} s\n")


def test_late_files_rebuild_their_day_and_their_month_and_nothing_else(platform: Platform) -> None:
    platform.deliver(LATE, "F1")
    platform.deliver(OLD, "F2")
    for key in ("F1", "F2"):
        wait(lambda key=key: platform.amount(key) == "12.30", f"file {key} is in its fact")
    runs = platform.of_files()
    assert {run.tags["dagster/partition"] for run in runs} == {f"{LATE}", f"{OLD}"}
    assert len(runs) == 2
    months = {"2025-01-01", "2025-03-01"}

    def monthly() -> list[dg.DagsterRun]:
        made = platform.runs(**{"dagster/from_automation_condition": "true"})
        return [run for run in made if "dagster/partition" in run.tags]

    for month in sorted(months):
        wait(
            lambda month=month: month in {run.tags["dagster/partition"] for run in monthly()},
            f"the month from {month} is requested",
        )
    assert {run.tags["dagster/partition"] for run in monthly()} == months


def test_a_killed_run_is_taken_up_and_stores_its_rows_once(platform: Platform) -> None:
    platform.deliver(LATE, "F1", "45.60")
    wait(lambda: platform.of_files(dg.DagsterRunStatus.STARTED), "the run of the file has begun")
    (run,) = platform.of_files(dg.DagsterRunStatus.STARTED)
    workers = [
        one
        for one in platform.process("code").children(recursive=True)
        if "spawn_main" in " ".join(one.cmdline()) or "forkserver" in " ".join(one.cmdline())
    ]
    assert workers
    for worker in workers:
        with suppress(psutil.NoSuchProcess):
            worker.kill()
    wait(lambda: platform.amount("F1") == "45.60", "a killed run was taken up")
    killed = platform.instance.get_run_by_id(run.run_id)
    assert killed is not None
    assert killed.status is dg.DagsterRunStatus.FAILURE


def test_a_killed_daemon_and_code_server_leave_no_run_that_never_ends(platform: Platform) -> None:
    platform.deliver(LATE, "F1", "78.90")
    wait(lambda: platform.of_files(dg.DagsterRunStatus.STARTED), "the run of the file has begun")
    for name in ("daemon", "code"):
        platform.process(name).kill()
    platform.bank.run("up")
    wait(lambda: platform.amount("F1") == "78.90", "the run was taken up after a restart")
    wait(lambda: not platform.of_files(*IN_PROGRESS), "no run of files goes on")
    assert {run.status for run in platform.of_files()} <= {
        dg.DagsterRunStatus.SUCCESS,
        dg.DagsterRunStatus.FAILURE,
    }
    schemas = ("bronze", "silver")
    before = platform.bank.fingerprints(*schemas)
    platform.bank.run("down")
    # Of that day alone: on later ones the core reports balances that lack the invented payment.
    platform.bank.backfill(Window.through(LATE, LATE), "daily")
    assert platform.bank.fingerprints(*schemas) == before
