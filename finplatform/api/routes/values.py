"""Kinds of values that requests and answers of several routes have.

Belongs here: types with their limits. Does not belong here: models of one resource.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import Path, Query
from pydantic import PlainSerializer, WithJsonSchema

IDENTIFIER = r"^[A-Za-z0-9_.:-]{1,40}$"
"""What identifies a row of a source: the pattern of the contracts."""

CODE = r"^[A-Z0-9_]{1,40}$"

PathId = Annotated[str, Path(pattern=IDENTIFIER)]
QueryId = Annotated[str | None, Query(pattern=IDENTIFIER)]
QueryCode = Annotated[str | None, Query(pattern=CODE)]
QueryDay = Annotated[date | None, Query()]

Number = Annotated[
    Decimal,
    PlainSerializer(float, return_type=float, when_used="json"),
    WithJsonSchema({"type": "number"}, mode="serialization"),
]
"""An exact figure that is shown as a JSON number, as the documented reports show theirs."""
