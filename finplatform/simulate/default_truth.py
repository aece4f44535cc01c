"""The true probability of default at a month's end, by what has been decided until then.

Belongs here: probabilities of twelve months from the hidden hazard, hidden from all models. Does
not: the hazard itself (`arrears`), or the outcome as a bank would define it.

A default is decided when its first instalment is missed, some three months before the day on which
it counts. So at a month's end a loan may have stopped paying already, which makes its default
certain; of the others only months whose first missed instalment is still to come can bring one.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from finplatform.simulate.arrears import (
    DAYS_TO_DEFAULT,
    MONTHS_TO_DEFAULT,
    Defaults,
)
from finplatform.simulate.clock import Calendar, first_of_month, months_since_epoch
from finplatform.simulate.frames import dates, labels
from finplatform.simulate.hazard import FRAILTY_SPREAD, MOST_HAZARD
from finplatform.simulate.lending import Loans
from finplatform.simulate.rng import Bools, Floats, Ints, sigmoid

HORIZON_MONTHS = 12
_NODES = 15


class _Possible(NamedTuple):
    """Defaults that may happen, (months + 3, loans), by month of default.

    Attributes:
        decided_on: Due day of the instalment that would be the first one missed.
        default_on: Day on which the default would count.
        is_possible: Whether the instalment exists and lies in the span.
    """

    decided_on: Ints
    default_on: Ints
    is_possible: Bools


def default_truth(calendar: Calendar, loans: Loans, defaults: Defaults) -> pl.DataFrame:
    """One row per loan and month end before its default, up to three months after its term.

    Month ends whose twelve months are not over by the end of the span are left out.

    Returns:
        `loan_id`; `month_end`; `has_stopped_paying`; `hazard_pd_12m`, from the hazards of the
        coming months as if no borrower had stopped yet; `state_pd_12m`, certain for those who have
        stopped, and else from the hazard of the month held for the year: all that is decided on the
        day, and nothing later; `visible_pd_12m`, the same from every state but
        frailty, which is not observable; `path_pd_12m`, certain for those who have stopped, and
        else from the hazards as they came, which is what defaults were drawn from;
        `is_default_12m`.
    """
    possible = _possible(calendar, loans, defaults)
    day = first_of_month(calendar.month + 1) - 1
    until = first_of_month(calendar.month + 1 + HORIZON_MONTHS) - 1
    last_due = loans.due_day(loans.term)
    stops_on = np.where(
        defaults.first_missed > 0,
        loans.due_day(np.maximum(defaults.first_missed, 1)),
        calendar.end + 1,
    )
    parts = []
    for month in np.flatnonzero(until <= calendar.end).tolist():
        today, limit = int(day[month]), int(until[month])
        held = np.flatnonzero(
            (loans.granted <= today)
            & (defaults.day > today)
            # A late last instalment is owed beyond the term.
            & (last_due + DAYS_TO_DEFAULT > today)
        )
        parts.append(
            pl.DataFrame(
                {
                    "loan_id": labels("L", held + 1, 7),
                    "month_end": dates(np.full(len(held), today)),
                    "has_stopped_paying": (stops_on <= today)[held],
                    **_probabilities(possible, defaults, month, today, limit, stops_on, held),
                    "is_default_12m": (defaults.day <= limit)[held],
                }
            )
        )
    return pl.concat(parts) if parts else pl.DataFrame(schema=_SCHEMA)


_SCHEMA = {
    "loan_id": pl.String,
    "month_end": pl.Date,
    "has_stopped_paying": pl.Boolean,
    "hazard_pd_12m": pl.Float64,
    "state_pd_12m": pl.Float64,
    "visible_pd_12m": pl.Float64,
    "path_pd_12m": pl.Float64,
    "is_default_12m": pl.Boolean,
}


def _possible(calendar: Calendar, loans: Loans, defaults: Defaults) -> _Possible:
    position = np.arange(len(defaults.hazard))[:, None]
    granted = months_since_epoch(loans.granted) - int(calendar.month[0])
    number = position - MONTHS_TO_DEFAULT - granted
    due = loans.due_day(np.maximum(number, 0))
    exists = (number >= 1) & (number <= loans.term) & (due >= calendar.start)
    return _Possible(due, due + DAYS_TO_DEFAULT, exists)


def _probabilities(
    possible: _Possible,
    defaults: Defaults,
    month: int,
    today: int,
    limit: int,
    stops_on: Ints,
    held: Ints,
) -> dict[str, Floats]:
    hazard = defaults.hazard[:, held]
    due, falls = possible.decided_on[:, held], possible.default_on[:, held]
    within = possible.is_possible[:, held] & (falls > today) & (falls <= limit)
    open_ = within & (due > today)
    stopped = (stops_on <= today)[held]
    path = np.where(stopped, 1.0, _any_of(hazard, open_))
    left = open_.sum(axis=0)
    state = np.where(stopped, 1.0, 1 - (1 - hazard[month]) ** left)
    mean = _without_frailty(hazard[month], defaults.frailty[held])
    visible = np.where(stopped, 1.0, 1 - (1 - mean) ** left)
    return {
        "hazard_pd_12m": _rounded(_any_of(hazard, within)),
        "state_pd_12m": _rounded(state),
        "visible_pd_12m": _rounded(visible),
        "path_pd_12m": _rounded(path),
    }


def _rounded(values: Floats) -> Floats:
    return np.asarray(np.round(values, 9), dtype=np.float64)


def _any_of(hazard: Floats, counts: Bools) -> Floats:
    """Probability that one of the chosen months brings default."""
    return np.asarray(1 - np.prod(np.where(counts, 1 - hazard, 1.0), axis=0))


def _without_frailty(hazard: Floats, frailty: Floats) -> Floats:
    """Mean hazard of all loans in the same state: frailty is averaged over its distribution.

    Gauss and Hermite's nodes for the normal distribution; a hazard that was held down comes out a
    little too low.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    index = np.log(hazard / (1 - hazard)) - frailty
    spread = sigmoid(index[:, None] + FRAILTY_SPREAD * nodes)
    return np.asarray(np.minimum(spread, MOST_HAZARD) @ (weights / weights.sum()))
