"""Hash of a model: training data, code, settings and learned parameters.

Belongs here: canonical bytes of frames and JSON values. Does not belong here: files.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spare blanks; NaN is refused, floats are kept to the bit."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(content: bytes | str) -> str:
    """Hexadecimal digest."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def frame_fingerprint(frame: pl.DataFrame, columns: Sequence[str]) -> str:
    """Digest of a frame's values, whatever the order of its columns.

    Args:
        frame: Rows in an order that means something (sorted by key).
        columns: Columns that count.
    """
    digest = hashlib.sha256(str(frame.height).encode())
    for name in sorted(columns):
        digest.update(f"\x00{name}\x00".encode())
        for part in _column_bytes(frame[name]):
            digest.update(part)
    return digest.hexdigest()


def _column_bytes(column: pl.Series) -> tuple[bytes, ...]:
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        values = column.cast(pl.Float64).fill_nan(None).fill_null(float("nan")).to_numpy()
        return (b"number", np.ascontiguousarray(values + 0.0, dtype="<f8").tobytes())
    text = column.cast(pl.String)
    lengths = text.str.len_bytes().cast(pl.Int64).fill_null(-1).to_numpy()
    joined = "".join(text.fill_null("").to_list()).encode()
    return (b"text", np.ascontiguousarray(lengths, dtype="<i8").tobytes(), joined)
