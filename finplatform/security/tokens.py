"""Keyed tokens: stand-ins for identifiers that can be joined and counted, and not turned back.

Belongs here: the one way from an identifier to its token. Forms for people to read are `masking`.
"""

import hashlib
import hmac

import polars as pl

from finplatform.errors import FinplatformError
from finplatform.security.keys import MasterKey

TOKEN_BYTES = 16

# Spellings of one identifier must give one token. Dashes stay in account numbers: in some countries
# they part a prefix from the number, so that 19-123 and 191-23 are different accounts.
_SPELLING: dict[str, tuple[str, str]] = {
    "account_number": (r"\s", "upper"),
    "email": (r"\s", "lower"),
    "phone": (r"[\s\p{Pd}()./]", "lower"),
}


class Tokeniser:
    """Makes tokens: HMAC-SHA256 of the identifier, cut to 16 bytes, in hex.

    Every kind has its own key, so a number that is both a phone and an account gives
    two tokens, and tables of different kinds cannot be matched. Hex, not base64: BI tools that
    compare without case would take two base64 tokens for one.

    Args:
        master: The master key; tokens outlive its rotation.
    """

    def __init__(self, master: MasterKey) -> None:
        self._token_key = master.token_key

    def tokenise(self, values: pl.Series, kind: str) -> pl.Series:
        """Token of each value, computed once per distinct value.

        Args:
            values: Identifiers, text or integers. White space and case are evened out for
                `account_number` and `email`, punctuation for `phone`; other kinds count as spelt.
            kind: What they are: `account_number`, `email`, `phone`, ...

        Returns:
            32 hex digits each, same name and order; null for null and blank, which must not match
            each other in a join.

        Raises:
            FinplatformError: The values are floating point, which has lost leading zeros and may
                have lost digits.
        """
        if values.dtype.is_float():
            raise FinplatformError(
                f"Column {values.name} holds a {kind} as floating point.",
                "Read it as text: leading zeros and long numbers are damaged otherwise.",
            )
        distinct = values.unique().drop_nulls()
        spelt = _spell(distinct.cast(pl.String), kind)
        key = hmac.digest(self._token_key, f"token/{kind}".encode(), hashlib.sha256)
        tokens = [
            hmac.digest(key, text.encode(), "sha256")[:TOKEN_BYTES].hex() if text else None
            for text in spelt
        ]
        return values.replace_strict(
            distinct, pl.Series(tokens, dtype=pl.String), default=None, return_dtype=pl.String
        )


def _spell(values: pl.Series, kind: str) -> pl.Series:
    """Values in the spelling that is hashed: composed Unicode, then the kind's own rules."""
    composed = values.str.normalize("NFC").str.strip_chars()
    if kind not in _SPELLING:
        return composed
    noise, case = _SPELLING[kind]
    bare = composed.str.replace_all(noise, "")
    return bare.str.to_uppercase() if case == "upper" else bare.str.to_lowercase()
