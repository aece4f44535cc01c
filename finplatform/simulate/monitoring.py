"""The fraud monitoring system: alerts on transactions, and decisions of investigators.

Belongs here: alerts, their scores and their decisions, with the errors and delays that people make.
Does not: the frauds (`misconduct`). Fraud shows in no column but the decision, which is late and
sometimes wrong.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.simulate.clock import DAY_SECONDS, is_business_day
from finplatform.simulate.frames import instants, labels, money, text
from finplatform.simulate.places import CURRENCIES, PLACES
from finplatform.simulate.rng import Bools, Floats, Ints, sigmoid, stream
from finplatform.simulate.rows import (
    CARD_PAYMENT,
    ONLINE,
    PARITY,
    TRANSFER_OUT,
    WITHDRAWAL,
    Rows,
)
from finplatform.simulate.world import World

RULES = ("CARD_TESTING", "UNUSUAL_AMOUNT", "FOREIGN_MERCHANT", "NEW_PAYEE", "ODD_HOURS")
SEVERITIES = ("LOW", "MEDIUM", "HIGH")
STATUSES = ("OPEN", "IN_REVIEW", "CLOSED")
OUTCOMES = ("CONFIRMED_FRAUD", "FALSE_POSITIVE", "INCONCLUSIVE")
_TESTING, _AMOUNT, _FOREIGN, _PAYEE, _HOURS = range(len(RULES))
_OPEN, _IN_REVIEW, _CLOSED = range(len(STATUSES))
_CONFIRMED, _FALSE, _INCONCLUSIVE = range(len(OUTCOMES))

# Share of the rows of each fraud pattern that the system notices, in the order of the patterns.
_NOTICED = np.array([0.70, 0.60, 0.55, 0.65])
# False alarms over all rows: limits are set by what investigators can look at.
_FALSE_ALARMS = 0.004
_SMALL, _LARGE = 15.0, 250.0
_SCORE_STEPS = (700, 800)
# Median hours of an investigation by severity, and business days that pass before a decision at
# least: the latest alerts are open on any evening.
_HOURS_TO_DECISION = np.array([40.0, 20.0, 6.0])
_BUSINESS_DAYS = np.array([3, 2, 1])
_OPENING, _OFFICE_HOURS = 14 * 3600, 8
# Share of cases that wait for an answer from outside, from the customer or another bank, and for
# how many business days more.
_WAITING_SHARE, _WAITING_DAYS = 0.15, (5, 25)
# Longest part of the time from the first opening to the decision, without that wait, for which an
# alert lies in the queue.
_MOST_QUEUED = 0.6
# Decisions by what it was: confirmed, false positive, inconclusive.
_DECISIONS = np.array([[0.025, 0.935, 0.04], [0.89, 0.06, 0.05]])
# Cents from which a customer is asked before an honest payment is confirmed as fraud: the larger it
# is, the more rarely that happens.
_ASKED_FROM = 20_000


@dataclass(frozen=True, slots=True)
class Alerted:
    """Transactions with an alert, one element each.

    Attributes:
        transaction: Identifier of the transaction.
        account: Index of the account.
        at: Second of the transaction.
        cents: Amount in hundredths of `currency`.
        currency: Index into `CURRENCIES`.
        rule: Index into `RULES`.
        score: 500 to 1000.
        is_fraud: Truth, which only the investigator gets to see.
    """

    transaction: Ints
    account: Ints
    at: Ints
    cents: Ints
    currency: Ints
    rule: Ints
    score: Ints
    is_fraud: Bools


def watch(world: World, number: int, first_id: int, made: Rows) -> Alerted:
    """Alerts on the settled rows of a month.

    Args:
        world: The bank.
        number: Position of the month, for its random stream.
        first_id: Identifier of the first row.
        made: The rows in the order of their identifiers.
    """
    rng = stream(world.config.seed, "monitoring", number)
    watched = np.isin(made.kind, (CARD_PAYMENT, TRANSFER_OUT, WITHDRAWAL)) & (made.pair == 0)
    found = np.flatnonzero(watched)
    seen = made.take(found)
    rule, suspicion = _suspicion(world, seen)
    fraud = (seen.tag >= 1) & (seen.tag <= len(_NOTICED))
    chance = _FALSE_ALARMS * len(made) * suspicion / max(float(suspicion.sum()), 1e-9)
    chance = np.where(fraud, _NOTICED[np.where(fraud, seen.tag - 1, 0)], chance)
    hit = np.flatnonzero(rng.random(len(seen)) < chance)
    strength = rng.normal(0.9 * fraud[hit] + 0.25 * (suspicion[hit] - 1.5), 1.0)
    return Alerted(
        transaction=first_id + found[hit],
        account=seen.account[hit].astype(np.int64),
        at=seen.at[hit],
        cents=seen.cents[hit],
        currency=seen.currency[hit].astype(np.int64),
        rule=rule[hit],
        score=np.rint(500 + 500 * sigmoid(strength)).astype(np.int64),
        is_fraud=fraud[hit],
    )


def _suspicion(world: World, seen: Rows) -> tuple[Ints, Floats]:
    """The rule that fits each row best, and how odd the row looks by what a system can see."""
    abroad = np.array([place.country != "US" for place in PLACES])
    shop = world.merchants.place[np.maximum(seen.merchant, 0)]
    far = (seen.merchant >= 0) & (abroad[np.maximum(shop, 0)] | (shop < 0))
    dollars = seen.cents * (seen.rate / PARITY) / 100
    hour = seen.at % DAY_SECONDS // 3600
    night = (hour >= 5) & (hour < 11)
    online = seen.channel == ONLINE
    testing = online & (seen.kind == CARD_PAYMENT) & (dollars < _SMALL)
    rule = np.select(
        [seen.kind == TRANSFER_OUT, testing, far, dollars > _LARGE],
        [_PAYEE, _TESTING, _FOREIGN, _AMOUNT],
        default=_HOURS,
    )
    odd = 0.3 + 0.8 * night + 1.0 * far + 0.5 * online + 3.0 * testing
    return rule.astype(np.int64), odd + 0.4 * np.log1p(dollars / 100)


def alert_frame(world: World, months: list[Alerted]) -> pl.DataFrame:
    """The alert queue as it stands at the end of the span, ordered by when it was raised.

    An alert is open until it is taken up, in review until it is decided: the latest ones are open,
    those of some days ago in review, and of older ones only those that wait for an answer.
    """
    found = _join(months)
    rng = stream(world.config.seed, "investigations")
    end = (world.calendar.end + 1) * DAY_SECONDS - 1
    raised = _raised(rng, found.at)
    severity = np.searchsorted(_SCORE_STEPS, found.score, side="right")
    hours = np.exp(rng.normal(np.log(_HOURS_TO_DECISION)[severity], 0.9))
    time_of_day = (hours % _OFFICE_HOURS * 3600).astype(np.int64)
    decided = np.maximum(
        raised + 600 + (hours * 3600).astype(np.int64),
        _office_opens(raised, _BUSINESS_DAYS[severity]) + time_of_day,
    )
    level = rng.random(len(raised))[:, None]
    edges = np.cumsum(_DECISIONS, axis=1)[found.is_fraud.astype(np.int64)]
    asked = np.minimum(_ASKED_FROM / np.maximum(found.cents, 1), 1.0)
    edges[:, _CONFIRMED] *= np.where(found.is_fraud, 1.0, asked)
    outcome = np.minimum((edges <= level).sum(axis=1), _INCONCLUSIVE)
    opened = _office_opens(raised, np.ones_like(raised))
    queued = rng.uniform(0.0, _MOST_QUEUED, len(raised)) * (decided - opened)
    taken_up = opened + queued.astype(np.int64)
    waits = np.flatnonzero(rng.random(len(raised)) < _WAITING_SHARE)
    days = rng.integers(*_WAITING_DAYS, len(waits), endpoint=True)
    decided[waits] = _office_opens(decided[waits], days) + time_of_day[waits]
    closed = decided <= end
    waiting = np.where(taken_up <= end, _IN_REVIEW, _OPEN)
    keep = np.flatnonzero(raised <= end)
    keep = keep[np.lexsort((found.transaction[keep], raised[keep]))]
    frame = pl.DataFrame(
        {
            "alert_id": labels("FA", np.arange(1, len(keep) + 1), 8),
            "transaction_id": pl.Series(found.transaction[keep]).cast(pl.String),
            "account_id": labels("A", found.account[keep] + 1, 7),
            "transaction_at": instants(found.at[keep]),
            "amount": money(found.cents[keep]),
            "currency": text(CURRENCIES, found.currency[keep]),
            "rule_code": text(RULES, found.rule[keep]),
            "score": found.score[keep].astype(np.int16),
            "severity": text(SEVERITIES, severity[keep]),
            "raised_at": instants(raised[keep]),
            "status": text(STATUSES, np.where(closed, _CLOSED, waiting)[keep]),
            "investigated_at": instants(decided[keep]),
            "outcome": text(OUTCOMES, np.where(closed, outcome, -1)[keep]),
        }
    )
    return frame.with_columns(
        investigated_at=pl.when(pl.Series(closed[keep])).then("investigated_at")
    )


def _office_opens(raised: Ints, wait: Ints) -> Ints:
    """When investigators open on the business day that is so many after each alert."""
    day = raised // DAY_SECONDS
    if not len(day):
        return raised
    # Of two weeks at least six are business days, as no run of closed ones is longer than four.
    days = np.arange(day.min(), day.max() + 28 + 14 * _WAITING_DAYS[1] // 6)
    business = days[is_business_day(days)]
    return (
        business[np.searchsorted(business, day, side="right") + wait - 1] * DAY_SECONDS + _OPENING
    )


def _raised(rng: np.random.Generator, at: Ints) -> Ints:
    """Most alerts come at once, the others from the batch of the following night."""
    nightly = (at // DAY_SECONDS + 1) * DAY_SECONDS + 3 * 3600
    return np.where(rng.random(len(at)) < 0.85, at + rng.integers(1, 90, len(at)), nightly)


def _join(months: list[Alerted]) -> Alerted:
    names = Alerted.__slots__
    return Alerted(*(np.concatenate([getattr(month, name) for month in months]) for name in names))
