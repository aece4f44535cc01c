"""Contracts of inferential, predictive and causal analytics.

Tables of estimates with their uncertainty. Contracts of descriptive analytics are in `analytics`
and in the YAML of dbt.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandera.polars as pa
import polars as pl

from finplatform.analytics.economic_impact import INDICATORS
from finplatform.contracts.columns import Money, column
from finplatform.contracts.contract import Contract
from finplatform.contracts.entities import KEY
from finplatform.contracts.python_made import gold_contract
from finplatform.ml.rate_bands import BANDS


class CustomerPredictions(pa.DataFrameModel):
    """One row per customer with an account and month end."""

    customer_id: str = column("Customer.", **KEY)
    observation_date: date = column("Month end up to which data enter the predictions.")
    date_key: pl.Int32 = column("Month end as YYYYMMDD, in `dim_date`.")
    customer_key: int = column("Customer's version at that time, in `dim_customer`.")
    churn_risk_score: float = column(
        "Percentile rank of the churn risk among the customers of the date, 0 to 1, "
        "ties halved; not a probability.",
        ge=0,
        le=1,
    )
    churn_probability: float = column(
        "Calibrated probability that the last account is closed within three months.", gt=0, lt=1
    )
    churn_probability_lower: float = column(
        "Lower bound of its 95% interval, from the standard errors of the coefficients "
        "alone; null for an expert prior.",
        nullable=True,
        ge=0,
        le=1,
    )
    churn_probability_upper: float = column(
        "Upper bound of its 95% interval; null for an expert prior.", nullable=True, ge=0, le=1
    )
    churn_risk_band: str = column(
        "Band of the churn probability by quantile of the test data: lower half, next "
        "40%, highest 10%; null for an expert prior.",
        nullable=True,
        isin=list(BANDS),
    )
    churn_band_rate: float = column(
        "Observed churn rate of the band in the test data, monotone over bands: "
        "adjacent bands in the wrong order are pooled; null for an expert prior.",
        nullable=True,
        ge=0,
        le=1,
    )
    churn_band_rate_lower: float = column(
        "Lower bound of the exact 95% interval of the band's rate; null for an expert prior.",
        nullable=True,
        ge=0,
        le=1,
    )
    churn_band_rate_upper: float = column(
        "Upper bound of the exact 95% interval of the band's rate; null for an expert prior.",
        nullable=True,
        ge=0,
        le=1,
    )
    customer_lifetime_value: Money = column(
        "Lifetime value used in reports and plans: present value of the expected "
        "margins of five years, weighted by retention; negative for a loss-making "
        "customer."
    )
    yearly_margin: Money = column(
        "Yearly margin of the lifetime value, net of expected credit loss."
    )
    next_month_spending: Money = column(
        "Expected card payments, bill payments and cash withdrawals of the next month; "
        "null with too few months of history.",
        nullable=True,
        ge=0,
    )
    next_month_spending_lower: Money = column(
        "Lower bound of its 90% prediction interval.", nullable=True, ge=0
    )
    next_month_spending_upper: Money = column(
        "Upper bound of its 90% prediction interval.", nullable=True, ge=0
    )
    max_probability_default: float = column(
        "Highest 12-month PD of the customer's exposures, from `pd_scores`; null for a "
        "customer without a performing exposure.",
        nullable=True,
        gt=0,
        lt=1,
    )
    expected_credit_loss: Money = column(
        "Expected 12-month loss on performing exposures, from `fact_risk_metrics`.", ge=0
    )
    total_transactions_90d: int = column("Completed transactions in the 90 days to the date.", ge=0)
    churn_model_version: str = column(
        "Version of the churn model.", str_matches=r"^(churn|prior)-[0-9a-f]{16}$"
    )
    spending_model_version: str = column(
        "Version of the spending model.",
        nullable=True,
        str_matches=r"^spend-[0-9a-f]{16}$",
    )
    pd_model_version: str = column("Version of the PD model.", nullable=True)


_TYPES = ["AB_TEST", "ASSOCIATION", "COHORT_RETENTION", "COMPARISON", "ELASTICITY"]
_METHODS = [
    "CHI_SQUARE",
    "FISHER_EXACT",
    "MANN_WHITNEY",
    "OLS_HC3",
    "WELCH_T",
    "WILSON_INTERVAL",
]
_EFFECTS = ["CRAMERS_V", "ELASTICITY", "HEDGES_G", "PROBABILITY_LARGER", "RISK_RATIO"]
_P_VALUE: dict[str, Any] = {"ge": 0, "le": 1, "nullable": True}


class InferentialAnalytics(pa.DataFrameModel):
    """One row per statistical question about the bank's customers."""

    analysis_id: str = column("Name of the analysis.", **KEY)
    as_of_date: date = column("Month end up to which data enter the analysis.")
    analysis_type: str = column("Type of the analysis.", isin=_TYPES)
    question: str = column("Question in words.")
    unit: str = column("Unit of observation.")
    outcome: str = column("Outcome variable.")
    method: str = column("Statistical test; null if not possible.", isin=_METHODS, nullable=True)
    group_a: str = column("First group, or all.")
    group_b: str = column("Second group; null if there is none.", nullable=True)
    size_a: int = column("Units in the first group.", ge=0, nullable=True)
    size_b: int = column("Units in the second group.", ge=0, nullable=True)
    estimate_a: float = column("Mean, median or share of the first group.", nullable=True)
    estimate_b: float = column("Mean, median or share of the second group.", nullable=True)
    difference: float = column(
        "First less second group; the slope of an elasticity; the share of a cohort.",
        nullable=True,
    )
    lower: float = column("Lower bound of its 95% interval; null for ranks.", nullable=True)
    upper: float = column("Upper bound of its 95% interval.", nullable=True)
    effect_name: str = column(
        "Measure of the standardised effect size.", isin=_EFFECTS, nullable=True
    )
    effect: float = column("Effect size.", nullable=True)
    effect_lower: float = column("Lower bound of its 95% interval; null for V.", nullable=True)
    effect_upper: float = column("Upper bound of its 95% interval.", nullable=True)
    statistic: float = column("Test statistic; null if infinite.", nullable=True)
    degrees_of_freedom: float = column(
        "Degrees of freedom; null for a test without them.", gt=0, nullable=True
    )
    p_value: float = column("Unadjusted p-value.", **_P_VALUE)
    p_value_holm: float = column("P-value adjusted for the whole family (Holm).", **_P_VALUE)
    p_value_fdr: float = column(
        "P-value adjusted for the false discovery rate (Benjamini-Hochberg).", **_P_VALUE
    )
    family_size: pl.Int32 = column("Number of tests in the family: all tests of the table.", ge=0)
    is_significant: bool = column(
        "Whether Holm's p-value is at most 5%; null without a test.", nullable=True
    )
    assumptions: str = column("Assumptions of the method.")
    not_tested_reason: str = column(
        "Reason for a missing result; null with a result.", nullable=True
    )


_DESIGNS = [
    "ADJUSTED", "EVENT_STUDY", "PANEL", "POOLED_ADJUSTED", "POOLED_RANDOMISED", "RANDOMISED",
    "TIME_SERIES",
]  # fmt: skip
_ESTIMATORS = [
    "DIFFERENCE_IN_MEANS",
    "DOUBLY_ROBUST",
    "FIRST_DIFFERENCES",
    "GROUP_TIME_DIFFERENCES",
    "MATCHED_REGRESSION",
    "RANDOM_EFFECTS",
]


class FeatureImportance(pa.DataFrameModel):
    """One row per model in use and feature."""

    model: str = column("Target of the model.", isin=["CHURN", "DEFAULT", "FRAUD"])
    model_version: str = column("Model in use.")
    model_family: str = column("Kind of model.")
    feature: str = column("Feature, by the name of its column.", **KEY)
    contribution: float = column(
        "Mean absolute contribution to the calibrated log-odds over training rows.", ge=0
    )
    importance: float = column(
        "Importance over the sum of all features; shares of a model add up to 1.", ge=0, le=1
    )
    importance_rank: pl.Int32 = column("Rank within the model; 1 is the most important.", ge=1)
    direction: str = column(
        "Direction: a higher value increases the probability, decreases it, or levels "
        "differ; null if not available.",
        isin=["RAISES", "LOWERS", "MIXED"],
        nullable=True,
    )
    method: str = column("Method of the importance.", isin=["MEAN_ABSOLUTE_CONTRIBUTION"])


class CausalAnalytics(pa.DataFrameModel):
    """One row per cause and outcome."""

    effect_id: str = column("Name of the analysis: cause and outcome.", **KEY)
    as_of_date: date = column("Month end up to which data enter the analysis.")
    design: str = column("Identification design.", isin=_DESIGNS)
    cause: str = column("Treatment.")
    campaign_id: str = column("Campaign, in `dim_campaign`; null for others.", nullable=True)
    indicator_code: str = column(
        "Indicator of the economy; null for others.", isin=list(INDICATORS), nullable=True
    )
    product_type: str = column("Type of the product taken up; null for others.", nullable=True)
    outcome: str = column(
        "Outcome variable: conversion, revenue in US dollars, churn within 90 days, "
        "lifetime value, or log of monthly spending or inflow.",
        isin=[
            "has_left",
            "is_converted",
            "lifetime_value",
            "log_inflow",
            "log_spending",
            "revenue",
        ],
    )
    method: str = column("Estimator.", isin=_ESTIMATORS)
    estimate: float = column("Average treatment effect, in units of the outcome.")
    standard_error: float = column("Standard error of the effect.", ge=0)
    lower: float = column("Lower bound of its 95% interval.")
    upper: float = column("Upper bound of its 95% interval.")
    p_value: float = column(
        "P-value under the null hypothesis of no effect, unadjusted.", ge=0, le=1
    )
    p_value_holm: float = column("P-value adjusted for the whole table (Holm).", ge=0, le=1)
    unadjusted_estimate: float = column(
        "Unadjusted difference in means, biased under self-selection or targeting; null"
        " without two groups.",
        nullable=True,
    )
    treated: int = column("Treated units; for a regression its observations.", ge=0)
    control: int = column("Untreated units; 0 for a regression.", ge=0)
    studies: pl.Int32 = column("Number of pooled campaigns.", ge=2, nullable=True)
    between_studies: float = column(
        "Between-campaign standard deviation of the effect.", ge=0, nullable=True
    )
    has_overlap: bool = column(
        "Whether treated and untreated are comparable (see `docs/analytics.md`).", nullable=True
    )
    negative_control: str = column(
        "Negative-control outcome: one that the treatment cannot change.", nullable=True
    )
    negative_control_estimate: float = column(
        "Effect on the negative control: about 0 if the design holds; for a trend its last month.",
        nullable=True,
    )
    negative_control_p_value: float = column(
        "P-value under the null hypothesis of 0.", ge=0, le=1, nullable=True
    )
    is_negative_control_passed: bool = column(
        "Whether the negative control passes: Holm's p-value over all controls is above 5%.",
        nullable=True,
    )
    placebo_rejection_rate: float = column(
        "Share of placebo treatments that are significant at 5%.", ge=0, le=1, nullable=True
    )
    is_placebo_passed: bool = column("Whether the placebo rate is about 5%.", nullable=True)
    are_checks_passed: bool = column(
        "Whether every available check passed; null without checks.", nullable=True
    )
    effect_on_best_half: float = column(
        "Effect on conversion in the upper half of customers, ranked by a cross-fitted "
        "uplift model; experiments only.",
        nullable=True,
    )
    effect_on_other_half: float = column("Effect on conversion in the lower half.", nullable=True)
    ranking_p_value: float = column(
        "P-value under the null hypothesis of no difference between the halves.",
        ge=0,
        le=1,
        nullable=True,
    )
    revenue_rank: pl.Int32 = column(
        "Rank of the campaign by the lower end of its effect on revenue per contact; 1 is best.",
        ge=1,
        nullable=True,
    )
    rests_on: str = column("Assumptions of a causal interpretation.")
    not_concluded: str = column("Limits of the interpretation.")


INFERENCE: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        gold_contract("causal_analytics", CausalAnalytics, ("effect_id",)),
        gold_contract(
            "customer_predictions",
            CustomerPredictions,
            ("customer_id", "observation_date"),
            "observation_date",
        ),
        gold_contract("feature_importance", FeatureImportance, ("model", "feature")),
        gold_contract("inferential_analytics", InferentialAnalytics, ("analysis_id",)),
    )
}
"""Tables of conclusions by name."""
