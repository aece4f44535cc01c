"""The API's login is ready when it may use the tables of logins, and not before."""

from pathlib import Path

import psycopg
import pytest

from finplatform.settings import PersonsRole, Settings
from finplatform.warehouse.api_role import is_ready
from finplatform.warehouse.audit_log import trail
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.login_setup import prepare_logins
from finplatform.warehouse.role_names import API, role_name

pytestmark = pytest.mark.integration


def test_a_database_without_schemas_is_not_ready(tmp_path: Path, postgres_url: str) -> None:
    assert not is_ready(Settings(home=tmp_path, database_url=postgres_url))


@pytest.mark.parametrize("role", [None, "auditor"])
def test_a_warehouse_is_ready_once_logins_are_prepared(
    tmp_path: Path, postgres_url: str, role: PersonsRole | None
) -> None:
    own = Settings(home=tmp_path, database_url=postgres_url, api_anonymous_role=role)
    with trail(open_warehouse(own)):
        assert not is_ready(own)
    prepare_logins(own)
    assert is_ready(own)
    with psycopg.connect(postgres_url) as connection:
        api = role_name(connection.info.dbname, API)
        connection.execute(f'revoke select on vault.sessions from "{api}"'.encode())
    assert not is_ready(own)
