"""One clock for the tests, PostgreSQL and child processes, also where it is moved."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime

import psycopg
import pytest

from finplatform.settings import Settings
from finplatform_tests.dates import DAYS, at_noon_of, clock_library

_CHILD = "from datetime import UTC, datetime; print(datetime.now(UTC).isoformat())"

# Waits by each clock, through Python and through the C library: all of them end.
_WAITING_CHILD = """
import queue, subprocess, sys, threading, time
time.sleep(0.01)
assert not threading.Event().wait(0.01)
try:
    queue.Queue().get(timeout=0.01)
except queue.Empty:
    pass
subprocess.run([sys.executable, "-c", ""], timeout=600, check=True)
"""


@pytest.mark.integration
@pytest.mark.skipif(Settings().database_url is not None, reason="the server given has its own")
def test_the_server_and_child_processes_read_the_clock_of_the_tests(postgres_url: str) -> None:
    before = datetime.now(UTC)
    with psycopg.connect(postgres_url) as connection:
        row = connection.execute("select clock_timestamp()").fetchone()
    child = subprocess.run(
        [sys.executable, "-c", _CHILD], capture_output=True, text=True, check=True
    )
    assert row is not None
    assert before <= row[0] <= datetime.fromisoformat(child.stdout.strip()) <= datetime.now(UTC)


@pytest.mark.skipif("LD_PRELOAD" in os.environ, reason="the clock is moved already")
@pytest.mark.parametrize("day", [date(1999, 12, 31), *DAYS], ids=str)
def test_a_process_starts_on_the_day_given_and_its_waits_end(day: date) -> None:
    with clock_library() as library:
        if library is None:
            pytest.skip("needs a C compiler")
        moved = {**os.environ, **at_noon_of(day, library, datetime.now(UTC))}
        child = subprocess.run(
            [sys.executable, "-c", f"{_WAITING_CHILD}\n{_CHILD}"],
            env=moved, capture_output=True, text=True, check=True,
        )  # fmt: skip
        seen = datetime.fromisoformat(child.stdout.strip())
        dated = subprocess.run(["date", "-u", "+%F"], env=moved, capture_output=True, text=True)
        assert dated.stdout.strip() == day.isoformat()
    assert seen.date() == day
