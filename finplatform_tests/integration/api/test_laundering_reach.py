"""A planted alert is searched in everything that each role can reach: tables, exports, pages, API.

Every text of every table about laundering holds one word. Roles of compliance find it, which shows
that the search works; no other role finds it anywhere.
"""

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
from psycopg import sql

from finplatform.security.rights import PEOPLE, Role, load_rights
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.people import ensure_api
from finplatform.warehouse.role_names import person_role
from finplatform_tests.integration.api.calls import Operation, call, operations
from finplatform_tests.integration.api.people import Api
from finplatform_tests.integration.bank import BuiltBank
from finplatform_tests.rows import insert

pytestmark = pytest.mark.integration

WORD = "planted-7f3a9c"
DAY = date(2025, 3, 10)
COMPLIANCE = (Role.COMPLIANCE_ANALYST, Role.COMPLIANCE_OFFICER)
OTHERS = tuple(role for role in PEOPLE if role not in COMPLIANCE)
CLOSED_TO_OTHERS = sorted(
    name
    for name, row in load_rights().tables.items()
    if row.subject in ("laundering", "suspicious_activity")
)
CHANGES_THE_BANK = ("/initialize", "/run", "/runs", "/logout", "/steps")

_TEXTS = """
select attname::text from pg_attribute
where attrelid = %s::regclass and attnum > 0 and not attisdropped and atttypid = 'text'::regtype
"""
_ROWS = {
    "compliance.aml_cases": {"status": "OPEN", "due_date": DAY},
    "compliance.aml_case_decisions": {
        "decision": "NO_REPORT", "proposed_by": "anna", "proposed_at": DAY,
    },
    "compliance.suspicious_activity_reports": {"filing_type": "INITIAL", "prior_report_id": None},
    "compliance.aml_rule_changes": {"proposed_by": "anna"},
    "compliance.ctr_exemptions": {"proposed_by": "anna"},
}  # fmt: skip
"""Columns that take no word of ours; others of type text hold it."""


@pytest.fixture(scope="module")
def planted(bank_with_people: BuiltBank) -> Iterator[str]:
    """The customer whom the planted alert is about, in every table of laundering."""
    # A case comes before what refers to it.
    tables = sorted(CLOSED_TO_OTHERS, key=lambda name: name != "compliance.aml_cases")
    with psycopg.connect(bank_with_people.url) as connection:
        found = connection.execute(
            "select customer_id, account_id from gold.dim_account"
            " where is_current and account_key <> -1 and customer_id not in"
            " (select customer_id from compliance.aml_cases) order by 1, 2 limit 1"
        ).fetchone()
        assert found is not None
        keys = {"customer_id": found[0], "account_id": found[1]}
        for table in tables:
            texts = [name for (name,) in connection.execute(_TEXTS, (table,))]
            values = {name: keys.get(name, WORD) for name in texts}
            insert(connection, table, **{**values, **_ROWS.get(table, {})})
    yield str(keys["customer_id"])
    with psycopg.connect(bank_with_people.url) as connection:
        for table in reversed(tables):
            name = sql.Identifier(*table.split("."))
            alter = sql.SQL("alter table {} {} trigger user")
            connection.execute(alter.format(name, sql.SQL("disable")))
            connection.execute(
                sql.SQL("delete from {} as planted where planted::text like {}").format(
                    name, sql.Literal(f"%{WORD}%")
                )
            )
            connection.execute(alter.format(name, sql.SQL("enable")))


def tables_with_the_word(bank: BuiltBank, role: Role) -> set[str]:
    """Tables, views and columns of them that a role may read and that hold the word."""
    readable = """
        select n.nspname || '.' || c.relname, array_agg(a.attname::text order by a.attnum)
        from pg_class as c
        inner join pg_namespace as n on n.oid = c.relnamespace
        inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relkind in ('r', 'p', 'v', 'm', 'f')
            and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
            and has_schema_privilege(n.oid, 'usage')
            and has_column_privilege(c.oid, a.attnum, 'select')
        group by 1
    """
    found = set()
    # The login that acts as people, as requests do.
    api = ensure_api(open_warehouse(bank.settings), bank.settings.keys)
    with api.connect() as connection:
        connection.autocommit = True
        me = sql.Identifier(person_role(connection.info.dbname, role))
        connection.execute(sql.SQL("set role {}").format(me))
        relations = connection.execute(readable).fetchall()
        assert len(relations) > 20
        for name, columns in relations:
            query = sql.SQL(
                "select exists (select from (select {} from {}) as r where r::text like {})"
            ).format(
                sql.SQL(", ").join(map(sql.Identifier, columns)),
                sql.Identifier(*name.split(".", 1)),
                sql.Literal(f"%{WORD}%"),
            )
            if connection.execute(query).fetchone() == (True,):
                found.add(name)
    return found


@pytest.mark.parametrize("role", OTHERS)
@pytest.mark.usefixtures("planted")
def test_no_table_or_view_that_another_role_reads_holds_it(
    bank_with_people: BuiltBank, role: Role
) -> None:
    assert tables_with_the_word(bank_with_people, role) == set()


@pytest.mark.usefixtures("planted")
def test_compliance_finds_it_in_every_table_of_its_own(bank_with_people: BuiltBank) -> None:
    officer = tables_with_the_word(bank_with_people, Role.COMPLIANCE_OFFICER)
    analyst = tables_with_the_word(bank_with_people, Role.COMPLIANCE_ANALYST)
    assert officer == set(CLOSED_TO_OTHERS)
    assert analyst == officer - {"compliance.suspicious_activity_reports"}


@pytest.mark.parametrize("role", OTHERS)
def test_no_operation_answers_another_role_with_it(api: Api, planted: str, role: Role) -> None:
    described = list(operations(api.app.openapi()))
    assert described
    for operation in described:
        if not operation.path.endswith(CHANGES_THE_BANK):
            for value in (WORD, planted):
                _is_silent(api, operation, role, value)


@pytest.mark.parametrize("role", OTHERS)
@pytest.mark.usefixtures("planted")
def test_no_export_gives_another_role_the_tables(api: Api, role: Role) -> None:
    for table in CLOSED_TO_OTHERS:
        answer = api.get(f"/api/v1/exports/{table}", role)
        assert answer.status_code in (403, 404, 422), (table, answer.status_code)
        assert WORD not in answer.text


@pytest.mark.parametrize("role", OTHERS)
@pytest.mark.usefixtures("planted")
def test_no_page_shows_another_role_it(api: Api, role: Role) -> None:
    folder = api.settings.reports
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert files
    for path in ("/", "/live", "/docs", "/reports/", *(f"/reports/{name}" for name in files)):
        assert WORD.encode() not in api.get(path, role).content, path


def test_compliance_finds_it_by_the_operations_of_its_own(api: Api, planted: str) -> None:
    for role in COMPLIANCE:
        alerts = api.get(f"/api/v1/laundering/alerts?customer_id={planted}&limit=1000", role)
        assert WORD in alerts.text
        assert WORD in api.get(f"/api/v1/laundering/cases/{WORD}", role).text


def _is_silent(api: Api, operation: Operation, role: Role, value: str) -> None:
    """Calls an operation with a value in each of its parameters of text, and searches the answer.

    An answer that names what it was asked for says no more than the question did.
    """
    names = [one.name for one in operation.parameters if one.is_text and one.name != "table"]
    answer = call(api, operation, api.bearer(role), **dict.fromkeys(names, value))
    if "/laundering" in operation.path:
        assert answer.status_code == 403, operation.endpoint
    if value != WORD or answer.status_code < 400:
        assert WORD not in answer.text, (operation.endpoint, answer.text[:300])
