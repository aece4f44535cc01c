"""Service contacts: customer, channel, topic and outcome.

Belongs here: the frame of `customer_interactions`. Contacts follow what happens in the bank (fees,
instalments missed, cards misused, accounts about to be closed) and the customer's age. Does not:
anything that a contact changes in the bank.
"""

import numpy as np
import polars as pl

from finplatform.simulate.catalogue import PRODUCTS
from finplatform.simulate.clock import DAY_SECONDS, NEVER
from finplatform.simulate.frames import instants, labels, text
from finplatform.simulate.instalments import LATE, MISSED
from finplatform.simulate.misconduct import FRAUD_PATTERNS, Misconduct
from finplatform.simulate.rng import Bools, Floats, Ints, pick_by_row, stream
from finplatform.simulate.world import World

CHANNELS = ("BRANCH", "PHONE", "EMAIL", "CHAT", "MOBILE")
REASONS = (
    "INFORMATION",
    "ACCOUNT_CHANGE",
    "TECHNICAL",
    "FEES",
    "PAYMENT_DIFFICULTY",
    "FRAUD",
    "LENDING",
    "CLOSING",
    "COMPLAINT",
)
(
    INFORMATION, ACCOUNT_CHANGE, TECHNICAL, FEES, PAYMENT_DIFFICULTY, FRAUD, LENDING, CLOSING,
    COMPLAINT,
) = range(len(REASONS))  # fmt: skip
RESOLUTIONS = ("RESOLVED", "ESCALATED", "UNRESOLVED")

# Contacts per customer and month that nothing in particular brings about.
_MONTHLY = {INFORMATION: 0.045, ACCOUNT_CHANGE: 0.020, TECHNICAL: 0.025, COMPLAINT: 0.006}
_FALSE_ALARM, _FEE_PAYER = 0.004, 0.045
_MINUTES = np.array([4.0, 6.0, 7.0, 6.0, 11.0, 13.0, 16.0, 8.0, 12.0])
_RESOLVED = np.array([0.94, 0.93, 0.80, 0.72, 0.58, 0.70, 0.85, 0.80, 0.48])
_CONTENT = np.array([4.3, 4.2, 3.7, 2.9, 3.1, 3.4, 4.0, 2.8, 2.0])
_ANSWERS = 0.35
_UNIDENTIFIED = 0.02

_Found = tuple[Ints, Ints]


def interaction_frame(world: World, misconduct: Misconduct) -> pl.DataFrame:
    """`customer_interactions`, in order of time."""
    rng = stream(world.config.seed, "service")
    sources = {
        **{reason: _everyday(rng, world, share) for reason, share in _MONTHLY.items()},
        FEES: _about_fees(rng, world),
        PAYMENT_DIFFICULTY: _about_arrears(rng, world),
        FRAUD: _about_fraud(rng, world, misconduct),
        LENDING: _about_loans(rng, world),
        CLOSING: _about_closing(rng, world),
    }
    unhappy = _before_closing(rng, world)
    who = np.concatenate([*(found[0] for found in sources.values()), unhappy[0]])
    day = np.concatenate([*(found[1] for found in sources.values()), unhappy[1]])
    sizes = [*(len(found[0]) for found in sources.values()), len(unhappy[0])]
    reason = np.repeat([*sources, COMPLAINT], sizes)
    here = _is_client(world, who, day)
    return _rows(rng, world, who[here], day[here], reason[here])


def _is_client(world: World, who: Ints, day: Ints) -> Bools:
    people, calendar = world.people, world.calendar
    inside = (day >= calendar.start) & (day <= calendar.end)
    stays = world.accounts.closed[world.checking[who]] >= day
    return np.asarray(inside & (people.since[who] < day) & stays & ~people.gone[who])


def _everyday(rng: np.random.Generator, world: World, monthly: float | Floats) -> _Found:
    """Contacts at a rate per customer and month, spread over the span."""
    count, span = len(world.people), world.calendar.end - world.calendar.start + 1
    mean = np.broadcast_to(np.asarray(monthly) * span / 30.44, (count,))
    who = np.repeat(np.arange(count), rng.poisson(mean))
    return who, world.calendar.start + rng.integers(0, span, len(who))


def _about_fees(rng: np.random.Generator, world: World) -> _Found:
    """Customers with a checking fee that their pay does not waive."""
    fee = np.array([row.fee for row in PRODUCTS])[world.accounts.product[world.checking]]
    pays = (fee > 0) & ~world.people.is_primary
    return _everyday(rng, world, np.where(pays, _FEE_PAYER, 0.001) * (1 + fee / 5_000))


def _about_arrears(rng: np.random.Generator, world: World) -> _Found:
    """A call after an instalment that came late or not at all."""
    rows = world.instalments
    late = (rows.status == LATE) & (rows.paid_on - rows.due > 10)
    hit = np.flatnonzero((late | (rows.status == MISSED)) & (rng.random(len(rows)) < 0.3))
    return world.loans.owner[rows.loan[hit]], rows.due[hit] + rng.integers(6, 35, len(hit))


def _about_fraud(rng: np.random.Generator, world: World, misconduct: Misconduct) -> _Found:
    """Victims call within days; others call about payments that were their own."""
    rows = misconduct.rows
    mine = np.flatnonzero((rows.tag > 0) & (rows.tag <= len(FRAUD_PATTERNS)))
    account = rows.account[mine].astype(np.int64)
    # One call for what happened to an account within a week.
    week = np.unique((account << 24) + rows.at[mine] // DAY_SECONDS // 7)
    week = week[rng.random(len(week)) < 0.7]
    day = (week & ((1 << 24) - 1)) * 7 + rng.integers(3, 12, len(week))
    alarms = _everyday(rng, world, _FALSE_ALARM)
    victims = world.accounts.owner[week >> 24]
    return np.concatenate([victims, alarms[0]]), np.concatenate([day, alarms[1]])


def _about_loans(rng: np.random.Generator, world: World) -> _Found:
    """Questions around the day of a loan."""
    loans = world.loans
    asks = np.flatnonzero(rng.random(len(loans)) < 0.5)
    return loans.owner[asks], loans.granted[asks] + rng.integers(-20, 10, len(asks))


def _about_closing(rng: np.random.Generator, world: World) -> _Found:
    """Most closings of accounts are announced by a contact."""
    closing = np.flatnonzero(
        (world.accounts.closed < NEVER) & (rng.random(len(world.accounts)) < 0.6)
    )
    day = world.accounts.closed[closing] - rng.integers(1, 21, len(closing))
    return world.accounts.owner[closing], day


def _before_closing(rng: np.random.Generator, world: World) -> _Found:
    """Some closings follow a complaint in the three months before."""
    closing = np.flatnonzero(world.accounts.closed < NEVER)
    closing = np.repeat(closing, rng.poisson(0.45, len(closing)))
    day = world.accounts.closed[closing] - rng.integers(10, 95, len(closing))
    return world.accounts.owner[closing], day


def _rows(
    rng: np.random.Generator, world: World, who: Ints, day: Ints, reason: Ints
) -> pl.DataFrame:
    size = len(who)
    age = (day - world.people.birth[who]) / 365.25
    channel = _channel(rng, age)
    # Branches and telephones answer in office hours, the rest until late.
    hours = np.where(channel <= 1, 9, 15)
    second = 9 * 3_600 + (rng.beta(1.6, 1.8, size) * hours * 3_600).astype(np.int64)
    long = np.where(channel == 2, 0.5, 1.0) * (1 + np.maximum(age - 60, 0) / 80)
    minutes = _MINUTES[reason] * long * np.exp(rng.normal(0, 0.5, size))
    solved = rng.random(size) < _RESOLVED[reason]
    resolution = np.where(solved, 0, np.where(rng.random(size) < 0.55, 1, 2))
    mood = _CONTENT[reason] - 0.9 * ~solved - 0.02 * np.minimum(minutes, 40)
    answer = np.clip(np.rint(mood + rng.normal(0.2, 0.9, size)), 1, 5)
    answered = rng.random(size) < _ANSWERS
    known = rng.random(size) >= _UNIDENTIFIED
    chased = (reason == PAYMENT_DIFFICULTY) & (rng.random(size) < 0.6)
    ids = labels("C", who + 1, 7)
    frame = pl.DataFrame(
        {
            "customer_id": pl.select(pl.when(pl.Series(known)).then(ids)).to_series(),
            "interaction_at": instants(np.minimum(day * DAY_SECONDS + second, _last(day))),
            "channel": text(CHANNELS, channel),
            "direction": text(("INBOUND", "OUTBOUND"), chased.astype(np.int64)),
            "reason": text(REASONS, reason),
            "duration_seconds": np.maximum(np.rint(minutes * 60), 20).astype(np.int32),
            "resolution": text(RESOLUTIONS, resolution),
            "satisfaction": pl.select(
                pl.when(pl.Series(answered)).then(pl.Series(answer.astype(np.int16)))
            ).to_series(),
        }
    ).sort("interaction_at", "customer_id", "reason", maintain_order=True)
    numbers = labels("I", np.arange(1, size + 1), 9)
    return frame.insert_column(0, numbers.alias("interaction_id"))


def _last(day: Ints) -> Ints:
    return (day + 1) * DAY_SECONDS - 1


def _channel(rng: np.random.Generator, age: Floats) -> Ints:
    """The old come or call, the young write."""
    old = np.clip((age - 25) / 45, 0, 1)[:, None]
    young = np.array([[0.08, 0.22, 0.14, 0.26, 0.30]])
    aged = np.array([[0.36, 0.44, 0.12, 0.04, 0.04]])
    return pick_by_row(rng, young * (1 - old) + aged * old)
