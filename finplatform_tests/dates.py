"""Runs the tests as if today were another day: `python -m finplatform_tests.dates`.

    python -m finplatform_tests.dates [--on DAY ...] [arguments of pytest]

The clock is moved below Python (`moved_clock.c`), so that PostgreSQL, dbt and every other program
that a test starts read the same date. libfaketime does the same and more, but its release 0.9.10,
which Debian 12 and Ubuntu 24.04 have, breaks `time.sleep` of Python 3.11.

Belongs here: which days, and how the clock is moved. Does not belong here: what is tested.
"""

import argparse
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path

DAYS = (
    date(2027, 1, 1),
    date(2027, 3, 1),
    date(2027, 3, 31),
    date(2027, 12, 31),
    date(2028, 2, 29),
)
"""First and last day of a month and of a year, and a leap day."""

CLOCK = ("LD_PRELOAD", "MOVED_CLOCK_SECONDS")
"""Variables that move the clock of a process and of those that it starts."""

_SOURCE = Path(__file__).with_name("moved_clock.c")
_NO_COMPILER = "Skipped: the clock is moved by a few lines of C, and there is no `cc` here."


@contextmanager
def clock_library() -> Iterator[Path | None]:
    """The library that moves clocks, where every account can read it; None without a compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        library = Path(folder, "moved_clock.so")
        command = [compiler, "-shared", "-fPIC", "-O2", "-Wall", "-Werror"]
        subprocess.run([*command, "-o", str(library), str(_SOURCE), "-ldl"], check=True)
        yield library


def at_noon_of(day: date, library: Path, now: datetime) -> Mapping[str, str]:
    """Variables with which a process starts at noon (UTC) of a day.

    Args:
        day: The day.
        library: What moves the clock.
        now: The present instant.
    """
    seconds = math.ceil((datetime.combine(day, time(12), UTC) - now).total_seconds())
    return dict(zip(CLOCK, (str(library), str(seconds)), strict=True))


def main() -> int:
    """Runs the tests once a day given; returns the status of the first run that fails."""
    parser = argparse.ArgumentParser(description="Run the tests as if today were another day.")
    parser.add_argument("--on", type=date.fromisoformat, action="append", metavar="DAY")
    arguments, rest = parser.parse_known_args()
    with clock_library() as library:
        if library is None:
            sys.stdout.write(f"{_NO_COMPILER}\n")
            return 0
        for day in arguments.on or DAYS:
            sys.stdout.write(f"As if today were {day}:\n")
            sys.stdout.flush()
            moved = at_noon_of(day, library, datetime.now(UTC))
            command = [sys.executable, "-m", "pytest", *rest]
            status = subprocess.run(command, env={**os.environ, **moved}, check=False).returncode
            if status:
                return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
