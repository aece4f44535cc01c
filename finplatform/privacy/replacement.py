"""Numbers in the place of account numbers: of no account, and the same however often made.

Payments between accounts stay payments between two accounts. Belongs here: making the numbers. Does
not belong here: where they are put.
"""

import re

import polars as pl

from finplatform.ingest.iban import iban_country
from finplatform.security.keys import MasterKey
from finplatform.security.tokens import Tokeniser

_KIND = "account of an erased subject"
_LONGEST, _SHORTEST = 34, 15
_NUMBERS = pl.Schema(
    {name: pl.String() for name in ("account_id", "number", "replacement", "token")}
)


def replacements(master: MasterKey, accounts: pl.DataFrame) -> pl.DataFrame:
    """Replacement of each account's number, and its token.

    A valid IBAN is replaced by a valid one of its country and length, so that a country that is
    derived from it stays.

    Args:
        master: Master key: the numbers cannot be made without it.
        accounts: `account_id` and `number`, null where the clear number is not known.
    """
    tokeniser = Tokeniser(master)
    if accounts.is_empty():
        return pl.DataFrame(schema=_NUMBERS)
    countries = iban_country(accounts["number"])
    seeds = tokeniser.tokenise(accounts["account_id"], _KIND)
    made = [
        _number(seed, number, country)
        for seed, number, country in zip(seeds, accounts["number"], countries, strict=True)
    ]
    replacement = pl.Series("replacement", made, dtype=pl.String)
    token = tokeniser.tokenise(replacement, "account_number").alias("token")
    return accounts.select("account_id", "number").with_columns(replacement, token)


def _number(seed: str, number: str | None, country: str | None) -> str:
    text = seed.upper()
    if number is None or country is None:
        return f"ERASED{text}"[:_LONGEST]
    length = min(max(len(re.sub(r"\s", "", number)), _SHORTEST), _LONGEST)
    body = (text + text)[: length - 4]
    digits = "".join(str(int(character, 36)) for character in f"{body}{country}00")
    return f"{country}{98 - int(digits) % 97:02d}{body}"
