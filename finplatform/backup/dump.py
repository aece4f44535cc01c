"""A portable copy: each database as `pg_dump` writes it, for any server of PostgreSQL 16 or later.

Rights are not in it: roles are the server's own, and `finplatform access apply` makes both from
what is declared. The warehouse comes first, and then Dagster's storage. Each is consistent in
itself alone, so that nothing should run meanwhile. Belongs here: making dumps, and restoring one
into a server by URL.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from sqlalchemy.engine import URL

import finplatform
from finplatform.backup import home_files, programs
from finplatform.backup.backup_key import BackupKey
from finplatform.backup.cluster import superuser_location
from finplatform.backup.creation import Created
from finplatform.backup.folder import MANIFEST, BackupFolder, new_id
from finplatform.backup.manifest import Backup, Part
from finplatform.backup.sealed_file import opened, sealing
from finplatform.errors import FinplatformError
from finplatform.settings import Settings
from finplatform.warehouse.database import (
    DAGSTER_DATABASE,
    DATABASE,
    OLDEST_MAJOR,
    Warehouse,
    check_version,
    open_dagster_storage,
    open_warehouse,
    parse_location,
)
from finplatform.warehouse.embedded import server_for
from finplatform.warehouse.identifiers import quote
from finplatform.warehouse.private_files import write_whole

WAREHOUSE_PART = "warehouse.dump"
DAGSTER_PART = "dagster.dump"

_USED = """
select count(*) from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname !~ '^(pg_|information_schema$)' and c.relkind in ('r', 'v', 'm', 'p')
"""


@dataclass(frozen=True)
class Loaded:
    """What a restore of a dump has done.

    Attributes:
        backup_id: The dump.
        databases: Name of each restored database on the server.
    """

    backup_id: str
    databases: list[str]


def dump(settings: Settings, *, keep: int | None = None) -> Created:
    """Dumps the databases of the platform, wherever they are.

    Args:
        settings: Name the databases and the folder.
        keep: Dumps to keep; default: the setting.

    Raises:
        FinplatformError: If a database cannot be read.
    """
    folder = BackupFolder.of(settings)
    began = datetime.now(UTC)
    with folder.changing():
        key = folder.key(settings, create=True)
        backup_id = new_id(began, "dump")
        parts = []
        with folder.new(backup_id) as draft:
            for name, location in _databases(settings):
                with sealing(draft / name, key, f"{backup_id}/{name}") as sink:
                    arguments = (
                        *("--format", "custom", "--compress", "none", "--no-password"),
                        # The owner's policy admits every row; without it a dump by the owner is
                        # refused where policies are forced.
                        "--enable-row-security",
                    )
                    programs.read_from("pg_dump", arguments, location, sink.write)
                parts.append(Part.of(name, sink.sealed))
            files = draft / home_files.NAME
            parts.append(home_files.archive(settings, files, key, f"{backup_id}/{files.name}"))
            backup = Backup(
                backup_id=backup_id,
                kind="dump",
                began_at=began,
                ended_at=datetime.now(UTC),
                server_version=check_version(open_warehouse(settings)),
                platform_version=finplatform.__version__,
                key=key.fingerprint,
                parts=tuple(parts),
            )
            write_whole(draft / MANIFEST, backup.text(key))
        removed = folder.remove_surplus(key, keep or settings.backup_keep)
    return Created(backup, removed)


def load(settings: Settings, backup_id: str | None, into: str | None) -> Loaded:
    """Restores a dump into another server, or into an embedded one that holds nothing yet.

    Args:
        settings: Name the folder.
        backup_id: The dump; None for the newest.
        into: URL of the server, with the name of the warehouse; its databases are made if they
            are not there, and must be empty. None for the embedded server, which is made if there
            is none, as after another major version of PostgreSQL was installed.

    Raises:
        FinplatformError: If there is no dump, a database holds something, or a file is damaged.
    """
    folder = BackupFolder.of(settings)
    key = folder.key(settings)
    backup = _dump(folder, key, backup_id)
    warehouse = (
        superuser_location(settings, DATABASE)
        if into is None
        else parse_location(into, "The URL after --into")
    )
    dagster = warehouse.set(database=_dagster_name(str(warehouse.database)))
    names = {WAREHOUSE_PART: warehouse, DAGSTER_PART: dagster}
    chosen = [(part.name, names[part.name]) for part in backup.parts if part.name in names]
    for _, location in chosen:
        _make_empty(location, warehouse)
    for name, location in chosen:
        source = folder.of_backup(backup.backup_id) / name
        arguments = (
            *("--no-owner", "--no-privileges", "--no-policies", "--no-password"),
            *("--exit-on-error", "--dbname", str(location.database)),
        )
        with opened(source, key, f"{backup.backup_id}/{name}") as content:
            programs.write_to("pg_restore", arguments, location, content)
        with Warehouse(location).connect() as connection:
            connection.autocommit = True
            connection.execute("analyze")
    if into is None:
        # A start gives what the superuser has made to the platform's owner.
        server = server_for(settings)
        server.stop()
        server.start()
    return Loaded(backup.backup_id, [str(location.database) for _, location in chosen])


def _databases(settings: Settings) -> list[tuple[str, URL]]:
    """The databases in their order, with a login that may read all of them."""
    if settings.database_url is None:
        warehouse = superuser_location(settings, DATABASE)
    else:
        warehouse = open_warehouse(settings).location
    if settings.database_url is None and settings.dagster_database_url is None:
        dagster = warehouse.set(database=DAGSTER_DATABASE)
    else:
        dagster = open_dagster_storage(settings).location
    return [(WAREHOUSE_PART, warehouse), (DAGSTER_PART, dagster)]


def _dump(folder: BackupFolder, key: BackupKey, backup_id: str | None) -> Backup:
    dumps = [name for name in folder.names() if name.endswith("-dump")]
    if backup_id is None and not dumps:
        raise FinplatformError(
            f"There is no dump in {folder.path}.", "`finplatform backup dump` makes one."
        )
    backup = folder.backup(backup_id or dumps[-1], key)
    if backup.is_physical:
        raise FinplatformError(
            f"{backup.backup_id} is a copy of the embedded server, not a dump.",
            "`finplatform restore --to` restores it; `finplatform backup dump` makes a dump.",
        )
    return backup


def _session(warehouse: URL) -> psycopg.Connection:
    """A session on a server, in whichever database there is that this login may enter.

    Raises:
        FinplatformError: If the server does not answer or refuses.
    """
    for database in (warehouse.database, "postgres"):
        with suppress(FinplatformError):
            return Warehouse(warehouse.set(database=database)).connect()
    return Warehouse(warehouse.set(database="template1")).connect()


def _dagster_name(warehouse: str) -> str:
    """Name of the Dagster database of a warehouse: the default, or derived from the warehouse."""
    return DAGSTER_DATABASE if warehouse == DATABASE else f"{warehouse}_{DAGSTER_DATABASE}"


def _make_empty(location: URL, warehouse: URL) -> None:
    """Makes sure that a database exists and is empty.

    Args:
        location: The database.
        warehouse: An existing database of the same server.

    Raises:
        FinplatformError: If it holds something, the server is too old, or it may not be made.
    """
    name = str(location.database)
    with _session(warehouse) as connection:
        connection.autocommit = True
        if connection.info.server_version // 10_000 < OLDEST_MAJOR:
            raise FinplatformError(f"The server is older than PostgreSQL {OLDEST_MAJOR}.")
        query = "select from pg_database where datname = %s"
        if connection.execute(query, (name,)).fetchone() is None:
            try:
                connection.execute(f"create database {quote(name)} template template0".encode())
            except psycopg.errors.InsufficientPrivilege as error:
                raise FinplatformError(
                    f"Database {name} is not there, and this login may not make it.",
                    "Let an administrator make it, owned by this login.",
                ) from error
    with Warehouse(location).connect() as connection:
        row = connection.execute(_USED).fetchone()
    if row is not None and row[0]:
        raise FinplatformError(
            f"Database {name} already holds {row[0]:,} tables and views.",
            "A dump is restored into an empty one: drop it, or name another after --into.",
        )
