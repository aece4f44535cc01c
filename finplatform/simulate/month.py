"""One month's frame: habits that last, days on which accounts may move, and ways to move money.

Belongs here: what the flows of a month share. Does not: any decision to pay or to spend.
"""

from dataclasses import dataclass

import numpy as np

from finplatform.simulate.clock import DAY_SECONDS, first_of_month
from finplatform.simulate.people import SELF_EMPLOYED
from finplatform.simulate.places import PLACES
from finplatform.simulate.rng import Bools, Ints, sigmoid, stream
from finplatform.simulate.rows import (
    MOBILE,
    ONLINE,
    REF_TRANSFER,
    TRANSFER_IN,
    TRANSFER_OUT,
    Rows,
    rows,
)
from finplatform.simulate.world import World

NET_SHARE = 0.74
EARLY_HOURS = (1.0, 5.9)
_PAIRS_PER_MONTH = 1 << 28


class Habits:
    """Constant habits of customers: paydays, rents, buffers and card payment."""

    def __init__(self, world: World) -> None:
        rng = stream(world.config.seed, "habits")
        people, count = world.people, len(world.people)
        self.payday = rng.choice(4, count, p=[0.45, 0.25, 0.18, 0.12])
        self.employer = rng.integers(0, 2**31, count)
        self.landlord = rng.integers(0, 2**31, count)
        self.stranger = rng.integers(0, 2**31, count)
        share = rng.uniform(0.20, 0.33, count)
        self.rent = np.rint(people.income / 12 * share / 5).astype(np.int64) * 500
        self.rents = ~people.has_home & (people.stage > 0)
        self.buffer = np.exp(rng.normal(0.55, 0.5, count))
        self.pays_in_full = rng.random(count) < sigmoid(0.35 + 0.9 * people.prudence)
        self.bill_day = rng.integers(2, 27, count)
        self.takes_cash = (people.work == SELF_EMPLOYED) & (rng.random(count) < 0.35)
        self.activity = rng.gamma(1.7, 1 / 1.7, len(world.accounts)) + 0.05
        self.utc_offset = np.array([p.utc_offset for p in PLACES])
        self.has_bonus = rng.random(count) < 0.4


@dataclass(slots=True)
class Month:
    """Shared state of the flows of one month.

    Attributes:
        number: Position in the span.
        base: First day of the calendar month, which may lie before the span.
        first: First day within the span.
        last: Last day within the span.
        share: Part of the calendar month that lies in the span.
        low: First day on which each account may move.
        high: Last such day; below `low` if there is none.
        funds: Balance of each account when the month begins, in cents.
        forced: Planned debits less planned credits of each account.
        pairs: Count of two-legged transfers numbered so far.
    """

    number: int
    base: int
    first: int
    last: int
    share: float
    low: Ints
    high: Ints
    funds: Ints
    forced: Ints
    rng: np.random.Generator
    pairs: int = 0

    def awake(self, account: Ints) -> Bools:
        """Whether each account can move this month; no account (-1) cannot."""
        return (account >= 0) & (self.low[account] <= self.high[account])

    def within(self, account: Ints, day: Ints) -> Bools:
        """Whether each account can move on a day; no account (-1) cannot."""
        return (account >= 0) & (day >= self.low[account]) & (day <= self.high[account])

    def number_pairs(self, count: int) -> Ints:
        """Fresh numbers for transfers, unique over all months."""
        base = (self.number + 1) * _PAIRS_PER_MONTH + self.pairs
        self.pairs += count
        return base + np.arange(count)


def open_month(world: World, number: int, funds: Ints, forced: Ints) -> Month:
    """The month's frame: when each account may move."""
    calendar, accounts = world.calendar, world.accounts
    first, last = int(calendar.first[number]), int(calendar.last[number])
    low = np.maximum(first, accounts.opened + 1)
    high = np.minimum(last, accounts.closed - 1)
    asleep = (accounts.quiet <= last) & (accounts.awake > last)
    high = np.where(asleep, np.minimum(high, accounts.quiet - 1), high)
    low = np.where((accounts.awake >= first) & (accounts.awake <= last), accounts.awake, low)
    high = np.where(world.people.gone[accounts.owner], first - 1, high)
    return Month(
        number=number,
        base=int(first_of_month(calendar.month[number : number + 1])[0]),
        first=first,
        last=last,
        share=float(calendar.share[number]),
        low=low,
        high=high,
        funds=funds,
        forced=forced,
        rng=stream(world.config.seed, "month", number),
    )


def instant(rng: np.random.Generator, day: Ints, low: float, high: float) -> Ints:
    """An instant between two hours of a day (UTC)."""
    return day * DAY_SECONDS + (rng.uniform(low, high, len(day)) * 3600).astype(np.int64)


def any_day(month: Month, account: Ints) -> Ints:
    """A day on which each account may move."""
    low, high = month.low[account], month.high[account]
    return low + (month.rng.random(len(account)) * (high - low + 1)).astype(np.int64)


def from_outside(
    world: World, month: Month, who: Ints, cents: Ints, phrase: int, day: Ints | None = None
) -> Rows:
    """Money from another bank on a day, early in the morning, or on any day of the month."""
    rng, account = month.rng, world.checking[who]
    on = any_day(month, account) if day is None else day
    low, high = (5, 12) if day is None else EARLY_HOURS
    return rows(
        account, instant(rng, on, low, high), TRANSFER_IN, cents, channel=ONLINE, phrase=phrase,
        party=world.wording.stranger(who), ref_kind=REF_TRANSFER, ref=month.number_pairs(len(who)),
    )  # fmt: skip


def own_transfer(
    month: Month,
    source: Ints,
    target: Ints,
    day: Ints,
    cents: Ints,
    phrase: int,
    *,
    soft: bool = False,
    hours: tuple[float, float] = (6.0, 21.0),
) -> Rows:
    """Two legs with one reference between accounts of this bank."""
    number = month.number_pairs(len(source))
    at = instant(month.rng, day, *hours)
    shared = {"channel": MOBILE, "phrase": phrase, "ref_kind": REF_TRANSFER, "soft": soft}
    both = rows(
        np.concatenate([source, target]),
        np.concatenate([at, at + 1]),
        np.repeat([TRANSFER_OUT, TRANSFER_IN], len(source)),
        np.concatenate([cents, cents]),
        party=np.concatenate([target, source]),
        ref=np.concatenate([number, number]),
        pair=np.concatenate([number, number]),
        **shared,
    )
    both.soft &= both.kind == TRANSFER_OUT
    return both
