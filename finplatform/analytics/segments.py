"""Segments of customers found in the data: k-means with the number of segments that fits best.

Belongs here: preparing features, choosing and fitting segments, and how far off a customer is. Does
not belong here: which features, and what a segment is called.

References: MacQueen (1967) and Arthur and Vassilvitskii (2007) for k-means and its starts;
Rousseeuw, Journal of Computational and Applied Mathematics 20 (1987), 53-65, for the silhouette;
Ledoit and Wolf, Journal of Multivariate Analysis 88 (2004), 365-411, for the covariance.
"""

from dataclasses import dataclass

import numpy as np

from finplatform.ml.threads import one_thread

LEAST_CUSTOMERS = 50
"""Fewer customers are one segment."""

_SAMPLE = 4000
_CHOICES = range(2, 9)


@dataclass(frozen=True)
class Segments:
    """Segments and how well they are separated.

    Attributes:
        labels: Segment of each customer, 1 is the largest, shape (customers,).
        silhouettes: Mean silhouette by number of segments; empty for too few customers.
        profiles: Mean standardised feature by segment, shape (segments, features).
        outlier_p_values: Chance of a customer as far from the centre of all, if features were
            normal, shape (customers,).
    """

    labels: np.ndarray
    silhouettes: dict[int, float]
    profiles: np.ndarray
    outlier_p_values: np.ndarray


@one_thread()
def find_segments(values: np.ndarray, *, seed: int = 0) -> Segments:
    """Splits customers into the number of segments, 2 to 8, with the highest mean silhouette.

    Features are brought to a mean of 0 and a deviation of 1 and kept within 4 deviations, so that
    no single customer makes a segment. What is missing is the feature's median. Fitting and
    choosing use at most 4,000 customers drawn by `seed`; all are assigned.

    Args:
        values: Features, shape (customers, features); NaN where unknown.
        seed: Decides draws and starts, so that equal data give equal segments.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    design = standardise(values)
    if len(design) < LEAST_CUSTOMERS or len(np.unique(design, axis=0)) <= max(_CHOICES):
        labels = np.ones(len(design), dtype=np.int64)
        means = design.mean(axis=0, keepdims=True) if len(design) else design[:0]
        return Segments(labels, {}, means, _outlier_p_values(design))
    rng = np.random.default_rng(seed)
    size = min(_SAMPLE, len(design))
    sample = design[np.sort(rng.choice(len(design), size, replace=False))]
    fitted = {count: KMeans(count, n_init=4, random_state=seed).fit(sample) for count in _CHOICES}
    silhouettes = {
        count: float(
            silhouette_score(sample, model.labels_, sample_size=min(1000, size), random_state=seed)
        )
        for count, model in fitted.items()
    }
    best = max(silhouettes, key=lambda count: (silhouettes[count], -count))
    labels = _largest_first(fitted[best].predict(design))
    profiles = np.vstack([design[labels == label].mean(axis=0) for label in np.unique(labels)])
    return Segments(labels, silhouettes, profiles, _outlier_p_values(design))


def standardise(values: np.ndarray) -> np.ndarray:
    """Features with mean 0 and deviation 1, missing ones filled, kept within 4 deviations.

    Args:
        values: Shape (customers, features); NaN where unknown. A feature without values is 0.
    """
    values = np.asarray(values, dtype=float)
    if len(values) == 0:
        return values
    known = ~np.isnan(values).all(axis=0)
    medians = np.zeros(values.shape[1])
    medians[known] = np.nanmedian(values[:, known], axis=0)
    filled = np.where(np.isnan(values), medians, values)
    spread = filled.std(axis=0)
    return np.asarray(
        np.clip((filled - filled.mean(axis=0)) / np.where(spread > 0, spread, 1.0), -4.0, 4.0)
    )


def _largest_first(labels: np.ndarray) -> np.ndarray:
    """Segments renumbered from 1 by falling size; equal sizes keep their order."""
    found, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    numbers = np.empty(len(found), dtype=np.int64)
    numbers[np.argsort(-counts, kind="stable")] = np.arange(1, len(found) + 1)
    return numbers[inverse]


def _outlier_p_values(design: np.ndarray) -> np.ndarray:
    """Chi-squared tail of the squared Mahalanobis distance, on a shrunk covariance."""
    from scipy.stats import chi2  # type: ignore[import-untyped]
    from sklearn.covariance import LedoitWolf

    if len(design) < LEAST_CUSTOMERS:
        return np.ones(len(design))
    distances = LedoitWolf().fit(design).mahalanobis(design)
    return np.asarray(chi2.sf(distances, design.shape[1]))
