"""`finplatform bench`: the build against the same SQL by hand.

Belongs here: the order of a benchmark, its figures and their file. The floor is
`finplatform.bench`.
"""

import json
import platform as machine
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psutil

from finplatform.bench.floor import run_floor
from finplatform.cli.output import ERR, OUT, print_json, print_table
from finplatform.errors import FinplatformError
from finplatform.orchestration.jobs import WAREHOUSE_JOB, WAREHOUSE_MONTH_END_JOB
from finplatform.settings import Settings, child_environment, get_settings
from finplatform.warehouse.database import (
    Warehouse,
    check_version,
    drop_database,
    ensure_database,
    open_warehouse,
)
from finplatform.warehouse.dbt import compile_models
from finplatform.windows import Window

PLATFORM_DATABASE = "finplatform_bench"
FLOOR_DATABASE = "finplatform_bench_floor"
DAGSTER_DATABASE = "finplatform_bench_dagster"

START, END = date(2023, 1, 1), date(2024, 12, 31)

_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Measured:
    """One command as a whole process.

    Attributes:
        seconds: Wall time.
        peak_bytes: Highest sum of resident memory of its Python processes.
        output: What it printed.
    """

    seconds: float
    peak_bytes: int
    output: str


def run(transactions: int, customers: int | None, *, as_json: bool, keep: bool) -> None:
    """Measures the build and the floor, prints and stores the figures."""
    settings = get_settings()
    warehouse = open_warehouse(settings)
    # A thousand transactions a customer, as in a bank with years behind it.
    people = customers or max(2_000, transactions // 1_000)
    home = settings.home / "bench"
    figures: dict[str, Any] = {
        "transactions": transactions,
        "customers": people,
        "days": (END - START).days + 1,
        "postgresql": check_version(warehouse),
        "machine": {
            "cpu": machine.processor() or machine.machine(),
            "cores": psutil.cpu_count(),
            "memory_gib": round(psutil.virtual_memory().total / 1024**3, 1),
        },
    }
    try:
        _recreate(warehouse)
        figures |= _measure(settings, warehouse, home, transactions, people)
    finally:
        if not keep:
            _drop(warehouse)
    path = home / f"results-{transactions}.json"
    path.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    if as_json:
        print_json(figures)
    else:
        _print(figures, path)


def _measure(
    settings: Settings, warehouse: Warehouse, home: Path, transactions: int, people: int
) -> dict[str, Any]:
    environment = _environment(settings, warehouse, home)
    command = [str(Path(sys.executable).with_name("finplatform"))]
    first, last = START.isoformat(), END.isoformat()
    size = ["--customers", str(people), "--transactions", str(transactions)]
    with ERR.status(f"Simulating {transactions:,} transactions"):
        simulated = measure(
            [*command, "simulate", *size, "--start", first, "--end", last], environment
        )
    jobs = ["--job", WAREHOUSE_JOB, "--job", WAREHOUSE_MONTH_END_JOB, "--json"]
    with ERR.status("Building through the platform"):
        built = measure([*command, "backfill", "--from", first, "--to", last, *jobs], environment)
    results = json.loads(built.output)
    floor_database = Warehouse(warehouse.location.set(database=FLOOR_DATABASE))
    with ERR.status("Running the same SQL by hand"):
        floor = run_floor(
            Warehouse(warehouse.location.set(database=PLATFORM_DATABASE)),
            floor_database,
            artifacts=compile_models(settings, floor_database, Window.through(START, END)),
            scratch=home / "csv",
        )
    return {
        "simulation_seconds": round(simulated.seconds, 1),
        "simulation_peak_mib": round(simulated.peak_bytes / 1024**2),
        "platform_seconds": round(built.seconds, 1),
        "platform_peak_python_mib": round(built.peak_bytes / 1024**2),
        "platform_steps": {k: v for run in results for k, v in run["step_seconds"].items()},
        "floor_seconds": round(floor.seconds, 1),
        "floor_statements": floor.statements,
        "ratio": round(built.seconds / floor.seconds, 3),
        "checks_passed": sum(run["checks_passed"] for run in results),
        "rows": {k: v for run in results for k, v in run["rows"].items()},
    }


def measure(arguments: list[str], environment: dict[str, str]) -> Measured:
    """Runs a command and watches the memory of its Python processes.

    Raises:
        FinplatformError: If the command fails.
    """
    began = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - our own executable and arguments
        arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    peak = _Peak(process.pid)
    peak.start()
    output, errors = process.communicate()
    seconds = time.monotonic() - began
    peak.stop()
    if process.returncode:
        raise FinplatformError(f"{' '.join(arguments[1:3])} failed: {errors.strip()[-1500:]}")
    return Measured(seconds, peak.highest, output)


class _Peak(threading.Thread):
    """Samples the memory of a process and its Python children."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._over = threading.Event()
        self.highest = 0

    def run(self) -> None:
        """Samples until stopped."""
        while not self._over.wait(_POLL_SECONDS):
            self.highest = max(self.highest, self._resident())

    def stop(self) -> None:
        """Ends the sampling."""
        self._over.set()
        self.join()

    def _resident(self) -> int:
        total = 0
        try:
            root = psutil.Process(self._pid)
            for process in (root, *root.children(recursive=True)):
                if "python" in process.name() or "finplatform" in process.name():
                    total += process.memory_info().rss
        except psutil.NoSuchProcess:
            return total
        return total


def _environment(settings: Settings, warehouse: Warehouse, home: Path) -> dict[str, str]:
    home.mkdir(parents=True, exist_ok=True)

    def url(database: str) -> str:
        return warehouse.location.set(drivername="postgresql", database=database).render_as_string(
            hide_password=False
        )

    return child_environment(
        {
            "FINPLATFORM_HOME": str(home),
            "FINPLATFORM_DATABASE_URL": url(PLATFORM_DATABASE),
            "FINPLATFORM_DAGSTER_DATABASE_URL": url(DAGSTER_DATABASE),
            "FINPLATFORM_SOURCES_FILE": str(settings.sources_file),
            "FINPLATFORM_HISTORY_END": END.isoformat(),
        }
    )


def _recreate(warehouse: Warehouse) -> None:
    _drop(warehouse)
    for name in (PLATFORM_DATABASE, FLOOR_DATABASE, DAGSTER_DATABASE):
        ensure_database(warehouse, name)


def _drop(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.autocommit = True
        for name in (PLATFORM_DATABASE, FLOOR_DATABASE, DAGSTER_DATABASE):
            drop_database(connection, name)


def _print(figures: dict[str, Any], path: Path) -> None:
    slowest = sorted(figures["platform_steps"].items(), key=lambda item: -item[1])[:10]
    print_table("Slowest steps of the platform", ("step", "s"), slowest, numbers=(1,))
    statements = sorted(figures["floor_statements"].items(), key=lambda item: -item[1])[:10]
    print_table("Slowest statements of the floor", ("statement", "s"), statements, numbers=(1,))
    OUT.print(
        f"{figures['transactions']:,} transactions, {figures['customers']:,} customers,"
        f" {figures['days']} days\n"
        f"platform  {figures['platform_seconds']} s,"
        f" peak Python memory {figures['platform_peak_python_mib']} MiB\n"
        f"floor     {figures['floor_seconds']} s\n"
        f"ratio     {figures['ratio']}\n"
        f"written   {path}",
        highlight=False,
    )
