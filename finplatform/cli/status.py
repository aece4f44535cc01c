"""`finplatform status`: what runs, what is stored, how fresh it is, what failed.

Belongs here: collecting and printing. It starts nothing: a server that is down is reported as down.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import psycopg

from finplatform.cli import services
from finplatform.cli.logs import print_progress, progress_of
from finplatform.cli.output import OUT, print_json, print_table, size, styled
from finplatform.ingest.quarantine import REJECTED_ROWS
from finplatform.notifications.store import IncidentStore
from finplatform.orchestration.instance import open_instance
from finplatform.settings import Settings, get_settings
from finplatform.warehouse.embedded import server_for
from finplatform.warehouse.inventory import stored_tables
from finplatform.warehouse.reader_role import ReaderUnavailableError, open_reader

_RUNS = 5

_REJECTED = REJECTED_ROWS.name


def run(*, as_json: bool) -> None:
    """Collects and prints."""
    settings = get_settings()
    state: dict[str, Any] = {"servers": _servers(settings)}
    if state["servers"]["database"]["state"] != "stopped":
        state |= _tables(settings)
        state |= _dagster(settings)
    if as_json:
        print_json(state)
    else:
        _print(state)


def _tables(settings: Settings) -> dict[str, Any]:
    """The tables that the reader has access to; without a reader, the reason for none."""
    try:
        tables = stored_tables(open_reader(settings))
    except ReaderUnavailableError as error:
        return {"tables": [], "tables_unavailable": str(error)}
    return {"tables": [vars(table) for table in tables], "incidents": _incidents(settings)}


def _incidents(settings: Settings) -> list[dict[str, Any]]:
    """Open incidents within the reader's rights; none before the first load."""
    try:
        with open_reader(settings).connect() as connection:
            found = IncidentStore(connection, ()).incidents(datetime.now(UTC))
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        return []
    return [vars(incident) for incident in found]


def _servers(settings: Settings) -> dict[str, dict[str, Any]]:
    servers: dict[str, dict[str, Any]] = {}
    if settings.database_url is not None:
        servers["database"] = {"state": "external", "where": "FINPLATFORM_DATABASE_URL"}
    else:
        info = server_for(settings).status()
        servers["database"] = (
            {"state": "running", "where": f"{info.host}:{info.port}", "pid": info.pid}
            if info
            else {"state": "stopped", "where": None}
        )
    for service in services.services(settings):
        pid = service.pid()
        servers[service.name] = {
            "state": "running" if pid else "stopped",
            "where": service.where,
            "pid": pid,
        }
    return servers


def _dagster(settings: Settings) -> dict[str, Any]:
    with open_instance(settings) as instance:
        runs = [
            {
                "run_id": record.dagster_run.run_id,
                "job": record.dagster_run.job_name,
                "status": record.dagster_run.status.value,
                "started": _instant(record.start_time),
                "ended": _instant(record.end_time),
                **progress_of(instance, record.dagster_run),
            }
            for record in instance.get_run_records(limit=_RUNS)
        ]
        assets = []
        for record in instance.get_asset_records(_materialized(instance)):
            entry = record.asset_entry.last_materialization_record
            if entry is not None:
                assets.append(
                    {
                        "asset": record.asset_entry.asset_key.to_user_string(),
                        "materialized": _instant(entry.timestamp),
                    }
                )
    checks = _last_checks(settings)
    return {"runs": runs, "freshness": sorted(assets, key=lambda a: a["asset"]), "checks": checks}


def _materialized(instance: dg.DagsterInstance) -> list[dg.AssetKey]:
    return list(instance.get_asset_keys())


def _last_checks(settings: Settings) -> dict[str, Any]:
    """Latest verdict of each check."""
    from finplatform.orchestration.instance import latest_check_failures

    with open_instance(settings) as instance:
        return latest_check_failures(instance)


def _instant(timestamp: float | None) -> datetime | None:
    return datetime.fromtimestamp(timestamp, UTC).replace(microsecond=0) if timestamp else None


def rejected_rows(tables: Sequence[Mapping[str, Any]]) -> int:
    """Rows in quarantine.

    Args:
        tables: Stored tables, with `name` and `rows`.
    """
    return sum(table["rows"] for table in tables if table["name"] == _REJECTED)


def _print(state: dict[str, Any]) -> None:
    print_table(
        "Servers",
        ("server", "state", "where", "pid"),
        [(name, s["state"], s["where"], s.get("pid")) for name, s in state["servers"].items()],
    )
    if "tables" not in state:
        OUT.print("The database is stopped: `finplatform up` starts it.")
        return
    for run in state["runs"]:
        print_progress(run)
    for incident in state.get("incidents", ()):
        number, title = incident["incident_id"], incident["title"]
        OUT.print(styled((incident["severity"], "red"), f" {title} (incident {number})"))
    fresh = {a["asset"].replace("/", "."): a["materialized"] for a in state["freshness"]}
    print_table(
        "Tables",
        ("table", "rows", "size", "materialized (UTC)"),
        [
            (
                t["name"],
                f"{'~' if t['is_estimate'] else ''}{t['rows']:,}",
                size(t["bytes"]),
                f"{fresh[t['name']]:%Y-%m-%d %H:%M}" if fresh.get(t["name"]) else None,
            )
            for t in state["tables"]
        ],
        numbers=(1, 2),
    )
    if "tables_unavailable" in state:
        OUT.print(styled(state["tables_unavailable"]))
    print_table(
        "Last runs",
        ("run", "job", "status", "started (UTC)", "ended (UTC)"),
        [(r["run_id"][:8], r["job"], r["status"], r["started"], r["ended"]) for r in state["runs"]],
    )
    checks = state["checks"]
    OUT.print(
        f"Checks: {checks['passed']} passed, {len(checks['failed'])} failed,"
        f" {len(checks['warned'])} with a warning."
    )
    for failure in checks["failed"]:
        OUT.print(styled("  ", ("failed", "red"), f" {failure}"))
    rejected = rejected_rows(state["tables"])
    if rejected:
        OUT.print(f"Rejected: {rejected:,} rows, in {_REJECTED} with their reasons.")
