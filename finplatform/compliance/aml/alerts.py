"""Alerts: signals of one customer, weighed by typology into one alert with its reason.

A typology has one signal that it is built on; the others support it. An alert is of one customer,
typology and calendar month, and belongs to the first day of the month on which the weights of the
signals reach the limit; transactions that a later day of the month adds are noted on that day. Both
follow from what happened up to the day, so that any window can be judged again with the same
result. Belongs here: weighing, and what an alert holds. Does not belong here: the signals.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from finplatform.compliance.aml.context import context_signals
from finplatform.compliance.aml.graph import graph_signals
from finplatform.compliance.aml.hits import gather
from finplatform.compliance.aml.movements import classify
from finplatform.compliance.aml.peers import comparison_signals
from finplatform.compliance.aml.rules import RuleBook, Rules
from finplatform.compliance.aml.signals import customer_signals
from finplatform.compliance.aml.typologies import KEY_SIGNALS
from finplatform.windows import Window

HISTORY_DAYS = 125
"""Days of movements before a window that judging it needs: those of its month, of the longest
window and of the baseline before it."""

_HIGHEST = 100
_BY_DAY = ["customer_id", "day"]
_BY_ALERT = ["customer_id", "typology"]


@dataclass(frozen=True)
class Monitored:
    """What monitoring found in a window.

    Attributes:
        alerts: An alert each, by `alert_date`.
        signals: A signal of an alert each, with its weight and words.
        transactions: A transaction of an alert each, by `noted_date`.
    """

    alerts: pl.DataFrame
    signals: pl.DataFrame
    transactions: pl.DataFrame


@dataclass(frozen=True)
class Evidence:
    """What monitoring reads.

    Attributes:
        movements: Rows of `MOVEMENTS`, of the window and of `HISTORY_DAYS` before it.
        profiles: Rows of `PROFILES`.
        reviews: Rows of `REVIEWS`.
        listed: Rows of `LISTED`.
        last_active: Last own movement of accounts before the first movement, see `signals`.
    """

    movements: pl.DataFrame
    profiles: pl.DataFrame
    reviews: pl.DataFrame
    listed: pl.DataFrame
    last_active: pl.DataFrame


def monitor(evidence: Evidence, window: Window, book: RuleBook) -> Monitored:
    """Judges the days of a window.

    Args:
        evidence: What is known.
        window: Days to judge.
        book: The rules.
    """
    classified = classify(evidence.movements)
    months = [
        _judge_month(evidence, classified, start, window, book) for start in _month_starts(window)
    ]
    return Monitored(
        pl.concat([month.alerts for month in months]),
        pl.concat([month.signals for month in months]),
        pl.concat([month.transactions for month in months]),
    )


def _judge_month(
    evidence: Evidence,
    classified: pl.DataFrame,
    month_start: date,
    window: Window,
    book: RuleBook,
) -> Monitored:
    """Alerts and notes of one month inside the window, judged from the month's first day."""
    end = min(window.end, _next_month(month_start))
    hits, scores = [], []
    for piece, rules in book.pieces(Window(month_start, end)):
        found = _all_hits(evidence, classified, piece, month_start, rules)
        hits.append(found)
        scores.append(_scores(found, rules))
    found, scored = pl.concat(hits), pl.concat(scores)
    first = (
        scored.filter("is_alert").sort("day").group_by(_BY_ALERT, maintain_order=True).first()
    ).sort("day", *_BY_ALERT)
    ids = [
        _alert_id(customer, typology, month_start)
        for customer, typology in first.select(_BY_ALERT).iter_rows()
    ]
    first = first.with_columns(alert_id=pl.Series(ids, dtype=pl.String))
    noted = _noted(found, first, classified)
    inside = (pl.col("alert_date") >= window.start) & (pl.col("alert_date") < window.end)
    weights = scored.select("typology", "day", "customer_id", "parts").explode("parts").unnest(
        "parts"
    )  # fmt: skip
    signals = (
        first.select("alert_id", *_BY_ALERT, "day")
        .join(weights, on=[*_BY_ALERT, "day"])
        .join(found.drop("transaction_ids"), on=["signal", *_BY_DAY])
        .select("alert_id", "signal", "weight", "measured", "words", alert_date="day")
        .sort("alert_date", "alert_id", "weight", "signal", descending=[False, False, True, False])
    )
    alerts = _described(first, signals, noted)
    return Monitored(
        alerts.filter(inside),
        signals.filter(inside),
        noted.filter((pl.col("noted_date") >= window.start) & (pl.col("noted_date") < window.end)),
    )


def _all_hits(
    evidence: Evidence, classified: pl.DataFrame, piece: Window, month_start: date, rules: Rules
) -> pl.DataFrame:
    """Key signals of the days of a piece, and what supports them."""
    keys = gather(
        [
            customer_signals(classified, evidence.listed, evidence.last_active, piece, rules),
            graph_signals(classified, piece, rules),
        ]
    )
    days = keys.select(_BY_DAY).unique().sort(_BY_DAY)
    return gather(
        [
            keys,
            context_signals(classified, evidence.reviews, days, rules),
            comparison_signals(classified, evidence.profiles, days, month_start, rules),
        ]
    )


def _scores(found: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Weights of the signals of each customer, day and typology that has its key signal."""
    weights = pl.DataFrame(
        [
            {"typology": typology, "signal": signal, "weight": weight}
            for typology, parts in sorted(rules.typologies().items())
            for signal, weight in sorted(parts.items())
        ],
        schema={"typology": pl.String, "signal": pl.String, "weight": pl.Int16},
    )
    keys = pl.DataFrame({"typology": list(KEY_SIGNALS), "signal": list(KEY_SIGNALS.values())})
    candidates = found.join(keys, on="signal").select(*_BY_DAY, "typology")
    least = rules.whole("ALERT", "least_score")
    return (
        candidates.join(found, on=_BY_DAY)
        .join(weights, on=["typology", "signal"])
        .group_by(*_BY_DAY, "typology")
        .agg(
            score=pl.col("weight").cast(pl.Int64).sum().clip(upper_bound=_HIGHEST),
            count=pl.len(),
            parts=pl.struct("signal", "weight"),
        )
        .with_columns(
            is_alert=(pl.col("score") >= least)
            & (pl.col("count") >= rules.whole("ALERT", "least_signals"))
        )
    )


def _noted(found: pl.DataFrame, first: pl.DataFrame, classified: pl.DataFrame) -> pl.DataFrame:
    """Transactions of each alert, each on the day that brought it in."""
    keys = pl.DataFrame({"typology": list(KEY_SIGNALS), "signal": list(KEY_SIGNALS.values())})
    facts = classified.select(
        "transaction_id", "account_id", "transaction_at", "amount_usd", "direction", "kind",
        other_customer_id="counterparty_customer_id", party_id="customer_id",
    )  # fmt: skip
    return (
        first.select("alert_id", *_BY_ALERT, alert_date="day")
        .join(keys, on="typology")
        .join(found.select("signal", *_BY_DAY, "transaction_ids"), on=["signal", "customer_id"])
        .filter(pl.col("day") >= pl.col("alert_date"))
        .explode("transaction_ids")
        .group_by("alert_id", "customer_id", transaction_id="transaction_ids")
        .agg(noted_date=pl.col("day").min())
        .join(facts.unique("transaction_id"), on="transaction_id")
        .select(
            "alert_id",
            "transaction_id",
            "account_id",
            "noted_date",
            "transaction_at",
            "amount_usd",
            "direction",
            "kind",
            customer_id="party_id",
            is_subject=pl.col("party_id") == pl.col("customer_id"),
        )
        .sort("noted_date", "alert_id", "transaction_at", "transaction_id")
    )


def _described(first: pl.DataFrame, signals: pl.DataFrame, noted: pl.DataFrame) -> pl.DataFrame:
    """Alerts with their reason in words and what their transactions come to."""
    reasons = signals.group_by("alert_id", maintain_order=True).agg(
        reason=pl.col("words").str.join("; "), signal_count=pl.len().cast(pl.Int16)
    )
    mine = noted.join(first.select("alert_id", alert_date="day"), on="alert_id").filter(
        pl.col("noted_date") == pl.col("alert_date")
    )
    moved = mine.group_by("alert_id").agg(
        # Both legs of a transfer within the bank are there: money counts on the subject's side,
        # or, where the subject has none, on the side that pays.
        amount_usd=pl.when(pl.col("is_subject").any())
        .then(pl.col("amount_usd").filter("is_subject").sum())
        .otherwise(pl.col("amount_usd").filter(pl.col("direction") < 0).sum()),
        transaction_count=pl.len().cast(pl.Int32),
        party_count=pl.col("customer_id").n_unique().cast(pl.Int32),
        first_at=pl.col("transaction_at").min(),
        last_at=pl.col("transaction_at").max(),
    )
    return (
        first.join(reasons, on="alert_id")
        .join(moved, on="alert_id")
        .select(
            "alert_id",
            "customer_id",
            "typology",
            "signal_count",
            "reason",
            "amount_usd",
            "transaction_count",
            "party_count",
            "first_at",
            "last_at",
            alert_date="day",
            score=pl.col("score").cast(pl.Int16),
        )
        .sort("alert_date", "alert_id")
    )


def _alert_id(customer: str, typology: str, month_start: date) -> str:
    text = f"{typology}\0{customer}\0{month_start}"
    return f"AML-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _month_starts(window: Window) -> list[date]:
    months = [window.start.replace(day=1)]
    while _next_month(months[-1]) < window.end:
        months.append(_next_month(months[-1]))
    return months


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
