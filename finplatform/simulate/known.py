"""Data on customers that the bank has on the first morning of a month.

Belongs here: the view of campaigns and of credit officers, which is also what the warehouse has:
the versions in force at that instant. Does not: hidden traits and future events.
"""

from dataclasses import dataclass

import numpy as np

from finplatform.simulate.accounts import CREDIT_CARD, SAVINGS
from finplatform.simulate.clients import reported_scores
from finplatform.simulate.clock import months_since_epoch
from finplatform.simulate.rng import Bools, Floats, Ints
from finplatform.simulate.world import World


@dataclass(frozen=True, slots=True)
class Known:
    """One element per customer.

    Attributes:
        day: The day, the same for all.
        is_client: Joined at least a month ago, and the checking account is open.
        age: Calendar years since the year of birth, as the warehouse has it.
        income: Declared yearly income in dollars.
        score: Credit score as last reported.
        tenure: Years since joining.
        has_savings: Holds an open savings account.
        has_card: Holds an open credit card.
    """

    day: int
    is_client: Bools
    age: Ints
    income: Floats
    score: Ints
    tenure: Floats
    has_savings: Bools
    has_card: Bools


class KnownByMonth:
    """Makes the view of any month; scores are worked out once.

    Args:
        world: The bank.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._score = reported_scores(world.score)

    def at(self, month: int) -> Known:
        """Data at the start of a month of the span."""
        world = self._world
        people, accounts = world.people, world.accounts
        day = int(world.calendar.first[month])
        before = max(month - 1, 0)
        year = 1970 + int(world.calendar.month[month]) // 12
        is_open = accounts.closed[world.checking] > day
        return Known(
            day=day,
            is_client=is_open & (people.since < day - 30) & ~people.gone,
            age=year - (1970 + months_since_epoch(people.birth) // 12),
            income=world.life.declared[before] / 100.0,
            score=self._score[before],
            tenure=(day - people.since) / 365.25,
            has_savings=self._holds(SAVINGS, day),
            has_card=self._holds(CREDIT_CARD, day),
        )

    def _holds(self, kind: int, day: int) -> Bools:
        accounts = self._world.accounts
        held = (accounts.kind == kind) & (accounts.opened < day) & (accounts.closed > day)
        return np.bincount(accounts.owner[held], minlength=len(self._world.people)) > 0
