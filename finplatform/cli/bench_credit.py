"""`finplatform bench credit`: default models on public loan books.

Belongs here: which books, where the page and the JSON go, the printed table. The protocol is
`finplatform.bench.credit`.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finplatform.bench.credit import run_book
from finplatform.bench.credit_data import LOADERS
from finplatform.cli.output import ERR, OUT, print_json, print_table
from finplatform.errors import FinplatformError
from finplatform.reporting.credit_bench_page import credit_bench_page, figure_with_interval
from finplatform.reporting.pages import write
from finplatform.settings import get_settings

NAME = "credit_bench"


def run(data: Path, out: Path | None, only: Sequence[str], *, as_json: bool) -> None:
    """Trains and judges on every book, writes page and figures, prints them.

    Raises:
        FinplatformError: A book is unknown or its data is not there.
    """
    if unknown := sorted(set(only) - set(LOADERS)):
        raise FinplatformError(
            f"There is no loan book {', '.join(unknown)}.", f"Choose from {', '.join(LOADERS)}."
        )
    # All are read before any is trained on, so that a missing file is told at once.
    books = [load(data) for name, load in LOADERS.items() if not only or name in only]
    results = []
    for book in books:
        with ERR.status(f"{book.title}: training and judging"):
            results.append(run_book(book))
    folder = out or get_settings().reports
    page, figures = folder / f"{NAME}.html", folder / f"{NAME}.json"
    write(page, credit_bench_page(results))
    write(figures, json.dumps(results, indent=2, allow_nan=False) + "\n")
    if as_json:
        print_json(results)
    else:
        _print(results, page, figures)


def _print(results: Sequence[Mapping[str, Any]], page: Path, figures: Path) -> None:
    rows = [
        (
            result["name"],
            name,
            figure_with_interval(model, "auc"),
            *(f"{model[figure]:.3f}" for figure in ("ks", "brier")),
            f"{model['calibration_intercept']:+.2f}",
            f"{model['calibration_slope']:.2f}",
            _verdict(result) if name == "champion" else "",
        )
        for result in results
        for name, model in result["models"].items()
    ]
    columns = ("book", "model", "AUC (95%)", "KS", "Brier", "shift", "slope", "accepted")
    print_table("On rows that were not trained on", columns, rows, numbers=(3, 4, 5, 6))
    for result in results:
        wins = result["wins"]
        OUT.print(
            f"{result['name']}: {result['protocol']}; champion scorecard {wins['scorecard']},"
            f" boosting {wins['boosting']}",
            highlight=False,
        )
    OUT.print(f"written {page} and {figures}", highlight=False, soft_wrap=True)


def _verdict(result: Mapping[str, Any]) -> str:
    if result["least_auc"] is None:
        return ""
    return "yes" if result["is_accepted"] else "no"
