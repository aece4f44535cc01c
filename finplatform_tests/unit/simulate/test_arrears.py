from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from finplatform.simulate import SimulationConfig
from finplatform.simulate.arrears import default_rates, ltv_now
from finplatform.simulate.clients import reported_scores
from finplatform.simulate.clock import months_since_epoch
from finplatform.simulate.world import World, build_world

HORIZON = 12


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(SimulationConfig(customers=12_000, transactions=1_200_000, seed=8))


@pytest.fixture(scope="module")
def panel(world: World) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    """What a bank sees of each performing loan each month, default within a year, true hazard."""
    parts = [_month(world, m) for m in range(0, world.calendar.months - HORIZON, 3)]
    seen, bad, hazard = (np.concatenate(part) for part in zip(*parts, strict=True))
    return seen, bad.astype(bool), hazard


def _month(world: World, m: int) -> tuple[NDArray[np.float64], ...]:
    loans, defaults, rows = world.loans, world.defaults, world.instalments
    day = int(world.calendar.last[m])
    age = m - (months_since_epoch(loans.granted) - int(world.calendar.month[0]))
    loan = np.flatnonzero(defaults.at_risk[m] & (age >= 0) & (defaults.day > day))
    owner = loans.owner[loan]
    due = (rows.due <= day) & (rows.paid_on > day)
    days_late = np.zeros(len(loans))
    np.maximum.at(days_late, rows.loan[due], day - rows.due[due])
    was_late = (rows.due <= day) & (rows.due > day - 180) & (rows.paid_on - rows.due >= 5)
    often = np.bincount(rows.loan[was_late], minlength=len(loans))
    income = np.maximum(world.life.declared[m, owner] / 100, loans.turnover[loan] * 110.0)
    burden = np.log(loans.instalment[loan] * 0.12 / np.maximum(income, 1_000))
    kind = loans.kind[loan][:, None] == np.arange(4)
    work = world.life.work[m, owner][:, None] == np.arange(5)
    years = (day - world.people.birth[owner]) / 365.25
    seen = np.column_stack(
        [
            reported_scores(world.score)[m, owner],
            burden,
            years,
            np.log(age[loan] + 2),
            np.log(age[loan] + 2) ** 2,
            ltv_now(loans, np.maximum(age, 0))[loan],
            loans.rate[loan],
            np.minimum(days_late[loan], 95),
            often[loan],
            kind,
            work,
        ]
    )
    bad = defaults.day[loan] <= int(world.calendar.last[m + HORIZON])
    return seen.astype(float), bad, defaults.hazard[m, loan]


def test_a_model_on_what_the_bank_sees_is_good_but_not_clairvoyant(
    panel: tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]],
) -> None:
    seen, bad, hazard = panel
    half = len(bad) // 2
    order = np.random.default_rng(0).permutation(len(bad))
    learn, judge = order[:half], order[half:]
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
    model.fit(seen[learn], bad[learn])
    score = model.predict_proba(seen[judge])[:, 1]
    assert 0.77 < roc_auc_score(bad[judge], score) < 0.86
    assert 0.78 < roc_auc_score(bad, hazard) < 0.90
    everything = np.column_stack([seen, np.log(hazard)])
    model.fit(everything[learn], bad[learn])
    assert roc_auc_score(bad[judge], model.predict_proba(everything[judge])[:, 1]) < 0.95


def test_loans_of_each_kind_default_at_the_rate_of_the_settings(world: World) -> None:
    """Who has fallen no longer counts, and the weakest fall first, so that it is a little less."""
    first, last = int(world.calendar.first[-12]), int(world.calendar.last[-1])
    loans, day = world.loans, world.defaults.day
    runs = (loans.granted < first) & (loans.due_day(loans.term) >= first) & (day >= first)
    for kind, yearly in enumerate(default_rates(world.config)):
        mine = runs & (loans.kind == kind)
        assert 0.6 * yearly < (mine & (day <= last)).sum() / mine.sum() < 1.1 * yearly


def test_a_setting_makes_a_stressed_bank(world: World) -> None:
    calm = replace(world.config, customers=3_000, transactions=300_000)
    harsh = replace(calm, mortgage_default_rate=0.03, consumer_default_rate=0.12)
    fell = [build_world(config).defaults.falls.sum() for config in (calm, harsh)]
    assert fell[1] > 2 * fell[0]


def test_the_book_has_defaults_that_are_older_than_the_span(world: World) -> None:
    start = world.calendar.start
    old = (world.defaults.day < start) & (world.losses.written_off > start)
    runs = (world.loans.granted < start) & (world.losses.opening > 0)
    owed = world.losses.opening
    assert 0.005 < owed[old].sum() / owed[runs].sum() < 0.03
    assert (owed[world.loans.granted >= start] > 0).all()


def test_defaults_happen_as_often_as_the_hazard_says(world: World) -> None:
    months = world.calendar.months
    month = np.arange(months)[:, None]
    possible = world.defaults.can_default[:months]
    hazard = world.defaults.hazard[:months]
    hit = (world.defaults.month == month) & possible
    for low, high in ((0.0, 0.01), (0.01, 0.03), (0.03, 0.31)):
        band = possible & (hazard >= low) & (hazard < high)
        expected = hazard[band].sum()
        assert abs(hit[band].sum() - expected) < 4 * expected**0.5


def test_hidden_frailty_matters_beyond_the_score(world: World) -> None:
    hit = world.defaults.falls
    frailty = world.people.frailty[world.loans.owner]
    assert frailty[hit].mean() > frailty[~hit].mean() + 0.3
