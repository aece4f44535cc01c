"""Events: messages parsed strictly, or refused with the reason.

A message has one field, a JSON document whose values are the columns of `bronze.transaction_events`
as text, numbers or booleans. Numbers are read by their digits, so that no amount passes through a
float. What else a document holds is passed over. Belongs here: documents to typed rows and back.
Does not belong here: storing them (see `landing`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from finplatform.contracts.streamed import TRANSACTION_EVENTS
from finplatform.ingest.conform import conform
from finplatform.ingest.connectors.base import Malformed
from finplatform.ingest.validate import ValidationContext, find_failures
from finplatform.ingest.values import Reading, business_day
from finplatform.streaming.transport import Message

LARGEST_EVENT = 64 * 1024
"""Bytes of the largest document that is read."""

MESSAGE_ID = "message_id"

_INSTANT = "%Y-%m-%dT%H:%M:%S%.6fZ"
_NAMES = tuple(TRANSACTION_EVENTS.dtypes)
_TEXT = dict.fromkeys(_NAMES, pl.String)


class _UnreadableError(Exception):
    """A message is no event; its argument is the rule that it breaks."""


@dataclass(frozen=True)
class Decoded:
    """A batch of messages, read.

    Attributes:
        good: Typed events with their `message_id`, in the order of the messages.
        read: Messages of the rows of `received`.
        received: All documents as they came, by column.
        failures: Broken rules, by row of `received`.
        days: Business day per row of `received`, null where it has none.
        unreadable: Messages that are no documents, each with what is to be kept of it.
    """

    good: pl.DataFrame
    read: Sequence[Message]
    received: pl.DataFrame
    failures: pl.DataFrame
    days: pl.Series
    unreadable: Sequence[tuple[Message, Malformed]]

    @property
    def messages(self) -> list[Message]:
        """All messages of the batch."""
        return [*self.read, *(message for message, _ in self.unreadable)]


def decode(messages: Sequence[Message], validation_context: ValidationContext) -> Decoded:
    """Reads messages and validates their values by the contract.

    Args:
        messages: A batch.
        validation_context: Days that events may be of, and the bank's zone.
    """
    read, documents, unreadable = list[Message](), list[Mapping[str, Any]](), []
    for message in messages:
        try:
            documents.append(_document(message.body))
            read.append(message)
        except _UnreadableError as error:
            unreadable.append((message, malformed(message, str(error))))
    columns = {name: [document.get(name) for document in documents] for name in _NAMES}
    conformed = conform(
        pl.DataFrame(columns, schema=_TEXT),
        TRANSACTION_EVENTS.dtypes,
        {},
        Reading(
            bank_timezone=validation_context.bank_timezone,
            identifiers=TRANSACTION_EVENTS.identifier_columns,
        ),
    )
    failures = find_failures(conformed, TRANSACTION_EVENTS, validation_context)
    ids = pl.Series(MESSAGE_ID, [message.id for message in read], dtype=pl.String)
    is_bad = pl.arange(len(read), eager=True, dtype=pl.UInt32).is_in(failures["row"].implode())
    day = business_day(conformed.frame["transaction_date"], validation_context.bank_timezone)
    return Decoded(
        good=conformed.frame.with_columns(ids).filter(~is_bad),
        read=read,
        received=conformed.received,
        failures=failures,
        days=day,
        unreadable=unreadable,
    )


def malformed(message: Message, rule: str) -> Malformed:
    """What is kept of a message that cannot be read or handled.

    Args:
        message: The message.
        rule: What is wrong with it.
    """
    kept = (message.body or b"")[:LARGEST_EVENT]
    return Malformed(rule, kept.decode("utf-8", "backslashreplace"), message.id)


def encode(events: pl.DataFrame) -> list[str]:
    """Typed events as documents.

    Args:
        events: Rows with columns of the contract.
    """
    instants = [name for name, kind in events.schema.items() if isinstance(kind, pl.Datetime)]
    text = events.with_columns(pl.col(instants).dt.strftime(_INSTANT)).cast(pl.String)
    return text.select(pl.struct(pl.all()).struct.json_encode()).to_series().to_list()


def _document(body: bytes | None) -> Mapping[str, str | None]:
    """The values of a document as text.

    Raises:
        _UnreadableError: If it is none.
    """
    if body is None:
        raise _UnreadableError("field(event)")
    if len(body) > LARGEST_EVENT:
        raise _UnreadableError(f"bytes<={LARGEST_EVENT}")
    try:
        text = body.decode()
        found = json.loads(text, parse_float=str, parse_int=str, parse_constant=_refuse)
    except UnicodeDecodeError:
        raise _UnreadableError("encoding") from None
    except (ValueError, RecursionError):
        raise _UnreadableError("json") from None
    if not isinstance(found, dict):
        raise _UnreadableError("object")
    has_escapes = "\\u" in text
    return {name: _value(found[name], checked=has_escapes) for name in _NAMES if name in found}


def _value(value: Any, *, checked: bool) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        raise _UnreadableError("scalar")
    if checked and not _is_text(value):
        raise _UnreadableError("encoding")
    return value


def _is_text(value: str) -> bool:
    """Whether text can be written: JSON may escape half of a character."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse(constant: str) -> None:
    raise ValueError(constant)
