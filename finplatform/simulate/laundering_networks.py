"""Laundering through several accounts of the bank: cases of typologies that a graph shows.

Belongs here: one function per typology. Does not: how many cases there are (`laundering`).
"""

import numpy as np

from finplatform.simulate.clock import DAY_SECONDS
from finplatform.simulate.planned_cases import leg, moments, outside, round_cents
from finplatform.simulate.rng import Ints
from finplatform.simulate.rows import TRANSFER_IN, TRANSFER_OUT, Rows, join
from finplatform.simulate.world import World


def fan_in(
    world: World, rng: np.random.Generator, mules: Ints, first: int, last: int, case: int
) -> Rows:
    """Many accounts are fed from outside and all pay one, which pays out."""
    size = int(rng.integers(6, 11))
    chosen = rng.choice(mules, size + 1, replace=False)
    sources, hub = chosen[:-1], np.full(size, chosen[-1])
    cents = round_cents(rng, 900, 4_800, size)
    at = moments(rng, first + 1, last - 4, size)
    out_at = np.array([int(at.max()) + DAY_SECONDS])
    total = np.array([int(cents.sum() * 0.97) // 10_000 * 10_000])
    return join(
        [
            outside(world, rng, case, sources, at - 7_200, TRANSFER_IN, cents + 5_000),
            leg(case, sources, hub, at, cents),
            outside(world, rng, case, hub[:1], out_at, TRANSFER_OUT, total),
        ]
    )


def fan_out(
    world: World, rng: np.random.Generator, mules: Ints, first: int, last: int, case: int
) -> Rows:
    """One large sum comes in and is spread over many accounts, which pay out."""
    size = int(rng.integers(6, 11))
    chosen = rng.choice(mules, size + 1, replace=False)
    targets, hub = chosen[:-1], np.full(size, chosen[-1])
    cents = round_cents(rng, 1_200, 5_500, size)
    start = int(rng.integers(first, max(first + 1, last - 8)))
    at = moments(rng, start + 1, start + 3, size)
    total = np.array([int(cents.sum() * 1.03)])
    in_at = np.array([start * DAY_SECONDS + 10 * 3_600])
    return join(
        [
            outside(world, rng, case, hub[:1], in_at, TRANSFER_IN, total),
            leg(case, hub, targets, at, cents),
            outside(world, rng, case, targets, at + DAY_SECONDS, TRANSFER_OUT, cents * 95 // 100),
        ]
    )


def cycle(
    world: World, rng: np.random.Generator, mules: Ints, first: int, last: int, case: int
) -> Rows:
    """Money walks through a ring of accounts and returns, a little less each time."""
    size = int(rng.integers(3, 7))
    ring = rng.choice(mules, size, replace=False)
    start = int(rng.integers(first, max(first + 1, last - size - 3)))
    amount = int(rng.integers(40, 220)) * 10_000
    cents = (amount * 0.985 ** np.arange(size)).astype(np.int64)
    at = (start + 1 + np.arange(size)) * DAY_SECONDS + rng.integers(9 * 3_600, 20 * 3_600, size)
    in_at = np.array([start * DAY_SECONDS + 11 * 3_600])
    return join(
        [
            outside(world, rng, case, ring[:1], in_at, TRANSFER_IN, np.array([amount + 10_000])),
            leg(case, ring, np.roll(ring, -1), at, cents),
        ]
    )


def scatter_gather(
    world: World, rng: np.random.Generator, mules: Ints, first: int, last: int, case: int
) -> Rows:
    """One account spreads a sum over several, which all pass it on to one other."""
    size = int(rng.integers(3, 6))
    chosen = rng.choice(mules, size + 2, replace=False)
    between, source, target = chosen[2:], np.full(size, chosen[0]), np.full(size, chosen[1])
    cents = round_cents(rng, 1_500, 6_500, size)
    start = int(rng.integers(first, max(first + 1, last - 12)))
    at = moments(rng, start + 1, start + 3, size)
    on = at + rng.integers(12 * 3_600, 4 * DAY_SECONDS, size)
    passed = cents * rng.integers(94, 99, size) // 100
    ends = np.array([start * DAY_SECONDS + 10 * 3_600, int(on.max()) + DAY_SECONDS])
    fed, paid = np.array([int(cents.sum() * 1.02)]), np.array([int(passed.sum() * 0.98)])
    return join(
        [
            outside(world, rng, case, source[:1], ends[:1], TRANSFER_IN, fed),
            leg(case, source, between, at, cents),
            leg(case, between, target, on, passed, first=size),
            outside(world, rng, case, target[:1], ends[1:], TRANSFER_OUT, paid),
        ]
    )


def layering_chain(
    world: World, rng: np.random.Generator, mules: Ints, first: int, last: int, case: int
) -> Rows:
    """A sum goes from account to account within days, and out at the other end."""
    size = int(rng.integers(5, 8))
    chain = rng.choice(mules, size, replace=False)
    start = int(rng.integers(first, max(first + 1, last - 2 * size)))
    amount = int(rng.integers(30, 180)) * 10_000
    cents = (amount * 0.97 ** np.arange(size - 1)).astype(np.int64)
    steps = rng.integers(16 * 3_600, 40 * 3_600, size - 1)
    at = start * DAY_SECONDS + 9 * 3_600 + np.cumsum(steps)
    ends = np.array([start * DAY_SECONDS + 9 * 3_600, int(at[-1]) + 20 * 3_600])
    return join(
        [
            outside(world, rng, case, chain[:1], ends[:1], TRANSFER_IN, np.array([amount])),
            leg(case, chain[:-1], chain[1:], at, cents),
            outside(world, rng, case, chain[-1:], ends[1:], TRANSFER_OUT, cents[-1:] * 96 // 100),
        ]
    )
