"""Contracts of screening: listed names, hits, and screened versions.

Names are those published by authorities; no table contains a customer's name. The loaded lists are
in `due_diligence`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandera.polars as pa

from finplatform.compliance.screening.decisions import STATUSES, OpenBecause
from finplatform.compliance.screening.evidence import BirthEvidence, CountryEvidence
from finplatform.compliance.screening.lists import NameKind
from finplatform.contracts.columns import Timestamp, column
from finplatform.contracts.contract import Contract, Kind
from finplatform.contracts.due_diligence import LISTED_KINDS
from finplatform.contracts.entities import KEY

SCHEMA = "compliance"

SUBJECT_KINDS = ("CUSTOMER", "MERCHANT", "OWNER")
"""Screened subjects: customers, merchants as counterparties, and holders of companies."""

_LIST: dict[str, Any] = {"str_matches": r"^[A-Z][A-Z0-9_]{1,19}$"}
_HIT: dict[str, Any] = {"str_matches": r"^H[0-9a-f]{16}$"}
_VERSION: dict[str, Any] = {"str_matches": r"^[0-9a-f]{32}$"}


class ListedNames(pa.DataFrameModel):
    """One row per list, party and name."""

    list_code: str = column("Sanctions list of the party.", **_LIST)
    entity_id: str = column("Identifier of the party on the list.", **KEY)
    listed_name: str = column("Published name.", str_length={"min_value": 1, "max_value": 500})
    name_kind: str = column("Type of the name: main name or alias.", isin=[*NameKind])
    entity_type: str = column("Type of the party.", isin=LISTED_KINDS)


class ScreeningHits(pa.DataFrameModel):
    """One row per subject and possibly matching listed party."""

    hit_id: str = column("Hit: stable id of subject and party.", **_HIT)
    subject_kind: str = column(
        "Role of the subject: customer, merchant or holder.", isin=SUBJECT_KINDS
    )
    subject_id: str = column("Customer, merchant or holder of a company.", **KEY)
    list_code: str = column("Sanctions list of the party.", **_LIST)
    entity_id: str = column("Identifier of the party on the list.", **KEY)
    name_kind: str = column("Type of the best-matching listed name.", isin=[*NameKind])
    name_score: float = column("Similarity of the names.", ge=0, le=1)
    birth_evidence: str = column("Comparison of the dates of birth.", isin=[*BirthEvidence])
    country_evidence: str = column("Comparison of the countries.", isin=[*CountryEvidence])
    score: float = column("Score of names, births and countries.", ge=0, le=1)
    reason: str = column("Evidence in words, without a name.")
    subject_version: str = column("Screened version of the subject.", **_VERSION)
    party_version: str = column("Version of the list entry.", **_VERSION)
    found_date: date = column("Business day of the first finding.")
    status: str = column("Status of the hit.", isin=STATUSES)
    open_because: str = column("Reason of the open status.", isin=[*OpenBecause], nullable=True)
    decided_by: str = column("User name of the last decision.", nullable=True)
    decided_at: Timestamp = column("Instant of the last decision.", nullable=True)


class ScreenedSubjects(pa.DataFrameModel):
    """One row per screened subject."""

    subject_kind: str = column(
        "Role of the subject: customer, merchant or holder.", isin=SUBJECT_KINDS
    )
    subject_id: str = column("Customer, merchant or holder of a company.", **KEY)
    subject_version: str = column("Screened version; a new version is screened again.", **_VERSION)
    screened_date: date = column("Business day of the full screening of this version.")


class ScreenedParties(pa.DataFrameModel):
    """One row per listed party screened against subjects."""

    list_code: str = column("Sanctions list of the party.", **_LIST)
    entity_id: str = column("Identifier of the party on the list.", **KEY)
    party_version: str = column(
        "Screened version of the list entry; a new version is screened again.", **_VERSION
    )
    screened_date: date = column("Business day of the full screening of this version.")


def compliance_contract(
    table: str, model: type[pa.DataFrameModel], key: tuple[str, ...]
) -> Contract:
    """Contract of a table of the schema `compliance` that is rebuilt in full.

    Args:
        table: Name of the table.
        model: Its columns; the docstring is the grain.
        key: Columns that identify a row.
    """
    return Contract(
        schema_name=SCHEMA,
        table=table,
        grain=(model.__doc__ or "").strip().rstrip(".").lower(),
        kind=Kind.TABLE,
        fields=model.to_schema().columns,
        key=key,
    )


SCREENING: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        compliance_contract("listed_names", ListedNames, ("list_code", "entity_id", "listed_name")),
        compliance_contract("screening_hits", ScreeningHits, ("hit_id",)),
        compliance_contract("screened_subjects", ScreenedSubjects, ("subject_kind", "subject_id")),
        compliance_contract("screened_parties", ScreenedParties, ("list_code", "entity_id")),
    )
}
"""Tables of screening by name."""
