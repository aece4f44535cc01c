"""Event studies: how an amount moves around an event, against units that have none.

The effect at a distance from the event is the change since the month before it, of units with the
event less that of units never with one over the same months, averaged over the months in which
events fell. It is the event's effect if both would have moved alike without it; the months before
the event show whether they did. Belongs here: the estimator. Does not belong here: which events
(see `finplatform.analytics.causal_analytics`).

Reference: Callaway and Sant'Anna, Difference-in-differences with multiple time periods (2021), with
never-treated units as the comparison; two-way fixed effects would use the treated as controls.
"""

from dataclasses import dataclass

import numpy as np

from finplatform.ml.causal import LEAST_PER_ARM, Effect, effect_of

BEFORE, AFTER = 3, 3
"""Months before the reference month that test the assumption, and months after the event."""


@dataclass(frozen=True)
class EventStudy:
    """Effect of an event, with a pre-trend check.

    Attributes:
        effect: Mean effect over the month of the event and the `AFTER` months after it.
        path: Effect at -1 - BEFORE, ..., -2, 0, ..., AFTER months from the event.
        errors: Standard errors of the path.
        pre_trend_p_value: Chance of such movements before the event if both groups move alike.
    """

    effect: Effect
    path: np.ndarray
    errors: np.ndarray
    pre_trend_p_value: float


def event_study(
    outcome: np.ndarray, event_month: np.ndarray, *, confidence: float = 0.95
) -> EventStudy | None:
    """Estimate around events that fall in different months.

    Args:
        outcome: One row per unit, one column per month, NaN where it was not observed.
        event_month: Column in which each unit's event fell; -1 for a unit never with one.
        confidence: Share of intervals that hold the true effect.

    Returns:
        The study, or None with fewer than 20 comparable units with and without the event.
    """
    offsets = np.array([*range(-1 - BEFORE, -1), *range(AFTER + 1)])
    influence = np.zeros((len(outcome), offsets.size))
    path, treated, never = np.zeros(offsets.size), 0, np.zeros(len(outcome), dtype=bool)
    months = outcome.shape[1]
    for month in range(1 + BEFORE, months - AFTER):
        change = outcome[:, month + offsets] - outcome[:, [month - 1]]
        seen = np.isfinite(change).all(axis=1)
        with_event, without = seen & (event_month == month), seen & (event_month == -1)
        if not with_event.any() or without.sum() < LEAST_PER_ARM:
            continue
        size = int(with_event.sum())
        means = change[with_event].mean(axis=0), change[without].mean(axis=0)
        path += size * (means[0] - means[1])
        influence[with_event] += change[with_event] - means[0]
        influence[without] -= size * (change[without] - means[1]) / without.sum()
        treated += size
        never |= without
    if treated < LEAST_PER_ARM:
        return None
    # A unit's influence over all months of events together: controls serve in several of them.
    variance = influence.T @ influence / treated**2
    path = path / treated
    before, after = offsets < -1, offsets >= 0
    weights = after / after.sum()
    arms = treated, int(never.sum())
    effect = effect_of(
        float(weights @ path), float(np.sqrt(weights @ variance @ weights)), *arms, confidence
    )
    lead, spread = path[before], variance[np.ix_(before, before)]
    wald = float(lead @ np.linalg.pinv(spread, hermitian=True) @ lead)
    from scipy.special import chdtrc  # type: ignore[import-untyped]

    return EventStudy(effect, path, np.sqrt(np.diag(variance)), float(chdtrc(before.sum(), wald)))
