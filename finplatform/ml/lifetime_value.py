"""Customer lifetime value: the future margin until churn.

This is the lifetime value that reports, plans and effects use: it holds every product, what funds
cost and what is lost. `finplatform.analytics.lifetime_value` has two partial figures under names of
their own.

Belongs here: the formula and its assumptions. Does not belong here: the chance of leaving (see
`churn`), or accounting profit: overheads, capital and tax are left out.

Reference: Gupta and Lehmann, Customers as assets (2003): margin times retention, discounted.
"""

import numpy as np

HORIZON_MONTHS = 60
"""Months that are counted; what lies further away is guesswork."""

YEARLY_DISCOUNT = 0.10
"""Yearly rate at which later margins count less: an assumption of the house."""


def yearly_margin(
    *,
    fees: np.ndarray,
    deposits: np.ndarray,
    interest_paid: np.ndarray,
    debt: np.ndarray,
    interest_received: np.ndarray,
    expected_loss: np.ndarray,
    policy_rate: np.ndarray,
) -> np.ndarray:
    """Margin of a year by the funds transfer method, in the currency of the amounts.

    Deposits earn, and debts cost, the policy rate; interest is on top of it. All arrays have the
    shape (customers,) and yearly amounts; `policy_rate` is a fraction.
    """
    return np.asarray(
        fees
        + deposits * policy_rate
        - interest_paid
        + interest_received
        - debt * policy_rate
        - expected_loss
    )


def lifetime_value(margin: np.ndarray, churn_3m: np.ndarray, default_12m: np.ndarray) -> np.ndarray:
    """Present value of the margins of the next five years.

    A month's margin, a month's part of the expected loss included, counts with the chance that the
    customer is still there: has neither left nor defaulted. Both chances are spread evenly over
    their months and assumed to stay as they are.

    Args:
        margin: Of a year, shape (customers,).
        churn_3m: Chance of leaving within three months, shape (customers,).
        default_12m: Chance of default within twelve months; 0 for customers without debt.
    """
    there = (1 - churn_3m) ** (1 / 3) * (1 - default_12m) ** (1 / 12)
    stays = there / (1 + YEARLY_DISCOUNT) ** (1 / 12)
    # Sum of stays^1 to stays^horizon; stays is below 1 because of the discount.
    months = stays * (1 - stays**HORIZON_MONTHS) / (1 - stays)
    return np.asarray(margin / 12 * months)
