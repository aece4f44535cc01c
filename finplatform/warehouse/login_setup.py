"""Set-up of logins: their tables, the rights on them, and the anonymous role of a local server.

Does not belong here: people (`people`, `users`).
"""

import psycopg

from finplatform.security.rights import Role
from finplatform.settings import Settings
from finplatform.warehouse import access, bulk, ddl, people
from finplatform.warehouse.api_role import open_api
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.users import ANONYMOUS


def prepare_logins(settings: Settings) -> None:
    """Creates missing tables of logins and roles of requests.

    Raises:
        FinplatformError: If the database does not respond, or the roles may not be created.
    """
    warehouse = open_warehouse(settings)
    with bulk.connect(warehouse.url) as arrow:
        ddl.create_schemas(arrow)
    open_api(settings)
    with warehouse.connect() as connection:
        access.apply_rights(connection)
        if settings.api_anonymous_role is not None:
            _let_anonymous_act(connection, Role(settings.api_anonymous_role))


def _let_anonymous_act(connection: psycopg.Connection, role: Role) -> None:
    """Creates the database role of anonymous requests, with the rights of a role."""
    present = {person.name: person for person in people.people(connection)}
    if ANONYMOUS not in present:
        people.make_person(connection, ANONYMOUS, role)
    elif present[ANONYMOUS].role is not role:
        people.change_person(connection, ANONYMOUS, role=role, all_regions=True)
