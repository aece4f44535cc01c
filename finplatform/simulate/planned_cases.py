"""Pieces of planned cases: which accounts they use, and the rows they are put together from.

Belongs here: what cases of fraud and of laundering share. Does not: any case.
"""

import numpy as np

from finplatform.simulate.clock import DAY_SECONDS, NEVER
from finplatform.simulate.rng import Ints
from finplatform.simulate.rows import (
    MOBILE,
    ONLINE,
    REF_TRANSFER,
    TRANSFER_IN,
    TRANSFER_OUT,
    Rows,
    join,
    rows,
)
from finplatform.simulate.wording import Phrase
from finplatform.simulate.world import World

# Tags: 1.. are fraud patterns; from LAUNDERING_TAG on, one number per case.
LAUNDERING_TAG = 1_000
# References of planned cases come after those of every month; rendering hides the order.
REF_BASE = 2_000 << 28
_LAUNDERING_REF = REF_BASE + (1 << 27)
_REFS_PER_CASE, _FIRST_IN, _FIRST_OUT = 256, 80, 160
_PAIR_BASE = 1 << 40


def usable_accounts(world: World, kinds: tuple[int, ...]) -> Ints:
    """Accounts that are awake and open from before the span to its end."""
    accounts = world.accounts
    fit = np.isin(accounts.kind, kinds) & (accounts.opened < world.calendar.start)
    fit &= (accounts.closed == NEVER) & (accounts.quiet == NEVER) & (accounts.frozen == NEVER)
    return np.flatnonzero(fit)


def round_cents(rng: np.random.Generator, low: float, high: float, size: int) -> Ints:
    """Amounts between two numbers of dollars, to ten dollars."""
    return np.rint(rng.uniform(low, high, size) / 10).astype(np.int64) * 1_000


def moments(rng: np.random.Generator, first: int, last: int, size: int) -> Ints:
    """Sorted instants in office hours between two days."""
    days = np.sort(rng.integers(first, last + 1, size))
    return days * DAY_SECONDS + np.sort(rng.integers(9 * 3600, 20 * 3600, size))


def leg(case: int, source: Ints, target: Ints, at: Ints, cents: Ints, first: int = 0) -> Rows:
    """Transfers between the bank's accounts: two legs with one reference.

    Args:
        case: Number of the case.
        source: Account that pays, for each transfer.
        target: Account that is paid.
        at: Second.
        cents: Amount.
        first: Transfers of the case that were made before.
    """
    number = case * _REFS_PER_CASE + first + np.arange(len(at))
    shared = {
        "channel": np.full(len(at), MOBILE),
        "phrase": Phrase.PERSON,
        "ref_kind": REF_TRANSFER,
        "ref": _LAUNDERING_REF + number,
        "pair": _PAIR_BASE + number,
        "tag": LAUNDERING_TAG + case,
    }
    return join(
        [
            rows(source, at, TRANSFER_OUT, cents, party=target, **shared),
            rows(target, at + 1, TRANSFER_IN, cents, party=source, **shared),
        ]
    )


def outside(
    world: World,
    rng: np.random.Generator,
    case: int,
    account: Ints,
    at: Ints,
    kind: int,
    cents: Ints,
    *,
    party: Ints | None = None,
) -> Rows:
    """Transfers with accounts of other banks, of strangers unless `party` names them."""
    slot = _FIRST_IN if kind == TRANSFER_IN else _FIRST_OUT
    if party is None:
        party = world.wording.stranger(rng.integers(0, 2**31, len(at)))
    return rows(
        account,
        at,
        kind,
        cents,
        channel=ONLINE,
        phrase=Phrase.TRANSFER if kind == TRANSFER_OUT else Phrase.RECEIVED,
        party=party,
        ref_kind=REF_TRANSFER,
        ref=_LAUNDERING_REF + case * _REFS_PER_CASE + slot + np.arange(len(at)),
        tag=LAUNDERING_TAG + case,
    )
