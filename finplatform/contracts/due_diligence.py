"""Contracts of what the bank must know of whom it deals with: sanctions lists, reviews, owners.

Belongs here: lists that authorities publish, the records of customer reviews, and who holds shares
of companies. Does not belong here: customers themselves (see `entities`), and what comes of
comparing them (see `compliance`).
"""

from datetime import date

import pandera.polars as pa

from finplatform.contracts.columns import Identifier, Share, column
from finplatform.contracts.entities import COUNTRY, KEY
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
    alias_qualities: str = column(
        "Quality of each other name as published, such as Good or Low, separated by `; `.",
        nullable=True,
    )
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
    documents_expire_date: date = column(
        "First day on which one of the documents checked is not valid any more.", nullable=True
    )
    review_date: date = column("Day of the review.")
    next_review_date: date = column("Day on which the next one is due.", nullable=True)


HOLDER_KINDS = ("PERSON", "COMPANY")


class OwnershipLinks(pa.DataFrameModel):
    """One row per company and holder of its shares."""

    owned_id: str = column("Company: a merchant, or a holder of other companies.", **KEY)
    holder_id: str = column("Holder.", **KEY)
    holder_kind: str = column("What the holder is.", isin=HOLDER_KINDS)
    holder_name: str = column("Name of the holder.", identifier=Identifier.NAME, nullable=True)
    holder_birth_date: date = column(
        "Birth of a person.", identifier=Identifier.BIRTH_DATE, nullable=True
    )
    holder_country: str = column(
        "ISO 3166-1 alpha-2 country of residence or seat.", nullable=True, **COUNTRY
    )
    share_rate: Share = column("Part of the equity held directly.", ge=0, le=1)
    has_control: bool = column("Whether the holder directs the company, whatever the share.")
    stated_date: date = column("Day as of which the company stated it.")
