"""The first choice that holds gives weight and rule."""

import numpy as np

from finplatform.risk.rules import rule
from finplatform.risk.weighing import by_step, first_of


def test_the_first_choice_that_holds_wins_position_by_position() -> None:
    found = first_of(
        [
            (np.array([True, False, False]), "one", 0.1),
            (np.array([True, True, False]), "two", np.array([0.2, 0.3, 0.4])),
            (True, "rest", 1.0),
        ]
    )
    assert found.weight.tolist() == [0.1, 0.3, 1.0]
    assert found.rule.tolist() == ["one", "two", "rest"]


def test_a_step_of_zero_has_no_weight() -> None:
    weights = by_step(rule("CRE20.7:sovereign"), np.arange(7))
    assert np.isnan(weights[0])
    assert weights[1:].tolist() == [0.0, 0.2, 0.5, 1.0, 1.0, 1.5]
