"""Standing flows of a month: pay, rent and bills, and what they leave to spend.

Recurring flows. Top-ups and card bills are in `buffers`, discretionary spending in `spending`,
flows by balance in `ledger`.
"""

from dataclasses import dataclass

import numpy as np

from finplatform.simulate.buffers import Wallet, card_bills, early_income, put_aside, top_up
from finplatform.simulate.clock import first_of_month, is_business_day
from finplatform.simulate.month import NET_SHARE, Habits, Month, any_day, from_outside, instant
from finplatform.simulate.people import EMPLOYED, RETIRED, SELF_EMPLOYED, STUDENT, UNEMPLOYED
from finplatform.simulate.rng import Bools, Floats, Ints
from finplatform.simulate.rows import (
    BATCH,
    BILL_PAYMENT,
    BRANCH,
    DEPOSIT,
    ONLINE,
    REF_ORDER,
    SALARY,
    Rows,
    rows,
)
from finplatform.simulate.wording import Phrase
from finplatform.simulate.world import World


@dataclass(slots=True)
class Budget:
    """Disposable amounts after standing payments, in cents.

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
    repaid, unpaid = card_bills(world, habits, month, inflow, parts)
    wallet = Wallet(works, inflow, month.forced[checking] + repaid, bills, spending)
    topped = top_up(world, habits, month, wallet, parts)
    moved = put_aside(world, habits, month, wallet, parts)
    early = np.maximum(early_income(world, habits, inflow), 0.2 * inflow)
    available = month.funds[checking] + topped + early - wallet.forced - bills - moved
    limit = np.where(world.card >= 0, world.accounts.limit_on(month.first)[world.card], 0)
    owed = np.where(world.card >= 0, month.funds[world.card], 0)
    return parts, Budget(np.maximum(available, 0.0), np.maximum(limit + owed, 0.0)), unpaid


def paydays(month: int) -> Ints:
    """Days of a calendar month on which the four kinds of employers pay; they avoid days off.

    Args:
        month: Calendar months since January 1970.
    """
    first, following = first_of_month(np.array([month, month + 1]))
    days = np.arange(first, following)
    open_days = days[is_business_day(days)]
    wanted = np.array([open_days[-1], first + 14, open_days[0], first + 24])
    return np.asarray(open_days[np.searchsorted(open_days, wanted, side="right") - 1])


def _pay(world: World, habits: Habits, month: Month, works: Bools, parts: list[Rows]) -> Ints:
    """Income that arrives at this bank; returns cents per customer."""
    rng, people, life = month.rng, world.people, world.life
    count = len(people)
    net = life.income[month.number] / 12 * NET_SHARE * 100
    work = life.work[month.number]
    earns = works & people.is_primary
    day = paydays(int(world.calendar.month[month.number]))[habits.payday]
    fits = month.within(world.checking, day)
    december = int(world.calendar.month[month.number]) % 12 == 11
    bonus = np.where(habits.has_bonus & december, 1 + rng.uniform(0.2, 1.1, count), 1.0)
    amount = np.rint(net * bonus * np.exp(rng.normal(0, 0.012, count))).astype(np.int64)
    inflow = np.zeros(count, dtype=np.int64)

    paid = np.flatnonzero(earns & fits & ((work == EMPLOYED) | (work == RETIRED)))
    pension, employer = work[paid] == RETIRED, habits.employer[paid]
    parts.append(
        rows(
            world.checking[paid], instant(rng, day[paid], 4, 9), SALARY, amount[paid],
            phrase=np.where(pension, Phrase.PENSION, world.wording.salary_phrase(employer)),
            party=world.wording.employer(employer),
            ref_kind=REF_ORDER, ref=month.number_pairs(len(paid)),
        )
    )  # fmt: skip
    inflow[paid] += amount[paid]
    for status, phrase, split in (
        (UNEMPLOYED, Phrase.BENEFIT, 1),
        (STUDENT, Phrase.SUPPORT, 1),
        (SELF_EMPLOYED, Phrase.INVOICE, 2),
    ):
        paid_now = earns & (work == status) & (rng.random(count) < month.share)
        who = np.repeat(np.flatnonzero(paid_now), split)
        cents = np.rint(net[who] / split * np.exp(rng.normal(0, 0.3 * split - 0.2, len(who))))
        cents = cents.astype(np.int64)
        parts.append(from_outside(world, month, who, cents, phrase))
        np.add.at(inflow, who, cents)
    takings = np.flatnonzero(works & habits.takes_cash & (work == SELF_EMPLOYED))
    often = min(0.6 + world.config.density / 10, 4) * month.share
    takings = np.repeat(takings, rng.poisson(often, len(takings)))
    cents = np.rint(np.exp(rng.normal(7.5, 0.85, len(takings))) / 5).astype(np.int64) * 500
    parts.append(
        rows(
            world.checking[takings], instant(rng, any_day(month, world.checking[takings]), 14, 22),
            DEPOSIT, cents, channel=BRANCH, phrase=Phrase.BUSINESS_CASH,
        )
    )  # fmt: skip
    return inflow


def _rent_and_bills(
    world: World, habits: Habits, month: Month, works: Bools, parts: list[Rows]
) -> Ints:
    rng, people = month.rng, world.people
    account = world.checking
    cost = np.zeros(len(people), dtype=np.int64)
    day = month.base + habits.landlord % 5
    pays = works & people.is_primary & habits.rents & month.within(account, day)
    renting = np.flatnonzero(pays)
    parts.append(
        rows(
            account[renting], instant(rng, day[renting], 6, 10), BILL_PAYMENT, habits.rent[renting],
            channel=BATCH, phrase=Phrase.RENT,
            party=world.wording.landlord(habits.landlord[renting]),
            ref_kind=REF_ORDER, ref=month.number_pairs(len(renting)), soft=True,
        )
    )  # fmt: skip
    cost[renting] += habits.rent[renting]
    mean = min(0.35 + world.config.density / 14, 3.2)
    number = np.where(people.is_primary, mean, 0.12 * mean) * works
    who = np.repeat(np.arange(len(people)), rng.poisson(number))
    on = month.base + habits.bill_day[who] + rng.integers(0, 3, len(who))
    fits = month.within(account[who], on)
    who, on = who[fits], on[fits]
    winter = 1 + 0.35 * np.cos(2 * np.pi * (int(world.calendar.month[month.number]) % 12) / 12)
    bill = rng.integers(0, 4, len(who))
    phrase = np.array([Phrase.POWER, Phrase.PHONE_BILL, Phrase.INSURANCE, Phrase.WATER])[bill]
    median = np.array([118 * winter, 74, 132, 46])[bill]
    cents = np.rint(median * np.exp(rng.normal(0, 0.35, len(who))) * 100).astype(np.int64)
    parts.append(
        rows(
            account[who], instant(rng, on, 6, 20), BILL_PAYMENT, cents,
            channel=np.where(rng.random(len(who)) < 0.6, BATCH, ONLINE), phrase=phrase,
            party=world.wording.landlord(habits.stranger[who] + bill),
            ref_kind=REF_ORDER, ref=month.number_pairs(len(who)), soft=True,
        )
    )  # fmt: skip
    np.add.at(cost, who, cents)
    return cost
