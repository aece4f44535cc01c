"""Encryption of captured changes, which hold identifiers in clear.

They are stored in the warehouse until the load decrypts them. Belongs here: the form of a payload
and its key, which is stored and rotated like those of customers. Does not belong here: sealed
identities (see `finplatform.security.vault`).
"""

import io
import os
from datetime import UTC, datetime

import polars as pl
from adbc_driver_postgresql import dbapi
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from finplatform.errors import FinplatformError
from finplatform.security.keys import MasterKey
from finplatform.security.subject_keys import new_data_keys, unwrap, wrapped_rows
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import literal

SUBJECT = "captured changes"
"""Subject of their key in `vault.customer_keys`."""

_NONCE_BYTES = 12


class ChangeSeal:
    """Encrypts and decrypts payloads of captured changes.

    Args:
        key: Data key, 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, changes: pl.DataFrame, table: str) -> bytes:
        """Changes as a sealed payload.

        Args:
            changes: Rows of one table.
            table: The table, to which the payload is bound.
        """
        file = io.BytesIO()
        changes.write_ipc(file, compression="zstd")
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, file.getbuffer(), table.encode())

    def open(self, payload: bytes, table: str) -> pl.DataFrame:
        """The changes of a payload.

        Raises:
            FinplatformError: If it was altered, or belongs to another table.
        """
        nonce, sealed = payload[:_NONCE_BYTES], payload[_NONCE_BYTES:]
        try:
            clear = self._cipher.decrypt(nonce, sealed, table.encode())
        except InvalidTag:
            raise FinplatformError(
                f"Captured changes of {table} were altered.",
                f"Read the table again: finplatform cdc reload {table}. Find out who wrote to"
                " ops.captured_changes.",
            ) from None
        return pl.read_ipc(io.BytesIO(clear))


def change_seal(connection: dbapi.Connection, master: MasterKey) -> ChangeSeal:
    """The seal of a warehouse; creates its key at the first use.

    Args:
        connection: Open Arrow connection, which stores the key by its commit.
        master: Master key of the vault.

    Raises:
        FinplatformError: If the key does not open with this master key.
    """
    subject = literal(SUBJECT)
    query = f"select wrapped_key from vault.customer_keys where subject_id = {subject}"
    stored = bulk.fetch_value(connection, query)
    if stored is None:
        rows = wrapped_rows(master.wrap_key, {SUBJECT: new_data_keys(1)[0]}, datetime.now(UTC))
        bulk.execute(
            connection,
            "insert into vault.customer_keys (subject_id, wrapped_key, created_at)"
            f" values ({subject}, '\\x{rows['wrapped_key'][0].hex()}', now())"
            " on conflict (subject_id) do nothing",
        )
        stored = bulk.fetch_value(connection, query)
    key = stored if isinstance(stored, bytes) else None
    return ChangeSeal(unwrap(master.wrap_key, key, SUBJECT))
