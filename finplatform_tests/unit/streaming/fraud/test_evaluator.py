"""Verdicts: the same in batch and stream, and no more than each mode and kind may do."""

from datetime import date
from itertools import cycle
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl
import pytest

from finplatform.ml.event_model import EventModel
from finplatform.simulate import Bank
from finplatform.streaming.fraud.evaluator import VERDICT_SCHEMA, PaymentEvaluator
from finplatform.streaming.fraud.rules import Rule, load_rules
from finplatform_tests import fraud_bank

ALWAYS: dict[str, Any] = {
    "rule": "ALWAYS",
    "kind": "fraud",
    "description": "Everything.",
    "condition": "amount >= 0",
    "weight": 40,
    "severity": "HIGH",
    "action": "block",
    "mode": "live",
    "valid_from": date(2000, 1, 1),
    "exempt": "A test.",
}


def rule(**changes: Any) -> Rule:
    """A rule that every event meets, with changes."""
    return Rule.model_validate({**ALWAYS, **changes})


def evaluated(
    bank: Bank, events: pl.DataFrame, *rules: Rule, sizes: tuple[int, ...] = (10**9,)
) -> pl.DataFrame:
    """Verdicts on events that come in batches of the sizes, one after the other and again."""
    evaluator = PaymentEvaluator(fraud_bank.history(bank, events), rules or load_rules())
    verdicts, place, size = [], 0, cycle(sizes)
    while place < events.height:
        batch = events.slice(place, next(size))
        verdicts.append(evaluator.evaluate(batch))
        place += batch.height
    return pl.concat(verdicts)


@pytest.mark.parametrize("sizes", [(1000,), (700, 1, 37, 251)])
def test_verdicts_on_ten_thousand_events_are_those_of_the_batch(
    bank: Bank, events: pl.DataFrame, sizes: tuple[int, ...]
) -> None:
    batch = evaluated(bank, events)
    assert batch.height > 10_000
    assert batch.schema == VERDICT_SCHEMA
    assert evaluated(bank, events, sizes=sizes).equals(batch)
    assert batch["rule_code"].n_unique() > 8


def test_an_event_that_is_delivered_again_changes_no_verdict(
    bank: Bank, events: pl.DataFrame
) -> None:
    evaluator = PaymentEvaluator(fraud_bank.history(bank, events), load_rules())
    first, second = events[:4000], events[4000:8000]
    before = evaluator.evaluate(first)
    assert evaluator.evaluate(pl.concat([first[2000:], first[:7]])).equals(
        pl.concat([before[2000:], before[:7]])
    )
    alone = PaymentEvaluator(fraud_bank.history(bank, events), load_rules())
    alone.evaluate(first)
    assert evaluator.evaluate(second).equals(alone.evaluate(second))


def test_every_amount_over_2000_dollars_alerts_at_low_severity_or_more(
    bank: Bank, events: pl.DataFrame
) -> None:
    verdicts = evaluated(bank, events).with_columns(events["transaction_type"])
    large = (pl.col("amount_usd") > 2000) & (pl.col("transaction_type") != "OPENING_BALANCE")
    over = verdicts.filter(large)
    assert over.height > 500
    assert over["is_alert"].all()
    assert over["rules"].list.contains("OVER_2000").all()
    of_size_alone = over.filter(pl.col("rules").list.len() == 1)
    assert set(of_size_alone["severity"]) == {"LOW"}
    assert set(of_size_alone["rule_points"]) == {0}
    assert not verdicts.filter(~large)["rules"].list.contains("OVER_2000").any()


def test_a_shadow_rule_is_recorded_and_does_nothing(bank: Bank, events: pl.DataFrame) -> None:
    verdicts = evaluated(bank, events[:100], rule(mode="shadow"))
    assert set(verdicts["shadow_rules"].list.join(",")) == {"ALWAYS"}
    assert not verdicts["is_alert"].any()
    assert not verdicts["is_blocked"].any()
    assert set(verdicts["rule_points"]) == {0}
    assert verdicts["severity"].null_count() == verdicts["rule_code"].null_count() == 100


def test_a_draft_leaves_no_trace(bank: Bank, events: pl.DataFrame) -> None:
    verdicts = evaluated(bank, events[:100], rule(mode="draft"))
    assert not verdicts["is_alert"].any()
    assert verdicts["rules"].list.len().sum() == verdicts["shadow_rules"].list.len().sum() == 0


def test_a_laundering_rule_alerts_and_never_blocks(bank: Bank, events: pl.DataFrame) -> None:
    """Not even one that was made past the checks of the file."""
    laundering = rule().model_copy(update={"kind": rule(kind="laundering", action="alert").kind})
    assert laundering.action == "block"
    verdicts = evaluated(bank, events[:100], laundering)
    assert verdicts["is_alert"].all()
    assert not verdicts["is_blocked"].any()
    assert set(verdicts["rule_points"]) == {0}
    assert evaluated(bank, events[:100], rule())["is_blocked"].all()
    assert not evaluated(bank, events[:100], rule(action="alert"))["is_blocked"].any()


def test_a_rule_holds_on_its_days_alone(bank: Bank, events: pl.DataFrame) -> None:
    april = rule(valid_from=date(2024, 4, 1), valid_to=date(2024, 4, 30))
    verdicts = evaluated(bank, events, april)
    met = verdicts.filter("is_alert")["transaction_date"]
    assert (met.min(), met.max()) == (date(2024, 4, 1), date(2024, 4, 30))
    in_april = verdicts["transaction_date"].dt.month() == 4
    assert met.len() == in_april.sum()


def test_points_add_up_to_a_hundred_and_the_most_severe_rule_gives_the_name(
    bank: Bank, events: pl.DataFrame
) -> None:
    rules = (
        rule(rule="LIGHT", severity="MEDIUM", weight=90),
        rule(rule="GRAVE", severity="HIGH", weight=5),
        rule(rule="GRAVER", severity="HIGH", weight=6),
    )
    row = evaluated(bank, events[:1], *rules).row(0, named=True)
    assert row["rules"] == ["LIGHT", "GRAVE", "GRAVER"]
    assert (row["rule_code"], row["severity"], row["rule_points"]) == ("GRAVER", "HIGH", 100)


def test_a_model_scores_payments_and_points_raise_the_score(
    bank: Bank, events: pl.DataFrame
) -> None:
    model = SimpleNamespace(
        log_odds=lambda rows: np.where(rows["amount"].to_numpy() > 100, 2.0, -4.0),
        facts={"threshold": 0.5},
    )
    history = fraud_bank.history(bank, events)
    evaluator = PaymentEvaluator(history, load_rules(), model=cast(EventModel, model))
    verdicts = evaluator.evaluate(events).with_columns(events["transaction_type", "amount"])
    is_payment = pl.col("transaction_type").is_in(["CARD_PAYMENT", "TRANSFER_OUT", "WITHDRAWAL"])
    assert verdicts.filter(~is_payment)["fraud_probability"].null_count() == (
        verdicts.filter(~is_payment).height
    )
    payments = verdicts.filter(is_payment)
    assert payments.select(
        (pl.col("is_model_alert") == (pl.col("fraud_probability") > 0.5)).all(),
        (
            (pl.col("combined_score") > pl.col("fraud_probability")) == (pl.col("rule_points") > 0)
        ).all(),
    ).row(0) == (True, True)
    hundred = payments.filter((pl.col("rule_points") == 100) & ~pl.col("is_model_alert"))
    assert hundred["combined_score"].to_list() == pytest.approx(
        [1 / (1 + np.exp(2.0))] * hundred.height
    )
    assert hundred.height
