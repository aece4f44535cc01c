"""Fraud and money laundering: planned cases with their labels.

Belongs here: what criminals do. Does not: what gives them away; nothing but a row's `tag`, which
never reaches the operational schema, marks it.
"""

from dataclasses import dataclass

import numpy as np

from finplatform.simulate.accounts import CHECKING, CREDIT_CARD
from finplatform.simulate.catalogue import CATEGORIES
from finplatform.simulate.clock import DAY_SECONDS, NEVER
from finplatform.simulate.places import PLACES
from finplatform.simulate.rng import Ints, stream
from finplatform.simulate.rows import (
    ATM,
    BRANCH,
    CARD_PAYMENT,
    DEPOSIT,
    MOBILE,
    ONLINE,
    POS,
    REF_CARD,
    REF_TRANSFER,
    TRANSFER_IN,
    TRANSFER_OUT,
    Rows,
    join,
    no_rows,
    rows,
)
from finplatform.simulate.wording import Phrase
from finplatform.simulate.world import World

FRAUD_PATTERNS = ("CARD_TESTING", "STOLEN_CARD", "ACCOUNT_TAKEOVER", "FOREIGN_SPREE")
TYPOLOGIES = ("STRUCTURING", "FAN_IN", "FAN_OUT", "CYCLE", "RAPID_MOVEMENT")
_PATTERN_SHARES = (0.20, 0.30, 0.32, 0.18)
# Tags: 1.. are fraud patterns; from LAUNDERING_TAG on, one number per case.
LAUNDERING_TAG = 1_000
_PAIR_BASE = 1 << 40
# References of planned cases come after those of every month; rendering hides the order.
_REF_BASE = 2_000 << 28
_LAUNDERING_REF = _REF_BASE + (1 << 27)
_REFS_PER_CASE = 64
_CUSTOMERS_PER_CASE = 40


@dataclass(frozen=True, slots=True)
class Misconduct:
    """Planned rows of all cases.

    Attributes:
        rows: The rows, tagged.
        typology: Index into `TYPOLOGIES` of each laundering case, by case number from 0.
    """

    rows: Rows
    typology: Ints


def simulate_misconduct(world: World) -> Misconduct:
    """Plan frauds and laundering cases up to the configured shares of transactions."""
    laundering, typology = _laundering(world)
    return Misconduct(join([_frauds(world), laundering]), typology)


def _usable(world: World, kinds: tuple[int, ...]) -> Ints:
    """Accounts that are awake and open from before the span to its end."""
    accounts = world.accounts
    fit = np.isin(accounts.kind, kinds) & (accounts.opened < world.calendar.start)
    fit &= (accounts.closed == NEVER) & (accounts.quiet == NEVER) & (accounts.frozen == NEVER)
    return np.flatnonzero(fit)


def _frauds(world: World) -> Rows:
    rng = stream(world.config.seed, "fraud")
    target = world.config.fraud_share * world.config.transactions
    cases = round(target / 4.95)
    victims = _usable(world, (CHECKING, CREDIT_CARD))
    # Who takes over an account looks for one that a household lives from.
    owner = world.accounts.owner[victims]
    rich = world.people.is_primary[owner] & (world.people.income[owner] > 40_000)
    rich &= world.accounts.kind[victims] == CHECKING
    if not cases or not rich.any():
        return no_rows()
    # As many of each as its share says: of some dozen cases chance alone would make half or twice.
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
        ref=np.where(takeover, _REF_BASE + np.arange(size), rng.integers(0, 1_000_000, size)),
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
    """A merchant of the category that was there from the start; abroad where asked for."""
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


def _laundering(world: World) -> tuple[Rows, Ints]:
    rng = stream(world.config.seed, "laundering")
    target = world.config.laundering_share * world.config.transactions
    mules = _usable(world, (CHECKING,))
    parts: list[Rows] = []
    typology: list[int] = []
    planned = 0
    limit = max(1, len(world.people) // _CUSTOMERS_PER_CASE)
    makers = (_structuring, _fan_in, _fan_out, _cycle, _rapid)
    while planned < target and len(typology) < limit and len(mules) > 12:
        kind = len(typology) % len(TYPOLOGIES)
        month = int(rng.integers(0, world.calendar.months))
        first, last = int(world.calendar.first[month]), int(world.calendar.last[month])
        if last - first < 24:
            month = int(np.argmax(world.calendar.last - world.calendar.first))
            first, last = int(world.calendar.first[month]), int(world.calendar.last[month])
        case = makers[kind](world, rng, mules, first + 1, last - 1, len(typology))
        parts.append(case)
        typology.append(kind)
        planned += len(case)
    return (join(parts) if parts else no_rows()), np.array(typology, dtype=np.int64)


def _cash_like(rng: np.random.Generator, low: float, high: float, size: int) -> Ints:
    return np.rint(rng.uniform(low, high, size) / 10).astype(np.int64) * 1_000


def _leg(
    case: int,
    source: Ints,
    target: Ints,
    at: Ints,
    cents: Ints,
) -> Rows:
    """Transfers between own accounts: two legs with one reference."""
    number = case * _REFS_PER_CASE + np.arange(len(at))
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


def _outside(
    world: World,
    rng: np.random.Generator,
    case: int,
    account: Ints,
    at: Ints,
    kind: int,
    cents: Ints,
) -> Rows:
    slot = 20 if kind == TRANSFER_IN else 40
    return rows(
        account,
        at,
        kind,
        cents,
        channel=ONLINE,
        phrase=Phrase.TRANSFER if kind == TRANSFER_OUT else Phrase.RECEIVED,
        party=world.wording.stranger(rng.integers(0, 2**31, len(at))),
        ref_kind=REF_TRANSFER,
        ref=_LAUNDERING_REF + case * _REFS_PER_CASE + slot + np.arange(len(at)),
        tag=LAUNDERING_TAG + case,
    )


def _moments(rng: np.random.Generator, first: int, last: int, size: int) -> Ints:
    """Sorted instants in office hours between two days."""
    days = np.sort(rng.integers(first, last + 1, size))
    return days * DAY_SECONDS + np.sort(rng.integers(9 * 3600, 20 * 3600, size))


def _structuring(
    world: World, rng: np.random.Generator, mules: Ints, first: int, last: int, case: int
) -> Rows:
    """Cash just under the reporting limit on many days, then out at once."""
    size = int(rng.integers(5, 11))
    account = np.full(size, rng.choice(mules))
    cents = _cash_like(rng, 7_600, 9_950, size)
    at = _moments(rng, first, last - 3, size)
    deposits = rows(
        account, at, DEPOSIT, cents, channel=np.where(rng.random(size) < 0.8, BRANCH, ATM),
        phrase=Phrase.CASH_IN, tag=LAUNDERING_TAG + case,
    )  # fmt: skip
    out_at = np.array([int(at.max()) + DAY_SECONDS + 3_600])
    total = np.array([int(cents.sum() * 0.96) // 10_000 * 10_000])
    return join([deposits, _outside(world, rng, case, account[:1], out_at, TRANSFER_OUT, total)])


def _fan_in(
    world: World, rng: np.random.Generator, mules: Ints, first: int, last: int, case: int
) -> Rows:
    """Many accounts are fed from outside and all pay one, which pays out."""
    size = int(rng.integers(6, 11))
    chosen = rng.choice(mules, size + 1, replace=False)
    sources, hub = chosen[:-1], np.full(size, chosen[-1])
    cents = _cash_like(rng, 900, 4_800, size)
    at = _moments(rng, first + 1, last - 4, size)
    out_at = np.array([int(at.max()) + DAY_SECONDS])
    total = np.array([int(cents.sum() * 0.97) // 10_000 * 10_000])
    return join(
        [
            _outside(world, rng, case, sources, at - 7_200, TRANSFER_IN, cents + 5_000),
            _leg(case, sources, hub, at, cents),
            _outside(world, rng, case, hub[:1], out_at, TRANSFER_OUT, total),
        ]
    )


def _fan_out(
    world: World, rng: np.random.Generator, mules: Ints, first: int, last: int, case: int
) -> Rows:
    """One large sum comes in and is spread over many accounts, which pay out."""
    size = int(rng.integers(6, 11))
    chosen = rng.choice(mules, size + 1, replace=False)
    targets, hub = chosen[:-1], np.full(size, chosen[-1])
    cents = _cash_like(rng, 1_200, 5_500, size)
    start = int(rng.integers(first, max(first + 1, last - 8)))
    at = _moments(rng, start + 1, start + 3, size)
    total = np.array([int(cents.sum() * 1.03)])
    in_at = np.array([start * DAY_SECONDS + 10 * 3_600])
    return join(
        [
            _outside(world, rng, case, hub[:1], in_at, TRANSFER_IN, total),
            _leg(case, hub, targets, at, cents),
            _outside(world, rng, case, targets, at + DAY_SECONDS, TRANSFER_OUT, cents * 95 // 100),
        ]
    )


def _cycle(
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
            _outside(world, rng, case, ring[:1], in_at, TRANSFER_IN, np.array([amount + 10_000])),
            _leg(case, ring, np.roll(ring, -1), at, cents),
        ]
    )


def _rapid(
    world: World, rng: np.random.Generator, mules: Ints, first: int, last: int, case: int
) -> Rows:
    """Large sums that come in from outside and leave within two days."""
    size = int(rng.integers(3, 6))
    account = np.full(size, rng.choice(mules))
    cents = _cash_like(rng, 6_000, 28_000, size)
    at = _moments(rng, first, last - 3, size)
    wait = rng.integers(3_600, 40 * 3_600, size)
    return join(
        [
            _outside(world, rng, case, account, at, TRANSFER_IN, cents),
            _outside(world, rng, case, account, at + wait, TRANSFER_OUT, cents * 97 // 100),
        ]
    )
