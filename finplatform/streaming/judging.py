"""What judges events: the shape that the consumer expects of fraud rules.

Belongs here: the interface, and the judge of a bank without rules. Does not belong here: rules (see
`finplatform.streaming.fraud`).
"""

from collections.abc import Callable
from typing import Protocol

import polars as pl

VERDICTS = pl.Schema(
    {
        "event_id": pl.String(),
        "rules": pl.List(pl.String()),
        "score": pl.Float64(),
        "is_alert": pl.Boolean(),
        "severity": pl.String(),
        "is_blocked": pl.Boolean(),
    }
)
"""Columns of verdicts: the rules that fired, suspicion from 0 to 1, and what is to be done."""


class Judge(Protocol):
    """Judges events in the order in which they are stored.

    It remembers what it has judged, so one judge sees all events of a channel, each once; after a
    batch that was not stored, another judge is made.
    """

    def judge(self, events: pl.DataFrame) -> pl.DataFrame:
        """Verdicts on events, with the columns of `VERDICTS`.

        Args:
            events: Rows of `bronze.transaction_events` as they were received.
        """
        ...


JudgeFactory = Callable[[], Judge]
"""Makes a judge that knows what is stored at that moment."""


class Lenient:
    """The judge of a bank that has no rules."""

    def judge(self, events: pl.DataFrame) -> pl.DataFrame:
        """No verdict on any event."""
        del events
        return VERDICTS.to_frame()
