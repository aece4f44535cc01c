"""Validation of a conformed batch: the violated rules by row and column.

The contract's Pandera schema checks values. This module adds the rules beyond one table: text that
PostgreSQL cannot hold, keys of referenced tables, days without a partition, erased customers. Does
not belong here: types (see `conform`), and duplicates across batches (see `classification`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandera.errors
import polars as pl
from polars import selectors as cs

from finplatform.contracts.codes import CURRENCIES_WITHOUT_FRACTION
from finplatform.contracts.columns import Identifier
from finplatform.contracts.contract import SourceContract
from finplatform.contracts.rule_names import rule_name, rule_names
from finplatform.errors import FinplatformError
from finplatform.ingest.conform import FAILURE_SCHEMA, Conformed, failures_of
from finplatform.ingest.connectors.csv_body import BAD_BYTE
from finplatform.ingest.values import business_day
from finplatform.security.vault import KEY_DESTROYED

_BAD_TEXT = {
    "nul_byte": "\x00",
    # A replacement character stands for one that was lost before the text was read.
    "encoding": f"[{chr(BAD_BYTE + 0x80)}-{chr(BAD_BYTE + 0xFF)}\ufffd]",
}

LARGEST_AMOUNT = 10**15
"""Largest amount of one row in any currency; `numeric(18,2)` holds ten times as much."""

_FIRST_SUSPECT_BYTE = 0xEF
"""First byte of U+FFFD in UTF-8; that of a bad byte's stand-in is larger."""

_OPERATIONS = ("r", "c", "u", "d")


@dataclass(frozen=True)
class ValidationContext:
    """Values that rows are validated against in addition to their contract.

    Attributes:
        first_day: First business day that a partition exists for.
        last_day: Last business day; a later day is in the future.
        references: Keys of the referenced table per referring column.
        bank_timezone: Zone whose days are the bank's business days.
    """

    first_day: date
    last_day: date
    references: Mapping[str, pl.Series] = field(default_factory=dict)
    bank_timezone: str = "UTC"


def find_failures(
    batch: Conformed,
    contract: SourceContract,
    context: ValidationContext,
    *,
    day: date | None = None,
    erased: pl.Series | None = None,
) -> pl.DataFrame:
    """Violated rules of a batch, at most one per row and column.

    Args:
        batch: Conformed rows.
        contract: The table.
        context: See `ValidationContext`.
        day: Business day that the source gives for all of them.
        erased: Per row, whether its customer has been erased.

    Returns:
        Frame of `FAILURE_SCHEMA`, ordered by row.
    """
    frame, date_column = batch.frame, contract.stored.date_column
    found = [
        *_erased_failures(contract.subject, erased),
        batch.failures,
        *_text_failures(frame),
        _schema_failures(frame, contract),
        *_log_failures(frame),
        *_product_failures(frame, contract.products),
        *_minor_unit_failures(frame),
        *_reference_failures(frame, context.references),
        *(_day_failures(frame[date_column], context, day) if date_column else []),
        *_birth_failures(frame, contract, context.last_day),
    ]
    # A value that does not convert is null by now and would violate "not null" as well: the
    # first rule in the order above is the reason.
    return (
        pl.concat(found)
        .unique(["row", "column"], keep="first", maintain_order=True)
        .sort("row", maintain_order=True)
    )


def _erased_failures(subject: str | None, erased: pl.Series | None) -> list[pl.DataFrame]:
    if subject is None or erased is None or not erased.any():
        return []
    return [failures_of(subject, erased.arg_true(), KEY_DESTROYED)]


def _text_failures(frame: pl.DataFrame) -> list[pl.DataFrame]:
    found = []
    for values in frame.select(cs.string()):
        if not _may_hold_bad_text(values):
            continue
        for rule, pattern in _BAD_TEXT.items():
            rows = values.str.contains(pattern).fill_null(value=False).arg_true()
            if len(rows):
                found.append(failures_of(values.name, rows, rule))
    return found


def _may_hold_bad_text(values: pl.Series) -> bool:
    """Checks the bytes of a whole column at once, which is far cheaper than each text."""
    array = values.to_arrow(compat_level=pl.CompatLevel.oldest())
    data = array.buffers()[2]
    if data is None or data.size == 0:
        return False
    bytes_ = np.frombuffer(data, dtype=np.uint8)
    return bool(bytes_.min() == 0 or bytes_.max() >= _FIRST_SUSPECT_BYTE)


def _schema_failures(frame: pl.DataFrame, contract: SourceContract) -> pl.DataFrame:
    schema = contract.received
    try:
        schema.validate(frame.select(list(schema.columns)), lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        nameless = cases.filter(pl.col("index").is_null())
        if nameless.height:
            # The batch lacks columns of the contract, which is a defect.
            first = nameless.row(0, named=True)
            raise FinplatformError(
                f"{contract.table}: {first['column']} breaks {first['check']}.",
                "The source configuration and the contract disagree about this column.",
            ) from None
        return cases.select(
            row=pl.col("index").cast(pl.UInt32),
            column=pl.col("column"),
            rule=rule_names(cases["check"]),
        )
    return pl.DataFrame(schema=FAILURE_SCHEMA)


def _log_failures(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """Rows of a change log without a valid time or operation."""
    found = []
    if "_changed_at" in frame.columns:
        rows = frame["_changed_at"].is_null().arg_true()
        found.append(failures_of("_changed_at", rows, "not_nullable"))
    if "_op" in frame.columns:
        known = frame["_op"].is_in(_OPERATIONS).fill_null(value=True)
        found.append(failures_of("_op", (~known).arg_true(), rule_name(f"isin({_OPERATIONS})")))
    return found


def _reference_failures(
    frame: pl.DataFrame, references: Mapping[str, pl.Series]
) -> list[pl.DataFrame]:
    found = []
    for name, known in references.items():
        missing = (frame[name].is_not_null() & ~frame[name].is_in(known.implode())).arg_true()
        if len(missing):
            found.append(failures_of(name, missing, f"known({known.name})"))
    return found


def _product_failures(
    frame: pl.DataFrame, products: Iterable[tuple[str, str]]
) -> list[pl.DataFrame]:
    """Amounts that overflow when they are multiplied: each factor may be in its own range."""
    found = []
    for amount, factor in products:
        # Doubles are exact enough for a bound that leaves room for sums of many amounts.
        product = frame[amount].cast(pl.Float64) * frame[factor].cast(pl.Float64)
        rule = f"times({factor})<={LARGEST_AMOUNT:.0e}"
        found.append(failures_of(amount, (product.abs() > LARGEST_AMOUNT).arg_true(), rule))
    return found


def _minor_unit_failures(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """Amounts with a fraction in a currency that has none, such as 100.50 JPY."""
    if not {"amount", "currency"} <= set(frame.columns):
        return []
    is_whole = frame["currency"].is_in(list(CURRENCIES_WITHOUT_FRACTION))
    if not is_whole.any():
        return []
    broken = is_whole & (frame["amount"] != frame["amount"].round(0))
    return [failures_of("amount", broken.fill_null(value=False).arg_true(), "minor_units(0)")]


def _birth_failures(
    frame: pl.DataFrame, contract: SourceContract, last_day: date
) -> list[pl.DataFrame]:
    return [
        failures_of(name, (frame[name] > last_day).arg_true(), "not_in_the_future")
        for name, kind in contract.identifiers.items()
        if kind is Identifier.BIRTH_DATE
    ]


def _day_failures(
    instants: pl.Series, context: ValidationContext, day: date | None
) -> list[pl.DataFrame]:
    days = business_day(instants, context.bank_timezone)
    rules = {
        f"not_before({context.first_day})": days < context.first_day,
        "not_in_the_future": days > context.last_day,
    }
    if day is not None:
        rules[f"day_of_file({day})"] = days != day
    return [
        failures_of(instants.name, broken.fill_null(value=False).arg_true(), rule)
        for rule, broken in rules.items()
    ]
