"""Reason codes: the features that raise a PD most, in plain English.

A feature's contribution is what it adds to the log-odds of default against the average training
row. That is one of the two methods which the official interpretation of Regulation B names for
principal reasons (12 CFR 1002.9, comment 9(b)(2)-5: factors that fell furthest below the average of
all applicants); more than four reasons are held not to help (comment 9(b)(2)-1). Windows of one
feature (3, 6, 12 months) are one reason.

Of a linear model contributions add up to the distance from the average log-odds. Of trees each is
what setting that feature alone to its average would take away; they need not add up.

Belongs here: reasons and their order. Does not belong here: contributions themselves
(`finplatform.ml.fits`).
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from finplatform.ml.event_model import EventModel
from finplatform.ml.scoring import BATCH_ROWS, POINTS_TO_DOUBLE
from finplatform.ml.spec import DEFAULT, ECONOMY

MOST_REASONS = 4
OTHER = "OTHER"

_FEATURES: Mapping[str, tuple[str, str]] = {
    "BUREAU_SCORE": ("credit_score", "The credit bureau's score is low."),
    "AGE": ("age", "Borrowers of this age have defaulted more often."),
    "INCOME": ("annual_income", "Income is low."),
    "EMPLOYMENT": ("employment_status", "The employment counts against the borrower."),
    "SHORT_RELATIONSHIP": ("tenure_months", "The borrower has not been a customer for long."),
    "OTHER_ACCOUNTS": ("num_accounts", "The number of accounts held counts against the borrower."),
    "OTHER_LOANS": ("num_loans", "The number of loans counts against the borrower."),
    "SAVINGS": ("deposit_balance", "Savings with the bank are low."),
    "PRICE": ("interest_rate", "The loan was priced as a risky one."),
    "AMOUNT_LENT": (
        "principal_amount credit_limit drawn_amount",
        "The amount lent or owed counts against the borrower.",
    ),
    "TERM": (
        "term_months remaining_months months_on_book",
        "The term or the age of the loan counts against the borrower.",
    ),
    "COLLATERAL": ("ltv", "The loan is high against its collateral, or has none."),
    "BURDEN": (
        "instalment_amount payment_to_income loan_to_income debt_to_income",
        "Debt or instalments are high against income.",
    ),
    "UTILISATION": ("utilisation_rate", "Much of the credit line is drawn."),
    "PAST_DUE": (
        "days_past_due max_customer_dpd arrears_amount max_dpd_12m",
        "Payments are or were past due.",
    ),
    "MISSED_INSTALMENTS": (
        "missed_instalments_3m missed_instalments_6m missed_instalments_12m",
        "Instalments of the last year are open.",
    ),
    "LATE_INSTALMENTS": (
        "late_instalments_3m late_instalments_6m late_instalments_12m",
        "Instalments of the last year were paid late.",
    ),
    "ACCOUNT_BALANCE": (
        "average_balance_1m average_balance_3m min_balance_3m",
        "The account's balance is low.",
    ),
    "CASH_FLOW": (
        "cash_in_3m cash_in_6m cash_out_3m cash_out_6m",
        "Money that comes in and goes out counts against the borrower.",
    ),
    "OVERDRAFT": ("overdraft_days_3m", "The account was overdrawn."),
    "PRODUCT": (
        "exposure_type product_type exposure_class",
        "Loans of this kind have defaulted more often.",
    ),
    "ECONOMY": (" ".join(sorted(ECONOMY)), "The state of the economy counts against the borrower."),
}

REASONS: Mapping[str, str] = {
    **{code: text for code, (_, text) in _FEATURES.items()},
    OTHER: "A feature without a text of its own counts against the borrower.",
}
"""Plain English by reason."""

_CODE_OF = {name: code for code, (names, _) in _FEATURES.items() for name in names.split()}

SCHEMA = pl.Schema(
    {
        "exposure_id": pl.String,
        "observation_date": pl.Date,
        "reason_rank": pl.Int16,
        "reason_code": pl.String,
        "reason": pl.String,
        "points_lost": pl.Float64,
        "log_odds_added": pl.Float64,
        "model_version": pl.String,
    }
)
"""Columns of `gold.pd_reasons`."""


def reason_of(feature: str) -> str:
    """Reason that a feature belongs to."""
    return _CODE_OF.get(feature, OTHER)


def score_reasons(model: EventModel, features: pl.DataFrame) -> pl.DataFrame:
    """Reasons of each score, the weightiest first; only what raises the PD is one.

    Args:
        model: Of default.
        features: Keys and features of the exposures scored.

    Returns:
        Columns of `SCHEMA`, up to `MOST_REASONS` rows an exposure; none where nothing is worse than
        the average.
    """
    parts = [
        _batch(model, features.slice(start, BATCH_ROWS))
        for start in range(0, features.height, BATCH_ROWS)
    ]
    return pl.concat(parts) if parts else SCHEMA.to_frame()


def grouped(contributions: Mapping[str, np.ndarray]) -> tuple[list[str], np.ndarray]:
    """Contributions of features added up by reason.

    Returns:
        Codes in alphabetical order, and log-odds, shape (rows, codes).
    """
    codes = sorted({reason_of(name) for name in contributions})
    place = {code: at for at, code in enumerate(codes)}
    rows = len(next(iter(contributions.values())))
    added = np.zeros((rows, len(codes)))
    for name, values in contributions.items():
        added[:, place[reason_of(name)]] += values
    return codes, added


def _batch(model: EventModel, features: pl.DataFrame) -> pl.DataFrame:
    codes, added = grouped(model.contributions(features))
    ranks = min(MOST_REASONS, len(codes))
    # Stable: of equal contributions the first by name.
    order = np.argsort(-added, axis=1, kind="stable")[:, :ranks]
    values = np.take_along_axis(added, order, axis=1)
    keep = np.flatnonzero(values.ravel() > 0)
    row, code = keep // ranks, order.ravel()[keep]
    texts = [REASONS[name] for name in codes]
    chosen = values.ravel()[keep]
    return features.select(DEFAULT.keys)[row].with_columns(
        pl.Series("reason_rank", keep % ranks + 1, dtype=pl.Int16),
        pl.Series("reason_code", codes, dtype=pl.String).gather(code),
        pl.Series("reason", texts, dtype=pl.String).gather(code),
        pl.Series("points_lost", chosen * POINTS_TO_DOUBLE / np.log(2)),
        pl.Series("log_odds_added", chosen),
        pl.lit(model.model_version).alias("model_version"),
    )
