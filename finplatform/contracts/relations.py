"""Contracts of customer relations: campaigns, responses, service contacts, credit applications.

Transactions are in `events`, customers in `entities`.
"""

from datetime import date

import pandera.polars as pa
import polars as pl

from finplatform.contracts.codes import ISO_4217_CURRENCIES
from finplatform.contracts.columns import Money, Timestamp, column
from finplatform.contracts.entities import KEY
from finplatform.oltp import codes as oltp

CAMPAIGN_CHANNELS = ("EMAIL", "MOBILE", "MAIL", "PHONE", "BRANCH")
INTERACTION_CHANNELS = ("BRANCH", "PHONE", "EMAIL", "CHAT", "MOBILE")
DIRECTIONS = ("INBOUND", "OUTBOUND")
RESOLUTIONS = ("RESOLVED", "ESCALATED", "UNRESOLVED")
DECISIONS = ("APPROVED", "DECLINED", "WITHDRAWN")


class MarketingCampaigns(pa.DataFrameModel):
    """One row per campaign."""

    campaign_id: str = column("Campaign.", **KEY)
    campaign_name: str = column("Name of the campaign.")
    channel: str = column("Contact channel.", isin=CAMPAIGN_CHANNELS)
    objective: str = column("Objective of the campaign.", **KEY)
    product_id: str = column("Offered product.", references="products.product_id", **KEY)
    start_date: date = column("First day; customers are selected by the data of that morning.")
    end_date: date = column("Last day of the offer.")
    measured_date: date = column("Day on which the outcome is measured.")
    budget: Money = column("Planned cost.", ge=0)
    currency: str = column("Currency of the budget.", isin=ISO_4217_CURRENCIES)
    target_segment: str = column("Target segment.", **KEY)
    has_random_control: bool = column(
        "Whether the control group was drawn at random; otherwise marketing selected "
        "the customers to contact."
    )


class CampaignResponses(pa.DataFrameModel):
    """One row per campaign and selected customer, treated or control."""

    campaign_id: str = column("Campaign.", references="marketing_campaigns.campaign_id", **KEY)
    customer_id: str = column("Customer.", references="customers.customer_id", **KEY)
    assigned_date: date = column("Day of the assignment to treatment or control.")
    measured_date: date = column("Day on which the outcome was measured.")
    is_treated: bool = column("Whether the customer was assigned to treatment.")
    contact_date: date = column("Day of contact; null for the control group.", nullable=True)
    is_opened: bool = column("Whether the message was opened or the call answered.")
    is_clicked: bool = column("Whether the customer followed the link.")
    is_converted: bool = column("Whether the customer converted before the measurement.")
    conversion_date: date = column("Day of conversion; null without one.", nullable=True)
    revenue: Money = column(
        "Revenue from the customer's purchase of the offer until the measurement.", ge=0
    )
    currency: str = column("Currency of the revenue.", isin=ISO_4217_CURRENCIES)


class CustomerInteractions(pa.DataFrameModel):
    """One row per contact between a customer and the bank's service."""

    interaction_id: str = column("Contact.", **KEY)
    customer_id: str = column(
        "Customer; null without an identified customer.", nullable=True, **KEY
    )
    interaction_at: Timestamp = column("Start of the interaction.")
    channel: str = column("Channel of the interaction.", isin=INTERACTION_CHANNELS)
    direction: str = column("Initiator of the contact: INBOUND is the customer.", isin=DIRECTIONS)
    reason: str = column("Reason of the contact.", **KEY)
    duration_seconds: pl.Int32 = column("Duration in seconds.", ge=0, le=86_400)
    resolution: str = column("Resolution.", isin=RESOLUTIONS)
    satisfaction: pl.Int16 = column(
        "Answer to the survey, 1 (bad) to 5 (good); null for none.", nullable=True, ge=1, le=5
    )


class CreditApplications(pa.DataFrameModel):
    """One row per decided credit application."""

    application_id: str = column("Application.", **KEY)
    customer_id: str = column("Applicant.", references="customers.customer_id", **KEY)
    product_id: str = column("Requested product.", references="products.product_id", **KEY)
    loan_type: str = column("Kind of loan.", isin=oltp.LOAN_TYPES)
    purpose: str = column("Purpose of the loan.")
    application_date: date = column("Day of application.")
    decision_date: date = column("Day of decision or withdrawal.")
    requested_amount: Money = column("Requested amount.", gt=0)
    requested_term: pl.Int16 = column("Requested number of monthly instalments.", ge=1, le=600)
    currency: str = column("Currency of the amounts.", isin=ISO_4217_CURRENCIES)
    credit_score: pl.Int16 = column(
        "Credit score used for the decision.", nullable=True, ge=300, le=850
    )
    annual_income: Money = column("Yearly income as declared.", nullable=True, ge=0)
    decision: str = column("Decision.", isin=DECISIONS)
    decision_reason: str = column("Main reason of the decision.", **KEY)
    approved_amount: Money = column("Approved amount; null without approval.", nullable=True, gt=0)
    loan_id: str = column(
        "Loan that was granted.", references="loans.loan_id", nullable=True, **KEY
    )
