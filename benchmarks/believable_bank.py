"""A simulated bank of one seed through the whole graph, compared with the ranges of real banks.

    python -m benchmarks.believable_bank [--seed 42] [--start DAY] [--end 2026-10-31] [--home HOME]

Simulates the 24 months up to a day, builds everything on a server of its own and prints figures,
capital and the default model as JSON; fails if a figure lies outside its range. A build takes the
minutes of `finplatform demo`. Without a folder everything is removed again.
The figures are computed by `finplatform.bench.bank_figures`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from finplatform.settings import child_environment, get_settings

_CAPITAL = """
    select reporting_date, cet1_ratio, tier1_ratio, total_ratio, is_minimum_met, is_buffer_met
    from gold.capital_adequacy
    order by reporting_date
"""
_STRESS = """
    select scenario, severity, stressed_cet1_ratio, is_minimum_met
    from gold.stress_results
    where reporting_date = (select max(reporting_date) from gold.stress_results)
    order by scenario
"""


def build(
    seed: int, start: date | None, end: date | None, stress: float, home: Path
) -> dict[str, Any]:
    """Builds a bank in a folder and returns its figures."""
    began = time.monotonic()
    environment = child_environment({"FINPLATFORM_HOME": str(home)})
    days = [f"--{name}={day}" for name, day in (("start", start), ("end", end)) if day]
    try:
        size = ["simulate", "--seed", str(seed), "--stress", str(stress), *days, "--json"]
        span = _json(size, environment)
        environment["FINPLATFORM_HISTORY_END"] = span["end"]
        window = ["--from", span["start"], "--to", span["end"]]
        jobs = ["--job", "history_by_day", "--job", "history_by_month"]
        _json(["backfill", *window, *jobs, "--json"], environment)
        truth = _json(["bench", "truth", "--json"], environment)
        months = _json(["sql", _CAPITAL, "--json"], environment)
        return {
            "seed": seed,
            "start": span["start"],
            "end": span["end"],
            "stress": stress,
            "outside": [one["figure"] for one in truth["figures"] if not one["is_in_range"]],
            "figures": {one["figure"]: one["value"] for one in truth["figures"]},
            "auc": truth["auc_of_all_exposures"],
            "auc_of_loans": {one["score"]: one["auc"] for one in truth["scores"]},
            "capital": months[-1],
            "cet1_by_month": [float(month["cet1_ratio"]) for month in months],
            "stress_results": _json(["sql", _STRESS, "--json"], environment),
            "seconds": round(time.monotonic() - began, 1),
        }
    finally:
        _run(["down"], environment)


def _json(arguments: Sequence[str], environment: Mapping[str, str]) -> Any:
    printed = _run(arguments, environment)
    try:
        return json.loads(printed)
    except ValueError:
        sys.exit(f"`finplatform {arguments[0]}` printed no JSON but {printed[:500]!r}")


def _run(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Output of a command of the platform; its standard error goes to ours."""
    command = [str(Path(sys.executable).with_name("finplatform")), *arguments]
    done = subprocess.run(  # noqa: S603 - our own command
        command, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def main() -> int:
    """Builds the bank of the arguments and prints it; 1 if a figure is out of its range."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--start", type=date.fromisoformat)
    parser.add_argument("--end", type=date.fromisoformat)
    parser.add_argument("--stress", type=float, default=1.0)
    parser.add_argument("--home", type=Path)
    arguments = parser.parse_args()
    if get_settings().database_url is not None:
        parser.error("FINPLATFORM_DATABASE_URL is set, and its bank would be replaced.")
    chosen = (arguments.seed, arguments.start, arguments.end, arguments.stress)
    if arguments.home:
        result = build(*chosen, arguments.home.resolve())
    else:
        with tempfile.TemporaryDirectory(prefix="believable-bank-") as folder:
            result = build(*chosen, Path(folder))
    print(json.dumps(result, indent=2))  # noqa: T201
    return 1 if result["outside"] else 0


if __name__ == "__main__":
    sys.exit(main())
