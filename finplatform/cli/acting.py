"""Who acts by a command that several people must take turns at: a user, by their password.

The account that runs the command holds the platform's files; it is no proof of who sits there.
Belongs here: finding and checking a user. Does not belong here: what the user may do.
"""

import getpass
import sys

import psycopg

from finplatform.errors import FinplatformError
from finplatform.security.audit.events import Outcome
from finplatform.security.passwords import Passwords
from finplatform.settings import Settings
from finplatform.warehouse.audit_log import record_command

_HASH = "select role, password_hash, is_disabled from vault.users where name = %s"


def acting_user(
    settings: Settings, connection: psycopg.Connection, name: str, action: str, on: str
) -> str:
    """Role of the user who acts, once the password is right; both are recorded.

    Args:
        settings: Name the database.
        connection: Session of the owner.
        name: User name.
        action: What is done, for the audit trail.
        on: To what.

    Raises:
        FinplatformError: If there is no such user, or the password is wrong.
    """
    row = connection.execute(_HASH, (name,)).fetchone()
    role, kept, is_disabled = row if row else ("-", None, False)
    is_right = Passwords().is_right(kept, _password(name))
    if not is_right or is_disabled:
        record_command(settings, action, on, {"by": name}, Outcome.DENIED)
        raise FinplatformError(
            f"{name} is no user who may log in, or the password is wrong.",
            "`finplatform users list` shows who may.",
        )
    record_command(settings, action, on, {"by": name, "role": role})
    return str(role)


def _password(name: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"Password of {name}: ")
    return sys.stdin.readline().rstrip("\r\n")
