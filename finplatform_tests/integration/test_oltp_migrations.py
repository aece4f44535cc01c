"""The operational schema on a real database: what a migration leaves, refuses and journals."""

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from finplatform.errors import FinplatformError
from finplatform.oltp import migrate
from finplatform.oltp.codes import ENTITY_TABLES
from finplatform.oltp.models import Base

SAMPLES = json.loads(
    (Path(__file__).parents[1] / "unit" / "oltp" / "samples.json").read_text(encoding="utf-8")
)
TABLES = [table.name for table in Base.metadata.sorted_tables]

# One row a rule, beside those that the models' value lists, keys and not-null columns give.
BROKEN = {
    "ck_products_fees_not_negative": ("products", "fees", -0.01),
    "ck_merchants_commission_is_a_share": ("merchants", "commission_rate", 1.000001),
    "ck_customers_credit_score_in_range": ("customers", "credit_score", 299),
    "ck_customers_income_not_negative": ("customers", "annual_income", -1),
    "ck_customers_born_before_joining": ("customers", "date_of_birth", "2016-07-01"),
    "ck_accounts_limit_not_negative": ("accounts", "credit_limit", -1),
    "ck_accounts_closes_after_opening": ("accounts", "closing_date", "2016-06-30"),
    "ck_transactions_amount_not_negative": ("transactions", "amount", -0.01),
    "ck_transactions_fees_not_negative": ("transactions", "fees", -0.01),
    "ck_transactions_exchange_rate_positive": ("transactions", "exchange_rate", 0),
    "ck_loans_principal_positive": ("loans", "principal_amount", 0),
    "ck_loans_outstanding_not_negative": ("loans", "outstanding_principal", -0.01),
    "ck_loans_term_positive": ("loans", "term_months", 0),
    "ck_loan_payments_scheduled_not_negative": ("loan_payments", "scheduled_amount", -1),
    "ck_loan_payments_paid_not_negative": ("loan_payments", "paid_amount", -1),
    "ck_risk_assessments_probability_is_a_share": ("risk_assessments", "probability_default", 1.5),
    "ck_market_data_low_below_high": ("market_data", "low_price", 11.000001),
    "ck_change_journal_op_is_known": ("change_journal", "op", "x"),
}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bank.db'}"
    return str(request.getfixturevalue("postgres_url"))


@contextmanager
def _connected(url: str) -> Iterator[sa.Connection]:
    """Names without a schema and foreign keys that hold, on both databases."""
    engine = migrate._engine(url)
    with engine.begin() as connection:
        on_sqlite = engine.dialect.name == "sqlite"
        connection.exec_driver_sql(
            "pragma foreign_keys = on" if on_sqlite else "set search_path to oltp"
        )
        yield connection


def _run(connection: sa.Connection, statement: str, *values: Any) -> sa.CursorResult[Any]:
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    return connection.exec_driver_sql(statement.replace("?", mark), values)


def _insert(connection: sa.Connection, table: str, row: dict[str, Any]) -> None:
    marks = ", ".join("?" * len(row))
    _run(
        connection,
        f"insert into {table} ({', '.join(row)}) values ({marks})",
        *row.values(),
    )


def _fill(connection: sa.Connection, tables: list[str] | tuple[str, ...] = tuple(TABLES)) -> None:
    for table in tables:
        _insert(connection, table, SAMPLES[table])


def _refusal(connection: sa.Connection, statement: str, *values: Any) -> str:
    """What the database says against a statement; it must say something."""
    with pytest.raises(sa.exc.IntegrityError) as refused, connection.begin_nested():
        _run(connection, statement, *values)
    return str(refused.value.orig)


def test_migrations_go_up_and_down_and_leave_nothing(url: str) -> None:
    for _ in range(2):
        for revision in ("0001", "0002", "0003", "0004", "0005"):
            migrate.upgrade(url, revision)
            assert migrate.current(url) == revision
        assert migrate.check(url) == []
        with _connected(url) as connection:
            _fill(connection)
        migrate.downgrade(url, "0002")
        migrate.downgrade(url, "-1")
        assert migrate.current(url) == "0001"
        migrate.downgrade(url, "base")
        assert migrate.current(url) is None
        inspector = sa.inspect(migrate._engine(url))
        assert "oltp" not in inspector.get_schema_names()
        assert inspector.get_table_names() == []


def test_names_follow_the_naming_rule(url: str) -> None:
    migrate.upgrade(url)
    engine = migrate._engine(url)
    inspector, schema = sa.inspect(engine), "oltp" if engine.dialect.name != "sqlite" else None
    for table in migrate.target_metadata(engine.dialect.name).sorted_tables:
        name = table.name
        found = {
            inspector.get_pk_constraint(name, schema=schema)["name"],
            *(found["name"] for found in inspector.get_foreign_keys(name, schema=schema)),
            *(found["name"] for found in inspector.get_unique_constraints(name, schema=schema)),
            *(found["name"] for found in inspector.get_check_constraints(name, schema=schema)),
            *(
                found["name"]
                for found in inspector.get_indexes(name, schema=schema)
                if "duplicates_constraint" not in found
            ),
        }
        wanted = {str(constraint.name) for constraint in table.constraints}
        wanted |= {str(index.name) for index in table.indexes}
        # SQLite names no key that it numbers by itself.
        unnamed = {"pk_change_journal", "pk_outbox"} if None in found else set()
        assert found - {None} == wanted - unnamed


def test_sample_rows_are_accepted_and_each_rule_refuses_a_broken_one(url: str) -> None:
    migrate.upgrade(url)
    with _connected(url) as connection:
        _fill(connection)
        tried = set()
        for rule, (table, column, value) in _broken_rows().items():
            tried.add(rule)
            assert rule in _refusal(connection, f"update {table} set {column} = ?", value)
        for model in Base.metadata.sorted_tables:
            checks = {str(c.name) for c in model.constraints if isinstance(c, sa.CheckConstraint)}
            assert checks <= tried
            _refuses_missing_values_and_strangers(connection, model)
            _refuses_doubles(connection, model)


def _broken_rows() -> dict[str, tuple[str, str, Any]]:
    lists = {
        str(c.name): (model.name, str(c.name).split(f"ck_{model.name}_")[1][: -len("_is_known")])
        for model in Base.metadata.sorted_tables
        for c in model.constraints
        if isinstance(c, sa.CheckConstraint) and str(c.name).endswith("_is_known")
    }
    return {name: (*place, "x") for name, place in lists.items()} | BROKEN


def _refuses_missing_values_and_strangers(connection: sa.Connection, model: sa.Table) -> None:
    for column in model.columns:
        if not column.nullable and not column.primary_key:
            said = _refusal(connection, f"update {model.name} set {column.name} = null")
            assert column.name in said
        for key in column.foreign_keys:
            said = _refusal(connection, f"update {model.name} set {column.name} = 'nobody'")
            assert str(key.constraint.name) in said or "FOREIGN KEY" in said  # type: ignore[union-attr]


def _refuses_doubles(connection: sa.Connection, model: sa.Table) -> None:
    """Rows that share with the sample one key after the other, and that key only."""
    sample = SAMPLES[model.name]
    rules = [c for c in model.constraints if isinstance(c, sa.PrimaryKeyConstraint)]
    rules += [c for c in model.constraints if isinstance(c, sa.UniqueConstraint)]  # type: ignore[misc]
    last = {rule.name: list(rule.columns)[-1].name for rule in rules}
    marks = ", ".join("?" * len(sample))
    for rule in rules:
        changed = {column for name, column in last.items() if name != rule.name}
        twin = sample | {column: _other(sample[column]) for column in changed}
        insert = f"insert into {model.name} ({', '.join(twin)}) values ({marks})"
        said = _refusal(connection, insert, *twin.values())
        names = [f"{model.name}.{column.name}" for column in rule.columns]
        assert str(rule.name) in said or f"UNIQUE constraint failed: {', '.join(names)}" in said


def _other(value: Any) -> Any:
    return value + 1 if isinstance(value, int) else "2020-01-01"


def test_changes_are_journalled_and_nothing_else_is(url: str) -> None:
    migrate.upgrade(url)
    with _connected(url) as connection:
        _fill(connection, ENTITY_TABLES)
        for statement in (
            "update customers set city = 'Salem'",
            "update customers set city = city, phone = null",
            "update customers set phone = '1'",
            "update merchants set merchant_id = 'ME002'",
            "delete from loans",
        ):
            _run(connection, statement)
        connection.exec_driver_sql("savepoint undone")
        _run(connection, "delete from accounts")
        connection.exec_driver_sql("rollback to savepoint undone")
    with _connected(url) as connection:
        found: Any = _run(
            connection,
            "select table_name, op, entity_id, row_data from change_journal order by journal_id",
        ).all()
    assert [(row[0], row[1], row[2]) for row in found] == [
        *((table, "c", next(iter(SAMPLES[table].values()))) for table in ENTITY_TABLES),
        ("customers", "u", "CU001"),
        ("customers", "u", "CU001"),
        ("merchants", "d", "ME001"),
        ("merchants", "c", "ME002"),
        ("loans", "d", "LO001"),
    ]
    data = [row if isinstance(row, dict) else json.loads(row) for *_, row in found]
    assert data[: len(ENTITY_TABLES)] == [SAMPLES[table] for table in ENTITY_TABLES]
    assert data[-5] == SAMPLES["customers"] | {"city": "Salem"}
    assert data[-1] == SAMPLES["loans"]


def test_entities_from_before_the_journal_are_journalled_as_read(url: str) -> None:
    migrate.upgrade(url, "0002")
    with _connected(url) as connection:
        _fill(connection, ENTITY_TABLES)
    migrate.upgrade(url)
    with _connected(url) as connection:
        found = _run(connection, "select table_name, op from change_journal order by journal_id")
        assert [tuple(row) for row in found] == [(table, "r") for table in ENTITY_TABLES]


@pytest.mark.integration
def test_the_database_is_what_the_models_would_create(postgres_url: str) -> None:
    """Stricter than `check`, which compares rules by name only."""
    migrate.upgrade(postgres_url)
    modelled = migrate._engine(postgres_url).execution_options(
        schema_translate_map={"oltp": "modelled"}
    )
    with modelled.begin() as connection:
        connection.exec_driver_sql("create schema modelled")
        Base.metadata.create_all(connection)
        found = {schema: _described(connection, schema) for schema in ("oltp", "modelled")}
    reader_only = {line for line in found["oltp"] if "xid" in line}
    versions = {line for line in found["oltp"] if "alembic_version" in line}
    assert len(reader_only) == 2
    assert found["oltp"] - reader_only - versions == found["modelled"]


def _described(connection: sa.Connection, schema: str) -> set[str]:
    lines: Iterable[str] = connection.exec_driver_sql(
        f"""
        select concat_ws(' ', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
        from pg_constraint c where c.connamespace = '{schema}'::regnamespace and c.contype <> 'n'
        union all
        select indexdef from pg_indexes where schemaname = '{schema}'
        union all
        select concat_ws(' ', a.attrelid::regclass, a.attname, a.attnotnull,
                         format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid))
        from pg_attribute a
        join pg_class t on t.oid = a.attrelid and t.relkind = 'r'
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where t.relnamespace = '{schema}'::regnamespace and a.attnum > 0 and not a.attisdropped
        """
    ).scalars()
    return {line.replace(f"{schema}.", "") for line in lines}


@pytest.mark.integration
def test_check_tells_a_disabled_trigger(postgres_url: str) -> None:
    migrate.upgrade(postgres_url)
    with _connected(postgres_url) as connection:
        connection.exec_driver_sql("alter table loans disable trigger journal_update")
    (difference,) = migrate.check(postgres_url)
    assert difference == "journal trigger loans.journal_update is missing or disabled"


@pytest.mark.integration
def test_upgrades_at_the_same_time_wait_for_each_other(postgres_url: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(migrate.upgrade, [postgres_url] * 3))
    assert migrate.check(postgres_url) == []


@pytest.mark.integration
def test_what_is_not_ours_in_the_schema_stops_the_last_downgrade(postgres_url: str) -> None:
    migrate.upgrade(postgres_url)
    with _connected(postgres_url) as connection:
        connection.exec_driver_sql("create table notes (note text)")
    with pytest.raises(FinplatformError, match=r"did not make: table oltp\.notes"):
        migrate.downgrade(postgres_url, "base")
    assert migrate.check(postgres_url) == ["remove table: oltp.notes"]


@pytest.mark.integration
def test_the_search_path_of_a_role_does_not_matter(postgres_url: str) -> None:
    migrate.upgrade(postgres_url)
    with _connected(postgres_url) as connection:
        database: str = connection.exec_driver_sql("select current_database()").scalar_one()
        connection.exec_driver_sql(f'alter database "{database}" set search_path to oltp')
    assert migrate.check(postgres_url) == []
