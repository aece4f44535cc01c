"""What producers and consumers need of a stream's server, whichever it is.

Belongs here: the two interfaces and the one error that they share. Implementations are `channel`
(Valkey, Redis) and `kinesis`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from finplatform.errors import FinplatformError


class StreamUnavailableError(FinplatformError):
    """The stream's server does not answer."""


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        id: Its id in the stream.
        body: The document; None if the message has no such field.
        deliveries: How often it was given to a consumer, this time included.
    """

    id: str
    body: bytes | None
    deliveries: int = 1


@dataclass(frozen=True)
class Outcome:
    """What became of a message.

    Attributes:
        message_id: The message.
        kind: `alert` or `letter` where something is to be put on the stream of these.
        body: That, as a JSON document.
    """

    message_id: str
    kind: str = ""
    body: str = ""


class Sender(Protocol):
    """Puts events on the stream."""

    def offer(self, events: Sequence[str | bytes], capacity: int) -> int:
        """Adds events in their order, as far as there is room; returns how many, from the first."""
        ...


class Member(Protocol):
    """One consumer of the group that stores events in the warehouse."""

    def join(self) -> None:
        """Begins where the group is; what others were given and did not settle is abandoned."""
        ...

    def read(self, count: int, block_ms: int) -> list[Message]:
        """Messages that no consumer of the group was given yet."""
        ...

    def abandoned(self, count: int, idle_ms: int) -> Iterator[list[Message]]:
        """Messages that were given to a consumer and not settled since, each once."""
        ...

    def attempts(self, message: Message) -> int:
        """Notes that a message is handled alone; returns how often it was."""
        ...

    def settle(self, outcomes: Iterable[Outcome]) -> int:
        """Acknowledges messages; returns how many had not been acknowledged before."""
        ...

    def trim(self) -> int:
        """Makes room for producers; returns the number of messages removed."""
        ...

    def leave(self) -> None:
        """Unregisters the consumer, which reads no more messages."""
        ...
