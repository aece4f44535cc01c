"""A live rule of too low precision fails its check; exempt rules and rules of few alerts do not."""

import dagster as dg
import polars as pl

from finplatform.orchestration.checks.fraud_rules_check import rules_result
from finplatform.streaming.fraud.rules import load_rules


def _result(**frauds: int) -> dg.AssetCheckResult:
    """The result of rules with a hundred alerts each."""
    counts = pl.DataFrame(
        {
            "rule": list(frauds),
            "alerts": 100,
            "frauds": list(frauds.values()),
            "value": 1.0,
            "fraud_value": 1.0,
            "all_frauds": 300,
        }
    )
    return rules_result(counts, load_rules())


def test_rules_that_are_right_often_enough_pass() -> None:
    result = _result(NIGHT=10, VELOCITY_DAY=90)
    assert result.passed
    assert "| NIGHT | 100 | 10.0% |" in str(result.metadata["rules"].value)


def test_a_rule_below_a_tenth_fails_by_name() -> None:
    result = _result(NIGHT=9, VELOCITY_DAY=90)
    assert not result.passed
    assert result.severity is dg.AssetCheckSeverity.ERROR
    assert "are fraud: NIGHT." in (result.description or "")


def test_the_rule_of_size_is_exempt() -> None:
    assert _result(OVER_2000=0).passed


def test_a_bank_without_alerts_passes() -> None:
    schema = {
        "rule": pl.String, "alerts": pl.Int64, "frauds": pl.Int64, "value": pl.Float64,
        "fraud_value": pl.Float64, "all_frauds": pl.Int64,
    }  # fmt: skip
    assert rules_result(pl.DataFrame(schema=schema), load_rules()).passed
