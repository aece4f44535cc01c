"""The group's other own funds: a subsidiary that others hold in part, and a filtered reserve.

Belongs here: their amounts, in proportion to the bank's customers and the same in every month. Does
not: the bank's own capital (`own_funds`), or what of these amounts counts (`finplatform.risk`).
"""

import numpy as np
import polars as pl

from finplatform.simulate.clock import Calendar
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.frames import dates, money
from finplatform.simulate.own_funds import report_days
from finplatform.simulate.rng import Ints

# Cents for each customer, and what each level of the subsidiary's capital is of its assets.
_ASSETS = 30_000
_LEVELS = {"cet1": 0.12, "tier1": 0.14, "total": 0.17}
_THIRD_PARTIES = {"cet1": 0.036, "tier1": 0.040, "total": 0.0475}
_HEDGE_RESERVE = 400


def third_party_capital(config: SimulationConfig) -> int:
    """Capital of the subsidiary that others hold, in cents."""
    return _share(config, _THIRD_PARTIES["total"])


def hedge_reserve(config: SimulationConfig) -> int:
    """Reserve of cash-flow hedges in other comprehensive income, in cents."""
    return config.customers * _HEDGE_RESERVE


def _share(config: SimulationConfig, share: float) -> int:
    return round(config.customers * _ASSETS * share / 100) * 100


def subsidiary_frame(config: SimulationConfig, calendar: Calendar) -> pl.DataFrame:
    """Rows of `subsidiary_capital` at each month's end."""
    days = report_days(calendar)
    assets = _share(config, 1.0)
    amounts = {f"{level}_amount": _share(config, share) for level, share in _LEVELS.items()}
    amounts |= {
        f"third_party_{level}_amount": _share(config, share)
        for level, share in _THIRD_PARTIES.items()
    }
    amounts |= {"risk_weighted_assets": assets, "consolidated_risk_weighted_assets": assets}
    return pl.DataFrame(
        {
            "report_date": dates(days),
            "subsidiary_id": ["SUB01"] * len(days),
            "subsidiary_name": ["Harbour Trust and Savings"] * len(days),
            **{name: money(_repeated(cents, days)) for name, cents in amounts.items()},
            "currency": ["USD"] * len(days),
        }
    )


def reserve_frame(config: SimulationConfig, calendar: Calendar) -> pl.DataFrame:
    """Rows of `own_funds` that a prudential filter takes out again (CAP30.11)."""
    days = report_days(calendar)
    names = ("OTHER_COMPREHENSIVE_INCOME", "CASH_FLOW_HEDGE_RESERVE")
    return pl.DataFrame(
        {
            "report_date": dates(np.repeat(days, len(names))),
            "component": list(names) * len(days),
            "amount": money(_repeated(hedge_reserve(config), np.repeat(days, len(names)))),
            "currency": ["USD"] * len(days) * len(names),
        }
    )


def _repeated(cents: int, days: Ints) -> Ints:
    return np.full(len(days), cents, dtype=np.int64)
