"""Audited decryption of sealed identities in batches.

A batch is recorded before its identities are decrypted: one event with every subject, the actor and
the reason. Belongs here: reading, recording and decrypting. Does not belong here: the use of the
clear text, which callers hold in memory only.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from finplatform.errors import FinplatformError
from finplatform.security.audit.events import Event
from finplatform.security.keys import MasterKey
from finplatform.security.vault import Vault
from finplatform.warehouse import bulk
from finplatform.warehouse.audit_log import record, trail
from finplatform.warehouse.database import Warehouse

ACTION = "reveal batch"

_BATCH = 1_000
"""Identities of one event."""

_WANTED = "identities_wanted"


@dataclass(frozen=True)
class IdentityDoor:
    """Opens identities for one purpose.

    Attributes:
        warehouse: The database, as a login that may record.
        master: Master key of the vault.
        actor: Reader of the clear text.
        role: Role of the reader.
        reason: Purpose, in words.
    """

    warehouse: Warehouse
    master: MasterKey
    actor: str
    role: str
    reason: str

    def open(self, identities: pl.Series, fields: list[str]) -> Iterator[pl.DataFrame]:
        """Clear fields of identities, a batch at a time.

        Args:
            identities: Ids of identities; null, unknown and erased ones are skipped.
            fields: Fields to read; missing ones are null.

        Yields:
            `identity_id`, `subject_id` and the fields as text.

        Raises:
            FinplatformError: If an identity was altered, or cannot be recorded.
        """
        wanted = identities.drop_nulls().unique().sort().alias("identity_id").to_frame()
        for batch in wanted.iter_slices(_BATCH):
            sealed = self._sealed(batch)
            if sealed.height:
                yield self._opened(sealed, fields)

    def _sealed(self, batch: pl.DataFrame) -> pl.DataFrame:
        with bulk.connect(self.warehouse.url) as connection:
            bulk.execute(
                connection, f"create temporary table {_WANTED} (identity_id text) on commit drop"
            )
            bulk.append_temporary(connection, _WANTED, batch)
            return bulk.read_frame(
                connection,
                "select i.identity_id, i.subject_id, i.sealed, k.wrapped_key"
                f" from {_WANTED} as w"
                " inner join vault.customer_identity as i using (identity_id)"
                " inner join vault.customer_keys as k using (subject_id)"
                " where k.destroyed_at is null order by i.subject_id, i.identity_id",
            )

    def _opened(self, sealed: pl.DataFrame, fields: list[str]) -> pl.DataFrame:
        subjects = sealed["subject_id"].unique().sort().to_list()
        event = Event(
            self.actor,
            self.role,
            ACTION,
            f"{len(subjects)} subjects",
            detail={"reason": self.reason, "subjects": subjects},
        )
        with trail(self.warehouse) as connection:
            record(connection, event)
        recorded = frozenset(subjects)

        def witness(subject: str) -> None:
            if subject not in recorded:
                raise FinplatformError(f"Subject {subject} is not among those recorded.")

        vault = Vault(self.master, witness=witness)
        clear = [
            vault.open(blob, subject, wrapped)
            for subject, blob, wrapped in sealed.select(
                "subject_id", "sealed", "wrapped_key"
            ).iter_rows()
        ]
        return sealed.select("identity_id", "subject_id").with_columns(
            pl.Series(name, [one.get(name) for one in clear], dtype=pl.String) for name in fields
        )
