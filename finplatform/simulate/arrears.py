"""Who stops paying: the hidden monthly hazard of default, and the defaults drawn from it.

Belongs here: the truth that models are judged against. Does not: instalments and recoveries
(`instalments`), or anything that the bank can see.
"""

from dataclasses import dataclass

import numpy as np

from finplatform.simulate.clock import NEVER, Calendar, months_since_epoch
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.economy import Economy
from finplatform.simulate.lending import AUTO, BUSINESS, MORTGAGE, Loans
from finplatform.simulate.lifepath import LifePath, country_index
from finplatform.simulate.people import SELF_EMPLOYED, UNEMPLOYED, People
from finplatform.simulate.rng import Bools, Floats, Ints, sigmoid, stream

# A loan is in default on the first day on which an instalment is more than 90 days late.
DAYS_TO_DEFAULT = 91
MONTHS_TO_DEFAULT = 3
_BASE = -6.05
_KIND = np.array([-0.75, 0.35, 0.0, 0.15])
FRAILTY_SPREAD = 0.85
"""Standard deviation over loans of what frailty adds to the log-odds."""

MOST_HAZARD = 0.30


@dataclass(frozen=True, slots=True)
class Defaults:
    """The hazard of each loan and month, and what came of it.

    Attributes:
        hazard: Probability of default in the month, given none before; (months + 3, loans). The
            three months after the span are there because their defaulters already miss instalments.
        at_risk: Months in which the loan was running and not in default.
        can_default: Months at risk in which default was possible: the first missed instalment lies
            in the span, and the loan is four instalments old.
        month: Position of the month of default; -1 for none.
        first_missed: Number of the first instalment that was never paid in time; 0 for none.
        day: Day of default, or `NEVER`.
        frailty: What each loan's log-odds have beyond all states, in every month the same.
    """

    hazard: Floats
    at_risk: Bools
    can_default: Bools
    month: Ints
    first_missed: Ints
    day: Ints
    frailty: Floats


def simulate_defaults(
    config: SimulationConfig,
    calendar: Calendar,
    people: People,
    life: LifePath,
    economy: Economy,
    loans: Loans,
) -> Defaults:
    """Draw defaults month by month from the hidden hazard."""
    rng = stream(config.seed, "defaults")
    months = calendar.months + MONTHS_TO_DEFAULT
    draws = rng.random((months, len(loans)))
    frailty = 0.8 * people.frailty[loans.owner] + 0.6 * rng.normal(0, 1, len(loans))
    frailty = FRAILTY_SPREAD * frailty
    hazard = np.empty((months, len(loans)))
    granted_month = months_since_epoch(loans.granted) - int(calendar.month[0])
    for m in range(months):
        index = _risk_index(m, calendar, people, life, economy, loans, m - granted_month)
        hazard[m] = np.minimum(sigmoid(index + frailty), MOST_HAZARD)

    position = np.arange(months)[:, None]
    number = position - MONTHS_TO_DEFAULT - granted_month
    first_due = loans.due_day(np.maximum(number, 0))
    can_default = (number >= 1) & (number <= loans.term) & (first_due >= calendar.start)
    hit = can_default & (draws < hazard)
    month = np.where(hit.any(axis=0), hit.argmax(axis=0), -1)
    running = (position >= granted_month) & (position < granted_month + loans.term)
    at_risk = (running | can_default) & ((month < 0) | (position <= month))
    first_missed = np.where(month >= 0, month - MONTHS_TO_DEFAULT - granted_month, 0)
    day = np.where(month >= 0, loans.due_day(first_missed) + DAYS_TO_DEFAULT, NEVER)
    return Defaults(hazard, at_risk, can_default & at_risk, month, first_missed, day, frailty)


def _risk_index(
    m: int,
    calendar: Calendar,
    people: People,
    life: LifePath,
    economy: Economy,
    loans: Loans,
    age_months: Ints,
) -> Floats:
    """The log-odds of default but for frailty; after the span its last month's states hold."""
    at = min(m, calendar.months - 1)
    owner = loans.owner
    work, score, strain = life.work[at, owner], life.score[at, owner], life.strain[at, owner]
    country = country_index(life.place[at, owner])
    now = economy.lead + at
    rise = (economy.unemployment[now] - economy.unemployment[now - 12])[country]
    prices = (economy.house_prices[now] / economy.house_prices[now - 12])[country]
    years = (calendar.first[at] - people.birth[owner]) / 365.25
    seasoned = np.log((np.maximum(age_months, 0) + 4) / 22)
    means = np.where(
        loans.kind == BUSINESS,
        np.maximum(life.income[at, owner], loans.turnover * 110.0),
        life.income[at, owner],
    )
    burden = np.clip(loans.instalment * 0.12 / means, 0.01, 1.5)
    return np.asarray(
        _BASE
        + _KIND[loans.kind]
        - 0.98 * (score - 695) / 62
        + 0.50 * np.clip(np.log(burden / 0.12), -2, 2)
        + 0.80 * (work == UNEMPLOYED)
        + 0.20 * (work == SELF_EMPLOYED)
        + 0.35 * (years < 27)
        + 2.0 * np.where(loans.kind == MORTGAGE, ltv_now(loans, age_months) - 0.70, 0.0)
        + 0.9 * np.where(loans.kind == AUTO, ltv_now(loans, age_months) - 0.80, 0.0)
        - 0.42 * np.minimum(seasoned**2, 4.0)
        + 0.26 * np.clip(rise, -2, 4)
        - 2.5 * np.where(loans.kind == MORTGAGE, prices - 1.03, 0.0)
        + 0.38 * strain
    )


def ltv_now(loans: Loans, age_months: Ints) -> Floats:
    """Contractual balance over the collateral's value at origination; 0 without collateral."""
    monthly = loans.rate / 12_000_000
    paid = np.clip(age_months, 0, loans.term)
    growth, full = (1 + monthly) ** paid, (1 + monthly) ** loans.term
    balance = loans.principal * (full - growth) / (full - 1)
    return np.where(loans.collateral >= 0, balance / np.maximum(loans.collateral_value, 1), 0.0)


def late_probability(hazard: Floats) -> Floats:
    """Chance that an instalment comes 5 to 60 days late though the loan does not default."""
    return np.clip(0.050 + 5.0 * hazard, 0, 0.5)
