"""What is changed of dbt: work that it does for nobody here, and what it begins with.

The work took a fifth of dbt's time. Belongs here: what of dbt is replaced, and why nothing is
missed; none of it changes what dbt builds or tests. It imports dbt, so it is imported when dbt
runs.
"""

from typing import Any

from dbt.adapters.events.base_types import DebugLevel as AdapterDebugLevel
from dbt.compilation import Linker
from dbt.events.base_types import DebugLevel as CoreDebugLevel
from dbt.graph import GraphQueue
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.base_types import DebugLevel as CommonDebugLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import ctx_set_event_manager

_DEBUG = EventLevel.DEBUG
_DEBUG_EVENTS = (CommonDebugLevel, CoreDebugLevel, AdapterDebugLevel)
_levels = GraphQueue._get_scores  # noqa: SLF001


class WithoutDebug(EventManager):
    """Hands on all events but those for debugging, which the logs of this project leave out."""

    def fire_event(
        self, e: BaseEvent, level: EventLevel | None = None, *args: Any, **options: Any
    ) -> None:
        """Tells the logs and callbacks of an event."""
        if (level or e.level_tag()) is not _DEBUG:
            super().fire_event(e, level, *args, **options)


def adjust_dbt() -> None:
    """Makes the changes in this process; again, they change nothing more."""
    ctx_set_event_manager(WithoutDebug())
    for owner, name, by in _REPLACED:
        setattr(owner, name, by)


def _without_details(event: BaseEvent, *_args: Any, **_details: Any) -> None:
    """An event that says only what kind it is of."""
    event.pb_msg = getattr(event.PROTO_TYPES_MODULE, type(event).__name__)()


def _scores(queue: GraphQueue, graph: Any) -> dict[str, int]:
    """Order of the nodes that may run, lowest first.

    dbt goes by level, then name, so that the largest table of a level may come last and be worked
    at alone. A model with `meta.is_large` comes before the others of its level.
    """
    levels = _levels(queue, graph)
    return {name: level - _is_large(queue.manifest.expect(name)) for name, level in levels.items()}


def _is_large(node: Any) -> bool:
    return bool(getattr(node.config, "meta", {}).get("is_large"))


def _no_summary(_linker: Linker, _manifest: Any) -> dict[int, dict[str, Any]]:
    return {}


_REPLACED: tuple[tuple[type, str, Any], ...] = (
    # dbt makes a message of every statement, connection and macro before it asks who reads it.
    *((level, "__init__", _without_details) for level in _DEBUG_EVENTS),
    # Each command looks through the stack's source files for who declared a flag, to name them in
    # an event for debugging.
    (BehaviorFlagRendered, "_default_source", staticmethod(lambda: "dbt")),
    # Each command writes the whole graph to a file for diagnosis.
    (Linker, "get_graph_summary", _no_summary),
    (GraphQueue, "_get_scores", _scores),
)
