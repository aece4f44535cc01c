"""Which models the floor builds, and in which order."""

import json
from pathlib import Path
from typing import Any

import pytest

from finplatform.bench.floor import models_in_order


def _model(name: str, *reads: str) -> dict[str, Any]:
    return {
        "unique_id": f"model.bank.{name}",
        "resource_type": "model",
        "schema": "gold",
        "name": name,
        "compiled_code": f"select '{name}'",
        "depends_on": {"nodes": [f"model.bank.{other}" for other in reads]},
    }


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    nodes = [_model("report", "fact"), _model("fact", "staged"), _model("staged")]
    manifest = {"nodes": {node["unique_id"]: node for node in nodes}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def test_a_model_is_built_after_those_that_it_reads(artifacts: Path) -> None:
    models = models_in_order(artifacts, {"gold.fact", "gold.staged"})
    assert [(model["name"], model["compiled_code"]) for model in models] == [
        ("staged", "select 'staged'"),
        ("fact", "select 'fact'"),
    ]


def test_what_the_build_left_out_is_left_out(artifacts: Path) -> None:
    assert [model["name"] for model in models_in_order(artifacts, {"gold.staged"})] == ["staged"]
