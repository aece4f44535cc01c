"""Churn: definition of leaving, admissible columns, and predictions per customer.

A customer leaves on the day on which the last of the accounts is closed. Belongs here: the task,
its split and settings, the expert prior and the frame of predictions. Does not belong here: fitting
(`finplatform.ml.event_model`), bands of chances (`finplatform.ml.rate_bands`), and what to do about
it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl

from finplatform.ml import event_model
from finplatform.ml.dataset import Dataset, SplitRule
from finplatform.ml.event_model import EventModel, TrainingSettings
from finplatform.ml.prior import PriorModel, PriorRate
from finplatform.ml.rate_bands import LEVEL, SHARES, learn_rate_bands, look_up
from finplatform.ml.scoring import Scorer, pd_of
from finplatform.ml.selection import outcome_of
from finplatform.ml.spec import OBSERVED, Declared, Task

_MORE = "days_since_transaction failed_share_3m max_days_past_due"
_MORE_AMOUNTS = "fees_charged_3m"
_LESS = """
    active_days_1m active_days_3m active_months_6m num_accounts num_cards num_loans
    debit_trend_3m tenure_months transaction_trend_3m
"""
_LESS_AMOUNTS = """
    debit_amount_1m debit_amount_3m salary_amount_3m total_debt transaction_count_1m
    transaction_count_3m
"""
_EITHER = "age digital_share_3m"
_EITHER_AMOUNTS = "annual_income average_balance_3m average_balance_change_3m"

CHURN = Task(
    name="churn",
    prefix="churn-",
    unit="customer_id",
    units="customers",
    label="is_churned_3m",
    event_date="churn_date",
    event="churn",
    happened="churned",
    declared={
        name: Declared(name, sign, is_log)
        for names, sign, is_log in (
            (_MORE, 1, False),
            (_MORE_AMOUNTS, 1, True),
            (_LESS, -1, False),
            (_LESS_AMOUNTS, -1, True),
            (_EITHER, 0, False),
            (_EITHER_AMOUNTS, 0, True),
        )
        for name in names.split()
    },
    only_declared=True,
)
"""A customer leaves within three months of a month end.

Only declared features are used: leaving is rare, and a hundred columns would mostly fit chance. The
economy is none of them, since a few months have seen too few of its states.
"""

RULE = SplitRule(performance_months=3)
"""Ten customers must have left in training and three in the test."""

SETTINGS = TrainingSettings(
    penalties=(30.0, 300.0, 3000.0),
    time_blocks=1,
    borrower_groups=2,
    validation_rows=20_000,
    bootstrap_replicates=100,
)

PRIOR = PriorModel(
    (
        PriorRate(
            None,
            0.015,
            date(2024, 1, 1),
            "expert prior: about 6% of retail customers leave a bank in a year; judgement, not "
            "estimated from any data set",
        ),
    )
)
"""Chance of leaving within three months for a bank whose history holds too few leavers."""


def looked_at(columns: Iterable[str]) -> list[str]:
    """Columns of a feature table for training and scoring: keys and features."""
    return [name for name in columns if name in CHURN.keys or CHURN.is_feature(name)]


def train(
    rows: Dataset, *, seed: int, code_version: str, settings: TrainingSettings = SETTINGS
) -> EventModel:
    """Learn a model, and from its test rows how often customers of each band of chance left.

    Args:
        rows: From `dataset.build`.
        seed: As for `event_model.train`.
        code_version: As there.
        settings: As there.

    Raises:
        FinplatformError: As there.
    """
    model = event_model.train(rows, seed=seed, code_version=code_version, settings=settings)
    bands = learn_rate_bands(
        pd_of(model.log_odds(rows.test)),
        outcome_of(rows.test, CHURN),
        rows.test[OBSERVED].to_numpy(),
        window_dates=RULE.performance_months,
    )
    knobs = {**model.facts["settings"], "band_shares": list(SHARES), "band_level": LEVEL}
    return replace(model, facts={**model.facts, "settings": knobs, "rate_bands": bands})


def churn_probabilities(
    model: Scorer, features: pl.DataFrame, *, z: float = 1.959963984540054
) -> pl.DataFrame:
    """Chance of leaving within three months, for every customer and date.

    The interval of the estimated chance holds what the coefficients' errors, clustered by customer,
    leave open. It does not hold the uncertainty of penalty and calibration. That of the band does:
    it is counted on customers whom the model had not seen. Neither holds that the future may be
    unlike the past. An expert prior has no interval and no bands.

    Args:
        model: Of churn; learned or prior.
        features: Rows of `gold.customer_features`.
        z: Standard errors to either side.

    Returns:
        `customer_id`, `observation_date`, `churn_probability`, `churn_probability_lower`,
        `churn_probability_upper`, `churn_risk_score` (share of the date's customers with a smaller
        chance, ties halved, 0 to 1), `churn_risk_band`, `churn_band_rate`,
        `churn_band_rate_lower`, `churn_band_rate_upper` and `churn_model_version`, rows in the
        order given.
    """
    log_odds = model.log_odds(features)
    lower: np.ndarray | list[None] = [None] * features.height
    upper: np.ndarray | list[None] = [None] * features.height
    if isinstance(model, EventModel):
        reach = z * model.log_odds_error(features)
        lower, upper = pd_of(log_odds - reach), pd_of(log_odds + reach)
    rank = pl.col("churn_probability").rank("average").over(OBSERVED)
    return (
        features.select(*CHURN.keys)
        .with_columns(
            pl.Series("churn_probability", pd_of(log_odds), dtype=pl.Float64),
            pl.Series("churn_probability_lower", lower, dtype=pl.Float64),
            pl.Series("churn_probability_upper", upper, dtype=pl.Float64),
            *_bands(model, pd_of(log_odds)),
        )
        .with_columns(
            ((rank - 0.5) / pl.len().over(OBSERVED)).alias("churn_risk_score"),
            pl.lit(model.model_version).alias("churn_model_version"),
        )
    )


_BAND_COLUMNS = {
    "churn_risk_band": ("band", pl.String),
    "churn_band_rate": ("rate", pl.Float64),
    "churn_band_rate_lower": ("lower", pl.Float64),
    "churn_band_rate_upper": ("upper", pl.Float64),
}


def _bands(model: Scorer, probability: np.ndarray) -> list[pl.Series]:
    """Columns of the bands; null for a model that has none."""
    bands = model.facts.get("rate_bands") if isinstance(model, EventModel) else None
    found = look_up(bands, probability) if bands else [{} for _ in probability]
    return [
        pl.Series(name, [band.get(part) for band in found], dtype=dtype)
        for name, (part, dtype) in _BAND_COLUMNS.items()
    ]
