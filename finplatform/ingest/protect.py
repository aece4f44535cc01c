"""Protecting: replaces direct identifiers by what the warehouse may hold of them.

Belongs here: applying the treatment that a contract names (mask, token, seal, redact) to a batch.
Does not belong here: the cryptography (see `finplatform.security`) and the names of the columns
that result (see `finplatform.contracts.treatment`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from finplatform.contracts.columns import Identifier
from finplatform.contracts.contract import SourceContract
from finplatform.security import masking
from finplatform.security.keys import MasterKey
from finplatform.security.tokens import Tokeniser
from finplatform.security.vault import SealResult, Vault

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
    # The other side of a transfer may be one of our own accounts: one kind, so that tokens meet.
    Identifier.COUNTERPARTY: "account_number",
}


@dataclass(frozen=True)
class Protected:
    """A batch without clear identifiers.

    Attributes:
        frame: Rows with the stored columns, in the order of the batch.
        sealed: What goes to the vault; None when the table has nothing to seal.
    """

    frame: pl.DataFrame
    sealed: SealResult | None


class Protector:
    """Applies the treatments of one table.

    Args:
        contract: The table.
        master: The master key.
    """

    def __init__(self, contract: SourceContract, master: MasterKey) -> None:
        self._contract = contract
        self._tokeniser = Tokeniser(master)
        self._vault = Vault(master)

    def protect(self, frame: pl.DataFrame, known_keys: dict[str, bytes | None]) -> Protected:
        """Treats each identifier column.

        Args:
            frame: Valid rows under the received schema.
            known_keys: Wrapped keys of the subjects seen so far.
        """
        sealed = self._seal(frame, known_keys)
        stored = frame
        for name, kind in self._contract.identifiers.items():
            stored = stored.with_columns(self._treated(frame[name], kind))
        if sealed is not None:
            stored = stored.with_columns(sealed.identity_ids.alias("identity_id"))
        own = [name for name in self._contract.stored.columns if name in stored.columns]
        return Protected(stored.select(own), sealed)

    def mask(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rows as text that may be shown to those who mend rejected rows.

        Args:
            frame: Received rows as text, whatever they hold.
        """
        return frame.with_columns(
            [
                self._masked(frame[name], kind).alias(name)
                for name, kind in self._contract.identifiers.items()
                if name in frame.columns
            ]
        )

    def _seal(self, frame: pl.DataFrame, known_keys: dict[str, bytes | None]) -> SealResult | None:
        fields, subject = self._contract.sealed, self._contract.subject
        if not fields or subject is None:
            return None
        return self._vault.seal(frame, subject=subject, fields=fields, known_keys=known_keys)

    def _treated(self, values: pl.Series, kind: Identifier) -> list[pl.Series]:
        if kind is Identifier.FREE_TEXT:
            return [_by_distinct(values, masking.redact)]
        columns = []
        if kind in _MASKS and kind is not Identifier.COUNTERPARTY:
            columns.append(_by_distinct(values, _MASKS[kind]).alias(f"{values.name}_masked"))
        if kind in _TOKEN_KINDS:
            token = self._tokeniser.tokenise(values, _TOKEN_KINDS[kind])
            columns.append(token.alias(f"{values.name}_token"))
        if kind is Identifier.BIRTH_DATE:
            columns.append(values.dt.year().cast(pl.Int16).alias("birth_year"))
        return columns

    def _masked(self, values: pl.Series, kind: Identifier) -> pl.Series:
        if kind in _MASKS:
            return _by_distinct(values, _MASKS[kind])
        hidden = pl.when(values.is_not_null()).then(pl.lit(masking.STARS))
        return pl.select(hidden).to_series().alias(values.name)


def _by_distinct(values: pl.Series, transform: Callable[[str], pl.Expr]) -> pl.Series:
    """Applies a text expression once per distinct value, which is what makes it cheap."""
    distinct = pl.DataFrame({"value": values.unique()})
    treated = distinct.with_columns(treated=transform("value"))
    matched = pl.DataFrame({"value": values}).join(
        treated, on="value", how="left", nulls_equal=True, maintain_order="left"
    )
    return matched["treated"].alias(values.name)
