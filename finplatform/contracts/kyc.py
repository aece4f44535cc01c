"""Contracts of customer due diligence: beneficial owners, reviews with scores, alerts.

The loaded reviews and holdings are in `due_diligence`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandera.polars as pa

from finplatform.compliance.kyc.due_diligence import LEVELS, MOST_POINTS
from finplatform.compliance.kyc.owners import BASES
from finplatform.compliance.kyc.reviews import AlertCode
from finplatform.contracts.columns import column
from finplatform.contracts.contract import Contract
from finplatform.contracts.due_diligence import REVIEW_STATUSES
from finplatform.contracts.entities import KEY
from finplatform.contracts.screening import compliance_contract
from finplatform.oltp import codes as oltp

_POINTS: dict[str, Any] = {"ge": 0, "le": MOST_POINTS}


class BeneficialOwners(pa.DataFrameModel):
    """One row per company and beneficial owner."""

    company_id: str = column("Company: a merchant, or a holder of other companies.", **KEY)
    owner_id: str = column("Beneficial owner: holder id of `silver.stg_ownership_links`.", **KEY)
    owner_name_masked: str = column("Masked name; the clear value is in the vault.", nullable=True)
    direct_share: float = column("Directly held share of the equity, as a fraction.", ge=0, le=1)
    effective_share: float = column(
        "Share held directly and through companies, as a fraction.", ge=0, le=1
    )
    chain_length: int = column("Length of the shortest ownership chain; 1 is direct, 0 none.", ge=0)
    has_control: bool = column("Whether the person controls it, directly or through companies.")
    basis: str = column("Basis of beneficial ownership.", isin=BASES)
    as_of_date: date = column("Business day of the register.")


class KycReviews(pa.DataFrameModel):
    """One row per customer with the last review and today's due-diligence score."""

    customer_id: str = column("Customer.", **KEY)
    customer_since: date = column("Day on which the person became a customer.")
    review_id: str = column("Latest review; null without one.", nullable=True, **KEY)
    review_date: date = column("Day of the latest review.", nullable=True)
    review_status: str = column("Status of the latest review.", isin=REVIEW_STATUSES, nullable=True)
    risk_rating: str = column(
        "Risk rating of the latest review.", isin=oltp.RISK_LEVELS, nullable=True
    )
    is_pep: bool = column(
        "Whether the latest review found a politically exposed person.", nullable=True
    )
    next_review_date: date = column(
        "Due date of the next review set by the latest review.", nullable=True
    )
    documents_expire_date: date = column(
        "First day on which its documents are expired.", nullable=True
    )
    geography_points: int = column("Points for the country of residence.", **_POINTS)
    product_points: int = column("Points for products held.", **_POINTS)
    behaviour_points: int = column("Points for transactions of the last year.", **_POINTS)
    pep_points: int = column("Points for political exposure.", **_POINTS)
    screening_points: int = column("Points for hits on sanctions lists.", **_POINTS)
    score: int = column("Sum of the points, at most 100.", **_POINTS)
    risk_level: str = column("Risk rating by the score.", isin=LEVELS)
    due_date: date = column("Day on which the next review is due.", nullable=True)
    days_overdue: int = column("Days since the due date; 0 if it is not overdue.", ge=0)
    is_rating_too_low: bool = column(
        "Whether the score gives a higher risk than the latest review."
    )
    as_of_date: date = column("Business day of the score.")


class KycAlerts(pa.DataFrameModel):
    """One row per customer or company and reason of the alert."""

    subject_kind: str = column("Subject of the alert.", isin=["CUSTOMER", "COMPANY"])
    subject_id: str = column("Customer or company.", **KEY)
    alert_code: str = column("Reason of the alert.", isin=[*AlertCode])
    since_date: date = column("First day of the reason.")
    days_open: int = column("Days since the first day.")
    detail: str = column("Details in words, without a name.")
    as_of_date: date = column("Business day of the alert.")


KYC: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        compliance_contract("beneficial_owners", BeneficialOwners, ("company_id", "owner_id")),
        compliance_contract("kyc_reviews", KycReviews, ("customer_id",)),
        compliance_contract("kyc_alerts", KycAlerts, ("subject_kind", "subject_id", "alert_code")),
    )
}
"""Tables of customers' risk by name."""
