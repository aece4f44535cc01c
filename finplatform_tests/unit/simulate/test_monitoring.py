"""Fraud alerts: how many frauds they find, how often they are wrong, and what they give away."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from finplatform.contracts import oversight
from finplatform.simulate import Bank, SimulationConfig, generate, monitoring

SEEDS = (1, 2, 3)


def _with_truth(bank: Bank) -> pl.DataFrame:
    labels = bank.truth("fraud_labels").select(pl.col("transaction_id").cast(pl.String), truth=True)
    return (
        bank.fraud_alerts()
        .join(labels, on="transaction_id", how="left")
        .with_columns(pl.col("truth").fill_null(value=False))
    )


@pytest.fixture(scope="module", params=SEEDS)
def busy_bank(request: pytest.FixtureRequest) -> Bank:
    """A bank with as many frauds as a default one of several years."""
    return generate(
        SimulationConfig(
            customers=400,
            transactions=60_000,
            start=date(2024, 1, 1),
            end=date(2025, 6, 30),
            seed=request.param,
            fraud_share=0.01,
        )
    )


def test_most_frauds_are_noticed_and_many_alerts_are_false(busy_bank: Bank) -> None:
    alerts = _with_truth(busy_bank)
    frauds = len(busy_bank.truth("fraud_labels"))
    found = alerts["truth"].sum()
    assert 0.52 < found / frauds < 0.72
    false_share = (len(alerts) - found) / busy_bank.outcome.transactions
    assert 0.0030 < false_share < 0.0050


def test_at_the_default_share_of_fraud_about_one_alert_in_four_is_right() -> None:
    alerts = pl.concat(
        _with_truth(generate(SimulationConfig(customers=300, transactions=40_000, seed=seed)))
        for seed in SEEDS
    )
    assert 0.17 < alerts["truth"].mean() < 0.33


def test_the_score_points_at_fraud_without_giving_it_away(busy_bank: Bank) -> None:
    alerts = _with_truth(busy_bank).with_columns(rank=pl.col("score").rank())
    right = alerts.filter("truth")
    wrong = len(alerts) - len(right)
    area = (right["rank"].sum() - len(right) * (len(right) + 1) / 2) / (len(right) * wrong)
    assert 0.60 < area < 0.85


def test_no_rule_holds_fraud_alone(busy_bank: Bank) -> None:
    precision = _with_truth(busy_bank).group_by("rule_code").agg(pl.col("truth").mean(), pl.len())
    assert precision.filter(pl.col("len") >= 30)["truth"].max() < 0.92


def test_decisions_are_mostly_right_and_sometimes_wrong(busy_bank: Bank) -> None:
    decided = _with_truth(busy_bank).drop_nulls("outcome")
    confirmed = pl.col("outcome") == "CONFIRMED_FRAUD"
    shares = decided.group_by("truth").agg(confirmed.mean().alias("confirmed"))
    by_truth = dict(shares.iter_rows())
    assert 0.80 < by_truth[True] < 0.96
    assert 0.0 < by_truth[False] < 0.05


def test_the_larger_an_honest_payment_the_more_rarely_it_is_confirmed_as_fraud() -> None:
    decided = pl.concat(
        _with_truth(
            generate(SimulationConfig(customers=300, transactions=60_000, seed=seed))
        ).filter(~pl.col("truth") & pl.col("outcome").is_not_null())
        for seed in range(8)
    )
    amount, is_wrong = pl.col("amount").cast(pl.Float64), pl.col("outcome") == "CONFIRMED_FRAUD"
    wrong = decided.filter(is_wrong)
    assert wrong.height > 10
    # Up to 200 the chance is 2.5%, and beyond so much less that the amount at stake stays the same.
    at_stake = decided.select((0.025 * pl.min_horizontal(amount, 200)).sum()).item()
    assert wrong.select(amount.sum()).item() < 3 * at_stake
    assert wrong.select(amount.mean()).item() < decided.select(amount.mean()).item() / 3


def test_decisions_take_time_and_the_last_alerts_are_open(busy_bank: Bank) -> None:
    alerts = busy_bank.fraud_alerts()
    assert (alerts["raised_at"] > alerts["transaction_at"]).all()
    waited = (alerts["investigated_at"] - alerts["raised_at"]).drop_nulls()
    assert waited.min().total_seconds() >= 600
    hours = waited.dt.total_minutes() / 60
    assert 8 < hours.median() < 96
    assert (alerts["investigated_at"].drop_nulls() < datetime(2025, 7, 1, tzinfo=UTC)).all()
    undecided = alerts.filter(pl.col("outcome").is_null())
    assert len(undecided) > 0
    assert set(undecided["status"]) <= {"OPEN", "IN_REVIEW"}
    assert set(alerts.drop_nulls("outcome")["status"]) == {"CLOSED"}
    assert undecided["investigated_at"].is_null().all()


@pytest.mark.parametrize("end", [date(2025, 6, 27), date(2025, 6, 29), date(2025, 7, 4)])
def test_the_younger_an_alert_the_less_is_done_about_it(end: date) -> None:
    """On a Friday, a Sunday and a holiday; alerts of many banks, by their age in days."""
    queue = pl.concat(
        generate(
            SimulationConfig(
                customers=300,
                transactions=30_000,
                start=date(2024, 7, 1),
                end=end,
                seed=seed,
                fraud_share=0.01,
            )
        ).fraud_alerts()
        for seed in range(24)
    ).with_columns(age=(pl.lit(end) - pl.col("raised_at").dt.date()).dt.total_days())
    age = pl.col("age")
    group = pl.when(age <= 1).then(pl.lit("fresh")).when(age <= 7).then(pl.lit("week"))
    ages = (
        queue.group_by(group.when(age <= 45).then(pl.lit("months")).otherwise(pl.lit("old")))
        .agg(
            closed=(pl.col("status") == "CLOSED").mean(),
            in_review=(pl.col("status") == "IN_REVIEW").sum(),
        )
        .rows_by_key("literal", named=True, unique=True)
    )
    assert ages["fresh"]["closed"] < ages["week"]["closed"] < 0.9
    assert ages["week"]["closed"] < ages["months"]["closed"] < 1 == ages["old"]["closed"]
    assert ages["week"]["in_review"] > 0 < ages["months"]["in_review"]
    assert set(queue["status"]) == set(monitoring.STATUSES)


def test_every_alert_is_on_a_payment_of_its_account(bank: Bank, transactions: pl.DataFrame) -> None:
    alerts = bank.fraud_alerts()
    assert alerts["alert_id"].is_unique().all()
    assert alerts["transaction_id"].is_unique().all()
    paid = transactions.select(
        pl.col("transaction_id").cast(pl.String),
        "account_id",
        "amount",
        "currency",
        pl.col("transaction_date").alias("transaction_at"),
    )
    assert len(alerts.join(paid, on=paid.columns)) == len(alerts)


def test_the_codes_are_those_of_the_contract() -> None:
    assert monitoring.RULES == oversight.FRAUD_RULES
    assert monitoring.SEVERITIES == oversight.FRAUD_SEVERITIES
    assert monitoring.STATUSES == oversight.FRAUD_STATUSES
    assert monitoring.OUTCOMES == oversight.FRAUD_OUTCOMES
