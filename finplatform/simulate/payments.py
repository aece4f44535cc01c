"""Payments that the bank acquires for merchants: parties, amounts and status.

They come from the acquiring system and are not movements of `oltp.transactions`: customers pay here
with whatever they have. Belongs here: the payments. How merchants are paid out is in `settlements`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.contracts.payments import FAILURE_REASONS, PAYMENT_METHODS, PAYMENT_STATUSES
from finplatform.simulate.catalogue import CATEGORIES
from finplatform.simulate.clients import customer_ids
from finplatform.simulate.clock import DAY_SECONDS, months_since_epoch, weekday
from finplatform.simulate.frames import decimals, instants, labels, money, rate, text
from finplatform.simulate.rng import Bools, Floats, Ints, pick, pick_by_row, sigmoid, stream
from finplatform.simulate.world import World

SUCCESS, FAILED, PENDING, REFUNDED = range(4)
CREDIT, DEBIT, WALLET, TRANSFER = range(4)
NONE = -1

# A tenth as many payments are acquired as transactions are kept.
_SHARE = 10
_FEWEST = 100
_WEEKDAYS = np.array([0.98, 0.96, 0.99, 1.04, 1.20, 1.24, 0.84])
_MONTHS = np.array([0.92, 0.90, 0.97, 0.98, 1.0, 1.0, 1.0, 1.01, 0.99, 1.0, 1.12, 1.30])
_GROWTH = 0.08
# Payments by hour of the UTC day; most customers are five to eight hours behind.
_HOURS = np.array(
    [
        5.2, 4.4, 3.4, 2.4, 1.6, 1.0, 0.7, 0.5, 0.5, 0.6, 0.9, 1.6,
        2.8, 3.8, 4.6, 5.2, 5.9, 6.4, 6.3, 6.1, 6.2, 6.5, 6.6, 6.1,
    ]
)  # fmt: skip
_NIGHT = (4, 10)
_METHODS_SHOP = np.array([0.41, 0.41, 0.15, 0.03])
_METHODS_WEB = np.array([0.38, 0.22, 0.28, 0.12])
_CHEAPEST, _DEAREST = 1_000, 5_000_000
_TICKETS = 3.2

_FRAUD, _HIGH_RISK, _MEDIUM_RISK = 0.006, 4.0, 1.5
_FLAG_SCORE, _FLAG_NOISE = 78.0, 6.0
_BLOCKED_WHEN_FLAGGED = 0.55
_FAILURES = np.array([0.028, 0.038, 0.030, 0.045])
# By method: funds, issuer, expired, authentication, limit, network.
_REASONS = np.array(
    [
        [0.22, 0.34, 0.12, 0.14, 0.12, 0.06],
        [0.46, 0.20, 0.10, 0.10, 0.08, 0.06],
        [0.24, 0.20, 0.06, 0.32, 0.08, 0.10],
        [0.52, 0.10, 0.00, 0.10, 0.12, 0.16],
    ]
)
_REFUNDED, _STUCK = 0.018, 0.003
_SLOW_TRANSFER, _SLOW_DAYS = 0.6, 2


@dataclass(frozen=True, slots=True)
class Payments:
    """One element per payment, in order of time; amounts in cents, instants in seconds.

    Attributes:
        customer: Index of the customer.
        merchant: Index of the merchant.
        at: Instant of the attempt.
        cents: Amount.
        method: Index into `PAYMENT_METHODS`.
        status: Index into `PAYMENT_STATUSES`.
        reason: Index into `FAILURE_REASONS`, or -1.
        score: Risk score in hundredths.
        flagged: Payments that the acquiring system flags as fraud.
        fraud: Fraudulent payments, labelled in the truth table only.
        done: Instant of success, or -1.
        refunded: Instant of the refund, or -1.
        rate: Commission rate in millionths.
        commission: Commission in cents.
    """

    customer: Ints
    merchant: Ints
    at: Ints
    cents: Ints
    method: Ints
    status: Ints
    reason: Ints
    score: Ints
    flagged: Bools
    fraud: Bools
    done: Ints
    refunded: Ints
    rate: Ints
    commission: Ints

    def __len__(self) -> int:
        return len(self.at)

    @property
    def day(self) -> Ints:
        """Day of each payment."""
        return self.at // DAY_SECONDS


def simulate_payments(world: World) -> Payments:
    """Draw all payments of the span."""
    rng = stream(world.config.seed, "payments")
    count = max(_FEWEST, world.config.transactions // _SHARE)
    merchant, at = _where_and_when(world, rng, count)
    day = at // DAY_SECONDS
    customer = _who(world, rng, day)
    category = world.merchants.category[merchant]
    risk = _risk_level(world)[merchant]
    online = rng.random(count) < np.array([row.online for row in CATEGORIES])[category]
    night = _is_night(at)
    odds = _FRAUD * np.array([1.0, _MEDIUM_RISK, _HIGH_RISK])[risk] * (1 + online) * (1 + night)
    fraud = rng.random(count) < odds
    cents = _amounts(rng, category, fraud)
    method = pick_by_row(rng, np.where(online[:, None], _METHODS_WEB, _METHODS_SHOP))
    score = _scores(world, rng, merchant, cents, risk, night, fraud)
    flagged = score / 100 + rng.normal(0, _FLAG_NOISE, count) >= _FLAG_SCORE
    status, reason = _outcome(world, rng, day, method, score, flagged)
    succeeded = (status == SUCCESS) | (status == REFUNDED)
    done = np.where(succeeded, _soon(rng, at, np.where(method == TRANSFER, 1_800.0, 2.0)), NONE)
    refunded = np.where(status == REFUNDED, _soon(rng, np.maximum(done, at), 7_200.0), NONE)
    rates = _commission_rates(world)[merchant]
    # Half a cent is rounded away from zero, as PostgreSQL's round(numeric, 2) does.
    commission = np.where(status == SUCCESS, (cents * rates + 500_000) // 1_000_000, 0)
    return Payments(
        customer, merchant, at, cents, method, status, reason, score, flagged, fraud,
        done, refunded, rates, commission,
    )  # fmt: skip


def payment_frame(payments: Payments, settlement: Ints, customers: int) -> pl.DataFrame:
    """The feed of payments.

    Args:
        payments: The payments.
        settlement: Number of each payment's settlement from 0, or -1.
        customers: Customers of the bank.
    """
    return pl.DataFrame(
        {
            "payment_id": _numbers(len(payments)),
            "customer_id": customer_ids(customers).gather(pl.Series(payments.customer)),
            "merchant_id": labels("M", payments.merchant + 1, 5),
            "settlement_id": pl.select(
                pl.when(pl.Series(settlement >= 0)).then(settlement_ids(settlement))
            ).to_series(),
            "amount": money(payments.cents),
            "currency": pl.repeat("USD", len(payments), eager=True),
            "payment_method": text(PAYMENT_METHODS, payments.method),
            "status": text(PAYMENT_STATUSES, payments.status),
            "failure_reason": text(FAILURE_REASONS, payments.reason),
            "risk_score": decimals(payments.score, 5, 2),
            "is_fraud_flagged": payments.flagged,
            "payment_at": instants(payments.at),
            "completed_at": _known(payments.done),
            "refunded_at": _known(payments.refunded),
            "commission_rate": rate(payments.rate),
            "commission_amount": money(payments.commission),
        }
    )


def payment_fraud_labels(payments: Payments) -> pl.DataFrame:
    """One row per payment that is a fraud, whatever the acquiring system made of it."""
    return pl.DataFrame({"payment_id": _numbers(len(payments)).filter(pl.Series(payments.fraud))})


def settlement_ids(numbers: Ints) -> pl.Series:
    """`ST00000001` and so on, from numbers that start at 0."""
    return labels("ST", numbers + 1, 8)


def _numbers(count: int) -> pl.Series:
    return labels("PY", np.arange(1, count + 1), 9)


def _known(seconds: Ints) -> pl.Series:
    known = pl.Series(seconds >= 0)
    return pl.select(pl.when(known).then(instants(np.maximum(seconds, 0)))).to_series()


def _where_and_when(world: World, rng: np.random.Generator, count: int) -> tuple[Ints, Ints]:
    """Merchant and instant of each payment, in order of time."""
    calendar, shops = world.calendar, world.merchants
    days = np.arange(calendar.start, calendar.end + 1)
    weight = _WEEKDAYS[weekday(days)] * _MONTHS[months_since_epoch(days) % 12]
    weight = weight * (1 + _GROWTH * (days - calendar.start) / 365.25)
    day = days[pick(rng, weight, count)]
    pool = _acquired(world, rng, count)
    merchant = pool[pick(rng, shops.popularity[pool] ** 0.7, count)]
    # A merchant who joins later is paid from then on, on the same day of the week.
    early = np.maximum(shops.onboarded[merchant] - day, 0)
    moved = day + -(-early // 7) * 7
    settled_in = pool[shops.onboarded[pool] < calendar.start]
    merchant = np.where(moved > calendar.end, settled_in[merchant % len(settled_in)], merchant)
    day = np.where(moved > calendar.end, day, moved)
    hour = pick(rng, _HOURS, count)
    at = day * DAY_SECONDS + hour * 3_600 + rng.integers(0, 3_600, count)
    order = np.argsort(at, kind="stable")
    return merchant[order], at[order]


def _acquired(world: World, rng: np.random.Generator, count: int) -> Ints:
    """Merchants whose payments the bank acquires: some 100 for 20,000 payments."""
    shops = world.merchants
    active = np.flatnonzero(shops.frame["is_active"].to_numpy())
    wanted = min(max(int(0.7 * count**0.5), 20), len(active))
    weight = shops.popularity[active]
    chosen = rng.choice(active, wanted, replace=False, p=weight / weight.sum())
    # The first merchants were there before the span, so that every day has someone to be paid.
    return np.union1d(chosen, active[shops.onboarded[active] < world.calendar.start][:5])


def _who(world: World, rng: np.random.Generator, day: Ints) -> Ints:
    """Payer of each payment: a customer on that day who does not leave without trace."""
    people = world.people
    eager = np.exp(rng.normal(0, 0.9, len(people))) * ~people.gone
    chosen = pick(rng, eager, len(day))
    old = np.flatnonzero((people.since <= world.calendar.start) & ~people.gone)
    instead = old[pick(rng, eager[old], len(day))]
    return np.where(people.since[chosen] <= day, chosen, instead)


def _risk_level(world: World) -> Ints:
    """0, 1 or 2 for each merchant of low, medium or high risk."""
    level = world.merchants.frame["risk_level"]
    return np.select([(level == "HIGH").to_numpy(), (level == "MEDIUM").to_numpy()], [2, 1], 0)


def _commission_rates(world: World) -> Ints:
    """Commission rate of each merchant in millionths."""
    rates = world.merchants.frame["commission_rate"].cast(pl.Float64).to_numpy()
    return np.rint(rates * 1e6).astype(np.int64)


def _is_night(at: Ints) -> Bools:
    hour = at % DAY_SECONDS // 3_600
    return np.asarray((hour >= _NIGHT[0]) & (hour < _NIGHT[1]))


def _amounts(rng: np.random.Generator, category: Ints, fraud: Bools) -> Ints:
    ticket = np.array([row.ticket for row in CATEGORIES])[category] * _TICKETS
    spread = np.array([row.spread for row in CATEGORIES])[category] + 0.25
    drawn = ticket * np.exp(rng.normal(0, 1, len(category)) * spread)
    cents = np.rint(drawn * np.where(fraud, 2.6, 1.0)).astype(np.int64)
    return np.clip(cents, _CHEAPEST, _DEAREST)


def _scores(
    world: World,
    rng: np.random.Generator,
    merchant: Ints,
    cents: Ints,
    risk: Ints,
    night: Bools,
    fraud: Bools,
) -> Ints:
    """Scores in hundredths: what can be seen, and a little of what cannot."""
    category = world.merchants.category[merchant]
    usual = np.array([row.ticket for row in CATEGORIES])[category] * _TICKETS
    abroad = world.merchants.frame["country"].to_numpy() != "US"
    logit: Floats = (
        -2.5
        + np.array([0.0, 0.35, 1.0])[risk]
        + 0.40 * np.log(cents / usual)
        + 0.45 * night
        + 0.40 * abroad[merchant]
        + 2.9 * fraud
        + rng.normal(0, 0.75, len(cents))
    )
    return np.rint(sigmoid(logit) * 10_000).astype(np.int64)


def _outcome(
    world: World, rng: np.random.Generator, day: Ints, method: Ints, score: Ints, flagged: Bools
) -> tuple[Ints, Ints]:
    """Status, and the reason of what failed."""
    count = len(day)
    failed = rng.random(count) < _FAILURES[method] * (1 + score / 10_000)
    reason = pick_by_row(rng, _REASONS[method])
    blocked = flagged & (rng.random(count) < _BLOCKED_WHEN_FLAGGED)
    reason = np.where(blocked, FAILURE_REASONS.index("SUSPECTED_FRAUD"), reason)
    fresh = (method == TRANSFER) & (day > world.calendar.end - _SLOW_DAYS)
    waiting = rng.random(count) < np.where(fresh, _SLOW_TRANSFER, _STUCK)
    given_back = rng.random(count) < _REFUNDED
    status = np.select(
        [failed | blocked, waiting, given_back], [FAILED, PENDING, REFUNDED], default=SUCCESS
    )
    return status, np.where(status == FAILED, reason, NONE)


def _soon(rng: np.random.Generator, after: Ints, typical: Floats | float) -> Ints:
    """An instant some seconds later, on the same day."""
    wait = np.rint(typical * np.exp(rng.normal(0, 0.6, len(after)))).astype(np.int64)
    return np.minimum(after + wait, (after // DAY_SECONDS + 1) * DAY_SECONDS - 1)
