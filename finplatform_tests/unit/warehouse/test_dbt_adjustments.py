"""What is changed of dbt: which events are told, and what it begins with."""

from types import SimpleNamespace
from typing import Any

import networkx as nx
import pytest
from dbt.adapters.events.types import SQLQuery
from dbt.events.types import NodeStart
from dbt.graph import GraphQueue
from dbt.node_types import NodeType
from dbt_common.behavior_flags import Behavior
from dbt_common.events.base_types import EventLevel, EventMsg
from dbt_common.events.types import Note

from finplatform.warehouse.dbt_adjustments import WithoutDebug, adjust_dbt


@pytest.fixture(autouse=True)
def _adjusted() -> None:
    adjust_dbt()
    adjust_dbt()


def test_events_for_debugging_reach_nobody_and_others_do() -> None:
    told: list[EventMsg] = []
    manager = WithoutDebug()
    manager.add_callback(told.append)
    manager.fire_event(SQLQuery(conn_name="a", sql="select 1"))
    manager.fire_event(Note(msg="a statement"), EventLevel.DEBUG)
    manager.fire_event(Note(msg="a table"), EventLevel.INFO)
    manager.fire_event(Note(msg="a deprecation"), level=EventLevel.WARN)
    assert [(event.info.level, event.info.msg) for event in told] == [
        ("info", "a table"),
        ("warn", "a deprecation"),
    ]


def test_an_event_for_debugging_that_is_told_all_the_same_says_its_kind() -> None:
    told: list[EventMsg] = []
    manager = WithoutDebug()
    manager.add_callback(told.append)
    manager.fire_event(NodeStart(node_info={"unique_id": "model.a.b"}), EventLevel.INFO)
    assert [event.info.name for event in told] == ["NodeStart"]


def test_flags_of_the_adapter_keep_their_settings() -> None:
    flags: Any = [{"name": "new_way", "default": False, "description": "A new way."}]
    assert not Behavior(flags, {}).new_way.no_warn
    assert Behavior(flags, {"new_way": True}).new_way.no_warn


def _queue(large: set[str], edges: list[tuple[str, str]]) -> GraphQueue:
    names = {name for edge in edges for name in edge}
    nodes = {
        name: SimpleNamespace(
            config=SimpleNamespace(
                meta={"is_large": True} if name in large else {}, incremental_strategy=None
            ),
            resource_type=NodeType.Test,
        )
        for name in names
    }
    manifest: Any = SimpleNamespace(expect=nodes.__getitem__)
    return GraphQueue(nx.DiGraph(edges), manifest, names)


def _first(queue: GraphQueue, count: int) -> list[str]:
    return [queue.inner.get(block=False)[1] for _ in range(count)]


def test_large_models_come_before_the_others_that_may_run() -> None:
    edges = [("a", "z"), ("b", "z"), ("facts", "z"), ("balances", "z")]
    assert _first(_queue({"facts"}, edges), 4) == ["facts", "a", "b", "balances"]


def test_a_large_model_waits_for_what_it_is_made_from() -> None:
    queue = _queue({"facts"}, [("a", "facts"), ("b", "c")])
    assert _first(queue, 2) == ["a", "b"]
    assert queue.inner.empty()
