"""Contracts of the analytics that draw conclusions: inferential, predictive, causal.

Belongs here: tables of statements with their uncertainty. The other analytics describe, and have
their contracts elsewhere.
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
    observation_date: date = column("Month end up to which the predictions know the customer.")
    date_key: pl.Int32 = column("Month end as YYYYMMDD, in `dim_date`.")
    customer_key: int = column("Customer's version at that time, in `dim_customer`.")
    churn_risk_score: float = column(
        "Share of the date's customers who are less likely to leave, ties halved: a rank from 0 to"
        " 1, not a probability.",
        ge=0,
        le=1,
    )
    churn_probability: float = column(
        "Calibrated chance that the last account is closed within three months.", gt=0, lt=1
    )
    churn_probability_lower: float = column(
        "Lower end of its 95% interval, of the coefficients' errors alone; null for an expert"
        " prior.",
        nullable=True,
        ge=0,
        le=1,
    )
    churn_probability_upper: float = column(
        "Upper end of its 95% interval; null for an expert prior.", nullable=True, ge=0, le=1
    )
    churn_risk_band: str = column(
        "Band of that chance: the lower half of those by whom the model was tested, the next four"
        " tenths, the highest tenth; null for an expert prior.",
        nullable=True,
        isin=list(BANDS),
    )
    churn_band_rate: float = column(
        "Share of the band's customers who left within three months, in the test; never less than"
        " in a lower band, as neighbours in the wrong order are counted together; null for an"
        " expert prior.",
        nullable=True,
        ge=0,
        le=1,
    )
    churn_band_rate_lower: float = column(
        "Lower end of the exact 95% interval of the band's rate; null for an expert prior.",
        nullable=True,
        ge=0,
        le=1,
    )
    churn_band_rate_upper: float = column(
        "Upper end of the exact 95% interval of the band's rate; null for an expert prior.",
        nullable=True,
        ge=0,
        le=1,
    )
    customer_lifetime_value: Money = column(
        "Lifetime value, the one that reports and plans use: present value of the margins of five"
        " years, while the customer stays; negative for a customer who costs more than is earned."
    )
    yearly_margin: Money = column("Yearly margin behind it, expected credit loss taken off.")
    next_month_spending: Money = column(
        "Expected card payments, bills and cash taken out in the next month; null when too few"
        " earlier months are known.",
        nullable=True,
        ge=0,
    )
    next_month_spending_lower: Money = column(
        "Lower end of its 90% prediction interval.", nullable=True, ge=0
    )
    next_month_spending_upper: Money = column(
        "Upper end of its 90% prediction interval.", nullable=True, ge=0
    )
    default_probability: float = column(
        "Highest PD within 12 months of the customer's exposures, from `pd_scores`; null for a"
        " customer without one that is not in default.",
        nullable=True,
        gt=0,
        lt=1,
    )
    expected_credit_loss: Money = column(
        "Expected loss of 12 months on exposures not in default, from `fact_risk_metrics`.", ge=0
    )
    total_transactions_90d: int = column("Completed transactions in the 90 days to the date.", ge=0)
    churn_model_version: str = column(
        "Model behind the chance of leaving.", str_matches=r"^(churn|prior)-[0-9a-f]{16}$"
    )
    spending_model_version: str = column(
        "Model behind the forecast of spending.",
        nullable=True,
        str_matches=r"^spend-[0-9a-f]{16}$",
    )
    pd_model_version: str = column("Model behind the PD.", nullable=True)


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
    """One row per question asked of the bank's customers."""

    analysis_id: str = column("Question, by name.", **KEY)
    as_of_date: date = column("Month end up to which the customers are known.")
    analysis_type: str = column("Kind of question.", isin=_TYPES)
    question: str = column("The question in words.")
    unit: str = column("What is counted once.")
    outcome: str = column("What is compared or explained.")
    method: str = column("Test; null if none could be made.", isin=_METHODS, nullable=True)
    group_a: str = column("First group, or all.")
    group_b: str = column("Second group; null if there is none.", nullable=True)
    size_a: int = column("Units in the first group.", ge=0, nullable=True)
    size_b: int = column("Units in the second group.", ge=0, nullable=True)
    estimate_a: float = column("Mean, median or share of the first group.", nullable=True)
    estimate_b: float = column("The same of the second group.", nullable=True)
    difference: float = column(
        "First less second group; the slope of an elasticity; the share of a cohort.",
        nullable=True,
    )
    lower: float = column("Lower end of its 95% interval; null for ranks.", nullable=True)
    upper: float = column("Upper end of its 95% interval.", nullable=True)
    effect_name: str = column("Effect size free of units.", isin=_EFFECTS, nullable=True)
    effect: float = column("Effect size.", nullable=True)
    effect_lower: float = column("Lower end of its 95% interval; null for V.", nullable=True)
    effect_upper: float = column("Upper end of its 95% interval.", nullable=True)
    statistic: float = column("Test statistic; null if infinite.", nullable=True)
    degrees: float = column("Degrees of freedom, where the test has them.", gt=0, nullable=True)
    p_value: float = column("P-value of this test alone.", **_P_VALUE)
    p_value_holm: float = column("P-value adjusted for the whole family (Holm).", **_P_VALUE)
    p_value_fdr: float = column(
        "The same by false discovery rate (Benjamini-Hochberg).", **_P_VALUE
    )
    family_size: pl.Int32 = column("Tests in the family: all of this table.", ge=0)
    is_significant: bool = column(
        "Whether Holm's p-value is at most 5%; null without a test.", nullable=True
    )
    assumptions: str = column("What the method takes for granted.")
    not_tested_reason: str = column("Why there is no result; null if there is.", nullable=True)


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

    model: str = column("What it predicts.", isin=["CHURN", "DEFAULT", "FRAUD"])
    model_version: str = column("Model in use.")
    model_family: str = column("Kind of model.")
    feature: str = column("Feature, by the name of its column.", **KEY)
    contribution: float = column(
        "Mean absolute contribution to the calibrated log-odds over training rows.", ge=0
    )
    importance: float = column(
        "That over the sum of all features: shares of a model add up to 1.", ge=0, le=1
    )
    importance_rank: pl.Int32 = column("Place within the model, 1 matters most.", ge=1)
    direction: str = column(
        "Whether more of it raises the chance, lowers it, or levels differ; null where the model"
        " does not say.",
        isin=["RAISES", "LOWERS", "MIXED"],
        nullable=True,
    )
    method: str = column("How importance is measured.", isin=["MEAN_ABSOLUTE_CONTRIBUTION"])


class CausalAnalytics(pa.DataFrameModel):
    """One row per cause and outcome."""

    effect_id: str = column("Cause and outcome, by name.", **KEY)
    as_of_date: date = column("Month end up to which everything is known.")
    design: str = column("Why the comparison tells an effect.", isin=_DESIGNS)
    cause: str = column("What was done or happened.")
    campaign_id: str = column("Campaign, in `dim_campaign`; null for others.", nullable=True)
    indicator_code: str = column(
        "Indicator of the economy; null for others.", isin=list(INDICATORS), nullable=True
    )
    product_type: str = column("Kind of product that is taken up; null for others.", nullable=True)
    outcome: str = column(
        "What it may have changed: conversion, revenue in dollars, leaving the bank within 90 days,"
        " lifetime value, or the log of what is spent or comes in a month.",
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
    estimate: float = column("Mean effect, in units of the outcome.")
    standard_error: float = column("Its standard error.", ge=0)
    lower: float = column("Lower end of its 95% interval.")
    upper: float = column("Upper end of its 95% interval.")
    p_value: float = column("P-value of no effect, of this row alone.", ge=0, le=1)
    p_value_holm: float = column("The same for the whole table (Holm).", ge=0, le=1)
    unadjusted_estimate: float = column(
        "Plain difference in means: wrong where customers chose or were chosen; null where there"
        " are no two groups.",
        nullable=True,
    )
    treated: int = column("Units that were treated; of a regression its observations.", ge=0)
    control: int = column("Units that were not; 0 for a regression.", ge=0)
    studies: pl.Int32 = column("Campaigns pooled.", ge=2, nullable=True)
    between_studies: float = column(
        "Standard deviation of true effects between them.", ge=0, nullable=True
    )
    has_overlap: bool = column(
        "Whether treated and untreated are comparable (see `docs/analytics.md`).", nullable=True
    )
    negative_control: str = column("What cannot have been changed.", nullable=True)
    negative_control_estimate: float = column(
        "The same estimator on it: about 0 if the design holds; for a trend its last month.",
        nullable=True,
    )
    negative_control_p_value: float = column("P-value of 0.", ge=0, le=1, nullable=True)
    is_negative_control_passed: bool = column(
        "Whether it is 0 as far as can be told: Holm's p-value over all controls is above 5%.",
        nullable=True,
    )
    placebo_rejection_rate: float = column(
        "Share of made-up treatments called effective at 5%.", ge=0, le=1, nullable=True
    )
    is_placebo_passed: bool = column("Whether that is about 5%.", nullable=True)
    are_checks_passed: bool = column(
        "Whether every check that was made passed; null if none could be made.", nullable=True
    )
    effect_on_best_half: float = column(
        "Effect on conversion of the half of customers ranked more promising by a model that has"
        " not seen them; experiments only.",
        nullable=True,
    )
    effect_on_other_half: float = column("Effect on the other half.", nullable=True)
    ranking_p_value: float = column(
        "P-value of no difference between the halves: whether the ranking is worth anything.",
        ge=0,
        le=1,
        nullable=True,
    )
    revenue_rank: pl.Int32 = column(
        "Rank of the campaign by the lower end of its effect on revenue per contact; 1 is best.",
        ge=1,
        nullable=True,
    )
    rests_on: str = column("What must hold for this to be an effect.")
    not_concluded: str = column("What may not be concluded from it.")


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
