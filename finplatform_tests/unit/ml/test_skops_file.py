"""A model file can hold a default model and nothing else."""

import functools
import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.tree import DecisionTreeClassifier
from skops.io import dumps, get_untrusted_types

from finplatform.errors import FinplatformError
from finplatform.ml.event_model import EventModel
from finplatform.ml.fitting import fit_logit, new_columns, new_pipeline, pipeline_log_odds
from finplatform.ml.preparation import learn_preparation
from finplatform.ml.skops_file import MAX_BYTES, read_pipeline, write_pipeline


def test_equal_pipelines_give_equal_bytes(small_model: EventModel) -> None:
    content = write_pipeline(small_model.pipeline)
    assert dumps(small_model.pipeline) != dumps(small_model.pipeline)
    assert write_pipeline(small_model.pipeline) == content
    assert write_pipeline(read_pipeline(content, "test")) == content


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
    again = read_pipeline(write_pipeline(pipeline), "test")
    assert (pipeline_log_odds(again, matrix) == pipeline_log_odds(pipeline, matrix)).all()


class _Bomb:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.target,))


def test_a_pickle_is_refused_and_does_not_run(tmp_path: Path) -> None:
    with pytest.raises(FinplatformError, match="not a skops file"):
        read_pipeline(pickle.dumps(_Bomb(tmp_path / "ran")), "test")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "thing",
    [
        DecisionTreeClassifier().fit([[0], [1]], [0, 1]),
        np.random.RandomState(0),
        {"call": functools.partial(print, "hello")},
        np.random.default_rng(0).normal,
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_types_that_no_default_model_needs_are_refused(thing: Any) -> None:
    with pytest.raises(FinplatformError, match="no default model needs"):
        read_pipeline(dumps(thing), "test")


def test_our_list_is_narrower_than_the_librarys() -> None:
    tree = dumps(DecisionTreeClassifier())
    assert not get_untrusted_types(data=tree)
    with pytest.raises(FinplatformError, match="DecisionTreeClassifier"):
        read_pipeline(tree, "test")


def test_a_file_that_unpacks_to_far_more_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", b" " * (MAX_BYTES + 1))
    with pytest.raises(FinplatformError, match="unpacks"):
        read_pipeline(buffer.getvalue(), "test")
    with pytest.raises(FinplatformError, match="larger"):
        read_pipeline(b"0" * (MAX_BYTES + 1), "test")
