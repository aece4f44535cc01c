"""Contracts of the regulatory register: filings that the platform makes, and the calendar.

Belongs here: tables of the schema `compliance` about returns. Does not belong here: what stands in
a return (see `supervisory`), and the log of another filing system (see `oversight`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandera.polars as pa

from finplatform.compliance.register.calendar import State
from finplatform.compliance.register.returns import Frequency
from finplatform.contracts.columns import column
from finplatform.contracts.contract import Contract
from finplatform.contracts.entities import KEY
from finplatform.contracts.screening import compliance_contract

_PERIOD: dict[str, Any] = {"str_matches": r"^\d{4}(Q[1-4]|M(0[1-9]|1[0-2]))?$"}


class RegulatoryFilings(pa.DataFrameModel):
    """One row per return, period and version that the platform has made."""

    return_code: str = column("Return.", **KEY)
    period: str = column("Period that it covers.", **_PERIOD)
    version: int = column("Version of its content, from 1.", ge=1)
    period_end: date = column("Last day of the period.")
    due_date: date = column("Day on which it is due.")
    content_hash: str = column("SHA-256 of its files.", str_matches=r"^[0-9a-f]{64}$")
    file_path: str = column("Archive below `HOME/reports/filings`.")
    generated_date: date = column("Business day on which it was made.")
    submitted_date: date = column(
        "Business day on which it was handed over; null until then.", nullable=True
    )


class RegulatoryCalendar(pa.DataFrameModel):
    """One row per return and period that the bank owes."""

    return_code: str = column("Return.", **KEY)
    period: str = column("Period that it covers.", **_PERIOD)
    title: str = column("What it reports.")
    authority: str = column("Whom it is for.")
    citation: str = column("Where the duty and the due day come from.")
    owner: str = column("Who answers for it.")
    frequency: str = column("How long its periods are.", isin=[*Frequency])
    period_start: date = column("First day of the period.")
    period_end: date = column("Last day of the period.")
    due_date: date = column("Day on which it is due, by the calendar of business days.")
    is_made_here: bool = column("Whether the platform makes it; others come from a filing log.")
    version: int = column(
        "Version that the platform made last; null for what another system filed.",
        ge=1,
        nullable=True,
    )
    generated_date: date = column("Day on which it was made; null until then.", nullable=True)
    submitted_date: date = column("Day on which it was handed over.", nullable=True)
    file_path: str = column("Where the filed document is kept.", nullable=True)
    state: str = column("How far it is.", isin=[*State])
    is_late: bool = column("Whether it was, or is not yet, handed over after the due day.")
    days_overdue: int = column("Days after the due day, this one included; 0 if in time.", ge=0)
    as_of_date: date = column("Business day of the state.")


REGISTER: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        compliance_contract(
            "regulatory_filings", RegulatoryFilings, ("return_code", "period", "version")
        ),
        compliance_contract("regulatory_calendar", RegulatoryCalendar, ("return_code", "period")),
    )
}
"""Tables of the register by name."""
