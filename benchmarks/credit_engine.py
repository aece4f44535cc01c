"""Time and memory of measuring a large loan book, and of scoring as many borrowers.

    python -m benchmarks.credit_engine [--rows 1000000] [--repeats 3] [--only rwa|pd] [--json]

Measures `finplatform.risk.exposures` and `finplatform.ml.scoring`. The book is drawn from a seed;
scoring uses the model in use and the repeated features of the built bank (`finplatform demo`).
"""

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from multiprocessing import get_context
from typing import Any

import numpy as np
import polars as pl
import psutil

from finplatform.errors import FinplatformError

SEED = 42
AS_OF = date(2026, 1, 31)
BUDGET_SECONDS = {"rwa": 2.0, "pd": 10.0}
_SAMPLE_SECONDS = 0.005
_MIB = 1024**2
_PRODUCTS = {
    "corporate": "BUSINESS_LOAN",
    "residential_mortgage": "MORTGAGE",
    "qrre": "CREDIT_CARD",
    "other_retail": "PERSONAL_LOAN",
}


@dataclass(frozen=True)
class Measured:
    """One task.

    Attributes:
        task: `rwa` or `pd`.
        rows: Rows of its input.
        columns: Columns of its input.
        seconds: Shortest wall time of the repeats.
        cpu_seconds: Processor time of that one, all threads.
        peak_mib: Highest resident memory above that before the first run, input excluded.
        input_mib: Size of the input.
        budget_seconds: What it may take.
    """

    task: str
    rows: int
    columns: int
    seconds: float
    cpu_seconds: float
    peak_mib: float
    input_mib: float
    budget_seconds: float


def exposures(rows: int) -> pl.DataFrame:
    """A book of all four classes, three rows of a hundred in default."""
    rng = np.random.default_rng(SEED)
    names = np.array(list(_PRODUCTS))[rng.integers(len(_PRODUCTS), size=rows)]
    is_corporate, is_home = names == "corporate", names == "residential_mortgage"
    drawn = np.round(rng.lognormal(9, 1.2, rows), 2)
    is_defaulted = rng.random(rows) < 0.03
    return pl.DataFrame(
        {
            "exposure_id": pl.Series(np.arange(rows)).cast(pl.String),
            "exposure_class": names,
            "product_type": pl.Series(names).replace_strict(_PRODUCTS),
            "drawn": drawn,
            "undrawn": np.where(names == "qrre", np.round(rng.lognormal(8, 1, rows), 2), 0.0),
            "pd": np.clip(rng.lognormal(-4, 1, rows), 0.0001, 0.9),
            "lgd": np.where(is_corporate, np.nan, rng.uniform(0.1, 0.9, rows)),
            "ltv": np.where(is_home, rng.uniform(0.2, 1.2, rows), np.nan),
            "is_defaulted": is_defaulted,
            "specific_provision": np.where(is_defaulted, 0.3 * drawn, 0.0),
            "turnover_eur_m": np.where(is_corporate, rng.uniform(1, 100, rows), np.nan),
            "maturity": rng.uniform(0.5, 10, rows),
            "is_transactor": rng.random(rows) < 0.3,
        }
    ).with_columns(pl.col("lgd", "ltv", "turnover_eur_m").fill_nan(None))


def _rwa(rows: int) -> tuple[pl.DataFrame, Callable[[pl.DataFrame], Any]]:
    from finplatform.risk.exposures import measure

    return exposures(rows), lambda book: measure(book, AS_OF)


def _pd(rows: int) -> tuple[pl.DataFrame, Callable[[pl.DataFrame], Any]]:
    from finplatform.ml.scoring import score
    from finplatform.ml.store import latest_version, load
    from finplatform.orchestration.build import all_contracts
    from finplatform.settings import get_settings
    from finplatform.warehouse.database import open_warehouse
    from finplatform.warehouse.dbt import load_manifest
    from finplatform.warehouse.tables import read_rows

    settings = get_settings()
    folder = settings.models / "pd_model"
    if latest_version(folder) is None:
        raise FinplatformError("No default model is kept.", "Build the bank: finplatform demo.")
    contract = all_contracts(load_manifest(settings))["gold.credit_features"]
    known = read_rows(open_warehouse(settings).url, contract, None).filter(~pl.col("is_defaulted"))
    times = -(-rows // known.height)
    features = pl.concat([known] * times, rechunk=True).head(rows)
    features = features.with_columns(exposure_id=pl.Series(np.arange(rows)).cast(pl.String))
    model = load(folder)
    return features, lambda frame: score(model, frame)


TASKS = {"rwa": _rwa, "pd": _pd}


def run(task: str, rows: int, repeats: int) -> Measured:
    """Measures one task in this process; a fresh process gives an honest memory."""
    frame, work = TASKS[task](rows)
    work(frame.head(1_000))
    process = psutil.Process()
    before = process.memory_info().rss
    peak = _Peak(process)
    peak.start()
    times = []
    for _ in range(repeats):
        cpu, wall = time.process_time(), time.perf_counter()
        result = work(frame)
        times.append((time.perf_counter() - wall, time.process_time() - cpu))
        if result.height != rows:
            raise FinplatformError(f"{task} gave {result.height} rows for {rows}.")
        del result
    peak.stop()
    seconds, cpu_seconds = min(times)
    return Measured(
        task=task,
        rows=rows,
        columns=frame.width,
        seconds=round(seconds, 2),
        cpu_seconds=round(cpu_seconds, 2),
        peak_mib=round((peak.highest - before) / _MIB),
        input_mib=round(frame.estimated_size() / _MIB),
        budget_seconds=BUDGET_SECONDS[task],
    )


class _Peak(threading.Thread):
    """Samples the resident memory of this process."""

    def __init__(self, process: psutil.Process) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._over = threading.Event()
        self.highest = 0

    def run(self) -> None:
        """Samples until stopped."""
        while not self._over.wait(_SAMPLE_SECONDS):
            self.highest = max(self.highest, self._process.memory_info().rss)

    def stop(self) -> None:
        """Ends the sampling."""
        self._over.set()
        self.join()


def main(arguments: list[str] | None = None) -> int:
    """Prints time and memory of each task; 1 if one is over its budget, 2 if one cannot be run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.credit_engine")
    parser.add_argument("--rows", type=int, default=1_000_000, help="Exposures and borrowers.")
    parser.add_argument("--repeats", type=int, default=3, help="The shortest run counts.")
    parser.add_argument("--only", choices=sorted(TASKS), help="One task alone.")
    parser.add_argument("--json", action="store_true", help="Print JSON.")
    given = parser.parse_args(arguments)
    tasks = [given.only] if given.only else list(TASKS)
    found = []
    for task in tasks:
        # A process of its own: what one task leaves in memory is not the other's.
        with get_context("spawn").Pool(1) as pool:
            try:
                found.append(pool.apply(run, (task, given.rows, given.repeats)))
            except FinplatformError as error:
                sys.stderr.write(f"error: {error}\n")
                return 2
    if given.json:
        sys.stdout.write(json.dumps([asdict(one) for one in found], indent=2) + "\n")
    else:
        for one in found:
            sys.stdout.write(
                f"{one.task:4} {one.rows:>9,} rows x {one.columns} columns"
                f"  {one.seconds:6.2f} s ({one.cpu_seconds:.2f} s of processors,"
                f" budget {one.budget_seconds:g} s)"
                f"  {one.peak_mib:,.0f} MiB in addition to an input of {one.input_mib:,.0f} MiB\n"
            )
    return int(any(one.seconds > one.budget_seconds for one in found))


if __name__ == "__main__":
    sys.exit(main())
