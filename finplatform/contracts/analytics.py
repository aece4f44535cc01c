"""Contracts of the analytics tables that Python makes: patterns, segments, plans of contacts.

Belongs here: tables of the group `analytics` that SQL cannot compute. Those that dbt makes have
their contract in the model's YAML.
"""

from collections.abc import Mapping
from datetime import date

import pandera.polars as pa
import polars as pl

from finplatform.contracts.codes import ISO_4217_CURRENCIES
from finplatform.contracts.columns import Money, column
from finplatform.contracts.contract import Contract
from finplatform.contracts.entities import KEY
from finplatform.contracts.python_made import gold_contract

FINDINGS = ["CORRELATION", "ASSOCIATION", "SEGMENT_COUNT", "SEGMENT_PROFILE", "RFM_SEGMENT"]
METHODS = ["PEARSON", "SPEARMAN", "CRAMERS_V", "SILHOUETTE", "STANDARDISED_MEAN", "SHARE"]
RFM_SEGMENTS = [
    "CHAMPION", "LOYAL", "PROMISING", "NEEDS_ATTENTION", "AT_RISK", "HIBERNATING", "SILENT",
]  # fmt: skip


class ExploratoryAnalytics(pa.DataFrameModel):
    """One row per finding, method, subject and other of the latest month end."""

    observation_date: date = column("Month end that customers are described on.")
    finding: str = column("Kind of pattern.", isin=FINDINGS)
    method: str = column("Figure that is told.", isin=METHODS)
    subject: str = column("First feature, number of segments, or segment.", **KEY)
    other: str = column("Second feature, feature of a profile, or share told.", **KEY)
    customers: int = column("Customers that the figure is of.", ge=0)
    estimate: float = column(
        "Coefficient (-1 to 1), V or silhouette, mean in standard deviations from the mean of"
        " all, or share; null for a share of nothing.",
        nullable=True,
    )
    lower: float = column("Lower end of the 95% interval of a correlation.", nullable=True)
    upper: float = column("Upper end of the interval.", nullable=True)
    p_value: float = column("P-value of no association.", ge=0, le=1, nullable=True)
    p_adjusted: float = column(
        "The same, adjusted for all pairs of the method (Benjamini-Hochberg).",
        ge=0,
        le=1,
        nullable=True,
    )
    is_significant: bool = column("Whether the adjusted p-value is below 0.05.", nullable=True)
    strength_rank: pl.Int32 = column("Place by size within finding and method.", ge=1)


class CustomerSegments(pa.DataFrameModel):
    """One row per customer on the latest month end."""

    customer_id: str = column("Customer.", **KEY)
    observation_date: date = column("Month end that the customer is described on.")
    segment: str = column(
        "Segment found by k-means, 1 is the largest; its profile is in `exploratory_analytics`.",
        str_matches=r"^SEGMENT_[1-9]$",
    )
    outlier_p_value: float = column(
        "Chance of a customer as far from the centre, if features were normal.", ge=0, le=1
    )
    is_outlier: bool = column("Whether that chance is below 0.001: worth a look, no verdict.")
    recency_score: pl.Int16 = column("Fifth by days since a transaction, 5 is best.", ge=1, le=5)
    frequency_score: pl.Int16 = column("Fifth by transactions of 12 months.", ge=1, le=5)
    value_score: pl.Int16 = column("Fifth by what went out in 12 months.", ge=1, le=5)
    rfm_segment: str = column("Segment by the three scores.", isin=RFM_SEGMENTS)


ACTIONS = ["CONTACT", "NO_CONTACT"]
REASONS = [
    "BEST_WITHIN_LIMITS", "LIMITS_REACHED", "NO_OFFER_PAYS", "NO_OFFER_FITS", "CONTACTED_RECENTLY",
]  # fmt: skip


class PrescriptiveAnalytics(pa.DataFrameModel):
    """One row per customer on the latest month end, with what to do next."""

    customer_id: str = column("Customer.", **KEY)
    observation_date: date = column("Month end that the plan is made on.")
    customer_tier: str = column("Service tier.")
    recommended_action: str = column("Whether to contact the customer.", isin=ACTIONS)
    reason: str = column(
        "Why: the offer is the best within budget and capacity; limits are reached; no offer is"
        " worth its cost; policy or lack of experience leaves none; or too soon after a contact.",
        isin=REASONS,
    )
    objective: str = column("What the offer is for; null without a contact.", nullable=True)
    product_name: str = column("Product to offer.", nullable=True)
    channel: str = column("How to contact the customer.", nullable=True)
    currency: str = column("Currency of the amounts.", isin=ISO_4217_CURRENCIES, nullable=True)
    stratum: str = column("Kind of customer that the effect is taken from.", nullable=True)
    expected_conversions: float = column(
        "Conversions that the contact brings about, over none.", ge=-1, le=1, nullable=True
    )
    expected_revenue: Money = column(
        "Revenue that the contact brings about within the measured days.", nullable=True
    )
    revenue_standard_error: Money = column("Its standard error.", ge=0, nullable=True)
    expected_credit_cost: Money = column(
        "Expected credit loss on these conversions over the same days.", ge=0, nullable=True
    )
    contact_cost: Money = column("Cost of the contact.", ge=0, nullable=True)
    expected_value: Money = column("Revenue less credit and contact cost.", gt=0, nullable=True)
    expected_roi: float = column("Expected value over the cost of the contact.", nullable=True)
    best_expected_value: Money = column(
        "Expected value of the customer's best offer if there were no limits; null if none fits.",
        nullable=True,
    )
    priority_rank: pl.Int32 = column("Place by expected value, 1 first.", ge=1, nullable=True)


class ContactPlanLimits(pa.DataFrameModel):
    """One row per limit of the plan of contacts on the latest month end."""

    observation_date: date = column("Month end that the plan is made on.")
    limit_type: str = column("Money, or contacts of a channel.", isin=["BUDGET", "CAPACITY"])
    member: str = column("Channel of a capacity; ALL for the budget.", **KEY)
    limit_value: float = column("Most that may be used, in money or contacts.", ge=0)
    used_value: float = column("What the plan uses.", ge=0)
    shadow_price: float = column(
        "Expected value that one more unit of the limit adds, by the relaxed problem.", ge=0
    )
    plan_value: float = column("Expected value of the whole plan.", ge=0)
    bound_value: float = column("Expected value that no plan within the limits exceeds.", ge=0)


ANALYTICS: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        gold_contract(
            "exploratory_analytics",
            ExploratoryAnalytics,
            ("finding", "method", "subject", "other"),
        ),
        gold_contract("customer_segments", CustomerSegments, ("customer_id",)),
        gold_contract("prescriptive_analytics", PrescriptiveAnalytics, ("customer_id",)),
        gold_contract("contact_plan_limits", ContactPlanLimits, ("limit_type", "member")),
    )
}
"""Python-made analytics tables by name."""
