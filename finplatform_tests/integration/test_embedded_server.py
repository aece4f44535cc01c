"""The embedded server survives what machines and people do to it.

Each test has a home and a server of its own. Tests about accounts need root and are skipped
without it, and the other way round; nothing here is about what is in the tables.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import sqlalchemy
from pydantic import SecretStr

from finplatform.errors import FinplatformError
from finplatform.warehouse.embedded import EmbeddedServer, ServerInfo, free_port
from finplatform.warehouse.embedded import server as server_module
from finplatform.warehouse.embedded.account import server_account
from finplatform.warehouse.embedded.cluster import SUPERUSER
from finplatform.warehouse.embedded.layout import Layout
from finplatform_tests.waiting import LIMIT_S, wait_until

pytestmark = pytest.mark.integration

ROOT = os.geteuid() == 0
START = """
    import json, sys
    from pathlib import Path
    from finplatform.errors import FinplatformError
    from finplatform.warehouse.embedded import EmbeddedServer
    try:
        info = EmbeddedServer(Path(sys.argv[1]), port=int(sys.argv[2]), memory_mb=512).start()
        print(json.dumps({"pid": info.pid, "url": info.url("finplatform")}))
    except FinplatformError as error:
        print(json.dumps({"error": error.message, "hint": error.hint}))
"""

Make = Callable[..., EmbeddedServer]


def tcp_url(info: ServerInfo, driver: str | None = None) -> str:
    """URL of the database through the loopback port."""
    url = sqlalchemy.make_url(info.url("finplatform", driver))
    by_port = url.set(host=info.host, port=info.port, query={})
    return by_port.render_as_string(hide_password=False)


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes servers that are gone after the test."""
    made: list[EmbeddedServer] = []

    def server(home: Path, port: int | None = None) -> EmbeddedServer:
        made.append(EmbeddedServer(home, port=port or free_port(), memory_mb=512))
        return made[-1]

    yield server
    for one in made:
        one.stop()


def script(home: Path, port: int, *before: str) -> subprocess.Popen[str]:
    """Starts a server from another process."""
    return subprocess.Popen(
        [*before, sys.executable, "-c", textwrap.dedent(START), str(home), str(port)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def outcome(process: subprocess.Popen[str]) -> dict[str, str]:
    out, _ = process.communicate(timeout=LIMIT_S)
    return dict(json.loads(out))


def superuser(info: ServerInfo) -> ServerInfo:
    """The same server as its superuser."""
    file = info.data_dir.parents[1] / "keys" / "postgres.password"
    return replace(info, user=SUPERUSER, password=SecretStr(file.read_text()))


def query(info: ServerInfo, text: str) -> str:
    with psycopg.connect(info.url("finplatform"), autocommit=True) as connection:
        cursor = connection.execute(text.encode())
        row = cursor.fetchone() if cursor.description else None
    return str(row[0]) if row else ""


def killed(process: psutil.Process) -> None:
    process.kill()
    wait_until(lambda: has_ended(process), "the killed process has ended")


def has_ended(process: psutil.Process) -> bool:
    """Whether a process has ended; in some containers nobody collects the dead."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    return True


def test_a_new_home_gets_a_durable_server_with_both_databases(make: Make, tmp_path: Path) -> None:
    info = make(tmp_path / "home").start()
    settings = ["fsync", "synchronous_commit", "data_checksums", "wal_level", "server_encoding"]
    shown = [query(info, f"SHOW {name}") for name in settings]
    assert shown == ["on", "on", "on", "logical", "UTF8"]
    assert (
        query(info, "SELECT count(*) FROM pg_database WHERE datname IN ('finplatform','dagster')")
        == "2"
    )
    assert (
        query(
            superuser(info),
            "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'",
        )
        == "0"
    )
    # Both logins have a random password; passwords that people choose keep the default.
    kept = "SELECT min(rolpassword) FROM pg_authid WHERE rolcanlogin"
    assert query(superuser(info), kept).startswith("SCRAM-SHA-256$1:")
    assert query(superuser(info), kept.replace("min", "max")).startswith("SCRAM-SHA-256$1:")
    assert query(info, "SHOW scram_iterations") == "4096"
    assert query(info, "SHOW server_version") == info.version
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(tcp_url(info).replace(info.password.get_secret_value(), "x"))
    for name in ("postgres.password", "loader.password"):
        password_file = tmp_path / "home" / "keys" / name
        assert password_file.stat().st_mode & 0o777 == 0o600
    assert info.password.get_secret_value() not in repr(info)


def test_no_other_account_enters_the_home_and_no_reader_the_other_databases(
    make: Make, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    (home / "landing").mkdir(parents=True, mode=0o755)
    home.chmod(0o755)
    info = make(home).start()
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "landing").stat().st_mode & 0o777 == 0o700
    entered = "SELECT string_agg(datname, ' ') FROM pg_database WHERE datallowconn"
    entered += " AND has_database_privilege('public', oid, 'CONNECT')"
    assert query(info, entered) == "finplatform"


@pytest.mark.parametrize(
    "name",
    ['spaces ünï & quote\'s "$(touch x)" `y` %41+', "a,b/" + "x" * 200],
    ids=["odd", "long"],
)
def test_any_path_will_do_and_every_driver_gets_there(make: Make, name: str) -> None:
    with open_folder() as folder:
        server = make(folder / name)
        info = server.start()
        urls = (
            info.url("finplatform", "psycopg2"),
            info.url("finplatform", "psycopg"),
            tcp_url(info, "psycopg2"),
        )
        for url in urls:
            engine = sqlalchemy.create_engine(url)
            with engine.connect() as connection:
                assert connection.scalar(sqlalchemy.text("SELECT 1")) == 1
            engine.dispose()
        # Only for a path that a socket cannot have does something lie outside the home.
        outside = not info.socket_dir.is_relative_to(folder)
        assert outside == (len(name) > 100)
        assert info.socket_dir.stat().st_mode & 0o777 == 0o700
        server.stop()
        if outside:
            shutil.rmtree(info.socket_dir)


def test_the_server_outlives_its_starter_and_is_used_by_the_next(
    make: Make, tmp_path: Path
) -> None:
    server = make(tmp_path)
    first = outcome(script(tmp_path, free_port()))
    pid = int(first["pid"])
    assert os.getsid(pid) == pid, "its own session: Ctrl-C in the starter's terminal is not for it"
    assert server.start().pid == pid
    status = server.status()
    assert status is not None
    assert status.pid == pid
    assert status.url("finplatform") == first["url"]


def test_processes_that_start_at_once_get_one_server(make: Make, tmp_path: Path) -> None:
    make(tmp_path)
    starters = [script(tmp_path, free_port()) for _ in range(3)]
    outcomes = [outcome(starter) for starter in starters]
    assert len({(one["pid"], one["url"]) for one in outcomes}) == 1
    with psycopg.connect(outcomes[0]["url"]) as connection:
        assert connection.info.dbname == "finplatform"


def test_a_killed_postmaster_loses_only_what_was_not_committed(make: Make, tmp_path: Path) -> None:
    server = make(tmp_path)
    info = server.start()
    query(info, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)")
    open_ended = psycopg.connect(info.url("finplatform"))
    open_ended.execute("INSERT INTO kept SELECT generate_series(2, 10000)")
    # A backend that computes does not notice that its postmaster is gone.
    busy = psycopg.connect(info.url("finplatform"))
    busy.pgconn.send_query(b"DO $$ BEGIN LOOP END LOOP; END $$")
    killed(psutil.Process(info.pid))
    assert server.status() is None
    again = server.start()
    assert again.pid != info.pid
    assert query(again, "SELECT count(*) FROM kept") == "1"
    for connection in (open_ended, busy):
        connection.close()


def test_a_killed_backend_costs_others_their_connection_not_the_server(
    make: Make, tmp_path: Path
) -> None:
    server = make(tmp_path)
    info = server.start()
    with psycopg.connect(info.url("finplatform")) as victim, contextlib.suppress(psycopg.Error):
        victim.execute("CREATE TABLE lost (n int)")
        killed(psutil.Process(victim.info.backend_pid))
        assert server.start().pid == info.pid
        victim.execute("SELECT 1")
    assert query(server.start(), "SELECT count(*) FROM pg_class WHERE relname = 'lost'") == "0"


def test_a_pid_file_naming_a_living_stranger_is_not_believed(make: Make, tmp_path: Path) -> None:
    server = make(tmp_path)
    info = server.start()
    pid_file = info.data_dir / "postmaster.pid"
    socket_lock = info.socket_dir / f".s.PGSQL.{info.port}.lock"
    lines = pid_file.read_text().splitlines()
    server.stop()
    account = server_account(tmp_path, info.data_dir)
    options: dict[str, Any] = {"user": account.uid} if account.drops else {}
    stranger = subprocess.Popen(["cat"], stdin=subprocess.PIPE, **options)
    try:
        for leftover in (pid_file, socket_lock):
            leftover.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
            leftover.chmod(0o644)
        assert server.status() is None
        assert query(server.start(), "SELECT 1") == "1"
        server.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.communicate()


def test_an_init_that_was_killed_leaves_nothing_half_made(make: Make, tmp_path: Path) -> None:
    server = make(tmp_path)
    layout = Layout(tmp_path)
    while True:
        starter = script(tmp_path, free_port())
        wait_until(
            lambda: layout.data.exists() or any(layout.base.glob("init-*/data/PG_VERSION")),
            "the cluster is being made",
        )
        starter.kill()
        starter.communicate()
        if not layout.data.exists():
            break
        # The cluster was made before this process was let look: once more.
        server.stop()
        shutil.rmtree(layout.data)
    assert query(server.start(), "SELECT 1") == "1"
    assert not list(layout.base.glob("init-*"))


def test_a_taken_port_is_replaced_by_one_that_is_kept(make: Make, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        server = make(tmp_path, taken)
        chosen = server.start().port
        assert chosen != taken
        server.stop()
    assert json.loads((tmp_path / "postgres" / "server.json").read_text())["port"] == chosen
    assert server.start().port == chosen, "BI tools know it by now"


def test_a_port_lost_to_somebody_faster_is_replaced(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        lost = other.getsockname()[1]

        def looks_free(*_: int, avoid: Collection[int]) -> int:
            return free_port(avoid=avoid) if lost in avoid else int(lost)

        monkeypatch.setattr(server_module, "free_port", looks_free)
        info = make(tmp_path).start()
        assert info.port != lost
        assert query(info, "SELECT 1") == "1"


def test_stopping_what_does_not_run_is_fine(make: Make, tmp_path: Path) -> None:
    server = make(tmp_path / "never")
    server.stop()
    assert server.status() is None
    assert not (tmp_path / "never").exists()
    postmaster = psutil.Process(server.start().pid)
    server.stop()
    server.stop()
    assert server.status() is None
    wait_until(lambda: has_ended(postmaster), "the postmaster has ended")


def test_a_failing_start_shows_the_servers_words_and_its_log(make: Make, tmp_path: Path) -> None:
    server = make(tmp_path)
    info = server.start()
    server.stop()
    (info.data_dir / "local.conf").write_text("nonsense = 1\n")
    with pytest.raises(FinplatformError, match='parameter "nonsense"') as caught:
        server.start()
    assert str(tmp_path / "postgres" / "log") in caught.value.hint


def test_a_home_restored_without_its_keys_gets_a_new_password(make: Make, tmp_path: Path) -> None:
    server = make(tmp_path)
    old = server.start().password
    server.stop()
    shutil.rmtree(tmp_path / "keys")
    info = server.start()
    assert info.password != old
    assert query(info, "SELECT 1") == "1"


def test_the_platform_works_as_an_owner_that_is_no_superuser(make: Make, tmp_path: Path) -> None:
    info = make(tmp_path).start()
    who = "SELECT session_user || ' as ' || current_user || ' ' || rolsuper FROM pg_roles"
    who += " WHERE rolname = current_user"
    for database in ("finplatform", "dagster"):
        with psycopg.connect(info.url(database)) as connection:
            found = connection.execute(who.encode()).fetchone()
            assert found == ("finplatform_loader as finplatform_owner false",)
            connection.execute("create schema made; create table made.here as select 1 as one")
    by_superuser = "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'v') AND oid >= 16384"
    assert query(info, f"{by_superuser} AND relowner = 'finplatform'::regrole") == "0"


def test_whoever_finds_the_server_running_needs_no_superuser(make: Make, tmp_path: Path) -> None:
    server = make(tmp_path)
    info = server.start()
    password_file = tmp_path / "keys" / "postgres.password"
    password_file.rename(tmp_path / "keys" / "elsewhere")
    assert server.start() == info
    assert server.status() == info
    (tmp_path / "keys" / "elsewhere").rename(password_file)


def test_what_a_superuser_owns_in_an_older_home_is_the_owners_after_the_next_start(
    make: Make, tmp_path: Path
) -> None:
    server = make(tmp_path)
    info = server.start()
    older = """
        create schema gold; create table gold.facts (id int generated always as identity, n int);
        create view gold.seen as select * from gold.facts; create sequence gold.numbers;
        create function gold.one() returns int language sql as 'select 1';
        create type gold.kind as enum ('a'); create role finplatform_reader login;
        alter default privileges in schema gold grant select on tables to finplatform_reader;
        alter database finplatform owner to finplatform;
        alter database dagster owner to finplatform
    """
    for statement in older.split(";"):
        query(superuser(info), statement)
    server.stop()
    info = server.start()
    changes = (
        "insert into gold.facts (n) values (1)", "alter table gold.facts add column more int",
        "drop view gold.seen", "drop sequence gold.numbers", "drop function gold.one()",
        "alter type gold.kind add value 'b'", "drop role finplatform_reader",
        "alter database dagster connection limit 50", "drop schema gold cascade",
    )  # fmt: skip
    for statement in changes:
        query(info, statement)


def test_a_running_server_of_an_older_version_gets_its_roles(make: Make, tmp_path: Path) -> None:
    server = make(tmp_path)
    info = server.start()
    (tmp_path / "keys" / "loader.password").unlink()
    query(superuser(info), "alter role finplatform_loader rename to somebody")
    found = server.start()
    assert found.pid == info.pid
    assert query(found, "SELECT session_user") == "finplatform_loader"


def test_a_home_that_may_not_be_written_is_explained(tmp_path: Path) -> None:
    with open_folder() as folder:
        folder.chmod(0o555)
        result = outcome(script(folder / "home", 0, *as_nobody()))
        folder.chmod(0o755)
    assert "may not use" in result["error"]
    assert "FINPLATFORM_HOME" in result["hint"]


@pytest.mark.skipif(not ROOT, reason="needs root to mount")
def test_full_and_read_only_disks_are_explained_and_recovered_from(
    make: Make, tmp_path: Path
) -> None:
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(tmp_path)])
    if mount.returncode:
        pytest.skip("may not mount")
    try:
        ballast = tmp_path / "ballast"
        ballast.write_bytes(bytes(140 * 2**20))
        server = make(tmp_path / "home")
        with pytest.raises(FinplatformError, match=r"disk .* is full") as caught:
            server.start()
        assert "Free some space" in caught.value.hint
        ballast.unlink()
        server.start()
        server.stop()
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(2**16)):
                pass
        with pytest.raises(FinplatformError, match=r"disk .* is full"):
            server.start()
        ballast.unlink()
        assert query(server.start(), "SELECT 1") == "1"
        server.stop()
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path)], check=True)
        with pytest.raises(FinplatformError, match="read-only"):
            server.start()
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


@pytest.mark.skipif(not ROOT, reason="needs root")
@pytest.mark.parametrize("reachable", [True, False])
def test_root_drops_to_another_account_and_opens_no_folder(make: Make, reachable: bool) -> None:
    with open_folder() as folder:
        folder.chmod(0o755 if reachable else 0o700)
        server = make(folder / "home")
        info = server.start()
        assert psutil.Process(info.pid).uids().effective != 0
        assert folder.stat().st_mode & 0o777 == (0o755 if reachable else 0o700)
        assert query(superuser(info), "SELECT pg_reload_conf()") == "True"
        owners = {path.stat().st_uid for path in info.data_dir.rglob("*")}
        assert owners == {psutil.Process(info.pid).uids().effective}
        assert (folder / "home").stat().st_uid == 0
        assert (folder / "home" / "keys").stat().st_uid == 0
        server.stop()


@pytest.mark.skipif(not ROOT, reason="needs root to become somebody else")
def test_whoever_is_not_root_runs_the_server_himself_and_root_can_take_over(make: Make) -> None:
    nobody = as_nobody()
    with open_folder() as folder:
        shutil.chown(folder, "nobody")
        started = outcome(script(folder, free_port(), *nobody))
        owner = psutil.Process(int(started["pid"])).uids().effective
        assert owner == folder.stat().st_uid
        server = make(folder)
        server.stop()
        assert psutil.Process(server.start().pid).uids().effective == owner
        server.stop()
        again = outcome(script(folder, free_port(), *nobody))
        assert "pid" in again
        server.stop()


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every account can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def as_nobody() -> list[str]:
    """Command prefix that drops root to nobody; empty for others."""
    if not ROOT:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv")
    prefix = ["setpriv", "--reuid=nobody", "--regid=65534", "--clear-groups"]
    if subprocess.run([*prefix, sys.executable, "-c", "import finplatform"]).returncode:
        pytest.skip("nobody cannot reach this Python")
    return prefix
