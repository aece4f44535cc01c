"""What judges events: the shape that the consumer expects of fraud rules.

Belongs here: the interface, and the judge of a bank without rules. Does not belong here: rules (see
`finplatform.streaming.fraud`).
"""

from collections.abc import Callable
from typing import Protocol

import polars as pl

VERDICTS = pl.Schema(
    {
        "rules": pl.List(pl.String()),
        "rule_code": pl.String(),
        "rule_points": pl.Int16(),
        "severity": pl.String(),
        "is_alert": pl.Boolean(),
        "is_blocked": pl.Boolean(),
        "fraud_probability": pl.Float64(),
        "combined_score": pl.Float64(),
        "is_model_alert": pl.Boolean(),
    }
)
"""What the consumer takes of a verdict: the rules that are met, with the one to name, their points
of 100 and severity; whether they alert and block; the model's chance, score and alert. Null is what
no rule or no model says."""


class Judge(Protocol):
    """Judges events in the order in which they are stored.

    It remembers what it has judged, so one judge sees all events of the channel. An event that is
    judged again has the same verdict, and is remembered once.
    """

    def judge(self, events: pl.DataFrame) -> pl.DataFrame:
        """The verdict on each event, in the order given, with the columns of `VERDICTS`.

        Args:
            events: Rows of `bronze.transaction_events` as they were received.
        """
        ...


JudgeFactory = Callable[[], Judge]
"""Makes a judge that knows what is stored at that moment."""


class Lenient:
    """The judge of a bank that has no rules."""

    def judge(self, events: pl.DataFrame) -> pl.DataFrame:
        """No alert on any event."""
        nothing = VERDICTS.to_frame().clear(events.height)
        return nothing.with_columns(is_alert=pl.lit(False), is_blocked=pl.lit(False))
