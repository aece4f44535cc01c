"""What the bank provides for loans, beside what becomes of them."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from finplatform.oltp.codes import LOAN_TYPES
from finplatform.risk.realised_loss import realised_losses
from finplatform.simulate import SimulationConfig
from finplatform.simulate.clock import NEVER
from finplatform.simulate.frames import dates
from finplatform.simulate.loanbook import DEFAULTED, LoanStates, loan_states
from finplatform.simulate.world import World, build_world

# Of twelve years, so that most workouts are over by the end.
SPAN = (date(2013, 1, 1), date(2024, 12, 31))


@pytest.fixture(scope="module")
def world() -> World:
    size = {"customers": 12_000, "transactions": 4_000_000}
    rates = {"mortgage_default_rate": 0.02, "business_default_rate": 0.04}
    return build_world(SimulationConfig(start=SPAN[0], end=SPAN[1], seed=9, **size, **rates))


@pytest.fixture(scope="module")
def states(world: World) -> LoanStates:
    return loan_states(
        world.calendar, world.people, world.economy, world.loans, world.defaults,
        world.instalments, world.losses, world.score,
    )  # fmt: skip


def test_what_is_provided_on_default_is_what_is_lost_in_the_end(
    world: World, states: LoanStates
) -> None:
    """Economic loss of finished workouts, by kind: discounted, and after the cost of collecting."""
    loans, rows, closed = world.loans, world.instalments, world.losses.written_off
    done = np.flatnonzero(
        (world.defaults.day >= world.calendar.start) & (closed <= world.calendar.end)
    )
    version = np.searchsorted((states.loan << 34) + states.at, done << 34)
    while (waits := states.status[version] != DEFAULTED).any():
        version = version + waits
    assert (states.loan[version] == done).all()
    owed = states.outstanding[version]
    defaults = pl.DataFrame(
        {
            "loan_id": done,
            "segment": [LOAN_TYPES[kind] for kind in loans.kind[done]],
            "default_date": dates(world.defaults.day[done]),
            "exposure_at_default": owed / 100,
            "interest_rate": loans.rate[done] / 1_000_000,
            "closed_date": dates(closed[done]),
            "provided": states.provision[version] / np.maximum(owed, 1),
        }
    ).filter(pl.col("exposure_at_default") > 0)
    back = np.flatnonzero(rows.is_recovery & (rows.paid_on < NEVER))
    recoveries = pl.DataFrame(
        {
            "loan_id": rows.loan[back],
            "payment_date": dates(rows.paid_on[back]),
            "paid_amount": rows.paid[back] / 100,
        }
    )
    found = (
        realised_losses(defaults, recoveries)
        .group_by("segment")
        .agg(pl.len(), pl.col("provided").mean(), pl.col("loss_given_default").mean())
    )
    assert set(found["segment"]) == set(LOAN_TYPES)
    assert found["len"].min() > 100
    assert (found["provided"] - found["loss_given_default"]).abs().max() < 0.05


def test_nothing_is_provided_for_what_is_settled_and_something_for_all_else(
    states: LoanStates,
) -> None:
    owed = states.outstanding > 0
    assert (states.provision[~owed] == 0).all()
    assert (states.provision[owed] > 0).all()
    assert (states.provision <= states.outstanding).all()
