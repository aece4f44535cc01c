"""Contracts of what dealings with customers leave behind: offers, service contacts, requests.

Belongs here: marketing campaigns and their outcome, service contacts, applications for credit. Does
not belong here: movements of money (see `events`) or the customers themselves (see `entities`).
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
    channel: str = column("How customers are contacted.", isin=CAMPAIGN_CHANNELS)
    objective: str = column("What it is for.", **KEY)
    product_id: str = column("Product that is offered.", references="products.product_id", **KEY)
    start_date: date = column("First day; customers are chosen by what is known that morning.")
    end_date: date = column("Last day of the offer.")
    measured_date: date = column("Day on which the outcome is measured.")
    budget: Money = column("Planned cost.", ge=0)
    currency: str = column("Currency of the budget.", isin=ISO_4217_CURRENCIES)
    target_segment: str = column("Customers that it is meant for.", **KEY)
    has_random_control: bool = column(
        "Whether those held back were drawn at random; otherwise marketers chose whom to contact."
    )


class CampaignResponses(pa.DataFrameModel):
    """One row per campaign and customer chosen for it, contacted or held back."""

    campaign_id: str = column("Campaign.", references="marketing_campaigns.campaign_id", **KEY)
    customer_id: str = column("Customer.", references="customers.customer_id", **KEY)
    assigned_date: date = column("Day on which it was decided whether to contact the customer.")
    measured_date: date = column("Day on which the outcome was measured.")
    is_treated: bool = column("Whether the customer was to be contacted.")
    contact_date: date = column("Day of contact; null for those held back.", nullable=True)
    is_opened: bool = column("Whether the message was opened or the call answered.")
    is_clicked: bool = column("Whether the customer followed it.")
    is_converted: bool = column("Whether the customer took the offer before it was measured.")
    conversion_date: date = column("Day of that; null for none.", nullable=True)
    revenue: Money = column("What the customer spent on the offer before it was measured.", ge=0)
    currency: str = column("Currency of the revenue.", isin=ISO_4217_CURRENCIES)


class CustomerInteractions(pa.DataFrameModel):
    """One row per contact between a customer and the bank's service."""

    interaction_id: str = column("Contact.", **KEY)
    customer_id: str = column("Customer; null if nobody was identified.", nullable=True, **KEY)
    interaction_at: Timestamp = column("Instant at which it began.")
    channel: str = column("Where it took place.", isin=INTERACTION_CHANNELS)
    direction: str = column("Who sought the contact: INBOUND is the customer.", isin=DIRECTIONS)
    reason: str = column("What it was about.", **KEY)
    duration_seconds: pl.Int32 = column("How long it took, in seconds.", ge=0, le=86_400)
    resolution: str = column("How it ended.", isin=RESOLUTIONS)
    satisfaction: pl.Int16 = column(
        "Answer to the survey, 1 (bad) to 5 (good); null for none.", nullable=True, ge=1, le=5
    )


class CreditApplications(pa.DataFrameModel):
    """One row per decided application for credit."""

    application_id: str = column("Application.", **KEY)
    customer_id: str = column("Applicant.", references="customers.customer_id", **KEY)
    product_id: str = column("Product asked for.", references="products.product_id", **KEY)
    loan_type: str = column("Kind of loan.", isin=oltp.LOAN_TYPES)
    purpose: str = column("What the money is for.")
    application_date: date = column("Day on which it was received.")
    decision_date: date = column("Day on which it was decided or withdrawn.")
    requested_amount: Money = column("Amount asked for.", gt=0)
    requested_term: pl.Int16 = column("Instalments asked for.", ge=1, le=600)
    currency: str = column("Currency of the amounts.", isin=ISO_4217_CURRENCIES)
    credit_score: pl.Int16 = column("Score that the decision used.", nullable=True, ge=300, le=850)
    annual_income: Money = column("Yearly income as declared.", nullable=True, ge=0)
    decision: str = column("What was decided.", isin=DECISIONS)
    decision_reason: str = column("Main reason of the decision.", **KEY)
    approved_amount: Money = column("Amount granted; null for none.", nullable=True, gt=0)
    loan_id: str = column("Loan that it became.", references="loans.loan_id", nullable=True, **KEY)
