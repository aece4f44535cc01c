"""The check of a model passes a whole one and the prior, and names what is wrong with another."""

import json
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from finplatform.ml import dataset, store
from finplatform.ml.event_model import EventModel, train
from finplatform.ml.fingerprint import sha256
from finplatform.ml.prior import PriorModel
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.checks.model_checks import (
    CHECK_NAME,
    MODELS,
    build_model_checks,
    model_check_result,
    model_facts,
    model_schema,
)
from finplatform.orchestration.checks.validation_result import ValidationResult
from finplatform.settings import Settings
from finplatform_tests.unit.ml.conftest import QUICK, make_bank


@pytest.fixture(scope="module")
def model() -> EventModel:
    bank = make_bank(exposures=600)
    rows = dataset.build(bank.features, bank.outcomes)
    return train(rows, seed=1, code_version="test", settings=QUICK)


@pytest.fixture
def stored(model: EventModel, tmp_path: Path) -> Path:
    """The folder of a stored model, below which nothing has been changed."""
    return store.save(model, tmp_path / "pd_model", created_at=datetime(2026, 1, 31, tzinfo=UTC))


def _check(folder: Path) -> dg.AssetCheckResult:
    return model_check_result("pd_model", folder.parents[1])


def test_a_model_as_it_was_stored_passes_with_its_headline_metrics(stored: Path) -> None:
    result = _check(stored)
    assert result.passed, result.description
    assert result.metadata["model_version"].value == stored.name
    assert 0.5 < float(str(result.metadata["auc"].value)) < 1


def test_a_bank_without_a_model_passes_and_says_that_the_prior_is_in_use(tmp_path: Path) -> None:
    for name, checked in MODELS.items():
        result = model_check_result(name, tmp_path)
        assert result.passed
        assert "prior" in (result.description or "")
        assert result.metadata["model_version"].value == checked.prior.model_version


def test_a_file_that_was_changed_fails_the_check(stored: Path) -> None:
    with (stored / "model.skops").open("ab") as file:
        file.write(b"x")
    result = _check(stored)
    assert not result.passed
    assert "differs from its manifest" in (result.description or "")


def test_a_metric_that_cannot_be_true_fails_the_check_though_all_hashes_agree(
    stored: Path,
) -> None:
    path = stored / "metadata.json"
    metadata = json.loads(path.read_text())
    metrics = metadata["metrics"]
    metrics[metrics["headline"]]["auc"] = 1.2
    path.write_text(json.dumps(metadata))
    names = ("metadata.json", "model.skops")
    manifest = {name: sha256((stored / name).read_bytes()) for name in names}
    (stored / "manifest.json").write_text(json.dumps(manifest))
    result = _check(stored)
    assert not result.passed
    assert (result.description or "").startswith("auc: in_range(")


CHANGES: dict[str, pl.Expr] = {
    "auc: in_range": pl.lit(float("nan")).alias("auc"),
    "brier: in_range": pl.lit(-0.1).alias("brier"),
    "ks: not_nullable": pl.lit(None, dtype=pl.Float64).alias("ks"),
    "rows: in_range": pl.lit(0.0).alias("rows"),
    "train_rows: not_nullable": pl.lit(None, dtype=pl.Float64).alias("train_rows"),
    "features: in_range": pl.lit(0.0).alias("features"),
    "slope: in_range": pl.lit(-1.0).alias("slope"),
    "family: str_matches": pl.lit("").alias("family"),
    "code_version: str_length": pl.lit("").alias("code_version"),
    "model_version: str_matches": pl.lit("churn-0123456789abcdef").alias("model_version"),
    "table: gini = 2 auc - 1": pl.lit(0.0).alias("gini"),
    "table: train_from <= train_to": pl.col("train_to").alias("test_from"),
}


@pytest.mark.parametrize(("rule", "change"), CHANGES.items(), ids=CHANGES.keys())
def test_a_fact_that_cannot_be_true_is_named(model: EventModel, rule: str, change: pl.Expr) -> None:
    checked = MODELS["pd_model"]
    verdict = ValidationResult()
    facts = model_facts(model, checked).with_columns(change)
    verdict.validate(facts, model_schema(checked))
    assert any(name.startswith(rule) for name in verdict.failures), verdict.failures


def test_a_metric_that_was_not_kept_is_missing(model: EventModel) -> None:
    checked = MODELS["fraud_model"]
    facts = model_facts(model, checked)
    assert facts["precision"].null_count() == 1
    verdict = ValidationResult()
    verdict.validate(facts, model_schema(checked))
    assert "precision: not_nullable" in verdict.failures


def test_every_model_of_the_graph_has_one_blocking_check() -> None:
    checks = [spec for check in build_model_checks() for spec in check.check_specs]
    assert {spec.asset_key for spec in checks} == {key("models", name) for name in MODELS}
    assert all(spec.blocking and spec.name == CHECK_NAME for spec in checks)


def test_the_check_looks_into_the_home_of_the_settings(settings: Settings) -> None:
    @dg.asset(key=key("models", "pd_model"))
    def pd_model() -> None:
        pass

    outcome = dg.materialize(
        [pd_model, *(check for check in build_model_checks() if "pd_model" in check.op.name)],
        resources={"settings": settings},
    )
    (evaluation,) = outcome.get_asset_check_evaluations()
    assert evaluation.passed
    assert evaluation.metadata["model_version"].value == PriorModel().model_version
    assert not settings.models.exists()
