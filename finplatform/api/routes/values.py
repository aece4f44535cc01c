"""Kinds of values that requests and answers of several routes have.

Belongs here: types with their limits. Does not belong here: models of one resource.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

IDENTIFIER = r"^[A-Za-z0-9_.:-]{1,40}$"
"""What identifies a row of a source: the pattern of the contracts."""

CODE = r"^[A-Z0-9_]{1,40}$"

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _written_as_day(value: Any) -> Any:
    """Refuses numbers, which would else be taken for seconds since 1970, and instants.

    Raises:
        ValueError: If text is not of the form YYYY-MM-DD.
    """
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("Write a day as YYYY-MM-DD.")


Day = Annotated[date, BeforeValidator(_written_as_day)]

PathId = Annotated[str, Path(pattern=IDENTIFIER)]
QueryId = Annotated[str | None, Query(pattern=IDENTIFIER)]
QueryCode = Annotated[str | None, Query(pattern=CODE)]
QueryDay = Annotated[Day | None, Query()]

Number = Annotated[
    Decimal,
    PlainSerializer(float, return_type=float, when_used="json"),
    WithJsonSchema({"type": "number"}, mode="serialization"),
]
"""An exact figure that is shown as a JSON number, as the documented reports show theirs."""
