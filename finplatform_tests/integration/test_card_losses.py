"""Defaults and recoveries of cards as `gold.loss_parameters` reads them, on tables made by hand."""

from datetime import date

import psycopg
import pytest

from finplatform.orchestration.assets.risk import card_losses

pytestmark = pytest.mark.integration

_TABLES = """
create schema gold;
create schema silver;
create table gold.credit_exposures (
    exposure_id text, account_id text, exposure_type text, product_type text,
    reporting_date date, is_defaulted boolean, drawn_amount numeric, interest_rate numeric
);
create table gold.dim_account (
    account_id text, is_current boolean, closing_date date
);
create table silver.stg_transactions (
    account_id text, transaction_date date, direction smallint, status text,
    account_amount numeric, description text
);
insert into gold.credit_exposures values
    ('C-A', 'A', 'CREDIT_CARD', 'CREDIT_CARD', '2025-03-31', false, 900, 0.2),
    ('C-A', 'A', 'CREDIT_CARD', 'CREDIT_CARD', '2025-04-30', true, 1050, 0.2),
    ('C-A', 'A', 'CREDIT_CARD', 'CREDIT_CARD', '2025-05-31', true, 1080, 0.2),
    ('C-B', 'B', 'CREDIT_CARD', 'CREDIT_CARD', '2025-04-30', true, 500, 0.2),
    ('C-C', 'C', 'CREDIT_CARD', 'CREDIT_CARD', '2025-04-30', false, 500, 0.2),
    ('L-D', 'D', 'LOAN', 'PERSONAL_LOAN', '2025-04-30', true, 700, 0.1);
insert into gold.dim_account values
    ('A', false, null), ('A', true, '2025-06-15'), ('B', true, '2025-07-20'), ('C', true, null);
insert into silver.stg_transactions values
    ('A', '2025-03-10', 1, 'COMPLETED', 100, 'CREDIT CARD PAYMENT'),
    ('A', '2025-06-15', 1, 'COMPLETED', 400, 'CARD DEBT SETTLED'),
    ('A', '2025-06-15', 1, 'COMPLETED', 680, 'Charge-off'),
    ('A', '2025-06-14', 1, 'FAILED', 50, 'CREDIT CARD PAYMENT'),
    ('A', '2025-05-31', -1, 'COMPLETED', 29, 'LATE PAYMENT FEE'),
    ('B', '2025-07-20', 1, 'COMPLETED', 60, null),
    ('C', '2025-06-01', 1, 'COMPLETED', 500, 'CREDIT CARD PAYMENT');
"""


@pytest.fixture
def book(postgres_url: str) -> psycopg.Connection:
    connection = psycopg.connect(postgres_url)
    connection.execute(_TABLES)
    return connection


def test_a_default_is_the_first_month_end_and_closes_with_its_account(
    book: psycopg.Connection,
) -> None:
    rows = book.execute(card_losses.DEFAULTS.format(last="2025-06-30").encode()).fetchall()
    assert rows == [
        ("C-A", "CREDIT_CARD", date(2025, 4, 30), date(2025, 6, 15), 0.2, 1050.0),
        # Closed later than what is known on the day.
        ("C-B", "CREDIT_CARD", date(2025, 4, 30), None, 0.2, 500.0),
    ]
    book.close()


def test_only_money_that_came_in_after_default_is_a_recovery(book: psycopg.Connection) -> None:
    rows = book.execute(card_losses.RECOVERIES.format(last="2025-06-30").encode()).fetchall()
    assert rows == [("C-A", date(2025, 6, 15), 400.0)]
    later = book.execute(card_losses.RECOVERIES.format(last="2025-07-31").encode()).fetchall()
    assert later[1:] == [("C-B", date(2025, 7, 20), 60.0)]
    book.close()
