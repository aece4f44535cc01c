"""Corrections at a person's request (article 16).

They are made where the data is owned, in the operational schema, and reach the warehouse with the
next load of customers as a new version; what was known before stays in history. Belongs here: which
fields can be corrected, and the check of a value by the contract. Does not belong here: the
statement (`operational`).
"""

from collections.abc import Mapping
from datetime import date

import pandera.errors
import polars as pl

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import dtype_of
from finplatform.errors import FinplatformError
from finplatform.privacy.erasure import Place, erased_subjects
from finplatform.privacy.operational import operational_url, rectify_in_source

_CUSTOMERS = SOURCES["customers"]
CORRECTABLE = tuple(
    name
    for name in _CUSTOMERS.received.columns
    if name in (*_CUSTOMERS.identifiers, "city", "state", "country", "sex", "employment_status",
                "annual_income")
)  # fmt: skip
"""Fields that a person may have corrected: what the bank concludes of them is none."""


def checked(changes: Mapping[str, str]) -> dict[str, str | date | None]:
    """Corrections as values, each checked by the contract of customers.

    Args:
        changes: New value by field, as typed; empty text is null.

    Raises:
        FinplatformError: If a field cannot be corrected, or a value breaks its rule. The value is
            not quoted.
    """
    if not changes:
        raise FinplatformError("There is nothing to correct.", 'Name a field: --set "city=Brno"')
    values: dict[str, str | date | None] = {}
    for name, text in changes.items():
        if name not in CORRECTABLE:
            raise FinplatformError(
                f"{name} cannot be corrected.", f"Fields are: {', '.join(CORRECTABLE)}."
            )
        column = _CUSTOMERS.received.columns[name]
        dtype = dtype_of(column)
        cell = pl.Series(name, [text.strip() or None], dtype=pl.String)
        typed = (
            cell.cast(dtype, strict=False) if dtype != pl.Date else cell.str.to_date(strict=False)
        )
        is_lost = typed.null_count() > cell.null_count()
        try:
            _CUSTOMERS.received.select_columns([name]).validate(typed.to_frame())
        except (pandera.errors.SchemaError, pandera.errors.SchemaErrors):
            is_lost = True
        if is_lost:
            raise FinplatformError(
                f"The value for {name} breaks its rule: {column.description}",
                "Dates are written 1984-02-29, amounts 1234.50.",
            )
        values[name] = typed[0]
    return values


def rectify(place: Place, customer: str, values: Mapping[str, str | date | None]) -> None:
    """Corrects a customer in the operational schema.

    Args:
        place: Where.
        customer: Customer's number.
        values: As `checked` gives them.

    Raises:
        FinplatformError: If the person was erased, or customers come from a source that only its
            owner can correct.
    """
    if customer in erased_subjects(place.warehouse):
        raise FinplatformError(f"{customer} was erased. Nothing was changed.")
    url = operational_url(place.sources, place.warehouse.url)
    if url is None:
        raise FinplatformError(
            "Customers come from a source that the platform does not write to.",
            "Have the source's owner correct it; the next load takes the correction over.",
        )
    rectify_in_source(url, customer, values)
