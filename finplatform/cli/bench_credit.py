"""`finplatform bench credit`: default models on public loan books.

Belongs here: which books, where the page and the JSON go, the printed table. The protocol is
`finplatform.bench.credit`.
"""

import json
import platform as machine
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from finplatform.bench.credit import MOST_BEHIND, MOST_TIME, REPEATS, run_book
from finplatform.bench.credit_data import LOADERS
from finplatform.cli.output import ERR, OUT, print_json, print_table, styled
from finplatform.errors import FinplatformError
from finplatform.reporting.credit_bench_page import credit_bench_page
from finplatform.reporting.pages import write
from finplatform.settings import get_settings
from finplatform.warehouse.tuning import machine_cores

NAME = "credit_bench"


def run(
    data: Path,
    out: Path | None,
    only: Sequence[str],
    *,
    jobs: int | None,
    as_json: bool,
    repeats: int = REPEATS,
    with_peers: bool = True,
) -> None:
    """Trains and judges on every book, writes page and figures, prints them.

    Args:
        data: Folder of the published files.
        out: Folder of page and figures; None is that of the reports.
        only: Names of books; none is all.
        jobs: Processes that share the folds; None is one a core.
        as_json: Whether the figures are printed as JSON.
        repeats: How often a small book without a test in time is cut into folds.
        with_peers: Whether models of scikit-learn are trained and evaluated too.

    Raises:
        FinplatformError: A book is unknown or its data is not there.
    """
    if unknown := sorted(set(only) - set(LOADERS)):
        raise FinplatformError(
            f"There is no loan book {', '.join(unknown)}.", f"Choose from {', '.join(LOADERS)}."
        )
    # All are read before the first training, so that a missing file fails at once.
    books = [load(data) for name, load in LOADERS.items() if not only or name in only]
    processes = jobs or machine_cores()
    results = []
    for book in books:
        started = time.perf_counter()
        with ERR.status(f"{book.title}: training and judging"):
            judged = run_book(book, repeats=repeats, jobs=processes, with_peers=with_peers)
        results.append(
            {
                **judged,
                "seconds": round(time.perf_counter() - started, 1),
                "machine": {"cpu": machine.machine(), "processes": processes},
            }
        )
    folder = out or get_settings().reports
    page, figures = folder / f"{NAME}.html", folder / f"{NAME}.json"
    write(page, credit_bench_page(results))
    write(figures, json.dumps(results, indent=2, allow_nan=False) + "\n")
    if as_json:
        print_json(results)
    else:
        _print(results, page, figures)


def _print(results: Sequence[Mapping[str, Any]], page: Path, figures: Path) -> None:
    for result in results:
        rows = [
            (
                name,
                *(_over_interval(model, figure) for figure in ("auc", "gini", "ks", "brier")),
                f"{model['calibration_intercept']:+.2f}",
                f"{model['calibration_slope']:.2f}",
            )
            for name, model in result["models"].items()
        ]
        print_table(
            f"{result['title']} (below a figure its 95% interval)",
            ("model", "AUC", "Gini", "KS", "Brier", "shift", "slope"),
            rows,
            numbers=range(1, 7),
        )
        wins = ", ".join(f"{name} {count}" for name, count in result["wins"].items())
        OUT.print(
            f"{result['name']}: {result['protocol']}; champion {wins}; {result['seconds']:.0f} s"
            f"{_verdict(result)}\n{_comparison(result)}",
            highlight=False,
            soft_wrap=True,
        )
    OUT.print(f"written {page} and {figures}", highlight=False, soft_wrap=True)


def _over_interval(model: Mapping[str, Any], name: str) -> Text:
    interval = " ".join(f"{end:.3f}".replace("0.", ".") for end in model[f"{name}_interval"])
    return styled(f"{model[name]:.3f}\n{interval}")


def _comparison(result: Mapping[str, Any]) -> str:
    if "is_level" not in result:
        return ""
    gap, ratio = result["boosting_gap"], result["boosting_time_ratio"]
    is_met = "met" if result["is_level"] else "MISSED"
    return (
        f"trees against scikit-learn's wide search: {-gap:+.4f} AUC (at least -{MOST_BEHIND:g}),"
        f" {ratio:.2f} of its processor time (at most {MOST_TIME:g}): {is_met}\n"
    )


def _verdict(result: Mapping[str, Any]) -> str:
    if result["least_auc"] is None:
        return ""
    is_met = "met" if result["is_accepted"] else "MISSED"
    return f"; AUC of {result['least_auc']:.2f} {is_met}"
