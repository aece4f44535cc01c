"""Protecting: replaces direct identifiers by their masked, tokenised or redacted form.

Belongs here: the treatment that a contract names, applied to a batch and to the text shown of
rejected rows; the country of an IBAN (ISO 13616), which is all that is kept of another bank's
account number. Does not belong here: the cryptography (see `finplatform.security`), sealing (see
`sealing`).
"""

from collections.abc import Callable

import polars as pl

from finplatform.contracts.columns import Identifier
from finplatform.contracts.contract import SourceContract
from finplatform.security import masking
from finplatform.security.keys import MasterKey
from finplatform.security.tokens import Tokeniser
from finplatform.security.vault import KEY_DESTROYED

_SHAPE = r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$"
_REMAINDER = 1
"""Remainder of a valid rearranged number when divided by 97 (ISO 7064, MOD 97-10)."""

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
        # Positions after the end of a text are null and do not change the remainder.
        value = texts.str.slice(place, 1).replace_strict(
            _DIGITS, default=None, return_dtype=pl.Int32
        )
        scale = value.is_between(10, 35).cast(pl.Int32) * 90 + 10
        more = (rest * scale + value) % 97
        rest = more.zip_with(more.is_not_null(), rest)
    return rest


_MASKS: dict[Identifier, Callable[[str], pl.Expr]] = {
    Identifier.NAME: masking.mask_name,
    Identifier.EMAIL: masking.mask_email,
    Identifier.PHONE: masking.mask_phone,
    Identifier.ACCOUNT_NUMBER: masking.mask_account,
    Identifier.COUNTERPARTY: masking.mask_account,
    Identifier.FREE_TEXT: masking.redact,
}

_TOKEN_KINDS = {
    Identifier.EMAIL: "email",
    Identifier.PHONE: "phone",
    Identifier.ACCOUNT_NUMBER: "account_number",
    # The counterparty may be an account of the bank itself, so both have the same tokens.
    Identifier.COUNTERPARTY: "account_number",
}

_SHOWN = 10_000
"""Most characters shown of a malformed piece."""

_REMEMBERED = 500_000
"""Distinct values above which the cache of tokens is emptied."""

_RULES_OF_OTHER_ROWS = ("unique(", "known(", KEY_DESTROYED)
"""Rules that only well-formed values violate."""


class Protector:
    """Applies the treatments of one table.

    Args:
        contract: The table.
        master: The master key.
    """

    def __init__(self, contract: SourceContract, master: MasterKey) -> None:
        self._contract = contract
        self._tokeniser = Tokeniser(master)
        self._tokens: dict[str, pl.DataFrame] = {}

    @property
    def is_personal(self) -> bool:
        """Whether the table's rows are about people, so that any value may be a name."""
        return bool(self._contract.sealed)

    def protect(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rows without clear identifiers: the stored columns except those that a load adds.

        Args:
            frame: Valid rows under the received schema.
        """
        stored = frame
        for name, kind in self._contract.identifiers.items():
            stored = stored.with_columns(self._treated(frame[name], kind))
        return stored.select([name for name in self._contract.stored.columns if name in stored])

    def shown_rows(self, text: pl.DataFrame, failures: pl.DataFrame) -> pl.DataFrame:
        """Rejected rows as quarantine shows them.

        In a table about people, a value that violates a rule, and free text of the row, may be a
        name in the wrong column: only its first letters are shown.

        Args:
            text: Received rows as text.
            failures: Their violated rules; `place` is the position in `text`.
        """
        masked = [
            self._masked(text[name], kind)
            for name, kind in self._contract.identifiers.items()
            if name in text.columns
        ]
        shown = text.with_columns(masked)
        if not self.is_personal:
            return shown
        open_ = [name for name in shown.columns if self._is_open(name)]
        shown = shown.with_columns(masking.mask_name(name) for name in open_)
        for (name,), cells in failures.filter(self._is_doubtful()).group_by("column"):
            if name not in shown.columns or name in open_ or name in self._contract.identifiers:
                continue
            doubtful = pl.arange(shown.height, dtype=pl.UInt32).is_in(cells["place"].implode())
            shown = shown.with_columns(
                pl.when(doubtful).then(masking.mask_name(str(name))).otherwise(pl.col(str(name)))
            )
        return shown

    def shown_values(self, failures: pl.DataFrame) -> pl.DataFrame:
        """Failures with values as quarantine shows them.

        Args:
            failures: Violated rules, with the `value` as received.
        """
        is_personal = pl.col("column").is_in(list(self._contract.identifiers))
        hidden = pl.when(pl.col("value").is_not_null()).then(pl.lit(masking.STARS))
        value = pl.col("value").str.head(200)
        if self.is_personal:
            doubtful = self._is_doubtful()
            value = pl.when(doubtful).then(masking.mask_name(value)).otherwise(value)
        return failures.with_columns(value=pl.when(is_personal).then(hidden).otherwise(value))

    def shown_piece(self, pieces: pl.Series) -> pl.Series:
        """Malformed pieces of a file as quarantine shows them."""
        if self.is_personal:
            return pl.repeat(masking.REDACTED, len(pieces), eager=True).alias(pieces.name)
        return pieces.to_frame("piece").select(masking.redact("piece").str.head(_SHOWN)).to_series()

    def _is_open(self, name: str) -> bool:
        """Whether a column accepts any text."""
        column = self._contract.received.columns.get(name)
        if column is None or name in self._contract.identifiers:
            return False
        return self._contract.dtypes[name] == pl.String and not column.checks

    def _is_doubtful(self) -> pl.Expr:
        rules = [~pl.col("rule").str.starts_with(rule) for rule in _RULES_OF_OTHER_ROWS]
        return pl.all_horizontal(rules)

    def _treated(self, values: pl.Series, kind: Identifier) -> list[pl.Series]:
        if kind is Identifier.FREE_TEXT:
            return [_by_distinct(values, masking.redact)]
        columns = []
        if kind in _MASKS and kind is not Identifier.COUNTERPARTY:
            columns.append(_by_distinct(values, _MASKS[kind]).alias(f"{values.name}_masked"))
        if kind in _TOKEN_KINDS:
            columns.append(self._token(values, kind).alias(f"{values.name}_token"))
        if kind is Identifier.COUNTERPARTY:
            columns.append(iban_country(values).alias(f"{values.name}_country"))
        if kind is Identifier.BIRTH_DATE:
            columns.append(values.dt.year().cast(pl.Int16).alias("birth_year"))
        return columns

    def _token(self, values: pl.Series, kind: Identifier) -> pl.Series:
        """Tokens, cached across batches."""
        known = self._tokens.get(kind)
        distinct = values.drop_nulls().unique().alias("value").to_frame()
        if known is None or known.height > _REMEMBERED:
            known = pl.DataFrame(schema={"value": pl.String, "token": pl.String})
        new = distinct.join(known, on="value", how="anti")
        tokens = self._tokeniser.tokenise(new["value"], _TOKEN_KINDS[kind])
        self._tokens[kind] = pl.concat([known, new.with_columns(token=tokens)])
        matched = (
            values.alias("value")
            .to_frame()
            .join(self._tokens[kind], on="value", how="left", maintain_order="left")
        )
        return matched["token"]

    def _masked(self, values: pl.Series, kind: Identifier) -> pl.Series:
        if kind in _MASKS:
            return _by_distinct(values, _MASKS[kind])
        hidden = pl.when(values.is_not_null()).then(pl.lit(masking.STARS))
        return pl.select(hidden).to_series().alias(values.name)


def _by_distinct(values: pl.Series, transform: Callable[[str], pl.Expr]) -> pl.Series:
    """Applies a text expression once per distinct value."""
    distinct = pl.DataFrame({"value": values.unique()})
    treated = distinct.with_columns(treated=transform("value"))
    matched = pl.DataFrame({"value": values}).join(
        treated, on="value", how="left", nulls_equal=True, maintain_order="left"
    )
    return matched["treated"].alias(values.name)
