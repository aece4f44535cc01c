"""A fitted pipeline as bytes and back, without pickle.

Belongs here: the types a model file may hold, and the form that gives equal models equal bytes.
Does not belong here: folders, hashes, metadata.

skops trusts every scikit-learn, NumPy and SciPy type by default. A default model needs fifteen, and
only they are let through: each further type is one more constructor run on a file's word.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

from finplatform.errors import FinplatformError
from finplatform.ml.fingerprint import sha256

TRUSTED_TYPES = frozenset(
    {
        "builtins.dict",
        "builtins.list",
        "builtins.slice",
        "builtins.str",
        "builtins.tuple",
        "numpy.dtype",
        "numpy.float64",
        "numpy.ndarray",
        "sklearn.compose._column_transformer.ColumnTransformer",
        "sklearn.impute._base.MissingIndicator",
        "sklearn.impute._base.SimpleImputer",
        "sklearn.linear_model._logistic.LogisticRegression",
        "sklearn.pipeline.Pipeline",
        "sklearn.preprocessing._data.StandardScaler",
        "sklearn.preprocessing._encoders.OneHotEncoder",
    }
)
TRUSTED_LOADERS = frozenset(
    {
        "DTypeNode",
        "DictNode",
        "JsonNode",
        "ListNode",
        "NdArrayNode",
        "ObjectNode",
        "SliceNode",
        "TupleNode",
        "TypeNode",
    }
)
"""How skops may rebuild a part; those left out call functions, methods or generators."""
MAX_BYTES = 16 * 2**20
_SCHEMA = "schema.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_pipeline(pipeline: Any) -> bytes:
    """Bytes of a fitted pipeline; equal pipelines give equal bytes.

    skops names parts after memory addresses and stamps them with the time of day. Here an array is
    named after its content, and the addresses, which only say that two parts were one object, go.
    """
    from skops.io import dumps

    with zipfile.ZipFile(io.BytesIO(dumps(pipeline))) as archive:
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


def read_pipeline(content: bytes, source: str) -> Any:
    """Pipeline of bytes written by `write_pipeline`.

    Args:
        content: The bytes.
        source: Name for messages.

    Raises:
        FinplatformError: The bytes are no skops file, are too large, or hold a type outside
            `TRUSTED_TYPES`; in these cases nothing of it has been built.
    """
    from skops.io import loads

    names = _type_names(content, source)
    if foreign := sorted(names - TRUSTED_TYPES - TRUSTED_LOADERS):
        raise _refused(source, f"it holds {', '.join(foreign)}, which no default model needs")
    try:
        return loads(content, trusted=sorted(TRUSTED_TYPES))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _refused(source, f"it cannot be rebuilt ({error})") from error


def _type_names(content: bytes, source: str) -> set[str]:
    if len(content) > MAX_BYTES:
        raise _refused(source, f"it is larger than {MAX_BYTES // 2**20} MiB")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_BYTES:
                raise _refused(source, f"it unpacks to more than {MAX_BYTES // 2**20} MiB")
            schema = json.loads(archive.read(_SCHEMA))
    except (zipfile.BadZipFile, KeyError, ValueError, RecursionError) as error:
        raise _refused(source, "it is not a skops file") from error
    names = set()
    for node in _nodes(schema):
        if "__loader__" in node:
            names.add(str(node["__loader__"]))
            names.add(f"{node.get('__module__')}.{node.get('__class__')}")
    return names


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
