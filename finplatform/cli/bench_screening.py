"""`finplatform bench screening`: screening on the open benchmark, and its speed.

Belongs here: the command. Does not belong here: what is judged (`finplatform.bench.screening`).
"""

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finplatform.bench.screening import (
    LEAST_RECALL,
    MOST_FALSE_POSITIVES,
    cases,
    judge,
    read_people,
    speed,
)
from finplatform.cli.output import ERR, OUT, print_json, print_table
from finplatform.settings import get_settings

NAME = "screening_bench"


def run(data: Path, names: int, out: Path | None, *, as_json: bool) -> None:
    """Judges screening, measures it, writes and prints the figures.

    Args:
        data: Folder that holds `sanctions/ofac`.
        names: Names to screen for the speed.
        out: Folder of the figures; None is that of the reports.
        as_json: Whether the figures are printed as JSON.

    Raises:
        FinplatformError: The data or the benchmark is not there.
    """
    people = read_people(data / "sanctions" / "ofac")
    with ERR.status("Benchmark: cases and search"):
        chosen, made = cases(people)
        judged = judge(chosen, made)
    with ERR.status(f"Speed: {names:,} names"):
        measured = speed(people, names)
    result = {"benchmark": judged, "speed": measured, "machine": {"cpu": platform.machine()}}
    path = (out or get_settings().reports) / f"{NAME}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    if as_json:
        print_json(result)
    else:
        _print(result, path)


def _print(result: Mapping[str, Any], path: Path) -> None:
    judged, measured = result["benchmark"], result["speed"]
    print_table(
        f"All {judged['people']:,} individuals of OFAC's list, {judged['names']:,} names",
        ("changed by", "kind", "cases", "found, or false"),
        [
            (row["family"], row["kind"], f"{row['cases']:,}", f"{row['share']:.1%}")
            for row in judged["kinds"]
        ],
        numbers=(2, 3),
    )
    halves = ", ".join(
        f"{half['recall']:.4f} at {half['false_positive_rate']:.4f}" for half in judged["halves"]
    )
    is_met = (
        judged["recall"] >= LEAST_RECALL and judged["false_positive_rate"] <= MOST_FALSE_POSITIVES
    )
    OUT.print(
        f"recall {judged['recall']:.4f} at a false-positive rate of"
        f" {judged['false_positive_rate']:.4f} (score {judged['least_score']}):"
        f" {'as wanted' if is_met else 'NOT as wanted'}, at least {LEAST_RECALL} and at most"
        f" {MOST_FALSE_POSITIVES}",
        soft_wrap=True,
    )
    OUT.print(f"half that the weights were chosen on, and the other: {halves}", soft_wrap=True)
    OUT.print(f"{judged['positives'] + judged['negatives']:,} cases in {judged['seconds']} s")
    OUT.print(
        f"{measured['names']:,} names in {measured['seconds']} s,"
        f" {measured['names_a_second']:,} a second; {measured['with_a_hit']:,} with a hit"
    )
    OUT.print(f"written {path}", soft_wrap=True)
