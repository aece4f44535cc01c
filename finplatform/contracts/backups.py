"""Contract of the results of restore drills.

The drill itself is in `finplatform.backup.drill`.
"""

from collections.abc import Mapping
from typing import Annotated

import pandera.polars as pa
import polars as pl

from finplatform.contracts.columns import Timestamp, column
from finplatform.contracts.contract import Contract, Kind

SCHEMA = "ops"

Seconds = Annotated[pl.Decimal, 12, 3]
"""A duration in seconds."""


class RestoreDrills(pa.DataFrameModel):
    """One row per drill: a backup restored into a scratch server, and compared."""

    drilled_at: Timestamp = column("Start of the drill.")
    backup_id: str = column("Backup that was restored.", str_matches=r"^[0-9TZa-z-]{1,60}$")
    chain_length: int = column(
        "Backups of the restored chain: a full one and its incrementals.", ge=1
    )
    segment_count: int = column("Number of replayed WAL files.", ge=0)
    restored_bytes: int = column("Size of the restored databases.", ge=0)
    recovery_point_seconds: Seconds = column(
        "Recovery point: age of the last archived WAL at the start of the drill.", ge=0
    )
    recovery_time_seconds: Seconds = column(
        "Recovery time: from the first byte read until the server accepts connections.", ge=0
    )
    table_count: int = column("Number of compared tables.", ge=0)
    row_count: int = column("Number of compared rows.", ge=0)
    is_passed: bool = column("Whether all rows are equal and no page is corrupt.")
    problem: str = column("Reason of the failure; null if it passed.", nullable=True)


def _contract(table: str, model: type[pa.DataFrameModel], key: tuple[str, ...]) -> Contract:
    return Contract(
        schema_name=SCHEMA,
        table=table,
        grain=(model.__doc__ or "").strip().rstrip(".").lower(),
        kind=Kind.TABLE,
        fields=model.to_schema().columns,
        key=key,
    )


BACKUPS: Mapping[str, Contract] = {
    "restore_drills": _contract("restore_drills", RestoreDrills, ("drilled_at",))
}
"""Tables of backups by name."""
