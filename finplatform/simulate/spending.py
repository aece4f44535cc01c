"""What people do with money by choice: cards, cash, transfers, cheques and refunds.

Belongs here: how often, when, where and how much. Does not: whether the money is there (`ledger`).
"""

import numpy as np

from finplatform.simulate.accounts import CHECKING, CREDIT_CARD, SAVINGS
from finplatform.simulate.catalogue import CATEGORIES, product_index
from finplatform.simulate.clock import DAY_SECONDS, NEVER, day_in_month, weekday
from finplatform.simulate.places import COUNTRIES, COUNTRY_CURRENCY, CURRENCIES, PLACES
from finplatform.simulate.rng import Bools, Floats, Ints, pick
from finplatform.simulate.rows import (
    ATM,
    BILL_PAYMENT,
    BRANCH,
    CARD_PAYMENT,
    COMPLETED,
    DEPOSIT,
    FAILED,
    MOBILE,
    ONLINE,
    PARITY,
    PENDING,
    POS,
    REF_CARD,
    REF_ORDER,
    REF_TRANSFER,
    REFUND,
    REVERSED,
    TRANSFER_IN,
    TRANSFER_OUT,
    WITHDRAWAL,
    Rows,
    rows,
)
from finplatform.simulate.standing import Budget, Habits, Month, own_transfer
from finplatform.simulate.wording import Phrase
from finplatform.simulate.world import World

(_CARD, _CASH_OUT, _SEND, _RECEIVE, _BILL, _PUT_IN, _PERSON) = range(7)
# How a free movement of each kind of account divides over the seven actions.
_ACTIONS = np.array(
    [
        (0.63, 0.11, 0.08, 0.04, 0.06, 0.04, 0.04),
        (0.00, 0.22, 0.22, 0.22, 0.00, 0.30, 0.04),
        (0.985, 0.015, 0.0, 0.0, 0.0, 0.0, 0.0),
    ]
)
_WEEK = np.array([0.90, 0.88, 0.93, 1.00, 1.30, 1.24, 0.75])
_HOURS_SHOP = np.array(
    [1, 0.6, 0.4, 0.3, 0.3, 0.6, 2, 5, 7, 7, 8, 10, 13, 11, 9, 9, 11, 14, 13, 10, 8, 6, 4, 2]
)
_TICKETS = np.array([row.ticket for row in CATEGORIES])
_SPREADS = np.array([row.spread for row in CATEGORIES])
_ONLINE = np.array([row.online for row in CATEGORIES])
_DECEMBER = np.array([row.december for row in CATEGORIES])
_VISITS = np.array([row.visits for row in CATEGORIES])
_NEAR, _COUNTRY, _ANYWHERE = 1.0, 0.012, 0.0006
MEAN_TICKET = 62_00.0
_BUSY = {CHECKING: (4.2, 1.0), SAVINGS: (0.10, 0.10), CREDIT_CARD: (2.6, 1.7)}


class ShoppingMap:
    """Which merchants people of each place use, by category, as one flat table to search."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._country = np.array([COUNTRIES.index(p.country) for p in PLACES])
        self.currency = np.array([CURRENCIES.index(COUNTRY_CURRENCY[c]) for c in COUNTRIES])
        shops = world.merchants
        self.shop_country = np.where(shops.place >= 0, self._country[np.maximum(shops.place, 0)], 0)

    def open(self, day: int) -> None:
        """Rebuild the table for the merchants that take payments on a day."""
        shops = self._world.merchants
        order = np.argsort(shops.category, kind="stable")
        place, category = shops.place[order], shops.category[order]
        base = shops.popularity[order] * np.where(shops.onboarded[order] <= day, 1.0, 1e-9)
        web = _ONLINE[category] >= 0.8
        flat = []
        for home in range(len(PLACES)):
            near = np.where(place == home, _NEAR, _ANYWHERE)
            near = np.where(
                (place != home) & (self.shop_country[order] == self._country[home]), _COUNTRY, near
            )
            flat.append(base * np.where(web, np.maximum(near, 0.3), near))
        weights = np.stack(flat)
        starts = np.searchsorted(category, np.arange(len(CATEGORIES)))
        totals = np.add.reduceat(weights, starts, axis=1)
        running = np.cumsum(weights, axis=1)
        before = np.zeros((len(PLACES), len(CATEGORIES)))
        before[:, 1:] = running[:, starts[1:] - 1]
        within = (running - before[:, category]) / totals[:, category]
        group = np.arange(len(PLACES))[:, None] * len(CATEGORIES) + category
        self._edges = (group + np.minimum(within, 1.0)).ravel()
        self._order = order
        self._ends = np.r_[starts[1:], len(category)] - 1

    def choose(self, rng: np.random.Generator, place: Ints, category: Ints) -> Ints:
        """A merchant for each payment."""
        group = place * len(CATEGORIES) + category
        found = np.searchsorted(self._edges, group + rng.random(len(place)), side="right")
        width = len(self._order)
        last = place * width + self._ends[category]
        return np.asarray(self._order[np.minimum(found, last) - place * width])


def activity_weights(world: World, habits: Habits, month: Month) -> Floats:
    """How busy each account is this month; accounts to be closed fade out before."""
    accounts, people = world.accounts, world.people
    busy = np.array([_BUSY[k] for k in (CHECKING, SAVINGS, CREDIT_CARD)])
    primary = people.is_primary[accounts.owner]
    weight = habits.activity * np.where(primary, busy[accounts.kind, 0], busy[accounts.kind, 1])
    days = np.maximum(month.high - month.low + 1, 0)
    weight = weight * days / (month.last - month.first + 1)
    left = np.minimum(accounts.closed, accounts.quiet) - month.first
    fade = np.where(left < 31, 0.2, np.where(left < 62, 0.4, np.where(left < 93, 0.65, 1.0)))
    raising = np.where(world.life.strain[month.number][accounts.owner] > 1.2, 0.85, 1.0)
    return np.asarray(weight * fade * raising)


def season(world: World) -> Floats:
    """Relative business of each month of the span."""
    month = world.calendar.month % 12
    level = np.array([0.93, 0.92, 0.98, 0.98, 1.01, 1.01, 1.03, 1.02, 0.98, 1.00, 1.05, 1.20])
    growth = 1 + 0.0012 * np.arange(world.calendar.months)
    return np.asarray(level[month] * growth * world.calendar.share)


def spending_rows(
    world: World,
    habits: Habits,
    shopping: ShoppingMap,
    month: Month,
    budget: Budget,
    counts: Ints,
) -> list[Rows]:
    """Free movements of a month.

    Args:
        world: The bank.
        habits: Its customers' habits.
        shopping: Where they shop.
        month: The month.
        budget: What they may spend.
        counts: How many free movements each account makes.
    """
    rng, accounts = month.rng, world.accounts
    account = np.repeat(np.arange(len(accounts)), counts)
    day = _days(world, habits, month, account)
    kind = accounts.kind[account]
    edges = np.cumsum(_ACTIONS, axis=1)
    action = (edges[kind] <= rng.random(len(account))[:, None]).sum(axis=1)
    action = np.minimum(action, _PERSON)
    scale = _scale(world, budget, counts)
    parts = _card_rows(world, habits, shopping, month, account, day, action == _CARD, scale)
    parts.append(_cash_rows(world, habits, month, account, day, action == _CASH_OUT, scale))
    parts.extend(_other_rows(world, habits, month, account, day, action, budget))
    return parts


def _days(world: World, habits: Habits, month: Month, account: Ints) -> Ints:
    days = np.arange(month.first, month.last + 1)
    dom = day_in_month(days)
    weight = _WEEK[weekday(days)] * (1 + 0.18 * (dom <= 4) + 0.10 * ((dom >= 15) & (dom <= 17)))
    december = int(world.calendar.month[month.number]) % 12 == 11
    weight = weight * np.where(december & (dom >= 8) & (dom <= 23), 1.35, 1.0)
    running = np.r_[0.0, np.cumsum(weight)]
    low, high = month.low[account] - month.first, month.high[account] - month.first
    level = running[low] + month.rng.random(len(account)) * (running[high + 1] - running[low])
    found = np.searchsorted(running, level, side="right") - 1
    return month.first + np.clip(found, low, high)


def _scale(world: World, budget: Budget, counts: Ints) -> Floats:
    """Factor on tickets so that the month's free spending fits the money there is."""
    accounts = world.accounts
    owner = accounts.owner
    money = np.where(
        accounts.kind == CREDIT_CARD, 0.75 * budget.room[owner], budget.spendable[owner]
    )
    income = world.people.income[owner]
    taste = np.clip((income / 55_000) ** 0.4, 0.55, 2.2)
    planned = np.maximum(counts * MEAN_TICKET * taste, 1.0)
    return np.asarray(taste * np.clip(money / planned, 0.12, 1.15))


def _local_seconds(
    rng: np.random.Generator, world: World, habits: Habits, account: Ints, day: Ints
) -> Ints:
    """Shopping hours where the customer lives, as instants of the same UTC day."""
    hour = pick(rng, _HOURS_SHOP, len(account))
    offset = habits.utc_offset[world.people.place[world.accounts.owner[account]]]
    hour = (hour - offset) % 24
    return day * DAY_SECONDS + hour * 3_600 + rng.integers(0, 3_600, len(account))


def _cents(rng: np.random.Generator, dollars: Floats) -> Ints:
    """Prices end in .99, .95, .50 or .00 more often than chance."""
    whole = np.rint(dollars * 100).astype(np.int64)
    ending = rng.random(len(dollars))
    base = np.maximum(whole, 100) // 100 * 100
    whole = np.where(ending < 0.20, base - 1, whole)
    whole = np.where((ending >= 0.20) & (ending < 0.28), base - 5, whole)
    whole = np.where((ending >= 0.28) & (ending < 0.38), base, whole)
    whole = np.where((ending >= 0.38) & (ending < 0.42), base + 50, whole)
    return np.maximum(whole, 49)


def _card_rows(
    world: World,
    habits: Habits,
    shopping: ShoppingMap,
    month: Month,
    account: Ints,
    day: Ints,
    chosen: Bools,
    scale: Floats,
) -> list[Rows]:
    rng = month.rng
    account, day = account[chosen], day[chosen]
    size = len(account)
    owner = world.accounts.owner[account]
    december = int(world.calendar.month[month.number]) % 12 == 11
    category = pick(rng, _VISITS * np.where(december, _DECEMBER, 1.0), size)
    home = world.life.place[month.number, owner]
    place = _travel(world, month, owner, day, home)
    shopping.open(month.first)
    merchant = shopping.choose(rng, place, category)
    ticket = _TICKETS[category] * np.exp(rng.normal(0, 1, size) * _SPREADS[category]) / 100
    dollars = ticket * scale[account] * np.where(december, 1.08, 1.0)
    web = rng.random(size) < _ONLINE[category]

    country = shopping.shop_country[merchant]
    home_country = shopping._country[home]
    abroad = (country != 0) & ((country != home_country) | (rng.random(size) < 0.25))
    currency = np.where(abroad, shopping.currency[country], 0)
    rate = _daily_rates(world, month)[day - month.first, currency]
    cents = _cents(rng, dollars * PARITY / rate)
    converted = cents * rate // PARITY
    platinum = world.accounts.product[account] == product_index("Platinum Card")
    fees = np.where((currency > 0) & ~platinum, converted * 3 // 100, 0)
    made = rows(
        account,
        _local_seconds(rng, world, habits, account, day),
        CARD_PAYMENT,
        cents,
        channel=np.where(web, ONLINE, POS),
        phrase=world.wording.shop_phrase(merchant),
        merchant=merchant,
        ref_kind=REF_CARD,
        ref=rng.integers(0, 1_000_000, size),
        currency=currency,
        rate=rate,
        fees=fees,
        status=_luck(rng, world, day),
        soft=True,
    )
    return [made, _refunds(world, month, made)]


def _travel(world: World, month: Month, owner: Ints, day: Ints, home: Ints) -> Ints:
    """The place where a payment is made: at home, but for trips of some customers."""
    rng = month.rng
    count = len(world.people)
    away = rng.random(count) < 0.05
    start = month.first + rng.integers(0, 22, count)
    length = rng.integers(3, 12, count)
    goal = rng.integers(0, len(PLACES), count)
    there = away[owner] & (day >= start[owner]) & (day < (start + length)[owner])
    return np.where(there & (rng.random(len(owner)) < 0.85), goal[owner], home)


def _daily_rates(world: World, month: Month) -> Ints:
    """Exchange rates of each day, (days, currencies): the month's rate with a little noise."""
    days = month.last - month.first + 1
    noise = month.rng.normal(0, 0.004, (days, len(CURRENCIES)))
    noise[:, 0] = 0.0
    rate = world.economy.fx_micro(month.number) * (1 + noise)
    return np.rint(rate / 100).astype(np.int64) * 100


def _luck(rng: np.random.Generator, world: World, day: Ints) -> Ints:
    """Some payments fail or are charged back; those of the last two days may still be pending."""
    draw = rng.random(len(day))
    status = np.where(draw < 0.008, FAILED, np.where(draw < 0.0105, REVERSED, COMPLETED))
    waiting = (day > world.calendar.end - 2) & (draw > 0.7)
    return np.where(waiting, PENDING, status)


def _refunds(world: World, month: Month, made: Rows) -> Rows:
    """Some purchases come back within the month, in whole or in part."""
    rng = month.rng
    online = made.channel == ONLINE
    back = np.flatnonzero(
        (rng.random(len(made)) < np.where(online, 0.035, 0.008)) & (made.status == COMPLETED)
    )
    day = made.at[back] // DAY_SECONDS + rng.integers(2, 12, len(back))
    back, day = back[(fits := day <= month.high[made.account[back]])], day[fits]
    share = np.where(rng.random(len(back)) < 0.7, 1.0, rng.uniform(0.2, 0.9, len(back)))
    source = made.take(back)
    return rows(
        source.account,
        day * DAY_SECONDS + rng.integers(0, DAY_SECONDS - 10, len(back)),
        REFUND,
        np.maximum((source.cents * share).astype(np.int64), 1),
        channel=source.channel,
        phrase=source.phrase,
        merchant=source.merchant,
        ref_kind=REF_CARD,
        ref=source.ref,
        currency=source.currency,
        rate=source.rate,
    )


def _cash_rows(
    world: World,
    habits: Habits,
    month: Month,
    account: Ints,
    day: Ints,
    chosen: Bools,
    scale: Floats,
) -> Rows:
    rng = month.rng
    account, day = account[chosen], day[chosen]
    size = len(account)
    counter = rng.random(size) < 0.10
    dollars = np.exp(rng.normal(4.4, 0.65, size)) * np.clip(scale[account], 0.3, 2)
    dollars = np.where(counter, dollars * 4.5, dollars)
    cents = np.maximum(np.rint(dollars / 20), 1).astype(np.int64) * 2_000
    foreign = ~counter & (rng.random(size) < 0.25)
    return rows(
        account,
        _local_seconds(rng, world, habits, account, day),
        WITHDRAWAL,
        cents,
        channel=np.where(counter, BRANCH, ATM),
        phrase=Phrase.CASH_OUT,
        fees=np.where(foreign, 250 + 50 * rng.integers(0, 3, size), 0),
        status=np.where(rng.random(size) < 0.006, FAILED, COMPLETED),
        soft=True,
    )


def _other_rows(
    world: World,
    habits: Habits,
    month: Month,
    account: Ints,
    day: Ints,
    action: Ints,
    budget: Budget,
) -> list[Rows]:
    """Transfers, bills paid by hand, deposits and payments between customers."""
    rng = month.rng
    size = len(account)
    at = _local_seconds(rng, world, habits, account, day)
    party = world.wording.stranger(world.accounts.owner[account] * 7 + rng.integers(0, 5, size))
    taste = np.clip((world.people.income[world.accounts.owner[account]] / 55_000) ** 0.6, 0.4, 3)
    ceiling = 0.5 * (budget.spendable[world.accounts.owner[account]] + 20_000)

    send = np.flatnonzero(action == _SEND)
    dollars = np.exp(rng.normal(5.2, 1.15, len(send))) * taste[send]
    cents = np.rint(np.minimum(dollars * 100, ceiling[send])).astype(np.int64)
    round_sum = rng.random(len(send)) < 0.6
    cents = np.maximum(np.where(round_sum, cents // 1_000 * 1_000, cents), 500)
    wire = cents >= 300_000
    parts = [
        rows(
            account[send], at[send], TRANSFER_OUT, cents,
            channel=np.where(wire & (rng.random(len(send)) < 0.3), BRANCH, np.where(rng.random(len(send)) < 0.65, MOBILE, ONLINE)),
            phrase=Phrase.TRANSFER, party=party[send], ref_kind=REF_TRANSFER,
            ref=month.number_pairs(len(send)), fees=np.where(wire, 2_500, 0),
            status=np.where(rng.random(len(send)) < 0.006, FAILED, COMPLETED), soft=True,
        )
    ]  # fmt: skip
    get = np.flatnonzero(action == _RECEIVE)
    cents = np.rint(np.exp(rng.normal(4.9, 1.2, len(get))) * taste[get] * 100).astype(np.int64)
    parts.append(
        rows(
            account[get], at[get], TRANSFER_IN, np.maximum(cents, 100), channel=ONLINE,
            phrase=Phrase.RECEIVED, party=party[get], ref_kind=REF_TRANSFER,
            ref=month.number_pairs(len(get)),
        )
    )  # fmt: skip
    bill = np.flatnonzero(action == _BILL)
    cents = np.rint(np.exp(rng.normal(4.3, 0.75, len(bill))) * 100).astype(np.int64)
    parts.append(
        rows(
            account[bill], at[bill], BILL_PAYMENT, np.minimum(cents, ceiling[bill].astype(np.int64) + 100),
            channel=ONLINE, phrase=np.where(rng.random(len(bill)) < 0.2, Phrase.TAX, Phrase.INSURANCE),
            party=party[bill], ref_kind=REF_ORDER, ref=month.number_pairs(len(bill)), soft=True,
        )
    )  # fmt: skip
    put = np.flatnonzero(action == _PUT_IN)
    cash = rng.random(len(put)) < 0.55
    dollars = np.exp(rng.normal(5.1, 1.0, len(put))) * taste[put]
    cents = np.where(cash, np.maximum(np.rint(dollars / 10), 1) * 1_000, np.rint(dollars * 100))
    parts.append(
        rows(
            account[put], at[put], DEPOSIT, cents.astype(np.int64),
            channel=np.where(cash, np.where(rng.random(len(put)) < 0.6, BRANCH, ATM), MOBILE),
            phrase=np.where(cash, Phrase.CASH_IN, Phrase.CHECK_IN),
        )
    )  # fmt: skip
    parts.append(_person_rows(world, month, account, day, action == _PERSON))
    return parts


def _person_rows(world: World, month: Month, account: Ints, day: Ints, chosen: Bools) -> Rows:
    """Small sums between customers of the bank, mostly to the same few friends."""
    rng = month.rng
    source, day = account[chosen], day[chosen]
    owner = world.accounts.owner[source]
    friend = (owner * 31 + 17 + 101 * rng.integers(0, 4, len(owner))) % len(world.people)
    target = world.checking[friend]
    fits = (day >= month.low[target]) & (day <= month.high[target]) & (target != source)
    source, target, day = source[fits], target[fits], day[fits]
    cents = np.rint(np.exp(rng.normal(3.6, 0.8, len(source))) / 1).astype(np.int64) * 100
    return own_transfer(month, source, target, day, cents, Phrase.PERSON, soft=True)


__all__ = ["NEVER", "ShoppingMap", "activity_weights", "season", "spending_rows"]
