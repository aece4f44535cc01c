"""A bank's data platform as one Dagster asset graph.

Belongs here: the version, and the function for notebooks. Everything else has a package or module
    of
its own; see docs/architecture.md.
"""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

__version__ = version("finplatform")


def frames(
    relation: str,
    *,
    columns: Sequence[str] | None = None,
    where: str | None = None,
    params: Sequence[Any] | Mapping[str, Any] | None = None,
    decimals: Literal["exact", "float"] = "exact",
) -> "pd.DataFrame":
    """Rows of a table or view of the warehouse, read with the read-only login.

    Columns have Arrow types, so that decimals, dates, instants and nulls equal those of the
    database. Rows are unordered.

    Args:
        relation: `schema.table`, or the table alone.
        columns: Columns to read, in this order; default: all.
        where: SQL condition that rows meet, with `%s` or `%(name)s` in place of values.
        params: Those values, a sequence or a mapping; a per cent sign of the condition is then
            written twice.
        decimals: `float` returns amounts as doubles, for arithmetic and charts without decimals.

    Returns:
        A pandas frame.

    Raises:
        FinplatformError: If there is no such relation or column, or the condition is not SQL.
    """
    # Imported lazily, so that importing the package is fast.
    from finplatform.warehouse.frames import read

    return read(relation, columns=columns, where=where, params=params, decimals=decimals)
