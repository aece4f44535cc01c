"""Operational losses: ten years of them, in order of their days, and heavy tailed."""

import math
from datetime import date

import polars as pl
import pytest

from finplatform.simulate import SimulationConfig, operational_losses
from finplatform.simulate.clock import Calendar

SEEDS = (1, 2, 3, 4)


@pytest.fixture(scope="module", params=SEEDS)
def losses(request: pytest.FixtureRequest) -> pl.DataFrame:
    return _losses(20_000, request.param)


def _losses(customers: int, seed: int) -> pl.DataFrame:
    config = SimulationConfig(customers=customers, transactions=60 * customers, seed=seed)
    return operational_losses.loss_frame(config, Calendar.between(config.start, config.end))


def test_they_cover_ten_years_by_the_day_of_booking(losses: pl.DataFrame) -> None:
    booked = losses["accounting_date"]
    assert booked.min() > date(2015, 12, 31)
    assert booked.max() <= date(2025, 12, 31)
    per_year = losses.group_by(booked.dt.year()).len()["len"]
    assert len(per_year) == 10
    assert per_year.min() > 0.6 * per_year.mean()


def test_a_loss_happens_then_is_discovered_then_booked(losses: pl.DataFrame) -> None:
    assert (losses["occurrence_date"] <= losses["discovery_date"]).all()
    assert (losses["discovery_date"] <= losses["accounting_date"]).all()
    assert losses["loss_id"].is_unique().all()


def test_recoveries_never_exceed_the_loss(losses: pl.DataFrame) -> None:
    back = losses["direct_recovery"] + losses["insurance_recovery"]
    assert (back <= losses["gross_loss"]).all()
    assert 0.05 < float(back.sum()) / float(losses["gross_loss"].sum()) < 0.4


def test_the_tail_is_heavy(losses: pl.DataFrame) -> None:
    gross = losses["gross_loss"].cast(pl.Float64).sort(descending=True)
    assert gross.mean() > 2 * gross.median()
    tenth = len(gross) // 10
    assert gross.head(tenth).sum() / gross.sum() > 0.45
    # Hill's estimate over the largest twentieth: a lognormal body alone gives about 0.3.
    largest = gross.head(len(gross) // 20 + 1).to_list()
    hill = sum(math.log(value / largest[-1]) for value in largest[:-1]) / (len(largest) - 1)
    assert 0.5 < hill < 1.4


def test_they_depend_on_the_seed_alone() -> None:
    assert _losses(100, 5).equals(_losses(100, 5))
    assert not _losses(100, 5).equals(_losses(100, 6))
