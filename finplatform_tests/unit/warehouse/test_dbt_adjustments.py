"""dbt's events: which of them reach logs and callbacks."""

from dbt_common.events.base_types import EventLevel, EventMsg
from dbt_common.events.types import Note

from finplatform.warehouse.dbt_adjustments import WithoutDebug


def test_events_for_debugging_reach_nobody_and_others_do() -> None:
    told: list[EventMsg] = []
    manager = WithoutDebug()
    manager.add_callback(told.append)
    manager.fire_event(Note(msg="a statement"), EventLevel.DEBUG)
    manager.fire_event(Note(msg="a table"), EventLevel.INFO)
    manager.fire_event(Note(msg="a deprecation"), level=EventLevel.WARN)
    assert [(event.info.level, event.info.msg) for event in told] == [
        ("info", "a table"),
        ("warn", "a deprecation"),
    ]
