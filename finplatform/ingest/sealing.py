"""Sealing at ingest: customers' keys and sealed identities, read from and written to the database.

Belongs here: a load's access to the vault's tables, in its own transaction. Does not belong
here: the cryptography (see `finplatform.security.vault`).
"""

import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.errors import FinplatformError
from finplatform.security.keys import MasterKey
from finplatform.security.vault import Vault
from finplatform.warehouse import bulk

_LOCK = 710_042_002
"""Advisory lock for the creation of keys, so that two loads do not create a key twice."""

_WANTED, _STAGE = "subjects_wanted", "sealed_stage"


class Sealer:
    """Seals batches inside one load's transaction.

    Only the keys of the present batch are in memory.

    Args:
        connection: Connection of the load.
        master: Master key of the vault.
    """

    def __init__(self, connection: dbapi.Connection, master: MasterKey) -> None:
        self._connection = connection
        self._vault = Vault(master)
        self._keys: dict[str, bytes | None] = {}
        for statement in (
            f"create temporary table {_WANTED} (subject_id text) on commit drop",
            f"create temporary table {_STAGE} (like vault.customer_identity) on commit drop",
        ):
            bulk.execute(connection, statement)

    def erased(self, subjects: pl.Series) -> pl.Series:
        """Marks rows about a customer whose key was destroyed.

        Args:
            subjects: Customer per row, possibly null or invalid.
        """
        self._read_keys(subjects)
        gone = [subject for subject, key in self._keys.items() if key is None]
        return subjects.is_in(pl.Series(gone, dtype=pl.String).implode()).fill_null(value=False)

    def seal(self, frame: pl.DataFrame, *, subject: str, fields: list[str]) -> pl.Series:
        """Seals fields of each row and stores the result.

        Args:
            frame: Rows whose customers are not erased.
            subject: Column with the customer.
            fields: Columns to seal.

        Returns:
            Id of each row's identity, null where all fields are null.

        Raises:
            FinplatformError: If a customer was erased meanwhile, or a key does not open.
        """
        subjects = frame[subject]
        self._read_keys(subjects)
        if not subjects.is_in(pl.Series(list(self._keys), dtype=pl.String).implode()).all():
            bulk.execute(self._connection, f"select pg_advisory_xact_lock({_LOCK})")
            self._read_keys(subjects)
        sealed = self._vault.seal(frame, subject=subject, fields=fields, known_keys=self._keys)
        if sealed.refused.height:
            raise FinplatformError(
                f"{sealed.refused.height} rows are about customers who cannot be sealed"
                f" ({sealed.refused['rule'][0]}).",
                "An erasure ran at the same time. Run the load again.",
            )
        bulk.append(self._connection, "vault", "customer_keys", sealed.keys)
        if sealed.identities.height:
            bulk.append_temporary(self._connection, _STAGE, sealed.identities)
            bulk.execute(
                self._connection,
                f"insert into vault.customer_identity select * from {_STAGE}"
                " on conflict (identity_id) do nothing",
            )
            bulk.execute(self._connection, f"delete from {_STAGE}")
        return sealed.identity_ids

    def _read_keys(self, subjects: pl.Series) -> None:
        """Keys of these subjects, None where destroyed."""
        wanted = subjects.drop_nulls().unique().alias("subject_id").to_frame()
        # PostgreSQL cannot hold a NUL byte, so such a subject has no key.
        wanted = wanted.filter(~pl.col("subject_id").str.contains("\x00", literal=True))
        bulk.execute(self._connection, f"delete from {_WANTED}")
        bulk.append_temporary(self._connection, _WANTED, wanted)
        known = bulk.read_frame(
            self._connection,
            "select k.subject_id, case when k.destroyed_at is null then k.wrapped_key end as key"
            f" from vault.customer_keys as k inner join {_WANTED} using (subject_id)",
        )
        self._keys = dict(known.iter_rows())
