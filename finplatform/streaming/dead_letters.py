"""Dead letters: messages that no consumer can handle, put away once with the reason.

A letter is known by its content, so that a message that is sent again is not put away again. It is
noted in `ops.dead_letters`, and kept whole in `quarantine.rejected_rows`: masked for those who mend
it, sealed as it was received. Belongs here: both, inside the transaction of a batch. Does not
belong here: deciding what cannot be handled (see `events` and `consumer`).
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.contracts.streamed import TRANSACTION_EVENTS
from finplatform.ingest.connectors.base import Malformed
from finplatform.ingest.protect import Protector
from finplatform.ingest.quarantine import REJECTED_ROWS, SUBJECT, malformed_rows, rejected_rows
from finplatform.ingest.sealing import Sealer
from finplatform.security.keys import MasterKey
from finplatform.streaming.events import Decoded, malformed
from finplatform.streaming.names import CHANNEL, LETTER
from finplatform.streaming.transport import Message, Outcome
from finplatform.warehouse import bulk

_STAGE = "stream_letters"
_COLUMNS = pl.Schema(
    {
        "letter_id": pl.String(),
        "channel": pl.String(),
        "message_id": pl.String(),
        "event_id": pl.String(),
        "reason": pl.String(),
        "deliveries": pl.Int32(),
        "noted_at": pl.Datetime("us", "UTC"),
    }
)
_LIST = bulk.column_list(_COLUMNS.names())

_NOTE = f"""
    insert into ops.dead_letters ({_LIST}) select {_LIST} from pg_temp.{_STAGE}
    on conflict (letter_id) do nothing
    returning letter_id
"""

_NOTED = f"""
    select noted.message_id, noted.letter_id, noted.event_id, noted.reason, noted.deliveries
    from pg_temp.{_STAGE} as staged
    inner join ops.dead_letters as noted
        on staged.letter_id = noted.letter_id and staged.message_id = noted.message_id
"""


@dataclass(frozen=True)
class _Letter:
    message: Message
    event_id: str | None
    reason: str

    @property
    def id(self) -> str:
        """Hash of the content; a message without any is known by its own id."""
        content = self.message.body if self.message.body else self.message.id.encode()
        return hashlib.sha256(content).hexdigest()


class DeadLetters:
    """Puts messages away over the connection of a consumer.

    Args:
        connection: Open Arrow connection; the caller commits.
        master: Master key of the vault, which seals what was received.
    """

    def __init__(self, connection: dbapi.Connection, master: MasterKey) -> None:
        self._connection = connection
        self._master = master
        self._protector = Protector(TRANSACTION_EVENTS, master)
        for statement in (
            f"drop table if exists pg_temp.{_STAGE}",
            f"create temporary table {_STAGE} (like ops.dead_letters) on commit delete rows",
        ):
            bulk.execute(connection, statement)

    def put_away(self, batch: Decoded, at: datetime) -> list[Outcome]:
        """Puts away what breaks the contract in a batch.

        Args:
            batch: Messages, read.
            at: The present.

        Returns:
            The letters that these messages became; nothing of one whose content is put away
            already, as another message.
        """
        rows = _broken(batch)
        broken = [
            _Letter(batch.read[row], event_id, f"{column}: {rule}")
            for row, column, rule, event_id in rows.iter_rows()
        ]
        unread = [_Letter(message, None, piece.rule) for message, piece in batch.unreadable]
        if not broken and not unread:
            return []
        fresh, outcomes = self._note([*broken, *unread], at)
        new_rows = rows.filter(
            pl.Series([letter.message.id in fresh for letter in broken], dtype=pl.Boolean)
        )
        failures = batch.failures.filter(pl.col("row").is_in(new_rows["row"].implode()))
        if failures.height:
            self._quarantine(
                rejected_rows(
                    batch.received,
                    failures,
                    TRANSACTION_EVENTS.table,
                    self._protector,
                    days=batch.days,
                    origin=CHANNEL,
                )
            )
        self._quarantine_pieces(
            [piece for message, piece in batch.unreadable if message.id in fresh]
        )
        return outcomes

    def give_up(self, message: Message, reason: str, at: datetime) -> list[Outcome]:
        """Puts away a message that breaks no rule, and cannot be handled all the same.

        Args:
            message: The message.
            reason: Why, in words without values.
            at: The present.
        """
        fresh, outcomes = self._note([_Letter(message, None, reason)], at)
        self._quarantine_pieces([malformed(message, reason)] if fresh else [])
        return outcomes

    def _note(self, letters: Sequence[_Letter], at: datetime) -> tuple[set[str], list[Outcome]]:
        """Messages whose letters are new, and what all of them became."""
        rows = [
            (letter.id, CHANNEL, letter.message.id, letter.event_id, letter.reason,
             letter.message.deliveries, at)
            for letter in letters
        ]  # fmt: skip
        staged = pl.DataFrame(rows, schema=_COLUMNS, orient="row")
        staged = staged.unique("letter_id", keep="first", maintain_order=True)
        bulk.append_temporary(self._connection, _STAGE, staged)
        noted = bulk.read_frame(self._connection, _NOTE)["letter_id"]
        recorded = bulk.read_frame(self._connection, _NOTED)
        new = staged.filter(pl.col("letter_id").is_in(noted.implode()))
        return set(new["message_id"]), list(_outcomes(recorded.iter_rows(named=True)))

    def _quarantine_pieces(self, pieces: list[Malformed]) -> None:
        if pieces:
            table = TRANSACTION_EVENTS.table
            self._quarantine(
                malformed_rows(pieces, table, self._protector, day=None, origin=CHANNEL)
            )

    def _quarantine(self, rows: pl.DataFrame) -> None:
        """Stores rows with a `clear` column, sealing that column."""
        sealed = Sealer(self._connection, self._master).seal(
            rows.select(subject=pl.lit(SUBJECT), row="clear"), subject="subject", fields=["row"]
        )
        stored = rows.drop("clear").with_columns(identity_id=sealed)
        bulk.append(
            self._connection,
            REJECTED_ROWS.schema_name,
            REJECTED_ROWS.table,
            stored.select(REJECTED_ROWS.columns),
        )


def _broken(batch: Decoded) -> pl.DataFrame:
    """Row, column and rule of the first failure of each bad row, and the event's id as received."""
    first = batch.failures.group_by("row", maintain_order=True).first().sort("row")
    named = batch.received["event_id"].gather(first["row"]).str.head(60)
    # A name that breaks its own rule is no name.
    is_named = named.str.contains(r"^[A-Za-z0-9_.:-]+$")
    shown = pl.select(pl.when(is_named).then(named).alias("event_id")).to_series()
    return first.select("row", "column", "rule").with_columns(shown)


def _outcomes(noted: Iterable[dict[str, object]]) -> Iterable[Outcome]:
    for letter in noted:
        yield Outcome(str(letter["message_id"]), LETTER, json.dumps(letter))
