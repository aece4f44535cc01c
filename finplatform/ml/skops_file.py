"""A fitted pipeline or fitted trees of scikit-learn as bytes and back, without pickle.

Belongs here: the types a model file may hold, and the form that gives equal models equal bytes.
Does not belong here: folders, hashes, metadata.

skops trusts every estimator of scikit-learn, and every type and function of NumPy and SciPy that it
accepts by default. The models here need those listed, and only they are let through: each further
one is one more constructor run on a file's word.

What the listed types hold is as good as its source. scikit-learn follows the nodes of trees without
looking whether they are there, which is why skops does not trust `TreePredictor` by default:
crafted nodes cannot run code, but can crash the process that scores with them. The hashes that
`finplatform.ml.store` checks hold such a file off every version that stored scores name.
"""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from finplatform.errors import FinplatformError
from finplatform.ml.fingerprint import sha256

TRUSTED_TYPES: Mapping[str, frozenset[str]] = {
    "DTypeNode": frozenset({"numpy.dtype"}),
    "DictNode": frozenset({"builtins.dict"}),
    # Within a `functools.partial`: how trees check the numbers that they are given.
    "FunctionNode": frozenset({"sklearn.utils.validation.check_array"}),
    "JsonNode": frozenset({"builtins.str"}),
    "ListNode": frozenset({"builtins.list"}),
    "LossNode": frozenset({"sklearn._loss._loss.CyHalfBinomialLoss"}),
    "NdArrayNode": frozenset({"numpy.float64", "numpy.ndarray", "numpy.uint64"}),
    "ObjectNode": frozenset(
        {
            "sklearn._loss.link.Interval",
            "sklearn._loss.link.LogitLink",
            "sklearn._loss.loss.HalfBinomialLoss",
            "sklearn.compose._column_transformer.ColumnTransformer",
            "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
            "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier",
            "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
            "sklearn.impute._base.MissingIndicator",
            "sklearn.impute._base.SimpleImputer",
            "sklearn.linear_model._logistic.LogisticRegression",
            "sklearn.pipeline.Pipeline",
            "sklearn.preprocessing._data.StandardScaler",
            "sklearn.preprocessing._encoders.OneHotEncoder",
            "sklearn.preprocessing._encoders.OrdinalEncoder",
            "sklearn.preprocessing._function_transformer.FunctionTransformer",
            "sklearn.preprocessing._label.LabelEncoder",
        }
    ),
    "PartialNode": frozenset({"functools.partial"}),
    "RandomGeneratorNode": frozenset({"numpy.random._generator.Generator"}),
    "SliceNode": frozenset({"builtins.slice"}),
    "TupleNode": frozenset({"builtins.tuple"}),
    "TypeNode": frozenset({"builtins.str", "numpy.float64"}),
}
"""Types and functions by the loader of skops that may rebuild them, named as a skops file does.

Of the loaders left out, some call a method or an operator that the file names.
"""
MAX_BYTES = 16 * 2**20
_SCHEMA = "schema.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_estimator(estimator: Any) -> bytes:
    """Bytes of a fitted estimator; equal estimators give equal bytes.

    skops names parts after memory addresses and stamps them with the time of day. Here an array is
    named after its content, and the addresses, which only mark shared objects, are removed.
    """
    from skops.io import dumps

    with zipfile.ZipFile(io.BytesIO(dumps(estimator))) as archive:
        schema = json.loads(archive.read(_SCHEMA))
        parts = {name: archive.read(name) for name in archive.namelist() if name != _SCHEMA}
    named = {name: f"{sha256(part)}.npy" for name, part in parts.items()}
    for node in _nodes(schema):
        node.pop("__id__", None)
        if "file" in node:
            node["file"] = named[node["file"]]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, part in sorted({named[name]: part for name, part in parts.items()}.items()):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), part)
        archive.writestr(zipfile.ZipInfo(_SCHEMA, _EPOCH), json.dumps(schema, sort_keys=True))
    return buffer.getvalue()


def read_estimator(content: bytes, source: str) -> Any:
    """Estimator of bytes written by `write_estimator`.

    Args:
        content: The bytes.
        source: Name for messages.

    Raises:
        FinplatformError: The bytes are no skops file, are too large, or hold a type outside
            `TRUSTED_TYPES`; in these cases nothing of it has been built.
    """
    from skops.io import loads

    if foreign := sorted(_foreign_types(content, source)):
        raise _refused(source, f"it holds {', '.join(foreign)}, which no model here needs")
    try:
        return loads(content, trusted=sorted(frozenset().union(*TRUSTED_TYPES.values())))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _refused(source, f"it cannot be rebuilt ({error})") from error


def _foreign_types(content: bytes, source: str) -> set[str]:
    """Types of a file outside `TRUSTED_TYPES`, each with the loader that would rebuild it."""
    if len(content) > MAX_BYTES:
        raise _refused(source, f"it is larger than {MAX_BYTES // 2**20} MiB")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_BYTES:
                raise _refused(source, f"it unpacks to more than {MAX_BYTES // 2**20} MiB")
            schema = json.loads(archive.read(_SCHEMA))
    except (zipfile.BadZipFile, KeyError, ValueError, RecursionError) as error:
        raise _refused(source, "it is not a skops file") from error
    parts = (
        (str(node["__loader__"]), f"{node.get('__module__')}.{node.get('__class__')}")
        for node in _nodes(schema)
        if "__loader__" in node
    )
    return {
        f"{name} ({loader})"
        for loader, name in parts
        if name not in TRUSTED_TYPES.get(loader, frozenset())
    }


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object of a schema, outermost first."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(reversed(node.values()))
        elif isinstance(node, list):
            waiting.extend(reversed(node))


def _refused(source: str, reason: str) -> FinplatformError:
    return FinplatformError(
        f"The model file {source} was refused: {reason}.",
        "Restore the folder from a backup, or train the model again.",
    )
