"""Trained models on disk: written in one piece, read only when nothing has been touched.

Belongs here: the folder layout and its integrity. Does not belong here: what a model is, or what
a model file may hold (`finplatform.ml.skops_file`). Nothing is ever unpickled.

    <root>/<model_version>/model.skops     the fitted pipeline or trees
                           metadata.json   everything else, readable
                           manifest.json   SHA-256 of the two
    <root>/latest                          the version in use
"""

import json
import os
import re
import shutil
import tempfile
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from finplatform.errors import FinplatformError
from finplatform.ml.boosted_trees import is_trees
from finplatform.ml.calibration import Recalibration
from finplatform.ml.event_model import EventModel
from finplatform.ml.fingerprint import sha256
from finplatform.ml.fits import BlendFit, Fit, LinearFit, TreeFit, plain
from finplatform.ml.preparation import Preparation
from finplatform.ml.skops_file import read_estimator, write_estimator
from finplatform.ml.tasks import TASKS
from finplatform.ml.weight_of_evidence import preparation_from_dict

_MODEL, _METADATA, _MANIFEST, _LATEST = "model.skops", "metadata.json", "manifest.json", "latest"
_NO_FACTS = ("created_at", "family", "model_version", "preparation", "recalibration", "reference")
_VERSION = re.compile(f"({'|'.join(TASKS)})[0-9a-f]{{16}}")


def save(model: EventModel, root: Path, *, created_at: datetime) -> Path:
    """Store a model under its version and point `latest` at it.

    A reader sees the folder whole or not at all. Saving a version that is there already checks it
    and keeps it, so that rerunning a training changes no byte.

    Args:
        model: Trained model.
        root: Folder of the models of one task.
        created_at: Moment to note, with its time zone.

    Returns:
        The model's folder.

    Raises:
        FinplatformError: The folder is there and was tampered with.
    """
    root.mkdir(parents=True, exist_ok=True)
    folder = root / model.model_version
    if folder.exists():
        load(root, model.model_version)
    else:
        _write_folder(model, folder, created_at)
    _write_pointer(root, model.model_version)
    return folder


def load(root: Path, version: str | None = None) -> EventModel:
    """Read a model back, after checking every byte of it.

    Args:
        root: Folder of the models of one task.
        version: Model version; without it, the one `latest` names.

    Raises:
        FinplatformError: No such model, a file differs from the manifest, the model file holds an
            unexpected type or comes from another scikit-learn, or the numbers are not those that
            the version stands for.
    """
    version = latest_version(root) if version is None else _checked(version)
    if version is None or not (root / version).is_dir():
        raise FinplatformError(
            f"No model {version or ''} in {root}.".replace("  ", " "),
            "Train one first, or score with an expert prior (finplatform.ml.prior).",
        )
    folder = root / version
    files = _verified_files(folder)
    metadata = json.loads(files[_METADATA])
    if "family" not in metadata:
        raise FinplatformError(
            f"The model {folder.name} was made by an earlier release, which kept less of it.",
            "Train it again.",
        )
    _check_libraries(metadata["libraries"], folder)
    model = EventModel(
        task=TASKS[_prefix(version)],
        family=metadata["family"],
        fit=_fit(files[_MODEL], metadata, folder),
        recalibration=Recalibration(**metadata["recalibration"]),
        facts={name: value for name, value in metadata.items() if name not in _NO_FACTS},
    )
    if model.model_version != version:
        raise _tampered(folder, f"its numbers are those of {model.model_version}")
    return model


def withdraw(root: Path) -> None:
    """Leave no model in use; those kept stay where they are."""
    (root / _LATEST).unlink(missing_ok=True)


def latest_version(root: Path) -> str | None:
    """Version that `latest` names, or None when no model was saved yet."""
    try:
        return _checked((root / _LATEST).read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return None


def _fit(content: bytes, metadata: dict[str, Any], folder: Path) -> Fit:
    """The fit in a model file, with its metadata."""
    from sklearn.pipeline import Pipeline

    estimator = read_estimator(content, str(folder / _MODEL))
    preparation = preparation_from_dict(metadata["preparation"])
    reference = np.array(metadata["reference"], dtype=float)
    if isinstance(estimator, Pipeline):
        return LinearFit(estimator, preparation, reference)
    if isinstance(estimator, dict) and set(estimator) == {"linear", "trees"}:
        linear, trees = estimator["linear"], estimator["trees"]
    else:
        linear, trees = None, estimator
    if not is_trees(trees) or not (linear is None or isinstance(linear, Pipeline)):
        raise _tampered(folder, f"a {type(estimator).__name__} is no model")
    if not isinstance(preparation, Preparation):
        raise _tampered(folder, "trees are not grown on evidence")
    if linear is None:
        return TreeFit(trees, preparation, reference, sha256(content))
    digest = sha256(write_estimator(trees))
    of_trees = len(preparation.names)
    return BlendFit(
        LinearFit(linear, preparation, reference[:-of_trees]),
        TreeFit(trees, preparation, reference[-of_trees:], digest),
    )


def _write_folder(model: EventModel, folder: Path, created_at: datetime) -> None:
    metadata = {
        "model_version": model.model_version,
        "created_at": created_at.isoformat(),
        "family": model.family,
        "preparation": model.preparation.to_dict(),
        "reference": plain(model.fit.reference),
        "recalibration": asdict(model.recalibration),
        **model.facts,
    }
    files = {
        _MODEL: write_estimator(model.estimator),
        _METADATA: _json(metadata),
    }
    manifest = {name: sha256(content) for name, content in files.items()}
    temporary = Path(tempfile.mkdtemp(prefix=".saving-", dir=folder.parent))
    try:
        for name, content in {**files, _MANIFEST: _json(manifest)}.items():
            _write_durably(temporary / name, content)
        temporary.chmod(0o755)
        temporary.rename(folder)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)
        # Another process may have saved the same model meanwhile: the same version is the same
        # model.
        if not folder.exists():
            raise
    _sync_folder(folder.parent)


def _write_pointer(root: Path, version: str) -> None:
    handle, name = tempfile.mkstemp(prefix=".latest-", dir=root)
    os.close(handle)
    _write_durably(Path(name), f"{version}\n".encode())
    Path(name).chmod(0o644)
    Path(name).replace(root / _LATEST)
    _sync_folder(root)


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _verified_files(folder: Path) -> dict[str, bytes]:
    """Content of the model's files, read once, so that what was checked is what is used."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        files = {name: (folder / name).read_bytes() for name in (_MODEL, _METADATA)}
    except (FileNotFoundError, ValueError) as error:
        raise _tampered(folder, "a file is missing or unreadable") from error
    if manifest != {name: sha256(content) for name, content in files.items()}:
        raise _tampered(folder, "a file differs from its manifest")
    return files


def _check_libraries(stored: dict[str, str], folder: Path) -> None:
    from sklearn import __version__ as current

    if stored["scikit-learn"] != current:
        raise FinplatformError(
            f"The model {folder.name} was trained with scikit-learn {stored['scikit-learn']}; "
            f"this is {current}.",
            "Train it again, or install that version to reproduce old scores.",
        )


def _prefix(version: str) -> str:
    return version[: version.index("-") + 1]


def _checked(version: str) -> str:
    if not _VERSION.fullmatch(version):
        raise FinplatformError(
            f"{version!r} is not the version of a model.",
            f"Versions look like {next(iter(TASKS))}0123456789abcdef.",
        )
    return version


def _tampered(folder: Path, reason: str) -> FinplatformError:
    return FinplatformError(
        f"The model folder {folder} was refused: {reason}.",
        "Restore it from a backup, or delete it and train the model again.",
    )


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n").encode()
