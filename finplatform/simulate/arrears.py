"""Defaults of loans: the hidden monthly hazard, and the defaults drawn from it.

Belongs here: the truth that models are evaluated against. Does not: instalments and recoveries
(`instalments`), or observable data.
"""

from dataclasses import dataclass

import numpy as np

from finplatform.simulate.clock import NEVER, Calendar, months_since_epoch
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.economy import Economy
from finplatform.simulate.hazard import (
    BY_RISING_UNEMPLOYMENT,
    BY_SCORE,
    BY_SELF_EMPLOYED,
    BY_STRAIN,
    BY_UNEMPLOYED,
    BY_YOUTH,
    FRAILTY_SPREAD,
    SystematicDraws,
    hazards_at_rate,
)
from finplatform.simulate.lending import AUTO, BUSINESS, MORTGAGE, Loans
from finplatform.simulate.lifepath import LifePath, country_index
from finplatform.simulate.people import SELF_EMPLOYED, UNEMPLOYED, People
from finplatform.simulate.rng import Bools, Floats, Ints, stream

# A loan is in default on the first day on which an instalment is more than 90 days late.
DAYS_TO_DEFAULT = 91
MONTHS_TO_DEFAULT = 3
# The book has a past: nearly all loans that are still being worked out fell within these months
# before the span. States of customers before the span are those of its first month.
PAST_MONTHS = 48
# A worse time lies behind the bank, of which it still holds what was not worked out.
_PAST_RATE = 1.2


@dataclass(frozen=True, slots=True)
class Defaults:
    """The hazard of each loan and month, and what came of it.

    Attributes:
        hazard: Probability of default in the month, given none before; (months + 3, loans). The
            three months after the span are there because their defaulters already miss instalments.
        at_risk: Months in which the loan was running and not in default.
        can_default: Months at risk in which default was possible: the loan is four instalments old.
        month: Position of the month of default, below zero before the span; `NEVER` for none.
        first_missed: Number of the first instalment that was never paid in time; 0 for none.
        day: Day of default, or `NEVER`.
        frailty: Unobserved constant shift of each loan's log-odds.
    """

    hazard: Floats
    at_risk: Bools
    can_default: Bools
    month: Ints
    first_missed: Ints
    day: Ints
    frailty: Floats

    @property
    def falls(self) -> Bools:
        """Loans that default at any time."""
        return self.first_missed > 0


def simulate_defaults(
    config: SimulationConfig,
    calendar: Calendar,
    people: People,
    life: LifePath,
    economy: Economy,
    loans: Loans,
) -> Defaults:
    """Draw defaults month by month from the hidden hazard, those of the past first."""
    rng = stream(config.seed, "defaults")
    position = np.arange(-PAST_MONTHS, calendar.months + MONTHS_TO_DEFAULT)[:, None]
    frailty = 0.8 * people.frailty[loans.owner] + 0.6 * rng.normal(0, 1, len(loans))
    frailty = FRAILTY_SPREAD * frailty
    age = position - (months_since_epoch(loans.granted) - int(calendar.month[0]))
    number = age - MONTHS_TO_DEFAULT
    can_default = (number >= 1) & (number <= loans.term)
    index = np.stack(
        [
            frailty + _risk_index(m, calendar, people, life, economy, loans, age[row])
            for row, m in enumerate(position[:, 0].tolist())
        ]
    )
    hazard = np.empty(index.shape)
    month = np.full(len(loans), NEVER)
    past, last_year = np.s_[:PAST_MONTHS], np.s_[-12 - MONTHS_TO_DEFAULT : -MONTHS_TO_DEFAULT]
    for kind, yearly in enumerate(default_rates(config)):
        of_kind = np.flatnonzero(loans.kind == kind)
        odds, may = index[:, of_kind], can_default[:, of_kind]
        hazard[:, of_kind] = hazards_at_rate(odds, odds[last_year][may[last_year]], yearly)
        hazard[past, of_kind] = hazards_at_rate(
            odds[past], odds[past][may[past]], _PAST_RATE * yearly
        )
        draws = SystematicDraws(rng)
        for row, m in enumerate(position[:, 0].tolist()):
            may = of_kind[can_default[row, of_kind] & (month[of_kind] == NEVER)]
            month[may[draws.draw(hazard[row, may], loans.principal[may])]] = m

    falls = month < NEVER
    at_risk = (((age >= 0) & (age < loans.term)) | can_default) & (position <= month)
    granted = months_since_epoch(loans.granted) - int(calendar.month[0])
    first_missed = np.where(falls, month - granted - MONTHS_TO_DEFAULT, 0)
    day = np.where(falls, loans.due_day(first_missed) + DAYS_TO_DEFAULT, NEVER)
    seen = slice(PAST_MONTHS, None)
    return Defaults(
        hazard=hazard[seen],
        at_risk=at_risk[seen],
        can_default=(can_default & at_risk)[seen],
        month=month,
        first_missed=first_missed,
        day=day,
        frailty=frailty,
    )


def default_rates(config: SimulationConfig) -> tuple[float, ...]:
    """Yearly default rate of each kind of loan, in the order of the schema's loan types."""
    consumer = config.consumer_default_rate
    return (config.mortgage_default_rate, consumer, consumer, config.business_default_rate)


def _risk_index(
    m: int,
    calendar: Calendar,
    people: People,
    life: LifePath,
    economy: Economy,
    loans: Loans,
    age_months: Ints,
) -> Floats:
    """The log-odds of default but for frailty and the kind's level; states stay beyond the span."""
    at = min(max(m, 0), calendar.months - 1)
    owner = loans.owner
    work, score, strain = life.work[at, owner], life.score[at, owner], life.strain[at, owner]
    country = country_index(life.place[at, owner])
    now = economy.lead + min(m, calendar.months - 1)
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
        BY_SCORE * (score - 695) / 62
        + 0.40 * np.clip(np.log(burden / 0.12), -2, 2)
        + BY_UNEMPLOYED * (work == UNEMPLOYED)
        + BY_SELF_EMPLOYED * (work == SELF_EMPLOYED)
        + BY_YOUTH * (years < 27)
        + 1.6 * np.where(loans.kind == MORTGAGE, ltv_now(loans, age_months) - 0.70, 0.0)
        + 0.7 * np.where(loans.kind == AUTO, ltv_now(loans, age_months) - 0.80, 0.0)
        - 0.34 * np.minimum(seasoned**2, 4.0)
        + BY_RISING_UNEMPLOYMENT * np.clip(rise, -2, 4)
        - 1.2 * np.where(loans.kind == MORTGAGE, prices - 1.03, 0.0)
        + BY_STRAIN * strain
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
