"""People and services that may log in.

Belongs here: adding, changing and removing them; changes end their sessions. Does not belong here:
checking a login (`finplatform.api.login`), and rights of roles (`finplatform.security.rights`).
"""

import re
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from finplatform.errors import FinplatformError

ANONYMOUS = "anonymous"
"""Reserved name of anonymous users of a local server."""

_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,31}")

_LISTED = """
select u.name, u.role, false as is_service, u.is_disabled, u.password_hash is not null
    as has_password, u.created_at, u.changed_at, {sessions} as sessions
from vault.users as u
union all
select u.client_id, u.role, true, u.is_disabled, true, u.created_at, u.changed_at, {client_sessions}
from vault.api_clients as u
order by is_service, name
"""
_SESSIONS = (
    "(select count(*) from vault.sessions as s where s.name = u.{name}"
    " and s.ended_at is null and s.expires_at > now())"
)


@dataclass(frozen=True)
class User:
    """A person or service that may log in.

    Attributes:
        name: Name at login.
        role: Its role.
        is_service: Whether it is a service.
        is_disabled: Whether logins are refused.
        has_password: Whether it has a password here, instead of an identity provider alone.
        created_at: Instant of creation.
        changed_at: Instant of the last change.
        sessions: Number of active sessions.
    """

    name: str
    role: str
    is_service: bool
    is_disabled: bool
    has_password: bool
    created_at: datetime
    changed_at: datetime
    sessions: int


def may_be_name(name: str) -> bool:
    """Whether a name is valid."""
    return name != ANONYMOUS and _NAME.fullmatch(name) is not None


def check_name(name: str) -> None:
    """Refuses an invalid name.

    Raises:
        FinplatformError: If it holds anything but small letters, digits, `.`, `_` and `-`.
    """
    if not may_be_name(name):
        raise FinplatformError(
            f"{name!r} cannot be a name.",
            "Small letters, digits, dots, dashes and underscores; a letter first; 32 at most.",
        )


def add_user(
    connection: psycopg.Connection, name: str, role: str, password_hash: str | None
) -> None:
    """Adds a person.

    Args:
        connection: Session of the owner, whose transaction the caller commits.
        name: Name at login.
        role: Role of the person.
        password_hash: Result of `Passwords.hash`; None for a login at an identity provider.

    Raises:
        FinplatformError: If the name is taken or invalid.
    """
    _check_free(connection, name)
    connection.execute(
        "insert into vault.users (name, role, password_hash) values (%s, %s, %s)",
        (name, role, password_hash),
    )


def add_client(connection: psycopg.Connection, name: str, role: str, secret_hash: str) -> None:
    """Adds a service, which logs in by client credentials.

    Args:
        connection: Session of the owner, whose transaction the caller commits.
        name: Its client id.
        role: Its role.
        secret_hash: Result of `Passwords.hash`.

    Raises:
        FinplatformError: If the name is taken or invalid.
    """
    _check_free(connection, name)
    connection.execute(
        "insert into vault.api_clients (client_id, role, secret_hash) values (%s, %s, %s)",
        (name, role, secret_hash),
    )


def list_users(connection: psycopg.Connection) -> list[User]:
    """All people and services that may log in, people first."""
    query = _LISTED.format(
        sessions=_SESSIONS.format(name="name"), client_sessions=_SESSIONS.format(name="client_id")
    )
    with connection.cursor(row_factory=class_row(User)) as cursor:
        return cursor.execute(query.encode()).fetchall()


def found_user(connection: psycopg.Connection, name: str) -> User:
    """The person or service of a name.

    Raises:
        FinplatformError: If there is none.
    """
    for user in list_users(connection):
        if user.name == name:
            return user
    raise FinplatformError(f"There is no user {name!r}.", "See `finplatform users list`.")


def set_role(connection: psycopg.Connection, user: User, role: str) -> None:
    """Changes the role, and ends the sessions."""
    _change(connection, user, "role", role)
    end_sessions(connection, user.name, "role changed")


def set_password(connection: psycopg.Connection, user: User, password_hash: str) -> None:
    """Changes the password or secret, and ends the sessions."""
    column = "secret_hash" if user.is_service else "password_hash"
    _change(connection, user, column, password_hash)
    end_sessions(connection, user.name, "password changed")


def set_disabled(connection: psycopg.Connection, user: User, *, is_disabled: bool) -> None:
    """Disables or enables logins, and ends the sessions."""
    _change(connection, user, "is_disabled", is_disabled)
    end_sessions(connection, user.name, "disabled")


def remove_user(connection: psycopg.Connection, user: User) -> None:
    """Removes a person or service; ended sessions stay as a record."""
    end_sessions(connection, user.name, "removed")
    table, key = _place(user)
    connection.execute(f"delete from {table} where {key} = %s".encode(), (user.name,))


def end_sessions(connection: psycopg.Connection, name: str, reason: str) -> None:
    """Ends all sessions of a name."""
    connection.execute(
        "update vault.sessions set ended_at = now(), end_reason = %s"
        " where name = %s and ended_at is null",
        (reason, name),
    )


def _check_free(connection: psycopg.Connection, name: str) -> None:
    check_name(name)
    if any(user.name == name for user in list_users(connection)):
        raise FinplatformError(
            f"There is a user {name!r} already.",
            "See `finplatform users list`; `users role` and `users password` change one.",
        )


def _change(connection: psycopg.Connection, user: User, column: str, value: object) -> None:
    table, key = _place(user)
    connection.execute(
        f"update {table} set {column} = %s, changed_at = now() where {key} = %s".encode(),
        (value, user.name),
    )


def _place(user: User) -> tuple[str, str]:
    """Table and key of a user."""
    return ("vault.api_clients", "client_id") if user.is_service else ("vault.users", "name")
