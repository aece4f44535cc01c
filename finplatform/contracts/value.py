"""Contracts of estimates of customer value and loss parameters.

Tables of other models are in `gold`, `inference` and `fraud`.
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
    observation_date: date = column("Month end up to which data enter the estimates.")
    date_key: pl.Int32 = column("Month end as YYYYMMDD, in `dim_date`.")
    customer_key: int = column("Customer's version at that time, in `dim_customer`.")
    customer_lifetime_value: Money = column(
        "Lifetime value, the one that reports and plans use: present value of the margins of five"
        " years, while the customer stays, from `customer_predictions`; null without a prediction.",
        nullable=True,
    )
    frequency: int = column(
        "Frequency: days with card payments after the first, of the last 24 months; "
        "null without an estimate.",
        **_UNKNOWN,
    )
    recency_weeks: float = column(
        "Recency: weeks from the first to the last of these days.", **_UNKNOWN
    )
    observed_weeks: float = column(
        "Customer age T: weeks from the first of these days to the date.", **_UNKNOWN
    )
    probability_active: float = column(
        "Probability of being alive: that the customer will pay by card again (BG/NBD);"
        " 1 after a single day, a property of the model.",
        le=1,
        **_UNKNOWN,
    )
    expected_transactions_12m: float = column(
        "Expected days with card payments in the next year.", **_UNKNOWN
    )
    expected_transaction_value: Money = column(
        "Expected card payment amount of such a day (Gamma-Gamma).", **_UNKNOWN
    )
    revenue_rate: float = column(
        "Yearly fees and 2% of the average balance per unit paid by card, shrunk "
        "towards the overall rate; before cost of funds and losses.",
        **_UNKNOWN,
    )
    discounted_transactions: float = column(
        "Expected days with card payments in five years, discounted at 10% a year.", **_UNKNOWN
    )
    card_payment_value: Money = column(
        "Part of the future revenue that depends on card payments, not the lifetime "
        "value: discounted days times amount times revenue rate.",
        **_UNKNOWN,
    )
    card_payment_value_lower: Money = column(
        "Lower bound of its 95% interval: parameter uncertainty by the delta method, "
        "without individual randomness; null if the likelihood has no maximum.",
        **_UNKNOWN,
    )
    card_payment_value_upper: Money = column("Upper bound of the interval.", **_UNKNOWN)
    not_estimated_reason: str = column(
        "Reason for a missing estimate: no card payment of this customer, too few "
        "customers with repeat payments, or less than six months of history; null "
        "otherwise.",
        isin=["NO_PURCHASE", "SHORT_HISTORY", "TOO_FEW_CUSTOMERS"],
        nullable=True,
    )
    estimated_annual_revenue: Money = column(
        "Revenue in the formula of revenue times tenure: fees of the loaded history, of"
        " more than a year, and 2% of the mean account balance."
    )
    revenue_times_tenure: Money = column(
        "Revenue times the years as a customer so far: a backward-looking score, not "
        "the lifetime value."
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
        "Parameter: long-run average LGD, downturn LGD, best estimate of expected loss "
        "on defaulted exposures, or credit conversion factor.",
        isin=["LGD", "LGD_DOWNTURN", "LGD_BEST_ESTIMATE", "CCF"],
    )
    months_in_default: pl.Int16 = column(
        "Months since default of a best estimate; 0 for all others.", isin=[0, 6, 12]
    )
    as_of_date: date = column("Month end up to which defaults and recoveries enter the estimate.")
    exposure_class: str = column("Class of the floor.", isin=[m.value for m in ExposureClass])
    defaults: int = column("Number of closed defaults in the estimate.", ge=0)
    open_defaults: int = column("Defaults of the segment with an open workout.", ge=0)
    estimate: float = column(
        "Mean of realised values, with the downturn add-on; null without a default.",
        **_RATE,
    )
    lower: float = column(
        "Lower bound of its 95% interval, by resampled defaults; null with fewer than two.", **_RATE
    )
    upper: float = column("Upper bound of the interval.", **_RATE)
    floor_value: float = column(
        "Regulatory floor, unsecured (CRE32.16, CRE32.36, CRE32.58); 0 for a best estimate.",
        ge=0,
        le=1,
    )
    fallback_value: float = column(
        "Fallback with too few defaults: expert LGD, foundation LGD (CRE32.6) or "
        "standardised CCF (CRE20.100); null if the provision of each exposure is the "
        "fallback.",
        le=1,
        **_RATE,
    )
    used_value: float = column(
        "Value in use, after the floor and at most 1, except for a CCF; null if the "
        "provision of each exposure is used.",
        **_RATE,
    )
    method: str = column(
        "Source of the value: with enough defaults their mean, the worst year or the "
        "mean with an add-on; with fewer the mean if it is worse than the fallback, "
        "else the fallback; or the specific provision of each exposure (CRE36.86).",
        isin=list(METHODS),
    )
    fallback_reason: str = column(
        "Reason for not using the own estimate: fewer than 20 closed defaults.",
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
