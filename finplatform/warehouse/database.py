"""`Warehouse`: location of the platform's database, on the embedded or another server.

Belongs here: a running database and its URLs in each driver's dialect, by settings. Does not belong
here: the embedded server, and tables.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

import psycopg
from sqlalchemy.engine import URL, make_url

from finplatform.errors import FinplatformError, PassingError
from finplatform.settings import Settings
from finplatform.warehouse.bank_days import bank_timezone
from finplatform.warehouse.driver_errors import is_refused
from finplatform.warehouse.embedded import server_for
from finplatform.warehouse.identifiers import quote
from finplatform.warehouse.role_names import is_of

DATABASE = "finplatform"
DAGSTER_DATABASE = "dagster"

OLDEST_MAJOR = 16
"""Oldest PostgreSQL that the platform is tested on."""


@dataclass(frozen=True)
class Warehouse:
    """A reachable database.

    Attributes:
        location: Its URL without a driver; `repr` hides the password.
        timezone: Zone of its sessions, so that a cast of an instant gives the bank's business day.
    """

    location: URL
    timezone: str = "UTC"

    @property
    def url(self) -> str:
        """Libpq URL, for psycopg and ADBC."""
        text = self._in_zone().set(drivername="postgresql").render_as_string(hide_password=False)
        # SQLAlchemy writes a space as "+", which libpq takes literally; a real "+" is "%2B".
        return text.replace("+", "%20")

    @property
    def sqlalchemy_url(self) -> URL:
        """SQLAlchemy URL on psycopg 3."""
        return self._in_zone().set(drivername="postgresql+psycopg")

    def connect(self) -> psycopg.Connection:
        """Opens a psycopg connection.

        Raises:
            FinplatformError: If the server does not respond or refuses.
        """
        try:
            return psycopg.connect(self.url)
        except psycopg.OperationalError as error:
            kind = FinplatformError if is_refused(error) else PassingError
            raise kind(
                f"The database does not answer: {_reason(error)}", "See `finplatform doctor`."
            ) from error

    def _in_zone(self) -> URL:
        given, session = self.location.query.get("options"), f"-ctimezone={self.timezone}"
        options = f"{given} {session}" if given else session
        return self.location.update_query_dict({"options": str(options)})


def open_warehouse(settings: Settings) -> Warehouse:
    """The configured database; starts the embedded server if that is configured.

    Raises:
        FinplatformError: If the server cannot be started, or the given URL is not one.
    """
    zone = bank_timezone(settings)
    if settings.database_url is not None:
        return Warehouse(parse_location(settings.database_url.get_secret_value()), zone)
    return Warehouse(make_url(server_for(settings).start().url(DATABASE)), zone)


def warehouse_location(settings: Settings) -> URL:
    """URL of the configured database, without connecting.

    For an embedded server that has never run it is the URL of its first start; without the
    password.

    Raises:
        FinplatformError: If the given URL is not one.
    """
    if settings.database_url is not None:
        return parse_location(settings.database_url.get_secret_value())
    return server_for(settings).expected_location(DATABASE)


def open_dagster_storage(settings: Settings) -> Warehouse:
    """The database of Dagster's storage, created if it does not exist.

    Raises:
        FinplatformError: If it does not exist and may not be created.
    """
    if settings.dagster_database_url is not None:
        given = settings.dagster_database_url.get_secret_value()
        return Warehouse(parse_location(given, "FINPLATFORM_DAGSTER_DATABASE_URL"))
    warehouse = open_warehouse(settings)
    ensure_database(warehouse, DAGSTER_DATABASE)
    return Warehouse(warehouse.location.set(database=DAGSTER_DATABASE))


def ensure_database(warehouse: Warehouse, name: str) -> None:
    """Creates a database on the warehouse's server unless it exists.

    Raises:
        FinplatformError: If the role may not create databases.
    """
    with warehouse.connect() as connection:
        connection.autocommit = True
        found = connection.execute("select from pg_database where datname = %s", (name,)).fetchone()
        if found is not None:
            return
        try:
            connection.execute(f"create database {quote(name)}".encode())
        except psycopg.errors.DuplicateDatabase:
            return
        except psycopg.errors.InsufficientPrivilege as error:
            raise FinplatformError(
                f"Database {name} does not exist and this role may not create it.",
                f"Create it, or set FINPLATFORM_DAGSTER_DATABASE_URL (for {name}).",
            ) from error


@contextmanager
def temporary_database(warehouse: Warehouse, name: str) -> Iterator[Warehouse]:
    """An empty database on the warehouse's server, dropped after the block with its roles.

    Args:
        warehouse: Names the server.
        name: Name of the database; a leftover of a killed process is replaced.
    """
    with warehouse.connect() as connection:
        connection.autocommit = True
        drop_database(connection, name)
        ensure_database(warehouse, name)
        try:
            yield replace(warehouse, location=warehouse.location.set(database=name))
        finally:
            drop_database(connection, name)


def drop_database(connection: psycopg.Connection, name: str) -> None:
    """Drops a database with its roles and replication slots, and ends its sessions.

    Args:
        connection: Session on another database of the server, in autocommit.
        name: Name of the database.
    """
    # The server drops slots with their database, except active ones.
    readers = connection.execute(
        "select active_pid from pg_replication_slots"
        " where database = %s and active_pid is not null",
        (name,),
    ).fetchall()
    for (reader,) in readers:
        connection.execute("select pg_terminate_backend(%s, 30000)", (reader,))
    connection.execute(f"drop database if exists {quote(name)} with (force)".encode())
    for (role,) in connection.execute("select rolname from pg_roles").fetchall():
        if is_of(name, role):
            with suppress(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"drop role if exists {quote(role)}".encode())


def check_version(warehouse: Warehouse) -> str:
    """Server version as text.

    Raises:
        FinplatformError: If the server is older than the platform supports.
    """
    with warehouse.connect() as connection:
        number = connection.info.server_version
    if number // 10_000 < OLDEST_MAJOR:
        raise FinplatformError(
            f"The server is PostgreSQL {number // 10_000}; {OLDEST_MAJOR} or later is needed.",
            "Unset FINPLATFORM_DATABASE_URL to use the embedded server, or point it elsewhere.",
        )
    return f"{number // 10_000}.{number % 10_000}"


def _reason(error: psycopg.OperationalError) -> str:
    """First message of the server or the driver about a failed connection."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    messages = [line for line in lines if not line.startswith(("DETAIL:", "HINT:"))]
    return (messages or lines or ["no reason was given"])[-1]


def parse_location(text: str, setting: str = "FINPLATFORM_DATABASE_URL") -> URL:
    """A database's URL from its text; the default database is `finplatform`.

    Args:
        text: The text, which may hold a password and is never quoted.
        setting: Variable of the text.

    Raises:
        FinplatformError: If it is not the URL of a PostgreSQL database.
    """
    try:
        url = make_url(text)
    except Exception as error:
        raise FinplatformError(
            f"{setting} is not a database URL.",
            "It looks like postgresql://user:password@host:5432/finplatform.",
        ) from error
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise FinplatformError(
            f"{setting} is for {url.get_backend_name()}; PostgreSQL is needed.",
        )
    return url if url.database else url.set(database=DATABASE)
