"""Settlement of merchants: batches of payments, due dates and delays.

Belongs here: closing batches, agreed days of payout, delays. Does not: the payments.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.contracts.payments import DELAY_REASONS, SETTLEMENT_STATUSES, SLA_CLASSES
from finplatform.simulate.business_days import BusinessDays, is_bank_holiday
from finplatform.simulate.clock import first_of_month, months_since_epoch, weekday
from finplatform.simulate.frames import dates, labels, money, text
from finplatform.simulate.payments import NONE, SUCCESS, Payments, settlement_ids
from finplatform.simulate.rng import Bools, Ints, pick, stream
from finplatform.simulate.world import World

PENDING, SETTLED, ON_HOLD = range(3)
DAILY, WEEKLY, MONTHLY = range(3)
PRIORITY, STANDARD, EXTENDED = range(3)
SLA_DAYS = np.array([1, 2, 5])
_HOLIDAY, _DETAILS, _ERROR, _REVIEW = range(4)

# The largest merchants are paid out daily and first; most weekly; the smallest once a month.
_DAILY_SHARE, _WEEKLY_SHARE = 0.12, 0.55
_SLOW_SHARE, _LATE, _LATE_WHEN_SLOW, _LATE_AT_HOLIDAY = 0.12, 0.02, 0.30, 0.16
_HELD, _EARLY, _GONE_ON = 0.004, 0.15, 0.45
_LONGEST_DELAY = 15
_FRIDAY = 4


@dataclass(frozen=True, slots=True)
class Settlements:
    """One element per settlement, in order of closing; days since 1970-01-01, amounts in cents.

    Attributes:
        of_payment: Number of each payment's settlement, or -1.
        merchant: Index of the merchant.
        period_start: First day of the payments.
        period_end: Last day of the payments.
        cutoff: Business day of closing.
        count: Payments in the batch.
        gross: Sum of the payments.
        commission: Sum of their commissions.
        sla: Index into `SLA_CLASSES`.
        due: Day on which it is due.
        paid: Day of payout, or -1.
        status: Index into `SETTLEMENT_STATUSES`.
        reason: Index into `DELAY_REASONS`, or -1.
    """

    of_payment: Ints
    merchant: Ints
    period_start: Ints
    period_end: Ints
    cutoff: Ints
    count: Ints
    gross: Ints
    commission: Ints
    sla: Ints
    due: Ints
    paid: Ints
    status: Ints
    reason: Ints


def simulate_settlements(world: World, payments: Payments) -> Settlements:
    """Close batches of the successful payments and pay them out."""
    rng = stream(world.config.seed, "settlements")
    calendar = world.calendar
    days = BusinessDays.between(calendar.start - 60, calendar.end + 120)
    cycle, sla, slow = _terms(world, rng, payments)
    start, end = _periods(days, payments.day, cycle[payments.merchant])
    cutoff = days.on_or_after(end)
    taken = np.flatnonzero((payments.status == SUCCESS) & (cutoff <= calendar.end))
    key = cutoff[taken] * len(cycle) + payments.merchant[taken]
    _, first, batch, count = np.unique(
        key, return_index=True, return_inverse=True, return_counts=True
    )
    one = taken[first]
    merchant, cutoff = payments.merchant[one], cutoff[one]
    due = days.after(cutoff, SLA_DAYS[sla[merchant]])
    paid, held, reason = _payout(rng, days, cutoff, due, slow[merchant])
    paid = np.where((paid > calendar.end) | held, NONE, paid)
    of_payment = np.full(len(payments), NONE)
    of_payment[taken] = batch
    return Settlements(
        of_payment=of_payment,
        merchant=merchant,
        period_start=np.maximum(start[one], calendar.start),
        period_end=end[one],
        cutoff=cutoff,
        count=count.astype(np.int64),
        gross=_sums(batch, payments.cents[taken], len(one)),
        commission=_sums(batch, payments.commission[taken], len(one)),
        sla=sla[merchant],
        due=due,
        paid=paid,
        status=np.select([held, paid == NONE], [ON_HOLD, PENDING], default=SETTLED),
        # Why something is late is known once it has been paid out, or is being looked at.
        reason=np.where(held | (paid > due), reason, NONE),
    )


def settlement_frame(settlements: Settlements) -> pl.DataFrame:
    """The feed of settlements."""
    count = len(settlements.cutoff)
    return pl.DataFrame(
        {
            "settlement_id": settlement_ids(np.arange(count)),
            "merchant_id": labels("M", settlements.merchant + 1, 5),
            "period_start_date": dates(settlements.period_start),
            "period_end_date": dates(settlements.period_end),
            "cutoff_date": dates(settlements.cutoff),
            "payment_count": pl.Series(settlements.count, dtype=pl.Int32),
            "gross_amount": money(settlements.gross),
            "commission_amount": money(settlements.commission),
            "net_amount": money(settlements.gross - settlements.commission),
            "currency": pl.repeat("USD", count, eager=True),
            "sla_class": text(SLA_CLASSES, settlements.sla),
            "sla_days": pl.Series(SLA_DAYS[settlements.sla], dtype=pl.Int16),
            "settlement_due_date": dates(settlements.due),
            "settlement_date": dates(settlements.paid, settlements.paid >= 0),
            "status": text(SETTLEMENT_STATUSES, settlements.status),
            "delay_reason": text(DELAY_REASONS, settlements.reason),
        }
    )


def _terms(world: World, rng: np.random.Generator, payments: Payments) -> tuple[Ints, Ints, Bools]:
    """Cycle, class and hidden slowness of each merchant."""
    count = len(world.merchants.category)
    volume = np.bincount(payments.merchant, payments.cents, minlength=count)
    active = max(int((volume > 0).sum()), 1)
    place = np.empty(count, dtype=np.int64)
    place[np.argsort(-volume, kind="stable")] = np.arange(count)
    rank = place / active
    cycle = np.select([rank < _DAILY_SHARE, rank < _WEEKLY_SHARE], [DAILY, WEEKLY], MONTHLY)
    risky = (world.merchants.frame["risk_level"] == "HIGH").to_numpy()
    sla = np.select([risky, cycle == DAILY], [EXTENDED, PRIORITY], default=STANDARD)
    return cycle, sla, rng.random(count) < _SLOW_SHARE


def _periods(days: BusinessDays, day: Ints, cycle: Ints) -> tuple[Ints, Ints]:
    """First and last day of the batch that each payment falls into."""
    next_open = days.on_or_after(day)
    friday = day + (_FRIDAY - weekday(day)) % 7
    month = months_since_epoch(day)
    start = np.select(
        [cycle == DAILY, cycle == WEEKLY],
        [days.before(next_open) + 1, friday - 6],
        first_of_month(month),
    )
    end = np.select(
        [cycle == DAILY, cycle == WEEKLY], [next_open, friday], first_of_month(month + 1) - 1
    )
    return start, end


def _payout(
    rng: np.random.Generator, days: BusinessDays, cutoff: Ints, due: Ints, slow: Bools
) -> tuple[Ints, Bools, Ints]:
    """Day of payout, what is held back, and why it would be late."""
    size = len(cutoff)
    # A weekday holiday between closing and the due day shortens the time there is for the work.
    at_holiday = _holiday_between(cutoff, due)
    late_of_itself = rng.random(size) < np.where(slow, _LATE_WHEN_SLOW, _LATE)
    late_by_holiday = at_holiday & (rng.random(size) < _LATE_AT_HOLIDAY)
    late = late_of_itself | late_by_holiday
    delay = np.minimum(rng.geometric(_GONE_ON, size), _LONGEST_DELAY)
    early = (rng.random(size) < _EARLY) & (due > days.after(cutoff, np.ones(size, dtype=np.int64)))
    on_time = np.where(early, days.before(due), due)
    held = rng.random(size) < _HELD
    cause = np.where(slow, _DETAILS, pick(rng, [0.0, 0.25, 0.75], size))
    reason = np.where(late_by_holiday & ~late_of_itself, _HOLIDAY, cause)
    paid = np.where(late, days.after(due, delay), on_time)
    return paid, held, np.where(held, _REVIEW, reason)


def _holiday_between(first: Ints, last: Ints) -> Bools:
    """Whether a holiday lies between two days, both excluded."""
    if not len(first):
        return np.zeros(0, dtype=bool)
    origin = int(first.min())
    closed = np.cumsum(is_bank_holiday(np.arange(origin, int(last.max()) + 1)))
    return np.asarray(closed[last - origin] > closed[first - origin])


def _sums(batch: Ints, cents: Ints, count: int) -> Ints:
    """Exact sums of whole cents by batch."""
    total = np.zeros(count, dtype=np.int64)
    np.add.at(total, batch, cents)
    return total
