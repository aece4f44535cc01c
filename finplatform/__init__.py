"""A bank's data platform as one Dagster asset graph.

Belongs here: the version, and the one function that people call from a notebook. Everything else
has a package or module of its own; docs/architecture.md is the map.
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
    """Rows of a table or view of the warehouse, read by the login that can only read.

    Columns have Arrow types, so that decimals, dates, instants and nulls are what they are in the
    database. Rows come in no particular order.

    Args:
        relation: `schema.table`, or the table alone.
        columns: Columns to read, in this order; default: all.
        where: SQL condition that rows meet, with `%s` or `%(name)s` in place of values.
        params: Those values, a sequence or a mapping; a per cent sign of the condition is then
            written twice.
        decimals: `float` gives amounts as doubles, for arithmetic and charts that know no decimals.

    Returns:
        A pandas frame.

    Raises:
        FinplatformError: If there is no such relation or column, or the condition is not SQL.
    """
    # Imported here, so that the package itself stays light.
    from finplatform.warehouse.frames import read

    return read(relation, columns=columns, where=where, params=params, decimals=decimals)
