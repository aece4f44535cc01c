"""Building everything there is data for, and the summary of it.

Belongs here: the run over the whole history, and what `finplatform demo` prints of it.
"""

import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.panel import Panel

from finplatform.cli.output import OUT, print_json, print_table, size, styled
from finplatform.cli.running import execute, require_success
from finplatform.contracts.bronze import SOURCES
from finplatform.ingest.connectors.config import load_sources
from finplatform.ml import store
from finplatform.orchestration.jobs import HISTORY_BY_DAY_JOB, HISTORY_BY_MONTH_JOB
from finplatform.orchestration.partitions import history_end, history_start, last_complete_day
from finplatform.settings import Settings
from finplatform.warehouse.database import check_version, open_warehouse
from finplatform.warehouse.dbt import manifest_path
from finplatform.warehouse.inventory import StoredTable, stored_tables
from finplatform.windows import Window


def run(settings: Settings, began: float, *, as_json: bool) -> None:
    """Builds everything; exits with an error if any blocking check fails.

    Args:
        settings: Where things are.
        began: Reading of the monotonic clock at the start.
        as_json: Print JSON.
    """
    version = check_version(open_warehouse(settings))
    # Parses again only if the server took another port than expected.
    manifest_path(settings)
    results = execute(settings, (HISTORY_BY_DAY_JOB, HISTORY_BY_MONTH_JOB), whole_history(settings))
    failed = [failure for result in results for failure in result.checks_failed]
    summary = _summary(settings, version, time.monotonic() - began)
    summary["checks"] = {
        "passed": sum(result.checks_passed for result in results),
        "failed": len(failed),
        "warned": sum(len(result.checks_warned) for result in results),
    }
    summary["failed_checks"] = failed
    if as_json:
        print_json(summary)
    else:
        _print(summary)
    require_success(results)


def whole_history(settings: Settings) -> Window:
    """All business days that are over."""
    sources = load_sources(settings.sources_file, frozenset(SOURCES))
    now = datetime.now(ZoneInfo(sources.bank.day_zone))
    last = last_complete_day(now, history_end(settings, sources))
    return Window.through(history_start(settings, sources), last)


def _summary(settings: Settings, version: str, seconds: float) -> dict[str, Any]:
    tables = stored_tables(open_warehouse(settings))
    return {
        "postgresql": version,
        "seconds": round(seconds, 1),
        "tables": [vars(table) for table in tables],
        "model": _model(settings),
        "capital": _capital(settings, tables),
        "report": str(settings.reports / "capital_adequacy.html"),
    }


def _model(settings: Settings) -> dict[str, Any]:
    root = settings.models / "pd_model"
    version = store.latest_version(root)
    if version is None:
        return {"version": "expert prior: too few defaults to train on"}
    metrics = store.load(root, version).headline_metrics()
    return {"version": version, "auc": metrics["auc"], "ks": metrics["ks"]}


def _capital(settings: Settings, tables: list[StoredTable]) -> dict[str, Any]:
    if not any(table.name == "gold.capital_adequacy" for table in tables):
        return {}
    with open_warehouse(settings).connect() as connection:
        row = connection.execute(
            "select reporting_date, cet1_ratio, tier1_ratio, total_ratio, risk_weighted_assets,"
            " currency from gold.capital_adequacy order by reporting_date desc limit 1"
        ).fetchone()
    names = (
        "reporting_date", "cet1_ratio", "tier1_ratio", "total_ratio", "risk_weighted_assets",
        "currency",
    )  # fmt: skip
    return dict(zip(names, row, strict=True)) if row else {}


def _print(summary: dict[str, Any]) -> None:
    print_table(
        f"Tables (PostgreSQL {summary['postgresql']})",
        ("table", "rows", "size"),
        [(t["name"], f"{t['rows']:,}", size(t["bytes"])) for t in summary["tables"]],
        numbers=(1, 2),
    )
    checks, model, capital = summary["checks"], summary["model"], summary["capital"]
    warned = f", {checks['warned']} with a warning" if checks["warned"] else ""
    lines = [f"checks    {checks['passed']} passed, {checks['failed']} failed{warned}"]
    if "auc" in model:
        lines.append(f"model     {model['version']}: AUC {model['auc']:.3f}, KS {model['ks']:.3f}")
    else:
        lines.append(f"model     {model['version']}")
    if capital and capital["cet1_ratio"] is not None:
        lines.append(
            f"capital   CET1 {capital['cet1_ratio']:.2%}, Tier 1 {capital['tier1_ratio']:.2%},"
            f" total {capital['total_ratio']:.2%} of {capital['risk_weighted_assets']:,.0f}"
            f" {capital['currency']} RWA on {capital['reporting_date']}"
        )
    elif capital:
        lines.append(
            f"capital   {capital['risk_weighted_assets']:,.0f} {capital['currency']} RWA on"
            f" {capital['reporting_date']}; no own funds supplied, so no ratio"
        )
    lines.append(f"report    {summary['report']}")
    lines.append(f"time      {summary['seconds']} s")
    parts: list[str | tuple[str, str]] = ["\n".join(lines)]
    for failure in summary["failed_checks"]:
        parts += ["\n", ("failed", "red"), f"    {failure}"]
    OUT.print(Panel(styled(*parts), title="finplatform demo", expand=False))
    OUT.print("Next: `finplatform up` opens the Dagster UI on it.")
