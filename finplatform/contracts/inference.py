"""Contracts of the analytics that draw conclusions: inferential, predictive, causal.

Belongs here: tables of statements with their uncertainty. The other analytics describe, and have
their contracts elsewhere.
"""

from collections.abc import Mapping
from datetime import date

import pandera.polars as pa
import polars as pl

from finplatform.contracts.columns import Money, column
from finplatform.contracts.contract import Contract, Kind
from finplatform.contracts.entities import KEY

SCHEMA = "gold"


class PredictiveAnalytics(pa.DataFrameModel):
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
        "Lower end of its 95% interval (errors of the coefficients); null for an expert prior.",
        nullable=True,
        ge=0,
        le=1,
    )
    churn_probability_upper: float = column(
        "Upper end of its 95% interval; null for an expert prior.", nullable=True, ge=0, le=1
    )
    customer_lifetime_value: Money = column(
        "Present value of the margins of five years, while the customer stays; negative for a"
        " customer who costs more than is earned."
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
    fraud_risk_score: pl.Int16 = column(
        "Highest risk score of a transaction in three months: a rule of the house, no model.",
        ge=0,
        le=100,
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


def _contract(
    table: str,
    model: type[pa.DataFrameModel],
    key: tuple[str, ...],
    date_column: str | None = None,
) -> Contract:
    schema = model.to_schema()
    return Contract(
        schema_name=SCHEMA,
        table=table,
        grain=(model.__doc__ or "").strip().rstrip(".").lower(),
        kind=Kind.EVENT if date_column else Kind.TABLE,
        schema=pa.DataFrameSchema(schema.columns, strict=True, ordered=True),
        key=key,
        date_column=date_column,
    )


INFERENCE: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        _contract(
            "predictive_analytics",
            PredictiveAnalytics,
            ("customer_id", "observation_date"),
            "observation_date",
        ),
    )
}
"""Tables of conclusions by name."""
