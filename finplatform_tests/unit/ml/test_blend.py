"""The average of a regression and trees."""

import numpy as np
import pytest

from finplatform.errors import FinplatformError
from finplatform.ml.blend import Blend
from finplatform.ml.boosting import Boosting
from finplatform.ml.dataset import Dataset
from finplatform.ml.families import Logistic
from finplatform.ml.selection import cross_validate, outcome_of
from finplatform.ml.spec import DEFAULT
from finplatform.ml.tree_lattice import Lattice, Shape

TREES = Boosting(Lattice(Shape(4), (4,), (20,), (0.3,), trees=(8, 12), first_trees=(8,)), DEFAULT)
FAMILY = Blend(Logistic({"30": 30.0, "3": 3.0}, DEFAULT, 0.0), TREES)


def test_log_odds_are_the_mean_of_both_parts(small_dataset: Dataset) -> None:
    rows, outcome = small_dataset.train, outcome_of(small_dataset.train)
    predicted = FAMILY.fit_and_predict(rows, outcome, small_dataset.test, FAMILY.settings)
    assert len(predicted) == len(FAMILY.settings) == 2
    for setting, log_odds in predicted.items():
        fit = FAMILY.fit(rows, outcome, setting)
        both = [part.log_odds(small_dataset.test) for part in (fit.linear, fit.trees)]
        assert fit.log_odds(small_dataset.test) == pytest.approx(np.mean(both, axis=0))
        assert fit.log_odds(small_dataset.test) == pytest.approx(log_odds, abs=1e-6)


def test_neighbours_of_a_setting_are_other_trees_with_the_same_penalty() -> None:
    neighbours = FAMILY.neighbours(FAMILY.settings[0])
    assert all(name.startswith("30 + ") for name in neighbours)
    assert any(name.startswith("30 + 12 trees") for name in neighbours)


def test_both_parts_must_see_the_same_values() -> None:
    with pytest.raises(FinplatformError, match="clips"):
        Blend(Logistic({"3": 3.0}, DEFAULT, 0.01), TREES)


def test_each_part_is_chosen_by_itself(small_dataset: Dataset) -> None:
    options: dict[str, int] = {"blocks": 2, "groups": 2, "seed": 1}
    linear, trees = (
        cross_validate(small_dataset.train, part, **options)
        for part in (FAMILY.linear, FAMILY.trees)
    )
    joined = FAMILY.joined(linear, trees)
    assert joined.setting == f"{linear.setting} + {trees.setting}"
    assert joined.log_odds == pytest.approx((linear.log_odds + trees.log_odds) / 2)
    assert np.array_equal(joined.outcome, trees.outcome)
    FAMILY.fit(small_dataset.train, outcome_of(small_dataset.train), joined.setting)
