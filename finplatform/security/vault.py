"""The vault: seals a customer's direct identifiers, and is the one door back to clear text.

Belongs here: the form of a sealed identity, making it and opening it. Keys are `keys` and
`subject_keys`; masked forms and join tokens, which live outside the vault, have their own modules.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from finplatform.errors import FinplatformError
from finplatform.security.keys import KEY_BYTES, MasterKey
from finplatform.security.subject_keys import new_data_keys, unwrap, wrapped_rows

KEY_DESTROYED = "identity_key_destroyed"
SUBJECT_MISSING = "identity_subject_missing"

# `vault.customer_identity`: primary key identity_id. One row per version of a source row.
IDENTITY_SCHEMA = pl.Schema(
    {"identity_id": pl.String(), "subject_id": pl.String(), "sealed": pl.Binary()}
)
_REFUSED_SCHEMA = pl.Schema({"row": pl.UInt32(), "subject_id": pl.String(), "rule": pl.String()})

# First byte of a blob, and part of what it is bound to.
_VERSION = b"\x01"
_TAG_BYTES = 16
# The text is padded to whole blocks of this size, so that a blob's length does not give a name's.
_PAD = 64
# One nonce for all is what makes sealing repeatable, and what AES-GCM-SIV is made to bear.
_NONCE = bytes(12)


@dataclass(frozen=True)
class SealResult:
    """What to store after sealing; no clear text in it.

    Attributes:
        keys: New rows of `vault.customer_keys`, for subjects without a key so far. Insert them in
            the same transaction as `identities`, by a plain INSERT: if another load was faster,
            the primary key must fail this one, because rows sealed with the key that loses could
            never be opened. Read the keys again and repeat.
        identities: Rows of `vault.customer_identity`, each version once; those stored already are
            the same bytes under the same id (`ON CONFLICT DO NOTHING`).
        identity_ids: Per input row, in its order, the id of its identity; null where there was
            nothing to seal or the row was refused.
        refused: Input rows that may not be stored, as `row` (position), `subject_id` and `rule`
            (`identity_key_destroyed` or `identity_subject_missing`). Their clear text must not go
            to quarantine.
    """

    keys: pl.DataFrame
    identities: pl.DataFrame
    identity_ids: pl.Series
    refused: pl.DataFrame


class Vault:
    """Seals identities under a data key per subject; opens them before a witness.

    A sealed identity is one version byte and the AES-256-GCM-SIV (RFC 8452) encryption of the
    clear fields as canonical JSON (sorted names, no spaces, UTF-8), padded to 64 bytes; associated
    data are the version and the subject, so a blob moved to another subject does not open.

    Why SIV and not plain GCM: the platform promises that loading the same rows again gives the same
    bytes, so the nonce cannot be random, and plain GCM loses both secrecy and integrity when a
    nonce meets a second text. GCM-SIV derives its own from key and text; with one nonce for all it
    discloses only whether two texts of the same subject are equal, as the shared row does anyway.

    The identity's id is the blob's 16-byte tag: a keyed hash of version, subject and text. As the
    key is the subject's own random one, a guess of the text cannot be tested against the id; after
    an erasure not even with the master key.

    Args:
        master: The master key.
        witness: Called with the subject's id before clear text leaves; it writes the audit row and
            may raise to forbid it. A vault without a witness seals, and refuses to open.
    """

    def __init__(
        self, master: MasterKey, *, witness: Callable[[str], object] | None = None
    ) -> None:
        _require_cipher()
        self._wrap_key = master.wrap_key
        self._witness = witness

    def seal(
        self,
        frame: pl.DataFrame,
        *,
        subject: str,
        fields: list[str],
        known_keys: Mapping[str, bytes | None],
        at: datetime | None = None,
    ) -> SealResult:
        """Seals the clear fields of each row.

        Args:
            frame: Rows with clear text, a batch at a time.
            subject: Column with the customer's id.
            fields: Columns to seal; stored as text (dates ISO 8601), nulls kept.
            known_keys: Wrapped keys of subjects stored before, None (or empty) where destroyed; at
                least those of this frame's subjects.
            at: `created_at` of new keys, UTC; default: now.

        Returns:
            Rows to store, and the id of each input row's identity.

        Raises:
            FinplatformError: A known key does not open with this master key.
        """
        rows = _canonical(frame, subject, fields).with_columns(rule=_refusal(known_keys))
        distinct = (
            rows.filter(pl.col("rule").is_null() & pl.col("clear").is_not_null())
            .select("subject_id", "clear")
            .unique()
            .sort("subject_id", "clear")
        )
        fresh = _fresh_keys(distinct["subject_id"], known_keys)
        sealed = self._seal_rows(distinct, fresh, known_keys)
        stored = distinct.with_columns(
            pl.Series("identity_id", [identity_id(blob) for blob in sealed], pl.String()),
            pl.Series("sealed", sealed, pl.Binary()),
        )
        matched = rows.join(stored, on=["subject_id", "clear"], how="left", maintain_order="left")
        refused = rows.with_row_index("row").filter(pl.col("rule").is_not_null())
        return SealResult(
            keys=wrapped_rows(self._wrap_key, fresh, at or datetime.now(UTC)),
            identities=stored.select(IDENTITY_SCHEMA.names()),
            identity_ids=matched["identity_id"],
            refused=refused.select(_REFUSED_SCHEMA.names()).cast(_REFUSED_SCHEMA),
        )

    def open(self, sealed: bytes, subject: str, wrapped_key: bytes | None) -> dict[str, str | None]:
        """The clear fields of one sealed identity, after the witness was called.

        Args:
            sealed: `vault.customer_identity.sealed`.
            subject: The subject it belongs to.
            wrapped_key: `vault.customer_keys.wrapped_key` of that subject.

        Raises:
            FinplatformError: No witness; the key was destroyed or is another master's; the blob was
                altered, belongs to another subject or has an unknown version.
        """
        if self._witness is None:
            raise FinplatformError(
                "This vault has no witness, so it does not give out clear text.",
                "Open identities through the audited commands.",
            )
        self._witness(subject)
        if sealed[:1] != _VERSION:
            raise FinplatformError(
                f"A sealed identity of subject {subject} has an unknown version.",
                "Use the release of the platform that sealed it, or a newer one.",
            )
        cipher = AESGCMSIV(unwrap(self._wrap_key, wrapped_key, subject))
        try:
            clear = cipher.decrypt(_NONCE, sealed[1:], _bound_to(subject))
        except (InvalidTag, ValueError):
            raise FinplatformError(
                f"A sealed identity of subject {subject} was altered or is not that subject's.",
                "Restore vault.customer_identity from a backup and look for who wrote to it.",
            ) from None
        fields: dict[str, str | None] = json.loads(clear)
        return fields

    def _seal_rows(
        self,
        rows: pl.DataFrame,
        fresh: Mapping[str, bytes],
        known_keys: Mapping[str, bytes | None],
    ) -> list[bytes]:
        """Seals (subject, text) rows sorted by subject, so that each key is unwrapped once."""
        sealed: list[bytes] = []
        current = None
        for subject, clear in zip(
            rows["subject_id"].to_list(), rows["clear"].to_list(), strict=True
        ):
            if subject != current:
                current, bound = subject, _bound_to(subject)
                key = fresh.get(subject) or unwrap(self._wrap_key, known_keys[subject], subject)
                encrypt = AESGCMSIV(key).encrypt
            text = clear.encode()
            text += b" " * (-len(text) % _PAD)
            sealed.append(_VERSION + encrypt(_NONCE, text, bound))
        return sealed


def identity_id(sealed: bytes) -> str:
    """Id of a sealed identity: its authentication tag, 32 hex digits."""
    return sealed[-_TAG_BYTES:].hex()


def _canonical(frame: pl.DataFrame, subject: str, fields: list[str]) -> pl.DataFrame:
    """Columns `subject_id` and `clear` (canonical JSON, null when every field is)."""
    columns = pl.col(sorted(set(fields))).cast(pl.String)
    has_values = pl.any_horizontal(columns.is_not_null())
    return frame.select(
        pl.col(subject).cast(pl.String).alias("subject_id"),
        pl.when(has_values).then(pl.struct(columns).struct.json_encode()).alias("clear"),
    )


def _refusal(known_keys: Mapping[str, bytes | None]) -> pl.Expr:
    """The rule by which a row may not be sealed, or null."""
    destroyed = [name for name, key in known_keys.items() if not key]
    return (
        pl.when(pl.col("subject_id").fill_null("") == "")
        .then(pl.lit(SUBJECT_MISSING))
        .when(pl.col("subject_id").is_in(pl.Series(destroyed, dtype=pl.String).implode()))
        .then(pl.lit(KEY_DESTROYED))
    )


def _fresh_keys(subjects: pl.Series, known_keys: Mapping[str, bytes | None]) -> dict[str, bytes]:
    """A new data key for each subject that has none."""
    new = [name for name in subjects.unique(maintain_order=True) if name not in known_keys]
    return dict(zip(new, new_data_keys(len(new)), strict=True))


def _bound_to(subject: str) -> bytes:
    return _VERSION + subject.encode()


def _require_cipher() -> None:
    try:
        AESGCMSIV(bytes(KEY_BYTES))
    except UnsupportedAlgorithm:
        raise FinplatformError(
            "The `cryptography` package here is built on an OpenSSL without AES-GCM-SIV.",
            "Install its published wheel, or build it with OpenSSL 3.2 or newer.",
        ) from None
