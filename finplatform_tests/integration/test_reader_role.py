"""The login that can only read can only read: by `finplatform sql`, and as a BI tool has it.

On a server of the home's own, and on somebody else's with the rights that its administrator gave.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

from finplatform.cli import sql
from finplatform.errors import FinplatformError
from finplatform.settings import Settings, get_settings
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.database import Warehouse, open_warehouse
from finplatform.warehouse.embedded import free_port, server_for
from finplatform.warehouse.reader_role import (
    READABLE,
    ReaderUnavailableError,
    ensure_reader,
    open_reader,
)
from finplatform_tests.databases import owned_database
from finplatform_tests.integration.bank import BuiltBank
from finplatform_tests.integration.ways_around_reading import LEAVES, WRITES

pytestmark = pytest.mark.integration

CANARY = "Canary Birdsong"
READER = "finplatform_reader"
MISTYPED = {"42601", "42883", "42P01", "42703", "3F000"}
"""States of statements that fail for whoever runs them."""

STORED = """
select concat('rows ', (select string_agg(f::text, ',' order by id) from gold.facts as f))
union all select concat('number ', last_value, is_called) from gold.numbers
union all select concat('relation ', oid::regclass, relkind, relacl, relfilenode,
    obj_description(oid, 'pg_class')) from pg_class
    where relnamespace::regnamespace::text not like 'pg\\_%'
union all select concat('column ', attrelid, attname) from pg_attribute
    where attrelid >= 16384 and attnum > 0
union all select concat('function ', oid::regprocedure) from pg_proc where oid >= 16384
union all select concat('schema ', nspname, nspacl) from pg_namespace
    where nspname not like 'pg\\_%'
union all select concat('default ', defaclnamespace, defaclacl) from pg_default_acl
union all select concat('role ', rolname, rolsuper, rolpassword) from pg_authid
union all select concat('member ', roleid, member) from pg_auth_members
union all select concat('setting ', setrole, setconfig) from pg_db_role_setting
union all select concat('extension ', extname) from pg_extension
union all select concat('object ', oid) from pg_largeobject_metadata
union all select concat('server ', srvname) from pg_foreign_server
union all select concat('space ', spcname) from pg_tablespace
union all select concat('slot ', slot_name) from pg_replication_slots
union all select concat('subscription ', subname) from pg_subscription
order by 1
"""


@dataclass(frozen=True)
class Bank:
    """A home with a server of its own, a few rows, and a folder that the server may write to."""

    settings: Settings
    owner: Warehouse
    folder: Path

    def filled_in(self, statement: str) -> str:
        return statement.replace("{folder}", str(self.folder)).replace("{role}", READER)

    def state(self) -> str:
        """Everything that a statement could have changed, in the database and in the folder."""
        secret = (self.settings.keys / "postgres.password").read_text()
        location = self.owner.location.set(username="finplatform", password=secret)
        with Warehouse(location).connect() as connection:
            stored = "\n".join(row[0] for row in connection.execute(STORED.encode()) if row[0])
        configured = (self.settings.home / "postgres/data/postgresql.auto.conf").read_text()
        return "\n".join([stored, configured, *sorted(path.name for path in self.folder.iterdir())])


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    home = tmp_path_factory.mktemp("reader") / "home"
    settings = Settings(home=home, postgres_port=free_port(), postgres_memory_mb=512)
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    (folder / "secret.txt").write_text(CANARY)
    (folder / "secret.txt").chmod(0o644)
    owner = open_warehouse(settings)
    try:
        open_reader(settings)
        with bulk.connect(owner.url) as connection:
            ddl.create_schemas(connection)
        with owner.connect() as session:
            session.execute("create table gold.facts (id int primary key, label text)")
            session.execute("insert into gold.facts values (1, 'one'), (2, 'two')")
            session.execute("create sequence gold.numbers")
            session.execute("create schema oltp")
            session.execute(
                "create table oltp.people as select %s::text as name from generate_series(1, 500)",
                (CANARY,),
            )
            session.execute("create table vault.sealed as select * from oltp.people")
            session.execute("analyze oltp.people")
            session.execute("select lo_from_bytea(4711, %s)", (CANARY.encode(),))
        yield Bank(settings, owner, folder)
    finally:
        server_for(settings).stop()
        shutil.rmtree(folder)


@pytest.fixture
def typed_in(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    """The bank, as commands of this process find it."""
    monkeypatch.setenv("FINPLATFORM_HOME", str(bank.settings.home))
    monkeypatch.setenv("FINPLATFORM_POSTGRES_PORT", str(bank.settings.postgres_port))
    monkeypatch.setenv("FINPLATFORM_POSTGRES_MEMORY_MB", "512")
    monkeypatch.delenv("FINPLATFORM_DATABASE_URL", raising=False)
    get_settings.cache_clear()
    yield bank
    get_settings.cache_clear()


def outcome(statement: str) -> str:
    """What `finplatform sql` says of a statement that fails."""
    try:
        sql.run(statement, 100, as_json=True)
    except FinplatformError as error:
        return str(error)
    return "ran"


@pytest.mark.parametrize("statement", [*WRITES, *LEAVES])
def test_sql_writes_nothing_and_reads_nothing_outside(
    typed_in: Bank, capsys: pytest.CaptureFixture[str], statement: str
) -> None:
    before = typed_in.state()
    words = outcome(typed_in.filled_in(statement))
    assert typed_in.state() == before
    out, err = capsys.readouterr()
    assert CANARY not in words + out + err
    assert CANARY.encode().hex() not in words + out + err


@pytest.mark.parametrize("statement", [*WRITES, *LEAVES])
def test_the_login_of_bi_tools_writes_nothing_and_reads_nothing_outside(
    bank: Bank, statement: str
) -> None:
    before = bank.state()
    with open_reader(bank.settings).connect() as connection:
        seen, state = answers(connection, bank.filled_in(statement))
        connection.close()
    assert bank.state() == before
    assert CANARY not in seen
    assert CANARY.encode().hex() not in seen
    assert state not in MISTYPED


def answers(connection: psycopg.Connection, text: str) -> tuple[str, str | None]:
    """Rows of all statements of a text, which the simple protocol runs, and how the last failed."""
    connection.autocommit = True
    seen: list[object] = []
    try:
        cursor = connection.execute(text.encode())
        seen += cursor.fetchall() if cursor.description else []
        while cursor.nextset():
            seen += cursor.fetchall() if cursor.description else []
    except psycopg.Error as error:
        return f"{seen} {error}", error.sqlstate
    return repr(seen), None


@pytest.mark.parametrize(
    "statement",
    [
        "alter role {role} set default_transaction_read_only = off",
        "alter role {role} password 'mine'",
        "discard all",
        "vacuum full gold.facts",
        "analyze gold.facts",
        "set transaction read write",
        "commit",
        "select pg_sleep(0); select 1",
        "",
    ],
)
def test_sql_leaves_even_the_readers_own_role_as_it_was(typed_in: Bank, statement: str) -> None:
    before = typed_in.state()
    assert outcome(typed_in.filled_in(statement)).startswith(("The query failed: ", "ran"))
    assert typed_in.state() == before


def test_the_readers_sessions_run_in_the_zone_of_the_bank(bank: Bank) -> None:
    for zone in ("Asia/Kolkata", "UTC"):
        owner = replace(bank.owner, timezone=zone)
        reader = ensure_reader(owner, bank.settings.keys, owns_server=True)
        # As a BI tool logs in: with the role's own defaults.
        location = reader.location.set(drivername="postgresql")
        with psycopg.connect(location.render_as_string(hide_password=False)) as connection:
            assert connection.execute("show timezone").fetchone() == (zone,)


def test_defaults_that_the_reader_took_off_are_set_again(bank: Bank) -> None:
    with open_reader(bank.settings).connect() as connection:
        connection.autocommit = True
        connection.execute("set default_transaction_read_only = off")
        connection.execute(f"alter role {READER} set default_transaction_read_only = off".encode())
    with open_reader(bank.settings).connect() as connection:
        row = connection.execute("show default_transaction_read_only").fetchone()
    assert row == ("on",)


@pytest.mark.parametrize("database", ["dagster", "postgres", "template1"])
def test_the_reader_enters_no_other_database(bank: Bank, database: str) -> None:
    location = open_reader(bank.settings).location.set(database=database)
    with pytest.raises(FinplatformError, match="permission denied for database"):
        Warehouse(location).connect()


def test_the_reader_reads_what_is_made_after_it(bank: Bank) -> None:
    reader = open_reader(bank.settings)
    with bulk.connect(bank.owner.url) as connection:
        ddl.drop_schemas(connection)
        ddl.create_schemas(connection)
    with bank.owner.connect() as session:
        session.execute("create table gold.facts as select 1 as id, 'one' as label")
        session.execute("create view bi.facts as select * from gold.facts")
        session.execute("create sequence gold.numbers")
        session.execute("create table vault.sealed as select 1 as id")
    with reader.connect() as connection:
        assert connection.execute("select label from bi.facts").fetchone() == ("one",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from vault.sealed")


def test_a_schema_that_others_made_is_opened_by_the_next_command(bank: Bank) -> None:
    with bank.owner.connect() as session:
        session.execute("drop schema bi cascade")
        session.execute("create schema bi")
        session.execute("create view bi.late as select 1 as one")
    with open_reader(bank.settings).connect() as connection:
        assert connection.execute("select one from bi.late").fetchone() == (1,)


def test_the_readers_password_is_random_private_and_replaced_when_lost(bank: Bank) -> None:
    file = bank.settings.keys / "reader.password"
    first = file.read_text()
    assert len(first) >= 43
    assert file.stat().st_mode & 0o777 == 0o600
    assert f"role {READER}fSCRAM-SHA-256$1:" in bank.state()
    file.unlink()
    with open_reader(bank.settings).connect() as connection:
        assert connection.info.user == READER
    assert file.read_text() != first


@pytest.fixture
def owned(postgres_server: URL, request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    """A database whose owner is no superuser, with the role attributes of the parameter."""
    with owned_database(postgres_server, request.param) as warehouse:
        with bulk.connect(warehouse.url) as connection:
            ddl.create_schemas(connection)
        yield warehouse


@pytest.mark.parametrize("owned", ["createrole"], indirect=True)
def test_an_owner_who_may_make_roles_makes_a_reader_that_cannot_write(
    owned: Warehouse, tmp_path: Path
) -> None:
    with owned.connect() as session:
        session.execute("create table gold.facts as select 1 as id, 'one' as label")
    reader = ensure_reader(owned, tmp_path / "keys", owns_server=False)
    for way in (way for way in WRITES if "numbers" not in way):
        with reader.connect() as connection, suppress(FinplatformError):
            statement = way.replace("{role}", str(reader.location.username))
            sql.fetch(connection, statement, 10, as_written=True)
            connection.rollback()
    with owned.connect() as session:
        assert session.execute("table gold.facts").fetchall() == [(1, "one")]
        made = session.execute(
            "select (select count(*) from pg_class where relname = 'mine')"
            " + (select count(*) from pg_proc where proname = 'mine')"
            " + (select count(*) from pg_namespace where nspname = 'mine')"
            " + (select count(*) from pg_largeobject_metadata)"
        ).fetchone()
    assert made == (0,)
    with reader.connect() as connection:
        assert connection.execute("select id from gold.facts").fetchone() == (1,)
        assert connection.execute("show default_transaction_read_only").fetchone() == ("on",)


@pytest.mark.parametrize("owned", [""], indirect=True)
def test_without_a_reader_sql_is_refused_and_leaves_no_password_behind(
    owned: Warehouse, tmp_path: Path
) -> None:
    with pytest.raises(ReaderUnavailableError) as caught:
        ensure_reader(owned, tmp_path / "keys", owns_server=False)
    assert "FINPLATFORM_READER_DATABASE_URL" in caught.value.hint
    assert not list((tmp_path / "keys").iterdir())


def test_a_lost_password_of_somebody_elses_server_is_not_replaced(
    postgres_url: str, tmp_path: Path
) -> None:
    warehouse = Warehouse(make_url(postgres_url))
    ensure_reader(warehouse, tmp_path, owns_server=False)
    with pytest.raises(ReaderUnavailableError, match="password is not in"):
        ensure_reader(warehouse, tmp_path / "elsewhere", owns_server=False)


@pytest.mark.parametrize("more", ["createdb", "superuser", "in role pg_write_all_data"])
def test_a_reader_that_can_do_more_is_not_used(
    postgres_url: str, postgres_superuser: URL, tmp_path: Path, more: str
) -> None:
    warehouse = Warehouse(make_url(postgres_url))
    superuser = Warehouse(postgres_superuser.set(database=warehouse.location.database))
    with superuser.connect() as session:
        session.execute(f"create role {warehouse.location.database}_reader login {more}".encode())
    with pytest.raises(ReaderUnavailableError, match="can do more than read"):
        ensure_reader(warehouse, tmp_path, owns_server=False)


def test_a_given_login_that_rules_the_database_is_not_used(
    postgres_url: str, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, database_url=postgres_url, reader_database_url=postgres_url)
    with pytest.raises(ReaderUnavailableError, match="can do more than read"):
        open_reader(settings)


def test_a_given_login_that_only_reads_is_used(postgres_url: str, tmp_path: Path) -> None:
    made = ensure_reader(Warehouse(make_url(postgres_url)), tmp_path, owns_server=False)
    settings = Settings(
        home=tmp_path / "other", database_url=postgres_url, reader_database_url=made.url
    )
    assert open_reader(settings).location.username == made.location.username


def test_the_reader_sees_every_table_view_and_function_of_a_built_bank(
    built_bank: BuiltBank,
) -> None:
    with open_reader(built_bank.settings).connect() as connection:
        relations = connection.execute(
            "select format('%%I.%%I', n.nspname, c.relname) from pg_class as c"
            " inner join pg_namespace as n on n.oid = c.relnamespace"
            " where n.nspname = any(%s) and c.relkind in ('r', 'p', 'v', 'm')",
            (list(READABLE),),
        ).fetchall()
        for (name,) in relations:
            connection.execute(f"select * from {name} limit 1".encode())
        calls = (
            "bi.get_daily_transaction_summary('2025-01-15')",
            "bi.detect_failed_payments('2025-01-01', '2025-01-31')",
            "bi.identify_sla_breaches()",
            "bi.detect_high_risk_transactions(75.0)",
        )
        for call in calls:
            connection.execute(f"select * from {call}".encode()).fetchall()
    assert len(relations) > 100
