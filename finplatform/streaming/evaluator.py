"""The interface of event evaluators, which the consumer calls for every batch.

Belongs here: the interface, and the evaluator of a bank without rules. Does not belong here: rules
(see `finplatform.streaming.fraud`).
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
"""Columns of a verdict: the matched rules, the main one, their points of 100 and severity; whether
they alert and block; the model's probability, score and alert. Null where no rule or no model
applies."""


class Evaluator(Protocol):
    """Evaluates events in the order in which they are stored.

    It keeps state, so one evaluator processes all events of the channel. A repeated event has the
    same verdict and is counted once.
    """

    def evaluate(self, events: pl.DataFrame) -> pl.DataFrame:
        """The verdict on each event, in the order given, with the columns of `VERDICTS`.

        Args:
            events: Rows of `bronze.transaction_events` as they were received.
        """
        ...


EvaluatorFactory = Callable[[], Evaluator]
"""Makes an evaluator from the currently stored data."""


class NoRules:
    """The evaluator of a bank without rules."""

    def evaluate(self, events: pl.DataFrame) -> pl.DataFrame:
        """No alert on any event."""
        nothing = VERDICTS.to_frame().clear(events.height)
        return nothing.with_columns(is_alert=pl.lit(False), is_blocked=pl.lit(False))
