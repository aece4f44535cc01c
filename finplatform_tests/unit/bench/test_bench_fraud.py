"""The command: what it prints and writes, on payments made here."""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from finplatform.bench.fraud_data import FraudWeek, weeks, with_features
from finplatform.cli import bench_fraud
from finplatform_tests.unit.bench.fraud_rows import payments


def test_figures_of_every_model_are_printed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def last_week(rows: pl.DataFrame) -> Iterator[FraudWeek]:
        yield list(weeks(rows))[-1]

    monkeypatch.setattr(bench_fraud, "handbook", lambda _: with_features(payments()))
    monkeypatch.setattr(bench_fraud, "weeks", last_week)
    bench_fraud.run(tmp_path, tmp_path, as_json=False)
    printed = capsys.readouterr().out
    result = json.loads((tmp_path / "fraud_bench.json").read_text())
    for name, model in result["mean"].items():
        assert name in printed
        assert f"{model['auc']:.3f}" in printed
        assert f"{model['average_precision']:.3f}" in printed
    for is_met in result["is_at_or_above"].values():
        assert ("at or above both peers" if is_met else "BELOW a peer") in printed
