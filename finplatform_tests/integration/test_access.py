"""What roles may do in the database is what is declared, by every route to it.

The expected rights are worked out here from `rights.yaml` as a reader of that file would; what the
database does comes from its catalogue, and from statements as people run them.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import polars as pl
import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

from finplatform.cli import access as command
from finplatform.contracts.gold import GOLD
from finplatform.security.rights import PEOPLE, Role, load_rights
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.access import (
    GUARDED,
    AccessUnavailableError,
    apply_rights,
    differences,
    is_superuser,
    lacking,
    settle,
)
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.grants import Relation, stored_relations
from finplatform.warehouse.people import (
    Person,
    change_person,
    drop_person,
    ensure_api,
    make_person,
    people,
)
from finplatform.warehouse.role_names import role_name
from finplatform.warehouse.tables import replace_rows
from finplatform.windows import Window
from finplatform_tests.databases import owned_database
from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration

RIGHTS = load_rights()
NO_WRITES = ("insert", "update", "delete", "truncate", "references", "trigger")
CALLS = {
    "bi.datediff": "bi.datediff('2025-01-01'::date, '2025-01-31'::date)",
    "bi.get_daily_transaction_summary": "bi.get_daily_transaction_summary('2025-01-15')",
    "bi.detect_failed_payments": "bi.detect_failed_payments('2025-01-01', '2025-01-31')",
    "bi.identify_sla_breaches": "bi.identify_sla_breaches()",
    "bi.detect_high_risk_transactions": "bi.detect_high_risk_transactions(75.0)",
}
DENIED = "42501"


class Staff:
    """A built bank with a person of every role, and two more who see one region or none."""

    def __init__(self, bank: BuiltBank) -> None:
        self.bank = bank
        self.owner = psycopg.connect(bank.url, autocommit=True)
        self.database = self.owner.info.dbname
        self.regions = [
            region
            for (region,) in self.owner.execute(
                "select branch_region from gold.dim_account where is_current"
                " group by 1 order by count(*) desc, 1"
            )
        ]

    def hire(self) -> None:
        """Makes the people, with their name as password."""
        for role in PEOPLE:
            self.make(f"test_{role}", role)
        self.make("test_regional", Role.AUDITOR, self.regions[:1])
        self.make("test_nowhere", Role.AUDITOR, [])

    def make(self, name: str, role: Role, regions: list[str] | None = None) -> None:
        make_person(self.owner, name, role, regions=regions, password=name)

    def dismiss(self) -> None:
        """Drops them again; others of the bank are of other tests."""
        for person in people(self.owner):
            if person.name.startswith("test_"):
                drop_person(self.owner, person.name)
        self.owner.close()

    def relations(self) -> list[Relation]:
        return stored_relations(self.owner, GUARDED)

    @contextmanager
    def session(self, name: str) -> Iterator[psycopg.Connection]:
        """A login to the database as a BI tool makes it."""
        location = make_url(self.bank.url).set(
            drivername="postgresql",
            username=role_name(self.database, f"p_{name}"),
            password=name,
        )
        url = location.render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection


@pytest.fixture(scope="module")
def staff(built_bank: BuiltBank) -> Iterator[Staff]:
    staff = Staff(built_bank)
    try:
        staff.hire()
        yield staff
    finally:
        staff.dismiss()


def may_read(role: Role, relation: Relation) -> set[str]:
    """Columns that a role is to read, by the file's own words."""
    row = RIGHTS.tables.get(relation.name)
    if row is None:
        return set()
    if role not in RIGHTS.subjects[row.subject].readers:
        return set(row.only.get(role, ()))
    hidden = {
        column for column, mark in row.marks.items() if role not in RIGHTS.marks[mark].readers
    }
    return set() if relation.is_view and hidden else set(relation.columns) - hidden


def state_of(connection: psycopg.Connection, statement: str) -> str:
    """`ok`, or the state with which the server refuses."""
    try:
        if statement.startswith("copy"):
            with connection.cursor().copy(statement.encode()) as rows:
                for _ in rows:
                    pass
        else:
            connection.execute(statement.encode())
    except psycopg.Error as error:
        return error.sqlstate or "lost"
    return "ok"


def test_every_table_and_function_has_a_row_and_the_database_grants_what_it_says(
    staff: Staff,
) -> None:
    assert differences(staff.owner) == []
    assert apply_rights(staff.owner) == []


def test_every_role_has_exactly_the_declared_rights_on_every_column(staff: Staff) -> None:
    held = staff.owner.execute(
        "select p.role, n.nspname || '.' || c.relname, a.attname::text,"
        " has_schema_privilege(p.role_name, n.oid, 'usage')"
        " and has_column_privilege(p.role_name, c.oid, a.attnum, 'select')"
        " from access.people as p, pg_class as c"
        " inner join pg_namespace as n on n.oid = c.relnamespace"
        " inner join pg_attribute as a on a.attrelid = c.oid"
        " where p.person like 'test\\_%%' and n.nspname = any(%s) and a.attnum > 0"
        " and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'f')",
        (list(GUARDED),),
    ).fetchall()
    found = {(role, table, column) for role, table, column, is_readable in held if is_readable}
    expected = {
        (str(role), relation.name, column)
        for role in PEOPLE
        for relation in staff.relations()
        for column in may_read(role, relation)
    }
    assert found == expected
    assert len(held) > 20_000


def test_no_role_may_write_or_change_anything(staff: Staff) -> None:
    writable = staff.owner.execute(
        "select p.person, c.oid::regclass::text, privilege"
        " from access.people as p, pg_class as c, unnest(%s::text[]) as privilege"
        " where c.relnamespace::regnamespace::text = any(%s)"
        " and c.relkind in ('r', 'p', 'v', 'm', 'f')"
        " and has_table_privilege(p.role_name, c.oid, privilege)"
        " union all select p.person, n.nspname::text, 'create' from access.people as p,"
        " pg_namespace as n where has_schema_privilege(p.role_name, n.oid, 'create')"
        " union all select p.person, d.datname::text, 'temp or create'"
        " from access.people as p, pg_database as d where d.datname = current_database()"
        " and has_database_privilege(p.role_name, d.oid, 'temp, create')"
        " union all select p.person, l.lanname::text, 'usage'"
        " from access.people as p, pg_language as l where not l.lanpltrusted is false"
        " and l.lanname <> 'sql' and has_language_privilege(p.role_name, l.oid, 'usage')",
        (list(NO_WRITES), list(GUARDED)),
    ).fetchall()
    assert writable == []


@pytest.mark.parametrize("role", PEOPLE)
def test_statements_do_what_is_declared_on_every_table_and_view(staff: Staff, role: Role) -> None:
    with staff.session(f"test_{role}") as session:
        for relation in staff.relations():
            readable = may_read(role, relation)
            chosen = ", ".join(c for c in relation.columns if c in readable) or "*"
            expected = "ok" if readable else DENIED
            text = f"select {chosen} from {relation.name} limit 0"
            for route in (text, f"explain {text}", f"copy ({text}) to stdout"):
                assert state_of(session, route) == expected, (role, route)
            for column in set(relation.columns) - readable:
                text = f"select {column} from {relation.name} limit 0"
                assert state_of(session, text) == DENIED, (role, text)


@pytest.mark.parametrize("role", PEOPLE)
def test_functions_answer_those_who_may_call_them(staff: Staff, role: Role) -> None:
    assert set(CALLS) == set(RIGHTS.functions)
    with staff.session(f"test_{role}") as session:
        for name, call in CALLS.items():
            readers = RIGHTS.subjects[RIGHTS.functions[name].subject].readers
            expected = "ok" if role in readers else DENIED
            assert state_of(session, f"select * from {call}") == expected, name


ACCOUNTS = "(select account_id from gold.dim_account where branch_region = any(%(regions)s))"
CUSTOMERS = "(select customer_id from gold.dim_account where branch_region = any(%(regions)s))"
EXPECTED_ROWS = {
    "branch_key": "branch_key in (select branch_key from gold.dim_branch"
    " where branch_region = any(%(regions)s))",
    "branch_id": "branch_id in (select branch_id from gold.dim_branch"
    " where branch_region = any(%(regions)s))",
    "branch_region": "branch_region = any(%(regions)s)",
    "account_id": f"account_id in {ACCOUNTS}",
    "customer_id": f"customer_id in {CUSTOMERS}",
    "exposure_id": "exposure_id in (select exposure_id from gold.credit_exposures"
    f" where customer_id in {CUSTOMERS})",
    "all_regions": "false",
}


def test_a_person_with_a_region_sees_its_rows_of_every_table_and_no_others(staff: Staff) -> None:
    with staff.session("test_regional") as some, staff.session("test_auditor") as every:
        limited = 0
        for relation in staff.relations():
            row = RIGHTS.tables.get(relation.name)
            if row is None or row.rows is None or not may_read(Role.AUDITOR, relation):
                continue
            count = f"select count(*) from {relation.name}"
            condition = f"{count} where {EXPECTED_ROWS[row.rows]}"
            expected = staff.owner.execute(
                condition.encode(), {"regions": staff.regions[:1]}
            ).fetchone()
            everything = staff.owner.execute(count.encode()).fetchone()
            assert some.execute(count.encode()).fetchone() == expected, relation.name
            assert every.execute(count.encode()).fetchone() == everything, relation.name
            limited += expected != everything
    assert limited > 20


def test_every_table_that_names_a_customer_or_branch_is_filtered(staff: Staff) -> None:
    keys = {"branch_key", "branch_id", "branch_region", "account_id", "customer_id", "exposure_id",
            "loan_id", "transaction_id"}  # fmt: skip
    for relation in staff.relations():
        row = RIGHTS.tables.get(relation.name)
        if row is not None and not relation.is_view and keys & set(relation.columns):
            assert row.rows is not None, relation.name


def test_every_column_that_is_named_as_masked_or_a_token_has_a_mark(staff: Staff) -> None:
    for relation in staff.relations():
        row = RIGHTS.tables.get(relation.name)
        for column in relation.columns if row else ():
            if column.endswith(("_masked", "_token")) or column == "identity_id":
                assert row is not None
                assert column in row.marks, (relation.name, column)


ROUTES = (
    "select distinct account_id from gold.fact_transactions",
    "select distinct account_id from bi.transactions",
    "select account_id from gold.fact_account_daily_snapshot",
    "select account_id from masked.accounts",
    "select t.account_id from gold.dim_branch as b right join bi.transactions as t"
    " on b.branch_key = t.branch_key",
    "table bi.balances",
    "select account_id from gold.fact_transactions where account_id::text like '%'",
)


@pytest.mark.parametrize("route", ROUTES)
def test_no_route_leads_around_the_row_filter(staff: Staff, route: str) -> None:
    regions = {"regions": staff.regions[:1]}
    own = {a for (a,) in staff.owner.execute(f"select account_id from {ACCOUNTS}", regions)}
    others = {a for (a,) in staff.owner.execute("select account_id from gold.dim_account")} - own
    with staff.session("test_regional") as session:
        text = repr(session.execute(route.encode()).fetchall())
        with session.cursor().copy(f"copy ({route}) to stdout".encode()) as rows:
            copied = b"".join(bytes(part) for part in rows).decode()
        plan = repr(session.execute(f"explain (analyze, verbose) {route}".encode()).fetchall())
    assert any(f"'{account}'" in text for account in own)
    for shown in (text, copied.replace("\t", "'").replace("\n", "'"), plan):
        assert not [account for account in others if f"'{account}'" in shown]


def test_functions_and_errors_show_no_row_of_another_region(staff: Staff) -> None:
    with staff.session("test_regional") as some, staff.session("test_nowhere") as none:
        for call in CALLS.values():
            if "datediff" not in call:
                counted = f"select count(*) from {call}"
                seen, everything = (
                    session.execute(counted.encode()).fetchone() for session in (some, staff.owner)
                )
                assert seen is not None
                assert everything is not None
                assert seen[0] <= everything[0]
        # A cast that fails quotes the value: it is never made of a row that is filtered away.
        cast = "select count(*) from gold.dim_account where (account_id || 'x')::int > 0"
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            some.execute(cast)
        assert none.execute(cast).fetchone() == (0,)
        statistics = "select count(*) from pg_stats where tablename = 'dim_account'"
        assert some.execute(statistics).fetchone() == (0,)


@pytest.mark.parametrize(
    "way",
    [
        "set role {group}", "set role {all_regions}", "set role {owner}", "reset role",
        "set session authorization default", "reset session authorization", "reset all",
        "set row_security = off", "set row_security = on", "discard all",
        "set default_transaction_read_only = off", "set statement_timeout = 0",
        "set search_path = access, gold", "set local role {owner}",
        "set \"access.regions\" = 'all'", "select set_config('role', '{owner}', false)",
        "select access.branch_keys('{auditor}')", "select * from access.people",
        "update access.people set regions = null", "alter role current_user set role = '{owner}'",
        "grant {all_regions} to current_user", "alter table gold.dim_account disable row level"
        " security", "drop policy some_regions on gold.dim_account",
        "create function pg_temp.f() returns bigint language sql security definer as"
        " 'select count(*) from gold.dim_account'", "create temporary view v as"
        " select * from gold.dim_account", "create schema mine",
    ],
)  # fmt: skip
def test_nothing_that_a_session_does_widens_what_it_sees(staff: Staff, way: str) -> None:
    names = {
        "group": role_name(staff.database, "auditor"),
        "all_regions": role_name(staff.database, "all_regions"),
        "owner": staff.owner.execute("select current_user").fetchone(),
        "auditor": role_name(staff.database, "p_test_auditor"),
    }
    names["owner"] = names["owner"][0] if names["owner"] else ""
    count = "select count(*) from gold.dim_account"
    with staff.session("test_regional") as session:
        before = session.execute(count).fetchone()
        state_of(session, way.format_map(names))
        try:
            after = session.execute(count.encode()).fetchone()
        except psycopg.errors.InsufficientPrivilege:
            after = before
        assert after == before
    assert differences(staff.owner) == []


def test_no_one_learns_the_regions_of_a_person(staff: Staff) -> None:
    person = role_name(staff.database, "p_test_regional")
    with staff.session("test_regional") as session:
        for function in ("regions", "branch_keys", "branch_ids", "account_ids", "customer_ids"):
            assert state_of(session, f"select access.{function}('{person}')") == DENIED
        assert state_of(session, "select * from access.people") == DENIED


def test_the_api_acts_as_a_person_and_is_nothing_by_itself(staff: Staff) -> None:
    warehouse = Warehouse(make_url(staff.bank.url))
    api = ensure_api(warehouse, staff.bank.settings.keys)
    count = "select count(*) from gold.dim_account"
    with staff.session("test_regional") as session:
        expected = session.execute(count).fetchone()
    with api.connect() as connection:
        connection.autocommit = True
        assert state_of(connection, count) == DENIED
        regional = role_name(staff.database, "p_test_regional")
        connection.execute(f'set role "{regional}"'.encode())
        assert connection.execute(count).fetchone() == expected
        for group in ("auditor", "all_regions", "owner"):
            other = role_name(staff.database, group)
            if group != "owner":
                assert state_of(connection, f'set role "{other}"') == DENIED
    apply_rights(staff.owner)
    assert differences(staff.owner) == []


def test_a_person_has_the_settings_of_the_role_and_changes_with_it(staff: Staff) -> None:
    staff.make("test_passing", Role.SERVICE)
    shown = "select current_setting('statement_timeout'), current_setting('search_path')"
    with staff.session("test_passing") as session:
        assert session.execute(shown).fetchone() == ("30s", "masked, gold, bi")
        assert state_of(session, "select * from gold.dim_account") == DENIED
    change_person(staff.owner, "test_passing", role=Role.BI_ANALYST, regions=staff.regions[:1])
    with staff.session("test_passing") as session:
        assert session.execute(shown).fetchone() == ("2min", "masked, gold, bi")
        assert state_of(session, "select * from silver.stg_accounts") == DENIED
        assert state_of(session, "select account_id from silver.stg_accounts") == "ok"
        assert state_of(session, "select * from bi.accounts") == "ok"
    found = [person for person in people(staff.owner) if person.name == "test_passing"]
    assert found == [Person("test_passing", Role.BI_ANALYST, tuple(staff.regions[:1]))]
    drop_person(staff.owner, "test_passing")
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        staff.session("test_passing").__enter__()


def test_what_is_granted_beside_the_declaration_is_named_and_taken_away(
    staff: Staff, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "get_settings", lambda: staff.bank.settings)
    service = role_name(staff.database, "service")
    staff.owner.execute(f'grant select on gold.dim_customer to "{service}"'.encode())
    staff.owner.execute("grant insert on gold.dim_customer to public")
    staff.owner.execute("alter table gold.dim_customer no force row level security")
    staff.owner.execute("create view bi.older as select 1 as one")
    try:
        found = {(difference.kind, difference.what) for difference in differences(staff.owner)}
        assert ("surplus", f"select on table gold.dim_customer to {service}") in found
        assert ("surplus", "insert on table gold.dim_customer to public") in found
        assert ("undeclared", "table bi.older") in found
        assert ("unsafe", "view bi.older runs with the rights of its owner") in found
        assert ("missing", "row policies of gold.dim_customer") in found
        with pytest.raises(SystemExit) as ended:
            command.review(as_json=True)
        assert ended.value.code == 1
        printed = json.loads(capsys.readouterr().out)
        assert {(difference["kind"], difference["what"]) for difference in printed} == found
    finally:
        staff.owner.execute("drop view bi.older")
        command.apply(as_json=True)
    assert f'from "{service}"' in capsys.readouterr().out.replace("\\", "")
    command.review(as_json=False)
    assert "nothing else" in capsys.readouterr().out


def test_a_view_of_the_owner_shows_a_person_no_rows(staff: Staff) -> None:
    auditor = role_name(staff.database, "auditor")
    staff.owner.execute("create view bi.forgotten as select * from gold.dim_account")
    try:
        staff.owner.execute(f'grant select on bi.forgotten to "{auditor}"'.encode())
        with staff.session("test_auditor") as session:
            assert session.execute("select count(*) from bi.forgotten").fetchone() == (0,)
        seen = staff.owner.execute("select count(*) > 0 from bi.forgotten").fetchone()
        assert seen == (True,)
    finally:
        staff.owner.execute("drop view bi.forgotten")


def test_rows_that_python_makes_are_stored_under_policies_too(postgres_url: str) -> None:
    contract, day = GOLD["pd_scores"], date(2025, 1, 31)
    for version, exposures in (("pd-1", ["a", "b"]), ("pd-2", ["b", "c", "d"])):
        frame = pl.DataFrame(
            {
                "exposure_id": exposures,
                "observation_date": day,
                "probability_default": 0.5,
                "score": 600,
                "model_version": version,
            }
        )
        replace_rows(postgres_url, contract, frame, Window.day(day))
        settle(Warehouse(make_url(postgres_url)))
        with psycopg.connect(postgres_url) as connection:
            stored = connection.execute(
                "select exposure_id, model_version from gold.pd_scores order by 1"
            ).fetchall()
        assert stored == [(exposure, version) for exposure in exposures]


def test_a_login_of_another_server_that_makes_roles_needs_nothing_else(
    postgres_server: URL,
) -> None:
    with owned_database(postgres_server, "createrole") as warehouse:
        with bulk.connect(warehouse.url) as connection:
            ddl.create_schemas(connection)
        with warehouse.connect() as connection:
            connection.autocommit = True
            assert not is_superuser(connection)
            connection.execute("create table gold.dim_date (date_key int)")
            connection.execute("create table gold.fact_balances (branch_key bigint)")
            apply_rights(connection)
            assert differences(connection) == []
            assert [need for need, _ in lacking(connection) if need != "CREATEDB"] == []
            own = make_person(connection, "one", Role.SERVICE)
            connection.execute(f'grant "{own}" to current_user with set true'.encode())
            connection.execute(f'set role "{own}"'.encode())
            assert state_of(connection, "select * from gold.dim_date") == "ok"
            assert state_of(connection, "select * from gold.fact_balances") == DENIED
            connection.execute("reset role")
            drop_person(connection, "one")


def test_a_login_that_may_not_make_roles_works_and_is_told_what_it_lacks(
    postgres_server: URL,
) -> None:
    with owned_database(postgres_server, "") as warehouse:
        settle(warehouse)
        with warehouse.connect() as connection:
            assert "CREATEROLE" in dict(lacking(connection))
            with pytest.raises(AccessUnavailableError, match="may not make roles"):
                apply_rights(connection)


def test_a_table_that_is_made_anew_is_closed_until_its_rights_are_applied(
    postgres_url: str,
) -> None:
    warehouse = Warehouse(make_url(postgres_url))
    with warehouse.connect() as connection:
        connection.execute("create schema gold")
        connection.execute("create table gold.dim_account (account_id text, branch_region text)")
        connection.execute("insert into gold.dim_account values ('a', 'North'), ('b', 'South')")
    settle(warehouse)
    with warehouse.connect() as connection:
        connection.autocommit = True
        own = make_person(connection, "one", Role.AUDITOR, regions=["South"])
        connection.execute(f'grant "{own}" to current_user with set true'.encode())
        seen = "select account_id from gold.dim_account"
        connection.execute(f'set role "{own}"'.encode())
        assert connection.execute(seen).fetchall() == [("b",)]
        connection.execute("reset role")
        connection.execute("alter table gold.dim_account rename to older")
        connection.execute("create table gold.dim_account as table gold.older")
        connection.execute("drop table gold.older")
        connection.execute(f'set role "{own}"'.encode())
        assert state_of(connection, seen) == DENIED
        connection.execute("reset role")
        settle(warehouse)
        connection.execute(f'set role "{own}"'.encode())
        assert connection.execute(seen).fetchall() == [("b",)]
