"""Discretionary movements: cards, cash, transfers, cheques and refunds.

Belongs here: number, time, place and amount. Does not: the balance check (`ledger`).
"""

import numpy as np

from finplatform.simulate.accounts import CHECKING, CREDIT_CARD, SAVINGS
from finplatform.simulate.cards import MEAN_TICKET, card_rows, shopping_hours
from finplatform.simulate.clock import day_in_month, weekday
from finplatform.simulate.month import Habits, Month, own_transfer
from finplatform.simulate.rng import Bools, Floats, Ints
from finplatform.simulate.rows import (
    ATM,
    BILL_PAYMENT,
    BRANCH,
    COMPLETED,
    DEPOSIT,
    FAILED,
    MOBILE,
    ONLINE,
    REF_ORDER,
    REF_TRANSFER,
    TRANSFER_IN,
    TRANSFER_OUT,
    WITHDRAWAL,
    Rows,
    rows,
)
from finplatform.simulate.shopping import ShoppingMap
from finplatform.simulate.standing import Budget
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
_BUSY = {CHECKING: (4.2, 1.0), SAVINGS: (0.10, 0.10), CREDIT_CARD: (2.6, 1.7)}


def activity_weights(world: World, habits: Habits, month: Month) -> Floats:
    """Activity of each account this month; it fades out before closing."""
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
        shopping: Merchants by place and category.
        month: The month.
        budget: Spending budget.
        counts: Number of free movements of each account.
    """
    rng, accounts = month.rng, world.accounts
    account = np.repeat(np.arange(len(accounts)), counts)
    day = _days(world, month, account)
    kind = accounts.kind[account]
    edges = np.cumsum(_ACTIONS, axis=1)
    action = (edges[kind] <= rng.random(len(account))[:, None]).sum(axis=1)
    action = np.minimum(action, _PERSON)
    scale = _scale(world, habits, month, budget, counts)
    card = action == _CARD
    parts = card_rows(world, habits, shopping, month, account[card], day[card], scale)
    parts.append(_cash_rows(world, habits, month, account, day, action == _CASH_OUT, scale))
    parts.extend(_other_rows(world, habits, month, account, day, action, budget))
    return parts


def _days(world: World, month: Month, account: Ints) -> Ints:
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


def _scale(world: World, habits: Habits, month: Month, budget: Budget, counts: Ints) -> Floats:
    """Factor on tickets so that the month's free spending fits the money there is."""
    accounts = world.accounts
    owner = accounts.owner
    money = np.where(
        accounts.kind == CREDIT_CARD, 0.75 * budget.room[owner], budget.spendable[owner]
    )
    income = world.people.income[owner]
    taste = np.clip((income / 55_000) ** 0.4, 0.55, 2.2)
    planned = np.maximum(counts * MEAN_TICKET * taste, 1.0)
    # Money trouble moves larger purchases to the card.
    strain = world.life.strain[month.number][owner]
    carries = 1.3 * ~habits.pays_in_full[owner] + 2.0 * np.clip(strain, 0, 2)
    most = np.where(accounts.kind == CREDIT_CARD, 1.15 + carries, 1.15)
    return np.asarray(taste * np.clip(money / planned, 0.12, most))


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
        shopping_hours(rng, world, habits, account, day),
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
    at = shopping_hours(rng, world, habits, account, day)
    party = world.wording.stranger(world.accounts.owner[account] * 7 + rng.integers(0, 5, size))
    taste = np.clip((world.people.income[world.accounts.owner[account]] / 55_000) ** 0.6, 0.4, 3)
    ceiling = 0.5 * (budget.spendable[world.accounts.owner[account]] + 20_000)

    send = np.flatnonzero(action == _SEND)
    dollars = np.exp(rng.normal(5.2, 1.15, len(send))) * taste[send]
    cents = np.rint(np.minimum(dollars * 100, ceiling[send])).astype(np.int64)
    round_sum = rng.random(len(send)) < 0.6
    cents = np.maximum(np.where(round_sum, cents // 1_000 * 1_000, cents), 500)
    wire = cents >= 300_000
    desk = wire & (rng.random(len(send)) < 0.3)
    parts = [
        rows(
            account[send], at[send], TRANSFER_OUT, cents,
            channel=np.where(desk, BRANCH, np.where(rng.random(len(send)) < 0.65, MOBILE, ONLINE)),
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
    cents = np.minimum(cents, ceiling[bill].astype(np.int64) + 100)
    parts.append(
        rows(
            account[bill], at[bill], BILL_PAYMENT, cents, channel=ONLINE,
            phrase=np.where(rng.random(len(bill)) < 0.2, Phrase.TAX, Phrase.INSURANCE),
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
    # Occasional larger loans between friends.
    much = np.where(rng.random(len(source)) < 0.03, 20.0, 1.0)
    cents = np.rint(np.exp(rng.normal(3.6, 0.8, len(source))) * much).astype(np.int64) * 100
    return own_transfer(month, source, target, day, cents, Phrase.PERSON, soft=True)
