"""The migration commands on SQLite: all or nothing, and honest about the state they leave."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from finplatform.errors import FinplatformError
from finplatform.oltp import migrate
from finplatform.oltp.models import Base


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'bank.db'}"


def _objects(url: str) -> list[str]:
    engine = migrate._engine(url)
    with engine.connect() as connection:
        return list(connection.exec_driver_sql("select name from sqlite_master").scalars())


def _execute(url: str, *statements: str) -> None:
    with migrate._engine(url).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_an_engine_in_memory_is_migrated_in_place() -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    migrate.upgrade(engine)
    assert migrate.current(engine) == migrate._head()
    assert migrate.check(engine) == []
    engine.dispose()


def test_an_upgrade_that_fails_leaves_nothing(url: str) -> None:
    _execute(url, "create table change_journal (mine text)")
    with pytest.raises(sa.exc.OperationalError, match="change_journal already exists"):
        migrate.upgrade(url)
    assert _objects(url) == ["change_journal"]


def test_a_downgrade_that_fails_leaves_everything(url: str) -> None:
    migrate.upgrade(url)
    _execute(url, "drop table market_data")
    before = _objects(url)
    with pytest.raises(sa.exc.OperationalError, match="market_data"):
        migrate.downgrade(url, "base")
    assert _objects(url) == before


@pytest.mark.parametrize(
    ("damage", "reported"),
    [
        ("drop index ix_loans_customer_id", "add index"),
        ("alter table customers add column nickname text", "remove column"),
        ("drop trigger journal_loans_delete", "loans.journal_loans_delete is missing"),
    ],
)
def test_check_reports_what_differs(url: str, damage: str, reported: str) -> None:
    migrate.upgrade(url)
    _execute(url, damage)
    (difference,) = migrate.check(url)
    assert reported in difference


def test_check_reports_a_missing_rule(url: str) -> None:
    migrate.upgrade(url)
    engine = migrate._engine(url)
    (ddl,) = _sql(engine, "select sql from sqlite_master where name = 'market_data'")
    rule = ", \n\tCONSTRAINT ck_market_data_low_below_high CHECK (low_price <= high_price)"
    assert rule in ddl
    _execute(url, "drop table market_data", ddl.replace(rule, ""))
    _execute(url, "create index ix_market_data_data_date on market_data (data_date)")
    (difference,) = migrate.check(url)
    assert "ck_market_data_low_below_high" in difference


def test_the_rules_of_the_migrations_read_as_in_the_models(url: str) -> None:
    migrate.upgrade(url)
    inspector = sa.inspect(migrate._engine(url))
    for table in Base.metadata.sorted_tables:
        migrated = {c["name"]: c["sqltext"] for c in inspector.get_check_constraints(table.name)}
        modelled = {
            str(c.name): str(c.sqltext)
            for c in table.constraints
            if isinstance(c, sa.CheckConstraint)
        }
        assert migrated == modelled


def test_an_old_database_is_reported_from_a_present_one(url: str) -> None:
    assert "at revision base" in migrate.check(url)[0]
    migrate.upgrade(url, "0001")
    assert migrate.current(url) == "0001"
    assert "at revision 0001" in migrate.check(url)[0]


def test_errors_say_what_to_do(url: str, tmp_path: Path) -> None:
    with pytest.raises(FinplatformError, match="newer release"):
        migrate.upgrade(url, "9999")
    with pytest.raises(FinplatformError, match="server is running"):
        migrate.current(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")
    with pytest.raises(FinplatformError, match="does not run on mysql"):
        migrate.current("mysql://bank")


def test_a_draft_holds_what_the_models_have_more(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "MIGRATIONS", tmp_path / "migrations")
    shutil.copytree(Path(migrate.__file__).parent / "migrations", tmp_path / "migrations")
    migrate.upgrade(url)
    _execute(url, "drop index ix_loans_customer_id")
    drafted = migrate.draft(url, "Find the loans of a customer")
    assert drafted.name == "0006_find_the_loans_of_a_customer.py"
    migrate.upgrade(url)
    assert migrate.check(url) == []
    migrate.downgrade(url, "0004")
    assert "ix_loans_customer_id" not in _objects(url)


def _sql(engine: sa.Engine, statement: str) -> list[str]:
    with engine.connect() as connection:
        return list(connection.exec_driver_sql(statement).scalars())
