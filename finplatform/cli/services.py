"""`finplatform up` and `down`: the platform's long-running processes.

Belongs here: starting, finding and stopping them. They run in sessions of their own with their
output in `HOME/logs`, so that a closed terminal does not end them.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import redis
import yaml

from finplatform.api import listening
from finplatform.cli.output import ERR, OUT
from finplatform.errors import FinplatformError
from finplatform.orchestration.dead_runs import end_dead_runs
from finplatform.orchestration.instance import LOCATION, dagster_home, open_instance, prepare
from finplatform.settings import PROJECT_ROOT, Settings, get_settings
from finplatform.sockets import make_socket_folder, socket_path
from finplatform.streaming.client import connect, is_embedded, stream_location
from finplatform.warehouse import bulk, dbt, ddl, users
from finplatform.warehouse.access import prepare_access
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.embedded import server_for
from finplatform.warehouse.embedded.ports import LOOPBACK, free_port
from finplatform.warehouse.inventory import stored_tables

LOGGER = logging.getLogger(__name__)

_LOOK_EVERY_S = 5

START_SECONDS = 120
STOP_SECONDS = 20

_ANSWERS = {
    "webserver": "/server_info",
    "webserver_read_only": "/server_info",
    "ui": "/server_info",
    "api": "/api/health",
}
"""Path that each service answers when it is up."""

_WITH_TLS = ("ui", "api")


@dataclass(frozen=True)
class Service:
    """A process that `up` starts.

    Attributes:
        name: Name for people and for its files.
        arguments: Its command, without the interpreter's folder.
        where: URL, if it serves one.
        pid_file: Notes the process and when it began, so that a reused pid is not taken for it.
        log_file: Its output.
    """

    name: str
    arguments: tuple[str, ...]
    where: str | None
    pid_file: Path
    log_file: Path

    def pid(self) -> int | None:
        """Process id while it runs."""
        process = self._process()
        return process.pid if process else None

    def start(self) -> None:
        """Starts the process unless it runs."""
        if self._process() is not None:
            return
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        program = Path(sys.executable).with_name(self.arguments[0])
        with self.log_file.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own executable and arguments
                [str(program), *self.arguments[1:]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=PROJECT_ROOT,
                start_new_session=True,
            )
        began = psutil.Process(process.pid).create_time()
        self.pid_file.write_text(f"{process.pid} {began}")

    def stop(self) -> bool:
        """Stops the process and its children; returns whether it ran."""
        process = self._process()
        if process is None:
            self.pid_file.unlink(missing_ok=True)
            return False
        family = [process, *process.children(recursive=True)]
        os.killpg(process.pid, signal.SIGTERM)
        _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
        for survivor in alive:
            survivor.kill()
        self.pid_file.unlink(missing_ok=True)
        return True

    def end_left(self) -> None:
        """Ends what a process that was killed has left behind: its children of this environment."""
        try:
            group = int(self.pid_file.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return
        left = [one for one in psutil.process_iter() if _is_left(one, group)]
        for one in left:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(left, timeout=STOP_SECONDS)

    def _process(self) -> psutil.Process | None:
        try:
            pid, began = self.pid_file.read_text().split()
            process = psutil.Process(int(pid))
            is_same = abs(process.create_time() - float(began)) < 1
            return process if is_same and process.status() != psutil.STATUS_ZOMBIE else None
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None


def _is_left(process: psutil.Process, group: int) -> bool:
    """Whether a process is of a group, and runs programs of this environment."""
    try:
        program = (process.cmdline() or [""])[0]
        is_ours = Path(program).parent == Path(sys.executable).parent
        return is_ours and process.pid != group and os.getpgid(process.pid) == group
    except (psutil.Error, ProcessLookupError, PermissionError):
        return False


def services(settings: Settings) -> list[Service]:
    """The platform's processes except the database, in the order in which they start.

    One code server loads the graph for the UI and the daemon; without it, the daemon starts a
    process that loads the graph anew every minute and a half.
    """

    def service(name: str, where: str | None, *arguments: str) -> Service:
        return Service(
            name,
            arguments,
            where,
            settings.home / "run" / f"{name}.pid",
            settings.logs / f"{name}.log",
        )

    workspace = str(workspace_file(settings))
    stream = service("stream", stream_location(settings), "finplatform", "stream", "serve")
    lines = ("--log-format", "json") if settings.log_format == "json" else ()
    webserver = ("dagster-webserver", "-w", workspace, "-h", LOOPBACK, "-p")
    return [
        service(
            "code", None, "dagster", "code-server", "start", "-m", "finplatform.definitions",
            "--socket", str(code_socket(settings)), "--location-name", LOCATION,
            *lines,
        ),
        service("webserver", None, *webserver, str(settings.webserver_port), *lines),
        service(
            "webserver_read_only", None,
            *webserver, str(settings.webserver_read_only_port), "--read-only", *lines,
        ),
        service("daemon", None, "dagster-daemon", "run", "-w", workspace, *lines),
        *((stream,) if is_embedded(settings) else ()),
        service("relay", None, "finplatform", "stream", "relay"),
        service("consumer", None, "finplatform", "stream", "consume"),
        service("ui", listening.url(settings, settings.ui_port), "finplatform", "ui"),
        service("api", listening.url(settings, settings.api_port), "finplatform", "api"),
    ]  # fmt: skip


def code_socket(settings: Settings) -> Path:
    """Unix socket of the code server, in a folder that this account alone may enter."""
    return socket_path(settings.home, "code")


def workspace_file(settings: Settings) -> Path:
    """The workspace of UI and daemon, which names the code server."""
    return dagster_home(settings) / "workspace.yaml"


def write_workspace(settings: Settings) -> None:
    """Writes the workspace of UI and daemon."""
    server = {"socket": str(code_socket(settings)), "location_name": LOCATION}
    workspace_file(settings).write_text(
        yaml.safe_dump({"load_from": [{"grpc_server": server}]}), encoding="utf-8"
    )


def up(*, foreground: bool) -> None:
    """Starts everything, waits until UI and API answer, and prints their addresses.

    Args:
        foreground: Stay, and stop everything when interrupted, terminated or hung up.
    """
    if not foreground:
        _up()
        OUT.print("Stop it with `finplatform down`.")
        return
    # Ctrl-C too: a shell starts what it runs in the background with interrupts ignored.
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)
    try:
        settings = _up()
        OUT.print("Press Ctrl-C to stop.")
        _stay(settings)
    except KeyboardInterrupt:
        ERR.print("Stopping.")
    finally:
        # A second signal must not leave half of it running.
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, signal.SIG_IGN)
        down(keep_database=False)


def _up() -> Settings:
    settings = get_settings()
    if not _has_data(settings):
        from finplatform.cli import demo

        demo.run(2_000, 200_000, as_json=False)
        settings = get_settings()
    with ERR.status("Starting the Dagster UI and the live page"):
        prepare(settings)
        # What a later version brings is there before anything reads it.
        with bulk.connect(open_warehouse(settings).url) as connection:
            ddl.create_schemas(connection)
        prepare_access(settings)
        with open_warehouse(settings).connect() as connection:
            has_users = bool(users.list_users(connection))
        dbt.manifest_path(settings)
        settings.landing.mkdir(parents=True, exist_ok=True)
        write_workspace(settings)
        make_socket_folder(code_socket(settings))
        _end_dead_runs(settings)
        for service in services(settings):
            _check_ports(service, settings)
            service.start()
            if service.name == "code":
                _wait_for_code(service, settings)
            elif service.name == "stream":
                _wait_for_stream(service, settings)
        for name, path in _ANSWERS.items():
            _wait_for(name, path, settings)
    api = listening.url(settings, settings.api_port)
    OUT.print(f"Dagster UI  {listening.url(settings, settings.ui_port)}")
    OUT.print(f"Live page   {api}/live")
    OUT.print(f"Reports     {api}/reports/")
    OUT.print(f"Landing     {settings.landing}")
    OUT.print(f"Stream      {stream_location(settings)}")
    OUT.print(f"Logs        {settings.logs}")
    if not has_users and settings.api_anonymous_role is None:
        OUT.print("To log in, add a user first: `finplatform users add NAME --role admin`.")
    return settings


def _end_dead_runs(settings: Settings) -> None:
    """Marks runs as failed whose code server is gone, so that the daemon takes them up again."""
    code = next(service for service in services(settings) if service.name == "code")
    if code.pid() is not None:
        return
    code.end_left()
    with open_instance(settings) as instance:
        ended = end_dead_runs(instance)
    if ended:
        ERR.print(f"{len(ended)} runs had lost their process; they are taken up again.")


def _interrupt(number: int, _: object) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def down(*, keep_database: bool) -> None:
    """Stops the processes and the embedded database."""
    settings = get_settings()
    stopped = [service.name for service in reversed(services(settings)) if service.stop()]
    if settings.database_url is None and not keep_database:
        server = server_for(settings)
        if server.status() is not None:
            server.stop()
            stopped.append("database")
    OUT.print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


def _has_data(settings: Settings) -> bool:
    tables = stored_tables(open_warehouse(settings))
    return any(table.name == "gold.fact_transactions" and table.rows for table in tables)


def ports(settings: Settings) -> dict[str, tuple[str, int]]:
    """Setting and port of each service that has one."""
    return {
        "webserver": ("FINPLATFORM_WEBSERVER_PORT", settings.webserver_port),
        "webserver_read_only": (
            "FINPLATFORM_WEBSERVER_READ_ONLY_PORT", settings.webserver_read_only_port
        ),
        "ui": ("FINPLATFORM_UI_PORT", settings.ui_port),
        "api": ("FINPLATFORM_API_PORT", settings.api_port),
    }  # fmt: skip


def _check_ports(service: Service, settings: Settings) -> None:
    if service.name not in ports(settings) or service.pid() is not None:
        return
    variable, port = ports(settings)[service.name]
    if free_port(port) != port:
        raise FinplatformError(
            f"Port {port} is taken by another program.", f"Set {variable} to a free one."
        )


def _wait_for_code(service: Service, settings: Settings) -> None:
    """Waits until the code server has loaded the graph: then it listens."""
    deadline = time.monotonic() + START_SECONDS
    path = str(code_socket(settings))
    while time.monotonic() < deadline and service.pid() is not None:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.connect(path)
            return
        time.sleep(0.5)
    raise FinplatformError("The graph did not load.", f"The log is {service.log_file}.")


def _wait_for_stream(service: Service, settings: Settings) -> None:
    """Waits until the stream's server has read its data: then it answers."""
    deadline = time.monotonic() + START_SECONDS
    with connect(settings) as client:
        while time.monotonic() < deadline and service.pid() is not None:
            with suppress(redis.RedisError):
                client.ping()
                return
            time.sleep(0.2)
    raise FinplatformError(
        "The stream's server did not come up.", f"Its log is {service.log_file}."
    )


def _wait_for(name: str, path: str, settings: Settings) -> None:
    """Waits until a service answers a request.

    Who answers is known by the process that was started, not by the certificate, which is for the
    name that others use.
    """
    service = next(service for service in services(settings) if service.name == name)
    scheme = settings.scheme if name in _WITH_TLS else "http"
    url = f"{scheme}://{LOOPBACK}:{ports(settings)[name][1]}{path}"
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(verify=False, trust_env=False, timeout=2) as client:  # noqa: S501 - see above
        while time.monotonic() < deadline and service.pid() is not None:
            with suppress(httpx.HTTPError):
                if not client.get(url).is_server_error:
                    return
            time.sleep(0.2)
    raise FinplatformError(
        f"The service {name} did not come up.",
        f"Its log is {service.log_file}; home {settings.home}.",
    )


def _stay(settings: Settings) -> None:
    """Stays while anything runs; what has ended by itself is started again."""
    while any(service.pid() for service in services(settings)):
        time.sleep(_LOOK_EVERY_S)
        for service in services(settings):
            # `down` in another terminal removes the file, a process that dies leaves it.
            if service.pid() is None and service.pid_file.exists():
                LOGGER.warning("%s has ended; it is started again.", service.name)
                if service.name == "code":
                    _end_dead_runs(settings)
                service.start()
