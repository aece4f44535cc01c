"""Names and literals in SQL text.

Values of rows or users are never part of SQL text: they are bound as parameters or sent as Arrow.
"""

from collections.abc import Sequence
from datetime import date, datetime


def quote(identifier: str) -> str:
    """An SQL identifier, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str | int | date | datetime | None) -> str:
    """An SQL literal of a value of the platform."""
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    text = value if isinstance(value, str) else value.isoformat()
    return "'" + text.replace("'", "''") + "'"


def distinct(names: Sequence[str]) -> list[str]:
    """Distinct names: the second `total` becomes `total_2`."""
    taken: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in taken:
            number += 1
            candidate = f"{name}_{number}"
        taken.append(candidate)
    return taken
