"""Contracts of financial controls: the register, its evidence, and months that are closed.

Tables of the schema `compliance` built by assets. Append-only tables of manual actions are in
`finplatform.warehouse.closing_ddl`.
"""

from collections.abc import Mapping
from datetime import date

import pandera.polars as pa

from finplatform.compliance.sox.controls import Area, Frequency, Mode, Nature, Result
from finplatform.compliance.sox.frozen_tables import Part, frozen_tables
from finplatform.contracts.columns import Timestamp, column
from finplatform.contracts.contract import Contract
from finplatform.contracts.screening import compliance_contract
from finplatform.security.rights import PEOPLE

PERIOD = r"^\d{4}-(0[1-9]|1[0-2])$"
_CONTROL = r"^[A-Z]{2}-\d{2}$"


class SoxControls(pa.DataFrameModel):
    """One row per control over financial reporting."""

    control_id: str = column("Control.", str_matches=_CONTROL)
    area: str = column("Area of the control.", isin=[*Area])
    title: str = column("Control objective.")
    risk: str = column("Risk addressed by the control.")
    assertions: str = column("Financial statement assertions, separated by commas.")
    description: str = column("Description of the control.")
    owner: str = column("Role of the control owner.", isin=[*PEOPLE])
    frequency: str = column("Frequency of the control.", isin=[*Frequency])
    nature: str = column("Preventive or detective.", isin=[*Nature])
    mode: str = column("Automated or manual.", isin=[*Mode])
    evidence: str = column("Evidence of the control.")


class SoxEvidence(pa.DataFrameModel):
    """One row per control and month in which it worked."""

    control_id: str = column("Control.", str_matches=_CONTROL)
    period: str = column("Month of the evidence, by the clock in UTC.", str_matches=PERIOD)
    result: str = column("Result of the test of operating effectiveness.", isin=[*Result])
    population: int = column("Population: number of items of the control.", ge=0)
    sample: int = column("Number of tested items.", ge=0)
    exceptions: int = column("Number of exceptions.", ge=0)
    link: str = column("Location of the evidence.")
    tested_at: Timestamp = column("Instant of collection.")
    run_id: str = column("Run of collection.")


class SoxDeficiencies(pa.DataFrameModel):
    """One row per control, month and item on which the control failed."""

    control_id: str = column("Control.", str_matches=_CONTROL)
    period: str = column("Month of the evidence.", str_matches=PERIOD)
    item: str = column("Item of the exception.")
    detail: str = column("Details of the exception.")
    tested_at: Timestamp = column("Instant of the latest finding.")


class ClosedMonths(pa.DataFrameModel):
    """One row per closed month and frozen table."""

    period: str = column("Month.", str_matches=PERIOD)
    table_name: str = column("Table.", isin=[each.table for each in frozen_tables()])
    version: int = column("Latest version of the month, from 1.", ge=1)
    part: str = column("Scope of the frozen table.", isin=[*Part])
    row_count: int = column("Rows of the version.", ge=0)
    checksum: str = column("SHA-256 of the hashes of these rows.", str_matches=r"^[0-9a-f]{64}$")
    added_rows: int = column("Current rows that are missing in the version.", ge=0)
    changed_rows: int = column("Rows that differ between the current table and the version.", ge=0)
    removed_rows: int = column("Rows of the version that are missing in the current table.", ge=0)
    is_as_approved: bool = column("Whether the frozen rows match the signed approval.")
    verified_date: date = column("Business day of the comparison.")


CONTROLS: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        compliance_contract("sox_controls", SoxControls, ("control_id",)),
        compliance_contract("sox_evidence", SoxEvidence, ("control_id", "period")),
        compliance_contract("sox_deficiencies", SoxDeficiencies, ("control_id", "period", "item")),
        compliance_contract("closed_months", ClosedMonths, ("period", "table_name")),
    )
}
"""Tables of financial controls by name."""
