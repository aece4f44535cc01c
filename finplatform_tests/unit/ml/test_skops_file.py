"""A model file can hold a model of this platform and nothing else."""

import functools
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.tree import DecisionTreeClassifier
from skops.io import dumps, get_untrusted_types

from finplatform.errors import FinplatformError
from finplatform.ml.boosted_trees import GrowthSettings, grow, log_odds
from finplatform.ml.event_model import EventModel
from finplatform.ml.fitting import fit_logit, new_columns, new_pipeline
from finplatform.ml.preparation import learn_preparation
from finplatform.ml.skops_file import MAX_BYTES, read_estimator, write_estimator


def test_equal_pipelines_give_equal_bytes(small_model: EventModel) -> None:
    content = write_estimator(small_model.estimator)
    assert dumps(small_model.estimator) != dumps(small_model.estimator)
    assert write_estimator(small_model.estimator) == content
    assert write_estimator(read_estimator(content, "test")) == content


@pytest.mark.parametrize(
    "columns",
    [
        {"age": range(40)},
        {"age": [None, *range(39)]},
        {"channel": ["branch", "web"] * 20},
        {"age": [None, *range(39)], "is_staff": [True, False] * 20, "channel": ["a", None] * 20},
    ],
    ids=["numbers", "gaps", "text", "all"],
)
def test_whatever_the_features_the_pipeline_comes_back(columns: dict[str, Any]) -> None:
    frame = pl.DataFrame(columns)
    preparation = learn_preparation(frame, tail=0.0)
    transformer, matrix = new_columns(preparation), preparation.matrix(frame)
    design = transformer.fit_transform(matrix)
    pipeline = new_pipeline(transformer, fit_logit(design, np.arange(40.0) > 30, 1.0))
    again = read_estimator(write_estimator(pipeline), "test")
    assert (again.decision_function(matrix) == pipeline.decision_function(matrix)).all()


def _trees(levels: int = 0) -> tuple[Any, np.ndarray]:
    """Trees on two numbers and a column of levels (or a third number), and their rows."""
    rng = np.random.default_rng(4)
    matrix = np.column_stack([rng.normal(size=(200, 2)), rng.integers(4, size=200)])
    matrix[::7, 1] = np.nan
    settings = GrowthSettings(4, 5, 0.2, 10, 1.0, 0.8, 32, 3)
    outcome = (matrix[:, 0] + matrix[:, 2] > 1).astype(float)
    return grow(matrix, outcome, settings, signs=(1, 0, 0), levels=(0, 0, levels)), matrix


@pytest.mark.parametrize("levels", [0, 4], ids=["numbers", "levels"])
def test_trees_come_back_to_the_bit_and_equal_ones_give_equal_bytes(levels: int) -> None:
    trees, matrix = _trees(levels)
    content = write_estimator(trees)
    again = read_estimator(content, "test")
    assert np.array_equal(log_odds(again, matrix), log_odds(trees, matrix))
    assert write_estimator(again) == content == write_estimator(_trees(levels)[0])


class _Bomb:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.target,))


def test_a_pickle_is_refused_and_does_not_run(tmp_path: Path) -> None:
    with pytest.raises(FinplatformError, match="not a skops file"):
        read_estimator(pickle.dumps(_Bomb(tmp_path / "ran")), "test")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "thing",
    [
        DecisionTreeClassifier().fit([[0], [1]], [0, 1]),
        np.random.RandomState(0),
        {"call": functools.partial(print, "hello")},
        np.random.default_rng(0).normal,
        HistGradientBoostingRegressor(max_iter=1).fit(np.arange(60.0)[:, None], np.arange(60.0)),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_types_that_no_model_needs_are_refused(thing: Any) -> None:
    with pytest.raises(FinplatformError, match="no model here needs"):
        read_estimator(dumps(thing), "test")


def test_our_list_is_narrower_than_the_librarys() -> None:
    tree = dumps(DecisionTreeClassifier())
    assert not get_untrusted_types(data=tree)
    with pytest.raises(FinplatformError, match="DecisionTreeClassifier"):
        read_estimator(tree, "test")


@pytest.mark.parametrize(
    ("loader", "module", "name"),
    [
        ("FunctionNode", "os", "system"),
        ("FunctionNode", "numpy", "exp"),
        # Trusted, but not as a function.
        ("FunctionNode", "functools", "partial"),
        ("RandomGeneratorNode", "numpy.random", "seed"),
        ("PartialNode", "builtins", "eval"),
        ("LossNode", "sklearn.pipeline", "Pipeline"),
    ],
)
def test_no_part_of_trees_can_be_exchanged_for_another(loader: str, module: str, name: str) -> None:
    def exchange(node: dict[str, Any]) -> dict[str, Any]:
        is_meant = node.get("__loader__") == loader
        return node | ({"__module__": module, "__class__": name} if is_meant else {})

    forged = _rewritten(write_estimator(_trees(4)[0]), exchange)
    with pytest.raises(FinplatformError, match=rf"{module}\.{name} \({loader}\), which no model"):
        read_estimator(forged, "test")


def test_a_generator_whose_state_names_a_function_is_refused_and_does_not_run() -> None:
    """The name is a plain string of the file, which no list of types sees."""

    def exchange(node: dict[str, Any]) -> dict[str, Any]:
        return node | ({"content": '"seed"'} if node.get("content") == '"PCG64"' else {})

    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    with pytest.raises(FinplatformError, match=r"numpy\.random\.seed"):
        read_estimator(_rewritten(write_estimator(_trees()[0]), exchange), "test")
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def _rewritten(content: bytes, change: Callable[[dict[str, Any]], dict[str, Any]]) -> bytes:
    """A skops file with every object of its schema changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "schema.json":
                part = json.dumps(json.loads(part, object_hook=change)).encode()
            new.writestr(name, part)
    assert buffer.getvalue() != content
    return buffer.getvalue()


def test_a_file_that_unpacks_to_far_more_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", b" " * (MAX_BYTES + 1))
    with pytest.raises(FinplatformError, match="unpacks"):
        read_estimator(buffer.getvalue(), "test")
    with pytest.raises(FinplatformError, match="larger"):
        read_estimator(b"0" * (MAX_BYTES + 1), "test")
