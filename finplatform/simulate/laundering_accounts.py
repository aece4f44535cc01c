"""Laundering through one account: cases of typologies that its own movements show.

Belongs here: one function per typology. Does not: how many cases there are (`laundering`).
"""

import numpy as np

from finplatform.simulate.accounts import CREDIT_CARD
from finplatform.simulate.clock import DAY_SECONDS, NEVER
from finplatform.simulate.planned_cases import (
    LAUNDERING_TAG,
    moments,
    outside,
    round_cents,
)
from finplatform.simulate.rng import Ints, stream
from finplatform.simulate.rows import (
    ATM,
    BRANCH,
    DEPOSIT,
    TRANSFER_IN,
    TRANSFER_OUT,
    Rows,
    join,
    no_rows,
    rows,
)
from finplatform.simulate.wording import Phrase
from finplatform.simulate.world import World

_TYPOLOGIES = 11
"""Typologies take turns: so many cases later comes the next of the same, of another account."""


def structuring(
    world: World, rng: np.random.Generator, mules: Ints, first: int, last: int, case: int
) -> Rows:
    """Cash just under the reporting limit on many days, then out at once."""
    size = int(rng.integers(5, 11))
    account = np.full(size, rng.choice(mules))
    cents = round_cents(rng, 7_600, 9_950, size)
    at = moments(rng, first, last - 3, size)
    deposits = rows(
        account, at, DEPOSIT, cents, channel=np.where(rng.random(size) < 0.8, BRANCH, ATM),
        phrase=Phrase.CASH_IN, tag=LAUNDERING_TAG + case,
    )  # fmt: skip
    out_at = np.array([int(at.max()) + DAY_SECONDS + 3_600])
    total = np.array([int(cents.sum() * 0.96) // 10_000 * 10_000])
    return join([deposits, outside(world, rng, case, account[:1], out_at, TRANSFER_OUT, total)])


def rapid_movement(
    world: World, rng: np.random.Generator, mules: Ints, first: int, last: int, case: int
) -> Rows:
    """Large sums that come in from outside and leave within two days."""
    size = int(rng.integers(3, 6))
    account = np.full(size, rng.choice(mules))
    cents = round_cents(rng, 6_000, 28_000, size)
    at = moments(rng, first, last - 3, size)
    wait = rng.integers(3_600, 40 * 3_600, size)
    return join(
        [
            outside(world, rng, case, account, at, TRANSFER_IN, cents),
            outside(world, rng, case, account, at + wait, TRANSFER_OUT, cents * 97 // 100),
        ]
    )


def dormant_awakened(
    world: World, rng: np.random.Generator, _mules: Ints, _first: int, _last: int, case: int
) -> Rows:
    """A sleeping account receives large sums, which leave within days; when, its sleep decides."""
    accounts, end = world.accounts, world.calendar.end
    sleeps = (accounts.dormant < end - 40) & (accounts.awake == NEVER) & (accounts.closed == NEVER)
    sleepers = np.flatnonzero(sleeps & (accounts.kind != CREDIT_CARD))
    if not len(sleepers):
        return no_rows()
    size = int(rng.integers(1, 4))
    order = stream(world.config.seed, "sleepers").permutation(sleepers)
    chosen = int(order[case // _TYPOLOGIES % len(order)])
    account = np.full(size, chosen)
    cents = round_cents(rng, 5_000, 19_000, size)
    start = int(rng.integers(int(accounts.dormant[chosen]) + 5, end - 20))
    at = moments(rng, start, start + 6, size)
    out_at = at[-1:] + rng.integers(20 * 3_600, 60 * 3_600, 1)
    total = np.array([int(cents.sum() * 0.95) // 10_000 * 10_000])
    return join(
        [
            outside(world, rng, case, account, at, TRANSFER_IN, cents),
            outside(world, rng, case, account[:1], out_at, TRANSFER_OUT, total),
        ]
    )


def round_amounts(
    world: World, rng: np.random.Generator, mules: Ints, first: int, last: int, case: int
) -> Rows:
    """Whole thousands from many sides, passed on in whole thousands."""
    size = int(rng.integers(5, 9))
    account = np.full(size, rng.choice(mules))
    cents = rng.integers(1, 5, size) * 100_000
    at = moments(rng, first, last - 6, size)
    wait = rng.integers(3 * DAY_SECONDS, 6 * DAY_SECONDS, size)
    return join(
        [
            outside(world, rng, case, account, at, TRANSFER_IN, cents),
            outside(world, rng, case, account[1:], (at + wait)[1:], TRANSFER_OUT, cents[1:]),
        ]
    )


def velocity(
    world: World, rng: np.random.Generator, mules: Ints, first: int, last: int, case: int
) -> Rows:
    """Dozens of small transfers in and out within two days."""
    size = int(rng.integers(9, 15))
    account = np.full(size, rng.choice(mules))
    cents = np.rint(rng.uniform(150, 950, size) * 100).astype(np.int64)
    day = int(rng.integers(first, last - 2))
    at = moments(rng, day, day + 1, size)
    return join(
        [
            outside(world, rng, case, account, at, TRANSFER_IN, cents),
            outside(
                world, rng, case, account, at + rng.integers(600, 7_200, size), TRANSFER_OUT,
                cents * 98 // 100,
            ),
        ]
    )  # fmt: skip


def high_risk_geography(
    world: World, rng: np.random.Generator, mules: Ints, first: int, last: int, case: int
) -> Rows:
    """Transfers to accounts in a country under increased monitoring, fed from elsewhere."""
    size = int(rng.integers(3, 7))
    account = np.full(size, rng.choice(mules))
    cents = round_cents(rng, 1_900, 8_500, size)
    at = moments(rng, first + 1, last - 1, size)
    abroad = world.wording.listed_abroad(rng.integers(0, 2**31, size))
    feed = np.array([int(cents.sum())])
    return join(
        [
            outside(world, rng, case, account[:1], at[:1] - DAY_SECONDS, TRANSFER_IN, feed),
            outside(world, rng, case, account, at, TRANSFER_OUT, cents, party=abroad),
        ]
    )
