"""Quarantine: rejected rows, stored whole with the reason.

The row is shown masked; the row as received is sealed in the vault, so that nothing is lost and no
identifier is stored in clear. Belongs here: the shape of a rejected row, and deleting the
rejections that a new load replaces. Does not belong here: the rules (see `validate`).
"""

import json
from datetime import date

import pandera.polars as pa
import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.contracts.contract import Contract, Kind
from finplatform.ingest.connectors.base import Malformed
from finplatform.ingest.connectors.csv_body import BAD_BYTE
from finplatform.ingest.protect import Protector
from finplatform.security.vault import KEY_DESTROYED
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import literal
from finplatform.windows import Window

SUBJECT = "quarantine"
"""Subject whose key seals rejected rows: a row without a valid key has no customer."""

ERASED = "[erased]"
"""Text shown for a row about an erased customer, which is stored neither clear nor sealed."""

_INVISIBLE = (
    *range(0x20), *range(0x7F, 0xA0), 0xAD, 0x061C, *range(0x200B, 0x2010),
    *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0xFFFD,
)  # fmt: skip

_SPELT = (
    {chr(point): f"\\u{point:04x}" for point in _INVISIBLE}
    | {"\x00": r"\x00", "\t": r"\t", "\n": r"\n", "\r": r"\r"}
    | {chr(BAD_BYTE + byte): f"\\x{byte:02x}" for byte in range(0x80, 0x100)}
)
"""Escapes of characters that PostgreSQL cannot hold or that are invisible."""

REJECTED_ROWS = Contract(
    schema_name="quarantine",
    table="rejected_rows",
    grain="one row per rejected source row",
    kind=Kind.TABLE,
    key=("table_name", "origin", "row_text"),
    fields={
        "table_name": pa.Column(pl.String, description="Bronze table that refused the row."),
        "partition_date": pa.Column(
            pl.Date, nullable=True, description="Business day of the row, where it has one."
        ),
        "origin": pa.Column(pl.String, description="File or table that it came from."),
        "column_name": pa.Column(pl.String, description="First column that breaks a rule."),
        "rule": pa.Column(pl.String, description="The rule that it breaks."),
        "value": pa.Column(
            pl.String, nullable=True, description="The offending value, masked if personal."
        ),
        "failures": pa.Column(
            pl.String, description="All broken rules as JSON: column, rule, value."
        ),
        "row_text": pa.Column(
            pl.String, description="The row as received, as JSON, identifiers masked."
        ),
        "identity_id": pa.Column(
            pl.String,
            nullable=True,
            description="The row as received, sealed, in `vault.customer_identity`.",
        ),
    },
)
"""Contract of `quarantine.rejected_rows`."""


def rejected_rows(
    received: pl.DataFrame,
    failures: pl.DataFrame,
    table: str,
    protector: Protector,
    *,
    days: pl.Series | None,
    origin: str,
) -> pl.DataFrame:
    """Rejected rows of a batch, with the clear text still in `clear` for sealing.

    Args:
        received: All rows of the batch, as received.
        failures: Violated rules, by row position.
        table: Bronze table.
        protector: Masks the values shown.
        days: Partition per row of the batch, null where the row has none.
        origin: File or table of the batch.
    """
    rows = failures["row"].unique().sort()
    text = received[rows.cast(pl.Int64)].select(_readable(pl.all().cast(pl.String, strict=False)))
    places = pl.DataFrame({"row": rows, "place": pl.arange(len(rows), eager=True, dtype=pl.UInt32)})
    with_values = _with_values(failures.join(places, on="row", maintain_order="left"), text)
    reasons = (
        protector.shown_values(with_values)
        .group_by("place", maintain_order=True)
        .agg(
            column_name=pl.col("column").first(),
            rule=pl.col("rule").first(),
            value=pl.col("value").first(),
            failures=pl.struct("column", "rule", "value"),
        )
        .sort("place")
    )
    is_erased = (reasons["rule"] == KEY_DESTROYED).alias("is_erased")
    shown_text = _as_json(protector.shown_rows(text, with_values))
    return pl.DataFrame(
        {
            "table_name": pl.repeat(table, len(rows), eager=True, dtype=pl.String),
            "partition_date": (
                days.gather(rows)
                if days is not None
                else pl.repeat(None, len(rows), eager=True, dtype=pl.Date)
            ),
            "origin": pl.repeat(origin, len(rows), eager=True, dtype=pl.String),
            "column_name": reasons["column_name"],
            "rule": reasons["rule"],
            "value": reasons["value"],
            "failures": [json.dumps(list(reason)) for reason in reasons["failures"].to_list()],
            "row_text": pl.select(
                pl.when(is_erased).then(pl.lit(ERASED)).otherwise(shown_text)
            ).to_series(),
            "clear": pl.select(pl.when(~is_erased).then(_as_json(text))).to_series(),
        }
    )


def failures_with_values(
    received: pl.DataFrame, failures: pl.DataFrame, protector: Protector
) -> pl.DataFrame:
    """Violated rules of a batch, with the offending values as quarantine shows them.

    Args:
        received: All rows of the batch, as received.
        failures: Violated rules, by row position.
        protector: Masks the values.

    Returns:
        The failures with `value`: masked if personal, null where nothing was received.
    """
    text = received.select(_readable(pl.all().cast(pl.String, strict=False)))
    placed = failures.with_columns(place=pl.col("row"))
    return protector.shown_values(_with_values(placed, text)).drop("place")


def _with_values(failures: pl.DataFrame, text: pl.DataFrame) -> pl.DataFrame:
    """Failures with the offending text, in their order."""
    ordered = failures.with_row_index("order")
    with_values = [
        cells.with_columns(value=text[str(name)].gather(cells["place"]))
        for (name,), cells in ordered.group_by("column")
    ]
    return pl.concat(with_values).sort("order").drop("order")


def malformed_rows(
    pieces: list[Malformed], table: str, protector: Protector, *, day: date | None, origin: str
) -> pl.DataFrame:
    """Malformed pieces of a file in the shape of rejected rows."""
    received = pl.DataFrame(
        {"clear": [piece.text for piece in pieces]}, schema={"clear": pl.String}
    )
    clear = received.select(_readable(pl.col("clear"))).to_series()
    return pl.DataFrame(
        {
            "table_name": [table] * len(pieces),
            "partition_date": pl.Series([day] * len(pieces), dtype=pl.Date),
            "origin": [origin] * len(pieces),
            "column_name": [piece.place for piece in pieces],
            "rule": [piece.rule for piece in pieces],
            "value": pl.Series([None] * len(pieces), dtype=pl.String),
            "failures": [
                json.dumps([{"column": piece.place, "rule": piece.rule, "value": None}])
                for piece in pieces
            ],
            "row_text": protector.shown_piece(clear),
            "clear": clear,
        }
    )


def _readable(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many(list(_SPELT), list(_SPELT.values()))


def _as_json(frame: pl.DataFrame) -> pl.Series:
    return frame.select(pl.struct(pl.all()).struct.json_encode()).to_series()


_CLEARED = "rejections_cleared"


def create_cleared_stage(connection: dbapi.Connection) -> None:
    """Creates the temporary table of the sealed identities of deleted rejections."""
    bulk.execute(connection, f"create temporary table {_CLEARED} (identity_id text) on commit drop")


def clear(connection: dbapi.Connection, table: str, window: Window | None) -> None:
    """Deletes a table's rejections of a window and those without a day from quarantine.

    Args:
        connection: Connection of the load.
        table: Bronze table.
        window: Days of the load; None for all.
    """
    condition = f"table_name = {literal(table)}"
    if window is not None:
        condition += f" and (partition_date is null or {window.predicate('partition_date')})"
    bulk.execute(
        connection,
        f"with cleared as (delete from quarantine.rejected_rows where {condition}"
        f" returning identity_id) insert into {_CLEARED} select identity_id from cleared",
    )


def delete_cleared_identities(connection: dbapi.Connection) -> None:
    """Deletes sealed identities of deleted rejections."""
    bulk.execute(
        connection,
        "delete from vault.customer_identity as i"
        f" using (select distinct identity_id from {_CLEARED}) as c"
        f" where i.identity_id = c.identity_id and i.subject_id = {literal(SUBJECT)}"
        " and not exists (select from quarantine.rejected_rows as r"
        " where r.identity_id = i.identity_id)",
    )
