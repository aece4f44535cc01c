"""Verdicts and features of windows of days, in bounded memory, by the evaluator of the stream.

Belongs here: running the days of a window through one history, a chunk at a time. Does not belong
here: storing what comes of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import polars as pl

from finplatform.ml.event_model import EventModel
from finplatform.ml.fraud import chances, learned_to
from finplatform.streaming.fraud.backtest import Backtest, Figures
from finplatform.streaming.fraud.evaluator import PaymentEvaluator, by_rules
from finplatform.streaming.fraud.features import PaymentHistory
from finplatform.streaming.fraud.rules import Rule, in_production
from finplatform.streaming.fraud.warehouse import chunks, confirmed_frauds, events_of, history_at
from finplatform.windows import Window


def verdicts_of(url: str, window: Window, rules: Sequence[Rule], zone: str) -> pl.DataFrame:
    """Verdicts on the transactions of a window that meet a rule.

    Args:
        url: libpq URL of the warehouse.
        window: Days.
        rules: The rules; drafts have no effect.
        zone: Time zone of the bank.

    Returns:
        Columns of `gold.fraud_verdicts`.
    """
    history = history_at(url, window.start, zone)
    evaluator = PaymentEvaluator(history, rules)
    met = [
        evaluator.evaluate(events).filter(
            pl.col("is_alert") | (pl.col("shadow_rules").list.len() > 0),
        )
        for events in _events(url, window, history)
    ]
    return pl.concat(met).with_columns(
        pl.col("rules", "shadow_rules").list.join(","),
        pl.col("amount_usd").cast(pl.Decimal(18, 2)),
    )


def payments_of(
    url: str, window: Window, rules: Sequence[Rule], zone: str, *, share: int = 1
) -> pl.DataFrame:
    """Payments of a window with all their features, for the model of fraud.

    Args:
        url: libpq URL of the warehouse.
        window: Days.
        rules: The rules; drafts have no effect.
        zone: Time zone of the bank.
        share: Of the payments that are no confirmed fraud, one in so many is kept.

    Returns:
        Features, keys, `rule_points`, `confirmed_date` (null if not confirmed) and `weight`, the
        payments that a row stands for.
    """
    batches = payment_batches(url, window, rules, zone, share=share)
    return pl.concat(batches).sort("transaction_date", "transaction_id")


def payment_batches(
    url: str, window: Window, rules: Sequence[Rule], zone: str, *, share: int = 1
) -> Iterator[pl.DataFrame]:
    """The same a chunk of days at a time, in bounded memory; at least one, of a window without any.

    Args:
        url: libpq URL of the warehouse.
        window: Days.
        rules: The rules; drafts have no effect.
        zone: Time zone of the bank.
        share: As for `payments_of`.
    """
    history = history_at(url, window.start, zone)
    frauds = confirmed_frauds(url).select(
        "transaction_id",
        confirmed_date=pl.col("confirmed_at").dt.convert_time_zone(zone).dt.date(),
    )
    live_rules = in_production(rules)
    for events in _events(url, window, history, only_payments=True):
        payments = history.add(events).join(frauds, on="transaction_id", how="left")
        is_fraud = pl.col("confirmed_date").is_not_null()
        # A hash of the identifier, so that the same payments are read again.
        is_drawn = pl.col("transaction_id").hash(seed=0) % share == 0
        drawn = payments.filter(is_fraud | is_drawn).with_columns(
            weight=pl.when(is_fraud).then(1.0).otherwise(float(share))
        )
        yield drawn.with_columns(by_rules(drawn, live_rules)["rule_points"])


@dataclass(frozen=True)
class Replayed:
    """Result of a replayed history.

    Attributes:
        rules: Figures of each rule on all transactions.
        cards: Card payments after those that the model has learned from, with their scores, the
            amount and `is_fraud`.
    """

    rules: list[Figures]
    cards: pl.DataFrame


def replay(
    url: str,
    window: Window,
    rules: Sequence[Rule],
    zone: str,
    *,
    frauds: pl.DataFrame,
    model: EventModel | None = None,
) -> Replayed:
    """Runs rules and model over a window of which the frauds are known.

    Args:
        url: libpq URL of the warehouse.
        window: Days.
        rules: The rules, drafts too.
        zone: Time zone of the bank.
        frauds: `transaction_id` of what counts as fraud.
        model: Model of fraud; None evaluates by rules alone.
    """
    history = history_at(url, window.start, zone)
    backtest, cards = Backtest(rules), []
    live_rules = in_production(rules)
    is_fraud = pl.col("transaction_id").is_in(frauds["transaction_id"].implode())
    first = learned_to(model) + timedelta(days=1) if model else window.start
    for events in _events(url, window, history):
        features = history.add(events).with_columns(is_fraud=is_fraud)
        backtest.add(features)
        later = features.filter(
            (pl.col("transaction_type") == "CARD_PAYMENT") & (pl.col("transaction_date") >= first)
        )
        verdicts = by_rules(later, live_rules)
        if model is not None:
            verdicts = verdicts.drop("is_alert").hstack(chances(model, verdicts))
        cards.append(
            verdicts.select(
                "transaction_date",
                "is_fraud",
                "amount_usd",
                "rule_points",
                *(["fraud_probability", "combined_score"] if model else []),
            )
        )
    return Replayed(backtest.figures(), pl.concat(cards))


def _events(
    url: str, window: Window, history: PaymentHistory, *, only_payments: bool = False
) -> Iterator[pl.DataFrame]:
    """Events of the window, a chunk of days at a time; what is over is dropped from the history."""
    for chunk in chunks(url, window):
        if chunk.start != window.start:
            midnight = datetime.combine(chunk.start, time(), UTC)
            # A day more, for a zone whose days begin before those of UTC.
            history.forget(int(midnight.timestamp()) - 86_400)
        yield events_of(url, chunk, only_payments=only_payments)
