"""Card payments of a month: merchant, time, amount, currency and refunds.

Belongs here: everything about a purchase. Does not: their number (`spending`), or the balance check
(`ledger`).
"""

import numpy as np

from finplatform.simulate.catalogue import CATEGORIES, product_index
from finplatform.simulate.clock import DAY_SECONDS
from finplatform.simulate.month import Habits, Month
from finplatform.simulate.places import CURRENCIES, PLACES
from finplatform.simulate.rng import Floats, Ints, pick
from finplatform.simulate.rows import (
    CARD_PAYMENT,
    COMPLETED,
    FAILED,
    ONLINE,
    PARITY,
    PENDING,
    POS,
    REF_CARD,
    REFUND,
    REVERSED,
    Rows,
    rows,
)
from finplatform.simulate.shopping import ShoppingMap
from finplatform.simulate.world import World

_HOURS = np.array(
    [1, 0.6, 0.4, 0.3, 0.3, 0.6, 2, 5, 7, 7, 8, 10, 13, 11, 9, 9, 11, 14, 13, 10, 8, 6, 4, 2]
)
_TICKETS = np.array([row.ticket for row in CATEGORIES])
_SPREADS = np.array([row.spread for row in CATEGORIES])
_ONLINE = np.array([row.online for row in CATEGORIES])
_DECEMBER = np.array([row.december for row in CATEGORIES])
_VISITS = np.array([row.visits for row in CATEGORIES])
MEAN_TICKET = float((_VISITS * _TICKETS * np.exp(_SPREADS**2 / 2)).sum() / _VISITS.sum())


def card_rows(
    world: World,
    habits: Habits,
    shopping: ShoppingMap,
    month: Month,
    account: Ints,
    day: Ints,
    scale: Floats,
) -> list[Rows]:
    """Payments by the given accounts on the given days, and the refunds that follow.

    Args:
        world: The bank.
        habits: Its customers' habits.
        shopping: Merchants by place and category.
        month: The month.
        account: Account of each payment.
        day: Day of each payment.
        scale: Factor on tickets, by account.
    """
    rng = month.rng
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
    home_country = shopping.country_of[home]
    abroad = (country != 0) & ((country != home_country) | (rng.random(size) < 0.25))
    currency = np.where(abroad, shopping.currency[country], 0)
    rate = _daily_rates(world, month)[day - month.first, currency]
    cents = _cents(rng, dollars * PARITY / rate)
    converted = cents * rate // PARITY
    platinum = world.accounts.product[account] == product_index("Platinum Card")
    fees = np.where((currency > 0) & ~platinum, converted * 3 // 100, 0)
    made = rows(
        account,
        shopping_hours(rng, world, habits, account, day),
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
    return [made, _refunds(month, made)]


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


def _refunds(month: Month, made: Rows) -> Rows:
    """Some purchases come back within the month, in whole or in part."""
    rng = month.rng
    online = made.channel == ONLINE
    back = np.flatnonzero(
        (rng.random(len(made)) < np.where(online, 0.035, 0.008)) & (made.status == COMPLETED)
    )
    day = made.at[back] // DAY_SECONDS + rng.integers(2, 12, len(back))
    fits = day <= month.high[made.account[back]]
    back, day = back[fits], day[fits]
    # Tied to the purchase, so that what is refused is not refunded.
    made.pair[back] = month.number_pairs(len(back))
    share = np.where(rng.random(len(back)) < 0.7, 1.0, rng.uniform(0.2, 0.9, len(back)))
    source = made.take(back)
    return rows(
        source.account.astype(np.int64),
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
        pair=made.pair[back],
    )


def shopping_hours(
    rng: np.random.Generator, world: World, habits: Habits, account: Ints, day: Ints
) -> Ints:
    """Shopping hours where the customer lives, as instants of the same UTC day."""
    hour = pick(rng, _HOURS, len(account))
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
