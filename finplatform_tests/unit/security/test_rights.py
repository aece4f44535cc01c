"""The declared rights are whole, and answer for a role what the file says."""

import pytest
import yaml
from pydantic import ValidationError

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.treatment import stored_columns
from finplatform.security.rights import PEOPLE, RIGHTS_FILE, Rights, Role, load_rights


def changed(**parts: object) -> dict[str, object]:
    return {**yaml.safe_load(RIGHTS_FILE.read_text(encoding="utf-8")), **parts}


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"tables": {"gold.x": {"subject": "nothing"}}}, "unknown subject nothing"),
        ({"tables": {"gold.x": {"subject": "raw", "marks": {"a": "b"}}}}, "unknown mark b"),
        ({"tables": {"vault.x": {"subject": "raw"}}}, "vault.x is in a closed schema"),
        ({"tables": {"gold.x": {"subject": "raw", "rows": "planet"}}}, "rows"),
        ({"tables": {"gold.x": {"subject": "raw", "reader": "all"}}}, "Extra inputs"),
        ({"endpoints": {"GET /api/health": ["nobody"]}}, "endpoints"),
        ({"endpoints": {"GET /api/health": ["owner"]}}, "names a role that is none of people"),
        ({"endpoints": {"/api/health": ["admin"]}}, "/api/health is no endpoint"),
        ({"roles": {}}, "roles are admin"),
    ],
)
def test_a_file_that_names_what_does_not_exist_is_refused(
    parts: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        Rights.model_validate(changed(**parts))


def test_every_stored_column_that_the_contracts_mark_as_identifying_has_a_mark() -> None:
    rights = load_rights()
    for source in SOURCES.values():
        marked = {
            stored.name or name
            for name, identifier in source.identifiers.items()
            for stored in stored_columns(name, source.received.columns[name], identifier)
        }
        if source.sealed:
            marked.add("identity_id")
        assert marked == set(rights.tables[source.stored.name].marks), source.table


def test_no_role_of_people_reads_what_is_not_declared() -> None:
    rights = load_rights()
    for role in PEOPLE:
        assert rights.columns(role, "gold.unknown", ["a"], is_view=False) == ()
        assert not rights.may_call(role, "bi.unknown")
        assert not rights.may_reach(role, "GET /unknown")


def test_a_mark_closes_its_column_of_a_table_and_the_whole_of_a_view() -> None:
    rights = load_rights()
    columns = ("account_id", "description", "counterparty_account_token")
    role = Role.BI_ANALYST
    assert rights.columns(role, "silver.stg_transactions", columns, is_view=False) == columns[:1]
    shown = ("account_id", "description", "counterparty_account")
    assert rights.columns(role, "masked.transactions", shown, is_view=True) == ()
    assert rights.columns(Role.AUDITOR, "masked.transactions", shown, is_view=True) == shown


def test_the_services_read_nothing_about_single_customers() -> None:
    rights = load_rights()
    for name, row in rights.tables.items():
        if row.rows is not None and not name.startswith(("gold.dim_branch", "silver.stg_branches")):
            read = rights.columns(Role.SERVICE, name, ["customer_id", "account_id"], is_view=False)
            assert read == (), name
