"""Monthly states of customers: work, income, strain, credit score and home.

Belongs here: the states behind behaviour and default, as (months, customers) arrays. Does not: how
a change is journaled, or what loans do to a score.
"""

from dataclasses import dataclass

import numpy as np

from finplatform.simulate.clock import Calendar
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.economy import Economy
from finplatform.simulate.people import (
    EMPLOYED,
    RETIRED,
    SELF_EMPLOYED,
    STUDENT,
    UNEMPLOYED,
    People,
)
from finplatform.simulate.places import COUNTRIES, PLACES
from finplatform.simulate.rng import Bools, Floats, Ints, pick, stream


@dataclass(frozen=True, slots=True)
class LifePath:
    """States at each month of the span, (months, customers).

    Attributes:
        work: Employment.
        income: True yearly income in dollars.
        declared: Yearly income declared to the bank, in cents.
        strain: Hidden money trouble, about standard normal, higher is worse.
        score: Credit score before the effect of arrears.
        place: Index into `PLACES`.
        address: Number of moves so far.
        surname: Number of changes of the surname so far.
        contact: Number of changes of e-mail and phone so far.
    """

    work: Ints
    income: Floats
    declared: Ints
    strain: Floats
    score: Floats
    place: Ints
    address: Ints
    surname: Ints
    contact: Ints


def country_index(place: Ints) -> Ints:
    """Index into `COUNTRIES` of each place."""
    table = np.array([COUNTRIES.index(p.country) for p in PLACES])
    return np.asarray(table[place], dtype=np.int64)


def simulate_life(
    config: SimulationConfig, calendar: Calendar, people: People, economy: Economy
) -> LifePath:
    """Walk every customer through the span, one month at a time."""
    months, count = calendar.months, len(people)
    work = np.empty((months, count), dtype=np.int64)
    income, strain, score = np.empty((3, months, count))
    declared = np.empty((months, count), dtype=np.int64)
    place, address, surname, contact = np.empty((4, months, count), dtype=np.int64)
    rng = stream(config.seed, "life")
    now_work, now_income = people.work.copy(), people.income.copy()
    usual_income = people.income * np.where(people.work == UNEMPLOYED, 2.6, 1.0)
    now_declared = _declare(people.income * np.exp(rng.normal(0, 0.08, count)))
    now_strain = 0.75 * rng.normal(0, 1, count) - 0.35 * people.prudence
    now_strain += 0.8 * (people.work == UNEMPLOYED)
    now_score, now_place = people.score.copy(), people.place.copy()
    moves, renamed, recontacted = np.zeros((3, count), dtype=np.int64)
    month_of_review = rng.integers(0, 12, count)
    for m in range(months):
        draw = stream(config.seed, "life", m)
        idle = economy.unemployment[economy.lead + m] - economy.unemployment[: economy.lead].mean(0)
        gap = idle[country_index(now_place)]
        age = (calendar.first[m] - people.birth) / 365.25
        changed, now_work = _work_step(draw, now_work, age, people.ability, gap)
        usual_income *= 1 + (0.032 + 0.01 * people.ability) / 12 + draw.normal(0, 0.004, count)
        share = np.where(now_work == UNEMPLOYED, 0.38, np.where(now_work == RETIRED, 0.60, 1.0))
        share = np.where((people.work == RETIRED) & (now_work == RETIRED), 1.0, share)
        now_income = usual_income * share
        shock = draw.normal(0, 0.30, count) + 0.012 * gap
        shock += np.where(changed & (now_work == UNEMPLOYED), 1.0, 0.0)
        shock -= np.where(changed & (now_work == EMPLOYED), 0.5, 0.0)
        target = 0.55 * (now_work == UNEMPLOYED) - 0.30 * people.prudence + 0.06 * gap
        now_strain = target + 0.90 * (now_strain - target) + shock
        aim = people.score - 21 * now_strain - 8 * people.prudence
        now_score = now_score + 0.11 * (aim - now_score) + draw.normal(0, 4.2, count)
        review = ((m + month_of_review) % 12 == 0) | (changed & (draw.random(count) < 0.7))
        fresh = _declare(now_income * np.exp(draw.normal(0, 0.06, count)))
        now_declared = np.where(review, fresh, now_declared)
        moving = (
            draw.random(count) < np.array([0.016, 0.012, 0.006, 0.004, 0.003, 0.003])[people.stage]
        )
        now_place = np.where(moving, _destination(draw, now_place), now_place)
        moves = moves + moving
        renamed = renamed + (draw.random(count) < 0.0008)
        recontacted = recontacted + (draw.random(count) < 0.002)
        work[m], income[m], declared[m] = now_work, now_income, now_declared
        strain[m], score[m] = now_strain, np.clip(now_score, 330, 848)
        place[m], address[m], surname[m], contact[m] = now_place, moves, renamed, recontacted
    return LifePath(work, income, declared, strain, score, place, address, surname, contact)


def _declare(income: Floats) -> Ints:
    """People state round figures: hundreds of dollars, in cents."""
    return np.rint(income / 100).astype(np.int64) * 10_000


def _work_step(
    rng: np.random.Generator, work: Ints, age: Floats, ability: Floats, gap: Floats
) -> tuple[Bools, Ints]:
    draw = rng.random(len(work))
    lose = 0.0065 * np.exp(0.38 * np.clip(gap, -2, 5) - 0.45 * ability)
    find = 0.17 * np.exp(-0.14 * np.clip(gap, -2, 5) + 0.2 * ability)
    retire = np.where(age > 66.5, 0.07, np.where(age > 62, 0.012, 0.0))
    finish = np.where(age > 22, 0.035, 0.003)
    at_work = (work == EMPLOYED) | (work == SELF_EMPLOYED)
    after = work.copy()
    after[at_work & (draw < lose)] = UNEMPLOYED
    after[at_work & (draw > 1 - retire)] = RETIRED
    after[(work == UNEMPLOYED) & (draw < find)] = EMPLOYED
    after[(work == STUDENT) & (draw < finish)] = EMPLOYED
    after[(work == EMPLOYED) & (draw > 0.5) & (draw < 0.5004)] = SELF_EMPLOYED
    return after != work, after


_SAME_COUNTRY = np.array(
    [[q.weight * (p.country == q.country) for q in PLACES] for p in PLACES], dtype=np.float64
)


def _destination(rng: np.random.Generator, place: Ints) -> Ints:
    """A place in the same country: half of all moves stay in the city."""
    count = len(place)
    away = np.zeros(count, dtype=np.int64)
    for origin in range(len(PLACES)):
        here = np.flatnonzero(place == origin)
        away[here] = pick(rng, _SAME_COUNTRY[origin], len(here))
    return np.where(rng.random(count) < 0.5, place, away)
