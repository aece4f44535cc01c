"""The daily schedule by Dagster's daemon: an hour after the bank's midnight, yesterday is loaded.

The platform is started as an operator does it, with a home and a server of its own, on a clock that
stands shortly before the hour.
"""

import math
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from finplatform.orchestration.instance import open_instance
from finplatform.orchestration.jobs import DAILY_JOB, HISTORY_BY_DAY_JOB
from finplatform.orchestration.run_failures import run_events
from finplatform.settings import Settings
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.embedded.ports import free_port
from finplatform_tests.dates import CLOCK, clock_library
from finplatform_tests.waiting import wait_until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.graph,
    pytest.mark.skipif("LD_PRELOAD" in os.environ, reason="the clock is moved already"),
]

FIRST, LOADED, YESTERDAY = date(2025, 3, 1), date(2025, 3, 29), date(2025, 3, 30)
HOUR = datetime(2025, 3, 31, 1, tzinfo=UTC)
BEFORE_IT = timedelta(minutes=2)
OF_SCHEDULE = dg.RunsFilter(job_name=DAILY_JOB, tags={"dagster/schedule_name": "daily_schedule"})
ROWS = "select count(*) from gold.fact_transactions where transaction_date = %s"


class Operator:
    """Types commands on a home whose clock is moved.

    Args:
        home: The platform's home.
        library: What moves the clock.
    """

    def __init__(self, home: Path, library: Path) -> None:
        self._library = library
        self._environment = {
            "FINPLATFORM_HOME": str(home),
            "FINPLATFORM_HISTORY_START": FIRST.isoformat(),
            **{
                f"FINPLATFORM_{name}_PORT": str(free_port())
                for name in ("POSTGRES", "UI", "API", "CODE_SERVER")
            },
        }

    @property
    def settings(self) -> Settings:
        """Settings of the home."""
        names = {name.removeprefix("FINPLATFORM_").lower() for name in self._environment}
        values = {name: self._environment[f"FINPLATFORM_{name.upper()}"] for name in names}
        return Settings.model_validate(values)

    def types(self, *arguments: str, at: datetime) -> None:
        """Runs a command as if it were another time."""
        moved = str(math.ceil((at - datetime.now(UTC)).total_seconds()))
        clock: Mapping[str, str] = dict(zip(CLOCK, (str(self._library), moved), strict=True))
        done = subprocess.run(
            [str(Path(sys.executable).with_name("finplatform")), *arguments],
            env={**os.environ, **self._environment, **clock},
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    """Whoever started the platform before the hour, with all days loaded but yesterday."""
    with clock_library() as library:
        if library is None:
            pytest.skip("needs a C compiler")
        operator = Operator(tmp_path / "home", library)
        midnight = HOUR - timedelta(hours=1)
        span = ("--start", FIRST.isoformat(), "--end", YESTERDAY.isoformat())
        size = ("--customers", "100", "--transactions", "2000")
        days = ("--from", FIRST.isoformat(), "--to", LOADED.isoformat())
        try:
            operator.types("simulate", *size, *span, at=midnight)
            operator.types("backfill", *days, "--job", HISTORY_BY_DAY_JOB, at=midnight)
            operator.types("down", at=midnight)
            operator.types("up", at=HOUR - BEFORE_IT)
            yield operator
        finally:
            operator.types("down", at=HOUR)


def test_the_daemon_loads_yesterday_an_hour_after_midnight(operator: Operator) -> None:
    settings = operator.settings
    with open_instance(settings) as instance:
        wait_until(
            lambda: any(run.is_finished for run in instance.get_runs(OF_SCHEDULE)),
            "the schedule's run has ended",
        )
        (run,) = instance.get_runs(OF_SCHEDULE)
        assert run.status is dg.DagsterRunStatus.SUCCESS, run_events(instance, run.run_id).reasons
    assert run.tags["dagster/partition"] == YESTERDAY.isoformat()
    with psycopg.connect(open_warehouse(settings).url) as connection:
        row = connection.execute(ROWS, (YESTERDAY,)).fetchone()
    assert row is not None
    assert row[0] > 0
