"""The model's chance of fraud with the rules' points: one score to rank payments by.

Belongs here: how the two are put together, for batch and stream alike. Does not belong here: the
model (`finplatform.ml.fraud`), and how well the score does (`backtest`).
"""

import polars as pl

from finplatform.ml.event_model import EventModel
from finplatform.ml.scoring import pd_of
from finplatform.streaming.fraud.features import LOOKBACK_DAYS

POINTS_PER_LOG_ODDS = 50
"""Points that add one to the log-odds of fraud. All points together then add two: rules move a
payment up among those of like chance, and do not overrule the model, which learns from the same
features."""


def model_features(features: pl.DataFrame) -> pl.DataFrame:
    """Features as the model takes them: an account's first payment is as if after 30 silent days.

    Args:
        features: From `PaymentHistory.add`.
    """
    silent = float(LOOKBACK_DAYS * 86_400)
    return features.with_columns(pl.col("seconds_since_previous").fill_null(silent))


def combined_score(chance: pl.Expr, points: pl.Expr) -> pl.Expr:
    """Chance of fraud with the points of the rules, between 0 and 1; it is not calibrated.

    Args:
        chance: Chance by the model, strictly inside (0, 1).
        points: Points of the rules.
    """
    log_odds = (chance / (1 - chance)).log() + points / POINTS_PER_LOG_ODDS
    return 1 / (1 + (-log_odds).exp())


def scores(model: EventModel, payments: pl.DataFrame) -> pl.DataFrame:
    """Chance and score of payments, in the order given.

    Args:
        model: Model of fraud.
        payments: Features and `rule_points`.

    Returns:
        `fraud_probability`, `combined_score` and `is_model_alert`.
    """
    chance = pd_of(model.log_odds(model_features(payments))) if payments.height else []
    probability = pl.Series("fraud_probability", chance, dtype=pl.Float64)
    return payments.select(
        probability,
        combined_score(pl.lit(probability), pl.col("rule_points")).alias("combined_score"),
        pl.lit(probability >= float(model.facts["threshold"])).alias("is_model_alert"),
    )
