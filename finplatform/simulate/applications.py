"""Applications for credit: those that became loans, and those that did not.

Belongs here: the frame of `credit_applications`. Does not: the loans, which were drawn before
(`lending`); an approved application is written backwards from its loan.
"""

import numpy as np
import polars as pl

from finplatform.oltp.codes import LOAN_TYPES
from finplatform.simulate.catalogue import product_index
from finplatform.simulate.clients import reported_scores
from finplatform.simulate.frames import dates, labels, money, text
from finplatform.simulate.lending import AUTO, BUSINESS, MORTGAGE, PERSONAL, PURPOSES
from finplatform.simulate.people import SELF_EMPLOYED, UNEMPLOYED
from finplatform.simulate.rng import Floats, Ints, pick_by_row, sigmoid, stream
from finplatform.simulate.world import World

DECISIONS = ("APPROVED", "DECLINED", "WITHDRAWN")
REASONS = (
    "WITHIN_POLICY",
    "LOW_SCORE",
    "INCOME_TOO_LOW",
    "DEBT_TOO_HIGH",
    "UNVERIFIED_DATA",
    "CUSTOMER_CHOICE",
)
WITHIN_POLICY, LOW_SCORE, INCOME_TOO_LOW, DEBT_TOO_HIGH, UNVERIFIED_DATA, CUSTOMER_CHOICE = range(
    len(REASONS)
)
# Applications without a loan, per customer and year.
_REFUSED_PER_YEAR = 0.11
_WITHDRAWN_SHARE = 0.22
_SCORE_LIMIT = 645
_DAYS = np.array([38, 9, 7, 24])
_PRODUCTS = ("Fixed 30 Mortgage", "Personal Loan", "Used Auto Loan", "Business Term Loan")
_KIND_PURPOSE = np.array([0, 2, 6, 7])
_TERMS = np.array([360, 48, 60, 60])
_YEARS_OF_INCOME = np.array([4.2, 0.35, 0.5, 1.1])


def application_frame(world: World) -> pl.DataFrame:
    """`credit_applications`: one row per application decided in the span, by day of decision."""
    rng = stream(world.config.seed, "applications")
    known = pl.concat([_approved(rng, world), _refused(rng, world)])
    known = known.sort("decision_date", "application_date", "customer_id", "requested_amount")
    numbers = labels("A", np.arange(1, len(known) + 1), 8)
    return known.insert_column(0, numbers.alias("application_id"))


def _approved(rng: np.random.Generator, world: World) -> pl.DataFrame:
    """Loans granted in the span, from the day of the application."""
    loans, calendar = world.loans, world.calendar
    loan = np.flatnonzero((loans.granted >= calendar.start) & (loans.granted <= calendar.end))
    owner, kind = loans.owner[loan], loans.kind[loan]
    decided = loans.granted[loan]
    asked = np.maximum(decided - _wait(rng, kind), world.people.since[owner])
    # A third of the borrowers had applied for more.
    more = np.where(rng.random(len(loan)) < 0.33, rng.uniform(1.02, 1.35, len(loan)), 1.0)
    requested = np.rint(loans.principal[loan] * more / 10_000).astype(np.int64) * 10_000
    return _frame(
        world,
        owner,
        asked,
        decided,
        {
            "kind": kind,
            "product": loans.product[loan],
            "purpose": loans.purpose[loan],
            "term": loans.term[loan],
            "requested": requested,
            "decision": np.zeros(len(loan), dtype=np.int64),
            "reason": np.full(len(loan), WITHIN_POLICY),
            "approved": loans.principal[loan],
            "loan": loan,
        },
    )


def _refused(rng: np.random.Generator, world: World) -> pl.DataFrame:
    """Applications that the bank declined or the customer gave up."""
    people, calendar = world.people, world.calendar
    span = calendar.end - calendar.start + 1
    wish = np.array([0.5, 1.3, 1.4, 1.0, 0.7, 0.3])[people.stage] * ~people.gone
    # Who has a low score is refused more often.
    wish = wish * np.exp(np.clip((690 - people.score) / 70, -1.2, 1.6))
    wish *= _REFUSED_PER_YEAR * span / 365.25 / max(float(wish.mean()), 1e-9)
    owner = np.repeat(np.arange(len(people)), rng.poisson(wish))
    asked = calendar.start + rng.integers(0, span, len(owner))
    month = calendar.position(asked)
    work = world.life.work[month, owner]
    kind = _kind(rng, work)
    decided = asked + _wait(rng, kind)
    here = (people.since[owner] < asked) & (decided <= calendar.end)
    here &= world.accounts.closed[world.checking[owner]] > decided
    owner, asked, decided, kind, work = (v[here] for v in (owner, asked, decided, kind, work))
    size = len(owner)
    income = world.life.declared[calendar.position(asked), owner] / 100
    multiple = _YEARS_OF_INCOME[kind] * np.exp(rng.normal(0.1, 0.35, size))
    requested = np.maximum(np.rint(income * multiple / 100), 10).astype(np.int64) * 10_000
    reason = _reason(rng, _score(world, asked, owner), work, multiple / _YEARS_OF_INCOME[kind])
    return _frame(
        world,
        owner,
        asked,
        decided,
        {
            "kind": kind,
            "product": np.array([product_index(name) for name in _PRODUCTS])[kind],
            "purpose": _KIND_PURPOSE[kind],
            "term": _TERMS[kind],
            "requested": requested,
            "decision": np.where(reason == CUSTOMER_CHOICE, 2, 1),
            "reason": reason,
            "approved": np.full(size, -1),
            "loan": np.full(size, -1),
        },
    )


def _kind(rng: np.random.Generator, work: Ints) -> Ints:
    weights = np.tile([0.14, 0.52, 0.30, 0.04], (len(work), 1))
    weights[:, MORTGAGE] *= np.where(work == UNEMPLOYED, 0.1, 1.0)
    weights[:, BUSINESS] *= np.where(work == SELF_EMPLOYED, 8.0, 1.0)
    weights[:, [PERSONAL, AUTO]] *= np.where(work == SELF_EMPLOYED, 0.7, 1.0)[:, None]
    return pick_by_row(rng, weights)


def _wait(rng: np.random.Generator, kind: Ints) -> Ints:
    """Days from application to decision."""
    return np.maximum(np.rint(_DAYS[kind] * rng.gamma(3.0, 1 / 3, len(kind))), 0).astype(np.int64)


def _score(world: World, day: Ints, owner: Ints) -> Ints:
    """The score last reported before the month of the application."""
    return reported_scores(world.score)[_month_before(world, day), owner]


def _income(world: World, day: Ints, owner: Ints) -> Ints:
    """The income declared before the month of the application, in cents."""
    return world.life.declared[_month_before(world, day), owner]


def _month_before(world: World, day: Ints) -> Ints:
    return np.clip(world.calendar.position(day) - 1, 0, world.calendar.months - 1)


def _reason(rng: np.random.Generator, score: Ints, work: Ints, stretch: Floats) -> Ints:
    """Reason of a rejection, weighted by its severity."""
    low = 4.0 * sigmoid((_SCORE_LIMIT - score) / 15)
    poor = 0.2 + 1.2 * (work == UNEMPLOYED)
    deep = 0.3 + 0.9 * np.clip(stretch - 1, 0, 2)
    rest = np.full(len(score), 0.12)
    gave_up = _WITHDRAWN_SHARE / (1 - _WITHDRAWN_SHARE) * (low + poor + deep + rest)
    # A score that the policy accepts is no reason for rejection.
    low = np.where(score < _SCORE_LIMIT, low, 0.0)
    return 1 + pick_by_row(rng, np.stack([low, poor, deep, rest, gave_up], axis=1))


def _frame(
    world: World, owner: Ints, asked: Ints, decided: Ints, values: dict[str, Ints]
) -> pl.DataFrame:
    approved = values["approved"] >= 0
    return pl.DataFrame(
        {
            "customer_id": labels("C", owner + 1, 7),
            "product_id": labels("P", values["product"] + 1, 3),
            "loan_type": text(LOAN_TYPES, values["kind"]),
            "purpose": text(PURPOSES, values["purpose"]),
            "application_date": dates(asked),
            "decision_date": dates(decided),
            "requested_amount": money(values["requested"]),
            "requested_term": values["term"].astype(np.int16),
            "currency": pl.repeat("USD", len(owner), eager=True, dtype=pl.String),
            "credit_score": _score(world, asked, owner).astype(np.int16),
            "annual_income": money(_income(world, asked, owner)),
            "decision": text(DECISIONS, values["decision"]),
            "decision_reason": text(REASONS, values["reason"]),
            "approved_amount": money(values["approved"], approved),
            "loan_id": pl.select(
                pl.when(pl.Series(approved)).then(labels("L", values["loan"] + 1, 7))
            ).to_series(),
        }
    )
