"""Bands of a predicted chance, and how often the event really happened in each on held-out rows.

The interval of a single chance tells how well the coefficients are known; what a penalty or a
missing feature gets wrong, it does not hold. The interval of a band does: it is counted on rows
that the model has not learned from, whatever the model is.

Belongs here: learning bands, and looking chances up in them. Does not belong here: models, or which
rows are held out.

The interval is Clopper and Pearson's (1934). It holds the mean true chance of a band's rows at
least as often as it says: for events with unlike chances the number that happen varies less than
the binomial law of their mean (Hoeffding 1956).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

BANDS = ("LOW", "MEDIUM", "HIGH")
SHARES = (0.5, 0.9)
"""Shares of the held-out rows below the lower ends of the second and third band."""

LEVEL = 0.95


def learn_rate_bands(
    probability: np.ndarray, outcome: np.ndarray, dates: np.ndarray, *, window_dates: int
) -> list[dict[str, Any]]:
    """Bands by quantiles of the chance, each with its rate and interval.

    An event is seen from every date whose window it falls into. So that each counts once, only
    dates a window apart are taken, back from the last.

    Args:
        probability: Of held-out rows, shape (rows,).
        outcome: 0 or 1, shape (rows,).
        dates: Observation dates, shape (rows,).
        window_dates: Observation dates within the window of an outcome, itself included.

    Returns:
        By band, plain values: `band`, `above` (its rows' chance is above it; 0 for the first),
        `rows`, `events`, `rate`, `lower` and `upper`.
    """
    apart = np.unique(dates)[::-1][::window_dates]
    is_used = np.isin(dates, apart)
    chance, happened = probability[is_used], outcome[is_used]
    ends = np.quantile(chance, SHARES) if chance.size else np.zeros(len(SHARES))
    band = band_of(chance, ends)
    bands = []
    for code, name in enumerate(BANDS):
        rows, events = int((band == code).sum()), int(happened[band == code].sum())
        lower, upper = exact_interval(events, rows)
        bands.append(
            {
                "band": name,
                "above": float(ends[code - 1]) if code else 0.0,
                "rows": rows,
                "events": events,
                "rate": events / rows if rows else None,
                "lower": lower,
                "upper": upper,
            }
        )
    return bands


def band_of(probability: np.ndarray, ends: Sequence[float] | np.ndarray) -> np.ndarray:
    """Position of the band of each chance; one at an end belongs to the band below."""
    return np.searchsorted(np.asarray(ends, dtype=float), probability, side="left")


def look_up(bands: Sequence[Mapping[str, Any]], probability: np.ndarray) -> list[Mapping[str, Any]]:
    """The learned band of each chance."""
    places = band_of(probability, [float(band["above"]) for band in bands[1:]])
    return [bands[place] for place in places]


def exact_interval(events: int, rows: int, level: float = LEVEL) -> tuple[float, float]:
    """Clopper and Pearson's interval of a rate; without rows, anything is possible."""
    from scipy.stats import beta  # type: ignore[import-untyped]

    tail = (1 - level) / 2
    lower = float(beta.ppf(tail, events, rows - events + 1)) if events else 0.0
    upper = float(beta.ppf(1 - tail, events + 1, rows - events)) if events < rows else 1.0
    return lower, upper
