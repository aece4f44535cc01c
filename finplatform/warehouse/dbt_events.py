"""dbt's events, of which the finest are told to nobody.

dbt makes a message of every statement, connection and macro before it asks whether any log wants
it, which took a twentieth of a run. Belongs here: the manager that asks first. It imports dbt, so
it is imported when dbt runs.
"""

from typing import Any

from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import ctx_set_event_manager

_DEBUG = EventLevel.DEBUG


class WithoutDebug(EventManager):
    """Hands on all events but those for debugging, which the logs of this project leave out."""

    def fire_event(
        self, e: BaseEvent, level: EventLevel | None = None, *args: Any, **options: Any
    ) -> None:
        """Tells the logs and callbacks of an event."""
        if (level or e.level_tag()) is not _DEBUG:
            super().fire_event(e, level, *args, **options)


def leave_out_debug_events() -> None:
    """Makes dbt use such a manager from now on in this process."""
    ctx_set_event_manager(WithoutDebug())
