"""Optimal binning of a feature and the weight of evidence of its bins.

A numeric feature is cut into fine bins by quantiles, which are then merged so that the information
value is the largest among all partitions whose default rate only rises or only falls. Because there
are few fine bins, the best partition is found exactly, by dynamic programming over the last bin; a
solver of integer programs, which general tools for binning bring along, is not needed. Levels of
text are ordered by their default rate and merged in the same way.

Belongs here: bins of one feature, learned from values and outcomes. Does not belong here: which
features are binned and how they become a matrix (`finplatform.ml.weight_of_evidence`), regression.

Weight of evidence of a bin is `log(share of all events / share of all others)` (Good 1950; Siddiqi,
"Credit Risk Scorecards", 2006, ch. 6), so that more means more risk. Counts are smoothed by half an
event and half another in each bin, which keeps it finite. Information value is
`sum((share of events - share of others) * weight of evidence)`, Jeffreys' divergence.
"""

from dataclasses import dataclass
from math import log

import numpy as np

_SMOOTHING = 0.5


@dataclass(frozen=True)
class BinningSettings:
    """Knobs of the partition.

    Attributes:
        fine_bins: Quantile bins that are merged; more cost time with their cube.
        min_share: Smallest share of the rows that have a value in a bin.
        min_events: Fewest events, and fewest others, in a bin.
        max_bins: Most bins of a feature, the one of missing values apart.
    """

    fine_bins: int = 20
    min_share: float = 0.05
    min_events: int = 3
    max_bins: int = 6


DEFAULT_BINNING = BinningSettings()


@dataclass(frozen=True)
class NumericBins:
    """Bins of a number; bin i holds values above `edges[i - 1]` up to and including `edges[i]`.

    Attributes:
        name: Feature.
        edges: Ascending, one fewer than bins.
        evidence: Weight of evidence per bin.
        missing: Weight of evidence of a missing value.
        information_value: Of the partition, the missing among it.
    """

    name: str
    edges: tuple[float, ...]
    evidence: tuple[float, ...]
    missing: float
    information_value: float

    @property
    def is_telling(self) -> bool:
        """Whether there is more than one weight of evidence."""
        return bool(self.edges) or self.missing != 0.0

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Weight of evidence of values, NaN being missing, shape as given."""
        position = np.searchsorted(np.array(self.edges), values, side="left")
        evidence = np.array(self.evidence)[np.minimum(position, len(self.evidence) - 1)]
        return np.where(np.isnan(values), self.missing, evidence)

    def label(self, value: float) -> str:
        """The bin of a value in words."""
        if np.isnan(value):
            return "missing"
        position = int(np.searchsorted(np.array(self.edges), value, side="left"))
        low = f"above {self.edges[position - 1]:.4g}" if position else ""
        high = f"up to {self.edges[position]:.4g}" if position < len(self.edges) else ""
        return " and ".join(part for part in (low, high) if part) or "any value"


@dataclass(frozen=True)
class CategoryBins:
    """Groups of the codes 0, 1, ... of a text's levels.

    Attributes:
        name: Feature.
        groups: Group of each code.
        evidence: Weight of evidence per group.
        missing: Weight of evidence of a code that is none of them.
        information_value: Of the partition.
    """

    name: str
    groups: tuple[int, ...]
    evidence: tuple[float, ...]
    missing: float
    information_value: float

    @property
    def is_telling(self) -> bool:
        """Whether there is more than one weight of evidence."""
        return len(self.evidence) > 1

    def apply(self, codes: np.ndarray) -> np.ndarray:
        """Weight of evidence of codes, shape as given."""
        position = np.nan_to_num(codes, nan=-1.0).astype(int)
        is_known = (position >= 0) & (position < len(self.groups))
        group = np.array(self.groups)[np.where(is_known, position, 0)]
        return np.where(is_known, np.array(self.evidence)[group], self.missing)


def bin_numbers(
    name: str,
    values: np.ndarray,
    outcome: np.ndarray,
    settings: BinningSettings = DEFAULT_BINNING,
    sign: int = 0,
) -> NumericBins:
    """Best monotone bins of a number.

    Args:
        name: Feature.
        values: Shape (rows,); NaN is missing.
        outcome: 0 or 1, shape (rows,), both occurring.
        settings: Knobs.
        sign: 1 where the rate may only rise, -1 where it may only fall, 0 where the rows decide.
    """
    is_missing = np.isnan(values)
    known, event = values[~is_missing], outcome[~is_missing]
    if known.size == 0:
        return NumericBins(name, (), (0.0,), 0.0, 0.0)
    edges = _fine_edges(known, settings.fine_bins)
    fine = np.searchsorted(edges, known, side="left")
    counts = _counts(fine, event, edges.size + 1)
    cuts = best_partition(counts, known.size, settings, sign)
    merged = np.add.reduceat(counts, [0, *cuts], axis=0)
    absent = _counts(np.zeros(int(is_missing.sum()), dtype=int), outcome[is_missing], 1)
    # Too few missing rows: their weight of evidence is 0.
    has_absent = bool(absent.min() >= settings.min_events)
    evidence, value = _evidence(np.vstack([merged, absent]) if has_absent else merged)
    return NumericBins(
        name,
        tuple(float(edges[cut - 1]) for cut in cuts),
        tuple(evidence[: len(merged)].tolist()),
        float(evidence[-1]) if has_absent else 0.0,
        value,
    )


def bin_levels(
    name: str,
    codes: np.ndarray,
    outcome: np.ndarray,
    levels: int,
    settings: BinningSettings = DEFAULT_BINNING,
) -> CategoryBins:
    """Best groups of levels, neighbours in default rate being merged.

    Args:
        name: Feature.
        codes: 0 to `levels - 1`, shape (rows,).
        outcome: 0 or 1, shape (rows,), both occurring.
        levels: Number of levels, at least 1.
        settings: Knobs.
    """
    counts = _counts(codes.astype(int), outcome, levels)
    rate = outcome.mean()
    # A rare level's own rate is mostly chance: shrunk towards the overall rate before ordering.
    shrunk = (counts[:, 0] + 5 * rate) / (counts.sum(axis=1) + 5)
    order = np.argsort(shrunk, kind="stable")
    cuts = best_partition(counts[order], codes.size, settings)
    evidence, value = _evidence(np.add.reduceat(counts[order], [0, *cuts], axis=0))
    groups = np.empty(levels, dtype=int)
    groups[order] = np.searchsorted(np.array(cuts), np.arange(levels), side="right")
    return CategoryBins(name, tuple(groups.tolist()), tuple(evidence.tolist()), 0.0, value)


def best_partition(
    counts: np.ndarray, rows: int, settings: BinningSettings = DEFAULT_BINNING, sign: int = 0
) -> tuple[int, ...]:
    """Cuts of the fine bins with the largest information value and a monotone rate.

    Args:
        counts: Events and others per fine bin, shape (fine bins, 2).
        rows: Rows that a bin's share is taken of.
        settings: Knobs.
        sign: 1 or -1 where only one direction is allowed, else 0.

    Returns:
        First fine bins of the second and later bins, ascending; none when one bin is best, or
        the only one allowed.
    """
    best: tuple[float, tuple[int, ...]] = (0.0, ())
    for direction in (float(sign),) if sign else (1.0, -1.0):
        found = _best_rising(counts, rows, direction, settings)
        best = max(best, found, key=lambda option: option[0])
    return best[1]


def information_value(counts: np.ndarray) -> float:
    """Jeffreys' divergence of events and others over bins, shape (bins, 2), smoothed."""
    return _evidence(counts)[1]


def _best_rising(
    counts: np.ndarray, rows: int, sign: float, settings: BinningSettings
) -> tuple[float, tuple[int, ...]]:
    """Best partition whose rate times `sign` rises, by the best end of each possible last bin."""
    segments = _allowed_segments(counts, rows, settings)
    # (first, after last) of the last bin -> by number of bins: value and the cuts that lead there
    found: dict[tuple[int, int], dict[int, tuple[float, tuple[int, ...]]]] = {}
    shorter: dict[int, list[tuple[int, float]]] = {}
    for (start, end), (value, rate) in segments.items():
        if start == 0:
            found[start, end] = {1: (value, ())}
        else:
            options: dict[int, tuple[float, tuple[int, ...]]] = {}
            for before, rate_before in shorter.get(start, ()):
                if sign * rate_before >= sign * rate:
                    continue
                for bins, (sum_before, cuts) in found[before, start].items():
                    option = (sum_before + value, (*cuts, start))
                    if bins < settings.max_bins and option > options.get(bins + 1, (-1.0, ())):
                        options[bins + 1] = option
            if not options:
                continue
            found[start, end] = options
        shorter.setdefault(end, []).append((start, rate))
    ends = [
        option for (_, end), by in found.items() if end == len(counts) for option in by.values()
    ]
    return max(ends, default=(0.0, ()))


def _allowed_segments(
    counts: np.ndarray, rows: int, settings: BinningSettings
) -> dict[tuple[int, int], tuple[float, float]]:
    """Share of the information value and rate of each bin that may be, by its ends.

    Plain numbers: the search visits each some hundred times, for which NumPy's are slow.
    """
    sums = [(0.0, 0.0), *((float(e), float(o)) for e, o in np.cumsum(counts, axis=0))]
    all_events, all_others = (total + _SMOOTHING for total in sums[-1])
    least_rows, least = settings.min_share * rows, settings.min_events
    segments = {}
    for end in range(1, len(sums)):
        for start in range(end):
            events, others = sums[end][0] - sums[start][0], sums[end][1] - sums[start][1]
            if events < least or others < least or events + others < least_rows:
                continue
            event_share = (events + _SMOOTHING) / all_events
            other_share = (others + _SMOOTHING) / all_others
            value = (event_share - other_share) * log(event_share / other_share)
            segments[start, end] = (value, events / (events + others))
    return segments


def _evidence(counts: np.ndarray) -> tuple[np.ndarray, float]:
    """Weight of evidence per bin, shape (bins,), and the information value."""
    share = (counts + _SMOOTHING) / (counts.sum(axis=0) + _SMOOTHING)
    evidence = np.log(share[:, 0] / share[:, 1])
    return evidence, float(((share[:, 0] - share[:, 1]) * evidence).sum())


def _counts(bins: np.ndarray, outcome: np.ndarray, size: int) -> np.ndarray:
    """Events and others per bin, shape (bins, 2)."""
    events = np.bincount(bins, weights=outcome, minlength=size)
    return np.column_stack([events, np.bincount(bins, minlength=size) - events])


def _fine_edges(known: np.ndarray, bins: int) -> np.ndarray:
    """Distinct quantiles that are values; the last bin is never empty."""
    shares = np.arange(1, bins) / bins
    edges = np.unique(np.quantile(known, shares, method="inverted_cdf"))
    return edges[edges < known.max()]
