"""All predictions of a customer in one row.

Joins the predictions of all models by customer.
"""

import numpy as np
import polars as pl

from finplatform.ml.churn import churn_probabilities
from finplatform.ml.lifetime_value import lifetime_value, yearly_margin
from finplatform.ml.scoring import Scorer
from finplatform.ml.spec import OBSERVED
from finplatform.ml.spending import spending_forecasts
from finplatform.ml.threads import one_thread

NEEDED = (
    "observed_months_12m", "fees_charged_12m", "average_balance_12m", "interest_earned_12m",
    "policy_rate_pct",
)  # fmt: skip
"""Columns of the customers in addition to those of the models and of the predictions."""

_KEYS = ["customer_id", OBSERVED]


@one_thread()
def customer_predictions(
    churn_model: Scorer,
    clients: pl.DataFrame,
    history: pl.DataFrame,
    *,
    spending: pl.DataFrame,
    credit: pl.DataFrame,
    activity: pl.DataFrame,
) -> pl.DataFrame:
    """Predictions of some customers and dates.

    Args:
        churn_model: Learned or prior.
        clients: Rows of `gold.customer_features` to predict from.
        history: Such rows of these and earlier dates, which the forecast of spending learns from.
        spending: `customer_id`, `month_end`, `spending` of the months of `history`.
        credit: `performing_debt`, `interest_received` on it in a year, `expected_credit_loss`,
            `max_probability_default` and `pd_model_version` by customer and date, of exposures that
            are not in default: the loss on the others has happened already.
        activity: `total_transactions_90d` by customer and date, for those with any.

    Returns:
        The columns of `gold.customer_predictions`, rows in the order of `clients`.
    """
    dates = clients[OBSERVED].unique().to_list()
    known = (
        clients.join(credit, on=_KEYS, how="left", maintain_order="left")
        .join(activity, on=_KEYS, how="left", maintain_order="left")
        .join(
            churn_probabilities(churn_model, clients), on=_KEYS, how="left", maintain_order="left"
        )
        .join(
            spending_forecasts(history.filter(pl.col("num_accounts") > 0), spending, dates),
            on=_KEYS,
            how="left",
            maintain_order="left",
        )
        .with_columns(
            pl.col("expected_credit_loss").cast(pl.Float64).fill_null(0.0),
            pl.col("total_transactions_90d").fill_null(0),
        )
    )
    margin = _margin(known)
    return known.with_columns(
        pl.Series("yearly_margin", margin),
        pl.Series(
            "customer_lifetime_value",
            lifetime_value(
                margin,
                _numbers(known, "churn_probability"),
                _numbers(known, "max_probability_default"),
            ),
        ),
    )


def _margin(known: pl.DataFrame) -> np.ndarray:
    """Yearly margin; a younger customer's fees are scaled up from the months there are."""
    per_year = 12 / _numbers(known, "observed_months_12m")
    return yearly_margin(
        fees=_numbers(known, "fees_charged_12m") * per_year,
        deposits=np.maximum(_numbers(known, "average_balance_12m"), 0.0),
        interest_paid=_numbers(known, "interest_earned_12m") * per_year,
        debt=_numbers(known, "performing_debt"),
        interest_received=_numbers(known, "interest_received"),
        expected_loss=_numbers(known, "expected_credit_loss"),
        policy_rate=_numbers(known, "policy_rate_pct") / 100,
    )


def _numbers(frame: pl.DataFrame, name: str) -> np.ndarray:
    """A column as numbers; what is not known counts as nothing."""
    return frame[name].cast(pl.Float64).fill_null(0.0).to_numpy()
