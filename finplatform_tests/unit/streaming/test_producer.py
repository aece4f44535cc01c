"""What is produced is as much as was asked for, in its order, and waits for room."""

import threading
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from finplatform.streaming.producer import offer_all, produce


class Narrow:
    """A channel that has little room at a time."""

    def __init__(self, rooms: Sequence[int]) -> None:
        self.rooms = list(rooms)
        self.taken: list[str] = []

    def offer(self, events: Sequence[str], capacity: int) -> int:
        room = min(self.rooms.pop(0) if self.rooms else capacity, len(events))
        self.taken += events[:room]
        return room


class Patient(threading.Event):
    """Is never set, and waits for nothing."""

    def wait(self, timeout: float | None = None) -> bool:
        return self.is_set()


@given(st.lists(st.integers(0, 3), max_size=8), st.integers(0, 12))
def test_all_events_are_sent_once_in_their_order(rooms: list[int], count: int) -> None:
    channel: Any = Narrow(rooms)
    events = [str(number) for number in range(count)]
    assert offer_all(channel, events, 100, Patient()) == count
    assert channel.taken == events


def test_who_is_told_to_stop_does_not_wait_for_room() -> None:
    channel: Any = Narrow([2, 0])
    stopping = Patient()
    stopping.set()
    assert offer_all(channel, ["a", "b", "c"], 100, stopping) == 2


def test_as_many_are_made_as_were_asked_for() -> None:
    sent: list[int] = []
    assert produce(sent.append, 1_000_000, threading.Event(), 1_234) == 1_234
    assert sum(sent) == 1_234
    assert max(sent) <= 500


def test_production_ends_when_told_to_stop() -> None:
    stopping = threading.Event()
    sent: list[int] = []

    def send(count: int) -> None:
        sent.append(count)
        stopping.set()

    assert produce(send, 1_000_000, stopping) == sum(sent)
    assert len(sent) == 1
