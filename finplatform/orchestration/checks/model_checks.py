"""The factory of model checks: the model in use is intact, and its figures are within bounds.

A check loads the model as scoring does, so that every byte is compared with its hash, and runs a
Pandera schema on a row of its headline metrics and facts. Belongs here: the models and their
bounds. Does not belong here: the store (see `finplatform.ml.store`), and the performance, which
`gold.pd_candidates` and `gold.model_monitoring` report.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pandera.polars as pa
import polars as pl

from finplatform.contracts.contract import dtype_of
from finplatform.ml import churn, fraud, store
from finplatform.ml.event_model import EventModel
from finplatform.ml.prior import PriorModel
from finplatform.ml.spec import DEFAULT, Task
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.checks.validation_result import ValidationResult, asset_check_result
from finplatform.settings import Settings

CHECK_NAME = "model_in_use"


@dataclass(frozen=True)
class CheckedModel:
    """A model of the graph.

    Attributes:
        task: What it predicts.
        prior: Expert prior before the first training.
        metrics: Columns of its headline metrics.
    """

    task: Task
    prior: PriorModel
    metrics: Mapping[str, pa.Column]


_ONE = 1 + 1e-9
"""One, with a tolerance for sums of weights."""
_MANY = 1e15
"""Upper bound of row counts, which NaN does not satisfy."""


def _share(least: float = 0.0) -> pa.Column:
    return pa.Column(pl.Float64, pa.Check.in_range(least, _ONE))


def _count(least: float = 1.0) -> pa.Column:
    """A number of rows, fractional for a weighted sample."""
    return pa.Column(pl.Float64, pa.Check.in_range(least, _MANY))


_CALIBRATED = {
    "auc": _share(),
    "gini": _share(least=-1.0),
    "ks": _share(),
    "brier": _share(),
    "mean_pd": _share(),
    "observed_rate": _share(),
    "rows": _count(),
}
_WATCHED = {
    "precision": _share(),
    "recall": _share(),
    "recall_of_amount": _share(),
    "average_precision_chance": _share(),
    "mean_chance": _share(),
    "observed_rate": _share(),
    "threshold": _share(),
    "alerts": _count(least=0.0),
    "frauds": _count(),
    "rows": _count(),
}

MODELS: Mapping[str, CheckedModel] = {
    "pd_model": CheckedModel(DEFAULT, PriorModel(), _CALIBRATED),
    "pd_challenger": CheckedModel(DEFAULT, PriorModel(), _CALIBRATED),
    "churn_model": CheckedModel(churn.CHURN, churn.PRIOR, _CALIBRATED),
    "fraud_model": CheckedModel(fraud.FRAUD, fraud.PRIOR, _WATCHED),
}
"""Models of the graph by asset."""


def build_model_checks() -> list[dg.AssetChecksDefinition]:
    """One blocking check per model."""
    return [_check(name) for name in MODELS]


def model_check_result(name: str, folder: Path) -> dg.AssetCheckResult:
    """Checks the model in use.

    Args:
        name: Asset of the model.
        folder: Folder that holds one folder per model.
    """
    checked, result = MODELS[name], ValidationResult()
    shown: dict[str, str | float] = {"model_version": checked.prior.model_version}
    passed = "The expert prior is in use: no model has been trained yet."
    try:
        version = store.latest_version(folder / name)
        if version is not None:
            shown = {"model_version": version}
            facts = model_facts(store.load(folder / name, version), checked)
            shown |= facts.select(list(checked.metrics)).fill_null(float("nan")).row(0, named=True)
            result.validate(facts, model_schema(checked))
            passed = f"{version} is intact, and its figures are within bounds."
    except Exception as error:  # noqa: BLE001 - an incomplete check has not passed
        result.stop(error)
    return asset_check_result(result, key("models", name), CHECK_NAME, passed, shown)


def model_facts(model: EventModel, checked: CheckedModel) -> pl.DataFrame:
    """One row of the checked facts of a trained model; missing ones are null."""
    facts, headline = model.facts, model.headline_metrics()
    data = facts["data"]
    row: dict[str, Any] = {
        "model_version": model.model_version,
        "family": model.family,
        "code_version": facts["code_version"],
        "slope": model.recalibration.slope,
        "features": len(facts["features"]["used"]),
        "train_rows": data["counts"].get("train_rows"),
        "test_rows": data["counts"].get("test_rows"),
        **{name: date.fromisoformat(data[name]) for name in _DATES},
        **{name: headline.get(name) for name in checked.metrics},
    }
    dtypes = {name: dtype_of(column) for name, column in model_schema(checked).columns.items()}
    return pl.DataFrame([row]).cast(dtypes)


_DATES = ("train_from", "train_to", "test_from", "test_to")


def model_schema(checked: CheckedModel) -> pa.DataFrameSchema:
    """Schema of the facts of a trained model."""
    return pa.DataFrameSchema(
        {
            "model_version": pa.Column(
                pl.String, pa.Check.str_matches(f"^{checked.task.prefix}[0-9a-f]{{16}}$")
            ),
            "family": pa.Column(pl.String, pa.Check.str_matches("^[a-z_]+$")),
            "code_version": pa.Column(pl.String, pa.Check.str_length(min_value=1)),
            "slope": pa.Column(pl.Float64, pa.Check.in_range(0, 100, include_min=False)),
            "features": _count(),
            "train_rows": _count(),
            "test_rows": _count(),
            **{name: pa.Column(pl.Date) for name in _DATES},
            **checked.metrics,
        },
        checks=[
            _holds("train_from <= train_to < test_from <= test_to", _are_in_order),
            *([_holds("gini = 2 auc - 1", _agree)] if "gini" in checked.metrics else []),
        ],
    )


def _holds(name: str, rule: Callable[[], pl.Expr]) -> pa.Check:
    return pa.Check(lambda data: data.lazyframe.select(rule()), name=name, error=name)


def _are_in_order() -> pl.Expr:
    first, last, begin, end = (pl.col(name) for name in _DATES)
    return (first <= last) & (last < begin) & (begin <= end)


def _agree() -> pl.Expr:
    return (pl.col("gini") - (2 * pl.col("auc") - 1)).abs() < 1e-6


def _check(name: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key("models", name),
        name=CHECK_NAME,
        blocking=True,
        description=(
            "The model in use is byte for byte the stored one, and its version, counts, dates and"
            " headline metrics are within bounds; the expert prior passes."
        ),
    )
    def check(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
        return model_check_result(name, settings.models)

    return check
