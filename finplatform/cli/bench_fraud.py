"""`finplatform bench fraud`: the fraud route on public card payments, against its peers.

Belongs here: where the JSON goes, the printed table. The comparison is `finplatform.bench.fraud`.
"""

import json
import platform as machine
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finplatform.bench.fraud import FIGURES, run_weeks
from finplatform.bench.fraud_data import handbook, weeks
from finplatform.cli.output import ERR, OUT, print_json, print_table
from finplatform.settings import get_settings

NAME = "fraud_bench"


def run(data: Path, out: Path | None, *, as_json: bool) -> None:
    """Trains and judges route and peers on every week, writes and prints the figures.

    Args:
        data: Folder that holds `fraud_handbook`.
        out: Folder of the figures; None is that of the reports.
        as_json: Whether the figures are printed as JSON.

    Raises:
        FinplatformError: The data is not there.
    """
    with ERR.status("Card payments: features"):
        payments = handbook(data)
    with ERR.status("Card payments: training and judging"):
        result = {**run_weeks(weeks(payments)), "machine": {"cpu": machine.machine()}}
    path = (out or get_settings().reports) / f"{NAME}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    if as_json:
        print_json(result)
    else:
        _print(result, path)


def _print(result: Mapping[str, Any], path: Path) -> None:
    for week in result["weeks"]:
        _print_models(
            f"{week['name']}: {week['test_rows']:,} payments, {week['test_frauds']} frauds",
            week["models"],
        )
    _print_models("mean of the weeks", result["mean"])
    for figure, is_met in result["is_at_or_above"].items():
        verdict = "at or above both peers" if is_met else "BELOW a peer"
        OUT.print(f"{figure.replace('_', ' ')}: {verdict}", highlight=False)
    OUT.print(f"written {path}", highlight=False, soft_wrap=True)


def _print_models(title: str, models: Mapping[str, Mapping[str, float]]) -> None:
    print_table(
        title,
        ("model", "AUC", "average precision", "recall in 0.5%", "CPU s"),
        [
            (name, *(f"{model[figure]:.3f}" for figure in FIGURES), f"{model['seconds']:.1f}")
            for name, model in models.items()
        ],
        numbers=range(1, 5),
    )
