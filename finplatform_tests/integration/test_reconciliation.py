"""Two tables with the same totals, and what is noticed when they differ."""

from datetime import date

import psycopg
import pytest

from finplatform.orchestration.checks.reconciliation import ROWS, same_totals, total
from finplatform.windows import Window

pytestmark = pytest.mark.integration

SAME = same_totals(
    "sent.payments",
    "kept.payments",
    {"rows": ROWS, "amount": total("amount"), "parts": (total("amount"), total("part_amount"))},
    name="payments_arrive",
    description="Payments are those that were sent.",
    date_column="day",
)
TABLES = """
create schema sent;
create schema kept;
create table sent.payments (day timestamptz, amount numeric(18, 2));
create table kept.payments (day date, amount numeric(18, 2), part_amount numeric(18, 2));
insert into sent.payments
select timestamptz '2025-01-01 23:30:00' + n % 3 * interval '1 day', n from generate_series(1, 9) n;
insert into kept.payments
select date '2025-01-01' + n % 3, n, n from generate_series(1, 9) n;
"""


def _different(url: str, change: str = "", window: Window | None = None) -> dict[str, int]:
    """Left less right of the totals that differ."""
    with psycopg.connect(url) as connection:
        connection.execute(TABLES.encode())
        if change:
            connection.execute(change.encode())
        rows = connection.execute(SAME.sql(window).encode()).fetchall()
    assert [row[0] for row in rows] == ["rows", "amount", "parts", "days that differ"]
    return {what: int(left - right) for what, left, right in rows if left != right}


def test_tables_with_the_same_totals_agree(postgres_url: str) -> None:
    assert _different(postgres_url) == {}


def test_empty_tables_agree(postgres_url: str) -> None:
    assert _different(postgres_url, "truncate sent.payments, kept.payments") == {}


@pytest.mark.parametrize(
    ("change", "different"),
    [
        (
            "delete from kept.payments where amount = 9",
            {"rows": 1, "amount": 9, "parts": 9, "days that differ": 1},
        ),
        (
            "insert into kept.payments values ('2025-02-01', 0, 0)",
            {"rows": -1, "days that differ": 1},
        ),
        (
            "update kept.payments set part_amount = 0 where amount = 2",
            {"parts": 2, "days that differ": 1},
        ),
        # What one day has too little another has too much: only the days tell.
        (
            "update kept.payments set day = day + 1 where amount in (3, 4)",
            {"days that differ": 3},
        ),
    ],
)
def test_a_difference_is_found(postgres_url: str, change: str, different: dict[str, int]) -> None:
    assert _different(postgres_url, change) == different


def test_days_outside_the_window_do_not_count(postgres_url: str) -> None:
    change = "delete from kept.payments where day = '2025-01-03'"
    assert _different(postgres_url, change, Window.day(date(2025, 1, 1))) == {}
