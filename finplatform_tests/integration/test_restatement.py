"""A late card payment through the whole graph: both versions of the capital report, and the chain.

The bank is built, a month closed, the payment loaded, the month's figures made anew by the
platform's own commands, and restated.
"""

import json
from datetime import date
from decimal import Decimal

import psycopg
import pytest

from finplatform.compliance.sox.duties import Person
from finplatform.compliance.sox.periods import Month, PeriodRefusedError
from finplatform.warehouse import period_closes, period_versions
from finplatform.warehouse.audit_seals import seal
from finplatform.warehouse.database import Warehouse, open_warehouse
from finplatform.windows import Window
from finplatform_tests.integration.bank import BuiltBank

pytestmark = [pytest.mark.integration, pytest.mark.graph]

MARCH = Month.parse("2025-03")
DAY, AS_OF = date(2025, 3, 15), date(2025, 4, 1)
LATE, TRANSACTION = Decimal("40.25"), "999000001"
RITA, OLGA = Person("rita", "risk_analyst"), Person("olga", "compliance_officer")


def card_of(bank: BuiltBank) -> tuple[str, str]:
    """A card account within its limit that has room for the payment, and its currency."""
    with psycopg.connect(bank.url) as connection:
        row = connection.execute(
            "select account_id, currency from gold.credit_exposures"
            " where reporting_date = %s and product_type = 'CREDIT_CARD' and not is_defaulted"
            " and drawn_amount > 0 and undrawn_amount > 100 order by drawn_amount desc limit 1",
            (MARCH.last,),
        ).fetchone()
    assert row is not None
    return str(row[0]), str(row[1])


def pay_late(bank: BuiltBank, account: str, currency: str) -> None:
    with psycopg.connect(bank.url) as connection:
        connection.execute(
            "insert into oltp.transactions (transaction_id, account_id, transaction_type, amount,"
            " currency, transaction_date, channel, status, fees, exchange_rate)"
            " values (%s, %s, 'FEE', %s, %s, '2025-03-15T12:00Z', 'BATCH', 'COMPLETED', 0, 1)",
            (TRANSACTION, account, LATE, currency),
        )


def close(warehouse: Warehouse, bank: BuiltBank) -> None:
    period_closes.prepare(warehouse, MARCH, RITA, "The month is over and reported.", AS_OF)
    period_closes.approve(warehouse, MARCH, OLGA, "", AS_OF)
    seal(bank.settings, warehouse)


def test_a_late_payment_is_restated_and_both_capital_reports_are_readable(
    own_bank: BuiltBank,
) -> None:
    warehouse = open_warehouse(own_bank.settings)
    close(warehouse, own_bank)
    assert "as it was frozen" in own_bank.run("sox", "verify")
    pay_late(own_bank, *card_of(own_bank))

    days = Window.through(DAY, MARCH.last)
    own_bank.backfill(days, "daily")
    with period_closes.one_state(warehouse) as connection:
        version = period_versions.find(connection, MARCH, None)
        changed = period_versions.change_counts(connection, version)
    assert changed["gold.fact_transactions"] == {"ADDED": 1}
    assert changed["gold.fact_balances"] == {"CHANGED": 17}
    with pytest.raises(PeriodRefusedError, match="older than its facts"):
        period_closes.prepare_restatement(warehouse, MARCH, RITA, "A fee came late.", AS_OF)
    with warehouse.connect() as connection:
        assert period_versions.report(connection, MARCH)["version"] == 1

    own_bank.backfill(Window(MARCH.first, MARCH.end), "month_end")
    period_closes.prepare_restatement(warehouse, MARCH, RITA, "A fee came late.", AS_OF)
    period_closes.approve(warehouse, MARCH, OLGA, "", AS_OF)
    seal(own_bank.settings, warehouse)
    assert "as it was frozen" in own_bank.run("sox", "verify", "2025-03")

    first = report(own_bank, 1)
    second = report(own_bank, 2)
    assert first["risk_weighted_assets"] != second["risk_weighted_assets"]
    found = json.loads(own_bank.run("sox", "difference", "2025-03", "--json"), parse_float=Decimal)
    (late,) = [row for row in found["rows"] if row["table"] == "gold.fact_transactions"]
    assert (late["row_key"], late["change"]) == (TRANSACTION, "ADDED")
    assert Decimal(late["after"]["transaction_amount"]) == -LATE
    assert all(Decimal(row["unexplained"]) == 0 for row in found["tables"])
    tables = {row["table"]: Decimal(row["difference"]) for row in found["tables"]}
    assert tables["gold.credit_exposures"] == LATE
    assert tables["gold.capital_adequacy"] == (
        second["risk_weighted_assets"] - first["risk_weighted_assets"]
    )
    assert found["explained"]
    assert all(Decimal(one["unexplained"]) == 0 for one in found["explained"])
    runs = {run["run_id"] for run in found["runs"]}
    assert {run["table_name"] for run in found["runs"]} >= {
        "gold.fact_transactions", "gold.fact_balances", "gold.capital_adequacy",
    }  # fmt: skip
    assert None not in runs
    assert len(runs) == 2
    assert [event["action"] for event in found["events"]] == ["prepare", "approve"] * 2


def report(bank: BuiltBank, version: int) -> dict[str, Decimal]:
    """Assets and ratio of a version, as the command prints them."""
    text = bank.run("sox", "report", "2025-03", "--version", str(version), "--json")
    (row,) = json.loads(text)["tables"]["gold.capital_adequacy"]
    return {name: Decimal(row[name]) for name in ("risk_weighted_assets", "cet1_ratio")}
