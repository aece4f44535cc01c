"""`finplatform docs --plans`: the documents that are measured on the built bank.

Belongs here: gathering plans from the server and times from Dagster's event log. Does not belong
here: what the pages say (see `finplatform.documentation.indexes` and `builds`).
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import psycopg

from finplatform.cli.building import whole_history
from finplatform.cli.output import ERR
from finplatform.documentation.builds import SLOWEST, BuildTime, builds_page
from finplatform.documentation.indexes import all_indexes, declared_reasons, index_page, measure
from finplatform.documentation.plans import Plan, explain_once
from finplatform.errors import FinplatformError
from finplatform.orchestration.instance import open_instance
from finplatform.settings import Settings
from finplatform.taxonomy import GROUPS
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.dbt import PROJECT_DIR, compile_models, models


def measured_documents(settings: Settings) -> dict[str, str]:
    """Text of the measured documents by file name.

    Raises:
        FinplatformError: If the bank has not been built.
    """
    with open_warehouse(settings).connect() as connection:
        connection.autocommit = True
        with ERR.status("Measuring indexes"):
            machine = _machine(connection)
            uses = [measure(connection, index) for index in all_indexes(connection)]
        with ERR.status("Reading build times"), open_instance(settings) as instance:
            times = _times(instance)
        with ERR.status("Explaining the slowest models"):
            plans = _plans(settings, connection, times)
    declared = declared_reasons(PROJECT_DIR / "models")
    return {
        "index_strategy.md": index_page(uses, declared, machine),
        "build_times.md": builds_page(times, machine, plans, list(GROUPS)),
    }


def _machine(connection: psycopg.Connection) -> str:
    row = connection.execute(
        "select current_setting('server_version'), to_regclass('gold.fact_balances')"
    ).fetchone()
    if row is None or row[1] is None:
        raise FinplatformError("There is no built bank to measure.", "Run `finplatform demo`.")
    counts = connection.execute(
        "select (select count(*) from gold.fact_transactions),"
        " (select count(*) from gold.fact_balances),"
        " (select count(distinct customer_id) from gold.dim_customer where customer_key <> -1)"
    ).fetchone()
    transactions, balances, customers = counts or (0, 0, 0)
    today = datetime.now(UTC).date().isoformat()
    return (
        f"Measured on {today}, PostgreSQL {row[0]}: {customers:,} customers, {transactions:,}"
        f" transactions, {balances:,} daily balances."
    )


def _times(instance: dg.DagsterInstance) -> list[BuildTime]:
    """Time of the last build of each asset that the platform makes.

    Raises:
        FinplatformError: If none was ever built.
    """
    from finplatform.definitions import defs

    steps: dict[str, dict[str, float]] = {}
    times = []
    for spec in defs.resolve_all_asset_specs():
        entry = instance.get_latest_materialization_event(spec.key)
        event = entry.asset_materialization if entry is not None else None
        if entry is None or event is None:
            continue
        if entry.run_id not in steps:
            steps[entry.run_id] = _step_seconds(instance, entry.run_id)
        seconds = _number(event.metadata, ("Execution Duration",))
        if seconds is None:
            seconds = steps[entry.run_id].get(entry.step_key or "", 0.0)
        rows = _number(event.metadata, ("dagster/partition_row_count", "dagster/row_count"))
        name = ".".join(spec.key.path)
        count = None if rows is None else round(rows)
        times.append(BuildTime(name, spec.group_name or "", round(seconds, 2), count))
    if not times:
        raise FinplatformError("No asset was ever built here.", "Run `finplatform demo`.")
    return times


def _step_seconds(instance: dg.DagsterInstance, run_id: str) -> dict[str, float]:
    return {
        step.step_key: step.end_time - step.start_time
        for step in instance.get_run_step_stats(run_id)
        if step.start_time is not None and step.end_time is not None
    }


def _number(metadata: Any, names: Iterable[str]) -> float | None:
    for name in names:
        if name in metadata and metadata[name].value is not None:
            return float(metadata[name].value)
    return None


def _plans(
    settings: Settings, connection: psycopg.Connection, times: Iterable[BuildTime]
) -> dict[str, Plan]:
    """Plans of the slowest stored models, for the whole history."""
    target = compile_models(settings, open_warehouse(settings), whole_history(settings))
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    stored = {
        name: node["compiled_code"]
        for name, node in models(manifest).items()
        if node["config"]["materialized"] not in ("view", "sql_function")
    }
    slowest = sorted((time for time in times if time.table in stored), key=lambda t: -t.seconds)
    return {time.table: explain_once(connection, stored[time.table]) for time in slowest[:SLOWEST]}
