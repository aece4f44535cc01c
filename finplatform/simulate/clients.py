"""The customer table: every version of a customer's row, with identifiers in clear.

Belongs here: the frames of `oltp.customers` (all versions) and the flaws in them. Does not:
changes in the lives of customers (`lifepath`), or accounts.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.oltp.codes import EMPLOYMENT_STATUSES, RISK_LEVELS
from finplatform.simulate.clock import DAY_SECONDS, NEVER, Calendar
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.frames import dates, labels, money, text
from finplatform.simulate.identity import addresses, emails, first_names, last_names, phones
from finplatform.simulate.journal import Versions
from finplatform.simulate.lifepath import LifePath
from finplatform.simulate.people import UNEMPLOYED, People
from finplatform.simulate.places import PLACES
from finplatform.simulate.rng import Bools, Floats, Ints, stream

SCORE_STEP = 10
_SPELLINGS = ("{}", "{}", "UPPER", "lower", " {}", "{} ", "{}  ")


@dataclass(frozen=True, slots=True)
class Clients:
    """All versions of customer rows.

    Attributes:
        versions: Every version with its operation and time.
        current: Rows in the table at the end, ordered by key.
        flaws: Labels of the flaws: table, key, column and kind.
    """

    versions: Versions
    current: pl.DataFrame
    flaws: pl.DataFrame


def customer_ids(count: int) -> pl.Series:
    """`C0000001` and so on."""
    return labels("C", np.arange(1, count + 1), 7)


def reported_scores(score: Floats) -> Ints:
    """Scores recorded by the bank: renewed when they have moved ten points, (months, people)."""
    known = np.rint(score[0]).astype(np.int64)
    reported = np.empty(score.shape, dtype=np.int64)
    for month, value in enumerate(score):
        known = np.where(
            np.abs(value - known) >= SCORE_STEP, np.rint(value).astype(np.int64), known
        )
        reported[month] = known
    return np.clip(reported, 300, 850)


def risk_profiles(reported: Ints, work: Ints) -> Ints:
    """LOW, MEDIUM or HIGH by score and work, slow to change: (months, people)."""
    points = reported - 35 * (work == UNEMPLOYED)
    level = np.where(points[0] >= 715, 0, np.where(points[0] >= 630, 1, 2))
    result = np.empty(reported.shape, dtype=np.int64)
    for month, value in enumerate(points):
        up = np.where(value < 618, 2, np.where(value < 703, np.maximum(level, 1), level))
        down = np.where(value > 727, 0, np.where(value > 642, np.minimum(up, 1), up))
        level = down
        result[month] = level
    return result


def simulate_clients(
    config: SimulationConfig,
    calendar: Calendar,
    people: People,
    life: LifePath,
    score: Floats,
    deleted: Ints,
) -> Clients:
    """Write every version of every customer's row.

    Args:
        config: Parameters.
        calendar: The span.
        people: The customers.
        life: Their states by month.
        score: Credit score by month and customer, arrears included.
        deleted: Day on which each customer's row is removed, or `NEVER`.
    """
    rng = stream(config.seed, "clients")
    count, months = len(people), calendar.months
    reported = reported_scores(score)
    profile = risk_profiles(reported, life.work)
    joined = np.where(people.since < calendar.start, -1, calendar.position(people.since))
    changed = np.zeros((months, count), dtype=bool)
    moves = (life.place, life.address, life.surname, life.contact)
    for state in (life.work, life.declared, reported, profile, *moves):
        changed[1:] |= state[1:] != state[:-1]
    changed &= np.arange(months)[:, None] > np.maximum(joined, 0)
    changed &= deleted == NEVER

    month, who = np.nonzero(changed)
    first_month = np.maximum(joined, 0)
    gone = np.flatnonzero(deleted < NEVER)
    who = np.concatenate([np.arange(count), who, gone])
    state_month = np.concatenate([first_month, month, first_month[gone]])
    op = np.concatenate([np.where(joined < 0, 0, 1), np.full(len(month), 2), np.full(len(gone), 3)])
    at = np.concatenate(
        [
            np.where(joined < 0, calendar.start * DAY_SECONDS, _office_hours(rng, people.since)),
            _office_hours(rng, _change_days(rng, calendar, month)),
            deleted[gone] * DAY_SECONDS + 18 * 3600,
        ]
    )
    order = np.lexsort((at, who))
    who, state_month, op, at = who[order], state_month[order], op[order], at[order]
    frame, flaws = _rows(config, people, life, reported, profile, who, state_month)
    versions = Versions("customers", frame, text(("r", "c", "u", "d"), op), at)
    last = np.r_[who[1:] != who[:-1], True] & (op != 3)
    current = frame.filter(pl.Series(last))
    kept = flaws.join(current.select(entity_id="customer_id"), on="entity_id", how="semi")
    return Clients(versions, current, kept.sort("entity_id", "column_name"))


def _office_hours(rng: np.random.Generator, day: Ints) -> Ints:
    return day * DAY_SECONDS + rng.integers(9 * 3600, 18 * 3600, len(day))


def _change_days(rng: np.random.Generator, calendar: Calendar, month: Ints) -> Ints:
    length = calendar.last[month] - calendar.first[month] + 1
    return calendar.first[month] + (rng.random(len(month)) * length).astype(np.int64)


def _rows(
    config: SimulationConfig,
    people: People,
    life: LifePath,
    reported: Ints,
    profile: Ints,
    who: Ints,
    month: Ints,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    rng = stream(config.seed, "identity")
    count = len(people)
    first = first_names(rng, people.female, people.place)
    surnames = [last_names(rng, people.place) for _ in range(int(life.surname.max()) + 1)]
    streets = [addresses(rng, count) for _ in range(int(life.address.max()) + 1)]
    variants = int(life.contact.max()) + 1
    number = np.arange(count) + 1
    mails = [emails(rng, first, surnames[0], number + v * count) for v in range(variants)]
    calls = [phones(rng, people.place) for _ in range(variants)]
    twins = _twins(rng, config, people)
    first, surnames[0], streets[0] = (_copied(s, twins) for s in (first, surnames[0], streets[0]))
    place = life.place[month, who]
    spelling = np.where(rng.random(count) < config.defect_share, rng.integers(2, 7, count), 0)
    silent = rng.random(count) < config.defect_share
    sex = np.where(people.female, 0, 1)
    sex[rng.random(count) < 0.01] = -1
    stacked = {
        "last": pl.concat(surnames),
        "street": pl.concat(streets),
        "mail": pl.concat(mails),
        "call": pl.concat(calls),
    }
    contact = life.contact[month, who] * count + who
    frame = pl.DataFrame(
        {
            "customer_id": labels("C", who + 1, 7),
            "first_name": text(first, who),
            "last_name": text(stacked["last"], life.surname[month, who] * count + who),
            "email": text(stacked["mail"], contact),
            "phone": text(stacked["call"], np.where(silent[who], -1, contact)),
            "address": text(stacked["street"], life.address[month, who] * count + who),
            "city": _spelled(text([p.city for p in PLACES], place), spelling[who]),
            "state": text([p.state for p in PLACES], place),
            "country": text([p.country for p in PLACES], place),
            "date_of_birth": dates(_birth(people, twins)[who]),
            "sex": text(("F", "M"), sex[who]),
            "customer_since": dates(people.since[who]),
            "risk_profile": text(RISK_LEVELS, profile[month, who]),
            "credit_score": reported[month, who].astype(np.int16),
            "annual_income": money(life.declared[month, who]),
            "employment_status": text(EMPLOYMENT_STATUSES, life.work[month, who]),
        }
    )
    return frame, _flaws(spelling, silent, twins)


def _twins(rng: np.random.Generator, config: SimulationConfig, people: People) -> Ints:
    """For each customer the earlier one they look like, or -1: one person entered twice."""
    count = len(people)
    twin = np.full(count, -1, dtype=np.int64)
    doubled = np.flatnonzero(rng.random(count) < config.defect_share * 0.4)
    doubled = doubled[(doubled > count // 10) & ~people.gone[doubled]]
    original = (rng.random(len(doubled)) * (count // 10)).astype(np.int64)
    suits = people.birth[original] < people.since[doubled] - 6_600
    twin[doubled[suits]] = original[suits]
    return twin


def _copied(values: pl.Series, twins: Ints) -> pl.Series:
    return text(values, np.where(twins >= 0, twins, np.arange(len(twins))))


def _birth(people: People, twins: Ints) -> Ints:
    return np.where(twins >= 0, people.birth[np.maximum(twins, 0)], people.birth)


def _spelled(city: pl.Series, style: Ints) -> pl.Series:
    frame = pl.DataFrame({"city": city, "style": style})
    shown = pl.col("city")
    for number, spelling in enumerate(_SPELLINGS):
        here = pl.col("style") == number
        if spelling == "UPPER":
            changed = pl.col("city").str.to_uppercase()
        elif spelling == "lower":
            changed = pl.col("city").str.to_lowercase()
        else:
            changed = pl.format(spelling, pl.col("city"))
        shown = pl.when(here).then(changed).otherwise(shown)
    return frame.select(shown).to_series()


def _flaws(spelling: Ints, silent: Bools, twins: Ints) -> pl.DataFrame:
    parts = (
        (np.flatnonzero((spelling == 2) | (spelling == 3)), "city", "odd_case"),
        (np.flatnonzero(spelling >= 4), "city", "stray_space"),
        (np.flatnonzero(silent), "phone", "missing"),
        (np.flatnonzero(twins >= 0), "customer_id", "looks_like_another"),
    )
    return pl.concat(
        pl.DataFrame(
            {
                "table_name": pl.repeat("customers", len(who), eager=True, dtype=pl.String),
                "entity_id": labels("C", who + 1, 7),
                "column_name": pl.repeat(column, len(who), eager=True, dtype=pl.String),
                "kind": pl.repeat(kind, len(who), eager=True, dtype=pl.String),
            }
        )
        for who, column, kind in parts
    )
