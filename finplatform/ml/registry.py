"""Registry of stored models and the one in use, read from their metadata.

Belongs here: reading and summing up metadata. Does not belong here: loading a model or checking its
bytes (`finplatform.ml.store`).
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finplatform.ml.store import latest_version

_METADATA = "metadata.json"


@dataclass(frozen=True)
class KeptModel:
    """A version of a model.

    Attributes:
        model: Name of the asset: `pd_model`, `pd_challenger`, `churn_model`.
        version: Version.
        family: Kind of model; empty in files of earlier releases.
        created_at: Moment of training, ISO 8601.
        is_in_use: Whether scores are made with it; of a challenger, scores in addition to those in
            use.
        code_version: Version of the code that trained it.
        train_from: First training date.
        train_to: Last training date.
        test_from: First test date.
        test_to: Last test date.
        headline: Names of the quoted test figures.
        auc: AUC of these; None of a model that is judged by other figures, such as fraud's.
        brier: Brier score of these, likewise.
    """

    model: str
    version: str
    family: str
    created_at: str
    is_in_use: bool
    code_version: str
    train_from: str
    train_to: str
    test_from: str
    test_to: str
    headline: str
    auc: float | None
    brier: float | None


def kept_models(root: Path) -> list[KeptModel]:
    """All versions of all models, by model and newest first.

    Args:
        root: Folder that holds one folder per model; it need not exist.
    """
    found = [
        _summary(path, latest_version(path.parents[1]))
        for path in sorted(root.glob(f"*/*/{_METADATA}"))
        # A model that is being written has a folder whose name begins with a dot.
        if not path.parent.name.startswith(".")
    ]
    newest_first = sorted(found, key=lambda kept: kept.created_at, reverse=True)
    return sorted(newest_first, key=lambda kept: kept.model)


def _summary(path: Path, in_use: str | None) -> KeptModel:
    metadata: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    data, metrics = metadata["data"], metadata["metrics"]
    headline = metrics[metrics["headline"]]
    return KeptModel(
        model=path.parents[1].name,
        version=metadata["model_version"],
        family=metadata.get("family", ""),
        created_at=metadata["created_at"],
        is_in_use=metadata["model_version"] == in_use,
        code_version=metadata["code_version"],
        train_from=data["train_from"],
        train_to=data["train_to"],
        test_from=data["test_from"],
        test_to=data["test_to"],
        headline=metrics["headline"],
        auc=headline.get("auc"),
        brier=headline.get("brier"),
    )
