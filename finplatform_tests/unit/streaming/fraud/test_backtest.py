"""How good rules and score were, on counts that are known and on a simulated bank."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from finplatform.ml import fraud
from finplatform.simulate import SimulationConfig, generate
from finplatform.streaming.fraud.backtest import (
    FEWEST_ALERTS,
    FLAGGED,
    Backtest,
    Figures,
    score_figures,
)
from finplatform.streaming.fraud.evaluator import by_rules
from finplatform.streaming.fraud.features import FEATURES
from finplatform.streaming.fraud.rules import LEAST_PRECISION, Rule, in_production, load_rules
from finplatform_tests import fraud_bank

HELD_SHARE = 0.6
"""Share of fraud by value that one alert per 1,000 card payments has to find."""
REAL_SCALE = 20
"""Frauds of the simulator's default are so many times as frequent as those of real banks."""


def payments(*amounts: float, frauds: tuple[int, ...] = ()) -> pl.DataFrame:
    """Card payments of the amounts, of which some, by place, are fraud."""
    return (
        FEATURES.to_frame(eager=True)
        .clear(len(amounts))
        .with_columns(
            amount_usd=pl.Series(amounts, dtype=pl.Float64),
            is_fraud=pl.Series([place in frauds for place in range(len(amounts))]),
        )
    )


def rule(name: str, condition: str, **changes: Any) -> Rule:
    """A live rule."""
    return Rule.model_validate(
        {
            "rule": name,
            "kind": "fraud",
            "description": "",
            "condition": condition,
            "weight": 1,
            "severity": "HIGH",
            "action": "alert",
            "mode": "live",
            "valid_from": date(2030, 1, 1),
            "exempt": "A test.",
            **changes,
        }
    )


def test_alerts_precision_and_recall_are_counted_by_number_and_by_value() -> None:
    backtest = Backtest(
        [
            rule("LARGE", "amount_usd > 50"),
            rule("SMALL", "amount_usd < 5", severity="LOW"),
            rule("TRIED", "amount_usd > 5", mode="draft"),
        ]
    )
    backtest.add(payments(100, 60, 10, frauds=(0, 2)))
    backtest.add(payments(1, 30, frauds=(1,)))
    large, small, tried, flagged = backtest.figures()
    assert (large.alerts, large.frauds, large.value, large.fraud_value) == (2, 1, 160.0, 100.0)
    assert large.precision == 0.5
    assert large.recall == pytest.approx(1 / 3)
    assert large.recall_of_value == pytest.approx(100 / 140)
    assert large.precision_of_value == pytest.approx(100 / 160)
    assert (small.alerts, small.precision, small.recall) == (1, 0.0, 0.0)
    assert (tried.alerts, tried.recall) == (4, 1.0)
    # What is flagged is what a live rule finds that is of more than low severity.
    assert (flagged.rule, flagged.alerts, flagged.frauds) == (FLAGGED, 2, 1)


def test_without_payments_there_are_no_figures_and_without_frauds_no_recall() -> None:
    backtest = Backtest([rule("LARGE", "amount_usd > 50")])
    assert backtest.figures() == []
    backtest.add(payments(10))
    large = backtest.figures()[0]
    assert large.precision is large.recall is large.recall_of_value is None
    assert not large.is_too_imprecise


@pytest.mark.parametrize(
    ("changes", "is_too_imprecise"),
    [
        ({}, True),
        ({"frauds": 10}, False),
        ({"is_bound": False}, False),
        ({"mode": "shadow"}, False),
        ({"alerts": FEWEST_ALERTS - 1, "frauds": 0}, False),
        ({"alerts": FEWEST_ALERTS, "frauds": 2}, True),
        ({"frauds": 0, "all_frauds": 0}, False),
    ],
)
def test_a_live_rule_that_is_right_too_seldom_is_found(
    changes: dict[str, Any], is_too_imprecise: bool
) -> None:
    figures = {
        "rule": "R", "mode": "live", "severity": "HIGH", "alerts": 100, "frauds": 9, "value": 1.0,
        "fraud_value": 1.0, "all_frauds": 50, "all_fraud_value": 9.0, "is_bound": True,
    }  # fmt: skip
    assert Figures(**{**figures, **changes}).is_too_imprecise is is_too_imprecise


def test_the_score_is_judged_by_the_first_payment_in_a_thousand() -> None:
    rows = pl.DataFrame(
        {
            "is_fraud": [True, True, False] + [False] * 1997,
            "amount_usd": [300.0, 100.0, 7.0] + [1.0] * 1997,
            "rule_points": [50, 10, 90] + [0] * 1997,
        }
    )
    found = score_figures(rows)
    assert (found["card_payments"], found["alerts"], found["frauds"]) == (2000, 2, 2)
    assert found["by"]["rule_points"] == pytest.approx(
        {"precision": 0.5, "recall": 0.5, "recall_of_value": 0.75}
    )
    assert found["by"]["most"]["recall_of_value"] == 1.0
    # Where a fraud is half as frequent, a false alarm costs two alerts of four.
    rarer = score_figures(rows, scale=2)
    assert rarer["alerts"] == pytest.approx(3.998)
    assert rarer["by"]["rule_points"]["recall"] == pytest.approx(1.998 / 2)


def test_every_live_rule_is_precise_and_the_score_finds_most_of_the_value() -> None:
    """On the months of a bank that nothing was chosen on, by the simulator's own labels.

    The model learns from the months before. Fraud counts as it is among real banks: a twentieth.
    """
    bank = generate(SimulationConfig(seed=101))
    rows = fraud_bank.events(bank)
    rules = load_rules()
    known = fraud_bank.features(bank, rows)
    paid = known.filter("is_payment")
    paid = paid.with_columns(by_rules(paid, in_production(rules))["rule_points"])
    dataset = fraud.build(paid.drop("is_fraud"))
    model = fraud.train_fraud(dataset, seed=42, code_version="test")
    later = pl.col("transaction_date") > fraud.learned_to(model)

    backtest = Backtest(rules)
    backtest.add(known.filter(later))
    for one in backtest.figures():
        if one.is_bound and one.mode == "live":
            assert one.precision is not None
            assert one.precision >= LEAST_PRECISION, one.rule

    cards = fraud.fraud_scores(model, paid).filter(pl.col("transaction_type") == "CARD_PAYMENT")
    found = score_figures(cards, scale=REAL_SCALE)
    assert found["frauds"] > 50
    assert found["by"]["combined_score"]["recall_of_value"] >= HELD_SHARE
