"""Measures of the stream, from its server and from the warehouse.

Belongs here: which measures there are. Their form for Prometheus is in `finplatform.api`.
"""

import time

from finplatform.settings import Settings
from finplatform.streaming.channel import GroupState
from finplatform.streaming.names import CHANNEL
from finplatform.streaming.state import server_state
from finplatform.warehouse.measures import Measure, Rows


def _is_up(settings: Settings) -> Rows:
    return [(int(server_state(settings).is_running),)]


def _messages(settings: Settings) -> Rows:
    state = server_state(settings)
    return [(state.messages,)] if state.is_running else []


def _by_group(settings: Settings) -> tuple[GroupState, ...]:
    return server_state(settings).groups


def _waiting(settings: Settings) -> Rows:
    groups = _by_group(settings)
    return [(group.name, group.waiting) for group in groups if group.waiting is not None]


def _unsettled(settings: Settings) -> Rows:
    return [(group.name, group.pending) for group in _by_group(settings)]


def _oldest(settings: Settings) -> Rows:
    now = time.time()
    return [
        (group.name, 0 if group.oldest_ms is None else max(now - group.oldest_ms / 1000, 0))
        for group in _by_group(settings)
    ]


STREAM: tuple[Measure, ...] = (
    Measure("stream_up", "Whether the stream's server answers.", _is_up),
    Measure("stream_messages", "Messages in the stream.", _messages),
    Measure("stream_waiting", "Messages that a group was not given yet.", _waiting, ("group",)),
    Measure("stream_unsettled", "Messages given and not settled.", _unsettled, ("group",)),
    Measure("stream_oldest_seconds", "Age of the oldest of these.", _oldest, ("group",)),
    Measure(
        "stream_events",
        "Events of the stream stored in the warehouse.",
        f"select coalesce(sum(event_count), 0) from ops.stream_days where channel = '{CHANNEL}'",
        is_counter=True,
        needs=("ops.stream_days",),
    ),
    Measure(
        "stream_dead_letters",
        "Messages of the stream put away.",
        f"select count(*) from ops.dead_letters where channel = '{CHANNEL}'",
        needs=("ops.dead_letters",),
    ),
)
"""The stream."""
