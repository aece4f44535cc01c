"""The floor: run time of the build on this server as plain SQL.

`COPY` of the same rows into the same bronze tables, `create table as` with the SQL that dbt
compiled for the build, the same indexes, `analyze`. Belongs here: running and timing it.
"""

import json
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from finplatform.contracts.bronze import SCHEMA, SOURCES
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.dbt import table_name
from finplatform.warehouse.identifiers import quote

_COPY_BYTES = 1024 * 1024

# The same memory that the macro `prepare_load` gives a load.
_LOAD_SETTINGS = b"""
    select
        set_config(
            'work_mem',
            greatest(
                pg_size_bytes(current_setting('work_mem')),
                pg_size_bytes(current_setting('maintenance_work_mem')) / 4
            ) / 1024 || 'kB',
            false
        )
"""


@dataclass
class FloorResult:
    """Times of the floor.

    Attributes:
        seconds: All of it.
        statements: Seconds per table.
    """

    seconds: float = 0.0
    statements: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, seconds: float) -> None:
        """Counts one table's time."""
        self.statements[name] = round(seconds, 2)
        self.seconds += seconds


def run_floor(
    platform: Warehouse, floor: Warehouse, *, artifacts: Path, scratch: Path
) -> FloorResult:
    """Builds in `floor` what the platform has built.

    Args:
        platform: Database of the platform's build, which the rows are taken from.
        floor: Empty database on the same server.
        artifacts: dbt's target folder after compiling the models.
        scratch: Folder for CSV files; emptied afterwards. Writing them is not timed.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    result = FloorResult()
    with bulk.connect(floor.url) as connection:
        ddl.create_schemas(connection)
        for source in SOURCES.values():
            ddl.create_table(connection, source.stored)
    for table in SOURCES:
        path = scratch / f"{table}.csv"
        _export(platform, table, path)
        began = time.monotonic()
        _import(floor, table, path)
        result.add(f"{SCHEMA}.{table}", time.monotonic() - began)
        path.unlink()
    _copy_seeds(platform, floor, artifacts)
    with floor.connect() as connection:
        connection.autocommit = True
        connection.execute(_LOAD_SETTINGS)
        for node in models_in_order(artifacts, _stored_names(platform)):
            began = time.monotonic()
            # dbt names the database as well, and the floor's is another one.
            code = node["compiled_code"].replace(f'"{platform.location.database}".', "")
            _build(connection, node | {"compiled_code": code})
            result.add(table_name(node), time.monotonic() - began)
    return result


def _export(platform: Warehouse, table: str, path: Path) -> None:
    with (
        platform.connect() as connection,
        path.open("wb") as stream,
        connection.cursor().copy(
            f"copy {SCHEMA}.{quote(table)} to stdout (format csv)".encode()
        ) as copy,
    ):
        for block in copy:
            stream.write(block)


def _import(floor: Warehouse, table: str, path: Path) -> None:
    with floor.connect() as connection, path.open("rb") as stream:
        with connection.cursor().copy(
            f"copy {SCHEMA}.{quote(table)} from stdin (format csv)".encode()
        ) as copy:
            while block := stream.read(_COPY_BYTES):
                copy.write(block)
        connection.execute(f"analyze {SCHEMA}.{quote(table)}".encode())


def _copy_seeds(platform: Warehouse, floor: Warehouse, artifacts: Path) -> None:
    """Brings the seeds over, untimed: they are a few hundred rows."""
    for node in _nodes(artifacts, "seed"):
        name = f"{quote(node['schema'])}.{quote(node['name'])}"
        with bulk.connect(platform.url) as source:
            frame = bulk.read_frame(source, f"select * from {name}")
            with source.cursor() as cursor:
                cursor.execute(
                    "select string_agg(quote_ident(attname) || ' ' ||"
                    " format_type(atttypid, atttypmod), ', ' order by attnum) from pg_attribute"
                    f" where attrelid = '{name}'::regclass and attnum > 0 and not attisdropped"
                )
                (columns,) = cursor.fetchone()
        with bulk.connect(floor.url) as target:
            bulk.execute(target, f"create table {name} ({columns})")
            bulk.append(target, node["schema"], node["name"], frame)


def _build(connection: psycopg.Connection, node: dict[str, Any]) -> None:
    name = ".".join(map(quote, table_name(node).split(".")))
    is_view = node["config"]["materialized"] == "view"
    kind = "view" if is_view else "table"
    connection.execute(f"create {kind} {name} as {node['compiled_code']}".encode())
    if is_view:
        return
    for index in node["config"].get("indexes") or []:
        unique = "unique " if index.get("unique") else ""
        method = index.get("type") or "btree"
        columns = ", ".join(quote(column) for column in index["columns"])
        connection.execute(f"create {unique}index on {name} using {method} ({columns})".encode())
    connection.execute(f"analyze {name}".encode())


def _stored_names(warehouse: Warehouse) -> set[str]:
    """Tables and views of the platform's build, as `schema.table`."""
    with warehouse.connect() as connection:
        rows = connection.execute(
            "select schemaname || '.' || tablename from pg_tables"
            " union all select schemaname || '.' || viewname from pg_views"
        ).fetchall()
    return {name for (name,) in rows}


def models_in_order(artifacts: Path, stored: Collection[str]) -> list[dict[str, Any]]:
    """Models with the SQL that was compiled for the build, each after those that it reads.

    Args:
        artifacts: dbt's target folder after compiling the models.
        stored: Tables of the build, as `schema.table`; other models are left out.
    """
    pending = {
        node["unique_id"]: node for node in _nodes(artifacts, "model") if table_name(node) in stored
    }
    ordered: list[dict[str, Any]] = []
    while pending:
        ready = [
            node
            for node in pending.values()
            if not set(node["depends_on"]["nodes"]) & pending.keys()
        ]
        ordered += ready
        for node in ready:
            del pending[node["unique_id"]]
    return ordered


def _nodes(artifacts: Path, resource_type: str) -> list[dict[str, Any]]:
    manifest = json.loads((artifacts / "manifest.json").read_text(encoding="utf-8"))
    return [node for node in manifest["nodes"].values() if node["resource_type"] == resource_type]
