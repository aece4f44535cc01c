"""When the default model is asked to be trained again."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from finplatform.ml.registry import kept_models
from finplatform.orchestration.sensors import retraining
from finplatform.orchestration.sensors.retraining import (
    QUARTER_DAYS,
    RetrainingState,
    build_retraining_sensor,
    reason_to_train,
)
from finplatform.settings import Settings

TODAY = date(2026, 6, 15)
CALM = RetrainingState("pd-1", TODAY - timedelta(days=20), date(2026, 5, 31), False, 40, 3)


def _with(**changes: object) -> RetrainingState:
    return RetrainingState(**{**CALM.__dict__, **changes})  # type: ignore[arg-type]


def test_a_recent_model_without_drift_stays() -> None:
    assert reason_to_train(CALM, TODAY) is None
    assert reason_to_train(_with(trained_on=TODAY - timedelta(days=QUARTER_DAYS)), TODAY) is None


@pytest.mark.parametrize(
    ("situation", "reported"),
    [
        (_with(is_score_red=True), "scores"),
        (_with(red=8), "8 of 40 features"),
        (_with(trained_on=TODAY - timedelta(days=QUARTER_DAYS + 1)), "93 days ago"),
        (RetrainingState(None), "No default model"),
    ],
)
def test_drift_age_and_absence_are_reasons(situation: RetrainingState, reported: str) -> None:
    wanted = reason_to_train(situation, TODAY)
    assert wanted is not None
    assert reported in wanted[1]


def test_a_model_is_asked_for_once_a_month_end_and_reason() -> None:
    drifted = _with(is_score_red=True)
    again = reason_to_train(drifted, TODAY + timedelta(days=9))
    assert reason_to_train(drifted, TODAY) == again
    later = reason_to_train(_with(is_score_red=True, month_end=date(2026, 6, 30)), TODAY)
    assert later is not None
    assert again is not None
    assert later[0] != again[0]


def test_a_bank_without_a_score_has_no_share_of_drifted_features() -> None:
    assert reason_to_train(_with(features=0, red=0, month_end=None), TODAY) is None


@pytest.mark.parametrize(("is_red", "runs"), [(True, 1), (False, 0)])
def test_the_sensor_asks_for_the_training_job(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_red: bool, runs: int
) -> None:
    # A model that never grows old, whatever the day: drift alone is the reason.
    situation = _with(is_score_red=is_red, trained_on=date.max)
    monkeypatch.setattr(retraining, "read_retraining_state", lambda _: situation)
    sensor = build_retraining_sensor(dg.DefaultSensorStatus.STOPPED)
    with dg.DagsterInstance.ephemeral() as instance:
        resources = {"settings": Settings(home=tmp_path)}
        found = sensor(dg.build_sensor_context(instance=instance, resources=resources))
    assert isinstance(found, dg.RunRequest) is bool(runs)
    assert sensor.job_name == "training"


def test_the_day_of_training_is_read_from_the_models_metadata(tmp_path: Path) -> None:
    folder = tmp_path / "pd_model" / "pd-0123456789abcdef"
    folder.mkdir(parents=True)
    window = {"train_from": "a", "train_to": "b", "test_from": "c", "test_to": "d"}
    metadata = {
        "model_version": folder.name,
        "created_at": "2026-01-31T05:00:00+00:00",
        "code_version": "1",
        "data": window,
        "metrics": {"headline": "out_of_time", "out_of_time": {"auc": 0.8, "brier": 0.1}},
    }
    (folder / "metadata.json").write_text(json.dumps(metadata))
    (folder.parent / "latest").write_text(folder.name)
    kept = kept_models(tmp_path)[0]
    assert (kept.is_in_use, datetime.fromisoformat(kept.created_at).date()) == (
        True,
        date(2026, 1, 31),
    )
