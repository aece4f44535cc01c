"""The bank's own funds by month, and the weighted assets that they are sized by.

Belongs here: plausible figures of a finance department. Does not: changes of capital (`treasury`),
or regulatory capital rules in force (`finplatform.risk`).
"""

import numpy as np
import polars as pl

from finplatform.simulate.accounts import CREDIT_CARD
from finplatform.simulate.clock import DAY_SECONDS, Calendar, first_of_month
from finplatform.simulate.engine import Outcome
from finplatform.simulate.frames import dates, money, text
from finplatform.simulate.lending import BUSINESS, MORTGAGE
from finplatform.simulate.loanbook import DEFAULTED, LoanStates
from finplatform.simulate.rng import Floats, Ints
from finplatform.simulate.treasury import Finances
from finplatform.simulate.world import World

COMPONENTS = (
    "CET1_INSTRUMENTS",
    "RETAINED_EARNINGS",
    "CET1_DEDUCTIONS",
    "AT1_INSTRUMENTS",
    "T2_INSTRUMENTS",
)
# Whole-loan weights for homes by loan to value, as in CRE20.82; retail 75%, small business 85%.
_LTV_LIMITS = np.array([0.5, 0.6, 0.8, 0.9, 1.0])
_LTV_WEIGHTS = np.array([0.20, 0.25, 0.30, 0.40, 0.50, 0.70])
_RETAIL, _SMALL_BUSINESS, _IN_DEFAULT = 0.75, 0.85, 1.5
_UNDRAWN = 0.10 * _RETAIL
# Total risk-weighted assets in relation to those of the loan book by these weights.
_OTHER_RISK = 1.15


def own_funds_frame(calendar: Calendar, finances: Finances) -> pl.DataFrame:
    """Components of own funds at each month's end; deductions are positive amounts to subtract.

    Returns:
        Columns `report_date`, `component`, `amount` and `currency`.
    """
    ends = report_days(calendar)
    months = len(ends)
    shares, retained = finances.shares[1:], finances.retained[1:]
    fixed = np.array([finances.deductions, finances.tier1, finances.tier2])
    funds = np.column_stack([shares, retained, np.tile(fixed, (months, 1))])
    return pl.DataFrame(
        {
            "report_date": dates(np.repeat(ends, len(COMPONENTS))),
            "component": text(COMPONENTS, np.tile(np.arange(len(COMPONENTS)), months)),
            "amount": money(funds.ravel()),
            "currency": pl.repeat("USD", months * len(COMPONENTS), eager=True),
        }
    )


def report_days(calendar: Calendar) -> Ints:
    """Month ends within the span."""
    ends = first_of_month(calendar.month + 1) - 1
    return np.asarray(ends[ends <= calendar.end], dtype=np.int64)


def weighted_assets(world: World, states: LoanStates, outcome: Outcome) -> Floats:
    """Risk-weighted assets at each month's end in cents, by standardised weights."""
    loans, calendar = world.loans, world.calendar
    key = (states.loan << 34) + states.at
    every = np.arange(len(loans))
    limit = np.where(world.accounts.kind == CREDIT_CARD, world.accounts.limit, 0).sum()
    weighted = np.zeros(calendar.months)
    for month, last in enumerate(calendar.last):
        night = (int(last) + 1) * DAY_SECONDS - 1
        found = np.searchsorted(key, (every << 34) + night, side="right") - 1
        held = np.flatnonzero((found >= 0) & (loans.granted <= last))
        state = found[held]
        owed, provision = states.outstanding[state], states.provision[state]
        weight = _weights(loans.kind[held], owed, states.collateral_value[state])
        bad = states.status[state] == DEFAULTED
        weight = np.where(bad, np.where(loans.kind[held] == MORTGAGE, 1.0, _IN_DEFAULT), weight)
        drawn = outcome.drawn[month]
        cards = drawn * _RETAIL + max(limit - drawn, 0) * _UNDRAWN
        weighted[month] = (((owed - provision) * weight).sum() + cards) * _OTHER_RISK
    return weighted


def _weights(kind: Ints, owed: Ints, value: Ints) -> Floats:
    band = np.searchsorted(_LTV_LIMITS, owed / np.maximum(value, 1), side="left")
    return np.select(
        [kind == MORTGAGE, kind == BUSINESS], [_LTV_WEIGHTS[band], _SMALL_BUSINESS], default=_RETAIL
    )
