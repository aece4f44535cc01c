"""Liquidity of accounts: card bills, top-ups of low balances, transfers of surpluses to savings.

Belongs here: flows that depend on what an account holds when the month begins. Does not: income and
bills (`standing`), or spending by choice (`spending`).
"""

from dataclasses import dataclass

import numpy as np

from finplatform.simulate.month import (
    EARLY_HOURS,
    NET_SHARE,
    Habits,
    Month,
    any_day,
    from_outside,
    instant,
    own_transfer,
)
from finplatform.simulate.people import EMPLOYED, RETIRED
from finplatform.simulate.rng import Bools, Floats, Ints, stream
from finplatform.simulate.rows import (
    ONLINE,
    REF_TRANSFER,
    TRANSFER_IN,
    TRANSFER_OUT,
    Rows,
    rows,
)
from finplatform.simulate.wording import Phrase
from finplatform.simulate.world import World

# By kind of payday: last, middle and first business day, and the 25th.
_EARLY = np.array([0.0, 0.35, 0.95, 0.05])


@dataclass(slots=True)
class Wallet:
    """Inflows and outflows of each customer's checking account in a month, in cents.

    Attributes:
        works: Whether the account may move this month.
        inflow: Income.
        forced: Instalments and card bills.
        bills: Rent and bills.
        spending: Expected spending by choice.
    """

    works: Bools
    inflow: Ints
    forced: Ints
    bills: Ints
    spending: Floats


def early_income(world: World, habits: Habits, inflow: Ints) -> Floats:
    """The part of a month's income that is there before most of the month's debits."""
    share = _EARLY[habits.payday]
    paid = np.isin(world.people.work, (EMPLOYED, RETIRED)) & world.people.is_primary
    return np.asarray(np.where(paid, share, 0.0) * inflow)


def card_bills(
    world: World, habits: Habits, month: Month, inflow: Ints, parts: list[Rows]
) -> tuple[Ints, Bools]:
    """Repayments of card debt; returns payments from checking, and the customers in arrears."""
    rng, people = month.rng, world.people
    count = len(people)
    card, checking = world.card, world.checking
    strain = world.life.strain[month.number]
    owed = np.where(card >= 0, -month.funds[card], 0)
    bill = month.awake(card) & (owed >= 500)
    unpaid = bill & (rng.random(count) < np.clip(0.012 + 0.05 * (strain - 0.8), 0.004, 0.25))
    stopped = (card >= 0) & world.card_defaults.stopped(month.number)[card]
    unpaid |= stopped
    share = np.clip(0.17 - 0.08 * strain + rng.normal(0, 0.06, count), 0.04, 1.0)
    full = habits.pays_in_full & (strain < 1.3)
    cents = np.where(
        full, owed, np.maximum((owed * share).astype(np.int64), np.minimum(owed, 2_500))
    )
    day = month.base + 16 + habits.bill_day % 10
    pays = bill & ~unpaid & month.within(card, day)
    own = pays & people.is_primary & month.within(checking, day)
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
            card[outside], instant(rng, day[outside], 6, 14), TRANSFER_IN, cents[outside],
            channel=ONLINE, phrase=Phrase.CARD_REPAY, party=world.wording.stranger(outside),
            ref_kind=REF_TRANSFER, ref=month.number_pairs(len(outside)),
        )
    )  # fmt: skip
    repaid = np.zeros(count, dtype=np.int64)
    repaid[inside] = cents[inside]
    parts.append(_debt_moved_here(world, habits, month, strain))
    parts.append(_last_drawings(world, month))
    return repaid, unpaid


def _debt_moved_here(world: World, habits: Habits, month: Month, strain: Floats) -> Rows:
    """Customers with card debt or financial strain pay other debts with the card.

    Cards start at zero, so in the first months debts that were there before come in this way.
    """
    rng, card = month.rng, world.card
    room = np.where(card >= 0, world.accounts.limit_on(month.first)[card] + month.funds[card], 0)
    start = 0.40 if month.number < 3 else 0.02
    chance = np.where(habits.pays_in_full, 0.0, start) + np.clip(0.05 * strain, 0, 0.15)
    moves = month.awake(card) & (rng.random(len(card)) < chance)
    cents = (room * rng.uniform(0.15, 0.6, len(card)) / 5_000).astype(np.int64) * 5_000
    who = np.flatnonzero(moves & (cents >= 20_000))
    return rows(
        card[who],
        instant(rng, any_day(month, card[who]), 8, 20),
        TRANSFER_OUT,
        cents[who],
        channel=ONLINE,
        phrase=Phrase.DEBT_MOVED,
        party=world.wording.stranger(who + 3),
        ref_kind=REF_TRANSFER,
        ref=month.number_pairs(len(who)),
        fees=np.maximum(cents[who] * 3 // 100, 500),
        soft=True,
    )


def _last_drawings(world: World, month: Month) -> Rows:
    """Cardholders before default draw more each month, at last the rest of the limit."""
    rng = stream(world.config.seed, "card drawings", month.number)
    card, defaults = world.card, world.card_defaults
    count = len(card)
    room = np.where(card >= 0, world.accounts.limit_on(month.first)[card] + month.funds[card], 0)
    last = (card >= 0) & (defaults.stops_in[card] == month.number)
    draws = (card >= 0) & defaults.draws(month.number)[card]
    part = np.where(last, 1.0, rng.uniform(0.05, 0.35, count))
    # The fee is drawn as well, and both must fit.
    cents = (np.maximum(room, 0) * part / 1.03).astype(np.int64) - 100
    fits = month.awake(card) & (cents >= np.where(last, 100, 2_000))
    who = np.flatnonzero((last | draws) & fits)
    # What is left is taken on the first morning, before anything else is.
    day = np.where(last, month.low[card], month.low[card] + rng.integers(0, 25, count))
    day = np.minimum(day, month.high[card])
    return rows(
        card[who],
        instant(rng, day[who], 0, 1),
        TRANSFER_OUT,
        cents[who],
        channel=ONLINE,
        phrase=Phrase.DEBT_MOVED,
        party=world.wording.stranger(who + 5),
        ref_kind=REF_TRANSFER,
        ref=month.number_pairs(len(who)),
        fees=cents[who] * 3 // 100,
        soft=True,
    )


def top_up(
    world: World,
    habits: Habits,
    month: Month,
    wallet: Wallet,
    parts: list[Rows],
) -> Ints:
    """Money fetched from savings or another bank when the account would run short."""
    rng, people = month.rng, world.people
    checking, savings = world.checking, world.savings
    early = early_income(world, habits, wallet.inflow)
    short = wallet.forced + wallet.bills + 0.8 * wallet.spending - month.funds[checking] - early
    strained = (world.life.strain[month.number] > 1.0) & (rng.random(len(people)) < 0.55)
    must = wallet.forced - month.funds[checking] - early
    needs = wallet.works & np.where(strained, must > 20_000, short > 0)
    reserve = np.where(people.is_primary, 0.25, 1.6) * (wallet.forced.clip(0) + wallet.spending)
    wish = np.where(strained, must, short + reserve * rng.random(len(people)))
    cents = np.ceil(np.maximum(wish, 1) / 5_000).astype(np.int64) * 5_000
    # What an instalment needs must be there on the first morning.
    wait = np.where(wallet.forced > 0, 0, rng.integers(0, 4, len(people)))
    day = np.minimum(month.low[checking] + wait, month.high[checking])
    own = needs & month.awake(savings) & (rng.random(len(people)) < 0.7)
    own &= month.funds[savings] - month.forced[savings] >= cents
    own &= month.within(savings, day)
    inside = np.flatnonzero(own)
    parts.append(
        own_transfer(
            month,
            savings[inside],
            checking[inside],
            day[inside],
            cents[inside],
            Phrase.OWN_TRANSFER,
            hours=EARLY_HOURS,
        )
    )
    outside = np.flatnonzero(needs & ~own)
    early_day = np.minimum(day[outside], month.high[checking[outside]])
    parts.append(from_outside(world, month, outside, cents[outside], Phrase.TOP_UP, early_day))
    month.funds = month.funds.copy()
    month.funds[savings[inside]] -= cents[inside]
    return np.where(needs, cents, 0)


def put_aside(
    world: World,
    habits: Habits,
    month: Month,
    wallet: Wallet,
    parts: list[Rows],
) -> Ints:
    """Money that has piled up goes to savings or elsewhere."""
    rng = month.rng
    checking, savings = world.checking, world.savings
    monthly = world.life.income[month.number] / 12 * NET_SHARE * 100
    cap = habits.buffer * np.where(world.people.is_primary, monthly, 0.5 * monthly)
    excess = (
        month.funds[checking] + wallet.inflow - wallet.forced - wallet.bills - wallet.spending - cap
    )
    ready = month.funds[checking] - wallet.forced.clip(0) - wallet.bills - 1.3 * wallet.spending
    cents = (np.minimum(excess, ready) // 1_000).astype(np.int64) * 1_000
    moves = wallet.works & (excess > 0.9 * cap) & (cents >= 20_000)
    day = np.minimum(month.low[checking] + rng.integers(3, 25, len(cents)), month.high[checking])
    own = moves & month.awake(savings) & (rng.random(len(cents)) < 0.6)
    own &= month.within(savings, day)
    inside, outside = np.flatnonzero(own), np.flatnonzero(moves & ~own)
    parts.append(
        own_transfer(
            month,
            checking[inside],
            savings[inside],
            day[inside],
            cents[inside],
            Phrase.OWN_TRANSFER,
            soft=True,
        )
    )
    parts.append(
        rows(
            checking[outside], instant(rng, day[outside], 8, 20), TRANSFER_OUT, cents[outside],
            channel=ONLINE, phrase=Phrase.INVEST, party=world.wording.stranger(outside + 1),
            ref_kind=REF_TRANSFER, ref=month.number_pairs(len(outside)), soft=True,
        )
    )  # fmt: skip
    return np.where(moves, cents, 0)
