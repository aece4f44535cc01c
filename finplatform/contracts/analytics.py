"""Contracts of the analytics tables that Python makes: patterns, segments, plans of contacts.

Belongs here: tables of the group `analytics` that SQL cannot compute. Those that dbt makes have
their contract in the model's YAML.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandera.polars as pa
import polars as pl

from finplatform.analytics.churn_drivers import BASE, DRIVERS, NONE
from finplatform.analytics.retention import STEPS
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
        "Conversions that the contact brings about, over none; of a retention offer the chance that"
        " the customer leaves but for it.",
        ge=-1,
        le=1,
        nullable=True,
    )
    expected_revenue: Money = column(
        "Revenue that the contact brings about within the measured days; of a retention offer the"
        " lifetime value that it is expected to keep.",
        nullable=True,
    )
    revenue_standard_error: Money = column("Its standard error.", ge=0, nullable=True)
    expected_credit_cost: Money = column(
        "Expected credit loss on these conversions over the same days.", ge=0, nullable=True
    )
    contact_cost: Money = column("Cost of the contact.", ge=0, nullable=True)
    expected_value: Money = column("Revenue less credit and contact cost.", gt=0, nullable=True)
    expected_roi: float = column("Expected value over the cost of the contact.", nullable=True)
    churn_probability: float = column(
        "Chance that the last account is closed within three months; null without a prediction.",
        ge=0,
        le=1,
        nullable=True,
    )
    value_at_risk: Money = column(
        "That chance of the lifetime value, which is not below 0; 0 without a prediction.", ge=0
    )
    expected_saved_value: Money = column(
        "Of a retention offer: the part of the value at risk that the contact is expected to keep.",
        ge=0,
        nullable=True,
    )
    best_expected_value: Money = column(
        "Expected value of the customer's best offer if there were no limits; null if none fits.",
        nullable=True,
    )
    priority_rank: pl.Int32 = column("Place by expected value, 1 first.", ge=1, nullable=True)


class ContactPlanLimits(pa.DataFrameModel):
    """One row per limit of the plan of contacts on the latest month end."""

    observation_date: date = column("Month end that the plan is made on.")
    limit_type: str = column(
        "Money, money that one objective may not exceed, or contacts of a channel.",
        isin=["BUDGET", "EARMARK", "CAPACITY"],
    )
    member: str = column(
        "Channel of a capacity, objective of an earmark; ALL for the budget.", **KEY
    )
    limit_value: float = column("Most that may be used, in money or contacts.", ge=0)
    used_value: float = column("What the plan uses.", ge=0)
    shadow_price: float = column(
        "Expected value that one more unit of the limit adds, by the relaxed problem.", ge=0
    )
    plan_value: float = column("Expected value of the whole plan.", ge=0)
    bound_value: float = column("Expected value that no plan within the limits exceeds.", ge=0)


class InterventionBudgets(pa.DataFrameModel):
    """One row per objective of the plan of contacts on the latest month end, and one for all."""

    observation_date: date = column("Month end that the plan is made on.")
    objective: str = column("What the contacts are for; ALL for the whole plan.", **KEY)
    currency: str = column(
        "Currency of the amounts; null without a contact.", isin=ISO_4217_CURRENCIES, nullable=True
    )
    budget_amount: Money = column(
        "A twelfth of what campaigns of the objective were planned to cost in a year.", ge=0
    )
    is_limit: bool = column(
        "Whether the plan may not exceed it: so for the whole and for RETENTION."
    )
    planned_amount: Money = column("Cost of the plan's contacts.", ge=0)
    planned_share: float = column("Share of the whole plan's cost.", ge=0, le=1, nullable=True)
    budget_use_rate: float = column("Planned over budget; null without one.", ge=0, nullable=True)
    contacts: int = column("Contacts in the plan.", ge=0)
    expected_revenue: Money = column("Revenue, or lifetime value kept, that they bring about.")
    expected_credit_cost: Money = column("Expected credit loss on it.", ge=0)
    expected_value: Money = column("Revenue less credit and contact cost.")
    expected_roi: float = column("Expected value over the cost of the contacts.", nullable=True)


class RetentionSteps(pa.DataFrameModel):
    """One row per step from the customers at risk to those whom the plan is expected to keep."""

    observation_date: date = column("Month end that the plan is made on.")
    step_number: pl.Int32 = column("Place of the step.", ge=1)
    step: str = column("Step; each is within the one before.", isin=list(STEPS))
    step_name: str = column("The step in words.")
    customers: float = column("Customers; of SAVED their expected number.", ge=0)
    value_amount: Money = column(
        "Lifetime value that may be lost within three months, by the customers' chances; of SAVED"
        " the part that is expected to be kept.",
        ge=0,
    )
    change_customers: float = column("Customers more than in the step before.")
    change_amount: Money = column("Value more than in the step before.")


_DRIVERS = [*DRIVERS, NONE, BASE]
_SHARE: dict[str, Any] = {"ge": 0, "le": 1, "nullable": True}


class ChurnDrivers(pa.DataFrameModel):
    """One row per possible reason for falling silent, one for none of them and one for all."""

    as_of_date: date = column("Last day that is known.")
    driver: str = column("Driver; NONE has none of them, BASE is everybody.", isin=_DRIVERS)
    driver_name: str = column("The driver in words.")
    customers: int = column("Customers with it, counted on each date until they fall silent.", ge=0)
    lapsed: int = column("Of them, those who did nothing in the three months after.", ge=0)
    other_customers: int = column("Customers without it, counted the same way.", ge=0)
    other_lapsed: int = column("Of these, those who fell silent.", ge=0)
    lapse_rate: float = column("Lapsed over customers.", **_SHARE)
    other_lapse_rate: float = column("The same of the others.", **_SHARE)
    base_rate: float = column("The same of everybody.", **_SHARE)
    lift: float = column("Lapse rate over base rate.", ge=0, nullable=True)
    risk_ratio: float = column("Lapse rate over that of the others.", ge=0, nullable=True)
    risk_ratio_lower: float = column("Lower end of its 95% interval.", ge=0, nullable=True)
    risk_ratio_upper: float = column("Upper end of the interval.", ge=0, nullable=True)
    difference: float = column("Lapse rate less that of the others.", nullable=True)
    difference_lower: float = column("Lower end of its 95% interval (Newcombe).", nullable=True)
    difference_upper: float = column("Upper end of the interval.", nullable=True)
    share_of_lapses: float = column(
        "Share of all lapses that had it; a lapse may have several.", **_SHARE
    )
    assigned_lapses: int = column(
        "Lapses assigned to it, each to the driver present with the highest rate.", ge=0
    )
    assigned_share: float = column(
        "Share of all lapses; with NONE they add up to 1, without BASE.", **_SHARE
    )
    method: str = column("Test.", isin=["CHI_SQUARE", "FISHER_EXACT"], nullable=True)
    p_value: float = column("P-value of no difference, of this row alone.", **_SHARE)
    p_value_holm: float = column("The same for the whole table (Holm).", **_SHARE)
    is_significant: bool = column("Whether Holm's p-value is at most 5%.", nullable=True)
    not_tested_reason: str = column("Why there is no test; null if there is.", nullable=True)


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
        gold_contract("intervention_budgets", InterventionBudgets, ("objective",)),
        gold_contract("retention_steps", RetentionSteps, ("step",)),
        gold_contract("churn_drivers", ChurnDrivers, ("driver",)),
    )
}
"""Python-made analytics tables by name."""
