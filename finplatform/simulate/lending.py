"""Loans at origination: borrower, amount, terms and collateral.

Belongs here: origination and the contractual schedule. Does not: payment of instalments
(`arrears`), or the tables of loans.
"""

from dataclasses import dataclass, fields

import numpy as np

from finplatform.simulate.catalogue import product_index
from finplatform.simulate.clock import Calendar, day_in_month, first_of_month, months_since_epoch
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.economy import LEAD_MONTHS, Economy
from finplatform.simulate.lifepath import LifePath, country_index
from finplatform.simulate.people import SELF_EMPLOYED, STUDENT, UNEMPLOYED, People
from finplatform.simulate.rng import Bools, Floats, Ints, pick, pick_by_row, stream

MORTGAGE, PERSONAL, AUTO, BUSINESS = range(4)
PURPOSES = (
    "HOME_PURCHASE",
    "REFINANCE",
    "DEBT_CONSOLIDATION",
    "HOME_IMPROVEMENT",
    "MEDICAL",
    "WEDDING",
    "VEHICLE",
    "WORKING_CAPITAL",
    "EQUIPMENT",
)
COLLATERAL = ("RESIDENTIAL_PROPERTY", "VEHICLE", "EQUIPMENT", "COMMERCIAL_PROPERTY")
LOANS_PER_CUSTOMER = 1.6
_SLOWER = 0.45
_LARGEST_BUSINESS_LOAN = 250_000
"""Dollars; larger loans are made by larger banks."""
_RATE_UNIT = 12_000_000


@dataclass(frozen=True, slots=True)
class Loans:
    """One element per loan, ordered by day of origination.

    Attributes:
        owner: Index of the customer.
        kind: Index into the schema's loan types.
        product: Index into the product catalogue.
        purpose: Index into `PURPOSES`.
        granted: Day of origination (day of month 3 to 28).
        term: Instalments.
        principal: Cents.
        rate: Yearly rate in millionths.
        instalment: Contractual annuity in cents.
        collateral: Index into `COLLATERAL`; -1 for none.
        collateral_value: Cents at origination.
        turnover: Yearly turnover of the business in thousands of euro; -1 for none.
        burden: True instalment over true monthly income at origination.
    """

    owner: Ints
    kind: Ints
    product: Ints
    purpose: Ints
    granted: Ints
    term: Ints
    principal: Ints
    rate: Ints
    instalment: Ints
    collateral: Ints
    collateral_value: Ints
    turnover: Ints
    burden: Floats

    def __len__(self) -> int:
        return len(self.owner)

    def take(self, which: Ints) -> "Loans":
        """Some of the loans, in the order given."""
        return Loans(**{field.name: getattr(self, field.name)[which] for field in fields(self)})

    def due_day(self, number: Ints | int, loan: Ints | slice = slice(None)) -> Ints:
        """Due day of an instalment: the day of origination, that many months later."""
        granted = self.granted[loan]
        month = months_since_epoch(granted) + number
        return first_of_month(month) + day_in_month(granted) - 1


def originate(
    config: SimulationConfig,
    calendar: Calendar,
    people: People,
    life: LifePath,
    economy: Economy,
) -> Loans:
    """Grant about 1.6 loans per customer over the 60 months before the span and the span itself."""
    rng = stream(config.seed, "lending")
    owner = _borrowers(rng, people)
    granted = _granted(rng, calendar, people.since[owner])

    at = np.clip(calendar.position(granted), 0, calendar.months - 1)
    income, score = life.income[at, owner], life.score[at, owner]
    work = life.work[at, owner]
    kind = _kind(rng, people, owner, work)
    size = len(owner)
    turnover = np.where(
        kind == BUSINESS,
        np.clip(np.exp(rng.normal(6.6, 1.1, size)), 60, 60_000).astype(np.int64),
        -1,
    )
    means = np.where(kind == BUSINESS, np.maximum(income, turnover * 110.0), income)
    term = _term(rng, kind)
    policy = economy.policy_rate[
        np.clip(LEAD_MONTHS + calendar.position(granted), 0, len(economy.month) - 1),
        country_index(people.place[owner]),
    ]
    rate = _rate(rng, kind, term, score, policy)
    principal = _principal(rng, kind, means, term, rate)
    collateral, value = _collateral(rng, kind, principal)
    instalment = annuity(principal, rate, term)
    drawn = Loans(
        owner=owner,
        kind=kind,
        product=_product(rng, kind, term),
        purpose=_purpose(rng, kind),
        granted=granted,
        term=term,
        principal=principal,
        rate=rate,
        instalment=instalment,
        collateral=collateral,
        collateral_value=value,
        turnover=turnover,
        burden=instalment * 12 / 100 / means,
    )
    # Left out and put in order last: else a day more or less would deal all terms anew.
    fits = np.flatnonzero(granted >= 0)
    return drawn.take(fits[np.lexsort((owner[fits], granted[fits]))])


def annuity(principal: Ints, rate: Ints, term: Ints) -> Ints:
    """The level instalment in cents, rounded to the nearest cent."""
    monthly = rate / _RATE_UNIT
    return np.rint(principal * monthly / (1 - (1 + monthly) ** -term)).astype(np.int64)


def interest_for_month(balance: Ints, rate: Ints) -> Ints:
    """A twelfth of a year's interest in cents, half a cent rounding up; exact in integers."""
    return (balance * rate + _RATE_UNIT // 2) // _RATE_UNIT


def _borrowers(rng: np.random.Generator, people: People) -> Ints:
    wish = np.array([0.30, 1.05, 1.55, 1.15, 0.70, 0.25])[people.stage]
    wish = (
        wish
        * np.where(people.gone | (people.score < 520), 0.0, 1.0)
        * np.exp(0.25 * people.ability - 0.1)
    )
    wish *= LOANS_PER_CUSTOMER / wish.mean()
    return np.repeat(np.arange(len(people)), rng.poisson(wish))


def _granted(rng: np.random.Generator, calendar: Calendar, since: Ints) -> Ints:
    """Origination days on the 3rd to 28th; -1 where the customer came too late."""
    # Lending has slowed: most of the book is older than the span.
    weight = np.repeat([1.0, _SLOWER], [LEAD_MONTHS, calendar.months])
    month = calendar.month[0] - LEAD_MONTHS + pick(rng, weight, len(since))
    day = first_of_month(month) + rng.integers(2, 28, len(since))
    # Those who joined after the drawn day borrow within two years of joining instead.
    wait = rng.integers(1, 24, len(since))
    later = first_of_month(months_since_epoch(since) + wait) + rng.integers(2, 28, len(since))
    day = np.where(day <= since, later, day)
    day = np.where(day == calendar.start, day - 1, day)
    dom = day_in_month(day)
    return np.where((day > since) & (day <= calendar.end - 3) & (dom >= 3) & (dom <= 28), day, -1)


def _kind(rng: np.random.Generator, people: People, owner: Ints, work: Ints) -> Ints:
    stage = np.array(
        [
            (0.00, 0.62, 0.36, 0.02),
            (0.32, 0.38, 0.27, 0.03),
            (0.50, 0.23, 0.21, 0.06),
            (0.46, 0.24, 0.20, 0.10),
            (0.34, 0.32, 0.24, 0.10),
            (0.20, 0.46, 0.32, 0.02),
        ]
    )[people.stage[owner]]
    stage[:, BUSINESS] = np.where(work == SELF_EMPLOYED, 0.55, 0.35 * stage[:, BUSINESS])
    stage[:, MORTGAGE] *= np.where((work == UNEMPLOYED) | (work == STUDENT), 0.1, 1.0)
    return pick_by_row(rng, stage)


def _term(rng: np.random.Generator, kind: Ints) -> Ints:
    choices = np.array(
        [
            (180, 240, 360, 360, 360),
            (24, 36, 48, 60, 60),
            (36, 48, 60, 72, 72),
            (36, 48, 60, 84, 84),
        ]
    )
    return choices[kind, rng.integers(0, 5, len(kind))]


def _rate(rng: np.random.Generator, kind: Ints, term: Ints, score: Floats, policy: Floats) -> Ints:
    spread = np.array([2.4, 6.6, 3.4, 4.6])[kind] - np.where(
        (kind == MORTGAGE) & (term < 300), 0.6, 0
    )
    slope = np.array([0.30, 1.9, 1.1, 1.0])[kind]
    # Lending abroad is funded in dollars: only part of a high local policy rate is passed on.
    base = np.minimum(policy, 4.5)
    percent = base + spread + slope * (715 - score) / 60 + rng.normal(0, 0.45, len(kind))
    low, high = np.array([(2.5, 11), (6.5, 24.9), (3.9, 19.9), (4.9, 18.9)])[kind].T
    return np.rint(np.clip(percent, low, high) / 0.05).astype(np.int64) * 500


def _principal(rng: np.random.Generator, kind: Ints, means: Floats, term: Ints, rate: Ints) -> Ints:
    """The wish, capped by what a share of income can carry, in steps of 100 dollars."""
    size = len(kind)
    wish = np.select(
        [kind == MORTGAGE, kind == PERSONAL, kind == AUTO],
        [
            means * rng.uniform(1.0, 2.4, size),
            means * rng.uniform(0.06, 0.42, size),
            np.clip(11_000 * np.exp(0.55 * rng.normal(0, 1, size)) + 0.18 * means, 5_000, 95_000),
        ],
        default=means * rng.uniform(0.3, 2.0, size),
    )
    monthly = rate / _RATE_UNIT
    cap = np.array([0.40, 0.20, 0.22, 0.35])[kind] * np.exp(rng.normal(0, 0.18, size))
    capacity = means / 12 * cap * (1 - (1 + monthly) ** -term) / monthly
    limit = np.where(kind == BUSINESS, _LARGEST_BUSINESS_LOAN, np.inf)
    chosen = np.minimum(np.minimum(wish, capacity), limit)
    return np.maximum(np.rint(chosen / 100), 10).astype(np.int64) * 10_000


def _collateral(rng: np.random.Generator, kind: Ints, principal: Ints) -> tuple[Ints, Ints]:
    size = len(kind)
    ltv = np.select(
        [kind == MORTGAGE, kind == AUTO],
        [0.45 + 0.52 * rng.beta(3.4, 1.7, size), 0.65 + 0.50 * rng.beta(2.4, 2.0, size)],
        default=0.55 + 0.75 * rng.beta(2, 2, size),
    )
    pledged = (kind == BUSINESS) & (rng.random(size) < 0.6)
    commercial = pledged & (rng.random(size) < 0.35)
    collateral = np.select(
        [kind == MORTGAGE, kind == AUTO, commercial, pledged], [0, 1, 3, 2], default=-1
    )
    value = np.rint(principal / ltv / 10_000).astype(np.int64) * 10_000
    return collateral, np.where(collateral >= 0, value, 0)


def _product(rng: np.random.Generator, kind: Ints, term: Ints) -> Ints:
    second = rng.random(len(kind)) < 0.4
    names = (
        ("Fixed 30 Mortgage", "Fixed 15 Mortgage"),
        ("Personal Loan", "Debt Consolidation Loan"),
        ("New Auto Loan", "Used Auto Loan"),
        ("Business Term Loan", "Small Business Loan"),
    )
    table = np.array([[product_index(name) for name in pair] for pair in names])
    return table[kind, np.where(kind == MORTGAGE, term < 300, second).astype(np.int64)]


def _purpose(rng: np.random.Generator, kind: Ints) -> Ints:
    weights = np.array(
        [
            (0.72, 0.28, 0, 0, 0, 0, 0, 0, 0),
            (0, 0, 0.42, 0.24, 0.18, 0.16, 0, 0, 0),
            (0, 0, 0, 0, 0, 0, 1, 0, 0),
            (0, 0, 0, 0, 0, 0, 0, 0.55, 0.45),
        ]
    )[kind]
    return pick_by_row(rng, weights)


def borrows(loans: Loans, customers: int) -> Bools:
    """Customers with at least one loan."""
    return np.bincount(loans.owner, minlength=customers) > 0
