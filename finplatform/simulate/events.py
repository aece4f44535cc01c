"""Changes of account rows by day, and their versions in the journal.

Belongs here: the list of changes and the frames of `oltp.accounts` made from it. Does not:
balances, which the engine adds. The nightly batch stamps every change with the last second of its
day, so that the row's balance is the account's closing balance of that day.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.oltp.codes import ACCOUNT_STATUSES, ACCOUNT_TYPES
from finplatform.simulate.accounts import (
    ACTIVE,
    CLOSED,
    DORMANT,
    FROZEN,
    SAVINGS,
    Accounts,
    account_rate,
)
from finplatform.simulate.clock import DAY_SECONDS, NEVER, Calendar
from finplatform.simulate.economy import Economy
from finplatform.simulate.frames import dates, labels, money, rate, text
from finplatform.simulate.journal import Versions
from finplatform.simulate.rng import Ints
from finplatform.simulate.world import World

NIGHT = DAY_SECONDS - 1
_READ, _CREATED, _UPDATED, _DELETED = range(4)


@dataclass(frozen=True, slots=True)
class AccountEvents:
    """One element per version of an account's row, ordered by account, then time.

    Attributes:
        account: Index of the account.
        day: Day of the change.
        second: Instant of the change.
        op: Index into r, c, u, d.
        savings_shift: Shift of savings rates in millionths, by month of the span.
    """

    account: Ints
    day: Ints
    second: Ints
    op: Ints
    savings_shift: Ints


def savings_shift(economy: Economy, months: int) -> Ints:
    """Savings rates follow half of the policy rate's move, twice in the span."""
    policy = economy.policy_rate[economy.lead :, 0]
    decisions = (np.arange(months) * 3) // max(months, 1) * max(months // 3, 1)
    moved = policy[np.minimum(decisions, months - 1)] - policy[0]
    return np.rint(moved * 0.5 * 20).astype(np.int64) * 500


def account_events(calendar: Calendar, economy: Economy, accounts: Accounts) -> AccountEvents:
    """Every change of every account's row, the last version at the end of the span included."""
    size = len(accounts)
    every = np.arange(size)
    shift = savings_shift(economy, calendar.months)
    old = accounts.opened < calendar.start
    changes = [
        accounts.dormant,
        np.where(accounts.dormant < NEVER, accounts.awake, NEVER),
        accounts.frozen,
        accounts.thawed,
        accounts.raised,
        accounts.closed,
    ]
    for month in np.flatnonzero(np.diff(shift)) + 1:
        moves = (accounts.kind == SAVINGS) & (accounts.opened < calendar.first[month])
        moves &= accounts.closed > calendar.first[month]
        changes.append(np.where(moves, calendar.first[month], NEVER))
    changes.append(np.where(accounts.closed == NEVER, calendar.end, NEVER))
    account, day = np.tile(every, len(changes)), np.concatenate(changes)
    known = (day <= calendar.end) & (day > accounts.opened[account])
    account, day = account[known], day[known]

    first_op = np.where(old, _READ, _CREATED)
    first_day = np.where(old, calendar.start, accounts.opened)
    gone = np.flatnonzero(accounts.deleted < NEVER)
    all_account = np.concatenate([every, account, every[gone]])
    all_day = np.concatenate([first_day, day, accounts.deleted[gone]])
    op = np.concatenate([first_op, np.full(len(day), _UPDATED), np.full(len(gone), _DELETED)])
    second = all_day * DAY_SECONDS + np.where(op == _READ, 0, NIGHT)
    order = np.lexsort((op, second, all_account))
    all_account, all_day = all_account[order], all_day[order]
    second, op = second[order], op[order]
    fresh = np.r_[True, (all_account[1:] != all_account[:-1]) | (second[1:] != second[:-1])]
    return AccountEvents(all_account[fresh], all_day[fresh], second[fresh], op[fresh], shift)


def account_status(accounts: Accounts, account: Ints, day: Ints) -> Ints:
    """Status of accounts at the end of a day."""
    asleep = (accounts.dormant[account] <= day) & (accounts.awake[account] > day)
    frozen = (accounts.frozen[account] <= day) & (accounts.thawed[account] > day)
    closed = accounts.closed[account] <= day
    return np.where(closed, CLOSED, np.where(frozen, FROZEN, np.where(asleep, DORMANT, ACTIVE)))


def account_versions(world: World, events: AccountEvents, balance: Ints) -> Versions:
    """Versions of `oltp.accounts` rows.

    Args:
        world: The bank.
        events: The changes.
        balance: Cents at each change.
    """
    accounts, who, day = world.accounts, events.account, events.day
    # A row read at the start shows the state of that morning.
    as_of = np.where(events.op == _READ, day - 1, day)
    month = np.clip(world.calendar.position(day), 0, world.calendar.months - 1)
    rates = np.stack([account_rate(accounts, shift) for shift in events.savings_shift])
    closed = accounts.closed[who] <= as_of
    frame = pl.DataFrame(
        {
            "account_id": labels("A", who + 1, 7),
            "customer_id": labels("C", accounts.owner[who] + 1, 7),
            "product_id": labels("P", accounts.product[who] + 1, 3),
            "account_type": text(ACCOUNT_TYPES, accounts.kind[who]),
            "account_number": text(world.numbers, who),
            "opening_date": dates(accounts.opened[who]),
            "closing_date": dates(accounts.closed[who], closed),
            "status": text(ACCOUNT_STATUSES, account_status(accounts, who, as_of)),
            "balance": money(balance),
            "currency": pl.repeat("USD", len(who), eager=True),
            "interest_rate": rate(rates[month, who]),
            "credit_limit": money(
                np.where(
                    accounts.raised[who] <= as_of, accounts.raised_limit[who], accounts.limit[who]
                )
            ),
            "branch_id": labels("BR", accounts.branch[who] + 1, 3),
        }
    )
    return Versions("accounts", frame, text(("r", "c", "u", "d"), events.op), events.second)
