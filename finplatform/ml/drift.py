"""Population stability of scores and features against the training population.

The population stability index of a month is the sum over bins of (a - e) ln(a / e), with e the
share when the model was made and a the share now. Below 0.10 nothing has moved (GREEN), up to 0.25
something has (AMBER), above much has (RED); Siddiqi, "Credit Risk Scorecards", 2006, ch. 9. Of a
few borrowers any index is large by chance: when nothing has moved it is about chi-squared with one
degree less than bins, times 1/n + 1/m (Yurdakul and Naranjo, Journal of Risk Model Validation 14,
2020). A light is other than green only above the 95% point of that.

The economy is one value a country and month and no sample of borrowers: its index would always be
large. It is red or amber when many exposures live in an economy outside the range that training has
seen, which a model can only treat like its nearest end.

The reference is every performing exposure on the model's training dates, whether its outcome
counted or not, so that a kind of exposure which is scored but not learned from is no drift. Bins
are tenths of the reference, levels of text, and the missing.

Belongs here: reference, index and lights. Does not belong here: discrimination and calibration over
time (`finplatform.ml.monitoring`).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from finplatform.ml.event_model import EventModel
from finplatform.ml.fingerprint import canonical_json, sha256
from finplatform.ml.monitoring import population_stability
from finplatform.ml.preparation import MISSING_LEVEL, finite
from finplatform.ml.scoring import pd_of
from finplatform.ml.spec import DEFAULT, ECONOMY, OBSERVED

SCORE = "probability_default"
"""Name of the score among the features."""

AMBER, RED = 0.10, 0.25
OUTSIDE_AMBER, OUTSIDE_RED = 0.10, 0.50
LIGHTS = ("GREEN", "AMBER", "RED")
KINDS = ("SCORE", "FEATURE", "ECONOMY")
CONFIDENCE = 0.95
_TENTHS = 10
_FACT = "distributions"

SCHEMA = pl.Schema(
    {
        "observation_date": pl.Date,
        "date_key": pl.Int32,
        "feature": pl.String,
        "kind": pl.String,
        "bins": pl.Int16,
        "reference_rows": pl.Int64,
        "reference_exposures": pl.Int64,
        "exposures": pl.Int64,
        "stability_index": pl.Float64,
        "chance_level": pl.Float64,
        "traffic_light": pl.String,
        "outside_rate": pl.Float64,
        "missing_rate": pl.Float64,
        "reference_missing_rate": pl.Float64,
        "model_version": pl.String,
    }
)
"""Columns of `gold.pd_feature_drift`."""


def with_reference(model: EventModel, features: pl.DataFrame) -> EventModel:
    """The model with the distributions of its score and features on its training dates.

    Args:
        model: Of default.
        features: Rows of `gold.credit_features`, those of the training dates among them.
    """
    first, last = (date.fromisoformat(model.facts["data"][at]) for at in ("train_from", "train_to"))
    rows = features.filter(pl.col(OBSERVED).is_between(first, last) & ~pl.col("is_defaulted"))
    values = rows.with_columns(pl.Series(SCORE, pd_of(model.log_odds(rows)), dtype=pl.Float64))
    kept = {
        "rows": rows.height,
        "exposures": rows[DEFAULT.unit].n_unique(),
        "features": {
            name: _distribution(values[name], is_number)
            for name, is_number in _watched(model).items()
            if name in values.columns
        },
    }
    # Part of the version: the same model with another reference has another version.
    data = {**model.facts["data"], "reference_fingerprint": sha256(canonical_json(kept))}
    return replace(model, facts={**model.facts, "data": data, _FACT: kept})


def feature_drift(model: EventModel, features: pl.DataFrame, pd: np.ndarray) -> pl.DataFrame:
    """Index and light of the score and of each feature, per month-end.

    Args:
        model: From `with_reference`; a model without reference has no rows.
        features: Performing exposures of whole month-ends.
        pd: Their PDs, shape (rows,).

    Returns:
        Columns of `SCHEMA`, by date and feature, the score first.
    """
    from scipy.stats import chi2  # type: ignore[import-untyped]

    reference: Mapping[str, Any] | None = model.facts.get(_FACT)
    if reference is None or features.is_empty():
        return SCHEMA.to_frame()
    table = features.with_columns(pl.Series(SCORE, pd, dtype=pl.Float64))
    # NumPy's own order of dates; a group-by of Polars would not keep one.
    dates, member = np.unique(table[OBSERVED].to_numpy(), return_inverse=True)
    rows = np.bincount(member)
    found = []
    for name, profile in reference["features"].items():
        expected = np.array(profile["counts"], dtype=float)
        values = table[name] if name in table.columns else pl.Series(name, [None] * table.height)
        cells = member * expected.size + _codes(values, profile)
        counts = np.bincount(cells, minlength=dates.size * expected.size).reshape(dates.size, -1)
        freedom = max(int((expected > 0).sum()) - 1, 1)
        noise = 1 / max(reference["exposures"], 1) + 1 / rows
        months = pl.DataFrame(
            {
                "observation_date": dates,
                "exposures": rows,
                "stability_index": [population_stability(expected, now) for now in counts],
                "chance_level": float(chi2.ppf(CONFIDENCE, freedom)) * noise,
                "outside_rate": np.bincount(member, weights=_is_outside(values, profile)) / rows,
                "missing_rate": counts[:, -1] / rows,
            }
        )
        kind = KINDS[0] if name == SCORE else KINDS[2 if name in ECONOMY else 1]
        found.append(
            months.with_columns(
                feature=pl.lit(name),
                kind=pl.lit(kind),
                bins=pl.lit(expected.size),
                reference_missing_rate=pl.lit(expected[-1] / max(expected.sum(), 1)),
                traffic_light=_economy_light() if kind == KINDS[2] else _light(),
            )
        )
    day = pl.col("observation_date").cast(pl.Date)
    return (
        pl.concat(found)
        .with_columns(
            observation_date=day,
            date_key=day.dt.strftime("%Y%m%d").cast(pl.Int32),
            reference_rows=pl.lit(reference["rows"]),
            reference_exposures=pl.lit(reference["exposures"]),
            model_version=pl.lit(model.model_version),
        )
        .sort("observation_date", pl.col("kind") != KINDS[0], "feature")
        .select(SCHEMA.names())
        .cast(SCHEMA)
    )


def _light() -> pl.Expr:
    """Traffic light of an index, green while it may be chance."""
    index = pl.col("stability_index")
    is_green = (index <= AMBER) | (index <= pl.col("chance_level"))
    return _lights(is_green, index <= RED)


def _economy_light() -> pl.Expr:
    outside = pl.col("outside_rate")
    return _lights(outside <= OUTSIDE_AMBER, outside <= OUTSIDE_RED)


def _lights(is_green: pl.Expr, is_amber: pl.Expr) -> pl.Expr:
    green, amber, red = (pl.lit(light) for light in LIGHTS)
    return pl.when(is_green).then(green).when(is_amber).then(amber).otherwise(red)


def _is_outside(values: pl.Series, profile: Mapping[str, Any]) -> np.ndarray:
    """Whether a value lies beyond those of the reference, or is a level that it did not have."""
    if "edges" not in profile:
        return np.asarray(_codes(values, profile) == len(profile["levels"]))
    if profile["range"] is None:
        return np.zeros(len(values), dtype=bool)
    number = values.cast(pl.Float64, strict=False)
    low, high = profile["range"]
    return ((number < low) | (number > high)).fill_null(value=False).to_numpy()


def _watched(model: EventModel) -> dict[str, bool]:
    """The score and the model's features, with whether each is a number."""
    base = getattr(model.preparation, "base", model.preparation)
    return (
        {SCORE: True}
        | {column.name: True for column in base.numeric}
        | {column.name: False for column in base.categorical}
    )


def _distribution(values: pl.Series, is_number: bool) -> dict[str, Any]:
    """Bins of a reference and the rows in each; the last bin is the missing."""
    profile: dict[str, Any]
    if is_number:
        known = np.sort(values.to_frame().select(finite(values.name)).to_series().drop_nulls())
        shares = np.arange(1, _TENTHS) / _TENTHS
        edges = np.unique(np.quantile(known, shares, method="inverted_cdf")) if known.size else ()
        ends = [float(known[0]), float(known[-1])] if known.size else None
        profile = {"edges": [float(edge) for edge in edges], "range": ends}
    else:
        profile = {"levels": values.cast(pl.String).drop_nulls().unique().sort().to_list()}
    counts = np.bincount(_codes(values, profile), minlength=_size(profile))
    return {**profile, "counts": counts.tolist()}


def _size(profile: Mapping[str, Any]) -> int:
    """Bins: of numbers one more than edges, of levels one more for those not seen; the missing."""
    return len(profile["edges"] if "edges" in profile else profile["levels"]) + 2


def _codes(values: pl.Series, profile: Mapping[str, Any]) -> np.ndarray:
    """Bin of each value, shape (rows,)."""
    last = _size(profile) - 1
    if "edges" in profile:
        number = values.cast(pl.Float64, strict=False).to_frame().select(finite(values.name))
        known = number.to_series().to_numpy()
        codes = np.searchsorted(np.array(profile["edges"], dtype=float), known, side="left")
        return np.where(np.isnan(known), last, codes)
    levels = list(profile["levels"])
    text = values.cast(pl.String).fill_null(MISSING_LEVEL)
    return text.replace_strict(
        [*levels, MISSING_LEVEL],
        [*range(len(levels)), last],
        default=len(levels),
        return_dtype=pl.Int64,
    ).to_numpy()
