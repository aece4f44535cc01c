"""Stages of impairment: IFRS 9 5.5.3, 5.5.5, 5.5.11 and B5.5.37.

Belongs here: which stage a loan is in, and why. The thresholds of a significant increase are the
bank's own policy; the days past due are the standard's.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from finplatform.risk.arrays import CodeArray, amounts, fractions, refuse
from finplatform.risk.errors import RiskInputError
from finplatform.risk.rules import LATEST, rule
from finplatform.risk.thresholds import settled

REASONS = (
    "credit-impaired",
    "IFRS9.B5.5.37:default_days",
    "IFRS9.5.5.11:backstop_days",
    "watch list",
    "PD has risen",
    "rating has fallen",
    "no significant increase",
)
"""Reasons for a stage, by precedence; positions are codes in arrays."""

_STAGES = np.array([3, 3, 2, 2, 2, 2, 1], dtype=np.int8)


@dataclass(frozen=True)
class StagingPolicy:
    """The bank's criteria of a significant increase in credit risk (IFRS 9 5.5.9).

    Attributes:
        pd_ratio: PD now over PD at origination from which risk has increased, if also `pd_rise` is
            reached, so that a tiny PD that doubles does not count.
        pd_rise: PD now less PD at origination, as a fraction.
        notches: Rating grades lost from which risk has increased.
    """

    pd_ratio: float = 2.0
    pd_rise: float = 0.005
    notches: int = 3

    def __post_init__(self) -> None:
        if self.pd_ratio < 1.0 or self.pd_rise < 0.0 or self.notches < 1:
            raise RiskInputError(
                f"The staging policy has {self}.", "A loan would be worse than at origination."
            )


DEFAULT_POLICY = StagingPolicy()
"""Doubled PD and half a percentage point more, or three grades."""


@dataclass(frozen=True)
class Stages:
    """Stages, and why.

    Attributes:
        stage: 1, 2 or 3.
        reason: Position in `REASONS`.
    """

    stage: CodeArray
    reason: CodeArray


def stages(
    days_past_due: Any,
    pd: Any,
    pd_at_origination: Any,
    *,
    is_impaired: Any = False,
    is_watch_listed: Any = False,
    grade: Any = 0,
    grade_at_origination: Any = 0,
    policy: StagingPolicy = DEFAULT_POLICY,
    as_of: date = LATEST,
) -> Stages:
    """Return the stage of each loan; all inputs broadcast.

    Args:
        days_past_due: Days since the oldest unpaid instalment.
        pd: Point-in-time PD over the remaining life or twelve months, as a fraction.
        pd_at_origination: PD that was expected at origination for the same period.
        is_impaired: True where other evidence shows a credit-impaired loan.
        is_watch_listed: True where the loan is watched closely.
        grade: Rating as a number that grows with risk.
        grade_at_origination: Rating at origination.
        policy: The bank's thresholds.
        as_of: Date of the rules.

    Raises:
        RiskInputError: If days are negative, or a PD or a grade missing or out of range.
        MissingRuleError: If the rules are not known for that date.
    """
    days = settled(amounts("days_past_due", days_past_due))
    now = fractions("pd", pd)
    then = fractions("pd_at_origination", pd_at_origination)
    lost = amounts("grade", grade) - amounts("grade_at_origination", grade_at_origination)
    default = rule("IFRS9.B5.5.37:default_days", as_of).value
    backstop = rule("IFRS9.5.5.11:backstop_days", as_of).value
    conditions = (
        _flags("is_impaired", is_impaired),
        days >= default,
        days > backstop,
        _flags("is_watch_listed", is_watch_listed),
        (settled(now - policy.pd_ratio * then) >= 0.0) & (settled(now - then) >= policy.pd_rise),
        lost >= policy.notches,
    )
    shape = np.broadcast_shapes(*(np.shape(condition) for condition in conditions))
    reason = np.full(shape, len(conditions), dtype=np.int8)
    for position in reversed(range(len(conditions))):
        np.putmask(reason, np.broadcast_to(conditions[position], shape), position)
    return Stages(stage=_STAGES[reason], reason=reason)


def _flags(name: str, values: Any) -> Any:
    flags = np.asarray(values)
    refuse(
        name, np.asarray(flags.dtype != np.bool_).ravel(), "is no boolean", "Give true or false."
    )
    return flags
