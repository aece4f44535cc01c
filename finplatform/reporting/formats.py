"""Formats of exported files.

Belongs here: their names. Writing them is `exports`.
"""

from enum import StrEnum


class Format(StrEnum):
    """Formats of an export; the value is the ending of a file's name."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"
