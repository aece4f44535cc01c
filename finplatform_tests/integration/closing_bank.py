"""A bank of a few rows with one month to close, and a transaction of it that comes late.

Belongs here: its rows. Does not belong here: what is tested of them.
"""

from datetime import date, timedelta
from decimal import Decimal

import psycopg

from finplatform_tests.rows import insert

FIRST, LAST = date(2025, 3, 1), date(2025, 3, 31)
LATE = Decimal("40.25")
LATE_WEIGHTED = Decimal("30.19")


def note_load(connection: psycopg.Connection, table: str, first: date, end: date, run: str) -> None:
    """Notes a load as steps do."""
    connection.execute(
        "insert into ops.load_log (run_id, table_name, window_start, window_end, rows_out,"
        " load_seconds, loaded_at) values (%s, %s, %s, %s, 1, 0, clock_timestamp())",
        (run, table, first, end),
    )


def fill(connection: psycopg.Connection) -> None:
    """Stores the month, with days of the months around it."""
    for number, (day, amount) in enumerate(
        [(date(2025, 2, 28), "7.00"), (date(2025, 3, 10), "100.00"), (date(2025, 3, 31), "-20.50"),
         (date(2025, 4, 1), "3.00")], 1,
    ):  # fmt: skip
        transaction(connection, f"T{number}", day, Decimal(amount))
    for number in range(33):
        day = date(2025, 2, 28) + timedelta(days=number)
        insert(
            connection, "gold.fact_balances", balance_key=number, account_id="A1",
            balance_date=day, closing_balance=Decimal("500.00"),
        )  # fmt: skip
    insert(
        connection, "gold.credit_exposures", exposure_id="A1", reporting_date=LAST,
        drawn_amount=Decimal("500.00"),
    )  # fmt: skip
    insert(
        connection, "gold.fact_risk_metrics", risk_key=1, exposure_id="A1", reporting_date=LAST,
        risk_weighted_assets=Decimal("300.00"),
    )  # fmt: skip
    insert(
        connection, "gold.own_funds", reporting_date=LAST, line="common_shares",
        counted_amount=Decimal("100.00"),
    )  # fmt: skip
    for name, amount in (("qrre", "300.00"), ("corporate", "500.00")):
        insert(
            connection, "gold.rwa_by_class", reporting_date=LAST, exposure_class=name,
            risk_weighted_assets=Decimal(amount),
        )  # fmt: skip
        insert(
            connection, "gold.figure_lineage", reporting_date=LAST, figure="risk_weighted_assets",
            component=name, relation="addend", figure_amount=Decimal("800.00"),
            contribution=Decimal(amount),
        )  # fmt: skip
    insert(
        connection, "gold.capital_adequacy", reporting_date=LAST,
        risk_weighted_assets=Decimal("800.00"), cet1_capital=Decimal("100.00"),
        cet1_ratio=Decimal("0.125000"),
    )  # fmt: skip
    end = LAST + timedelta(days=1)
    for table in ("gold.fact_transactions", "gold.fact_balances"):
        note_load(connection, table, FIRST, end, "run-of-days")
    note_load(connection, "gold.capital_adequacy", FIRST, end, "run-of-month")


def transaction(connection: psycopg.Connection, name: str, day: date, amount: Decimal) -> None:
    """Stores a transaction."""
    insert(
        connection, "gold.fact_transactions", transaction_key=int(name[1:]), transaction_id=name,
        account_id="A1", transaction_date=day, transaction_amount_usd=amount,
    )  # fmt: skip


def load_late(connection: psycopg.Connection) -> None:
    """Loads a transaction of 15 March on the day after the month was closed, and its balances."""
    day = date(2025, 3, 15)
    transaction(connection, "T9", day, LATE)
    connection.execute(
        "update gold.fact_balances set closing_balance = closing_balance + %s"
        " where balance_date >= %s",
        (LATE, day),
    )
    for table in ("gold.fact_transactions", "gold.fact_balances"):
        note_load(connection, table, day, LAST + timedelta(days=1), "run-of-late-day")


def report_again(connection: psycopg.Connection) -> None:
    """Makes the month's figures from the facts of now."""
    connection.execute("update gold.credit_exposures set drawn_amount = drawn_amount + %s", (LATE,))
    for statement in (
        "update gold.fact_risk_metrics set risk_weighted_assets = risk_weighted_assets + %s",
        "update gold.rwa_by_class set risk_weighted_assets = risk_weighted_assets + %s"
        " where exposure_class = 'qrre'",
        "update gold.capital_adequacy set risk_weighted_assets = risk_weighted_assets + %s",
        "update gold.figure_lineage set figure_amount = figure_amount + %s",
        "update gold.figure_lineage set contribution = contribution + %s where component = 'qrre'",
    ):
        connection.execute(statement.encode(), (LATE_WEIGHTED,))
    connection.execute(
        "update gold.capital_adequacy"
        " set cet1_ratio = round(cet1_capital / risk_weighted_assets, 6)"
    )
    note_load(
        connection, "gold.capital_adequacy", FIRST, LAST + timedelta(days=1), "run-of-restatement"
    )
