"""The data key of each customer: made, wrapped by the master key, rewrapped, destroyed.

Belongs here: all that happens to a row of `vault.customer_keys`. What a data key seals is `vault`;
where the master key comes from is `keys`.
"""

import os
from collections.abc import Iterable, Mapping
from datetime import datetime

import polars as pl
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)

from finplatform.errors import FinplatformError
from finplatform.security.keys import KEY_BYTES, MasterKey

# `vault.customer_keys`: primary key subject_id; wrapped_key is null once destroyed.
KEY_SCHEMA = pl.Schema(
    {
        "subject_id": pl.String(),
        "wrapped_key": pl.Binary(),
        "created_at": pl.Datetime("us", "UTC"),
        "destroyed_at": pl.Datetime("us", "UTC"),
    }
)


def new_data_keys(count: int) -> list[bytes]:
    """`count` random keys of 32 bytes, by one call to the system's generator."""
    pool = os.urandom(KEY_BYTES * count)
    return [pool[start : start + KEY_BYTES] for start in range(0, len(pool), KEY_BYTES)]


def unwrap(wrap_key: bytes, wrapped_key: bytes | None, subject: str) -> bytes:
    """A customer's data key (AES key wrap, RFC 3394).

    Raises:
        FinplatformError: The key was destroyed, was altered, or is wrapped by another master key.
    """
    if not wrapped_key:
        raise FinplatformError(
            f"The key of subject {subject} was destroyed: its identity can no longer be read.",
            "This is what an erasure does; nothing brings the text back.",
        )
    try:
        return aes_key_unwrap(wrap_key, wrapped_key)
    except (InvalidUnwrap, ValueError):
        raise FinplatformError(
            f"The key of subject {subject} does not open with this master key.",
            "Put back the master key that was in use, or finish an interrupted rotation.",
        ) from None


def wrapped_rows(wrap_key: bytes, data_keys: Mapping[str, bytes], at: datetime) -> pl.DataFrame:
    """Rows of `vault.customer_keys` for new data keys, by subject."""
    wrapped = [aes_key_wrap(wrap_key, key) for key in data_keys.values()]
    columns = {"subject_id": list(data_keys), "wrapped_key": wrapped}
    schema = {name: KEY_SCHEMA[name] for name in columns}
    return pl.DataFrame(columns, schema=schema).with_columns(
        pl.lit(at).cast(KEY_SCHEMA["created_at"]).alias("created_at"),
        pl.lit(None, KEY_SCHEMA["destroyed_at"]).alias("destroyed_at"),
    )


def known_keys(keys: pl.DataFrame) -> dict[str, bytes | None]:
    """Wrapped key by subject, as `Vault.seal` takes them; None marks a destroyed key.

    Args:
        keys: Rows of `vault.customer_keys`.
    """
    held = pl.when(pl.col("destroyed_at").is_null()).then("wrapped_key")
    return dict(keys.select("subject_id", held).iter_rows())


def destroy_keys(keys: pl.DataFrame, subjects: Iterable[str], *, at: datetime) -> pl.DataFrame:
    """Rows of `vault.customer_keys` to upsert so that these subjects can never be read again.

    A subject without a key gets a row too: it must be refused if a late load brings it.

    Args:
        keys: The subjects' present rows of `vault.customer_keys`; others are ignored.
        subjects: Whom to erase.
        at: When, in UTC. A key destroyed before keeps its first date.

    Returns:
        One row per subject, sorted, by `KEY_SCHEMA`.
    """
    wanted = pl.DataFrame({"subject_id": sorted(set(subjects))}, schema={"subject_id": pl.String})
    gone = pl.lit(at).cast(KEY_SCHEMA["destroyed_at"])
    return wanted.join(keys, on="subject_id", how="left", maintain_order="left").select(
        "subject_id",
        pl.lit(None, KEY_SCHEMA["wrapped_key"]).alias("wrapped_key"),
        pl.col("created_at").fill_null(gone).cast(KEY_SCHEMA["created_at"]),
        pl.col("destroyed_at").fill_null(gone).cast(KEY_SCHEMA["destroyed_at"]),
    )


def rewrap(keys: pl.DataFrame, old_master: MasterKey, new_master: MasterKey) -> pl.DataFrame:
    """The same keys wrapped by another master key; what they seal is untouched.

    A key that the new master already opens is kept, so an interrupted rotation can be run again,
    and `rewrap(keys, new, new)` is a check that every living key opens.

    Args:
        keys: All rows of `vault.customer_keys`.
        old_master: The master key that wrapped them.
        new_master: The master key that shall.

    Returns:
        The frame with `wrapped_key` replaced; destroyed keys stay destroyed.

    Raises:
        FinplatformError: A key opens with neither; names the subject.
    """
    old_key, new_key = old_master.wrap_key, new_master.wrap_key

    def moved(subject: str, wrapped: bytes | None) -> bytes | None:
        if wrapped is None:
            return None
        try:
            aes_key_unwrap(new_key, wrapped)
        except (InvalidUnwrap, ValueError):
            return aes_key_wrap(new_key, unwrap(old_key, wrapped, subject))
        return wrapped

    pairs = keys.select("subject_id", "wrapped_key").iter_rows()
    rewrapped = [moved(subject, wrapped) for subject, wrapped in pairs]
    return keys.with_columns(pl.Series("wrapped_key", rewrapped, KEY_SCHEMA["wrapped_key"]))
