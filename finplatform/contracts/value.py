"""Contracts of what models say about value and loss.

Belongs here: the tables of those estimates. Does not belong here: the tables of other models (see
`gold`, `inference` and `fraud`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandera.polars as pa
import polars as pl

from finplatform.contracts.columns import Money, column
from finplatform.contracts.contract import Contract
from finplatform.contracts.entities import KEY
from finplatform.contracts.python_made import gold_contract
from finplatform.risk.exposure_class import ExposureClass
from finplatform.risk.loss_parameters import METHODS

_UNKNOWN: dict[str, Any] = {"nullable": True, "ge": 0}


class CustomerLifetimeValue(pa.DataFrameModel):
    """One row per customer with an account and month end."""

    customer_id: str = column("Customer.", **KEY)
    observation_date: date = column("Month end up to which the customer is known.")
    date_key: pl.Int32 = column("Month end as YYYYMMDD, in `dim_date`.")
    customer_key: int = column("Customer's version at that time, in `dim_customer`.")
    customer_lifetime_value: Money = column(
        "Lifetime value, the one that reports and plans use: present value of the margins of five"
        " years, while the customer stays, from `customer_predictions`; null without a prediction.",
        nullable=True,
    )
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
        "Yearly fees and 2% of average balance per unit paid by card, drawn to the rate of all; no"
        " cost of funds or loss is taken off.",
        **_UNKNOWN,
    )
    discounted_transactions: float = column(
        "Such days expected in five years, discounted at 10% a year.", **_UNKNOWN
    )
    card_payment_value: Money = column(
        "Part of the revenue to come that goes with card payments, not the lifetime value: these"
        " days' number times value times revenue rate.",
        **_UNKNOWN,
    )
    card_payment_value_lower: Money = column(
        "Lower end of its 95% interval: errors of the models' parameters by the delta method, not"
        " the customer's own chance; null where the likelihood has no peak.",
        **_UNKNOWN,
    )
    card_payment_value_upper: Money = column("Upper end of the interval.", **_UNKNOWN)
    not_estimated_reason: str = column(
        "Why there is no estimate: no card payment of this customer, too few customers who paid"
        " twice, or less than six months of history; null otherwise.",
        isin=["NO_PURCHASE", "SHORT_HISTORY", "TOO_FEW_CUSTOMERS"],
        nullable=True,
    )
    estimated_annual_revenue: Money = column(
        "Fees of the held history, of more than a year, and 2% of the mean balance of the accounts,"
        " as the formula of revenue times tenure takes it."
    )
    revenue_times_tenure: Money = column(
        "That revenue times the years as a customer so far: a score that looks back, not the"
        " lifetime value."
    )
    customer_segment: str = column(
        "Segment by revenue times tenure: above 10,000, above 5,000, or below.",
        isin=["High Value", "Medium Value", "Low Value"],
    )


_RATE: dict[str, Any] = {"ge": 0, "nullable": True}


class LossParameters(pa.DataFrameModel):
    """One row per segment, parameter and months in default."""

    segment: str = column("Product of the exposures.", **KEY)
    parameter: str = column(
        "LGD over all times, LGD of bad times, best estimate of what will be lost on exposures in"
        " default, or credit conversion factor of undrawn lines.",
        isin=["LGD", "LGD_DOWNTURN", "LGD_BEST_ESTIMATE", "CCF"],
    )
    months_in_default: pl.Int16 = column(
        "Months since default that a best estimate is for; 0 for all others.", isin=[0, 6, 12]
    )
    as_of_date: date = column("Month end up to which defaults and recoveries are known.")
    exposure_class: str = column("Class of the floor.", isin=[m.value for m in ExposureClass])
    defaults: int = column("Finished defaults behind the estimate.", ge=0)
    open_defaults: int = column("Defaults of the segment whose workout goes on.", ge=0)
    estimate: float = column(
        "Mean of realised figures, with the addition for a downturn; null without a default.",
        **_RATE,
    )
    lower: float = column(
        "Lower end of its 95% interval, by resampled defaults; null with fewer than two.", **_RATE
    )
    upper: float = column("Upper end of the interval.", **_RATE)
    floor_value: float = column(
        "Lowest value that may be used (CRE32.16, CRE32.36, CRE32.58), unsecured; 0 for a best"
        " estimate.",
        ge=0,
        le=1,
    )
    fallback_value: float = column(
        "What stands in where defaults are too few: expert LGD, foundation LGD (CRE32.6) or"
        " standardised CCF (CRE20.100); null where each exposure's provision does.",
        le=1,
        **_RATE,
    )
    used_value: float = column(
        "Value that is used, after the floor and at most 1; a CCF may be more; null where each"
        " exposure's provision is used.",
        **_RATE,
    )
    method: str = column(
        "Where the value comes from: enough defaults (their mean, the worst year's, an addition to"
        " the mean), the mean of fewer because it is worse than the fallback, the fallback, or the"
        " specific provision of each exposure (CRE36.86).",
        isin=list(METHODS),
    )
    fallback_reason: str = column(
        "Why it is not the bank's own: fewer than 20 finished defaults.",
        isin=["TOO_FEW_DEFAULTS"],
        nullable=True,
    )


VALUE: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        gold_contract(
            "customer_lifetime_value",
            CustomerLifetimeValue,
            ("customer_id", "observation_date"),
            "observation_date",
        ),
        gold_contract(
            "loss_parameters", LossParameters, ("segment", "parameter", "months_in_default")
        ),
    )
}
"""Tables of value and loss by name."""
