"""Contracts of what the bank must know of whom it deals with: sanctions lists and KYC reviews.

Belongs here: lists that authorities publish, and the records of customer reviews. Does not belong
here: customers themselves (see `entities`), and what comes of comparing the two.
"""

from datetime import date

import pandera.polars as pa

from finplatform.contracts.columns import column
from finplatform.contracts.entities import KEY
from finplatform.oltp import codes as oltp

LISTED_KINDS = ("INDIVIDUAL", "ENTITY", "VESSEL", "AIRCRAFT")
REVIEW_TYPES = ("ONBOARDING", "PERIODIC", "TRIGGERED")
REVIEW_STATUSES = ("IN_PROGRESS", "COMPLETED", "ESCALATED")
DOCUMENT_TYPES = ("PASSPORT", "NATIONAL_ID", "DRIVING_LICENCE", "UTILITY_BILL", "TAX_RETURN")


class SanctionsEntities(pa.DataFrameModel):
    """One row per list and party on it."""

    # Names are in clear: the authority publishes them, and screening must read them. They are no
    # customer's.
    list_code: str = column("List that names the party.", str_matches=r"^[A-Z][A-Z0-9_]{1,19}$")
    entity_id: str = column("Party, as the list numbers it.", **KEY)
    entity_type: str = column("What the party is.", isin=LISTED_KINDS)
    entity_name: str = column("Name as published.", str_length={"min_value": 1, "max_value": 500})
    aliases: str = column("Other names as published, separated by `; `.", nullable=True)
    programs: str = column("Programmes of the listing, separated by `; `.", nullable=True)
    countries: str = column("Countries of nationality and addresses by name.", nullable=True)
    addresses: str = column("Addresses as published.", nullable=True)
    birth_dates: str = column("Days or years of birth, as exact as published.", nullable=True)
    listed_date: date = column("Day of the listing, where published.", nullable=True)
    remarks: str = column("Remarks as published.", nullable=True)


_DOCUMENTS = "|".join(DOCUMENT_TYPES)


class KycRecords(pa.DataFrameModel):
    """One row per review of a customer."""

    review_id: str = column("Review.", **KEY)
    customer_id: str = column("Customer reviewed.", **KEY)
    review_type: str = column("Why it was made.", isin=REVIEW_TYPES)
    status: str = column("How far it is.", isin=REVIEW_STATUSES)
    risk_rating: str = column("Risk of money laundering that it found.", isin=oltp.RISK_LEVELS)
    is_pep: bool = column("Whether the customer is a politically exposed person.")
    document_types: str = column(
        "Kinds of documents checked, separated by `; `.",
        nullable=True,
        str_matches=rf"^({_DOCUMENTS})(; ({_DOCUMENTS}))*$",
    )
    review_date: date = column("Day of the review.")
    next_review_date: date = column("Day on which the next one is due.", nullable=True)
