"""Options that several commands take.

Belongs here: their types, and what becomes of a date that was typed.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


class Engine(StrEnum):
    """What runs a query.

    Attributes:
        WAREHOUSE: PostgreSQL.
        LAKE: DuckDB over the lake's Parquet files.
    """

    WAREHOUSE = "warehouse"
    LAKE = "lake"


def day_of(value: datetime | None) -> date | None:
    """The day of a date that was typed."""
    return value.date() if value else None
