"""Movements known before any month is run: opening balances and everything about loans.

Belongs here: rows that follow from the world alone. Does not: rows that depend on a balance.
"""

import numpy as np

from finplatform.simulate.accounts import CHECKING, SAVINGS
from finplatform.simulate.clock import DAY_SECONDS, NEVER
from finplatform.simulate.lending import AUTO, BUSINESS, MORTGAGE
from finplatform.simulate.rng import Ints, stream
from finplatform.simulate.rows import (
    BATCH,
    LOAN_DISBURSEMENT,
    LOAN_PAYMENT,
    ONLINE,
    OPENING_BALANCE,
    REF_LOAN,
    REF_ORDER,
    TRANSFER_IN,
    TRANSFER_OUT,
    Rows,
    join,
    rows,
)
from finplatform.simulate.wording import Phrase
from finplatform.simulate.world import World

_SALE_FROM = 3
_LOANS_TO_DEPOSITS = 0.86
_MOST_SAVED = 400_000.0


def planned_rows(world: World) -> Rows:
    """Opening balances, disbursements with what they buy, instalments, sales of collateral."""
    parts = [_openings(world), *_disbursements(world), *_instalments(world)]
    return join(parts)


def _openings(world: World) -> Rows:
    """One row for every account open before the span, at its first second."""
    rng = stream(world.config.seed, "openings")
    accounts, people = world.accounts, world.people
    size = len(accounts)
    owner = accounts.owner
    monthly = people.income[owner] / 12 * 0.74
    primary = people.is_primary[owner]
    age = (world.calendar.start - people.birth[owner]) / 365.25
    checking = np.where(
        primary, monthly * np.exp(rng.normal(-0.25, 0.65, size)), np.exp(rng.normal(6.2, 0.9, size))
    )
    savings = monthly * np.clip((age - 17) / 7, 0.3, 7) * np.exp(rng.normal(-0.25, 1.05, size))
    is_open = accounts.opened < world.calendar.start
    checking = np.where(is_open & (accounts.kind == CHECKING), checking, 0)
    savings = np.where(is_open & (accounts.kind == SAVINGS), np.minimum(savings, _MOST_SAVED), 0)
    # Deposits fund the loans: savings make up what current accounts leave open.
    loans = world.losses.opening[world.loans.granted < world.calendar.start].sum() / 100
    if loans and savings.any():
        savings *= max(loans / _LOANS_TO_DEPOSITS - checking.sum(), 0) / savings.sum()
    cents = np.rint((checking + savings) * 100).astype(np.int64)
    held = np.flatnonzero(is_open)
    return rows(
        held,
        np.full(len(held), world.calendar.start * DAY_SECONDS),
        OPENING_BALANCE,
        cents[held],
        phrase=Phrase.OPENING,
    )


def _disbursements(world: World) -> list[Rows]:
    rng = stream(world.config.seed, "disbursements")
    loans = world.loans
    new = np.flatnonzero(loans.granted >= world.calendar.start)
    kind, amount = loans.kind[new], loans.principal[new]
    account = world.checking[loans.owner[new]]
    at = loans.granted[new] * DAY_SECONDS + rng.integers(9 * 3600, 12 * 3600, len(new))
    share = np.select(
        [(kind == MORTGAGE) | (kind == AUTO), kind == BUSINESS],
        [1.0, rng.uniform(0.55, 0.9, len(new))],
        default=rng.uniform(0.3, 0.75, len(new)),
    )
    spent = np.rint(amount * share / 5_000).astype(np.int64) * 5_000
    seller = world.wording.stranger(rng.integers(0, 2**31, len(new)))
    return [
        rows(
            account,
            at,
            LOAN_DISBURSEMENT,
            amount,
            phrase=Phrase.LOAN_IN,
            ref_kind=REF_LOAN,
            ref=-new - 1,
        ),
        rows(
            account,
            at + rng.integers(1_800, 3 * 3600, len(new)),
            TRANSFER_OUT,
            spent,
            channel=ONLINE,
            phrase=Phrase.PURCHASE,
            party=seller,
            ref_kind=REF_ORDER,
            ref=new + 1,
        ),
    ]


def _instalments(world: World) -> list[Rows]:
    """One payment row for every instalment that was paid; sale proceeds come in just before."""
    rng = stream(world.config.seed, "instalment rows")
    due = world.instalments
    paid = np.flatnonzero(due.paid_on < NEVER)
    account = world.checking[world.loans.owner[due.loan[paid]]]
    at = due.paid_on[paid] * DAY_SECONDS + 6 * 3600 + rng.integers(0, 3600, len(paid))
    cents = due.paid[paid]
    contract = world.loans.instalment[due.loan[paid]]
    sold = due.is_recovery[paid] & (cents >= _SALE_FROM * contract)
    buyer: Ints = world.wording.stranger(rng.integers(0, 2**31, int(sold.sum())))
    return [
        rows(
            account, at, LOAN_PAYMENT, cents, channel=BATCH, phrase=Phrase.LOAN_DUE,
            ref_kind=REF_LOAN, ref=paid + 1,
        ),
        rows(
            account[sold], at[sold] - 3600, TRANSFER_IN, cents[sold], channel=BATCH,
            phrase=Phrase.SALE, party=buyer, ref_kind=REF_ORDER, ref=paid[sold] + 500_000_001,
        ),
    ]  # fmt: skip
