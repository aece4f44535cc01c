"""Numbers in the place of account numbers: of no account, and the same however often made.

Payments between accounts stay payments between two accounts. Belongs here: making the numbers. Does
not belong here: where they are put.
"""

from collections.abc import Iterable

import polars as pl

from finplatform.security.keys import MasterKey
from finplatform.security.tokens import Tokeniser

_KIND = "account of an erased subject"
_LONGEST = 34
"""Characters of the longest account number, an IBAN."""


def replacements(master: MasterKey, accounts: Iterable[str]) -> pl.DataFrame:
    """Replacement of each account's number, and its token: `account_id`, `replacement`, `token`.

    It follows from the account alone, not from its number, so that an erasure that is done again
    finds it in place.

    Args:
        master: Master key: the numbers cannot be made without it.
        accounts: Ids of accounts.
    """
    tokeniser = Tokeniser(master)
    ids = pl.Series("account_id", sorted(set(accounts)), dtype=pl.String)
    seeds = tokeniser.tokenise(ids, _KIND).str.to_uppercase()
    replacement = ("ERASED" + seeds).str.slice(0, _LONGEST).alias("replacement")
    token = tokeniser.tokenise(replacement, "account_number").alias("token")
    return pl.DataFrame([ids, replacement, token])
