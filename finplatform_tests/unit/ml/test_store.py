"""A stored model comes back whole or not at all."""

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from finplatform.errors import FinplatformError
from finplatform.ml import store
from finplatform.ml.blend import Blend
from finplatform.ml.boosting import Boosting
from finplatform.ml.dataset import Dataset
from finplatform.ml.event_model import EventModel, TrainingSettings, score, train
from finplatform.ml.families import Logistic
from finplatform.ml.fingerprint import sha256
from finplatform.ml.selection import outcome_of
from finplatform.ml.skops_file import write_estimator
from finplatform.ml.spec import DEFAULT
from finplatform.ml.tree_lattice import Lattice, Shape

NOW = datetime(2026, 1, 31, tzinfo=UTC)
QUICK = TrainingSettings(borrower_groups=2, bootstrap_replicates=10)
SIZE = Shape(leaves=4, min_rows=20, column_share=0.3)
TREES = Boosting(
    Lattice(SIZE, (4,), (20,), (0.3,), trees=(8,), first_trees=(8,)), DEFAULT, learning_rate=0.05
)
BLEND = Blend(Logistic({"30": 30.0}, DEFAULT, 0.0), TREES)
FILES = ("manifest.json", "metadata.json", "model.skops")


def _forge_manifest(folder: Path) -> None:
    names = ("metadata.json", "model.skops")
    manifest = {name: sha256((folder / name).read_bytes()) for name in names}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_loaded_model_scores_as_the_saved_one(
    small_model: EventModel, small_bank: Any, tmp_path: Path
) -> None:
    folder = store.save(small_model, tmp_path, created_at=NOW)
    loaded = store.load(tmp_path)
    assert store.latest_version(tmp_path) == folder.name == loaded.model_version
    assert score(loaded, small_bank.features).equals(score(small_model, small_bank.features))
    assert loaded.facts == small_model.facts
    assert json.loads((folder / "metadata.json").read_text())["created_at"] == NOW.isoformat()


def test_the_same_training_gives_the_same_bytes(
    small_dataset: Dataset, train_quickly: Callable[[Dataset], EventModel], tmp_path: Path
) -> None:
    one, two = (
        store.save(train_quickly(small_dataset), tmp_path / name, created_at=NOW) for name in "ab"
    )
    assert sorted(path.name for path in one.iterdir()) == sorted(FILES)
    for name in FILES:
        assert (one / name).read_bytes() == (two / name).read_bytes()


@pytest.fixture(scope="module")
def tree_model(small_dataset: Dataset) -> EventModel:
    return train(small_dataset, seed=1, code_version="test", settings=QUICK, family=TREES)


def test_trees_come_back_as_they_were(
    tree_model: EventModel, small_bank: Any, tmp_path: Path
) -> None:
    store.save(tree_model, tmp_path, created_at=NOW)
    loaded = store.load(tmp_path)
    assert loaded.family == "boosting"
    assert score(loaded, small_bank.features).equals(score(tree_model, small_bank.features))
    some = small_bank.features[:50]
    for name, added in tree_model.contributions(some).items():
        assert np.array_equal(added, loaded.contributions(some)[name])


def test_an_average_comes_back_as_it_was(
    small_dataset: Dataset, small_bank: Any, tmp_path: Path
) -> None:
    model = train(small_dataset, seed=1, code_version="test", settings=QUICK, family=BLEND)
    store.save(model, tmp_path, created_at=NOW)
    loaded = store.load(tmp_path)
    assert loaded.family == "blend"
    assert score(loaded, small_bank.features).equals(score(model, small_bank.features))
    some = small_bank.features[:50]
    for name, added in model.contributions(some).items():
        assert np.array_equal(added, loaded.contributions(some)[name])


def test_training_trees_again_gives_the_same_version_and_bytes(
    tree_model: EventModel, small_dataset: Dataset, tmp_path: Path
) -> None:
    again = train(small_dataset, seed=1, code_version="test", settings=QUICK, family=TREES)
    one, two = (
        store.save(model, tmp_path / name, created_at=NOW)
        for model, name in ((tree_model, "a"), (again, "b"))
    )
    assert one.name == two.name
    for name in FILES:
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_other_trees_are_refused_even_with_a_fitting_manifest(
    tree_model: EventModel, small_dataset: Dataset, tmp_path: Path
) -> None:
    folder = store.save(tree_model, tmp_path, created_at=NOW)
    rows = small_dataset.train
    others = replace(TREES, seed=5).fit(rows, outcome_of(rows), TREES.settings[0]).estimator
    (folder / "model.skops").write_bytes(write_estimator(others))
    _forge_manifest(folder)
    with pytest.raises(FinplatformError, match="its numbers are those of pd-"):
        store.load(tmp_path)


@pytest.mark.parametrize("family", ["small_model", "tree_model"])
def test_a_foreign_type_is_refused_even_with_a_fitting_manifest(
    family: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder = store.save(request.getfixturevalue(family), tmp_path, created_at=NOW)
    foreign = DecisionTreeClassifier().fit([[0], [1]], [0, 1])
    (folder / "model.skops").write_bytes(write_estimator(foreign))
    _forge_manifest(folder)
    with pytest.raises(FinplatformError, match=r"DecisionTreeClassifier .* no model here needs"):
        store.load(tmp_path)


def test_trusted_types_that_are_no_model_are_refused(
    tree_model: EventModel, tmp_path: Path
) -> None:
    folder = store.save(tree_model, tmp_path, created_at=NOW)
    (folder / "model.skops").write_bytes(write_estimator({"value": np.arange(3.0)}))
    _forge_manifest(folder)
    with pytest.raises(FinplatformError, match="a dict is no model"):
        store.load(tmp_path)


def test_a_withdrawn_model_is_kept_and_not_in_use(small_model: EventModel, tmp_path: Path) -> None:
    folder = store.save(small_model, tmp_path, created_at=NOW)
    store.withdraw(tmp_path)
    store.withdraw(tmp_path)
    assert store.latest_version(tmp_path) is None
    assert store.load(tmp_path, folder.name).model_version == folder.name


def test_saving_again_changes_no_byte(small_model: EventModel, tmp_path: Path) -> None:
    folder = store.save(small_model, tmp_path, created_at=NOW)
    before = {name: (folder / name).read_bytes() for name in FILES}
    store.save(small_model, tmp_path, created_at=datetime(2030, 1, 1, tzinfo=UTC))
    assert {name: (folder / name).read_bytes() for name in FILES} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", folder.name]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("change", ["flip", "remove"])
def test_a_tampered_folder_is_refused(
    small_model: EventModel, tmp_path: Path, name: str, change: str
) -> None:
    path = store.save(small_model, tmp_path, created_at=NOW) / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink() if change == "remove" else path.write_bytes(content)
    with pytest.raises(FinplatformError, match="refused"):
        store.load(tmp_path)
    with pytest.raises(FinplatformError, match="refused"):
        store.save(small_model, tmp_path, created_at=NOW)


def test_changed_numbers_are_refused_even_with_a_fitting_manifest(
    small_model: EventModel, tmp_path: Path
) -> None:
    folder = store.save(small_model, tmp_path, created_at=NOW)
    metadata = json.loads((folder / "metadata.json").read_text())
    metadata["recalibration"]["intercept"] -= 1
    (folder / "metadata.json").write_text(json.dumps(metadata))
    _forge_manifest(folder)
    with pytest.raises(FinplatformError, match="its numbers are those of pd-"):
        store.load(tmp_path)


def test_a_pickle_in_the_models_place_is_refused(small_model: EventModel, tmp_path: Path) -> None:
    folder = store.save(small_model, tmp_path, created_at=NOW)
    (folder / "model.skops").write_bytes(pickle.dumps({"pipeline": 1}))
    _forge_manifest(folder)
    with pytest.raises(FinplatformError, match="not a skops file"):
        store.load(tmp_path)


def test_a_model_of_another_scikit_learn_is_refused(
    small_model: EventModel, tmp_path: Path
) -> None:
    folder = store.save(small_model, tmp_path, created_at=NOW)
    metadata = json.loads((folder / "metadata.json").read_text())
    metadata["libraries"]["scikit-learn"] = "0.1"
    (folder / "metadata.json").write_text(json.dumps(metadata))
    _forge_manifest(folder)
    with pytest.raises(FinplatformError, match=r"scikit-learn 0\.1"):
        store.load(tmp_path)


def test_a_save_that_breaks_off_leaves_the_old_model_in_use(
    small_model: EventModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(path: Path, content: bytes) -> None:
        path.write_bytes(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_write_durably", full_disk)
    with pytest.raises(OSError, match="No space"):
        store.save(small_model, tmp_path, created_at=NOW)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("version", ["../../etc", "pd-xyz", "."])
def test_a_version_cannot_lead_out_of_the_folder(tmp_path: Path, version: str) -> None:
    (tmp_path / "models").mkdir()
    with pytest.raises(FinplatformError):
        store.load(tmp_path / "models", version)
    (tmp_path / "models" / "latest").write_text(version)
    with pytest.raises(FinplatformError, match="not the version"):
        store.load(tmp_path / "models")


def test_without_a_model_the_hint_names_the_prior(tmp_path: Path) -> None:
    with pytest.raises(FinplatformError, match=r"finplatform\.ml\.prior"):
        store.load(tmp_path)
