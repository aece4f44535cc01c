"""Monitoring in the graph: what a built bank's tables of the schema `compliance` hold."""

import re
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from finplatform.bench.laundering import found_cases
from finplatform.cli.bench_aml import found_on_bank
from finplatform.contracts.laundering import LAUNDERING
from finplatform.settings import PROJECT_ROOT
from finplatform_tests.integration.bank import LAST, BuiltBank

pytestmark = pytest.mark.integration

LIMIT = Decimal(10_000)
CLOSES = 18


def rows(bank: BuiltBank, query: str) -> list[dict[str, Any]]:
    with psycopg.connect(bank.url, row_factory=dict_row) as connection:
        return connection.execute(query.encode()).fetchall()


def test_the_banks_laundering_is_found_and_few_others_are_alerted(built_bank: BuiltBank) -> None:
    labels, noted, share = found_on_bank(built_bank.settings)
    cases = found_cases(labels, noted)
    assert cases.height
    assert cases["recall"].min() == 1.0, cases
    assert share["alerted"] <= cases["cases"].sum() + 0.02 * share["customers"]


def test_what_an_alert_holds_belongs_together(built_bank: BuiltBank) -> None:
    broken = """
        select alerts.alert_id
        from compliance.aml_alerts as alerts
        left join lateral (
            select least(sum(weight), 100) as score, count(*) as signals
            from compliance.aml_alert_signals as signals
            where signals.alert_id = alerts.alert_id
        ) as signals on true
        left join lateral (
            select count(*) as moved, min(noted_date) as noted
            from compliance.aml_alert_transactions as moved
            where moved.alert_id = alerts.alert_id
        ) as moved on true
        where signals.score is distinct from alerts.score
            or signals.signals is distinct from alerts.signal_count
            or moved.noted is distinct from alerts.alert_date
            or moved.moved < alerts.transaction_count
    """
    assert rows(built_bank, "select count(*) as alerts from compliance.aml_alerts")[0]["alerts"]
    assert not rows(built_bank, broken)


def test_every_alert_is_in_a_case_with_its_transactions(built_bank: BuiltBank) -> None:
    missing = """
        select alerts.alert_id from compliance.aml_alerts as alerts
        left join compliance.aml_case_alerts as known on alerts.alert_id = known.alert_id
        where known.case_id is null
        union all
        select moved.alert_id from compliance.aml_alert_transactions as moved
        inner join compliance.aml_case_alerts as known on moved.alert_id = known.alert_id
        left join compliance.aml_case_transactions as kept
            on known.case_id = kept.case_id and moved.transaction_id = kept.transaction_id
        where kept.case_id is null
    """
    assert not rows(built_bank, missing)


def test_cash_reports_are_those_that_a_reader_of_the_rule_works_out(
    built_bank: BuiltBank,
) -> None:
    """Straight from the operational rows, in plain Python."""
    cash = rows(
        built_bank,
        "select t.transaction_date as at, t.transaction_type as kind, a.customer_id,"
        " round(t.amount * t.exchange_rate, 2) as usd"
        " from oltp.transactions as t inner join oltp.accounts as a using (account_id)"
        " where t.status = 'COMPLETED' and t.transaction_type in ('DEPOSIT', 'WITHDRAWAL')"
        " and t.channel in ('BRANCH', 'ATM')",
    )
    holidays = {
        row["holiday_date"]
        for row in rows(
            built_bank, "select holiday_date from silver.bank_holidays where country = 'US'"
        )
    }
    sums: dict[tuple[str, date, int], Decimal] = defaultdict(Decimal)
    for row in cash:
        direction = 1 if row["kind"] == "DEPOSIT" else -1
        day = business_day(row["at"], direction, holidays)
        sums[row["customer_id"], day, direction] += row["usd"]
    due = {(*key, usd) for key, usd in sums.items() if usd > LIMIT and key[1] <= LAST}
    found = rows(
        built_bank,
        "select customer_id, business_date, direction, amount_usd from compliance.ctr_reports",
    )
    assert {tuple(row.values()) for row in found} == due
    assert len(found) == len(due)


def business_day(at: datetime, direction: int, holidays: set[date]) -> date:
    day = at.date()
    if direction > 0 and at.hour >= CLOSES:
        day += timedelta(days=1)
    while day.weekday() > 4 or day in holidays:
        day += timedelta(days=1)
    return day


def test_reviews_are_what_the_documents_query_finds_on_each_day(built_bank: BuiltBank) -> None:
    """The query as document 1 prints it, run as of each day on the operational names."""
    page = (PROJECT_ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
    (printed,) = re.findall(
        r"-- Large Transaction Monitoring \(Anti-Money Laundering\)\n(.*?)\n```", page, re.S
    )[:1]
    reviewed = defaultdict(dict)
    for row in rows(built_bank, "select * from compliance.large_transaction_reviews"):
        reviewed[row["review_date"]][row["customer_id"]] = row
    assert reviewed
    for day in sorted(reviewed):
        asked = as_of(printed, day)
        with psycopg.connect(built_bank.url, row_factory=dict_row) as connection:
            connection.execute("set search_path = masked, gold, bi")
            answered = {r["customer_id"]: r for r in connection.execute(asked.encode())}
        for customer, row in reviewed[day].items():
            expected = answered[customer]
            assert row["large_transaction_count"] == expected["large_transaction_count"]
            assert row["total_amount_usd"] == expected["total_amount"]
            assert row["max_amount_usd"] == expected["max_amount"]
            assert row["transaction_types"] == expected["transaction_types"]
            assert row["compliance_status"] == expected["compliance_status"]


def as_of(query: str, day: date) -> str:
    """The query as if it ran at the end of a day; opening balances are no transactions."""
    return query.rstrip(";").replace(
        "WHERE t.amount > 10000",
        "WHERE t.transaction_type <> 'OPENING_BALANCE'"
        f" AND t.transaction_date < date '{day}' + 1 AND t.amount > 10000",
    ).replace("CURRENT_DATE", f"DATE '{day}'")  # fmt: skip


def test_days_judged_again_give_the_same_rows(built_bank: BuiltBank) -> None:
    before = built_bank.fingerprints("compliance")
    output = built_bank.run("aml", "run", "--from", "2025-02-10", "--to", "2025-03-05", "--json")
    assert '"success": true' in output
    assert built_bank.fingerprints("compliance") == before
    assert len(before) >= len(LAUNDERING)
