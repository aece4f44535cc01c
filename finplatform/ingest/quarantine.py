"""Quarantine: rejected rows, kept whole with the reason.

What people see is masked; the row as received is sealed beside it, so that nothing is lost and no
identifier is in clear. Belongs here: the shape of a rejected row. Does not belong here: deciding
what to reject (see `validate`).
"""

import json

import pandera.polars as pa
import polars as pl

from finplatform.connectors.base import Malformed
from finplatform.connectors.files import BAD_BYTE
from finplatform.contracts.contract import Contract, Kind, SourceContract
from finplatform.ingest.protect import Protector
from finplatform.security import masking

SUBJECT = "quarantine"
"""Whose key seals rejected rows: a row without a valid key has no customer to belong to."""

_SPELT = {"\x00": r"\x00"} | {chr(BAD_BYTE + byte): f"\\x{byte:02x}" for byte in range(0x80, 0x100)}

REJECTED_ROWS = Contract(
    schema_name="quarantine",
    table="rejected_rows",
    grain="one row per rejected source row",
    kind=Kind.TABLE,
    key=("table_name", "origin", "row_text"),
    schema=pa.DataFrameSchema(
        {
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
        strict=True,
        ordered=True,
    ),
)
"""Contract of `quarantine.rejected_rows`."""


def rejected_rows(
    received: pl.DataFrame,
    failures: pl.DataFrame,
    contract: SourceContract,
    protector: Protector,
    *,
    days: pl.Series | None,
    origin: str,
) -> pl.DataFrame:
    """Rejected rows of a batch, with the clear text still in `clear` for sealing.

    Args:
        received: All rows of the batch, as received.
        failures: Broken rules, by row position.
        contract: The table.
        protector: Masks what is personal.
        days: Business day per row, null where the row has none.
        origin: File or table of the batch.
    """
    rows = failures["row"].unique().sort()
    text = received[rows.cast(pl.Int64)].select(pl.all().cast(pl.String, strict=False))
    text = text.select(pl.all().map_batches(_visible, return_dtype=pl.String))
    masked = protector.mask(text)
    shown = _mask_values(failures, contract)
    reasons = shown.group_by("row", maintain_order=True).agg(
        column_name=pl.col("column").first(),
        rule=pl.col("rule").first(),
        value=pl.col("value").first(),
        failures=pl.struct("column", "rule", "value"),
    )
    return pl.DataFrame(
        {
            "table_name": pl.repeat(contract.table, len(rows), eager=True, dtype=pl.String),
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
            "row_text": _as_json(masked),
            "clear": _as_json(text),
        }
    )


def malformed_rows(
    pieces: list[Malformed], contract: SourceContract, *, origin: str
) -> pl.DataFrame:
    """Pieces of a file that are no rows, in the shape of rejected rows."""
    clear = _visible(pl.Series("clear", [piece.text for piece in pieces], dtype=pl.String))
    shown = pl.DataFrame({"clear": clear}).select(masking.redact("clear")).to_series()
    return pl.DataFrame(
        {
            "table_name": [contract.table] * len(pieces),
            "partition_date": pl.Series([None] * len(pieces), dtype=pl.Date),
            "origin": [origin] * len(pieces),
            "column_name": [piece.place for piece in pieces],
            "rule": [piece.rule for piece in pieces],
            "value": pl.Series([None] * len(pieces), dtype=pl.String),
            "failures": [
                json.dumps([{"column": piece.place, "rule": piece.rule, "value": None}])
                for piece in pieces
            ],
            "row_text": shown,
            "clear": clear,
        }
    )


def _mask_values(failures: pl.DataFrame, contract: SourceContract) -> pl.DataFrame:
    personal = list(contract.identifiers)
    return failures.with_columns(
        value=pl.when(pl.col("column").is_in(personal) & pl.col("value").is_not_null())
        .then(pl.lit(masking.STARS))
        .otherwise(_readable(pl.col("value")).str.head(200))
    )


def _visible(values: pl.Series) -> pl.Series:
    """Text with what PostgreSQL cannot hold, or people cannot see, spelt out."""
    return pl.DataFrame({"v": values}).select(_readable(pl.col("v"))).to_series().alias(values.name)


def _readable(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many(list(_SPELT), list(_SPELT.values()))


def _as_json(frame: pl.DataFrame) -> pl.Series:
    return frame.select(pl.struct(pl.all()).struct.json_encode()).to_series()
