"""Names of roles fit the server, tell databases and people apart, and are known again."""

import pytest

from finplatform.warehouse.role_names import (
    FIXED,
    LONGEST_NAME,
    is_of,
    owner_name,
    person_role,
    reader_name,
    role_name,
)

LONG = "b" * 70


@pytest.mark.parametrize("database", ["finplatform", LONG, "ü" * 40])
def test_names_fit_into_the_servers_limit_and_differ(database: str) -> None:
    names = {role_name(database, ending) for ending in FIXED}
    names |= {person_role(database, name) for name in ("ana", "a_p_b")}
    assert len(names) == len(FIXED) + 2
    assert all(len(name.encode()) <= LONGEST_NAME for name in names)
    assert all(is_of(database, name) for name in names)


def test_names_of_ordinary_databases_are_as_documented() -> None:
    assert owner_name("finplatform") == "finplatform_owner"
    assert reader_name("bank") == "bank_reader"
    assert person_role("finplatform", "ana") == "finplatform_p_ana"


def test_roles_of_other_databases_are_not_taken_for_ones_own() -> None:
    for role in ("finplatform", "finplatform_backup", "other_reader", "postgres", "pg_monitor"):
        assert not is_of("finplatform", role)
    assert not is_of("fin", "finplatform_owner")
