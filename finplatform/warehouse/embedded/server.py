"""Start, stop and status of the server, safe for concurrent processes.

Does not belong here: the files (see `cluster`).
"""

import shutil
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
from pydantic import SecretStr
from sqlalchemy.engine import URL

from finplatform.errors import FinplatformError
from finplatform.settings import Settings
from finplatform.warehouse import tuning
from finplatform.warehouse.embedded import cluster, roles
from finplatform.warehouse.embedded.account import Account, server_account
from finplatform.warehouse.embedded.binaries import programs_for
from finplatform.warehouse.embedded.failures import LogMark, explained, program_failed
from finplatform.warehouse.embedded.info import ServerInfo
from finplatform.warehouse.embedded.layout import Layout, Note, is_held, lock_to_inherit, locked
from finplatform.warehouse.embedded.ports import LOOPBACK, choose_socket_dir, free_port
from finplatform.warehouse.logins import keep_password

# Seconds without progress, not in total: recovery after heavy load may take minutes.
PATIENCE_SECONDS = 120
# Seconds that processes of a dead server have to end.
ORPHAN_SECONDS = 3
POLL_SECONDS = 0.05
START_ATTEMPTS = 5
START_LOG_BYTES = 100_000
PORT_TAKEN = "could not create any TCP/IP sockets"
STILL_DYING = "pre-existing shared memory block"


class EmbeddedServer:
    """The PostgreSQL server of one home.

    It belongs to the home, not to the process that started it: it outlives that process, and all
    processes with the same home share it.

    Args:
        home: The platform's home; the server's files are in `home/postgres`.
        port: Loopback port to listen on; another one is chosen, and stored, if it is in use.
        memory_mb: Memory in MiB for the sizing; default: the machine's.
        environment: Variables of PostgreSQL's programs, which inherit nothing else of this
            process's environment.
    """

    def __init__(
        self,
        home: Path,
        *,
        port: int = 5434,
        memory_mb: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._layout = Layout(home.expanduser().resolve())
        self._port = port
        self._memory_mb = memory_mb
        self._environment = environment or {}

    def start(self) -> ServerInfo:
        """Start the server unless it runs; create it, its databases and roles, if missing.

        Returns:
            Connection data of the platform's login.

        Raises:
            FinplatformError: If it cannot be started.
        """
        with explained(self._layout.home):
            self._layout.make_base()
            with locked(self._layout.control_lock):
                return self._running_or_started()

    def stop(self) -> None:
        """Stop the server and wait for its end; does nothing if it is not running.

        Raises:
            FinplatformError: If it does not stop, or belongs to another container.
        """
        with explained(self._layout.home):
            if not self._layout.control_lock.exists():
                return
            with locked(self._layout.control_lock):
                self._stop()

    def status(self) -> ServerInfo | None:
        """Connection data of the platform's login, if it exists; None without a running server.

        Raises:
            FinplatformError: If the home is not readable, or its password is not the server's.
        """
        with explained(self._layout.home):
            return self._answering() if is_held(self._layout.life_lock) else None

    def expected_location(self, database: str) -> URL:
        """URL of a database at the last or the first start, without a password.

        Args:
            database: Database name.
        """
        last = self._layout.read_note()
        return URL.create(
            "postgresql",
            username=roles.LOADER,
            database=database,
            query={
                "host": last.socket_dir if last else str(self._layout.run),
                "port": str(last.port if last else self._port),
            },
        )

    def _running_or_started(self) -> ServerInfo:
        taken: set[int] = set()
        log_lines = ""
        for _ in range(START_ATTEMPTS):
            mark = LogMark(self._layout.log)
            launched = not is_held(self._layout.life_lock)
            if launched:
                self._launch(taken)
            info = self._await_answer(mark)
            if info is not None:
                # A server that runs unchanged needs no superuser.
                is_new = launched or info.user == cluster.SUPERUSER
                return self._prepared(info) if is_new else info
            # A server started by another process was being stopped. For one started here, two
            # reasons are transient.
            log_lines = mark.added()
            if launched and PORT_TAKEN not in log_lines:
                if STILL_DYING not in log_lines:
                    break
                time.sleep(1)
        raise program_failed("PostgreSQL did not start", log_lines, self._layout.log)

    def _launch(self, taken: set[int]) -> None:
        """Start a server that is not running; adds the chosen port to `taken`."""
        layout = self._layout
        with lock_to_inherit(layout.life_lock) as lock:
            # Child processes inherit the lock, in case this process is killed.
            account = replace(
                server_account(layout.home, layout.data),
                inherits=(lock,),
                environment=self._environment,
            )
            programs = programs_for(account)
            cluster.prepare(layout, account)
            if not layout.data.exists():
                cluster.create(layout, account, programs)
            cluster.check_version(layout, account, programs)
            note = self._choose(account, taken)
            socket_dir = Path(note.socket_dir)
            cluster.configure(
                layout,
                cluster.fixed_settings(layout, note.port, socket_dir)
                | cluster.build_settings(account, programs)
                | self._tuned(),
            )
            layout.write_note(note)
            taken.add(note.port)
            self._clear_remains(socket_dir)
            cluster.recover_password(layout, account, programs)
            cluster.launch(layout, account, programs, note.port)

    def _choose(self, account: Account, taken: set[int]) -> Note:
        """Port and socket: those of the last start if they are still usable."""
        last = self._layout.read_note()
        kept = [last.port] if last is not None and last.preferred_port == self._port else []
        return Note(
            port=free_port(*kept, self._port, avoid=taken),
            preferred_port=self._port,
            socket_dir=str(choose_socket_dir(self._layout, account)),
            uid=account.uid,
        )

    def _tuned(self) -> dict[str, str]:
        memory_mb = self._memory_mb or tuning.machine_memory_mb()
        disk_mb = shutil.disk_usage(self._layout.data).total // 2**20
        return tuning.tune(memory_mb, tuning.machine_cores(), disk_mb)

    def _clear_remains(self, socket_dir: Path) -> None:
        """Remove the leftovers of a killed server; only while holding the life lock.

        PostgreSQL trusts a pid file if any process has that number, as happens after a reboot or in
        a new container. The lock is reliable.
        """
        (self._layout.data / "postmaster.pid").unlink(missing_ok=True)
        for remains in socket_dir.glob(".s.PGSQL.*"):
            remains.unlink(missing_ok=True)
        start_log = self._layout.log / "start.log"
        if start_log.exists() and start_log.stat().st_size > START_LOG_BYTES:
            start_log.unlink()

    def _await_answer(self, mark: LogMark) -> ServerInfo | None:
        """Wait until the server accepts connections; None if it has ended instead."""
        last_sign, quiet_since = mark.newest(), time.monotonic()
        while True:
            info = self._answering()
            if info is not None:
                return info
            if not is_held(self._layout.life_lock):
                return None
            # A restored server is a standby until it has replayed the log.
            if self._state() in ("starting", "standby") and mark.newest() != last_sign:
                last_sign, quiet_since = mark.newest(), time.monotonic()
            self._check_patience(quiet_since, "answered")
            time.sleep(POLL_SECONDS)

    def _stop(self) -> None:
        if is_held(self._layout.life_lock) and not self._postmaster() and self._answering():
            raise FinplatformError(
                f"The server of {self._layout.home} runs where this process cannot see it.",
                "Stop it from the container that started it.",
            )
        since = time.monotonic()
        stopping: psutil.Process | None = None
        while is_held(self._layout.life_lock):
            postmaster = self._postmaster()
            if postmaster is not None and postmaster != stopping:
                with suppress(psutil.NoSuchProcess):
                    postmaster.send_signal(signal.SIGINT)
                stopping = postmaster
            self._check_patience(since, "stopped")
            time.sleep(POLL_SECONDS)

    def _check_patience(self, since: float, what: str) -> None:
        """End the processes of a dead server, and raise an error after a long wait."""
        waited = time.monotonic() - since
        if waited > PATIENCE_SECONDS:
            raise FinplatformError(
                f"PostgreSQL has not {what} for {PATIENCE_SECONDS} seconds.",
                f"It may still do; see the logs in {self._layout.log}, and try again.",
            )
        if waited > ORPHAN_SECONDS and self._postmaster() is None:
            self._end_orphans()

    def _end_orphans(self) -> None:
        """Kill server processes without a postmaster: a busy one may not notice for hours."""
        title = f"postgres: {self._layout.cluster_name}: "
        for process in psutil.process_iter(["cmdline"]):
            if " ".join(process.info["cmdline"] or ()).startswith(title):
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    def _prepared(self, info: ServerInfo) -> ServerInfo:
        """The server with its databases and roles, which the superuser creates if missing."""
        superuser = replace(info, user=cluster.SUPERUSER, password=cluster.password(self._layout))
        secret = keep_password(self._layout.loader_password_file)
        try:
            roles.prepare(superuser.url, secret)
        except psycopg.Error as error:
            self._check_password(error)
            what = "The databases and their roles could not be made"
            raise program_failed(what, str(error), self._layout.log) from error
        return replace(info, user=roles.LOADER, password=SecretStr(secret))

    def _answering(self) -> ServerInfo | None:
        """The running server for the loader, or for the superuser before the loader exists.

        Raises:
            FinplatformError: If it refuses the password of the home.
        """
        note, pid = self._layout.read_note(), self._pid()
        if note is None or pid is None or self._state() != "ready":
            return None
        info = ServerInfo(
            socket_dir=Path(note.socket_dir),
            host=LOOPBACK,
            port=note.port,
            user=roles.LOADER,
            password=SecretStr(""),
            data_dir=self._layout.data,
            pid=pid,
            version="",
        )
        file = self._layout.loader_password_file
        if file.exists():
            found = replace(info, password=SecretStr(file.read_text(encoding="utf-8")))
            with suppress(psycopg.OperationalError):
                return _greeted(found, roles.DATABASES[0])
        found = replace(info, user=cluster.SUPERUSER, password=cluster.password(self._layout))
        try:
            return _greeted(found, "postgres")
        except psycopg.OperationalError as error:
            self._check_password(error)
            return None

    def _check_password(self, error: psycopg.Error) -> None:
        """Raise a clear error for a refused password of the superuser."""
        if "password authentication failed" in str(error):
            raise FinplatformError(
                f"The password in {self._layout.password_file} is not the server's.",
                "Restore the file; or delete it, stop the server and start it again.",
            ) from error

    def _postmaster(self) -> psutil.Process | None:
        """The running process of the pid file, if it is a server of the right account."""
        try:
            process = psutil.Process(self._pid() or 0)
            ours = process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
            owner = self._layout.data.stat().st_uid
            return process if ours and process.uids().effective == owner else None
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return None

    def _pid(self) -> int | None:
        lines = self._pid_file()
        return int(lines[0]) if lines and lines[0].isdigit() else None

    def _state(self) -> str:
        lines = self._pid_file()
        return lines[7].strip() if len(lines) > 7 else ""

    def _pid_file(self) -> list[str]:
        try:
            return (self._layout.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []


def server_for(settings: Settings) -> EmbeddedServer:
    """The embedded server of the settings."""
    return EmbeddedServer(
        settings.home, port=settings.postgres_port, memory_mb=settings.postgres_memory_mb
    )


def _greeted(info: ServerInfo, database: str) -> ServerInfo:
    """The server with its version, read in a new session."""
    with psycopg.connect(info.url(database), connect_timeout=10) as connection:
        number = connection.info.server_version
    return replace(info, version=f"{number // 10_000}.{number % 10_000}")
