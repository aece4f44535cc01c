"""Accounts: holder, product, opening and closing, terms and status changes.

Belongs here: everything about an account but its movements. The changes planned here are known
before any transaction is drawn, so that behaviour can follow them. Does not: balances.
"""

from dataclasses import dataclass

import numpy as np

from finplatform.simulate.catalogue import PRODUCTS, product_index
from finplatform.simulate.clock import NEVER, Calendar
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.people import People
from finplatform.simulate.rng import Bools, Floats, Ints, stream

CHECKING, SAVINGS, CREDIT_CARD = range(3)
ACTIVE, DORMANT, FROZEN, CLOSED = range(4)
_DORMANT_AFTER = 183
_CLOSINGS_PER_YEAR = (0.055, 0.045, 0.050)
_CLOSING_GRACE = 45


@dataclass(frozen=True, slots=True)
class Accounts:
    """One element per account, in the order of `account_id`.

    Attributes:
        owner: Index of the customer.
        kind: Index into the schema's account types.
        product: Index into `PRODUCTS`.
        opened: Day of opening; no movement before the day after.
        closed: Day of closing, or `NEVER`.
        quiet: First day without movement of an account that sleeps, or `NEVER`.
        dormant: Day on which sleep is noticed, or `NEVER`.
        awake: Day on which a sleeping account stirs again, or `NEVER`.
        frozen: First day of a freeze, or `NEVER`.
        thawed: Day on which the freeze ends.
        limit: Credit or overdraft limit in cents at the start.
        raised_limit: Limit after `raised`.
        raised: Day on which the limit rises, or `NEVER`.
        deleted: Day on which the row is removed, or `NEVER`.
        branch: Index of the branch.
    """

    owner: Ints
    kind: Ints
    product: Ints
    opened: Ints
    closed: Ints
    quiet: Ints
    dormant: Ints
    awake: Ints
    frozen: Ints
    thawed: Ints
    limit: Ints
    raised_limit: Ints
    raised: Ints
    deleted: Ints
    branch: Ints

    def __len__(self) -> int:
        return len(self.owner)

    def limit_on(self, day: int | Ints) -> Ints:
        """The limit in force on a day."""
        return np.where(self.raised <= day, self.raised_limit, self.limit)

    def of(self, kind: int, customers: int) -> Ints:
        """Account of the given kind for each customer; -1 for none."""
        found = np.full(customers, -1, dtype=np.int64)
        mine = np.flatnonzero(self.kind == kind)
        found[self.owner[mine]] = mine
        return found


def simulate_accounts(
    config: SimulationConfig, calendar: Calendar, people: People, borrows: Bools
) -> Accounts:
    """Open accounts for every customer and plan their lives.

    Args:
        config: Parameters.
        calendar: The span.
        people: The customers.
        borrows: Customers with a loan: their checking account stays open and awake.
    """
    rng = stream(config.seed, "accounts")
    count = len(people)
    savings, card = _holdings(rng, people, config)
    owner = np.concatenate([np.arange(count), np.flatnonzero(savings), np.flatnonzero(card)])
    kind = np.repeat([CHECKING, SAVINGS, CREDIT_CARD], [count, savings.sum(), card.sum()])
    order = np.lexsort((kind, owner))
    owner, kind = owner[order], kind[order]

    opened = _opened(rng, calendar, people, owner, kind)
    keep = borrows[owner] & (kind == CHECKING)
    closed = _closed(rng, calendar, opened, kind, keep)
    gone = people.gone[owner]
    closed[gone] = opened[gone] + rng.integers(5, 40, int(gone.sum()))
    # No account outlives the checking account that feeds it.
    feeder = np.full(count, NEVER)
    feeder[owner[kind == CHECKING]] = closed[kind == CHECKING]
    closed = np.where(kind == CHECKING, closed, np.minimum(closed, feeder[owner] - 3))
    real = (kind == CHECKING) | (closed > np.maximum(opened, calendar.start) + 30)
    owner, kind, opened, closed, keep, gone = (
        column[real] for column in (owner, kind, opened, closed, keep, gone)
    )
    closed = np.where(closed > calendar.end, NEVER, closed)
    size = len(owner)

    quiet, dormant, awake = _sleep(rng, calendar, people, owner, kind, opened, closed, keep | gone)
    frozen, thawed = _freeze(rng, calendar, opened, closed, quiet, keep | gone)
    product = _product(rng, calendar, people, owner, kind)
    limit = _limit(rng, people, owner, kind, product)
    raised = calendar.start + rng.integers(40, max(config.days, 41), size)
    raises = (kind == CREDIT_CARD) & (rng.random(size) < 0.25) & (raised > opened + 60)
    raises &= (raised < np.minimum(closed, calendar.end)) & ~gone
    removed = closed + rng.integers(10, 40, size)
    return Accounts(
        owner=owner,
        kind=kind,
        product=product,
        opened=opened,
        closed=closed,
        quiet=quiet,
        dormant=dormant,
        awake=awake,
        frozen=frozen,
        thawed=thawed,
        limit=limit,
        raised_limit=np.where(raises, (limit * 1.4 / 50_000).astype(np.int64) * 50_000, limit),
        raised=np.where(raises, raised, NEVER),
        deleted=np.where(gone & (removed < calendar.end), removed, NEVER),
        branch=people.place[owner],
    )


def _holdings(
    rng: np.random.Generator, people: People, config: SimulationConfig
) -> tuple[Bools, Bools]:
    count = len(people)
    dense = config.density > 12
    saver = np.array([0.18, 0.30, 0.42, 0.50, 0.54, 0.52])[people.stage]
    saver = saver + 0.10 * people.is_primary + 0.03 * people.prudence
    carder = np.array([0.12, 0.28, 0.36, 0.36, 0.32, 0.22])[people.stage]
    carder = carder + (0.22 if dense else 0.12) * people.is_primary
    card = (rng.random(count) < carder) & (people.score > 560)
    return (rng.random(count) < saver) & ~people.gone, card & ~people.gone


def _opened(
    rng: np.random.Generator, calendar: Calendar, people: People, owner: Ints, kind: Ints
) -> Ints:
    since = people.since[owner]
    latest = np.maximum(calendar.end - 75, since + 1)
    later = since + 1 + (rng.random(len(owner)) ** 1.5 * (latest - since)).astype(np.int64)
    opened = np.where(kind == CHECKING, since, later)
    # The first day belongs to opening balances alone: what opens then counts as open before it.
    return np.where(opened == calendar.start, calendar.start - 1, opened)


def _closed(
    rng: np.random.Generator,
    calendar: Calendar,
    opened: Ints,
    kind: Ints,
    keep: Bools,
) -> Ints:
    size = len(opened)
    yearly = np.array(_CLOSINGS_PER_YEAR)[kind]
    wait = rng.exponential(1.0, size) / yearly * 365.25
    closed = np.maximum(opened, calendar.start) + _CLOSING_GRACE + wait.astype(np.int64)
    return np.where(keep | (closed > calendar.end), NEVER, closed)


def closing_chance(calendar: Calendar, opened: Ints, day: Ints, until: Ints) -> Floats:
    """True chance that a checking account, open at the end of a day, closes by a later day.

    It is that of `_closed`, for accounts that may close: those without a loan.
    """
    base = np.maximum(opened, calendar.start) + _CLOSING_GRACE
    # Waits are cut to whole days: one that is over by a day is shorter than the day after it.
    waited = np.maximum(until + 1 - base, 0) - np.maximum(day + 1 - base, 0)
    return np.asarray(-np.expm1(-_CLOSINGS_PER_YEAR[CHECKING] / 365.25 * waited))


def _sleep(
    rng: np.random.Generator,
    calendar: Calendar,
    people: People,
    owner: Ints,
    kind: Ints,
    opened: Ints,
    closed: Ints,
    never: Bools,
) -> tuple[Ints, Ints, Ints]:
    size = len(owner)
    span = calendar.end - calendar.start
    quiet = calendar.start + rng.integers(-60, max(span - 60, 1), size)
    sleeps = (rng.random(size) < np.where(people.is_primary[owner], 0.012, 0.07)) & ~never
    sleeps &= (kind != CREDIT_CARD) & (opened < quiet - 20) & (closed == NEVER)
    # Only one account of a customer sleeps, and only if nothing feeds on it.
    alone = np.bincount(owner, minlength=len(people))[owner] == 1
    sleeps &= alone | (kind == SAVINGS)
    dormant = quiet + _DORMANT_AFTER
    awake = dormant + rng.integers(20, 200, size)
    stirs = sleeps & (rng.random(size) < 0.3)
    return (
        np.where(sleeps, quiet, NEVER),
        np.where(sleeps & (dormant <= calendar.end), dormant, NEVER),
        np.where(stirs, awake, NEVER),
    )


def _freeze(
    rng: np.random.Generator,
    calendar: Calendar,
    opened: Ints,
    closed: Ints,
    quiet: Ints,
    never: Bools,
) -> tuple[Ints, Ints]:
    size = len(opened)
    span = calendar.end - calendar.start
    frozen = calendar.start + rng.integers(20, max(span, 21), size)
    thawed = frozen + rng.integers(3, 25, size)
    freezes = (rng.random(size) < 0.012) & ~never & (quiet == NEVER)
    freezes &= (opened < frozen - 30) & (thawed < np.minimum(closed, calendar.end) - 2)
    return np.where(freezes, frozen, NEVER), np.where(freezes, thawed, NEVER)


def _product(
    rng: np.random.Generator, calendar: Calendar, people: People, owner: Ints, kind: Ints
) -> Ints:
    income, score = people.income[owner], people.score[owner]
    age = (calendar.start - people.birth[owner]) / 365.25
    checking = np.where(
        age < 25.5,
        product_index("Student Checking"),
        np.where(
            income > 115_000,
            product_index("Premier Checking"),
            np.where(
                rng.random(len(owner)) < 0.18,
                product_index("Plus Checking"),
                product_index("Basic Checking"),
            ),
        ),
    )
    draw = rng.random(len(owner))
    savings = np.where(
        draw < 0.12,
        product_index("Passbook Savings"),
        np.where(
            (draw > 0.6) & (income > 45_000),
            product_index("High Yield Savings"),
            product_index("Everyday Savings"),
        ),
    )
    card = np.where(
        (score > 740) & (income > 85_000),
        product_index("Platinum Card"),
        np.where(score > 675, product_index("Rewards Card"), product_index("Classic Card")),
    )
    return np.where(kind == CHECKING, checking, np.where(kind == SAVINGS, savings, card))


def _limit(
    rng: np.random.Generator, people: People, owner: Ints, kind: Ints, product: Ints
) -> Ints:
    income, score = people.income[owner], people.score[owner]
    share = np.clip(0.05 + (score - 560) / 900, 0.04, 0.36) * np.exp(rng.normal(0, 0.2, len(owner)))
    card = np.clip(np.rint(income * share / 500) * 50_000, 50_000, 4_000_000).astype(np.int64)
    overdraft = np.select(
        [
            product == product_index("Premier Checking"),
            product == product_index("Plus Checking"),
            product == product_index("Student Checking"),
        ],
        [50_000, 30_000, 0],
        default=20_000,
    )
    return np.where(kind == CREDIT_CARD, card, np.where(kind == CHECKING, overdraft, 0))


def account_rate(accounts: Accounts, savings_shift: Ints) -> Ints:
    """Yearly interest in millionths; savings move by `savings_shift` with the policy rate."""
    listed = np.array([row.rate for row in PRODUCTS])[accounts.product]
    moved = np.maximum(listed + savings_shift, 1_000)
    return np.where(accounts.kind == SAVINGS, moved, listed)
