"""Contracts of the daily privacy run: pending erasures and retention.

Requests and holds are written by people (`finplatform.warehouse.privacy_tables`).
"""

from collections.abc import Mapping
from datetime import date

import pandera.polars as pa

from finplatform.contracts.columns import column
from finplatform.contracts.contract import Contract
from finplatform.contracts.screening import compliance_contract


class WaitingErasures(pa.DataFrameModel):
    """One row per erasure request under a hold."""

    request_id: str = column("Request.", str_matches=r"^PR-[0-9a-f]{10}$")
    received_date: date = column("Day of receipt.")
    erase_on_date: date = column("Day of execution, unless a hold is still in force.")
    as_of_date: date = column("Business day of the run.")


class RetentionRuns(pa.DataFrameModel):
    """One row per table with a limited retention period."""

    table_name: str = column("Table.", str_matches=r"^[a-z_]+\.[a-z_0-9]+$")
    date_column: str = column("Column that determines the age of a row.")
    kept_from_date: date = column("First day of retained rows.")
    deleted_rows: int = column("Rows deleted by the last run.", ge=0)
    as_of_date: date = column("Business day of the run.")


PRIVACY: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        compliance_contract("waiting_erasures", WaitingErasures, ("request_id",)),
        compliance_contract("retention_runs", RetentionRuns, ("table_name",)),
    )
}
"""Tables by name."""
