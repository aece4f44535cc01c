"""Contracts of what the bank knows of customers and owners: scores, reviews, alerts, owners.

Belongs here: tables of the schema `compliance` about customers' risk and companies' owners. Does
not belong here: the reviews and holdings as they are loaded (see `due_diligence`).
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
    """One row per company and person who owns or directs it."""

    company_id: str = column("Company: a merchant, or a holder of other companies.", **KEY)
    owner_id: str = column("Owner, as `silver.stg_ownership_links` names holders.", **KEY)
    owner_name_masked: str = column("Masked name; the clear one is in the vault.", nullable=True)
    direct_share: float = column("Part of the equity held directly.", ge=0, le=1)
    effective_share: float = column("Part held directly and through companies.", ge=0, le=1)
    chain_length: int = column("Holdings of the shortest chain; 1 is direct, 0 none.", ge=0)
    has_control: bool = column("Whether the person directs it, itself or through companies.")
    basis: str = column("What makes the person an owner.", isin=BASES)
    as_of_date: date = column("Business day of the register.")


class KycReviews(pa.DataFrameModel):
    """One row per customer with the last review and today's due-diligence score."""

    customer_id: str = column("Customer.", **KEY)
    customer_since: date = column("Day on which the person became a customer.")
    review_id: str = column("Last review; null if there was none.", nullable=True, **KEY)
    review_date: date = column("Its day.", nullable=True)
    review_status: str = column("How far it is.", isin=REVIEW_STATUSES, nullable=True)
    risk_rating: str = column("Risk that it found.", isin=oltp.RISK_LEVELS, nullable=True)
    is_pep: bool = column("Whether it found a politically exposed person.", nullable=True)
    next_review_date: date = column("Day that it named for the next one.", nullable=True)
    documents_expire_date: date = column("First day that its documents are void.", nullable=True)
    geography_points: int = column("Points for where the customer lives.", **_POINTS)
    product_points: int = column("Points for products held.", **_POINTS)
    behaviour_points: int = column("Points for movements of the last year.", **_POINTS)
    pep_points: int = column("Points for political exposure.", **_POINTS)
    screening_points: int = column("Points for hits on sanctions lists.", **_POINTS)
    score: int = column("Sum of the points, at most 100.", **_POINTS)
    risk_level: str = column("Risk by the score.", isin=LEVELS)
    due_date: date = column("Day on which the next review is due.", nullable=True)
    days_overdue: int = column("Days since then; 0 if it is not over.", ge=0)
    is_rating_too_low: bool = column("Whether the score says a higher risk than the last review.")
    as_of_date: date = column("Business day of the score.")


class KycAlerts(pa.DataFrameModel):
    """One row per customer or company and what calls for attention."""

    subject_kind: str = column("Whom it is about.", isin=["CUSTOMER", "COMPANY"])
    subject_id: str = column("Customer or company.", **KEY)
    alert_code: str = column("What calls for attention.", isin=[*AlertCode])
    since_date: date = column("Day since when.")
    days_open: int = column("Days since then.")
    detail: str = column("What it is, in words without a name.")
    as_of_date: date = column("Business day on which it holds.")


KYC: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        compliance_contract("beneficial_owners", BeneficialOwners, ("company_id", "owner_id")),
        compliance_contract("kyc_reviews", KycReviews, ("customer_id",)),
        compliance_contract("kyc_alerts", KycAlerts, ("subject_kind", "subject_id", "alert_code")),
    )
}
"""Tables of customers' risk by name."""
