"""The login of the API.

Belongs here: opening it, and checking the prerequisites of requests. Does not belong here: its
    rights
(`rights.yaml`), and the set-up of logins (`login_setup`).
"""

import psycopg

from finplatform.errors import FinplatformError
from finplatform.security.rights import load_rights
from finplatform.settings import Settings
from finplatform.warehouse import people
from finplatform.warehouse.database import Warehouse, open_warehouse
from finplatform.warehouse.users import ANONYMOUS

_LACKS = """
select not coalesce(bool_and(
    to_regclass(wanted.name) is not null
    and has_schema_privilege(
        %(role)s, to_regnamespace(split_part(wanted.name, '.', 1)), 'usage'
    )
    and has_table_privilege(%(role)s, to_regclass(wanted.name), wanted.privilege)
), false)
from unnest(%(names)s::text[], %(privileges)s::text[]) as wanted (name, privilege)
"""


class ApiLoginUnavailableError(FinplatformError):
    """There is no login for the API, and it cannot be created."""


def open_api(settings: Settings) -> Warehouse:
    """The warehouse with the API's login; creates a missing role.

    Raises:
        ApiLoginUnavailableError: If it may not be created.
        FinplatformError: If the database does not respond.
    """
    try:
        return people.ensure_api(open_warehouse(settings), settings.keys)
    except psycopg.errors.InsufficientPrivilege:
        raise ApiLoginUnavailableError(
            "This database login may not make the role of the API.",
            "Give it CREATEROLE; docs/access.md has what it needs.",
        ) from None


def is_ready(settings: Settings) -> bool:
    """Whether the tables of logins exist, the API may use them, and the anonymous role exists.

    Raises:
        FinplatformError: If the database does not respond, or there is no login for the API.
    """
    wanted = [
        (name, privilege)
        for name, privileges in load_rights().api_tables.items()
        for privilege in privileges
    ]
    api = open_api(settings).location.username
    names, privileges = [name for name, _ in wanted], [privilege for _, privilege in wanted]
    with open_warehouse(settings).connect() as connection:
        # As the owner: the API's login may not look up tables in a closed schema.
        row = connection.execute(
            _LACKS, {"role": api, "names": names, "privileges": privileges}
        ).fetchone()
        if row is None or row[0]:
            return False
        if settings.api_anonymous_role is None:
            return True
        found = {person.name: person.role for person in people.people(connection)}
    return found.get(ANONYMOUS) == settings.api_anonymous_role
