"""Classification of driver errors: SQLSTATE, lost connections, and transient errors.

Belongs here: errors of psycopg, psycopg2, ADBC and SQLAlchemy, alone or as the cause of another
    one.
Does not belong here: messages for users (see `finplatform.cli.faults`), and retries (see
`finplatform.orchestration.retrying`).
"""

import re
from collections.abc import Iterator

from finplatform.errors import PassingError

LOST = re.compile(
    r"server closed the connection|terminating connection|connection (?:is|was|already) (?:closed"
    r"|lost)|the connection to .* was lost|consuming input failed|the database does not answer"
    r"|connection (?:to server .* )?failed|connection refused|could not connect"
    r"|database system is (?:shut|starting|in recovery|not yet)|ssl syscall error"
    r"|no connection to the server|connection not open|server_login_retry",
    re.IGNORECASE,
)
"""Messages of servers and drivers for a lost connection."""

_BEATEN = re.compile(
    r"deadlock detected|could not serialize access|canceling statement due to lock timeout",
    re.IGNORECASE,
)
"""Messages of the server for a transaction aborted in favour of another one."""

_REFUSED = re.compile(
    r"authentication failed|does not exist|no pg_hba.conf entry|permission denied", re.IGNORECASE
)
"""Messages of the server for a refused login."""

_LOST_STATES = ("08", "57P")
_BEATEN_STATES = ("40001", "40P01", "55P03")


def chain(error: BaseException) -> Iterator[BaseException]:
    """An error and its causes, each once."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        original = getattr(following, "orig", None)
        if isinstance(original, BaseException):
            yield original
        has_cause = following.__cause__ is not None or following.__suppress_context__
        following = following.__cause__ if has_cause else following.__context__


def is_of_driver(error: BaseException) -> bool:
    """Whether a driver, or SQLAlchemy on top of one, has raised an error."""
    modules = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return bool(modules & {"psycopg", "psycopg2", "sqlalchemy", "adbc_driver_manager"})


def driver_error(error: BaseException) -> BaseException:
    """The driver's own error, inside one of SQLAlchemy."""
    original = getattr(error, "orig", None)
    return original if isinstance(original, BaseException) else error


def state_of(error: BaseException) -> str | None:
    """SQLSTATE of a driver's error, also inside one of SQLAlchemy."""
    if not is_of_driver(error):
        return None
    inner = driver_error(error)
    state = getattr(inner, "sqlstate", None) or getattr(inner, "pgcode", None)
    return str(state) if state else None


def is_lost(error: BaseException) -> bool:
    """Whether an error of a database driver means that the connection is lost."""
    if not is_of_driver(error):
        return False
    state = state_of(error)
    return state.startswith(_LOST_STATES) if state else bool(LOST.search(str(error)))


def is_refused(error: BaseException) -> bool:
    """Whether the server refuses the login."""
    return bool(_REFUSED.search(str(error)))


def is_passing(error: BaseException, *, words: bool = False) -> bool:
    """Whether an error is transient, so that a retry may succeed.

    Lost connections, deadlocks and serialization failures are transient; bad data, failed checks, a
    full disk and defects are not.

    Args:
        error: The error, with its causes.
        words: Whether its message quotes the output of a child process, such as dbt.
    """
    if words:
        message = str(error)
        return bool(LOST.search(message) or _BEATEN.search(message))
    for one in chain(error):
        if isinstance(one, PassingError) or is_lost(one):
            return True
        if (state_of(one) or "").startswith(_BEATEN_STATES):
            return True
    return False
