"""Fraud: planned cases with their labels, and all planned misconduct together.

Laundering is in `laundering`. Only the `tag` of a row marks misconduct; it never reaches the
operational schema.
"""

from dataclasses import dataclass

import numpy as np

from finplatform.simulate.accounts import CHECKING, CREDIT_CARD
from finplatform.simulate.catalogue import CATEGORIES
from finplatform.simulate.clock import DAY_SECONDS
from finplatform.simulate.laundering import plan_laundering
from finplatform.simulate.places import PLACES
from finplatform.simulate.planned_cases import REF_BASE, usable_accounts
from finplatform.simulate.rng import Ints, stream
from finplatform.simulate.rows import (
    CARD_PAYMENT,
    MOBILE,
    ONLINE,
    POS,
    REF_CARD,
    REF_TRANSFER,
    TRANSFER_OUT,
    Rows,
    join,
    no_rows,
    rows,
)
from finplatform.simulate.wording import Phrase
from finplatform.simulate.world import World

FRAUD_PATTERNS = ("CARD_TESTING", "STOLEN_CARD", "ACCOUNT_TAKEOVER", "FOREIGN_SPREE")
_PATTERN_SHARES = (0.20, 0.30, 0.32, 0.18)


@dataclass(frozen=True, slots=True)
class Misconduct:
    """Planned rows of all cases.

    Attributes:
        rows: The rows, tagged.
        typology: Index into `laundering.TYPOLOGIES` of each laundering case, by number from 0.
    """

    rows: Rows
    typology: Ints


def simulate_misconduct(world: World) -> Misconduct:
    """Plan frauds and laundering cases up to the configured shares of transactions."""
    laundering, typology = plan_laundering(world)
    return Misconduct(join([_frauds(world), laundering]), typology)


def _frauds(world: World) -> Rows:
    rng = stream(world.config.seed, "fraud")
    target = world.config.fraud_share * world.config.transactions
    cases = round(target / 4.95)
    victims = usable_accounts(world, (CHECKING, CREDIT_CARD))
    # Who takes over an account looks for one that a household lives from.
    owner = world.accounts.owner[victims]
    rich = world.people.is_primary[owner] & (world.people.income[owner] > 40_000)
    rich &= world.accounts.kind[victims] == CHECKING
    if not cases or not rich.any():
        return no_rows()
    # Stratified by share: with some dozen cases random counts would vary by a factor of two.
    pattern = np.searchsorted(np.cumsum(_PATTERN_SHARES), (rng.permutation(cases) + 0.5) / cases)
    account = rng.choice(victims, cases, replace=cases > len(victims))
    account = np.where(pattern == 2, rng.choice(victims[rich], cases), account)
    day = (
        world.calendar.start
        + 15
        + (rng.random(cases) * max(world.config.days - 17, 1)).astype(np.int64)
    )
    length = np.array([7, 5, 3, 6])[pattern] + rng.integers(-1, 2, cases)
    case = np.repeat(np.arange(cases), length)
    step = np.arange(len(case)) - np.repeat(np.cumsum(length) - length, length)
    return _fraud_rows(world, rng, account[case], pattern[case], day[case], step, length[case])


def _fraud_rows(
    world: World,
    rng: np.random.Generator,
    account: Ints,
    pattern: Ints,
    day: Ints,
    step: Ints,
    length: Ints,
) -> Rows:
    size = len(account)
    last = step == length - 1
    takeover = pattern == 2
    dollars = np.select(
        [(pattern == 0) & ~last, pattern == 0, pattern == 1, takeover],
        [
            rng.uniform(0.5, 4.0, size),
            np.exp(rng.normal(6.1, 0.7, size)),
            np.exp(rng.normal(6.0, 0.7, size)),
            np.exp(rng.normal(7.5, 0.6, size)),
        ],
        default=np.exp(rng.normal(5.5, 0.7, size)),
    )
    category = np.select(
        [pattern == 0, pattern == 1],
        [
            _category("SUBSCRIPTION"),
            np.where(step % 2 == 0, _category("ELECTRONICS"), _category("JEWELRY")),
        ],
        default=_category("ONLINE_RETAIL"),
    )
    merchant = _merchant_of(world, rng, category, foreign=pattern == 3)
    gap = np.select([pattern == 0, pattern == 1, takeover], [90, 2_400, 1_500], default=5_400)
    night = np.where(pattern == 1, rng.integers(15, 22, size), rng.integers(5, 10, size))
    start = day * DAY_SECONDS + _by_case(night, step) * 3600
    at = start + step * gap + rng.integers(0, 60, size)
    at = np.minimum(at, day * DAY_SECONDS + DAY_SECONDS - 60 + step)
    return rows(
        account,
        at,
        np.where(takeover, TRANSFER_OUT, CARD_PAYMENT),
        np.rint(dollars * 100).astype(np.int64),
        channel=np.where(takeover, MOBILE, np.where(pattern == 1, POS, ONLINE)),
        merchant=np.where(takeover, -1, merchant),
        phrase=np.where(takeover, Phrase.TRANSFER, world.wording.shop_phrase(merchant)),
        party=np.where(takeover, world.wording.stranger(rng.integers(0, 2**31, size)), -1),
        ref_kind=np.where(takeover, REF_TRANSFER, REF_CARD),
        ref=np.where(takeover, REF_BASE + np.arange(size), rng.integers(0, 1_000_000, size)),
        soft=True,
        tag=pattern + 1,
    )


def _by_case(values: Ints, step: Ints) -> Ints:
    """The value of the first row of each case, for all its rows."""
    first = np.maximum.accumulate(np.where(step == 0, np.arange(len(step)), 0))
    return values[first]


def _category(name: str) -> int:
    return next(i for i, row in enumerate(CATEGORIES) if row.name == name)


def _merchant_of(
    world: World,
    rng: np.random.Generator,
    category: Ints,
    foreign: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
) -> Ints:
    """A merchant of the category that exists from the start; abroad on request."""
    shops = world.merchants
    abroad = np.array([p.country != "US" for p in PLACES])[np.maximum(shops.place, 0)]
    abroad |= shops.place < 0
    there = shops.onboarded < world.calendar.start
    chosen = np.zeros(len(category), dtype=np.int64)
    for wanted in np.unique(category):
        for far in (False, True):
            here = np.flatnonzero((category == wanted) & (foreign == far))
            pool = np.flatnonzero(
                there & ((abroad & far) | (~abroad & (not far) & (shops.category == wanted)))
            )
            if len(pool):
                chosen[here] = pool[rng.integers(0, len(pool), len(here))]
    return chosen
