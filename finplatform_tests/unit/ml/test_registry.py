"""The list of kept models."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from finplatform.ml.event_model import EventModel
from finplatform.ml.registry import kept_models
from finplatform.ml.store import save


def test_the_version_in_use_is_marked_and_the_newest_comes_first(
    small_model: EventModel, tmp_path: Path
) -> None:
    other = replace(small_model, facts={**small_model.facts, "code_version": "later"})
    root = tmp_path / "pd_model"
    save(other, root, created_at=datetime(2026, 2, 1, tzinfo=UTC))
    save(small_model, root, created_at=datetime(2026, 1, 1, tzinfo=UTC))
    newest, oldest = kept_models(tmp_path)
    assert (newest.version, oldest.version) == (other.model_version, small_model.model_version)
    assert (newest.is_in_use, oldest.is_in_use) == (False, True)
    assert oldest.auc == small_model.headline_metrics()["auc"]
    assert oldest.train_from == small_model.facts["data"]["train_from"]
    assert newest.code_version == "later"
    assert newest.family == "logistic"


def test_without_models_the_list_is_empty(tmp_path: Path) -> None:
    assert kept_models(tmp_path / "nowhere") == []


def test_a_model_that_is_judged_by_other_figures_is_listed_without_auc(
    small_model: EventModel, tmp_path: Path
) -> None:
    metrics = {"headline": "out_of_time", "out_of_time": {"precision": 0.4, "recall": 0.7}}
    model = replace(small_model, facts={**small_model.facts, "metrics": metrics})
    save(model, tmp_path / "fraud_model", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    (kept,) = kept_models(tmp_path)
    assert (kept.auc, kept.brier) == (None, None)
