"""The command: what it prints and writes, on a loan book made here."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from finplatform.bench import credit_data, credit_peers
from finplatform.bench.credit_data import LoanBook
from finplatform.cli import bench_credit
from finplatform.errors import FinplatformError
from finplatform.ml.calibration import probability


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(-1, 1.5, 300)
    outcome = (rng.random(300) < probability(x)).astype(float)
    book = LoanBook("made", "Made here", pl.DataFrame({"x": x}), outcome, np.arange(300) > 199, ())
    monkeypatch.setattr(credit_peers, "DRAWS", 2)
    monkeypatch.setattr(bench_credit, "LOADERS", {**credit_data.LOADERS, "made": lambda _: book})


def test_figures_are_printed_and_written_with_a_page(
    made: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench_credit.run(tmp_path, tmp_path, ["made"], jobs=1, as_json=False)
    printed = capsys.readouterr().out
    (result,) = json.loads((tmp_path / "credit_bench.json").read_text())
    champion = result["models"]["champion"]
    for figure in ("auc", "gini", "ks", "brier"):
        assert f"{champion[figure]:.3f}" in printed
        low, high = champion[f"{figure}_interval"]
        assert f"{low:.3f} {high:.3f}".replace("0.", ".") in printed
    assert result["seconds"] > 0
    assert f"{-result['boosting_gap']:+.4f} AUC" in printed
    assert "scikit-learn" in printed
    page = (tmp_path / "credit_bench.html").read_text()
    assert "Made here" in page
    assert "<svg" in page


def test_an_unknown_book_is_named_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(FinplatformError) as caught:
        bench_credit.run(tmp_path, tmp_path, ["nowhere"], jobs=1, as_json=False)
    assert "nowhere" in caught.value.message
    assert "german" in caught.value.hint
