"""A query of the benchmark, and its kind of client.

Only the names, which the command line shows without further imports.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """Kind of client of a query.

    Attributes:
        FUNCTION: Clients that call a function of `bi`.
        VIEW: A BI tool that shows a view of `bi`.
        PAGE: A chart or table of a report page.
        READY: A sample query on aggregates.
        PRINTED: A sample query on facts.
        ENDPOINT: A program, over HTTP.
    """

    FUNCTION = "function"
    VIEW = "view"
    PAGE = "page"
    READY = "ready"
    PRINTED = "printed"
    ENDPOINT = "endpoint"


STANDARD = (Kind.FUNCTION, Kind.VIEW, Kind.PAGE, Kind.READY)
"""Queries of frequently opened pages; others are selected by name."""


@dataclass(frozen=True)
class Query:
    """One query.

    Attributes:
        kind: Kind of client.
        name: Name.
        text: Select statement; of an endpoint its path.
        parameters: Values of the statement.
    """

    kind: Kind
    name: str
    text: str
    parameters: Mapping[str, Any] | None = None
