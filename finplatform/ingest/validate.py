"""Validating: which rows of a conformed batch may be stored, and why the others may not.

The contract's Pandera schema judges values; this module adds what a schema of one table cannot
know: text that PostgreSQL cannot hold, keys that another table must have, days that no partition
has. Does not belong here: types (see `conform`), and duplicates, which only the whole window shows
(see `load`).
"""

from collections.abc import Mapping
from datetime import date

import pandera.errors
import polars as pl

from finplatform.connectors.files import BAD_BYTE
from finplatform.contracts.contract import SourceContract
from finplatform.errors import FinplatformError
from finplatform.ingest.conform import FAILURE_SCHEMA, Conformed, failures_of

_BAD_TEXT = {
    "nul_byte": "\x00",
    "encoding": f"[{chr(BAD_BYTE + 0x80)}-{chr(BAD_BYTE + 0xFF)}\ufffd]",
}


def find_failures(
    batch: Conformed,
    contract: SourceContract,
    references: Mapping[str, pl.Series],
    *,
    first_day: date,
    last_day: date,
) -> pl.DataFrame:
    """Every broken rule of a batch, at most one per row and column.

    Args:
        batch: Conformed rows.
        contract: What they must keep.
        references: Known values per referring column.
        first_day: First business day that a partition exists for.
        last_day: Last one; a later day is in the future.

    Returns:
        Frame of `FAILURE_SCHEMA`, ordered by row.
    """
    found = [
        batch.failures,
        *_text_failures(batch.frame),
        _schema_failures(batch.frame, contract),
        *_reference_failures(batch.frame, references),
        *_day_failures(batch.frame, contract.stored.date_column, first_day, last_day),
    ]
    # A value without its type is null by now, and would break "not null" as well: the first
    # rule in the order above is the reason, the rest follows from it.
    return (
        pl.concat(found)
        .unique(["row", "column"], keep="first", maintain_order=True)
        .sort("row", maintain_order=True)
    )


def _text_failures(frame: pl.DataFrame) -> list[pl.DataFrame]:
    found = []
    for name, dtype in frame.schema.items():
        if dtype != pl.String:
            continue
        for rule, pattern in _BAD_TEXT.items():
            rows = frame[name].str.contains(pattern).fill_null(value=False).arg_true()
            if len(rows):
                found.append(failures_of(frame[name], rows, rule))
    return found


def _schema_failures(frame: pl.DataFrame, contract: SourceContract) -> pl.DataFrame:
    schema = contract.received
    try:
        schema.validate(frame.select(schema.columns), lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        nameless = cases.filter(pl.col("index").is_null())
        if nameless.height:
            # Not a bad row but a batch that does not have the contract's columns: a defect.
            first = nameless.row(0, named=True)
            raise FinplatformError(
                f"{contract.table}: {first['column']} breaks {first['check']}.",
                "The source configuration and the contract disagree about this column.",
            ) from errors
        return cases.select(
            row=pl.col("index").cast(pl.UInt32),
            column=pl.col("column"),
            rule=pl.col("check").str.head(120),
            value=pl.col("failure_case").cast(pl.String),
        )
    return pl.DataFrame(schema=FAILURE_SCHEMA)


def _reference_failures(
    frame: pl.DataFrame, references: Mapping[str, pl.Series]
) -> list[pl.DataFrame]:
    found = []
    for name, known in references.items():
        missing = (frame[name].is_not_null() & ~frame[name].is_in(known.implode())).arg_true()
        if len(missing):
            found.append(failures_of(frame[name], missing, f"known({known.name})"))
    return found


def _day_failures(
    frame: pl.DataFrame, date_column: str | None, first_day: date, last_day: date
) -> list[pl.DataFrame]:
    if date_column is None:
        return []
    days = frame[date_column].cast(pl.Date)
    found = []
    for rule, broken in (
        (f"not_before({first_day})", days < first_day),
        ("not_in_the_future", days > last_day),
    ):
        rows = broken.fill_null(value=False).arg_true()
        if len(rows):
            found.append(failures_of(frame[date_column], rows, rule))
    return found
