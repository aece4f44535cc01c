"""The fraud route beside plain models, on payments made here."""

import numpy as np
import polars as pl
import pytest

from finplatform.bench import fraud
from finplatform.bench.fraud import ANOMALY, FOREST, LOGISTIC, ROUTE, dataset_of, judge, run_weeks
from finplatform.bench.fraud_data import FraudWeek, weeks, with_features
from finplatform.ml.event_model import EventModel
from finplatform.ml.fraud import train_fraud
from finplatform_tests.unit.bench.fraud_rows import payments


@pytest.fixture(scope="module")
def week() -> FraudWeek:
    return list(weeks(with_features(payments(rows=48_000))))[2]


@pytest.fixture(scope="module")
def model(week: FraudWeek) -> EventModel:
    return train_fraud(dataset_of(week), seed=1, code_version="test")


@pytest.fixture(scope="module")
def judged(week: FraudWeek) -> dict:
    return judge(week)


def test_the_route_and_its_peers_are_judged_on_the_same_rows(week: FraudWeek, judged: dict) -> None:
    assert set(judged["models"]) == {ROUTE, ANOMALY, LOGISTIC, FOREST}
    assert judged["test_rows"] == week.test.height
    assert judged["test_frauds"] == week.test["is_fraud"].sum()
    for model in judged["models"].values():
        assert all(0 <= model[figure] <= 1 for figure in fraud.FIGURES)


def test_amounts_above_a_limit_lead_the_routes_list(
    week: FraudWeek, judged: dict, model: EventModel
) -> None:
    """Every payment above 150 is a fraud, which a line through the amounts cannot say."""
    route, plain = judged["models"][ROUTE], judged["models"][LOGISTIC]
    assert route["average_precision"] > plain["average_precision"]
    log_odds = model.log_odds(week.test)
    is_large = (week.test["amount"] > 155).to_numpy()
    assert is_large.sum() > 3
    assert log_odds[is_large].min() > np.quantile(log_odds, 0.9)


def test_the_route_learns_from_every_payment_of_the_week(
    week: FraudWeek, model: EventModel
) -> None:
    others = week.train.filter(~pl.col("is_fraud")).height
    assert model.facts["sampling"] == {"share_of_others": 1.0, "others": others}
    largest = {column.name: column.upper for column in model.preparation.numeric}
    assert largest["amount"] == week.train["amount"].max()


def test_means_and_verdicts_are_those_of_the_weeks(
    week: FraudWeek, judged: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    poor = {name: {**model, "auc": 0.5} for name, model in judged["models"].items()}
    given = iter([judged, {**judged, "models": poor}])
    monkeypatch.setattr(fraud, "judge", lambda *_, **__: next(given))
    result = run_weeks([week, week])
    mean = result["mean"]
    assert mean[ROUTE]["auc"] == pytest.approx((judged["models"][ROUTE]["auc"] + 0.5) / 2)
    for figure, is_met in result["is_at_or_above"].items():
        least = max(mean[LOGISTIC][figure], mean[FOREST][figure])
        assert is_met == (mean[ROUTE][figure] >= least)
