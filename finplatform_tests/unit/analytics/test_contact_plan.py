from itertools import product

import numpy as np
import pytest

from finplatform.analytics.contact_plan import Earmark, plan_contacts


def _best_by_trying_all(
    values: np.ndarray, costs: np.ndarray, channels: list[int], budget: float, caps: np.ndarray
) -> float:
    best = 0.0
    for choice in product(range(-1, len(costs)), repeat=len(values)):
        made = [(row, offer) for row, offer in enumerate(choice) if offer >= 0]
        if any(np.isnan(values[row, offer]) for row, offer in made):
            continue
        used = np.bincount([channels[offer] for _, offer in made], minlength=len(caps))
        if sum(costs[offer] for _, offer in made) <= budget + 1e-9 and (used <= caps).all():
            best = max(best, sum(values[row, offer] for row, offer in made))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_the_plan_is_the_best_of_all_there_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(3, 5, (6, 3)).round(2)
    values[rng.random((6, 3)) < 0.2] = np.nan
    costs, channels = rng.uniform(1, 4, 3).round(2), [0, 1, 1]
    budget, caps = float(rng.uniform(2, 12)), rng.integers(0, 4, 2)
    plan = plan_contacts(values, costs, channels, budget=budget, capacities=caps)
    assert plan.value == pytest.approx(
        _best_by_trying_all(values, costs, channels, budget, caps), abs=1e-2
    )
    assert plan.value <= plan.bound + 1e-6


@pytest.mark.parametrize("seed", range(5))
def test_limits_and_one_contact_a_customer_are_kept(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(5, 8, (400, 4)).round(1)
    values[rng.random(values.shape) < 0.3] = np.nan
    costs, channels, caps = np.array([1.0, 3.0, 2.0, 9.0]), [0, 0, 1, 2], np.array([60, 40, 15])
    plan = plan_contacts(values, costs, channels, budget=200.0, capacities=caps)
    made = np.flatnonzero(plan.offer >= 0)
    gained = values[made, plan.offer[made]]
    assert (gained > 0).all()
    assert plan.value == pytest.approx(gained.sum())
    assert plan.spent == pytest.approx(costs[plan.offer[made]].sum())
    assert plan.spent <= 200.0
    used = np.bincount(np.array(channels)[plan.offer[made]], minlength=3)
    assert (used == plan.contacts).all()
    assert (used <= caps).all()
    assert plan.bound - plan.value <= 0.01 * plan.bound


def test_an_earmark_limits_its_offers_alone() -> None:
    values = np.array([[9.0, 4.0], [8.0, 4.0], [7.0, np.nan]])
    costs = np.array([2.0, 1.0])
    mark = Earmark(np.array([True, False]), 4.0)
    plan = plan_contacts(
        values, costs, [0, 0], budget=100.0, capacities=np.array([9]), earmarks=[mark]
    )
    # Two of the first offer fit: 9 or 8 with 7, and the other takes the second for 4.
    assert plan.value == pytest.approx(9 + 7 + 4)
    assert plan.earmarked.tolist() == [4.0]
    assert plan.earmark_prices[0] > 0
    free = plan_contacts(values, costs, [0, 0], budget=100.0, capacities=np.array([9]))
    assert free.value == pytest.approx(24)
    assert free.earmarked.tolist() == []


def test_the_price_of_the_budget_is_what_more_of_it_brings() -> None:
    rng = np.random.default_rng(6)
    values = rng.uniform(1, 20, (300, 2)).round(2)
    costs, caps = np.array([2.0, 5.0]), np.array([1000, 1000])
    less, more = (
        plan_contacts(values, costs, [0, 1], budget=budget, capacities=caps)
        for budget in (300.0, 310.0)
    )
    assert less.budget_price == pytest.approx((more.bound - less.bound) / 10, rel=0.05)
    ample = plan_contacts(values, costs, [0, 1], budget=1e6, capacities=caps)
    assert ample.budget_price == 0
    assert (ample.capacity_prices == 0).all()


def test_nothing_worth_its_cost_makes_no_contact() -> None:
    plan = plan_contacts(
        np.array([[-1.0, np.nan], [0.0, -3.0]]),
        np.array([1.0, 1.0]),
        [0, 1],
        budget=10.0,
        capacities=np.array([5, 5]),
    )
    assert plan.offer.tolist() == [-1, -1]
    assert (plan.value, plan.spent, plan.budget_price) == (0.0, 0.0, 0.0)
    empty = plan_contacts(
        np.empty((0, 2)), np.array([1.0, 1.0]), [0, 1], budget=10.0, capacities=np.array([5, 5])
    )
    assert empty.offer.size == 0


def test_without_offers_or_budget_there_is_no_plan() -> None:
    nothing = plan_contacts(np.empty((3, 0)), np.empty(0), [], budget=10.0, capacities=np.empty(0))
    assert nothing.offer.tolist() == [-1, -1, -1]
    poor = plan_contacts(
        np.array([[5.0]]), np.array([1.0]), [0], budget=0.0, capacities=np.array([1])
    )
    assert poor.offer.tolist() == [-1]
