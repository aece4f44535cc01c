"""LGD and CCF per segment, estimated from the bank's own defaults, with fallbacks and floors.

Averages of realised figures, their intervals, the downturn, the best estimate for exposures in
default, floors and fallbacks. Realised figures are in `realised_loss`; `estimates` chooses the
parameters that capital uses.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from finplatform.risk.components import lgd_floor, own_conversion_factor
from finplatform.risk.exposure_class import ExposureClass
from finplatform.risk.loss_given_default import EXPERT_LGD
from finplatform.risk.off_balance import OffBalanceKind, conversion_factor
from finplatform.risk.realised_loss import realised_conversions, realised_losses, remaining_losses
from finplatform.risk.rules import rule
from finplatform.sums import ordered_mean

MIN_DEFAULTS = 20
"""Finished workouts, or defaulted lines, from which a mean is taken for an estimate."""

MIN_YEARS, MIN_YEARS_CORPORATE = 5, 7
"""Fewest years of defaults of an estimate (CRE36.88, CRE36.87); with fewer, no downturn is
estimated from the data."""

DOWNTURN_ADD_ON, MOST_LGD = 0.15, 1.05
"""Add-on where the data show no downturn, the minimum of EBA/GL/2019/03 (type-3 approach), and the
bank's own limit on the sum; the LGD used is at most 1."""

MONTHS_IN_DEFAULT = (0, 6, 12)
"""Months since default at which remaining losses are estimated."""

REPLICATES = 2_000

LGD, DOWNTURN, BEST_ESTIMATE, CONVERSION = "LGD", "LGD_DOWNTURN", "LGD_BEST_ESTIMATE", "CCF"

MEAN, WORST_YEAR, ADD_ON = "MEAN_OF_DEFAULTS", "WORST_YEAR", "ADD_ON"
OWN_METHODS = (MEAN, WORST_YEAR, ADD_ON)
"""Methods of estimates from enough defaults."""

MEAN_OF_FEW, FALLBACK, PROVISION = "MEAN_OF_FEW", "FALLBACK", "SPECIFIC_PROVISION"
METHODS = (*OWN_METHODS, MEAN_OF_FEW, FALLBACK, PROVISION)
"""All methods: also, with too few defaults, their mean where it is above the fallback, the fallback
itself, or the specific provision of the exposure (CRE36.86)."""
TOO_FEW_DEFAULTS = "TOO_FEW_DEFAULTS"

_SCHEMA: dict[str, Any] = {
    "segment": pl.String,
    "parameter": pl.String,
    "months_in_default": pl.Int16,
    "as_of_date": pl.Date,
    "exposure_class": pl.String,
    "defaults": pl.Int64,
    "open_defaults": pl.Int64,
    "estimate": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "floor_value": pl.Float64,
    "fallback_value": pl.Float64,
    "used_value": pl.Float64,
    "method": pl.String,
    "fallback_reason": pl.String,
}


def loss_parameters(
    segments: pl.DataFrame,
    defaults: pl.DataFrame,
    recoveries: pl.DataFrame,
    lines: pl.DataFrame,
    *,
    as_of: date,
    seed: int,
    rules_as_of: date | None = None,
) -> pl.DataFrame:
    """Parameters of every segment, from the data known on a day.

    Only finished workouts are averaged, since an open one may still recover. Open ones are counted.

    Args:
        segments: `segment`, `exposure_class`, `is_line` (credit lines have a CCF as well).
        defaults: As for `realised_loss.realised_losses`, none later than `as_of`.
        recoveries: As there.
        lines: As for `realised_loss.realised_conversions`.
        as_of: Day up to which everything is known.
        seed: Seed of the bootstrap.
        rules_as_of: Date of the rules; default: `as_of`.

    Returns:
        The columns of `gold.loss_parameters`, in the order of segment and parameter.
    """
    losses = realised_losses(defaults, recoveries)
    closed = losses.filter(pl.col("closed_date").is_not_null())
    remaining = {
        months: closed if months == 0 else remaining_losses(defaults, recoveries, months)
        for months in MONTHS_IN_DEFAULT
    }
    conversions = realised_conversions(lines)
    rows = [
        {"as_of_date": as_of, **row}
        for segment in segments.sort("segment").iter_rows(named=True)
        for row in _of_segment(
            segment, losses, closed, remaining, conversions, rules_as_of or as_of, seed
        )
    ]
    return pl.DataFrame(rows, schema=_SCHEMA)


def _of_segment(
    segment: dict[str, Any],
    losses: pl.DataFrame,
    closed: pl.DataFrame,
    remaining: dict[int, pl.DataFrame],
    conversions: pl.DataFrame,
    as_of: date,
    seed: int,
) -> Iterator[dict[str, Any]]:
    """Rows of one segment; a segment is a product, so that they are few."""
    name = pl.col("segment") == segment["segment"]
    own = closed.filter(name)
    still_open = losses.filter(name).height - own.height
    expert = fallback_lgd(segment["exposure_class"], as_of)
    floor = float(lgd_floor(segment["exposure_class"], as_of=as_of))
    is_corporate = segment["exposure_class"] == ExposureClass.CORPORATE
    shared = {
        "segment": segment["segment"],
        "exposure_class": segment["exposure_class"],
        "open_defaults": still_open,
    }
    realised = own["loss_given_default"].to_numpy()
    # The foundation LGD of a corporate is supervisory: few defaults do not change it.
    row = estimated(realised, expert, floor, seed=seed, is_fixed=is_corporate)
    average = {**shared, **row, "parameter": LGD}
    yield average
    yield {**shared, **_downturn(average, own, expert, floor), "parameter": DOWNTURN}
    for months, part in remaining.items():
        left = part.filter(name)["loss_given_default"].to_numpy()
        # No floor: it is a forecast of loss, against which provisions are compared (CRE35).
        row = estimated(left, expert, 0.0, seed=seed, is_fixed=is_corporate)
        # Under the foundation approach the loss is the supervisory LGD (CRE35.3).
        if row["method"] not in OWN_METHODS and not (
            is_corporate and average["method"] == FALLBACK
        ):
            row |= {"fallback_value": None, "used_value": None, "method": PROVISION}
        yield {**shared, **row, "parameter": BEST_ESTIMATE, "months_in_default": months}
    if segment["is_line"]:
        drawn = conversions.filter(name)["conversion"].to_numpy()
        yield {**shared, **_conversion(drawn, as_of, seed), "parameter": CONVERSION}


def estimated(
    realised: np.ndarray, fallback: float, floor: float, *, seed: int, is_fixed: bool = False
) -> dict[str, Any]:
    """Mean over defaults, each counting the same (CRE36.83), its interval, and what is used.

    Args:
        realised: Figures of finished defaults, shape (defaults,).
        fallback: Used where there are fewer than `MIN_DEFAULTS`, unless their mean is worse.
        floor: Lowest value that may be used.
        seed: Seed of the bootstrap.
        is_fixed: Whether the fallback is used even where that mean is worse.

    Returns:
        Columns of a row; the interval is the 95% percentile interval of resampled defaults.
    """
    count = len(realised)
    mean = float(realised.mean()) if count else None
    lower = upper = None
    if count >= 2:
        drawn = np.random.default_rng(seed).integers(count, size=(REPLICATES, count))
        lower, upper = (float(v) for v in np.percentile(realised[drawn].mean(axis=1), [2.5, 97.5]))
    # With few observations do not go below the expert estimate.
    if mean is not None and count >= MIN_DEFAULTS:
        value, method = mean, MEAN
    elif mean is not None and mean > fallback and not is_fixed:
        value, method = mean, MEAN_OF_FEW
    else:
        value, method = fallback, FALLBACK
    return {
        "months_in_default": 0,
        "defaults": count,
        "estimate": mean,
        "lower": lower,
        "upper": upper,
        "floor_value": floor,
        "fallback_value": fallback,
        "used_value": float(min(max(value, floor), 1.0)),
        "method": method,
        "fallback_reason": None if method == MEAN else TOO_FEW_DEFAULTS,
    }


def _downturn(
    average: dict[str, Any], own: pl.DataFrame, expert: float, floor: float
) -> dict[str, Any]:
    """LGD of bad times (CRE36.83): the worst year's mean, or more where years are too few.

    The expert figures are those of bad times already, so that nothing is added to a fallback.
    """
    if average["method"] not in OWN_METHODS:
        return {**average, "floor_value": floor, "fallback_value": expert}
    years = (
        own.group_by(pl.col("default_date").dt.year().alias("year"), maintain_order=True)
        .agg(pl.len().alias("count"), ordered_mean(pl.col("loss_given_default")).alias("mean"))
        .sort("year")
    )
    is_corporate = average["exposure_class"] == ExposureClass.CORPORATE
    if years.height >= (MIN_YEARS_CORPORATE if is_corporate else MIN_YEARS):
        enough = years.filter(pl.col("count") >= MIN_DEFAULTS)
        worst = enough["mean"].max() if enough.height else None
        shift = max(float(worst) - average["estimate"], 0.0) if isinstance(worst, float) else 0.0
        method = WORST_YEAR
    else:
        shift, method = DOWNTURN_ADD_ON, ADD_ON
    moved = {name: min(average[name] + shift, MOST_LGD) for name in ("estimate", "lower", "upper")}
    used = float(min(max(moved["estimate"], floor), 1.0))
    return {**average, **moved, "used_value": used, "method": method}


def _conversion(drawn: np.ndarray, as_of: date, seed: int) -> dict[str, Any]:
    """CCF of lines that can be cancelled at any time, at least half the standardised one."""
    standardised = conversion_factor(OffBalanceKind.UNCONDITIONALLY_CANCELLABLE, as_of=as_of)
    floor = standardised * rule("CRE32.36:own_conversion_floor", as_of).value
    row = estimated(drawn, standardised, floor, seed=seed, is_fixed=True)
    if row["method"] == FALLBACK:
        return row
    used = float(own_conversion_factor(row["estimate"], standardised, as_of=as_of))
    return {**row, "used_value": used}


def fallback_lgd(exposure_class: str, as_of: date) -> float:
    """Expert LGD of a class; of a corporate, the foundation LGD (CRE32.6)."""
    expert = EXPERT_LGD.get(ExposureClass(exposure_class))
    return rule("CRE32.6:foundation_lgd", as_of).part("corporate") if expert is None else expert
