"""Feature importance of a model: share and direction of each feature.

Belongs here: the frame of importances of trained models. Does not belong here: reasons for one
prediction (see `reasons`), or the models.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from finplatform.ml.event_model import EventModel
from finplatform.ml.scoring import Scorer
from finplatform.ml.weight_of_evidence import SUFFIX

METHOD = "MEAN_ABSOLUTE_CONTRIBUTION"
DIRECTIONS = ("RAISES", "LOWERS", "MIXED")

RESULT = {
    "model": pl.String,
    "model_version": pl.String,
    "model_family": pl.String,
    "feature": pl.String,
    "contribution": pl.Float64,
    "importance": pl.Float64,
    "importance_rank": pl.Int32,
    "direction": pl.String,
    "method": pl.String,
}
"""Columns of a result, one row per model and feature."""


def feature_importance(models: Mapping[str, Scorer]) -> pl.DataFrame:
    """Importances of the features of trained models.

    The importance is the feature's mean absolute contribution to the calibrated log-odds over
    training rows, as a share of the sum over all features. An expert prior has learned nothing and
    has no row.

    Args:
        models: Models in use by name.

    Returns:
        The columns of `RESULT`, most important first.
    """
    rows: list[dict[str, object]] = []
    for name, model in models.items():
        if isinstance(model, EventModel):
            rows += _of_model(name, model)
    return pl.DataFrame(rows, schema=RESULT)


def _of_model(name: str, model: EventModel) -> list[dict[str, object]]:
    weights = sorted(model.facts["weights"].items(), key=lambda item: (-item[1], item[0]))
    whole = float(np.sum([weight for _, weight in weights]))
    directions = _directions(model)
    return [
        {
            "model": name,
            "model_version": model.model_version,
            "model_family": model.family,
            "feature": feature,
            "contribution": weight,
            "importance": weight / whole if whole > 0 else 0.0,
            "importance_rank": rank,
            "direction": directions.get(feature),
            "method": METHOD,
        }
        for rank, (feature, weight) in enumerate(weights, 1)
    ]


def _directions(model: EventModel) -> dict[str, str]:
    """Whether more of a feature raises the chance, by the coefficients of a regression.

    The levels of a category may differ in sign. A scorecard's coefficients are of evidence and show
    nothing of the feature's direction, nor do boosted trees.
    """
    signs: dict[str, set[bool]] = {}
    for row in model.facts["coefficients"]:
        feature = row["column"].split(" ")[0].split("=")[0]
        is_of_value = not row["column"].endswith((" missing", SUFFIX))
        if row["coefficient"] != 0 and is_of_value:
            signs.setdefault(feature, set()).add(row["coefficient"] > 0)
    return {
        feature: "MIXED" if len(found) > 1 else "RAISES" if True in found else "LOWERS"
        for feature, found in signs.items()
    }
