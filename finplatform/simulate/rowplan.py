"""Number of free movements per month that gives the configured number of rows.

Belongs here: the forecast of standing rows and the share left for spending. Does not: the rows.
"""

import numpy as np

from finplatform.simulate.accounts import SAVINGS
from finplatform.simulate.rng import Bools, Floats, Ints
from finplatform.simulate.world import World

# Business by calendar month, January first.
_LEVEL = np.array([0.93, 0.92, 0.98, 0.98, 1.01, 1.01, 1.03, 1.02, 0.98, 1.00, 1.05, 1.20])
_GROWTH = 0.003
_FIRST_GUESS = 0.5
# Standing rows that follow from an instalment: the money for it is often fetched first.
_PER_FIXED = 0.45
_FIRST_MONTH = 1.17
_WHOLE = 0.65
_PACE = 0.4
_DRIFT = 0.004


class RowPlan:
    """Spreads the rows over the months: free movements follow the season, standing ones the book.

    Args:
        world: The bank.
        fixed_month: Month of each row that is planned beforehand.
        recurring: True for movements other than opening balances.
    """

    def __init__(self, world: World, fixed_month: Ints, recurring: Bools) -> None:
        calendar, accounts = world.calendar, world.accounts
        months = calendar.months
        self._target = world.config.transactions
        self._season: Floats = (
            _LEVEL[calendar.month % 12] * (1 + _GROWTH * np.arange(months)) * calendar.share
        )
        self._fixed = np.bincount(fixed_month[recurring], minlength=months)
        self._openings = int((~recurring).sum())
        open_on = (accounts.opened < calendar.last[:, None]) & (
            accounts.closed > calendar.first[:, None]
        )
        self._alive = open_on.sum(axis=1) * calendar.share
        savers = (accounts.kind == SAVINGS).sum() * calendar.share[0]
        self._followers = float(savers) if calendar.share[0] > _WHOLE else 0.0
        self._share = calendar.share
        self._per_season = (
            (self._target - self._openings - self._fixed.sum()) * _FIRST_GUESS / self._season.sum()
        )

    def free_guess(self, number: int) -> float:
        """Free rows to expect before the month's standing rows are known."""
        return float(self._per_season * self._season[number])

    def free_rows(self, number: int, standing: int, made: int) -> int:
        """Free rows of a month.

        Args:
            number: The month.
            standing: Its standing rows.
            made: Rows of the months before.
        """
        fixed = self._fixed * (1 + _PER_FIXED)
        known = standing + self._followers - _PER_FIXED * self._fixed[number]
        per_account = known / max(self._alive[number], 1.0)
        # The first month has no card bills yet.
        per_account = max(per_account, 0) * (_FIRST_MONTH if number == 0 else 1.0)
        later = self._alive[number:] * (1 + _DRIFT) ** np.arange(len(self._alive) - number)
        coming = fixed[number:].sum() + per_account * later.sum()
        openings = self._openings if number == 0 else 0
        left = self._target - made - coming - openings
        needed = max(left, 0) / self._season[number:].sum()
        # A forecast that errs is followed slowly, so that it makes no season of its own.
        pace = 1.0 if number == 0 or number >= len(self._season) - 2 else _PACE
        self._per_season += pace * (needed - self._per_season)
        return round(self._per_season * self._season[number])

    def learn(self, number: int, followers: int) -> None:
        """Note how many rows followed from others in a month: interest, fees, second legs.

        Args:
            number: The month.
            followers: Rows that were neither planned, standing nor free.
        """
        following = min(number + 1, len(self._share) - 1)
        self._followers = followers / self._share[number] * self._share[following]
