"""Documents as rows: nested fields under dotted paths, every value as text.

A source without a schema may write one field in several types. As text they all fit one column, and
the contract validates them like those of a CSV file. Belongs here: from JSON, BSON or XML records
to frames. Does not belong here: reading the documents.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import Malformed
from finplatform.ingest.connectors.limits import DEFAULT, Limits

SEPARATOR = "; "
"""Separator between the values of one path in a list."""

_MOST_DIGITS = 400
"""Digits before or after the point that are written out; the largest float has 309."""

_SURROGATES = re.compile("[\ud800-\udfff]")


class _NotAValueError(Exception):
    """A path leads to a structure, or through a value."""


def frame_of(
    documents: Sequence[object],
    paths: Sequence[str],
    *,
    first: int = 1,
    limits: Limits = DEFAULT,
) -> tuple[pl.DataFrame, list[Malformed]]:
    """Rows of documents.

    `a.b` is field b of document a; in a list of documents, field b of each of them, and `a.0.b`
    that of the first. A field that a document lacks is null.

    Args:
        documents: The documents.
        paths: Requested paths, each a column; empty for all that occur.
        first: Number of the first document, for messages.
        limits: See `Limits`.

    Returns:
        The rows, and the malformed documents.

    Raises:
        FinplatformError: If more paths occur than a table may have columns.
    """
    rows: list[dict[str, str | None]] = []
    malformed = []
    for number, document in enumerate(documents, first):
        try:
            rows.append(_row(document, paths))
        except _NotAValueError as error:
            malformed.append(Malformed(str(error), _as_json(document), f"record {number}"))
    names = list(paths) or list(dict.fromkeys(name for row in rows for name in row))
    limits.check_columns(len(names))
    columns = {name: [row.get(name) for row in rows] for name in names}
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String)), malformed


def is_deeper(document: object, levels: int) -> bool:
    """Whether lists and mappings are nested more than so many levels deep."""
    containers = [document] if isinstance(document, list | dict) else []
    for _ in range(levels):
        if not containers:
            return False
        containers = [
            child
            for container in containers
            for child in (container if isinstance(container, list) else container.values())
            if isinstance(child, list | dict)
        ]
    return bool(containers)


def value_at(document: object, path: str) -> object:
    """Value at a dotted path; None if it is missing."""
    for part in path.split(".") if path else ():
        if not isinstance(document, Mapping):
            return None
        document = document.get(part)
    return document


def records_at(document: object, path: str | None) -> list[object]:
    """The list of records in a JSON document.

    Args:
        document: The parsed document.
        path: Dotted path to the list; without one the document itself is the list.

    Raises:
        FinplatformError: If there is no list.
    """
    records = value_at(document, path or "")
    if not isinstance(records, list):
        raise FinplatformError(
            f"There is no list of records {f'at {path}' if path else 'in the answer'}.",
            "Give `records` the dotted path to the list.",
        )
    return records


def _row(document: object, paths: Sequence[str]) -> dict[str, str | None]:
    if not isinstance(document, Mapping):
        raise _NotAValueError("record")
    if paths:
        return {path: _joined(_texts_at(document, path)) for path in paths}
    found: dict[str, list[str]] = {}
    for path, text in _leaves(document, ""):
        found.setdefault(path, []).append(text)
    return {path: _joined(texts) for path, texts in found.items()}


def _joined(texts: list[str]) -> str | None:
    return SEPARATOR.join(texts) if texts else None


def _texts_at(document: object, path: str) -> list[str]:
    try:
        return list(_walk(document, path.split(".")))
    except _NotAValueError:
        raise _NotAValueError(f"field({path})") from None


def _walk(node: object, parts: Sequence[str]) -> Iterator[str]:
    if node is None:
        return
    if isinstance(node, list):
        if parts and parts[0].isdigit():
            yield from _walk(dict(enumerate(node)).get(int(parts[0])), parts[1:])
        else:
            for element in node:
                yield from _walk(element, parts)
    elif isinstance(node, Mapping) and parts:
        yield from _walk(node.get(parts[0]), parts[1:])
    elif isinstance(node, Mapping) or parts:
        raise _NotAValueError
    else:
        yield as_text(node)


def _leaves(node: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for name, child in node.items():
            yield from _leaves(child, f"{path}.{name}" if path else str(name))
    elif isinstance(node, list):
        for element in node:
            yield from _leaves(element, path)
    elif node is not None:
        yield path, as_text(node)


def as_text(value: Any) -> str:
    """A value as text in the form that `finplatform.ingest.values` reads."""
    match value:
        case str():
            # Half of a surrogate pair is no text; the stand-in violates the rule `encoding`.
            return value if value.isascii() else _SURROGATES.sub("\ufffd", value)
        case bool():
            return str(value).lower()
        case float():
            return _as_number(value)
        case Decimal():
            return _plain(value)
        case datetime():
            return _as_instant(value)
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return str(value)


def _as_number(value: float) -> str:
    """A float as text; a whole number without a fraction, as JavaScript has no integers."""
    number = Decimal(repr(value))
    if number.is_finite() and number == number.to_integral_value():
        return format(number.to_integral_value(), "f")
    return format(number, "f")


def _plain(number: Decimal) -> str:
    """A decimal in digits; with its exponent if the digits would be too many."""
    if number.is_finite() and abs(number.adjusted()) > _MOST_DIGITS:
        return str(number)
    return format(number, "f")


def _as_instant(value: datetime) -> str:
    """An instant in ISO 8601; BSON's are in UTC."""
    instant = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return instant.isoformat()


def _as_json(document: object) -> str:
    text = json.dumps(document, default=as_text, ensure_ascii=False)
    return _SURROGATES.sub("\ufffd", text)
