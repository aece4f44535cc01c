"""Risk weights with their rules: the first of several choices whose condition holds.

The modules of the exposure classes define the choices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from finplatform.risk.arrays import CodeArray, FloatArray
from finplatform.risk.rules import Rule

RuleArray = npt.NDArray[np.object_]
"""Rule ids, one for each exposure."""

Facts = dict[str, Any]
"""Inputs of risk weights, one array for each, all of one shape."""


@dataclass(frozen=True)
class Weighed:
    """Weights and their rules.

    Attributes:
        weight: Fractions; 1.0 is 100%.
        rule: Rule id of each weight.
    """

    weight: FloatArray
    rule: RuleArray


Choice = tuple[Any, str, Any]
"""A condition, the rule that holds under it, and its weight: an array or one figure."""


def first_of(choices: Sequence[Choice]) -> Weighed:
    """Return the weight and the rule of the first choice whose condition holds.

    Args:
        choices: At least one; the last must hold wherever no other does.
    """
    conditions = [np.asarray(condition, dtype=np.bool_) for condition, _, _ in choices]
    weights = [np.asarray(weight, dtype=np.float64) for _, _, weight in choices]
    shape = np.broadcast_shapes(*(one.shape for one in (*conditions, *weights)))
    weight, rules = np.full(shape, np.nan), np.full(shape, "", dtype=np.object_)
    for position in reversed(range(len(choices))):
        weight = np.where(conditions[position], weights[position], weight)
        rules = np.where(conditions[position], choices[position][1], rules)
    return Weighed(np.asarray(weight), np.asarray(rules, dtype=np.object_))


def by_step(rated: Rule, step: CodeArray | npt.NDArray[np.int64]) -> FloatArray:
    """The weight of a quality step of 1 to 6; NaN where there is none (0)."""
    return np.array([np.nan, *(rated.part(str(number)) for number in range(1, 7))])[step]
