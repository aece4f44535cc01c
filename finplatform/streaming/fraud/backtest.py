"""Backtest of rules and score on payments with known fraud labels.

Belongs here: alerts, precision and recall, by number and by value, of rules and of the ranking by
score. Does not belong here: reading payments (`batch`), and printing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from finplatform.ml.fraud_metrics import recall_at
from finplatform.streaming.fraud.rules import LEAST_PRECISION, SEVERITIES, Kind, Mode, Rule

FEWEST_ALERTS = 30
"""Minimum number of alerts for a meaningful precision of a rule."""

ALERTS_PER_PAYMENT = 1 / 1000
"""Capacity of investigators: one alert per 1,000 card payments."""

FLAGGED = "FLAGGED"
"""Name of what raises an alert of more than low severity, by any live rule."""

_SCORES = ("fraud_probability", "rule_points", "combined_score")


@dataclass(frozen=True)
class Figures:
    """Figures of a rule.

    Attributes:
        rule: Name of the rule, or `FLAGGED`.
        mode: Its mode.
        severity: Its severity.
        alerts: Payments that it meets.
        frauds: Those of them that are fraud.
        value: Amount of the payments in dollars.
        fraud_value: Amount of those that are fraud.
        all_frauds: Frauds among all payments.
        all_fraud_value: Their amount.
        is_bound: Whether its precision decides on going live: not of a rule that is exempt, nor
            of laundering, which investigations of fraud do not cover.
    """

    rule: str
    mode: str
    severity: str
    alerts: int
    frauds: int
    value: float
    fraud_value: float
    all_frauds: int
    all_fraud_value: float
    is_bound: bool

    @property
    def precision(self) -> float | None:
        """Share of the alerts that are fraud; None without any."""
        return self.frauds / self.alerts if self.alerts else None

    @property
    def recall(self) -> float | None:
        """Share of the frauds that it meets; None without any."""
        return self.frauds / self.all_frauds if self.all_frauds else None

    @property
    def recall_of_value(self) -> float | None:
        """Share of what frauds take that it meets; None without any."""
        return self.fraud_value / self.all_fraud_value if self.all_fraud_value else None

    @property
    def precision_of_value(self) -> float | None:
        """Share of the amounts that it meets that frauds take; None without any."""
        return self.fraud_value / self.value if self.value else None

    @property
    def is_too_imprecise(self) -> bool:
        """Whether it must not be live: enough alerts, and too few of them fraud."""
        return (
            self.is_bound
            and self.mode == Mode.LIVE
            and self.all_frauds > 0
            and self.alerts >= FEWEST_ALERTS
            and self.frauds < LEAST_PRECISION * self.alerts
        )

    def as_dict(self) -> dict[str, Any]:
        """The figures as plain values."""
        return {
            "rule": self.rule,
            "mode": self.mode,
            "severity": self.severity,
            "alerts": self.alerts,
            "frauds": self.frauds,
            "precision": self.precision,
            "precision_of_value": self.precision_of_value,
            "recall": self.recall,
            "recall_of_value": self.recall_of_value,
            "is_too_imprecise": self.is_too_imprecise,
        }


class Backtest:
    """Accumulates figures of rules, batch by batch.

    Args:
        rules: The rules, drafts too; each is evaluated as if it were valid on all days.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = {f"{rule.rule} {rule.valid_from}": rule for rule in rules}
        self._counts = pl.DataFrame()

    def add(self, payments: pl.DataFrame) -> None:
        """Counts some payments.

        Args:
            payments: Features and `is_fraud`.
        """
        value = pl.col("amount_usd").fill_null(0.0)
        fraud = pl.col("is_fraud")
        live = [
            rule
            for rule in self._rules.values()
            if rule.mode is Mode.LIVE and rule.severity != SEVERITIES[0]
        ]
        met = {name: rule.expression for name, rule in self._rules.items()}
        met[FLAGGED] = pl.any_horizontal(pl.lit(False), *(rule.expression for rule in live))
        met[""] = pl.lit(True)
        counted = payments.select(
            pl.struct(
                hit.sum().cast(pl.Int64).alias("alerts"),
                (hit & fraud).sum().cast(pl.Int64).alias("frauds"),
                value.filter(hit).sum().alias("value"),
                value.filter(hit & fraud).sum().alias("fraud_value"),
            ).alias(name)
            for name, hit in met.items()
        )
        long = counted.unpivot(variable_name="name", value_name="counts").unnest("counts")
        self._counts = (
            pl.concat([self._counts, long])
            .group_by("name", maintain_order=True)
            .agg(pl.exclude("name").sum())
            if self._counts.height
            else long
        )

    def figures(self) -> list[Figures]:
        """Figures of each rule, and at the end of all that is flagged; none without payments."""
        rows = {row.pop("name"): row for row in self._counts.to_dicts()}
        if not rows:
            return []
        everything = rows[""]
        totals = {
            "all_frauds": everything["frauds"],
            "all_fraud_value": everything["fraud_value"],
        }
        found = [
            Figures(
                rule=rule.rule,
                mode=rule.mode,
                severity=rule.severity,
                is_bound=rule.kind is Kind.FRAUD and rule.exempt is None,
                **rows[name],
                **totals,
            )
            for name, rule in self._rules.items()
        ]
        flagged = Figures(
            FLAGGED, Mode.LIVE, "MEDIUM, HIGH", is_bound=False, **rows[FLAGGED], **totals
        )
        return [*found, flagged]


def score_figures(payments: pl.DataFrame, scale: float = 1.0) -> dict[str, Any]:
    """How much of the fraud lies among the card payments of the highest score.

    Args:
        payments: Card payments with `is_fraud`, `amount_usd`, and those of `fraud_probability`,
            `rule_points` and `combined_score` that there are.
        scale: Honest payments that one stands for: frauds of a simulated bank may be so many times
            as frequent as those of real ones.

    Returns:
        Numbers of payments, frauds and alerts; by score `precision`, `recall` and
        `recall_of_value`; and `most`, the same of a perfect score.
    """
    outcome = payments["is_fraud"].cast(pl.Float64).to_numpy()
    value = outcome * payments["amount_usd"].fill_null(0.0).to_numpy()
    weight = np.where(outcome > 0, 1.0, scale)
    total = float(weight.sum())
    shown: dict[str, Any] = {
        "card_payments": total,
        "frauds": float(outcome.sum()),
        "fraud_value": float(value.sum()),
        "alerts": total * ALERTS_PER_PAYMENT,
        "by": {},
    }
    if not value.any():
        return shown
    scores = {"most": value} | {
        name: payments[name].cast(pl.Float64).to_numpy()
        for name in _SCORES
        if name in payments.columns and payments[name].null_count() == 0
    }
    for name, score in scores.items():
        recall = recall_at(outcome, score, weight, ALERTS_PER_PAYMENT)
        shown["by"][name] = {
            "precision": recall * shown["frauds"] / shown["alerts"],
            "recall": recall,
            "recall_of_value": recall_at(value, score, weight, ALERTS_PER_PAYMENT),
        }
    return shown
