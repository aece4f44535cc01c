"""The file of rules: what it may say, and which rules may go live."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from finplatform.errors import FinplatformError
from finplatform.streaming.fraud.rules import (
    LEAST_PRECISION,
    Action,
    Kind,
    Mode,
    in_production,
    load_rules,
)

RULE: dict[str, Any] = {
    "rule": "LARGE",
    "kind": "fraud",
    "description": "Large.",
    "condition": "amount_usd > 5",
    "weight": 10,
    "severity": "HIGH",
    "action": "alert",
    "mode": "live",
    "valid_from": "2024-01-01",
    "backtest": {"alerts": 50, "precision": 0.1, "first": "2023-01-01", "last": "2023-12-31"},
}


def written(folder: Path, *rules: dict[str, Any]) -> Path:
    """A file of rules."""
    path = folder / "rules.yaml"
    path.write_text(yaml.safe_dump({"rules": list(rules)}))
    return path


def test_the_printed_rule_is_live_at_low_severity_and_the_others_had_their_backtest() -> None:
    rules = load_rules()
    large = next(rule for rule in rules if rule.rule == "OVER_2000")
    assert (large.mode, large.severity, large.action) == (Mode.LIVE, "LOW", Action.ALERT)
    assert "amount_usd > 2000" in large.condition
    for rule in rules:
        if rule.mode is Mode.LIVE and rule is not large:
            assert rule.exempt is None
            assert rule.backtest is not None
            assert rule.backtest.precision >= LEAST_PRECISION


def test_rules_of_every_kind_that_fraud_has_are_live() -> None:
    live = {rule.rule for rule in load_rules() if rule.mode is Mode.LIVE}
    assert live >= {
        "OVER_2000", "VELOCITY_HOUR", "VELOCITY_DAY", "IMPOSSIBLE_TRAVEL", "NEW_CATEGORY", "NIGHT",
        "UNLIKE_HISTORY",
    }  # fmt: skip


def test_no_laundering_rule_blocks() -> None:
    laundering = [rule for rule in load_rules() if rule.kind is Kind.LAUNDERING]
    assert laundering
    assert {rule.action for rule in laundering} == {Action.ALERT}


def test_drafts_are_not_in_production() -> None:
    rules = load_rules()
    drafts = {rule.rule for rule in rules if rule.mode is Mode.DRAFT}
    assert drafts
    assert {rule.rule for rule in in_production(rules)} == {r.rule for r in rules} - drafts


def test_a_later_version_may_follow_an_earlier_one(tmp_path: Path) -> None:
    first = {**RULE, "valid_to": "2024-06-30"}
    second = {**RULE, "valid_from": "2024-07-01", "condition": "amount_usd > 7"}
    assert len(load_rules(written(tmp_path, second, first))) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "laundering", "action": "block"}, "may only alert, never block"),
        ({"backtest": None}, "needs its backtest"),
        ({"backtest": RULE["backtest"] | {"precision": 0.0999}}, "must not go live"),
        ({"condition": "amount_eur > 5"}, "no feature: amount_eur"),
        ({"condition": "amount_usd >"}, "cannot be read"),
        ({"condition": "amount_usd"}, "neither true nor false"),
        ({"condition": "sleep(5) > 2"}, "cannot be read"),
        ({"mode": "on"}, "mode"),
        ({"weight": 101}, "weight"),
        ({"severity": "CRITICAL"}, "severity"),
        ({"rule": "large rule"}, "rule"),
        ({"valid_to": "2023-12-31"}, "lies before valid_from"),
        ({"color": "red"}, "color"),
    ],
)
def test_an_unsound_rule_is_refused_by_name_and_reason(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    path = written(tmp_path, {**RULE, **change})
    with pytest.raises(FinplatformError, match=r"Rule .* in ") as error:
        load_rules(path)
    assert said in str(error.value)
    assert "pydantic" not in str(error.value)


def test_a_rule_that_is_exempt_or_not_live_needs_no_backtest(tmp_path: Path) -> None:
    plain = {key: value for key, value in RULE.items() if key != "backtest"}
    assert load_rules(written(tmp_path, {**plain, "exempt": "The bank wants it."}))
    assert load_rules(written(tmp_path, {**plain, "mode": "shadow"}))


def test_two_versions_on_one_day_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FinplatformError, match="two versions on 2024-07-01"):
        load_rules(written(tmp_path, RULE, {**RULE, "valid_from": "2024-07-01"}))


@pytest.mark.parametrize(
    "text", ["", "rules: []", "rules: 5", "- a", "rules: [5]", "rules: [", "\0"]
)
def test_a_file_that_holds_no_rules_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    with pytest.raises(FinplatformError):
        load_rules(path)
    with pytest.raises(FinplatformError, match="cannot be read"):
        load_rules(tmp_path / "nowhere.yaml")
