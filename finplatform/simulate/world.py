"""Everything that is decided before the first transaction is drawn.

Belongs here: running the stages of the simulation in their order. Does not: the stages.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.simulate.accounts import (
    CHECKING,
    CREDIT_CARD,
    SAVINGS,
    Accounts,
    simulate_accounts,
)
from finplatform.simulate.arrears import (
    PAST_MONTHS,
    Defaults,
    late_probability,
    simulate_defaults,
)
from finplatform.simulate.card_arrears import (
    CardDefaults,
    simulate_card_defaults,
    with_card_defaults,
)
from finplatform.simulate.catalogue import Merchants, merchants
from finplatform.simulate.clock import NEVER, Calendar, months_since_epoch
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.economy import Economy, simulate_economy
from finplatform.simulate.identity import account_numbers
from finplatform.simulate.instalments import LATE, Instalments, Losses, simulate_instalments
from finplatform.simulate.lending import Loans, borrows, originate
from finplatform.simulate.lifepath import LifePath, simulate_life
from finplatform.simulate.people import People, simulate_people
from finplatform.simulate.rng import Floats, Ints, stream
from finplatform.simulate.wording import Wording

_POINTS_OF_DELAY, _POINTS_OF_DEFAULT, _MOST_POINTS = 22.0, 95.0, 220.0
_KEPT = 0.94
"""Share of the points lost that are still lost a month later."""

_LONG_DELAYS = 0.19
"""Share of late instalments that are 30 days late or more (see `instalments`)."""


@dataclass(frozen=True, slots=True)
class World:
    """The bank without its transactions.

    Attributes:
        checking: Checking account of each customer (always one).
        savings: Savings account of each customer, or -1.
        card: Credit card account of each customer, or -1.
        numbers: Account number of each account.
        score: Credit score by month and customer, arrears included.
    """

    config: SimulationConfig
    calendar: Calendar
    economy: Economy
    people: People
    life: LifePath
    loans: Loans
    defaults: Defaults
    instalments: Instalments
    losses: Losses
    accounts: Accounts
    card_defaults: CardDefaults
    merchants: Merchants
    checking: Ints
    savings: Ints
    card: Ints
    numbers: pl.Series
    wording: Wording
    score: Floats

    @property
    def deleted(self) -> Ints:
        """Day on which each customer's row is removed, or `NEVER`."""
        day = self.accounts.deleted[self.checking]
        return np.where(day < NEVER, day + 1, NEVER)


def build_world(config: SimulationConfig) -> World:
    """Run every stage up to the transactions."""
    calendar = Calendar.between(config.start, config.end)
    economy = simulate_economy(config, calendar)
    people = simulate_people(config, calendar)
    life = simulate_life(config, calendar, people, economy)
    loans = originate(config, calendar, people, life, economy)
    defaults = simulate_defaults(config, calendar, people, life, economy, loans)
    instalments, losses = simulate_instalments(config, calendar, loans, defaults)
    accounts = simulate_accounts(config, calendar, people, borrows(loans, len(people)))
    card_defaults = simulate_card_defaults(config, calendar, people, life, economy, accounts)
    accounts = with_card_defaults(calendar, accounts, card_defaults)
    shops = merchants(config)
    numbers = account_numbers(np.arange(1, len(accounts) + 1), people.place[accounts.owner])
    return World(
        config=config,
        calendar=calendar,
        economy=economy,
        people=people,
        life=life,
        loans=loans,
        defaults=defaults,
        instalments=instalments,
        losses=losses,
        accounts=accounts,
        card_defaults=card_defaults,
        merchants=shops,
        checking=accounts.of(CHECKING, len(people)),
        savings=accounts.of(SAVINGS, len(people)),
        card=accounts.of(CREDIT_CARD, len(people)),
        numbers=numbers,
        wording=Wording(config.seed, people, shops, numbers),
        score=_score_with_arrears(config, calendar, life, loans, defaults, instalments),
    )


def _score_with_arrears(
    config: SimulationConfig,
    calendar: Calendar,
    life: LifePath,
    loans: Loans,
    defaults: Defaults,
    rows: Instalments,
) -> Floats:
    """Late instalments and defaults cost points that come back slowly."""
    months, count = life.score.shape
    hit = np.zeros((months, count))
    late = (rows.status == LATE) & (rows.paid_on - rows.due >= 30)
    month = calendar.position(np.where(late, rows.due + 30, calendar.end + 40))
    known = late & (month < months)
    np.add.at(hit, (month[known], loans.owner[rows.loan[known]]), _POINTS_OF_DELAY)
    fell = np.flatnonzero((defaults.month >= 0) & (defaults.month < months))
    np.add.at(hit, (defaults.month[fell], loans.owner[fell]), _POINTS_OF_DEFAULT)
    drop = _points_of_the_past(config, calendar, loans, defaults, count)
    score = np.empty_like(life.score)
    for m in range(months):
        drop = np.minimum(_KEPT * drop + hit[m], _MOST_POINTS)
        score[m] = np.clip(life.score[m] - drop, 300, 850)
    return score


def _points_of_the_past(
    config: SimulationConfig, calendar: Calendar, loans: Loans, defaults: Defaults, count: int
) -> Floats:
    """Points that late instalments and defaults of the years before the span still cost."""
    rng = stream(config.seed, "score of the past")
    chance = _LONG_DELAYS * late_probability(defaults.hazard[0])
    months_run = int(calendar.month[0]) - months_since_epoch(loans.granted)
    lost = np.zeros(count)
    for ago in range(PAST_MONTHS, 0, -1):
        late = (months_run >= ago) & (rng.random(len(loans)) < chance)
        lost = _KEPT * lost
        np.add.at(lost, loans.owner[late], _POINTS_OF_DELAY)
        fell = defaults.month == -ago
        np.add.at(lost, loans.owner[fell], _POINTS_OF_DEFAULT)
        lost = np.minimum(lost, _MOST_POINTS)
    return lost
