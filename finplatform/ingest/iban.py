"""The country of an account number: the first two letters of a valid IBAN (ISO 13616).

It is all that is kept of the number of an account at another bank, beside its token. Belongs here:
telling IBANs from other numbers. Does not belong here: which columns hold numbers.
"""

import polars as pl

_SHAPE = r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$"
_REMAINDER = 1
"""Of the rearranged number when divided by 97 (ISO 7064, MOD 97-10)."""

_DIGITS = {chr(ord("A") + place): place + 10 for place in range(26)} | {
    str(digit): digit for digit in range(10)
}


def iban_country(numbers: pl.Series) -> pl.Series:
    """Country of each account number; null where it is no valid IBAN.

    Args:
        numbers: Account numbers as received, with or without spaces.
    """
    distinct = pl.DataFrame({"number": numbers.unique()}).with_columns(
        iban=pl.col("number").str.replace_all(r"\s", "").str.to_uppercase()
    )
    shaped = distinct.filter(pl.col("iban").str.contains(_SHAPE))
    rearranged = pl.col("iban").str.slice(4) + pl.col("iban").str.slice(0, 4)
    valid = shaped.filter(_remainder(shaped.select(rearranged).to_series()) == _REMAINDER)
    countries = valid.select("number", country=pl.col("iban").str.slice(0, 2))
    joined = pl.DataFrame({"number": numbers}).join(
        countries, on="number", how="left", maintain_order="left"
    )
    return joined["country"]


def _remainder(texts: pl.Series) -> pl.Series:
    """Remainder of each text when divided by 97, letters read as two digits."""
    rest = pl.zeros(len(texts), dtype=pl.Int32, eager=True)
    for place in range(int(str(texts.str.len_chars().max() or 0))):
        # Behind a text's end there is nothing, which changes nothing.
        value = texts.str.slice(place, 1).replace_strict(
            _DIGITS, default=None, return_dtype=pl.Int32
        )
        scale = value.is_between(10, 35).cast(pl.Int32) * 90 + 10
        more = (rest * scale + value) % 97
        rest = more.zip_with(more.is_not_null(), rest)
    return rest
