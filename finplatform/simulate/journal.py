"""The journal of entity changes: versions of rows as JSON, in the order in which they happened.

Belongs here: turning versions into `oltp.change_journal`. Does not: the changes themselves.
The JSON is what PostgreSQL's `to_jsonb(row)` gives: decimals as numbers with all their digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.oltp.codes import ENTITY_TABLES
from finplatform.simulate.frames import UTC_TIME
from finplatform.simulate.rng import Ints


@dataclass(frozen=True, slots=True)
class Versions:
    """Versions of one entity table's rows.

    Attributes:
        table: Name of the table; its first column is the key.
        rows: The row at each version (before it, for a delete).
        op: `r`, `c`, `u` or `d` for each version.
        at: Second of each change.
    """

    table: str
    rows: pl.DataFrame
    op: pl.Series
    at: Ints


def write_journal(parts: Sequence[Versions]) -> pl.DataFrame:
    """Rows of `oltp.change_journal`, numbered by time, then table, then key.

    Deletes are distinguished by their time: a customer goes at least a day after the accounts.
    """
    frames = [
        pl.DataFrame(
            {
                "rank": np.full(len(part.at), ENTITY_TABLES.index(part.table), dtype=np.int8),
                "table_name": pl.repeat(part.table, len(part.at), eager=True),
                "entity_id": part.rows.to_series(0),
                "op": part.op,
                "changed_at": pl.Series(part.at * 1_000_000).cast(UTC_TIME),
                "row_data": part.rows.select(_as_json(part.rows)).to_series(),
            }
        )
        for part in parts
    ]
    ordered = pl.concat(frames).sort("changed_at", "rank", "entity_id", maintain_order=True)
    return (
        ordered.drop("rank").with_row_index("journal_id", offset=1).cast({"journal_id": pl.Int64})
    )


def _as_json(rows: pl.DataFrame) -> pl.Expr:
    fields = [
        pl.concat_str(pl.lit(f'"{name}": '), _json_value(name, kind))
        for name, kind in rows.schema.items()
    ]
    return pl.concat_str(pl.lit("{"), pl.concat_str(fields, separator=", "), pl.lit("}"))


def _json_value(name: str, kind: pl.DataType) -> pl.Expr:
    value = pl.col(name)
    if kind == pl.String:
        escaped = value.str.replace_all("\\", "\\\\", literal=True)
        escaped = escaped.str.replace_all('"', '\\"', literal=True)
        shown = pl.concat_str(pl.lit('"'), escaped, pl.lit('"'))
    elif kind == pl.Date:
        shown = pl.concat_str(pl.lit('"'), value.dt.to_string("%Y-%m-%d"), pl.lit('"'))
    else:
        shown = value.cast(pl.String)
    return pl.coalesce(shown, pl.lit("null"))
