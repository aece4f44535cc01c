"""Runs, checks and table sizes of the platform as assets of the schema `ops`.

The tables are built after all others except the reports. Belongs here: reading the instance and the
catalogue, and storing. Does not belong here: the interpretation of events
(`finplatform.orchestration.run_history`).
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import polars as pl

from finplatform.contracts.platform import PLATFORM, SCHEMA
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.storing import store, table_spec
from finplatform.orchestration.checks.contract_checks import contract_check_spec
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.orchestration.run_history import ended_runs, frame_of, joined, read_history
from finplatform.warehouse import bulk, ddl

GROUP = "platform"
_LAST = (
    "realtime_analytics",
    "figure_lineage",
    "prescriptive_analytics",
    "causal_analytics",
    "capital_adequacy",
    "pd_grades",
)
"""Tables of gold that are built late in a history."""

_ABOUT = {
    "pipeline_runs": "Runs in the event log of the orchestrator, and all runs stored before.",
    "pipeline_steps": "Duration of each step.",
    "check_results": "Executed asset checks.",
    "table_states": "Rows, size and age of every table, one measurement a day.",
}

_SIZES = """
    select
        n.nspname::text as schema_name,
        c.relname::text as table_name,
        greatest(c.reltuples, 0)::bigint as row_count,
        pg_total_relation_size(c.oid) as table_bytes
    from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    where c.relkind in ('r', 'p', 'm')
        and n.nspname in ('oltp', 'bronze', 'silver', 'gold', 'quarantine', 'ops', 'audit')
    order by n.nspname, c.relname
"""


@dg.multi_asset(
    name="platform_history",
    specs=[
        table_spec(PLATFORM[table], GROUP, about, deps=[key("gold", name) for name in _LAST])
        for table, about in _ABOUT.items()
    ],
    check_specs=[contract_check_spec(PLATFORM[table]) for table in _ABOUT],
    can_subset=True,
)
@retried
def platform_history(
    context: dg.AssetExecutionContext, tables: TablesResource
) -> Iterator[dg.MaterializeResult]:
    """New runs, steps and check results, and the present state of the tables."""
    stored = _stored(tables)
    history = read_history(context.instance, ended_runs(stored["pipeline_runs"])).frames()
    found = {**history, "table_states": _states(context.instance, tables)}
    for table, contract in PLATFORM.items():
        if key(SCHEMA, table) in context.selected_asset_keys:
            rows = joined(contract, stored[table], found[table])
            yield store(context, tables, contract.name, rows, {"new_rows": found[table].height})


def _stored(tables: TablesResource) -> dict[str, pl.DataFrame]:
    """The stored tables; empty before the first run."""
    with bulk.connect(tables.warehouse.url) as connection:
        ddl.create_schemas(connection)
        for contract in PLATFORM.values():
            ddl.create_table(connection, contract)
    return {table: tables.read(contract.name) for table, contract in PLATFORM.items()}


def _states(instance: dg.DagsterInstance, tables: TablesResource) -> pl.DataFrame:
    """Size and age of every table now."""
    with bulk.connect(tables.warehouse.url) as connection:
        sizes = bulk.read_frame(connection, _SIZES)
    filled = _filled_at(instance)
    today = datetime.now(UTC).date()
    rows: list[dict[str, Any]] = [
        {
            **row,
            "measured_date": today,
            "materialized_at": filled.get((row["schema_name"], row["table_name"])),
        }
        for row in sizes.iter_rows(named=True)
    ]
    return frame_of(PLATFORM["table_states"], rows)


def _filled_at(instance: dg.DagsterInstance) -> Mapping[tuple[str, str], datetime]:
    """Instant of each table's last materialization."""
    found = {}
    for record in instance.get_asset_records(list(instance.get_asset_keys())):
        last = record.asset_entry.last_materialization_record
        path = record.asset_entry.asset_key.path
        if last is not None and len(path) == 2:
            found[path[0], path[1]] = datetime.fromtimestamp(last.timestamp, UTC)
    return found
