"""Customers: age, place, work, pay and unobserved traits.

Belongs here: constant attributes, and states at the start. Does not: how it changes
(`lifepath`), or names and addresses (`identity`).
"""

from dataclasses import dataclass

import numpy as np

from finplatform.simulate.clock import Calendar
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.places import PLACES
from finplatform.simulate.rng import Bools, Floats, Ints, pick, pick_by_row, stream

EMPLOYED, SELF_EMPLOYED, UNEMPLOYED, STUDENT, RETIRED = range(5)
LIFE_STAGES = ("STUDENT", "STARTER", "FAMILY", "ESTABLISHED", "PRE_RETIREMENT", "RETIRED")
_STAGE_WEIGHTS = (8.0, 22.0, 27.0, 18.0, 11.0, 14.0)
_STAGE_AGES = ((18, 25), (22, 35), (27, 50), (38, 58), (52, 67), (62, 89))
_JOINERS_PER_YEAR = 0.06
_GONE_SHARE = 0.005


@dataclass(frozen=True, slots=True)
class People:
    """One element per customer; the last few (`gone`) leave no trace but the journal.

    Attributes:
        stage: Index into `LIFE_STAGES`.
        birth: Day of birth.
        female: Sex as recorded.
        place: Index into `PLACES` at the start.
        since: Day of joining; after the first day of the span for joiners.
        ability: Hidden trait that raises pay and steadies work.
        prudence: Hidden trait that raises the credit score.
        frailty: Hidden trait that raises default and shows nowhere else.
        work: Employment at the start (index into the schema's list).
        income: True yearly income at the start, in dollars.
        score: Credit score at the start, unrounded.
        is_primary: Has the household's main account here.
        has_home: Owns the home (pays no rent).
        gone: Opened an account, never used it and was deleted.
    """

    stage: Ints
    birth: Ints
    female: Bools
    place: Ints
    since: Ints
    ability: Floats
    prudence: Floats
    frailty: Floats
    work: Ints
    income: Floats
    score: Floats
    is_primary: Bools
    has_home: Bools
    gone: Bools

    def __len__(self) -> int:
        return len(self.stage)


def simulate_people(config: SimulationConfig, calendar: Calendar) -> People:
    """Draw the customers; `customer_id` follows the order of joining within a shuffle."""
    rng = stream(config.seed, "people")
    count = config.customers
    stage = pick(rng, list(_STAGE_WEIGHTS), count)
    low, high = np.array(_STAGE_AGES).T
    age = low[stage] + rng.beta(1.4, 1.5, count) * (high - low)[stage]
    birth = calendar.start - np.rint(age * 365.25).astype(np.int64) - 1
    place = pick(rng, [p.weight for p in PLACES], count)
    ability, prudence, frailty = rng.normal(0, 1, (3, count))
    prudence = 0.35 * ability + 0.94 * prudence
    work = _work(rng, stage, ability)
    income = _income(rng, age, place, ability, work)
    score = 694 + 43 * prudence + 15 * ability + 0.8 * (age - 45) + rng.normal(0, 18, count)
    score -= 32 * (work == UNEMPLOYED)
    return People(
        stage=stage,
        birth=birth,
        female=rng.random(count) < 0.51,
        place=place,
        since=_since(rng, config, calendar, age),
        ability=ability,
        prudence=prudence,
        frailty=frailty,
        work=work,
        income=income,
        score=np.clip(score, 380, 842),
        is_primary=rng.random(count) < _primary_share(config.density),
        has_home=rng.random(count) < np.array([0.02, 0.18, 0.58, 0.68, 0.74, 0.78])[stage],
        gone=np.arange(count) >= count - round(_GONE_SHARE * count),
    )


def _primary_share(density: float) -> float:
    return float(np.clip(0.30 + 0.28 * np.log10(density / 4.2), 0.12, 0.75))


def _work(rng: np.random.Generator, stage: Ints, ability: Floats) -> Ints:
    base = np.array(
        [
            (0.15, 0.01, 0.04, 0.80, 0.00),
            (0.84, 0.07, 0.08, 0.01, 0.00),
            (0.82, 0.12, 0.06, 0.00, 0.00),
            (0.78, 0.16, 0.06, 0.00, 0.00),
            (0.66, 0.14, 0.07, 0.00, 0.13),
            (0.04, 0.03, 0.00, 0.00, 0.93),
        ]
    )[stage]
    base[:, UNEMPLOYED] *= np.exp(-0.5 * ability)
    return pick_by_row(rng, base)


def _income(
    rng: np.random.Generator, age: Floats, place: Ints, ability: Floats, work: Ints
) -> Floats:
    peak = 30_000 + 34_000 * np.exp(-(((age - 48) / 19) ** 2))
    pay = np.array([p.pay for p in PLACES])[place]
    level = np.array([1.0, 1.12, 0.34, 0.22, 0.52])[work]
    spread = 0.30 * ability + rng.normal(0, 0.30, len(age)) * np.where(
        work == SELF_EMPLOYED, 1.7, 1
    )
    return np.maximum(peak * pay * level * np.exp(spread), 4_800.0)


def _since(
    rng: np.random.Generator, config: SimulationConfig, calendar: Calendar, age: Floats
) -> Ints:
    count = len(age)
    tenure = np.minimum(rng.exponential(7.5, count) + 0.1, np.maximum(age - 17.5, 0.05))
    since = calendar.start - 1 - np.rint(tenure * 365.25).astype(np.int64)
    joiners = rng.random(count) < _JOINERS_PER_YEAR * config.days / 365.25
    # The customers who vanish must have come after the start, so that they never held a balance.
    joiners |= np.arange(count) >= count - round(_GONE_SHARE * count)
    late = calendar.start + 1 + rng.integers(0, max(config.days * 2 // 3, 1), count)
    return np.where(joiners, late, since)
