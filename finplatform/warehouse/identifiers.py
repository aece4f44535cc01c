"""Names and literals in SQL text.

Belongs here: the two functions every module that writes SQL uses. Values that come from rows or
people never pass through text: they are bound as parameters or travel as Arrow.
"""

from datetime import date, datetime


def quote(identifier: str) -> str:
    """An SQL identifier, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str | int | date | datetime | None) -> str:
    """An SQL literal of a value that the platform itself made."""
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    text = value if isinstance(value, str) else value.isoformat()
    return "'" + text.replace("'", "''") + "'"
