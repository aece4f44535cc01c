"""Contracts of due diligence: sanctions lists, customer reviews, ownership of companies.

Customers are in `entities`, results of screening in `screening`.
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
    """One row per sanctions list and listed party."""

    # Names are unmasked: the authority publishes them, and screening reads them. They are not
    # personal data of customers.
    list_code: str = column("Sanctions list of the party.", str_matches=r"^[A-Z][A-Z0-9_]{1,19}$")
    entity_id: str = column("Identifier of the party on the list.", **KEY)
    entity_type: str = column("Type of the party.", isin=LISTED_KINDS)
    entity_name: str = column("Published name.", str_length={"min_value": 1, "max_value": 500})
    aliases: str = column("Published aliases, separated by `; `.", nullable=True)
    alias_qualities: str = column(
        "Published quality of each alias, such as Good or Low, separated by `; `.",
        nullable=True,
    )
    programs: str = column("Sanctions programmes, separated by `; `.", nullable=True)
    countries: str = column("Names of the countries of nationality and addresses.", nullable=True)
    addresses: str = column("Published addresses.", nullable=True)
    birth_dates: str = column("Published days or years of birth.", nullable=True)
    listed_date: date = column("Day of the listing, if published.", nullable=True)
    remarks: str = column("Published remarks.", nullable=True)


_DOCUMENTS = "|".join(DOCUMENT_TYPES)


class KycRecords(pa.DataFrameModel):
    """One row per review of a customer."""

    review_id: str = column("Review.", **KEY)
    customer_id: str = column("Reviewed customer.", **KEY)
    review_type: str = column("Reason of the review.", isin=REVIEW_TYPES)
    status: str = column("Status of the review.", isin=REVIEW_STATUSES)
    risk_rating: str = column("Money-laundering risk found by the review.", isin=oltp.RISK_LEVELS)
    is_pep: bool = column("Whether the customer is a politically exposed person.")
    document_types: str = column(
        "Kinds of documents checked, separated by `; `.",
        nullable=True,
        str_matches=rf"^({_DOCUMENTS})(; ({_DOCUMENTS}))*$",
    )
    documents_expire_date: date = column(
        "First day on which one of the checked documents is expired.", nullable=True
    )
    review_date: date = column("Day of the review.")
    next_review_date: date = column("Due date of the next review.", nullable=True)


HOLDER_KINDS = ("PERSON", "COMPANY")


class OwnershipLinks(pa.DataFrameModel):
    """One row per company and holder of its shares."""

    owned_id: str = column("Company: a merchant, or a holder of other companies.", **KEY)
    holder_id: str = column("Holder.", **KEY)
    holder_kind: str = column("Type of the holder.", isin=HOLDER_KINDS)
    holder_name: str = column("Name of the holder.", identifier=Identifier.NAME, nullable=True)
    holder_birth_date: date = column(
        "Birth of a person.", identifier=Identifier.BIRTH_DATE, nullable=True
    )
    holder_country: str = column(
        "ISO 3166-1 alpha-2 country of residence or seat.", nullable=True, **COUNTRY
    )
    share_rate: Share = column("Directly held share of the equity, as a fraction.", ge=0, le=1)
    has_control: bool = column("Whether the holder controls the company, for any share.")
    stated_date: date = column("Reference date of the company's statement.")
