"""Contracts of the analytics tables that Python makes: patterns, segments, plans of contacts.

Contracts of analytics tables built by dbt are in the YAML of the models.
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

    observation_date: date = column("Month end of the analysis.")
    finding: str = column("Type of the finding.", isin=FINDINGS)
    method: str = column("Statistic of the finding.", isin=METHODS)
    subject: str = column(
        "Subject of the statistic: first feature, number of segments, or segment.", **KEY
    )
    other: str = column(
        "Second subject: second feature, feature of a profile, or name of the share.", **KEY
    )
    customers: int = column("Number of customers in the statistic.", ge=0)
    estimate: float = column(
        "Value of the statistic: correlation coefficient (-1 to 1), Cramer's V, "
        "silhouette, mean in standard deviations from the overall mean, or share; null "
        "for a share with denominator 0.",
        nullable=True,
    )
    lower: float = column("Lower bound of the 95% interval of a correlation.", nullable=True)
    upper: float = column("Upper bound of the interval.", nullable=True)
    p_value: float = column(
        "P-value under the null hypothesis of no association.", ge=0, le=1, nullable=True
    )
    p_adjusted: float = column(
        "P-value adjusted for all pairs of the method (Benjamini-Hochberg).",
        ge=0,
        le=1,
        nullable=True,
    )
    is_significant: bool = column("Whether the adjusted p-value is below 0.05.", nullable=True)
    strength_rank: pl.Int32 = column("Rank by size within finding and method.", ge=1)


class CustomerSegments(pa.DataFrameModel):
    """One row per customer on the latest month end."""

    customer_id: str = column("Customer.", **KEY)
    observation_date: date = column("Month end of the segmentation.")
    segment: str = column(
        "Segment of the k-means clustering; 1 is the largest; its profile is in "
        "`exploratory_analytics`.",
        str_matches=r"^SEGMENT_[1-9]$",
    )
    outlier_p_value: float = column(
        "Probability of at least this Mahalanobis distance if features were normally distributed.",
        ge=0,
        le=1,
    )
    is_outlier: bool = column("Whether the outlier probability is below 0.001; for review only.")
    recency_score: pl.Int16 = column(
        "Recency score: quintile of days since the last transaction; 5 is best.", ge=1, le=5
    )
    frequency_score: pl.Int16 = column(
        "Frequency score: quintile of transactions in 12 months; 5 is best.", ge=1, le=5
    )
    value_score: pl.Int16 = column(
        "Monetary score: quintile of the outflow in 12 months; 5 is best.", ge=1, le=5
    )
    rfm_segment: str = column("RFM segment of the three scores.", isin=RFM_SEGMENTS)


ACTIONS = ["CONTACT", "NO_CONTACT"]
REASONS = [
    "BEST_WITHIN_LIMITS", "LIMITS_REACHED", "NO_OFFER_PAYS", "NO_OFFER_FITS", "CONTACTED_RECENTLY",
]  # fmt: skip


class PrescriptiveAnalytics(pa.DataFrameModel):
    """One row per customer on the latest month end, with the next action."""

    customer_id: str = column("Customer.", **KEY)
    observation_date: date = column("Month end of the plan.")
    customer_tier: str = column("Service tier.")
    recommended_action: str = column("Whether to contact the customer.", isin=ACTIONS)
    reason: str = column(
        "Reason of the action: best offer within budget and capacity; limits reached; "
        "no offer with positive value; no offer left by policy or lack of data; or "
        "contact frequency limit.",
        isin=REASONS,
    )
    objective: str = column("Objective of the offer; null without a contact.", nullable=True)
    product_name: str = column("Product to offer.", nullable=True)
    channel: str = column("Contact channel.", nullable=True)
    currency: str = column("Currency of the amounts.", isin=ISO_4217_CURRENCIES, nullable=True)
    stratum: str = column("Customer group of the estimated effect.", nullable=True)
    expected_conversions: float = column(
        "Incremental conversion probability of the contact; for a retention offer the "
        "probability of a churn that the contact prevents.",
        ge=-1,
        le=1,
        nullable=True,
    )
    expected_revenue: Money = column(
        "Incremental revenue of the contact within the measured days; for a retention "
        "offer the expected retained lifetime value.",
        nullable=True,
    )
    revenue_standard_error: Money = column(
        "Standard error of the incremental revenue.", ge=0, nullable=True
    )
    expected_credit_cost: Money = column(
        "Expected credit loss on the incremental conversions over the same days.",
        ge=0,
        nullable=True,
    )
    contact_cost: Money = column("Cost of the contact.", ge=0, nullable=True)
    expected_value: Money = column("Revenue less credit and contact cost.", gt=0, nullable=True)
    expected_roi: float = column("Expected value over the cost of the contact.", nullable=True)
    churn_probability: float = column(
        "Probability that the last account is closed within three months; null without "
        "a prediction.",
        ge=0,
        le=1,
        nullable=True,
    )
    value_at_risk: Money = column(
        "Churn probability times the lifetime value, with a floor of 0; 0 without a prediction.",
        ge=0,
    )
    expected_saved_value: Money = column(
        "For a retention offer: expected retained part of the value at risk.",
        ge=0,
        nullable=True,
    )
    best_expected_value: Money = column(
        "Expected value of the customer's best offer without limits; null without an "
        "eligible offer.",
        nullable=True,
    )
    priority_rank: pl.Int32 = column(
        "Rank by expected value; 1 is the highest.", ge=1, nullable=True
    )


class ContactPlanLimits(pa.DataFrameModel):
    """One row per limit of the plan of contacts on the latest month end."""

    observation_date: date = column("Month end of the plan.")
    limit_type: str = column(
        "Type of the limit: total budget, budget of an objective, or contacts of a channel.",
        isin=["BUDGET", "EARMARK", "CAPACITY"],
    )
    member: str = column(
        "Channel of a capacity, objective of an earmark; ALL for the budget.", **KEY
    )
    limit_value: float = column("Limit, in money or contacts.", ge=0)
    used_value: float = column("Usage by the plan.", ge=0)
    shadow_price: float = column(
        "Shadow price: expected value of one more unit of the limit, from the linear relaxation.",
        ge=0,
    )
    plan_value: float = column("Expected value of the whole plan.", ge=0)
    bound_value: float = column(
        "Upper bound of the expected value of any plan within the limits.", ge=0
    )


class InterventionBudgets(pa.DataFrameModel):
    """One row per objective of the plan of contacts on the latest month end, and one for all."""

    observation_date: date = column("Month end of the plan.")
    objective: str = column("Objective of the contacts; ALL for the whole plan.", **KEY)
    currency: str = column(
        "Currency of the amounts; null without a contact.", isin=ISO_4217_CURRENCIES, nullable=True
    )
    budget_amount: Money = column(
        "Monthly budget: a twelfth of the yearly planned cost of campaigns of the objective.", ge=0
    )
    is_limit: bool = column("Whether the budget is a hard limit: true for ALL and for RETENTION.")
    planned_amount: Money = column("Cost of the planned contacts.", ge=0)
    planned_share: float = column("Share of the whole plan's cost.", ge=0, le=1, nullable=True)
    budget_use_rate: float = column(
        "Planned cost over budget; null without a budget.", ge=0, nullable=True
    )
    contacts: int = column("Number of planned contacts.", ge=0)
    expected_revenue: Money = column(
        "Incremental revenue or retained lifetime value of the contacts."
    )
    expected_credit_cost: Money = column("Expected credit loss on the incremental revenue.", ge=0)
    expected_value: Money = column("Revenue less credit and contact cost.")
    expected_roi: float = column("Expected value over the cost of the contacts.", nullable=True)


class RetentionSteps(pa.DataFrameModel):
    """One row per step from the customers at risk to the customers expected to be retained."""

    observation_date: date = column("Month end of the plan.")
    step_number: pl.Int32 = column("Sequence number of the step.", ge=1)
    step: str = column("Step; each step is a subset of the previous one.", isin=list(STEPS))
    step_name: str = column("Description of the step.")
    customers: float = column("Number of customers; for SAVED the expected number.", ge=0)
    value_amount: Money = column(
        "Lifetime value at risk within three months, by churn probability; for SAVED "
        "the expected retained part.",
        ge=0,
    )
    change_customers: float = column("Change of the number of customers against the previous step.")
    change_amount: Money = column("Change of the value against the previous step.")


_DRIVERS = [*DRIVERS, NONE, BASE]
_SHARE: dict[str, Any] = {"ge": 0, "le": 1, "nullable": True}


class ChurnDrivers(pa.DataFrameModel):
    """One row per possible driver of lapse, one for no driver and one for all customers."""

    as_of_date: date = column("Last day of the data.")
    driver: str = column(
        "Driver; NONE is the group without any driver, BASE is all customers.", isin=_DRIVERS
    )
    driver_name: str = column("Description of the driver.")
    customers: int = column(
        "Customers with the driver, counted on each date until they lapse.", ge=0
    )
    lapsed: int = column(
        "Customers with the driver and without activity in the next three months.", ge=0
    )
    other_customers: int = column(
        "Customers without the driver, counted on each date until they lapse.", ge=0
    )
    other_lapsed: int = column("Customers without the driver who lapsed.", ge=0)
    lapse_rate: float = column("Lapsed customers over customers, with the driver.", **_SHARE)
    other_lapse_rate: float = column(
        "Lapsed customers over customers, without the driver.", **_SHARE
    )
    base_rate: float = column("Lapsed customers over customers, overall.", **_SHARE)
    lift: float = column("Lapse rate over base rate.", ge=0, nullable=True)
    risk_ratio: float = column(
        "Risk ratio: lapse rate over that without the driver.", ge=0, nullable=True
    )
    risk_ratio_lower: float = column("Lower bound of its 95% interval.", ge=0, nullable=True)
    risk_ratio_upper: float = column("Upper bound of the interval.", ge=0, nullable=True)
    difference: float = column(
        "Risk difference: lapse rate less that without the driver.", nullable=True
    )
    difference_lower: float = column("Lower bound of its 95% interval (Newcombe).", nullable=True)
    difference_upper: float = column("Upper bound of the interval.", nullable=True)
    share_of_lapses: float = column(
        "Share of all lapses with the driver; a lapse may have several drivers.", **_SHARE
    )
    assigned_lapses: int = column(
        "Lapses assigned to the driver: each lapse goes to its driver with the highest rate.", ge=0
    )
    assigned_share: float = column("Share of all lapses; drivers and NONE add up to 1.", **_SHARE)
    method: str = column("Test.", isin=["CHI_SQUARE", "FISHER_EXACT"], nullable=True)
    p_value: float = column(
        "P-value under the null hypothesis of no difference, unadjusted.", **_SHARE
    )
    p_value_holm: float = column("P-value adjusted for the whole table (Holm).", **_SHARE)
    is_significant: bool = column("Whether Holm's p-value is at most 5%.", nullable=True)
    not_tested_reason: str = column("Reason for a missing test; null with a test.", nullable=True)


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
