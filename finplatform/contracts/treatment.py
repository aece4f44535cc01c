"""Stored columns of a received column.

A sealed identifier is stored as a masked form, a keyed token or a coarse value, by its kind; other
columns are stored as received. `finplatform.security` computes the values; this module defines
names and types.
"""

import pandera.polars as pa
import polars as pl

from finplatform.contracts.columns import Identifier

BIRTH_YEARS = (1850, 2100)
"""First and last plausible year of birth: the range of the date received and the year stored."""

HEX_PATTERN = r"^[0-9a-f]{32}$"

COUNTRY_PATTERN = r"^[A-Z]{2}$"

_MASKED = {
    Identifier.NAME,
    Identifier.EMAIL,
    Identifier.PHONE,
    Identifier.ACCOUNT_NUMBER,
}
_TOKENISED = {
    Identifier.EMAIL,
    Identifier.PHONE,
    Identifier.ACCOUNT_NUMBER,
    Identifier.COUNTERPARTY,
}


def stored_columns(
    name: str, received: pa.Column, identifier: Identifier | None
) -> list[pa.Column]:
    """Stored columns of a received column.

    Args:
        name: Received column.
        received: Its Pandera column.
        identifier: Kind of personal identifier, if any.

    Returns:
        None to two columns; free text keeps its name, with identifiers masked.
    """
    if identifier is None or identifier is Identifier.FREE_TEXT:
        return [received]
    columns = []
    if identifier in _MASKED:
        text = f"Masked {name.replace('_', ' ')}; the clear value is in the vault."
        columns.append(
            pa.Column(
                pl.String, nullable=received.nullable, name=f"{name}_masked", description=text
            )
        )
    if identifier in _TOKENISED:
        text = f"Keyed token of the {name.replace('_', ' ')}: equal values, equal tokens."
        columns.append(
            pa.Column(
                pl.String,
                checks=[pa.Check.str_matches(HEX_PATTERN)],
                nullable=received.nullable,
                name=f"{name}_token",
                description=text,
            )
        )
    if identifier is Identifier.COUNTERPARTY:
        columns.append(
            pa.Column(
                pl.String,
                checks=[pa.Check.str_matches(COUNTRY_PATTERN)],
                nullable=True,
                name=f"{name}_country",
                description=f"Country of the {name.replace('_', ' ')}, if it is a valid IBAN.",
            )
        )
    if identifier is Identifier.BIRTH_DATE:
        columns.append(
            pa.Column(
                pl.Int16,
                checks=[pa.Check.in_range(*BIRTH_YEARS)],
                nullable=received.nullable,
                name="birth_year",
                description="Calendar year of birth; the date is in the vault.",
            )
        )
    return columns
