"""Defaults of credit cards: the hidden monthly hazard, and its consequences.

A cardholder in trouble draws more each month, takes what is left, and pays no more. Interest and
fees then lift the debt over the limit, since when it is past due (CRE36.71); more than 90 days
later it is in default. Some months on, the debt is settled for a part or sold for little, and the
rest is charged off as the card is closed. The log-odds move as those of loans do, by score, work,
age, strain, unemployment and a frailty that is partly the customer's own.

Belongs here: the hazard, the dates and the share that comes back. Does not: the drawings
(`buffers`), interest, settlement and charge-off (`ledger`), or how balances show default.
"""

from dataclasses import dataclass, replace

import numpy as np

from finplatform.simulate.accounts import CREDIT_CARD, Accounts
from finplatform.simulate.clock import NEVER, Calendar
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
from finplatform.simulate.lifepath import LifePath, country_index
from finplatform.simulate.people import SELF_EMPLOYED, UNEMPLOYED, People
from finplatform.simulate.rng import Bools, Floats, Ints, stream

DRAWING_MONTHS = 9
"""Months of growing use before the last payment."""

DAYS_TO_DEFAULT = 91
_FIRST_MONTH = 2
_LEAST_AGE_DAYS = 120
_SETTLED_SHARE = 0.45


@dataclass(frozen=True, slots=True)
class CardDefaults:
    """One element per account; what is no card never stops.

    Attributes:
        hazard: Probability that the month is the first without payment, (months, accounts); 0 where
            it cannot be.
        stops_in: Position of the first month without payment; a large number for never.
        default_on: Day on which the debt has been over the limit for more than 90 days, or `NEVER`.
        written_off: Day on which the card is settled, charged off and closed, or `NEVER`; may lie
            beyond the span.
        recovered: Share of the debt of that day that comes back.
    """

    hazard: Floats
    stops_in: Ints
    default_on: Ints
    written_off: Ints
    recovered: Floats

    def draws(self, month: int) -> Bools:
        """Accounts whose debt is being driven up in a month."""
        ahead = self.stops_in - month
        return (ahead > 0) & (ahead <= DRAWING_MONTHS)

    def stopped(self, month: int) -> Bools:
        """Accounts on which nothing is paid any more."""
        return self.stops_in <= month


def simulate_card_defaults(
    config: SimulationConfig,
    calendar: Calendar,
    people: People,
    life: LifePath,
    economy: Economy,
    accounts: Accounts,
) -> CardDefaults:
    """Draw month by month which cards are paid no longer."""
    rng = stream(config.seed, "card defaults")
    months, size = calendar.months, len(accounts)
    frailty = 0.8 * people.frailty[accounts.owner] + 0.6 * rng.normal(0, 1, size)
    index = np.stack(
        [_risk_index(m, calendar, people, life, economy, accounts) for m in range(months)]
    )
    index += FRAILTY_SPREAD * frailty
    may = np.stack([_may_stop(calendar, people, accounts, m) for m in range(months)])
    may[:_FIRST_MONTH] = False
    hazard = hazards_at_rate(index, index[-12:][may[-12:]], config.card_default_rate)
    hazard = np.where(may, hazard, 0.0)
    draws = SystematicDraws(rng)
    stops_in = np.full(size, NEVER)
    for month in range(months):
        left = np.flatnonzero(may[month] & (stops_in == NEVER))
        stops_in[left[draws.draw(hazard[month, left])]] = month
    over_limit = np.where(stops_in < months, calendar.last[np.minimum(stops_in, months - 1)], NEVER)
    default_on = np.where(over_limit < NEVER, over_limit + DAYS_TO_DEFAULT - 1, NEVER)
    wait = rng.integers(110, 300, size)
    settles = rng.random(size) < _SETTLED_SHARE
    recovered = np.where(settles, rng.uniform(0.2, 0.7, size), rng.uniform(0.03, 0.12, size))
    return CardDefaults(
        hazard=hazard,
        stops_in=stops_in,
        default_on=default_on,
        written_off=np.where(default_on < NEVER, default_on + wait, NEVER),
        recovered=recovered,
    )


def with_card_defaults(calendar: Calendar, accounts: Accounts, defaults: CardDefaults) -> Accounts:
    """Accounts whose cards rest once they are not paid, keep their limit, and close in the end."""
    stops = defaults.stops_in < calendar.months
    after = np.minimum(defaults.stops_in + 1, calendar.months - 1)
    rest = np.where(
        defaults.stops_in + 1 < calendar.months, calendar.first[after], calendar.end + 1
    )
    ended = defaults.written_off <= calendar.end
    return replace(
        accounts,
        quiet=np.where(stops, rest, accounts.quiet),
        raised=np.where(stops, NEVER, accounts.raised),
        raised_limit=np.where(stops, accounts.limit, accounts.raised_limit),
        closed=np.where(ended, defaults.written_off, accounts.closed),
    )


def _may_stop(calendar: Calendar, people: People, accounts: Accounts, month: int) -> Bools:
    """Cards in use for some time that neither close, sleep nor freeze in the span."""
    lasting = (
        (accounts.closed == NEVER)
        & (accounts.quiet == NEVER)
        & (accounts.frozen == NEVER)
        & (accounts.deleted == NEVER)
    )
    return np.asarray(
        (accounts.kind == CREDIT_CARD)
        & lasting
        & ~people.gone[accounts.owner]
        & (accounts.opened + _LEAST_AGE_DAYS <= calendar.first[month])
    )


def _risk_index(
    month: int,
    calendar: Calendar,
    people: People,
    life: LifePath,
    economy: Economy,
    accounts: Accounts,
) -> Floats:
    """The log-odds of stopping but for frailty and the level of all cards."""
    owner = accounts.owner
    work, score = life.work[month, owner], life.score[month, owner]
    now = economy.lead + month
    rise = economy.unemployment[now] - economy.unemployment[now - 12]
    years = (calendar.first[month] - people.birth[owner]) / 365.25
    return np.asarray(
        BY_SCORE * (score - 695) / 62
        + BY_UNEMPLOYED * (work == UNEMPLOYED)
        + BY_SELF_EMPLOYED * (work == SELF_EMPLOYED)
        + BY_YOUTH * (years < 27)
        + BY_RISING_UNEMPLOYMENT * np.clip(rise[country_index(life.place[month, owner])], -2, 4)
        + BY_STRAIN * life.strain[month, owner]
    )
