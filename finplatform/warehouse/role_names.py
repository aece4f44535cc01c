"""Names of a database's roles.

Roles are global in a server, so each name contains the database's name, truncated so that it stays
unique. Does not belong here: rights of the roles.
"""

from finplatform.security.rights import PEOPLE, Role

LONGEST_NAME = 63
"""Longest name in bytes; the server truncates longer ones."""

READER = "reader"
API = "api"
ALL_REGIONS = "all_regions"
SOME_REGIONS = "some_regions"

_PERSON = "p_"

FIXED = (Role.OWNER, Role.LOADER, READER, API, ALL_REGIONS, SOME_REGIONS, *PEOPLE)
"""Endings of the service roles of every database."""


def role_name(database: str, ending: str) -> str:
    """Name of a database's role: `<database>_<ending>`."""
    ending = f"_{ending}"
    kept = database.encode()[: LONGEST_NAME - len(ending.encode())].decode(errors="ignore")
    return f"{kept}{ending}"


def owner_name(database: str) -> str:
    """Role that owns every object of the platform, without LOGIN."""
    return role_name(database, Role.OWNER)


def loader_name(database: str) -> str:
    """Login of the platform, whose sessions run as the owner."""
    return role_name(database, Role.LOADER)


def reader_name(database: str) -> str:
    """Read-only login."""
    return role_name(database, READER)


def person_role(database: str, name: str) -> str:
    """Role of a person or a service."""
    return role_name(database, f"{_PERSON}{name}")


def is_of(database: str, role: str) -> bool:
    """Whether a role is one of the database's."""
    if role in {role_name(database, ending) for ending in FIXED}:
        return True
    mark = f"_{_PERSON}"
    parts = role.split(mark)
    names = (mark.join(parts[place:]) for place in range(1, len(parts)))
    return any(role == person_role(database, name) for name in names)
