"""`finplatform users`: people and services that may log in.

Belongs here: the commands. A password is typed twice at a terminal, or read from standard input;
the secret of a service is made here and shown once. Does not belong here: what is kept of them
(`finplatform.warehouse.users`) and their rights in the database (`finplatform.warehouse.people`).
"""

import getpass
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from finplatform.cli.output import OUT, print_json, print_table, styled
from finplatform.errors import FinplatformError
from finplatform.security.passwords import Passwords, check_password, new_secret
from finplatform.security.rights import PEOPLE, Role
from finplatform.settings import get_settings
from finplatform.warehouse import people, users
from finplatform.warehouse.audit_log import record_command
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.identifiers import quote
from finplatform.warehouse.login_setup import prepare_logins
from finplatform.warehouse.role_names import person_role


def add(name: str, role: str, regions: Sequence[str], *, psql: bool, outside: bool) -> None:
    """Adds a person.

    Args:
        name: Name at login.
        role: What the person may do.
        regions: Regions with visible rows; none: all.
        psql: Whether the password is good for the database itself as well.
        outside: Whether the person logs in at the outside provider alone, without a password here.

    Raises:
        FinplatformError: If the name is taken, or the password too weak.
    """
    chosen = _role(role)
    users.check_name(name)
    if psql and outside:
        raise FinplatformError(
            "A login to the database needs a password here.", "Leave out --psql or --outside."
        )
    password = None if outside else _new_password(name)
    with _changed("add", name, {"role": chosen, "regions": list(regions)}) as connection:
        users.add_user(connection, name, chosen, password and Passwords().hash(password))
        people.make_person(connection, name, chosen, regions or None, password if psql else None)
    OUT.print(styled((name, "bold"), f" may log in as {chosen}."))


def add_client(name: str, role: str, *, as_json: bool) -> None:
    """Adds a service, and prints its secret, which is not kept.

    Args:
        name: Its client id.
        role: What it may do.
        as_json: Whether to print JSON.

    Raises:
        FinplatformError: If the name is taken.
    """
    chosen, secret = _role(role), new_secret()
    with _changed("client", name, {"role": chosen}) as connection:
        users.add_client(connection, name, chosen, Passwords().hash(secret))
        people.make_person(connection, name, chosen)
    _show_secret(name, secret, as_json=as_json)


def list_users(*, as_json: bool) -> None:
    """Prints the users."""
    with _owner() as connection:
        found = users.list_users(connection)
        regions = {person.name: person.regions for person in people.people(connection)}
    rows = [{**vars(user), "regions": list(regions.get(user.name) or ()) or None} for user in found]
    if as_json:
        print_json(rows)
        return
    print_table(
        "Users",
        ("name", "role", "kind", "regions", "state", "sessions"),
        [
            (
                user.name,
                user.role,
                "service" if user.is_service else "person",
                ", ".join(regions.get(user.name) or ("all",)),
                "disabled" if user.is_disabled else "",
                user.sessions,
            )
            for user in found
        ],
        (5,),
    )
    if not found:
        OUT.print("No users yet: `finplatform users add NAME --role admin`.")


def role(name: str, role_name: str) -> None:
    """Gives another role; the sessions end.

    Raises:
        FinplatformError: If there is no such user or role.
    """
    chosen = _role(role_name)
    with _changed("role", name, {"role": chosen}) as connection:
        users.set_role(connection, users.found_user(connection, name), chosen)
        people.change_person(connection, name, role=chosen)
    OUT.print(styled((name, "bold"), f" is {chosen} now, and logs in again."))


def password(name: str, *, psql: bool, as_json: bool) -> None:
    """Gives another password, or a service another secret; the sessions end.

    Args:
        name: Whose.
        psql: Whether it is good for the database itself as well.
        as_json: Whether to print a service's secret as JSON.

    Raises:
        FinplatformError: If there is no such user, or the password is too weak.
    """
    with _changed("password", name, {"psql": psql}) as connection:
        user = users.found_user(connection, name)
        chosen = new_secret() if user.is_service else _new_password(name)
        users.set_password(connection, user, Passwords().hash(chosen))
        if psql and not user.is_service:
            people.change_person(connection, name, password=chosen)
    if user.is_service:
        _show_secret(name, chosen, as_json=as_json)
    else:
        OUT.print(styled((name, "bold"), " has another password, and logs in again."))


def disable(name: str, *, enable: bool) -> None:
    """Refuses logins for now, or allows them again; the sessions end.

    Logins to the database itself end too, until `users password --psql` gives them again.

    Raises:
        FinplatformError: If there is no such user.
    """
    with _changed("enable" if enable else "disable", name) as connection:
        users.set_disabled(connection, users.found_user(connection, name), is_disabled=not enable)
        own = quote(person_role(connection.info.dbname, name))
        connection.execute(f"alter role {own} nologin".encode())
    OUT.print(styled((name, "bold"), " may log in again." if enable else " may not log in."))


def remove(name: str) -> None:
    """Removes a person or service, here and in the database.

    Raises:
        FinplatformError: If there is no such user.
    """
    with _changed("remove", name) as connection:
        users.remove_user(connection, users.found_user(connection, name))
        people.drop_person(connection, name)
    OUT.print(styled((name, "bold"), " is removed."))


@contextmanager
def _owner() -> Iterator[psycopg.Connection]:
    """A transaction of the owner, with the tables of logins in place."""
    settings = get_settings()
    prepare_logins(settings)
    with open_warehouse(settings).connect() as connection:
        yield connection


@contextmanager
def _changed(
    change: str, name: str, detail: dict[str, Any] | None = None
) -> Iterator[psycopg.Connection]:
    """A transaction of the owner that changes a login, which is recorded before.

    Args:
        change: What is done, as the command is called.
        name: Whose login.
        detail: What it becomes.
    """
    with _owner() as connection:
        record_command(get_settings(), f"users {change}", f"user {name}", detail)
        yield connection


def _role(name: str) -> Role:
    if name not in PEOPLE:
        raise FinplatformError(f"There is no role {name!r}.", f"Roles: {', '.join(PEOPLE)}.")
    return Role(name)


def _new_password(name: str) -> str:
    """A password that was typed twice, or is the first line of standard input.

    Raises:
        FinplatformError: If the two differ, or it is too weak.
    """
    if sys.stdin.isatty():
        chosen = getpass.getpass(f"Password of {name}: ")
        if chosen != getpass.getpass("The same again: "):
            raise FinplatformError("The passwords differ.", "Run the command again.")
    else:
        chosen = sys.stdin.readline().rstrip("\r\n")
    check_password(chosen, name)
    return chosen


def _show_secret(name: str, secret: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"client_id": name, "client_secret": secret})
        return
    OUT.print(styled("client id      ", (name, "bold")))
    OUT.print(styled("client secret  ", (secret, "bold")), soft_wrap=True)
    OUT.print("It is not kept and not shown again.")
