"""`Channel`: a bounded stream, what a consumer group takes from it, and what it has settled.

Producers add only as much as there is room for, so nothing unread is ever cut off: what all groups
have acknowledged is. A message is settled by one script: it is acknowledged, and with it the alert
or the dead letter that it became is put on its stream. A message that was acknowledged before adds
nothing, however often a consumer is killed between the two. Belongs here: the commands. Does not
belong here: parsing messages (see `events`), and storing them (see `landing`).
"""

import os
import socket
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import redis

from finplatform.streaming.names import (
    ALERTS,
    ATTEMPTS,
    CHANNEL,
    DEAD_LETTERS,
    EVENT,
    WAREHOUSE,
)
from finplatform.streaming.transport import Message, Outcome

KEPT_MESSAGES = 100_000
"""Alerts and dead letters that their streams keep; all of them are in the database."""

_FORGOTTEN_AFTER_MS = 3_600_000
"""Idle time after which a consumer without messages is struck off its group's list."""

_OFFER = """
local room = tonumber(ARGV[1]) - redis.call('xlen', KEYS[1])
local added = 0
for place = 3, #ARGV do
  if added >= room then break end
  redis.call('xadd', KEYS[1], '*', ARGV[2], ARGV[place])
  added = added + 1
end
return added
"""

_SETTLE = """
local settled = 0
for place = 3, #ARGV, 3 do
  local message, kind, body = ARGV[place], ARGV[place + 1], ARGV[place + 2]
  if redis.call('xack', KEYS[1], ARGV[1], message) == 1 then
    settled = settled + 1
    if kind ~= '' then
      local target = KEYS[2]
      if kind == 'letter' then target = KEYS[3] end
      redis.call('xadd', target, 'maxlen', '~', ARGV[2], '*', kind, body)
    end
  end
  redis.call('hdel', KEYS[4], message)
end
return settled
"""

_FORGET = """
local forgotten = 0
for _, found in ipairs(redis.call('xinfo', 'consumers', KEYS[1], ARGV[1])) do
  local one = {}
  for place = 1, #found, 2 do one[found[place]] = found[place + 1] end
  local is_over = one['name'] == ARGV[2] or one['idle'] > tonumber(ARGV[3])
  if one['pending'] == 0 and is_over then
    redis.call('xgroup', 'delconsumer', KEYS[1], ARGV[1], one['name'])
    forgotten = forgotten + 1
  end
end
return forgotten
"""


@dataclass(frozen=True)
class GroupState:
    """How far a group is.

    Attributes:
        name: The group.
        waiting: Messages that it was not given yet; None where the server has lost count.
        pending: Messages that were given and not settled.
        consumers: Consumers on its list.
        oldest_ms: Milliseconds since the epoch of the oldest message that is not settled.
    """

    name: str
    waiting: int | None
    pending: int
    consumers: int
    oldest_ms: int | None


class Channel:
    """The stream of events on a server.

    Args:
        client: Connection to the server.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._offer = client.register_script(_OFFER)

    def offer(self, events: Sequence[str | bytes], capacity: int) -> int:
        """Adds events in their order, as far as there is room.

        Args:
            events: JSON documents.
            capacity: Messages that the stream may hold.

        Returns:
            Number of events added: the first of those given.
        """
        return int(cast("int", self._offer(keys=[CHANNEL], args=[capacity, EVENT, *events])))

    def length(self) -> int:
        """Messages in the stream, of which some may be settled."""
        return int(self._client.xlen(CHANNEL))

    def groups(self) -> list[GroupState]:
        """How far each group is; none before the first consumer came."""
        try:
            found = self._client.xinfo_groups(CHANNEL)
        except redis.ResponseError:
            return []
        return [self._state(group) for group in found]

    def trim(self) -> int:
        """Removes what every group has settled; returns the number of messages removed."""
        groups = self._client.xinfo_groups(CHANNEL)
        if not groups:
            return 0
        first = min((self._first_kept(group) for group in groups), key=_order)
        return int(self._client.xtrim(CHANNEL, minid=first, approximate=False))

    def _state(self, group: Mapping[str, Any]) -> GroupState:
        oldest = None
        if group["pending"] or group.get("lag") != 0:
            first = self._first_kept(group)
            rows = cast("list[Any]", self._client.xrange(CHANNEL, min=first, count=1))
            oldest = _order(_text(rows[0][0]))[0] if rows else None
        return GroupState(
            name=_text(group["name"]),
            waiting=group.get("lag"),
            pending=group["pending"],
            consumers=group["consumers"],
            oldest_ms=oldest,
        )

    def _first_kept(self, group: Mapping[str, Any]) -> str:
        """Id from which on a group needs messages."""
        if group["pending"]:
            summary = self._client.xpending(CHANNEL, _text(group["name"]))
            if summary["min"] is not None:
                return _text(summary["min"])
        stamp, number = _order(_text(group["last-delivered-id"]))
        return f"{stamp}-{number + 1}"


class GroupMember:
    """One consumer of the group that stores events in the warehouse.

    Args:
        client: Connection to the server.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._settle = client.register_script(_SETTLE)
        self._forget = client.register_script(_FORGET)
        self.name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"

    def join(self) -> None:
        """Makes the group, from the stream's beginning on, unless it is there."""
        with suppress(redis.ResponseError):
            self._client.xgroup_create(CHANNEL, WAREHOUSE, id="0", mkstream=True)

    def read(self, count: int, block_ms: int) -> list[Message]:
        """Messages that no consumer of the group was given yet.

        Args:
            count: Most messages.
            block_ms: Longest wait for the first of them.
        """
        answer = self._client.xreadgroup(
            WAREHOUSE, self.name, {CHANNEL: ">"}, count=count, block=block_ms
        )
        rows = cast("list[Any]", answer)
        return [_message(row) for row in rows[0][1]] if rows else []

    def abandoned(self, count: int, idle_ms: int) -> Iterator[list[Message]]:
        """Messages that were given to a consumer and not settled since, each once.

        Args:
            count: Most messages of a batch.
            idle_ms: Time since they were given.
        """
        start = "0-0"
        while True:
            answer = self._client.xautoclaim(
                CHANNEL, WAREHOUSE, self.name, idle_ms, start_id=start, count=count
            )
            following, claimed = answer[:2]
            rows = [row for row in claimed if row[0] is not None]
            if rows:
                deliveries = self._deliveries(_text(rows[0][0]), _text(rows[-1][0]), len(rows))
                yield [_message(row, deliveries.get(_text(row[0]), 1)) for row in rows]
            start = _text(following)
            if start == "0-0":
                return

    def attempts(self, message: Message) -> int:
        """Notes that a message is handled alone; returns how often it was."""
        return int(self._client.hincrby(ATTEMPTS, message.id, 1))

    def settle(self, outcomes: Iterable[Outcome]) -> int:
        """Acknowledges messages, each with what it became, at once.

        Returns:
            Number of messages that had not been acknowledged before.
        """
        arguments = [part for one in outcomes for part in (one.message_id, one.kind, one.body)]
        if not arguments:
            return 0
        keys = [CHANNEL, ALERTS, DEAD_LETTERS, ATTEMPTS]
        settled = self._settle(keys=keys, args=[WAREHOUSE, KEPT_MESSAGES, *arguments])
        return int(cast("int", settled))

    def trim(self) -> int:
        """Removes what every group has settled; returns the number of messages removed."""
        return Channel(self._client).trim()

    def leave(self) -> None:
        """Strikes this consumer off the group's list, and others that have long gone.

        One that was given messages stays on it, so that they are found.
        """
        self._forget(keys=[CHANNEL], args=[WAREHOUSE, self.name, _FORGOTTEN_AFTER_MS])

    def _deliveries(self, first: str, last: str, count: int) -> dict[str, int]:
        found = cast(
            "list[dict[str, Any]]",
            self._client.xpending_range(
                CHANNEL, WAREHOUSE, first, last, 10 * count, consumername=self.name
            ),
        )
        return {_text(one["message_id"]): one["times_delivered"] for one in found}


def _message(row: Any, deliveries: int = 1) -> Message:
    fields = row[1] or {}
    return Message(_text(row[0]), fields.get(EVENT.encode()), deliveries)


def _order(message_id: str) -> tuple[int, int]:
    stamp, _, number = message_id.partition("-")
    return int(stamp), int(number or 0)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
