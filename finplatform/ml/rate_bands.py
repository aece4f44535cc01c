"""Bands of a predicted chance, and how often the event really happened in each on held-out rows.

The interval of a single probability covers the uncertainty of the coefficients, not the error of a
penalty or a missing feature. The interval of a band covers both: it is counted on held-out rows.

Where a higher band would come out safer, chance has put the counts in the wrong order: it is pooled
with the band below (isotonic regression, Ayer et al. 1955), so that the rate never falls from band
to band. Pooled bands share rate and interval, which are those of all their rows.

Belongs here: learning bands, and looking chances up in them. Does not belong here: models, or which
rows are held out.

The interval is Clopper and Pearson's (1934). It holds the mean true chance of a band's rows at
least at the stated level: for events with unlike chances the number that happen varies less than
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
        `rows` and `events` of its own, and `rate`, `lower` and `upper` of all that it is pooled
        with; `rate` is None without rows.
    """
    apart = np.unique(dates)[::-1][::window_dates]
    is_used = np.isin(dates, apart)
    chance, happened = probability[is_used], outcome[is_used]
    ends = np.quantile(chance, SHARES) if chance.size else np.zeros(len(SHARES))
    band = band_of(chance, ends)
    counts = [
        (int((band == code).sum()), int(happened[band == code].sum())) for code in range(len(BANDS))
    ]
    return [
        {
            "band": name,
            "above": float(ends[code - 1]) if code else 0.0,
            "rows": counts[code][0],
            "events": counts[code][1],
            "rate": events / rows if rows else None,
            **dict(zip(("lower", "upper"), exact_interval(events, rows), strict=True)),
        }
        for code, (name, (rows, events)) in enumerate(
            zip(BANDS, _pooled_rising(counts), strict=True)
        )
    ]


def _pooled_rising(counts: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Rows and events of the pool of each band; one without rows stays alone and parts nothing."""
    pools: list[list[int]] = []
    for place, (rows, _) in enumerate(counts):
        if not rows:
            continue
        pools.append([place])
        while len(pools) > 1 and _is_falling(_sum(counts, pools[-2]), _sum(counts, pools[-1])):
            pools[-2:] = [pools[-2] + pools[-1]]
    pooled = list(counts)
    for pool in pools:
        for place in pool:
            pooled[place] = _sum(counts, pool)
    return pooled


def _sum(counts: Sequence[tuple[int, int]], places: Sequence[int]) -> tuple[int, int]:
    return sum(counts[place][0] for place in places), sum(counts[place][1] for place in places)


def _is_falling(below: tuple[int, int], above: tuple[int, int]) -> bool:
    """Whether the events of the higher band are a smaller share of its rows."""
    return above[1] * below[0] < below[1] * above[0]


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
