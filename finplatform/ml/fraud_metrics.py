"""How well scores find rare events: precision, recall, and what alerts save and cost.

Accuracy and even the area under the ROC curve flatter when one payment in a thousand is a fraud, so
so precision and recall are reported.
"""

from collections.abc import Mapping

import numpy as np

FEW = 0.005
"""Share of payments that investigators could look at, for a comparison at equal work."""


def average_precision(outcome: np.ndarray, score: np.ndarray, weight: np.ndarray) -> float:
    """Area under the curve of precision over recall, in steps; ties count as one alert.

    Args:
        outcome: 0 or 1, at least one 1, shape (rows,).
        score: Higher is more suspect, shape (rows,).
        weight: Rows that each stands for, shape (rows,).
    """
    _, caught, alerts = _curve(outcome, score, weight)
    gained = np.diff(caught, prepend=0.0) / caught[-1]
    return float(np.sum(gained * caught / alerts))


def cheapest_threshold(
    score: np.ndarray,
    outcome: np.ndarray,
    amount: np.ndarray,
    weight: np.ndarray,
    review_cost: float,
) -> float:
    """Score from which an alert pays: reviews and missed frauds together cost least.

    A missed fraud costs its amount, a review what it costs. Where no alert pays, a score above all.
    """
    levels, _, alerts = _curve(outcome, score, weight)
    _, saved, _ = _curve(outcome * amount, score, weight)
    gain = saved - review_cost * alerts
    best = int(np.argmax(gain))
    return float(levels[best]) if gain[best] > 0 else float(np.nextafter(levels[0], np.inf))


def at_threshold(
    score: np.ndarray,
    outcome: np.ndarray,
    amount: np.ndarray,
    weight: np.ndarray,
    *,
    threshold: float,
    review_cost: float,
) -> dict[str, float]:
    """Precision, recall by number and by amount, and costs, with alerts from a score on."""
    is_alert = score >= threshold
    alerts, frauds = float(weight[is_alert].sum()), float(weight @ outcome)
    caught = float(weight[is_alert] @ outcome[is_alert])
    at_stake = weight * outcome * amount
    saved = float(at_stake[is_alert].sum())
    return {
        "alerts": alerts,
        "precision": caught / alerts if alerts else 0.0,
        "recall": caught / frauds if frauds else 0.0,
        "recall_of_amount": saved / float(at_stake.sum()) if at_stake.any() else 0.0,
        "cost": float(at_stake.sum()) - saved + review_cost * alerts,
        "cost_without_alerts": float(at_stake.sum()),
    }


def evaluate(
    scores: Mapping[str, np.ndarray],
    outcome: np.ndarray,
    amount: np.ndarray,
    weight: np.ndarray,
    *,
    threshold: float,
    review_cost: float,
) -> dict[str, float]:
    """Figures of one sample.

    Args:
        scores: `chance` and any others to compare it with, by name.
        outcome: 0 or 1, both occurring, shape (rows,).
        amount: Of each payment.
        weight: Rows that each stands for.
        threshold: Chance from which an alert is raised.
        review_cost: Cost of an alert.

    Returns:
        `at_threshold` of the chance; of every score `average_precision_<name>` and
        `recall_at_half_percent_<name>`; `mean_chance` and `observed_rate`.
    """
    figures = at_threshold(
        scores["chance"], outcome, amount, weight, threshold=threshold, review_cost=review_cost
    )
    for name, score in scores.items():
        figures[f"average_precision_{name}"] = average_precision(outcome, score, weight)
        figures[f"recall_at_half_percent_{name}"] = recall_at(outcome, score, weight, FEW)
    total = float(weight.sum())
    figures["threshold"] = threshold
    figures["rows"] = float(len(outcome))
    figures["frauds"] = float(weight @ outcome)
    figures["mean_chance"] = float(weight @ scores["chance"]) / total
    figures["observed_rate"] = float(weight @ outcome) / total
    return figures


def recall_at(outcome: np.ndarray, score: np.ndarray, weight: np.ndarray, share: float) -> float:
    """Share of frauds among the most suspect rows; a tie at the edge counts in part.

    Arguments as for `average_precision`, and the share of rows that are looked at.
    """
    _, caught, alerts = _curve(outcome, score, weight)
    wanted = share * alerts[-1]
    edges, found = np.r_[0.0, alerts], np.r_[0.0, caught]
    return float(np.interp(wanted, edges, found) / caught[-1])


def _curve(
    value: np.ndarray, score: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct scores from the highest on, value caught and rows alerted from each."""
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    last = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True])
    caught = np.cumsum((weight * value)[order])[last]
    return ranked[last], caught, np.cumsum(weight[order])[last]
