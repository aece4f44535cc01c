"""Money laundering: number, typology and time of the cases.

Belongs here: the plan. Does not: the cases themselves (`laundering_accounts`,
`laundering_networks`).
"""

import numpy as np

from finplatform.simulate.accounts import CHECKING
from finplatform.simulate.laundering_accounts import (
    dormant_awakened,
    high_risk_geography,
    rapid_movement,
    round_amounts,
    structuring,
    velocity,
)
from finplatform.simulate.laundering_networks import (
    cycle,
    fan_in,
    fan_out,
    layering_chain,
    scatter_gather,
)
from finplatform.simulate.planned_cases import usable_accounts
from finplatform.simulate.rng import Ints, stream
from finplatform.simulate.rows import Rows, join, no_rows
from finplatform.simulate.world import World

_MAKERS = {
    "STRUCTURING": structuring,
    "FAN_IN": fan_in,
    "FAN_OUT": fan_out,
    "CYCLE": cycle,
    "RAPID_MOVEMENT": rapid_movement,
    "SCATTER_GATHER": scatter_gather,
    "LAYERING_CHAIN": layering_chain,
    "DORMANT_AWAKENED": dormant_awakened,
    "ROUND_AMOUNTS": round_amounts,
    "VELOCITY": velocity,
    "HIGH_RISK_GEOGRAPHY": high_risk_geography,
}
TYPOLOGIES = tuple(_MAKERS)
_CUSTOMERS_PER_CASE = 20
_LEAST_ACCOUNTS = 12


def plan_laundering(world: World) -> tuple[Rows, Ints]:
    """Cases up to the configured share of transactions, the typologies in turn.

    Returns:
        The rows, and the index into `TYPOLOGIES` of each case. A case may have no rows, where the
        bank has no account that fits.
    """
    rng = stream(world.config.seed, "laundering")
    target = world.config.laundering_share * world.config.transactions
    mules = usable_accounts(world, (CHECKING,))
    makers = list(_MAKERS.values())
    parts: list[Rows] = []
    typology: list[int] = []
    planned = 0
    limit = max(1, len(world.people) // _CUSTOMERS_PER_CASE)
    while planned < target and len(typology) < limit and len(mules) > _LEAST_ACCOUNTS:
        kind = len(typology) % len(makers)
        first, last = _days(world, int(rng.integers(0, world.calendar.months)))
        case = makers[kind](world, rng, mules, first + 1, last - 1, len(typology))
        parts.append(case)
        typology.append(kind)
        planned += len(case)
    return (join(parts) if parts else no_rows()), np.array(typology, dtype=np.int64)


def _days(world: World, month: int) -> tuple[int, int]:
    """First and last day of a month of the span; of its longest if that one is too short."""
    calendar = world.calendar
    first, last = int(calendar.first[month]), int(calendar.last[month])
    if last - first < 24:
        month = int(np.argmax(calendar.last - calendar.first))
        first, last = int(calendar.first[month]), int(calendar.last[month])
    return first, last
