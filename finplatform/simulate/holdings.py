"""Totals of all accounts: balances, debts, income and cost, as a sub-ledger of the books.

Belongs here: sums over accounts and rows that the general ledger needs. Does not: the postings
(`bookkeeping`).
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from finplatform.simulate.accounts import CHECKING, CREDIT_CARD, SAVINGS
from finplatform.simulate.rng import Ints
from finplatform.simulate.rows import COMPLETED, FEE, INTEREST, Rows
from finplatform.simulate.wording import Phrase


class Holdings(NamedTuple):
    """Balances of all accounts at one instant, in cents, none below zero.

    Attributes:
        checking: Current accounts in credit.
        savings: Savings accounts in credit.
        card_credit: Card accounts in credit.
        card_debt: Drawn on cards.
        overdrawn: Drawn on other accounts.
    """

    checking: int
    savings: int
    card_credit: int
    card_debt: int
    overdrawn: int


class Flows(NamedTuple):
    """Income and cost of accounts in one month, in cents.

    Attributes:
        deposit_interest: Credited to customers.
        card_interest: Charged on card debt.
        fees: All other charges.
        card_written_off: Card debt charged off.
    """

    deposit_interest: int
    card_interest: int
    fees: int
    card_written_off: int


def holdings_of(kind: Ints, balance: Ints) -> Holdings:
    """Sums of balances by kind of account and sign."""
    held, owed = np.maximum(balance, 0), np.maximum(-balance, 0)
    card = kind == CREDIT_CARD
    return Holdings(
        checking=int(held[kind == CHECKING].sum()),
        savings=int(held[kind == SAVINGS].sum()),
        card_credit=int(held[card].sum()),
        card_debt=int(owed[card].sum()),
        overdrawn=int(owed[~card].sum()),
    )


def flows_of(parts: Iterable[Rows]) -> Flows:
    """Sums of interest, fees and charge-offs over settled rows."""
    total = np.zeros(len(Flows._fields), dtype=np.int64)
    for part in parts:
        done = part.status == COMPLETED
        fee = done & (part.kind == FEE)
        on_card = fee & (part.phrase == Phrase.CARD_INTEREST)
        total += [
            part.cents[done & (part.kind == INTEREST)].sum(),
            part.cents[on_card].sum(),
            part.cents[fee & ~on_card].sum() + part.fees[done].sum(),
            part.cents[done & (part.phrase == Phrase.CHARGE_OFF)].sum(),
        ]
    return Flows(*(int(value) for value in total))
