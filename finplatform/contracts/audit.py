"""Contracts of the audit trail's tables built by assets.

Holds the signed heads stored in the database. The events themselves are not an asset: their table
is created with the schemas.
"""

from collections.abc import Mapping
from typing import Any

import pandera.polars as pa

from finplatform.contracts.columns import Timestamp, column
from finplatform.contracts.contract import Contract, Kind

SCHEMA = "audit"
_HASH: dict[str, Any] = {"str_matches": r"^[0-9a-f]{64}$"}


class TreeHeads(pa.DataFrameModel):
    """One row per signed head of the audit trail."""

    tree_size: int = column("Tree size: the head covers events 1 to this number.", ge=1)
    event_count: int = column("Number of events since the previous head.", ge=1)
    root_hash: str = column("Root hash of the Merkle tree of these events.", **_HASH)
    note_hash: str = column("SHA-256 of the signed note in the home folder.", **_HASH)
    previous_hash: str = column("SHA-256 of the previous note; zeros for the first.", **_HASH)
    sealed_at: Timestamp = column("Instant of the signature.")


AUDIT: Mapping[str, Contract] = {
    "tree_heads": Contract(
        schema_name=SCHEMA,
        table="tree_heads",
        grain=(TreeHeads.__doc__ or "").strip().rstrip(".").lower(),
        kind=Kind.TABLE,
        fields=TreeHeads.to_schema().columns,
        key=("tree_size",),
    )
}
"""Tables of the audit trail by name."""
