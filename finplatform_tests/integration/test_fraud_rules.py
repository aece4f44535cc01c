"""The fraud rules on a built bank: what is stored is what the stream would have said."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import cycle

import polars as pl
import psycopg
import pytest
from psycopg.rows import dict_row

from finplatform.streaming.fraud.evaluator import PaymentEvaluator
from finplatform.streaming.fraud.rules import Mode, load_rules
from finplatform.streaming.fraud.warehouse import events_of, history_at
from finplatform.windows import Window
from finplatform_tests.integration.bank import FIRST, HISTORY, LAST, BuiltBank

pytestmark = pytest.mark.integration

_STORED = """
select
    transaction_id, transaction_date, rules, shadow_rules, rule_code, rule_points, severity,
    is_alert, is_blocked, amount_usd::float8 as amount_usd
from gold.fraud_verdicts
where transaction_date >= %s
order by transaction_id
"""


@pytest.fixture
def session(built_bank: BuiltBank) -> Iterator[psycopg.Connection[dict[str, object]]]:
    with psycopg.connect(built_bank.url, row_factory=dict_row) as connection:
        yield connection


def _streamed(bank: BuiltBank, since: date, *sizes: int) -> list[dict[str, object]]:
    """What the evaluator says of the transactions from a day on, in batches of the sizes, by id."""
    evaluator = PaymentEvaluator(history_at(bank.url, since, "UTC"), load_rules())
    events = events_of(bank.url, Window.through(since, LAST))
    verdicts, place, size = [], 0, cycle(sizes)
    while place < events.height:
        batch = events.slice(place, next(size))
        verdicts.append(evaluator.evaluate(batch))
        place += batch.height
        evaluator.forget(int(batch["transaction_date"][-1].timestamp()))
    met = pl.concat(verdicts).filter(pl.col("is_alert") | (pl.col("shadow_rules").list.len() > 0))
    return (
        met.with_columns(pl.col("rules", "shadow_rules").list.join(","))
        .select(
            "transaction_id", "transaction_date", "rules", "shadow_rules", "rule_code",
            "rule_points", "severity", "is_alert", "is_blocked", "amount_usd",
        )
        .sort("transaction_id")
        .to_dicts()
    )  # fmt: skip


@pytest.mark.parametrize(
    ("since", "sizes"), [(FIRST, (500,)), (date(2025, 3, 1), (97, 1, 250)), (LAST, (10_000,))]
)
def test_the_stream_says_of_every_transaction_what_is_stored(
    built_bank: BuiltBank,
    session: psycopg.Connection[dict[str, object]],
    since: date,
    sizes: tuple[int, ...],
) -> None:
    stored = session.execute(_STORED, (since,)).fetchall()
    assert stored
    assert _streamed(built_bank, since, *sizes) == stored


def test_a_history_up_to_an_instant_ends_there(built_bank: BuiltBank) -> None:
    noon = datetime(2025, 3, 15, 12, tzinfo=UTC)
    evaluator = PaymentEvaluator(history_at(built_bank.url, noon, "UTC"), load_rules())
    day = events_of(built_bank.url, Window.day(noon.date()))
    later = day.filter(pl.col("transaction_date") >= noon)
    whole = PaymentEvaluator(history_at(built_bank.url, noon.date(), "UTC"), load_rules())
    of_the_day = whole.evaluate(day).filter(pl.col("transaction_at") >= noon)
    assert later.height
    assert evaluator.evaluate(later).equals(of_the_day)


def test_every_large_transaction_has_an_alert_and_size_alone_is_no_suspicion(
    session: psycopg.Connection[dict[str, object]],
) -> None:
    found = session.execute(
        """
        select
            count(*) as large,
            count(*) filter (where fraud_severity is null) as silent,
            count(*) filter (where fraud_severity = 'LOW' and is_flagged) as flagged_low,
            count(*) filter (where fraud_severity <> 'LOW' and not is_flagged) as unflagged
        from gold.fact_transactions
        where transaction_type <> 'OPENING_BALANCE' and abs(transaction_amount_usd) > 2000
        """
    ).fetchone()
    assert found is not None
    assert found["large"]
    assert (found["silent"], found["flagged_low"], found["unflagged"]) == (0, 0, 0)
    small = session.execute(
        """
        select count(*) as rows from gold.fact_transactions
        where fraud_severity = 'LOW' and abs(transaction_amount_usd) <= 2000
        """
    ).fetchone()
    assert small == {"rows": 0}


def test_a_flag_finds_fraud_ten_times_as_often_as_chance(
    session: psycopg.Connection[dict[str, object]],
) -> None:
    found = session.execute(
        """
        select
            avg((labels.pattern is not null)::int)::float8 as chance,
            avg((labels.pattern is not null)::int) filter (where is_flagged)::float8 as precision
        from gold.fact_transactions as facts
        left join simulate.fraud_labels as labels
            on facts.transaction_id = labels.transaction_id::text
        """
    ).fetchone()
    assert found is not None
    assert isinstance(found["chance"], float)
    assert isinstance(found["precision"], float)
    assert found["precision"] > 10 * found["chance"] > 0


def test_shadow_rules_are_recorded_and_never_alert(
    session: psycopg.Connection[dict[str, object]],
) -> None:
    shadow = [rule.rule for rule in load_rules() if rule.mode is Mode.SHADOW]
    rows = session.execute(
        "select shadow_rules, rules, is_alert, rule_code from gold.fraud_verdicts"
    ).fetchall()
    assert any(row["shadow_rules"] for row in rows)
    for row in rows:
        assert set(str(row["shadow_rules"]).split(",")) - {""} <= set(shadow)
        assert not set(str(row["rules"]).split(",")) & set(shadow)
        assert row["is_alert"] == bool(row["rules"]) == (row["rule_code"] is not None)


def test_each_alerted_transaction_has_one_alert_of_the_rules(
    session: psycopg.Connection[dict[str, object]],
) -> None:
    found = session.execute(
        """
        select
            count(*) filter (where verdicts.transaction_id is null) as without_verdict,
            count(*) filter (where alerts.transaction_id is null) as without_alert,
            count(*) filter (where verdicts.severity <> alerts.severity) as of_other_severity,
            count(*) filter (where alerts.status = 'NOTED' and alerts.severity <> 'LOW') as noted,
            count(*) as rows, count(distinct alerts.transaction_id) as transactions
        from (select * from gold.fact_fraud_alerts where alert_source = 'RULES') as alerts
        full join (select * from gold.fraud_verdicts where is_alert) as verdicts
            on alerts.transaction_id = verdicts.transaction_id
        """
    ).fetchone()
    assert found is not None
    assert found["rows"] == found["transactions"]
    assert found["rows"]
    for count in ("without_verdict", "without_alert", "of_other_severity", "noted"):
        assert found[count] == 0, count


def test_the_command_line_lists_rules_and_runs_them_over_the_history(
    built_bank: BuiltBank, session: psycopg.Connection[dict[str, object]]
) -> None:
    listed = json.loads(built_bank.run("fraud", "rules", "--features", "--json"))
    assert {"OVER_2000", "NIGHT"} <= {rule["rule"] for rule in listed["rules"]}
    assert "amount_usd" in listed["features"]
    assert "decline the payment: VELOCITY_HOUR, TESTED_CARD." in built_bank.run("fraud", "rules")

    days = ("--from", FIRST.isoformat(), "--to", LAST.isoformat())
    tested = json.loads(built_bank.run("fraud", "backtest", *days, "--json"))
    assert (tested["first"], tested["last"]) == (FIRST.isoformat(), HISTORY.last.isoformat())
    alerts = {row["rule"]: row["alerts"] for row in tested["rules"]}
    stored = session.execute(
        """
        select rule, count(*) as alerts
        from gold.fraud_verdicts cross join lateral string_to_table(rules, ',') as rule
        where is_alert group by rule
        """
    ).fetchall()
    assert stored
    for row in stored:
        assert alerts[str(row["rule"])] == row["alerts"]
    flagged = session.execute("select count(*) from gold.fact_transactions where is_flagged")
    assert [alerts["FLAGGED"]] == list((flagged.fetchone() or {}).values())

    truth = json.loads(built_bank.run("fraud", "backtest", "--truth", "--scale", "20", "--json"))
    assert truth["labels"] == "simulator"
    assert "precision" in built_bank.run("fraud", "backtest", "--truth")
