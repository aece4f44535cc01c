"""DuckDB with the extensions of the installed wheels, and the warehouse attached to it.

Belongs here: opening a database in memory. Nothing is downloaded: an extension is a file of its
package. Does not belong here: tables.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import duckdb

from finplatform.errors import FinplatformError
from finplatform.lake.root import LakeRoot
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.identifiers import literal

WAREHOUSE = "warehouse"
"""Name of the attached database."""


@contextmanager
def open_duck(
    memory_mb: int, spill: Path, threads: int | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory database for a block.

    Args:
        memory_mb: Memory that it may take; beyond, it writes to disk.
        spill: Folder for that.
        threads: Threads that it may use; default: all cores.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_mb}MiB",
        "temp_directory": str(spill),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    if threads is not None:
        config["threads"] = threads
    connection = duckdb.connect(config=config)
    try:
        yield connection
    finally:
        connection.close()


def load_extension(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Loads an extension from its wheel.

    Args:
        connection: The database.
        name: Such as `postgres_scanner`.

    Raises:
        FinplatformError: If the wheel is not installed, or is for another DuckDB.
    """
    spec = find_spec(f"duckdb_extension_{name}")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    version = f"v{duckdb.__version__}"
    files = [
        file
        for folder in folders
        for file in Path(folder).glob(f"extensions/{version}/*.duckdb_extension")
    ]
    if not files:
        raise FinplatformError(
            f"DuckDB {duckdb.__version__} lacks its extension {name}.",
            f"Install duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}.",
        )
    connection.execute(f"load {literal(str(files[0]))}")


def attach(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> None:
    """Attaches the warehouse read-only, in the bank's time zone.

    Args:
        connection: The database.
        warehouse: The warehouse, with the login that reads.

    Raises:
        FinplatformError: If it does not answer.
    """
    load_extension(connection, "postgres_scanner")
    location = warehouse.location
    host = location.host or location.query.get("host")
    parts = {
        "host": host,
        "port": location.port or location.query.get("port"),
        "database": location.database,
        "user": location.username,
        "password": location.password,
    }
    listed = ", ".join(
        f"{name} {literal(str(value))}" for name, value in parts.items() if value is not None
    )
    # A secret keeps the password out of the list of databases and out of messages.
    connection.execute(f"create secret {WAREHOUSE} (type postgres, {listed})")
    # Messages quote neither values of rows nor connection settings.
    options = f"options='-ctimezone={warehouse.timezone}'"
    try:
        connection.execute(
            f"attach {literal(options)} as {WAREHOUSE}"
            f" (type postgres, secret {WAREHOUSE}, read_only)"
        )
    except duckdb.Error as error:
        raise FinplatformError(
            "DuckDB cannot reach the warehouse.", "See `finplatform doctor`."
        ) from error
    connection.execute(f"set TimeZone = {literal(warehouse.timezone)}")


def register(connection: duckdb.DuckDBPyConnection, root: LakeRoot) -> None:
    """Lets a database read an object store through the root's own client."""
    if root.filesystem is not None:
        connection.register_filesystem(root.filesystem)
