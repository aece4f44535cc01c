"""The bank's own funds by month: capital sized from its loan book, moved by profit and loss.

Belongs here: a finance department's figures, good enough to be plausible. Does not: regulatory
capital rules in force (`finplatform.risk`); the weights here only size the capital.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.simulate.accounts import CREDIT_CARD
from finplatform.simulate.clock import DAY_SECONDS, Calendar, first_of_month
from finplatform.simulate.engine import Outcome
from finplatform.simulate.frames import dates, money, text
from finplatform.simulate.lending import BUSINESS, MORTGAGE
from finplatform.simulate.loanbook import DEFAULTED, LoanStates
from finplatform.simulate.rng import Floats, Ints, stream
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
# Operational risk and other assets come to about this share of credit risk.
_OTHER_RISK = 1.08
# Internal models ask for about so much more than these weights, of a book with as many defaults;
# the capital that is left covers expected losses above provisions too.
_MODELLED = 2.6
_EARNINGS, _PAYOUT = 0.0206, 0.40
_START, _LOW, _HIGH = 0.146, 0.134, 0.156
_STEP = 5_000_000


@dataclass(frozen=True, slots=True)
class CapitalPath:
    """Own funds of the bank in cents, in the order of `COMPONENTS`.

    Attributes:
        before: Before the span, (components).
        funds: At each month's end, (months, components).
        paid_out: Taken from retained earnings for the owners in each month.
    """

    before: Ints
    funds: Ints
    paid_out: Ints


def capital_path(world: World, states: LoanStates, outcome: Outcome) -> CapitalPath:
    """The bank's capital through the span, sized from its book."""
    return _capital_path(world, *_risk_and_losses(world, states, outcome))


def own_funds_frame(calendar: Calendar, path: CapitalPath) -> pl.DataFrame:
    """Components of own funds at each month's end; deductions are positive amounts to subtract.

    Returns:
        Columns `report_date`, `component`, `amount` and `currency`.
    """
    ends = report_days(calendar)
    months = len(ends)
    return pl.DataFrame(
        {
            "report_date": dates(np.repeat(ends, len(COMPONENTS))),
            "component": text(COMPONENTS, np.tile(np.arange(len(COMPONENTS)), months)),
            "amount": money(path.funds[:months].ravel()),
            "currency": pl.repeat("USD", months * len(COMPONENTS), eager=True),
        }
    )


def report_days(calendar: Calendar) -> Ints:
    """Month ends within the span."""
    ends = first_of_month(calendar.month + 1) - 1
    return np.asarray(ends[ends <= calendar.end], dtype=np.int64)


def _risk_and_losses(world: World, states: LoanStates, outcome: Outcome) -> tuple[Floats, Floats]:
    """Weighted assets and credit losses of each month, in cents."""
    loans, calendar = world.loans, world.calendar
    key = (states.loan << 34) + states.at
    every = np.arange(len(loans))
    limit = np.where(world.accounts.kind == CREDIT_CARD, world.accounts.limit, 0).sum()
    weighted, lost = np.zeros((2, calendar.months))
    before = _provisions_before(world, states)
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
        weighted[month] = (((owed - provision) * weight).sum() * _OTHER_RISK + cards) * _MODELLED
        cost = np.zeros(len(loans))
        cost[held] = provision
        gone = np.flatnonzero(
            (world.losses.written_off >= calendar.first[month]) & (world.losses.written_off <= last)
        )
        cost_of_gone = (world.losses.exposure - world.losses.recovered)[gone].sum()
        cost_of_cards = outcome.flows[month].card_written_off
        lost[month] = cost.sum() - before.sum() + cost_of_gone + cost_of_cards
        before = cost
    return weighted, lost


def _provisions_before(world: World, states: LoanStates) -> Floats:
    """Specific provision of each loan before the span, which is no loss of its first month."""
    loans, start = world.loans, world.calendar.start
    every = np.arange(len(loans))
    known = (states.loan << 34) + states.at
    found = np.searchsorted(known, (every << 34) + start * DAY_SECONDS, side="right") - 1
    held = np.flatnonzero((found >= 0) & (loans.granted < start))
    provisions = np.zeros(len(loans))
    provisions[held] = states.provision[found[held]]
    return provisions


def _weights(kind: Ints, owed: Ints, value: Ints) -> Floats:
    band = np.searchsorted(_LTV_LIMITS, owed / np.maximum(value, 1), side="left")
    return np.select(
        [kind == MORTGAGE, kind == BUSINESS], [_LTV_WEIGHTS[band], _SMALL_BUSINESS], default=_RETAIL
    )


def _capital_path(world: World, assets: Floats, losses: Floats) -> CapitalPath:
    """Profits add to own funds, dividends and losses take away."""
    rng = stream(world.config.seed, "own funds")
    base = assets[0]
    shares = _whole(0.098 * base)
    deductions = _whole(0.007 * base)
    retained = _START * base - shares + deductions
    additional, tier2 = _whole(0.014 * base), _whole(0.021 * base)
    before = np.array([shares, round(retained / 100) * 100, deductions, additional, tier2])
    path = np.empty((len(assets), len(COMPONENTS)), dtype=np.int64)
    paid_out = np.zeros(len(assets), dtype=np.int64)
    for month, weighted in enumerate(assets):
        profit = weighted * _EARNINGS / 12 * (1 + rng.normal(0, 0.12)) - losses[month]
        retained += profit
        earned = retained
        quarter_end = world.calendar.month[month] % 3 == 2
        if quarter_end and profit > 0:
            retained -= 3 * _PAYOUT * profit * 0.5
        ratio = (shares + retained - deductions) / weighted
        if quarter_end and ratio > _HIGH:
            retained -= (ratio - _HIGH) * weighted
        paid_out[month] = round(earned - retained)
        if ratio < _LOW:
            shares += _whole((_LOW + 0.008 - ratio) * weighted)
        path[month] = shares, round(retained / 100) * 100, deductions, additional, tier2
    return CapitalPath(before, path, paid_out)


def _whole(cents: float) -> int:
    """Instruments come in round sums."""
    return max(round(cents / _STEP), 1) * _STEP
