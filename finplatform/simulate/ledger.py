"""Balances: payments covered by the balance, and interest and fees at the month's end.

Movements that depend on a running balance; `spending` has the others.
"""

from dataclasses import dataclass

import numpy as np

from finplatform.simulate.accounts import CREDIT_CARD, SAVINGS
from finplatform.simulate.catalogue import PRODUCTS
from finplatform.simulate.clock import DAY_SECONDS
from finplatform.simulate.declines import give_reasons
from finplatform.simulate.month import Month
from finplatform.simulate.rng import Bools, Ints
from finplatform.simulate.rows import (
    BATCH,
    BRANCH,
    COMPLETED,
    FAILED,
    FEE,
    INTEREST,
    REF_TRANSFER,
    TRANSFER_IN,
    TRANSFER_OUT,
    Rows,
    join,
    rows,
)
from finplatform.simulate.wording import Phrase
from finplatform.simulate.world import World

_LATE_FEE = 2_900
# A shorter piece of a month bears neither interest nor fees.
_LEAST_SHARE = 0.65
_FEES = np.array([row.fee for row in PRODUCTS])
_MINIMUMS = np.array([row.minimum for row in PRODUCTS])
_KEY_BITS = 34


@dataclass(slots=True)
class Book:
    """The rows of a month in the order of account and time, with their running effect.

    Attributes:
        rows: The rows, statuses settled.
        key: Account and second in one integer, ascending.
        moved: Change of balance by each row in cents.
        total: Running sum of `moved` over all accounts.
    """

    rows: Rows
    key: Ints
    moved: Ints
    total: Ints

    def change_until(self, account: Ints, second: Ints) -> Ints:
        """Change of each account's balance from the month's begin to a second, inclusive."""
        upto = np.searchsorted(self.key, (account << _KEY_BITS) + second, side="right")
        begin = np.searchsorted(self.key, account << _KEY_BITS, side="left")
        padded = np.r_[0, self.total]
        return np.asarray(padded[upto] - padded[begin])


def open_book(made: Rows) -> Book:
    """Sort rows by account and time and add them up."""
    key = (made.account.astype(np.int64) << _KEY_BITS) + made.at
    order = np.argsort(key, kind="stable")
    ordered = made.take(order)
    moved = ordered.moved()
    return Book(ordered, key[order], moved, np.cumsum(moved))


def settle(world: World, month: Month, balance: Ints, made: Rows) -> Book:
    """Refuse what the money does not cover; drop the other leg of a refused transfer.

    A soft debit is refused if the balance after it would lie below the limit. Refusals are judged
    on the path with all rows in it, so that after them no soft debit ends below the limit.
    """
    book = open_book(made)
    ordered = book.rows
    account = ordered.account.astype(np.int64)
    first = np.searchsorted(account, account, side="left")
    padded = np.r_[0, book.total]
    running = balance[account] + book.total - padded[first]
    limit = world.accounts.limit_on(month.first)[account]
    day = ordered.at // DAY_SECONDS
    frozen = (day >= world.accounts.frozen[account]) & (day < world.accounts.thawed[account])
    refused = ordered.soft & (ordered.status == COMPLETED) & ((running < -limit) | frozen)
    ordered.status[refused] = FAILED
    give_reasons(world, month.number, ordered, refused, frozen)
    if not refused.any():
        return book
    gone = np.isin(ordered.pair, ordered.pair[refused & (ordered.pair > 0)])
    return open_book(ordered.take(~gone | refused | (ordered.pair == 0)))


def closing_rows(
    world: World, month: Month, balance: Ints, book: Book, unpaid: Bools, savings_rate: Ints
) -> Rows:
    """Interest, fees and the last row of accounts that close, from the settled month.

    Args:
        world: The bank.
        month: The month.
        balance: Balances before the month.
        book: The settled rows.
        unpaid: Customers whose card bill went unpaid.
        savings_rate: Yearly rate of each account in millionths.
    """
    accounts = world.accounts
    every = np.arange(len(accounts))
    night = np.full(len(accounts), (month.last + 1) * DAY_SECONDS - 1)
    end = balance + book.change_until(every, night)
    held = (accounts.opened < month.last) & (accounts.closed > month.last)
    held &= ~world.people.gone[accounts.owner] & (month.share > _LEAST_SHARE)
    return join(
        [
            _interest(month, held, accounts.kind, balance, end, savings_rate),
            _monthly_fees(world, month, held, balance),
            _card_charges(world, month, held, balance, unpaid, savings_rate),
            _farewells(world, month, end),
        ]
    )


def _month_end(month: Month, account: Ints, hour: float) -> Ints:
    return np.full(len(account), month.last * DAY_SECONDS + int(hour * 3_600))


def _interest(
    month: Month, held: Bools, kind: Ints, balance: Ints, end: Ints, yearly: Ints
) -> Rows:
    average = (balance + end) // 2
    cents = (average * yearly + 6_000_000) // 12_000_000
    earns = held & (kind == SAVINGS) & (balance >= 1_000) & (end > 0) & (cents > 0)
    who = np.flatnonzero(earns)
    return rows(who, _month_end(month, who, 22.5), INTEREST, cents[who], phrase=Phrase.INTEREST)


def _monthly_fees(world: World, month: Month, held: Bools, balance: Ints) -> Rows:
    product = world.accounts.product
    due = held & (_FEES[product] > 0) & (balance < _MINIMUMS[product])
    due &= (world.accounts.opened < month.first) & (month.high >= month.last)
    due &= ~world.people.is_primary[world.accounts.owner]
    who = np.flatnonzero(due)
    return rows(
        who, _month_end(month, who, 22.6), FEE, _FEES[product[who]], phrase=Phrase.MONTHLY_FEE
    )


def _card_charges(
    world: World, month: Month, held: Bools, balance: Ints, unpaid: Bools, yearly: Ints
) -> Rows:
    """Interest on debt that was not cleared, and a fee for a missed card bill."""
    card = np.flatnonzero(held & (world.accounts.kind == CREDIT_CARD) & (balance < -2_000))
    owner = world.accounts.owner[card]
    missed = card[unpaid[owner]]
    revolves = card[_carries_debt(world, month, card)]
    charge = (-balance[revolves] * yearly[revolves] + 6_000_000) // 12_000_000
    return join(
        [
            rows(
                missed,
                _month_end(month, missed, 22.7),
                FEE,
                np.full(len(missed), _LATE_FEE),
                phrase=Phrase.LATE_FEE,
            ),
            rows(
                revolves,
                _month_end(month, revolves, 22.8),
                FEE,
                np.maximum(charge, 50),
                phrase=Phrase.CARD_INTEREST,
            ),
        ]
    )


def _carries_debt(world: World, month: Month, card: Ints) -> Bools:
    strained = world.life.strain[month.number][world.accounts.owner[card]] > 0.1
    return np.asarray(strained | world.card_defaults.stopped(month.number)[card])


def _farewells(world: World, month: Month, end: Ints) -> Rows:
    """The row that takes a closing account to zero.

    A card in default is settled for a part an hour before, and that row charges off the rest.
    """
    closed, defaults = world.accounts.closed, world.card_defaults
    who = np.flatnonzero((closed >= month.first) & (closed <= month.last) & (end != 0))
    is_bad = (defaults.written_off[who] == closed[who]) & (end[who] < 0)
    bad = who[is_bad]
    back = np.rint(-end[bad] * defaults.recovered[bad]).astype(np.int64)
    left = end[who].copy()
    left[is_bad] += back
    settled = rows(
        bad,
        closed[bad] * DAY_SECONDS + 15 * 3_600,
        TRANSFER_IN,
        back,
        channel=BATCH,
        phrase=Phrase.CARD_SETTLEMENT,
        party=world.wording.stranger(world.accounts.owner[bad] + 7),
        ref_kind=REF_TRANSFER,
        ref=month.number_pairs(len(bad)),
    )
    final = rows(
        who,
        closed[who] * DAY_SECONDS + 16 * 3_600,
        np.where(left > 0, TRANSFER_OUT, TRANSFER_IN),
        np.abs(left),
        channel=np.where(left > 0, BRANCH, BATCH),
        phrase=np.where(is_bad, Phrase.CHARGE_OFF, Phrase.CLOSE),
        party=world.wording.stranger(world.accounts.owner[who]),
        ref_kind=REF_TRANSFER,
        ref=month.number_pairs(len(who)),
    )
    return join([settled, final])
