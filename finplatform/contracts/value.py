"""Contracts of what models say about value, fraud and loss.

Belongs here: the tables of those estimates. Does not belong here: the default and churn models'
tables (see `gold` and `inference`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandera.polars as pa
import polars as pl

from finplatform.contracts.columns import Money, column
from finplatform.contracts.contract import Contract, Kind
from finplatform.contracts.entities import KEY

SCHEMA = "gold"

_UNKNOWN: dict[str, Any] = {"nullable": True, "ge": 0}


class CustomerLifetimeValue(pa.DataFrameModel):
    """One row per customer with an account and month end."""

    customer_id: str = column("Customer.", **KEY)
    observation_date: date = column("Month end up to which the customer is known.")
    date_key: pl.Int32 = column("Month end as YYYYMMDD, in `dim_date`.")
    customer_key: int = column("Customer's version at that time, in `dim_customer`.")
    frequency: int = column(
        "Days with card payments after the first, of the last 24 months; null where nothing could"
        " be estimated.",
        **_UNKNOWN,
    )
    recency_weeks: float = column("Weeks from the first to the last of these days.", **_UNKNOWN)
    observed_weeks: float = column("Weeks from the first of these days to the date.", **_UNKNOWN)
    probability_active: float = column(
        "Chance that the customer will pay by card again (BG/NBD); 1 after one day, a limit of the"
        " model.",
        le=1,
        **_UNKNOWN,
    )
    expected_transactions_12m: float = column(
        "Days with card payments expected in the next year.", **_UNKNOWN
    )
    expected_transaction_value: Money = column(
        "What is expected to be paid on such a day (Gamma-Gamma).", **_UNKNOWN
    )
    revenue_rate: float = column(
        "Yearly fees and 2% of average balance per unit paid by card, drawn to the rate of all.",
        **_UNKNOWN,
    )
    discounted_transactions: float = column(
        "Such days expected in five years, discounted at 10% a year.", **_UNKNOWN
    )
    discounted_value: Money = column(
        "Revenue of these days: their number times value times revenue rate.", **_UNKNOWN
    )
    discounted_value_lower: Money = column(
        "Lower end of its 95% interval: errors of the models' parameters by the delta method, not"
        " the customer's own chance; null where the likelihood has no peak.",
        **_UNKNOWN,
    )
    discounted_value_upper: Money = column("Upper end of the interval.", **_UNKNOWN)
    not_estimated_reason: str = column(
        "Why there is no estimate: no card payment of this customer, too few customers who paid"
        " twice, or less than six months of history; null otherwise.",
        isin=["NO_PURCHASE", "SHORT_HISTORY", "TOO_FEW_CUSTOMERS"],
        nullable=True,
    )
    estimated_annual_revenue: Money = column(
        "Fees of the held history and 2% of the mean balance of the accounts, as the formula of"
        " revenue times tenure takes it."
    )
    formula_lifetime_value: Money = column("That revenue times the years as a customer.")
    customer_segment: str = column(
        "Segment by the formula: above 10,000, above 5,000, or below.",
        isin=["High Value", "Medium Value", "Low Value"],
    )


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


VALUE: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        _contract(
            "customer_lifetime_value",
            CustomerLifetimeValue,
            ("customer_id", "observation_date"),
            "observation_date",
        ),
    )
}
"""Tables of value, fraud and loss by name."""
