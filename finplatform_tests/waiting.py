"""Waits of tests: for an event or a condition, however long a busy machine takes for it.

Belongs here: waiting, and the one limit that ends what hangs. Does not belong here: how long
anything should take; no test judges that.
"""

import threading
import time
from collections.abc import Callable

import psycopg

LIMIT_S = 600.0
"""Seconds after which a wait has failed; less than the limit of a whole test in pyproject.toml."""

_LOOK_EVERY_S = 0.01

_WAITING_SESSIONS = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock'
"""


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Waits until a condition holds.

    Args:
        condition: Whether it holds; looked at again and again.
        what: The condition in words.

    Raises:
        AssertionError: If it never holds.
    """
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(_LOOK_EVERY_S)


def wait_for(event: threading.Event) -> None:
    """Waits until another thread sets an event.

    Raises:
        AssertionError: If it is never set.
    """
    assert event.wait(LIMIT_S), "waited in vain for an event"


def wait_for_end(*threads: threading.Thread) -> None:
    """Waits until threads have ended.

    Raises:
        AssertionError: If one goes on for ever.
    """
    for thread in threads:
        thread.join(LIMIT_S)
        assert not thread.is_alive(), f"{thread.name} does not end"


def wait_until_a_session_waits(url: str) -> None:
    """Waits until a session of a database waits for a lock that another one holds.

    Args:
        url: libpq URL of the database.

    Raises:
        AssertionError: If none ever does.
    """
    with psycopg.connect(url, autocommit=True) as connection:

        def waits() -> bool:
            row = connection.execute(_WAITING_SESSIONS).fetchone()
            return bool(row and row[0])

        wait_until(waits, "a session waits for a lock")
