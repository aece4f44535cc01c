"""The login of the API.

Belongs here: finding it in the configured database, and saying whether all is there that requests
need. What it may do is declared in `rights.yaml`; making the rest is `login_setup`.
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
    """There is no login for the API, and none can be made."""


def open_api(settings: Settings) -> Warehouse:
    """The warehouse as the API's login sees it, with the role made if need be.

    Raises:
        ApiLoginUnavailableError: If it may not be made.
        FinplatformError: If the database does not answer.
    """
    try:
        return people.ensure_api(open_warehouse(settings), settings.keys)
    except psycopg.errors.InsufficientPrivilege:
        raise ApiLoginUnavailableError(
            "This database login may not make the role of the API.",
            "Give it CREATEROLE; docs/access.md has what it needs.",
        ) from None


def is_ready(settings: Settings) -> bool:
    """Whether the tables of logins are there and the API may use them, and who acts unnamed too.

    Raises:
        FinplatformError: If the database does not answer, or there is no login for the API.
    """
    wanted = [
        (name, privilege)
        for name, privileges in load_rights().api_tables.items()
        for privilege in privileges
    ]
    api = open_api(settings).location.username
    names, privileges = [name for name, _ in wanted], [privilege for _, privilege in wanted]
    with open_warehouse(settings).connect() as connection:
        # By the owner: the API's own login may not even look for tables in a closed schema.
        row = connection.execute(
            _LACKS, {"role": api, "names": names, "privileges": privileges}
        ).fetchone()
        if row is None or row[0]:
            return False
        if settings.api_anonymous_role is None:
            return True
        found = {person.name: person.role for person in people.people(connection)}
    return found.get(ANONYMOUS) == settings.api_anonymous_role
