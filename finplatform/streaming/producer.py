"""Producing at a chosen rate: what is due by the clock is made and sent, never more.

Where the receiver has no room, the producer waits for it and does not fall behind its rate for
ever: what it could not send it does not owe. Belongs here: the rate and the wait. Does not belong
here: what is made (see `finplatform.simulate.traffic`) and where it goes.
"""

import threading
import time
from collections.abc import Callable, Sequence

from finplatform.streaming.transport import Sender

_TICK_S = 0.02
_MOST_AT_ONCE = 500
_WAIT_S = 0.05


def produce(
    send: Callable[[int], None], rate: float, stopping: threading.Event, most: int | None = None
) -> int:
    """Sends at a rate until stopped.

    Args:
        send: Makes and sends a number of events; may wait for room.
        rate: Events a second.
        stopping: Ends it once set.
        most: Number of events after which it ends; None for no end.

    Returns:
        Events sent.
    """
    sent, owed, last = 0, 0.0, time.monotonic()
    while not stopping.is_set() and (most is None or sent < most):
        now = time.monotonic()
        owed = min(owed + (now - last) * rate, max(rate, 1.0))
        last = now
        due = min(int(owed), _MOST_AT_ONCE, _MOST_AT_ONCE if most is None else most - sent)
        if due:
            send(due)
            sent, owed = sent + due, owed - due
        if owed < _MOST_AT_ONCE:
            stopping.wait(_TICK_S)
    return sent


def offer_all(
    sender: Sender, events: Sequence[str], capacity: int, stopping: threading.Event
) -> int:
    """Puts events on the stream, and waits while it is full.

    Args:
        sender: Puts events on the stream.
        events: JSON documents.
        capacity: Messages that the stream may hold.
        stopping: Ends the wait once set.

    Returns:
        Events that were put there: all of them, unless it was stopped.
    """
    sent = sender.offer(events, capacity)
    while sent < len(events) and not stopping.wait(_WAIT_S):
        sent += sender.offer(events[sent:], capacity)
    return sent
