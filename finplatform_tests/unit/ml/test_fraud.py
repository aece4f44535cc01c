"""Fraud, judged by the labels that the simulated bank keeps to itself."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from finplatform.ml import fraud, store
from finplatform.ml.dataset import Dataset, InsufficientHistoryError
from finplatform.ml.event_model import EventModel
from finplatform.ml.fraud import EMBARGO_DAYS, FRAUD, build, fraud_scores, train_fraud
from finplatform.simulate import SimulationConfig, generate

CONFIG = SimulationConfig(
    customers=600,
    transactions=90_000,
    start=date(2024, 1, 1),
    end=date(2025, 6, 30),
    seed=5,
    fraud_share=0.006,
)
WATCHED = ("CARD_PAYMENT", "TRANSFER_OUT", "WITHDRAWAL")


@cache
def _payments() -> pl.DataFrame:
    """Payments with features of their account's last hour and day, label dates and the truth."""
    bank = generate(CONFIG)
    alerts = (
        bank.fraud_alerts()
        .filter(pl.col("outcome") == "CONFIRMED_FRAUD")
        .select("transaction_id", pl.col("investigated_at").dt.date().alias("confirmed_date"))
        .unique("transaction_id")
    )
    truth = bank.truth("fraud_labels").select(
        pl.col("transaction_id").cast(pl.String), pl.col("pattern")
    )
    rows = (
        pl.concat(bank.transactions())
        .filter(pl.col("transaction_type").is_in(WATCHED))
        .with_columns(
            pl.col("transaction_id").cast(pl.String),
            pl.col("amount").cast(pl.Float64),
            pl.col("transaction_date").alias("at"),
        )
        .sort("account_id", "at")
    )
    small = (pl.col("channel") == "ONLINE") & (pl.col("amount") < 15)
    behaviour = [
        pl.lit(1.0).alias("one"),
        small.cast(pl.Float64).alias("small"),
    ]
    rows = rows.with_columns(*behaviour).with_columns(
        attempts_1h=_before("one", "1h"),
        attempts_24h=_before("one", "1d"),
        online_small_24h=_before("small", "1d"),
        outflow_24h=_before("amount", "1d"),
    )
    day = pl.col("at").dt.date()
    return (
        rows.with_columns(
            day.alias("transaction_date"),
            pl.col("account_id").alias("customer_id"),
            pl.format("{} {}", "transaction_type", "channel").alias("way_to_pay"),
            (pl.col("currency") != "USD").alias("is_foreign_currency"),
            (pl.col("at").dt.hour() // 6).cast(pl.String).alias("day_part"),
            pl.format("{} {}", _size(), "channel").alias("size_and_way"),
            pl.lit(1.0).alias("weight"),
            pl.when(small).then(0).otherwise(50).cast(pl.Int16).alias("rule_points"),
        )
        .join(alerts, on="transaction_id", how="left")
        .join(truth, on="transaction_id", how="left")
        .drop("at", "one", "small")
    )


def _size() -> pl.Expr:
    amount = pl.col("amount")
    return (
        pl.when(amount < 15)
        .then(pl.lit("S"))
        .when(amount < 250)
        .then(pl.lit("M"))
        .otherwise(pl.lit("L"))
    )


def _before(column: str, length: str) -> pl.Expr:
    """Sum over what came strictly earlier."""
    return (
        pl.col(column)
        .rolling_sum_by("at", window_size=length, closed="left")
        .over("account_id")
        .fill_null(0.0)
    )


@cache
def _dataset() -> Dataset:
    return build(_payments())


@cache
def _model() -> EventModel:
    return train_fraud(_dataset(), seed=1, code_version="test")


def test_labels_of_training_are_those_known_when_it_ends() -> None:
    begin = _dataset().split.test_dates[0].replace(day=1)
    # As if every decision took two months.
    slow = _payments().with_columns(pl.col("confirmed_date") + pl.duration(days=60))
    rows = build(slow)
    late = rows.train.filter(pl.col("confirmed_date") >= begin)
    assert late.height > 5
    assert not late[FRAUD.label].any()
    assert rows.train["transaction_date"].max() < begin - timedelta(days=EMBARGO_DAYS)
    assert rows.test["transaction_date"].min() >= begin


def test_confirmations_after_the_end_of_training_change_nothing_that_is_learned() -> None:
    """A fraud that was not found yet counts as none, whatever is found later."""
    begin = _dataset().split.test_dates[0].replace(day=1)
    found_late = pl.col("transaction_id").is_in(
        _payments()
        .filter(pl.col("pattern").is_not_null() & pl.col("confirmed_date").is_null())
        .filter(pl.col("transaction_date") < begin)["transaction_id"]
        .implode()
    )
    later = _payments().with_columns(
        pl.when(found_late).then(begin).otherwise("confirmed_date").alias("confirmed_date")
    )
    assert later["confirmed_date"].null_count() < _payments()["confirmed_date"].null_count()
    again = train_fraud(build(later), seed=1, code_version="test")
    assert again.learned() == _model().learned()
    assert again.facts["threshold"] == _model().facts["threshold"]


def test_most_true_frauds_are_caught_by_alerts_far_better_than_chance() -> None:
    """Against the truth, which holds the frauds that no investigation confirmed as well."""
    scores = fraud_scores(_model(), _payments())
    truth, alert = scores["pattern"].is_not_null(), scores["is_alert"]
    assert truth.sum() > 100
    assert (truth & alert).sum() / truth.sum() > 0.9
    # Alerts weigh what is lost against the cost of a look, so that one may be right in seven.
    assert (truth & alert).sum() / alert.sum() > 10 * truth.mean()
    likeliest = scores.sort("fraud_probability", descending=True).head(int(truth.sum()))
    precision = likeliest["pattern"].is_not_null().mean()
    assert isinstance(precision, float)
    assert precision > 20 * truth.mean()
    assert precision > 0.5


def test_every_payment_of_training_is_learned_from_and_none_is_clipped() -> None:
    train = _dataset().train
    others = train.filter(~pl.col(FRAUD.label))
    assert _model().facts["sampling"] == {"share_of_others": 1.0, "others": others.height}
    bounds = {column.name: column for column in _model().preparation.numeric}
    assert bounds["amount"].upper == train["amount"].max()


def test_chances_are_those_of_all_payments() -> None:
    figures = fraud.headline(_model())
    assert figures["mean_chance"] == pytest.approx(figures["observed_rate"], rel=0.3)


def test_the_model_beats_the_forest_and_the_forest_beats_chance() -> None:
    figures = fraud.headline(_model())
    chance, forest = (figures[f"average_precision_{name}"] for name in ("chance", "anomaly"))
    assert chance > forest > 5 * figures["observed_rate"]
    assert figures["cost"] < 0.7 * figures["cost_without_alerts"]


def test_points_of_rules_raise_the_score_and_not_the_chance() -> None:
    scores = fraud_scores(_model(), _payments())
    odds = pl.col("combined_score") / (1 - pl.col("combined_score"))
    before = pl.col("fraud_probability") / (1 - pl.col("fraud_probability"))
    times = scores.select(pl.col("rule_points"), (odds / before).alias("times"))
    assert times.filter(pl.col("rule_points") == 0)["times"].to_list() == pytest.approx(
        [1.0] * (times["rule_points"] == 0).sum()
    )
    assert times.filter(pl.col("rule_points") == 50)["times"].to_list() == pytest.approx(
        [np.e] * (times["rule_points"] == 50).sum(), rel=1e-3
    )
    assert fraud.headline(_model()).keys() >= {
        "average_precision_rules", "average_precision_combined"
    }  # fmt: skip


def test_nothing_that_was_learned_from_is_scored() -> None:
    scores = fraud_scores(_model(), _payments())
    assert scores["transaction_date"].min() > fraud.learned_to(_model())
    assert fraud_scores(_model(), _payments().filter(pl.col("amount") < 0)).is_empty()


def test_a_score_hangs_on_no_other_payment_of_the_frame() -> None:
    later = _payments().filter(pl.col("transaction_date") > fraud.learned_to(_model()))
    alone = fraud_scores(_model(), later[10:12])
    together = fraud_scores(_model(), later)[10:12]
    assert alone.equals(together)


def test_a_stored_model_scores_the_same(tmp_path: Path) -> None:
    folder = store.save(_model(), tmp_path, created_at=datetime(2026, 1, 1, tzinfo=UTC))
    loaded = store.load(tmp_path)
    assert folder.name.startswith("fraud-")
    later = _payments().tail(500)
    assert fraud_scores(loaded, later).equals(fraud_scores(_model(), later))


def test_a_share_of_the_payments_gives_the_same_chances() -> None:
    """Rows that stand for several count as several."""
    kept = np.random.default_rng(1).random(_payments().height) < 0.5
    is_fraud = pl.col("confirmed_date").is_not_null()
    half = (
        _payments()
        .filter(pl.Series(kept) | is_fraud)
        .with_columns(pl.when(is_fraud).then(1.0).otherwise(2.0).alias("weight"))
    )
    figures = fraud.headline(train_fraud(build(half), seed=1, code_version="test"))
    whole = fraud.headline(_model())
    assert figures["observed_rate"] == pytest.approx(whole["observed_rate"], rel=0.03)
    assert figures["mean_chance"] == pytest.approx(whole["mean_chance"], rel=0.3)


def test_too_few_confirmed_frauds_are_said_with_their_number() -> None:
    unknown = _payments().with_columns(pl.lit(None, dtype=pl.Date).alias("confirmed_date"))
    with pytest.raises(InsufficientHistoryError, match="0 train fraudulent transactions"):
        build(unknown)
    with pytest.raises(InsufficientHistoryError, match="0 months"):
        build(_payments().clear())
