"""From what breaks beneath a command to two sentences: what is wrong, and what to do.

A server that is gone, a disk without room, a database that refuses. The sentences quote no
statement and no value. Belongs here: recognising errors by their type, their SQLSTATE and, where
they come as text from a step of a run, the server's words. Does not belong here: errors that the
code itself raises with a sentence, and defects, which keep their traceback.
"""

import errno
import re
import shutil
from typing import Any

from finplatform.errors import FinplatformError
from finplatform.settings import Settings, get_settings
from finplatform.warehouse.driver_errors import (
    LOST,
    chain,
    driver_error,
    is_lost,
    is_of_driver,
    state_of,
)
from finplatform.warehouse.embedded.failures import disk_full

_FULL = re.compile(r"no space left on device|disk (?:is )?full|disk quota exceeded", re.IGNORECASE)
_MISSING = re.compile(r'relation "(\w+\.\w+)" does not exist')
_NO_ROOM = 64 * 2**20
"""Bytes below which a server that ended did so for want of room: it writes 16 MiB at a time."""

_FULL_STATE = "53100"
_QUOTES_VALUES = ("22", "23", "P0")
"""Classes of SQLSTATE whose messages quote values: data, constraints, and what functions raise."""


def explained(error: BaseException) -> FinplatformError | None:
    """The error for the user; None if it is a defect.

    Args:
        error: What reached the command, with its causes.
    """
    found = list(chain(error))
    for one in found:
        if isinstance(one, FinplatformError):
            return one
    if any(_is_full(one) for one in found):
        return _full()
    if any(is_lost(one) for one in found):
        return server_gone(get_settings())
    for one in found:
        state = state_of(one)
        if state is not None:
            return _refused(one, state)
        if isinstance(one, OSError) and one.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            return FinplatformError(
                f"{one.filename or 'A file'} cannot be used: {one.strerror}.",
                "Run as the user who owns it, or point FINPLATFORM_HOME at another folder.",
            )
    return None


def recognised(reason: str) -> FinplatformError | None:
    """The error for a step's message that is of the server, the disk or a table not built yet.

    Args:
        reason: The message of a failed step.

    Returns:
        The error; None for other messages.
    """
    if _FULL.search(reason):
        return _full()
    missing = _MISSING.search(reason)
    if missing is not None:
        return FinplatformError(
            f"The table {missing[1]}, which a step reads, has not been built.",
            "`finplatform backfill` without --job builds what is missing in its order; in the"
            " Dagster UI, materialize that table first.",
        )
    return server_gone(get_settings()) if LOST.search(reason) else None


def server_gone(settings: Settings) -> FinplatformError:
    """The error for a server that went away; the embedded one ends where its disk is full."""
    if settings.database_url is not None:
        return FinplatformError(
            "The database server at FINPLATFORM_DATABASE_URL went away; what was not committed is"
            " undone.",
            "See that server's log, and run the command again once it answers.",
        )
    if settings.home.exists() and shutil.disk_usage(settings.home).free < _NO_ROOM:
        return disk_full(settings.home)
    return FinplatformError(
        "The database server ended while it was used; what was not committed is undone.",
        "Run the command again, which starts the server; why it ended is in"
        f" {settings.home / 'postgres' / 'log'}.",
    )


def _full() -> FinplatformError:
    settings = get_settings()
    if settings.database_url is None:
        return disk_full(settings.home)
    return FinplatformError(
        f"A disk is full: that of {settings.home}, or that of the database server.",
        "Free some space there, and run the command again; what was not committed is undone.",
    )


def _refused(error: BaseException, state: str) -> FinplatformError:
    diagnosis: Any = getattr(driver_error(error), "diag", None)
    primary = getattr(diagnosis, "message_primary", None)
    words = "" if primary is None or state.startswith(_QUOTES_VALUES) else f": {primary}"
    if state in ("42P01", "3F000"):
        hint = "Build the graph first: `finplatform demo`, or `finplatform backfill`."
    elif state == "42501":
        hint = "Give the login of FINPLATFORM_DATABASE_URL the right, and run it again."
    else:
        hint = "`finplatform doctor` examines the database; its server's log has the statement."
    return FinplatformError(f"The database refuses a statement (SQLSTATE {state}){words}.", hint)


def _is_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return state_of(error) == _FULL_STATE or (
        is_of_driver(error) and bool(_FULL.search(str(error)))
    )
