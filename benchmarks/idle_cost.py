"""Processor time of an idle platform, by process.

    python -m benchmarks.idle_cost [--minutes 5]

Measures the processes that `finplatform up` has started for `FINPLATFORM_HOME`, and the embedded
server. It starts no process.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from finplatform.settings import get_settings


def processes(home: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Processes of a home with the name of what they belong to, children included."""
    noted = {path.stem: path for path in sorted((home / "run").glob("*.pid"))}
    noted["database"] = home / "postgres" / "data" / "postmaster.pid"
    for name, path in noted.items():
        with suppress(OSError, ValueError, IndexError, psutil.NoSuchProcess):
            process = psutil.Process(int(path.read_text().split()[0]))
            yield name, process
            for child in process.children(recursive=True):
                yield name, child


def seconds(home: Path) -> dict[str, float]:
    """Processor seconds by name so far, with those of children that have ended."""
    found: dict[str, float] = {}
    for name, process in processes(home):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            spent = times.user + times.system + times.children_user + times.children_system
            found[name] = found.get(name, 0.0) + spent
    return found


def main() -> None:
    """Prints the share of one core that each process takes."""
    options = argparse.ArgumentParser(description="Processor time of a platform left alone.")
    options.add_argument("--minutes", type=float, default=5.0)
    given = options.parse_args()
    home = get_settings().home
    before, begun = seconds(home), time.monotonic()
    time.sleep(60 * given.minutes)
    after, took = seconds(home), time.monotonic() - begun
    shares = {name: (after[name] - before.get(name, 0.0)) / took for name in after}
    for name, share in sorted(shares.items(), key=lambda one: -one[1]):
        sys.stdout.write(f"{name:<22} {share:6.2%} of a core\n")
    sys.stdout.write(f"{'all':<22} {sum(shares.values()):6.2%} over {took:.0f} s\n")


if __name__ == "__main__":
    main()
