"""Standing flows of a month: pay, rent, bills, top-ups, savings and card bills.

Belongs here: what happens every month whatever people feel like. Does not: what they spend by
choice (`spending`), or what follows from the month's balances (`ledger`).
"""

from dataclasses import dataclass

import numpy as np

from finplatform.simulate.clock import DAY_SECONDS, NEVER, Calendar, is_business_day
from finplatform.simulate.people import (
    EMPLOYED,
    RETIRED,
    SELF_EMPLOYED,
    STUDENT,
    UNEMPLOYED,
    People,
)
from finplatform.simulate.places import PLACES
from finplatform.simulate.rng import Bools, Floats, Ints, sigmoid, stream
from finplatform.simulate.rows import (
    BATCH,
    BILL_PAYMENT,
    BRANCH,
    DEPOSIT,
    MOBILE,
    ONLINE,
    REF_ORDER,
    REF_TRANSFER,
    SALARY,
    TRANSFER_IN,
    TRANSFER_OUT,
    Rows,
    rows,
)
from finplatform.simulate.wording import Phrase
from finplatform.simulate.world import World

_NET = 0.74
_PAIRS_PER_MONTH = 1 << 28


class Habits:
    """What customers keep doing all along: paydays, rents, buffers and ways to pay a card."""

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
        self.buffer = rng.uniform(0.6, 2.2, count)
        self.pays_in_full = rng.random(count) < sigmoid(0.35 + 0.9 * people.prudence)
        self.bill_day = rng.integers(2, 27, count)
        self.takes_cash = (people.work == SELF_EMPLOYED) & (rng.random(count) < 0.35)
        self.activity = rng.gamma(1.7, 1 / 1.7, len(world.accounts)) + 0.05
        self.utc_offset = np.array([p.utc_offset for p in PLACES])
        self.has_bonus = rng.random(count) < 0.4


@dataclass(slots=True)
class Month:
    """What the flows of one month share.

    Attributes:
        number: Position in the span.
        low: First day on which each account may move.
        high: Last such day; below `low` if there is none.
        funds: Balance of each account when the month begins, in cents.
        forced: Planned debits less planned credits of each account.
        pairs: How many two-legged transfers were numbered so far.
    """

    number: int
    first: int
    last: int
    low: Ints
    high: Ints
    funds: Ints
    forced: Ints
    rng: np.random.Generator
    pairs: int = 0

    def awake(self, account: Ints) -> Bools:
        """Whether each account can move this month; no account (-1) cannot."""
        return (account >= 0) & (self.low[account] <= self.high[account])

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
        number, first, last, low, high, funds, forced, stream(world.config.seed, "month", number)
    )


@dataclass(slots=True)
class Budget:
    """What is left to spend by choice, in cents.

    Attributes:
        spendable: Per customer, from the checking account.
        room: Per customer, on the card.
    """

    spendable: Floats
    room: Floats


def standing_rows(
    world: World, habits: Habits, month: Month, spending: Floats
) -> tuple[list[Rows], Budget, Bools]:
    """The standing flows of a month.

    Args:
        world: The bank.
        habits: Its customers' habits.
        month: The month.
        spending: Cents that each customer is expected to spend by choice from checking.

    Returns:
        The rows, what is left to spend, and which card bills went unpaid.
    """
    checking = world.checking
    works = month.awake(checking)
    parts: list[Rows] = []
    inflow = _pay(world, habits, month, works, parts)
    bills = _rent_and_bills(world, habits, month, works, parts)
    repaid, unpaid = _card_bills(world, habits, month, inflow, parts)
    forced = month.forced[checking] + repaid
    topped = _top_up(world, habits, month, works, inflow, forced, bills, spending, parts)
    moved = _put_aside(world, habits, month, works, inflow, forced, bills, spending, parts)
    available = month.funds[checking] + topped + 0.75 * inflow - forced - bills - moved
    limit = np.where(world.card >= 0, world.accounts.limit_on(month.first)[world.card], 0)
    owed = np.where(world.card >= 0, month.funds[world.card], 0)
    return parts, Budget(np.maximum(available, 0.0), np.maximum(limit + owed, 0.0)), unpaid


def _second(rng: np.random.Generator, day: Ints, low: float, high: float) -> Ints:
    """An instant between two hours of a day (UTC)."""
    return day * DAY_SECONDS + (rng.uniform(low, high, len(day)) * 3600).astype(np.int64)


def paydays(calendar: Calendar, number: int) -> Ints:
    """Days on which the four kinds of employers pay; they avoid days off."""
    days = np.arange(int(calendar.first[number]), int(calendar.last[number]) + 1)
    open_days = days[is_business_day(days)]
    if not len(open_days):
        return np.full(4, days[0])
    wanted = np.array([open_days[-1], days[0] + 14, open_days[0], days[0] + 24])
    index = np.clip(np.searchsorted(open_days, wanted, side="right") - 1, 0, len(open_days) - 1)
    return np.asarray(open_days[index], dtype=np.int64)


def _pay(world: World, habits: Habits, month: Month, works: Bools, parts: list[Rows]) -> Ints:
    """Income that arrives at this bank; returns cents per customer."""
    rng, people, life = month.rng, world.people, world.life
    count = len(people)
    net = life.income[month.number] / 12 * _NET * 100
    work = life.work[month.number]
    earns = works & people.is_primary
    day = paydays(world.calendar, month.number)[habits.payday]
    fits = (day >= month.low[world.checking]) & (day <= month.high[world.checking])
    december = int(world.calendar.month[month.number]) % 12 == 11
    bonus = np.where(habits.has_bonus & december, 1 + rng.uniform(0.2, 1.1, count), 1.0)
    amount = np.rint(net * bonus * np.exp(rng.normal(0, 0.012, count))).astype(np.int64)
    inflow = np.zeros(count, dtype=np.int64)

    paid = np.flatnonzero(earns & fits & ((work == EMPLOYED) | (work == RETIRED)))
    pension = work[paid] == RETIRED
    parts.append(
        rows(
            world.checking[paid], _second(rng, day[paid], 4, 9), SALARY, amount[paid],
            phrase=np.where(pension, Phrase.PENSION, world.wording.salary_phrase(habits.employer[paid])),
            party=world.wording.employer(habits.employer[paid]),
            ref_kind=REF_ORDER, ref=month.number_pairs(len(paid)),
        )
    )  # fmt: skip
    inflow[paid] += amount[paid]
    for status, phrase, split in (
        (UNEMPLOYED, Phrase.BENEFIT, 1),
        (STUDENT, Phrase.SUPPORT, 1),
        (SELF_EMPLOYED, Phrase.INVOICE, 2),
    ):
        who = np.repeat(np.flatnonzero(earns & (work == status)), split)
        cents = np.rint(net[who] / split * np.exp(rng.normal(0, 0.3 * split - 0.2, len(who))))
        cents = cents.astype(np.int64)
        parts.append(_from_outside(world, month, who, cents, phrase))
        np.add.at(inflow, who, cents)
    takings = np.flatnonzero(works & habits.takes_cash & (work == SELF_EMPLOYED))
    takings = np.repeat(takings, rng.poisson(min(0.6 + world.config.density / 10, 4), len(takings)))
    cents = np.rint(np.exp(rng.normal(7.5, 0.85, len(takings))) / 5).astype(np.int64) * 500
    parts.append(
        rows(
            world.checking[takings], _second(rng, _any_day(month, world.checking[takings]), 14, 22),
            DEPOSIT, cents, channel=BRANCH, phrase=Phrase.BUSINESS_CASH,
        )
    )  # fmt: skip
    return inflow


def _any_day(month: Month, account: Ints) -> Ints:
    low, high = month.low[account], month.high[account]
    return low + (month.rng.random(len(account)) * (high - low + 1)).astype(np.int64)


def _from_outside(
    world: World, month: Month, who: Ints, cents: Ints, phrase: int, day: Ints | None = None
) -> Rows:
    rng, account = month.rng, world.checking[who]
    on = _any_day(month, account) if day is None else day
    return rows(
        account, _second(rng, on, 5, 12), TRANSFER_IN, cents, channel=ONLINE, phrase=phrase,
        party=world.wording.stranger(who), ref_kind=REF_TRANSFER, ref=month.number_pairs(len(who)),
    )  # fmt: skip


def _rent_and_bills(
    world: World, habits: Habits, month: Month, works: Bools, parts: list[Rows]
) -> Ints:
    rng, people = month.rng, world.people
    account = world.checking
    cost = np.zeros(len(people), dtype=np.int64)
    day = month.first + habits.landlord % 5
    fits = (day >= month.low[account]) & (day <= month.high[account])
    renting = np.flatnonzero(works & people.is_primary & habits.rents & fits)
    parts.append(
        rows(
            account[renting], _second(rng, day[renting], 6, 10), BILL_PAYMENT, habits.rent[renting],
            channel=BATCH, phrase=Phrase.RENT, party=world.wording.landlord(habits.landlord[renting]),
            ref_kind=REF_ORDER, ref=month.number_pairs(len(renting)), soft=True,
        )
    )  # fmt: skip
    cost[renting] += habits.rent[renting]
    mean = min(0.35 + world.config.density / 14, 3.2)
    number = np.where(people.is_primary, mean, 0.12 * mean) * works
    who = np.repeat(np.arange(len(people)), rng.poisson(number))
    winter = 1 + 0.35 * np.cos(2 * np.pi * (int(world.calendar.month[month.number]) % 12) / 12)
    bill = rng.integers(0, 4, len(who))
    phrase = np.array([Phrase.POWER, Phrase.PHONE_BILL, Phrase.INSURANCE, Phrase.WATER])[bill]
    median = np.array([118 * winter, 74, 132, 46])[bill]
    cents = np.rint(median * np.exp(rng.normal(0, 0.35, len(who))) * 100).astype(np.int64)
    on = np.clip(
        month.first + habits.bill_day[who] + bill, month.low[account[who]], month.high[account[who]]
    )
    parts.append(
        rows(
            account[who], _second(rng, on, 6, 20), BILL_PAYMENT, cents,
            channel=np.where(rng.random(len(who)) < 0.6, BATCH, ONLINE), phrase=phrase,
            party=world.wording.landlord(habits.stranger[who] + bill),
            ref_kind=REF_ORDER, ref=month.number_pairs(len(who)), soft=True,
        )
    )  # fmt: skip
    np.add.at(cost, who, cents)
    return cost


def _card_bills(
    world: World, habits: Habits, month: Month, inflow: Ints, parts: list[Rows]
) -> tuple[Ints, Bools]:
    """Repayments of card debt; returns what leaves checking, and who did not pay."""
    rng, people = month.rng, world.people
    count = len(people)
    card, checking = world.card, world.checking
    strain = world.life.strain[month.number]
    owed = np.where(card >= 0, -month.funds[card], 0)
    bill = month.awake(card) & (owed >= 500)
    unpaid = bill & (rng.random(count) < np.clip(0.012 + 0.05 * (strain - 0.8), 0.004, 0.25))
    share = np.clip(0.34 - 0.14 * strain + rng.normal(0, 0.06, count), 0.04, 1.0)
    full = habits.pays_in_full & (strain < 1.3)
    cents = np.where(
        full, owed, np.maximum((owed * share).astype(np.int64), np.minimum(owed, 2_500))
    )
    day = np.clip(month.first + 16 + habits.bill_day % 10, month.low[card], month.high[card])
    pays = bill & ~unpaid
    own = pays & people.is_primary & month.awake(checking)
    own &= (day >= month.low[checking]) & (day <= month.high[checking])
    spare = month.funds[checking] + inflow // 2 - month.forced[checking]
    cents = np.where(own & (cents > spare), np.minimum(owed, 2_500), cents)
    inside = np.flatnonzero(own)
    parts.append(
        own_transfer(
            month, checking[inside], card[inside], day[inside], cents[inside], Phrase.CARD_REPAY
        )
    )
    outside = np.flatnonzero(pays & ~own)
    parts.append(
        rows(
            card[outside], _second(rng, day[outside], 6, 14), TRANSFER_IN, cents[outside],
            channel=ONLINE, phrase=Phrase.CARD_REPAY, party=world.wording.stranger(outside),
            ref_kind=REF_TRANSFER, ref=month.number_pairs(len(outside)),
        )
    )  # fmt: skip
    repaid = np.zeros(count, dtype=np.int64)
    repaid[inside] = cents[inside]
    return repaid, unpaid


def own_transfer(
    month: Month,
    source: Ints,
    target: Ints,
    day: Ints,
    cents: Ints,
    phrase: int,
    soft: bool = False,
) -> Rows:
    """Two legs with one reference between accounts of this bank."""
    number = month.number_pairs(len(source))
    at = _second(month.rng, day, 6, 21)
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


def _top_up(
    world: World,
    habits: Habits,
    month: Month,
    works: Bools,
    inflow: Ints,
    forced: Ints,
    bills: Ints,
    spending: Floats,
    parts: list[Rows],
) -> Ints:
    """Money fetched from savings or another bank when the account would run short."""
    rng, people = month.rng, world.people
    checking, savings = world.checking, world.savings
    early = np.where(people.is_primary, 0.35, 1.0) * inflow
    short = forced + bills + 0.8 * spending - month.funds[checking] - early
    strained = (world.life.strain[month.number] > 1.0) & (rng.random(len(people)) < 0.55)
    must = forced - month.funds[checking] - early
    needs = works & np.where(strained, must > 20_000, short > 0)
    reserve = np.where(people.is_primary, 0.25, 1.6) * (forced.clip(0) + spending)
    wish = np.where(strained, must, short + reserve * rng.random(len(people)))
    cents = np.ceil(np.maximum(wish, 1) / 5_000).astype(np.int64) * 5_000
    day = np.minimum(month.low[checking] + rng.integers(0, 2, len(people)), month.high[checking])
    own = needs & month.awake(savings) & (rng.random(len(people)) < 0.7)
    own &= month.funds[savings] - month.forced[savings] >= cents
    own &= (day >= month.low[savings]) & (day <= month.high[savings])
    inside = np.flatnonzero(own)
    parts.append(
        own_transfer(
            month,
            savings[inside],
            checking[inside],
            day[inside],
            cents[inside],
            Phrase.OWN_TRANSFER,
        )
    )
    outside = np.flatnonzero(needs & ~own)
    early_day = np.minimum(day[outside], month.high[checking[outside]])
    parts.append(_from_outside(world, month, outside, cents[outside], Phrase.TOP_UP, early_day))
    month.funds = month.funds.copy()
    month.funds[savings[inside]] -= cents[inside]
    return np.where(needs, cents, 0)


def _put_aside(
    world: World,
    habits: Habits,
    month: Month,
    works: Bools,
    inflow: Ints,
    forced: Ints,
    bills: Ints,
    spending: Floats,
    parts: list[Rows],
) -> Ints:
    """Money that has piled up goes to savings or elsewhere."""
    rng = month.rng
    checking, savings = world.checking, world.savings
    monthly = world.life.income[month.number] / 12 * _NET * 100
    cap = habits.buffer * np.where(world.people.is_primary, monthly, 0.5 * monthly)
    excess = month.funds[checking] + inflow - forced - bills - spending - cap
    ready = month.funds[checking] - forced.clip(0) - bills
    cents = (np.minimum(excess, ready) // 1_000).astype(np.int64) * 1_000
    moves = works & (excess > 0.4 * cap) & (cents >= 10_000)
    day = np.minimum(month.low[checking] + rng.integers(3, 25, len(cents)), month.high[checking])
    own = moves & month.awake(savings) & (rng.random(len(cents)) < 0.6)
    own &= (day >= month.low[savings]) & (day <= month.high[savings])
    inside, outside = np.flatnonzero(own), np.flatnonzero(moves & ~own)
    parts.append(
        own_transfer(
            month,
            checking[inside],
            savings[inside],
            day[inside],
            cents[inside],
            Phrase.OWN_TRANSFER,
        )
    )
    parts.append(
        rows(
            checking[outside], _second(rng, day[outside], 8, 20), TRANSFER_OUT, cents[outside],
            channel=ONLINE, phrase=Phrase.INVEST, party=world.wording.stranger(outside + 1),
            ref_kind=REF_TRANSFER, ref=month.number_pairs(len(outside)), soft=True,
        )
    )  # fmt: skip
    return np.where(moves, cents, 0)


__all__ = ["NEVER", "Budget", "Habits", "Month", "People", "open_month", "standing_rows"]
