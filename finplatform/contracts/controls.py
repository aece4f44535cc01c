"""Contracts of financial controls: the register, its evidence, and months that are closed.

Belongs here: tables of the schema `compliance` about controls that assets make. Does not belong
here: what people did, whose tables only grow (`finplatform.warehouse.closing_ddl`).
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
    area: str = column("What it is about.", isin=[*Area])
    title: str = column("What holds if it works.")
    risk: str = column("What could go wrong.")
    assertions: str = column("What it upholds of the accounts, separated by commas.")
    description: str = column("How it works.")
    owner: str = column("Role that answers for it.", isin=[*PEOPLE])
    frequency: str = column("How often it works.", isin=[*Frequency])
    nature: str = column("Whether it keeps an error out or finds it.", isin=[*Nature])
    mode: str = column("Who carries it out.", isin=[*Mode])
    evidence: str = column("What proves that it worked.")


class SoxEvidence(pa.DataFrameModel):
    """One row per control and month in which it worked."""

    control_id: str = column("Control.", str_matches=_CONTROL)
    period: str = column("Month of the evidence, by the clock in UTC.", str_matches=PERIOD)
    result: str = column("What the evidence says.", isin=[*Result])
    population: int = column("Items that the control worked on.", ge=0)
    sample: int = column("Items that were looked at.", ge=0)
    exceptions: int = column("Items on which it failed.", ge=0)
    link: str = column("Where the evidence is.")
    tested_at: Timestamp = column("Instant at which it was gathered.")
    run_id: str = column("Run that gathered it.")


class SoxDeficiencies(pa.DataFrameModel):
    """One row per control, month and item on which the control failed."""

    control_id: str = column("Control.", str_matches=_CONTROL)
    period: str = column("Month of the evidence.", str_matches=PERIOD)
    item: str = column("What it failed on.")
    detail: str = column("What is known of it.")
    tested_at: Timestamp = column("Instant at which it was found last.")


class ClosedMonths(pa.DataFrameModel):
    """One row per closed month and frozen table."""

    period: str = column("Month.", str_matches=PERIOD)
    table_name: str = column("Table.", isin=[each.table for each in frozen_tables()])
    version: int = column("Latest version of the month, from 1.", ge=1)
    part: str = column("What the table is a part of.", isin=[*Part])
    row_count: int = column("Rows of the version.", ge=0)
    checksum: str = column("SHA-256 of the hashes of these rows.", str_matches=r"^[0-9a-f]{64}$")
    added_rows: int = column("Rows that there are now and the version does not have.", ge=0)
    changed_rows: int = column("Rows that are other now than the version has them.", ge=0)
    removed_rows: int = column("Rows of the version that are gone.", ge=0)
    is_as_approved: bool = column("Whether the kept rows are those of the signed approval.")
    verified_date: date = column("Business day as of which all was compared.")


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
