"""Taking messages from Amazon Kinesis, in the order of each shard.

Kinesis has a retention time and no consumer groups, so the warehouse stores the group's positions:
the last settled and the last delivered message of each shard. Messages of a killed consumer are
delivered to the next one, which counts a further delivery; a stored event is not stored twice.
Alerts and dead letters are in the database only. Belongs here: shards and positions. Does not
belong here: API calls and sending (see `kinesis_stream`), parsing (see `events`), and storing (see
`landing`).
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from finplatform.streaming.kinesis_stream import KinesisStream, call_kinesis, unavailable
from finplatform.streaming.names import CHANNEL
from finplatform.streaming.transport import Message, Outcome

_LOOK_EVERY_S = 0.2
"""Kinesis allows five reads a second and shard."""

_GIVE = """
insert into ops.stream_positions as known (channel, shard, given, deliveries)
values (%(channel)s, %(shard)s, %(given)s, 1)
on conflict (channel, shard) do update set
    given = greatest(known.given, excluded.given),
    deliveries = case when known.settled >= known.given then 1 else known.deliveries end
"""
"""What was given before and is not settled keeps its count, whatever comes behind it."""

_AGAIN = """
update ops.stream_positions set deliveries = deliveries + 1
where channel = %(channel)s and shard = %(shard)s and given > settled
returning deliveries
"""

_SETTLE = """
update ops.stream_positions set settled = greatest(settled, %(settled)s)
where channel = %(channel)s and shard = %(shard)s
"""

_TRY = """
insert into ops.stream_tries as known (channel, message_id) values (%s, %s)
on conflict (channel, message_id) do update set tries = known.tries + 1
returning tries
"""


@dataclass
class _Shard:
    """How far a shard is.

    Attributes:
        number: Its number in the stream.
        name: Its name.
        settled: Message up to which all are settled.
        given: Message up to which they were given, by this consumer or an earlier one.
        deliveries: How often those were given that are not settled.
        iterator: Where to read on; None at the end of a shard that was split or merged.
        order: Messages given by this consumer behind the settled ones, in their order.
        pending: Those of them that are not settled, with the instant.
    """

    number: int
    name: str
    settled: int = 0
    given: int = 0
    deliveries: int = 0
    iterator: str | None = None
    order: deque[int] = field(default_factory=deque)
    pending: dict[int, tuple[Message, float]] = field(default_factory=dict)


class KinesisMember:
    """The consumer that takes messages from a stream of Kinesis.

    Args:
        stream: The stream.
        url: libpq URL of the warehouse, which keeps the positions.
    """

    def __init__(self, stream: KinesisStream, url: str) -> None:
        self._stream, self._url = stream, url
        self._client = stream.client()
        self._shards: dict[int, _Shard] = {}

    def join(self) -> None:
        """Begins each shard behind what is settled; all that was given since is abandoned."""
        self._shards = {}
        self._find_shards()

    def read(self, count: int, block_ms: int) -> list[Message]:
        """Messages of all shards that were not given yet, in the order of each shard."""
        end = time.monotonic() + block_ms / 1_000
        while True:
            messages = self._next(count)
            if messages or time.monotonic() >= end:
                return messages
            time.sleep(min(_LOOK_EVERY_S, max(end - time.monotonic(), 0)))

    def abandoned(self, count: int, idle_ms: int) -> Iterator[list[Message]]:
        """Messages that were given and not settled, each once."""
        before = time.monotonic() - idle_ms / 1_000
        due = [
            (shard, number)
            for shard in self._shards.values()
            for number, (_, given_at) in shard.pending.items()
            if given_at <= before
        ]
        for start in range(0, len(due), count):
            some = []
            for shard, number in due[start : start + count]:
                if number in shard.pending:
                    message = shard.pending[number][0]
                    again = Message(message.id, message.body, message.deliveries + 1)
                    shard.pending[number] = (again, time.monotonic())
                    some.append(again)
            if some:
                yield some

    def attempts(self, message: Message) -> int:
        """Notes that a message is handled alone; returns how often it was."""
        with psycopg.connect(self._url) as connection:
            row = connection.execute(_TRY, (self._channel, message.id)).fetchone()
        return int(row[0]) if row else 0

    def settle(self, outcomes: Iterable[Outcome]) -> int:
        """Moves each shard's position up to its first message that is not settled."""
        ids = [one.message_id for one in outcomes]
        settled = 0
        for message_id in ids:
            place, number = _place(message_id)
            known = self._shards.get(place)
            settled += known is not None and known.pending.pop(number, None) is not None
        with psycopg.connect(self._url) as connection:
            for shard in self._shards.values():
                before = shard.settled
                while shard.order and shard.order[0] not in shard.pending:
                    shard.settled = shard.order.popleft()
                if shard.settled > before:
                    connection.execute(_SETTLE, {**self._row(shard), "settled": shard.settled})
            connection.execute(
                "delete from ops.stream_tries where channel = %s and message_id = any(%s)",
                (self._channel, ids),
            )
        return settled

    def trim(self) -> int:
        """Nothing: Kinesis removes messages after its retention."""
        return 0

    def leave(self) -> None:
        """Nothing: who takes over goes on from the positions."""

    def _next(self, count: int) -> list[Message]:
        found: list[Message] = []
        for shard in list(self._shards.values()):
            if shard.iterator is None or len(found) >= count:
                continue
            answer = self._records(shard, count - len(found))
            records = answer["Records"]
            if records:
                found += self._give(shard, records)
            shard.iterator = answer.get("NextShardIterator")
            if shard.iterator is None:
                # It was split or merged: its children hold what follows.
                self._find_shards()
        return found

    def _records(self, shard: _Shard, count: int) -> Any:
        """The next records of a shard; an iterator that is too old is made anew."""
        for _ in range(2):
            answer = call_kinesis(
                lambda: self._client.get_records(
                    ShardIterator=str(shard.iterator), Limit=min(count, 10_000)
                ),
                self._stream,
                passing=("ExpiredIteratorException",),
            )
            if answer is not None:
                return answer
            shard.iterator = self._iterator(shard)
        raise unavailable(self._stream)

    def _give(self, shard: _Shard, records: Sequence[Any]) -> list[Message]:
        """Notes messages as given, before anybody handles them."""
        numbers = [int(record["SequenceNumber"]) for record in records]
        with psycopg.connect(self._url) as connection:
            connection.execute(_GIVE, {**self._row(shard), "given": numbers[-1]})
        messages, now = [], time.monotonic()
        for number, record in zip(numbers, records, strict=True):
            deliveries = shard.deliveries if number <= shard.given else 1
            message = Message(f"{shard.number}-{number}", record["Data"], deliveries)
            shard.pending[number] = (message, now)
            shard.order.append(number)
            messages.append(message)
        shard.given = max(shard.given, numbers[-1])
        return messages

    def _find_shards(self) -> None:
        """Takes up shards that are new to this consumer, once their parents are at their end."""
        listed = call_kinesis(
            lambda: self._client.list_shards(StreamName=self._stream.name), self._stream
        )["Shards"]
        open_names = {one.name for one in self._shards.values() if one.iterator is not None}
        known = self._positions()
        for one in listed:
            number = int(one["ShardId"].rpartition("-")[2])
            parents = {one.get("ParentShardId"), one.get("AdjacentParentShardId")}
            unread = {p for p in parents if p and p in {each["ShardId"] for each in listed}}
            waits = unread & open_names or unread - {s.name for s in self._shards.values()}
            if number in self._shards or waits:
                continue
            settled, given = known.get(number, (0, 0))
            shard = _Shard(number, one["ShardId"], settled, given)
            shard.deliveries = self._again(shard)
            shard.iterator = self._iterator(shard)
            self._shards[number] = shard
            open_names.add(shard.name)

    def _iterator(self, shard: _Shard) -> str:
        """Where a shard goes on: behind what was given here, or what is settled."""
        reached = shard.order[-1] if shard.order else shard.settled
        where: dict[str, Any] = {"ShardIteratorType": "TRIM_HORIZON"}
        if reached:
            where = {
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                "StartingSequenceNumber": str(reached),
            }
        return call_kinesis(
            lambda: self._client.get_shard_iterator(
                StreamName=self._stream.name, ShardId=shard.name, **where
            ),
            self._stream,
        )["ShardIterator"]

    def _again(self, shard: _Shard) -> int:
        """How often what is not settled will have been given, once it is given again."""
        with psycopg.connect(self._url) as connection:
            row = connection.execute(_AGAIN, self._row(shard)).fetchone()
        return int(row[0]) if row else 1

    def _positions(self) -> dict[int, tuple[int, int]]:
        with psycopg.connect(self._url) as connection:
            rows = connection.execute(
                "select shard, settled, given from ops.stream_positions where channel = %s",
                (self._channel,),
            ).fetchall()
        return {shard: (int(settled), int(given)) for shard, settled, given in rows}

    @property
    def _channel(self) -> str:
        """The channel of this very stream: another one has positions of its own."""
        return f"{CHANNEL}@{self._stream.name}"

    def _row(self, shard: _Shard) -> dict[str, Any]:
        return {"channel": self._channel, "shard": shard.number}


def _place(message_id: str) -> tuple[int, int]:
    shard, _, number = message_id.partition("-")
    return int(shard), int(number)
