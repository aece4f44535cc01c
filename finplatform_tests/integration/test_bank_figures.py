"""Figures of the bank beside published ranges, read from tables made by hand."""

import psycopg
import pytest

from finplatform.bench.bank_figures import bank_figures

pytestmark = pytest.mark.integration

_TABLES = """
create schema gold;
create table gold.capital_adequacy (
    reporting_date date, cet1_ratio numeric, cet1_capital numeric, provision_shortfall numeric,
    risk_weighted_assets numeric, operational_risk_weighted_assets numeric
);
create table gold.credit_exposures (
    exposure_id text, reporting_date date, product_type text, is_defaulted boolean
);
create table gold.expected_credit_loss (
    exposure_id text, reporting_date date, allowance numeric
);
create table gold.fact_risk_metrics (
    exposure_id text, reporting_date date, exposure_class text, product_type text,
    is_defaulted boolean, drawn_amount numeric, undrawn_amount numeric, exposure_amount numeric,
    irb_risk_weighted_assets numeric, sa_risk_weighted_assets numeric
);
create table gold.fact_ledger (
    report_date date, account_type text, account_group text, natural_balance numeric,
    natural_movement numeric
);
create table gold.fact_transactions (
    transaction_type text, is_completed boolean, is_fraud boolean, transaction_amount_abs numeric
);
create table gold.leverage (reporting_date date, leverage_ratio numeric);
create table gold.loan_ledger_reconciliation (
    reporting_date date, posted_allowance numeric, proposed_posting numeric
);
create table gold.market_risk (reporting_date date, portfolio text, value_at_risk numeric);
insert into gold.capital_adequacy values
    ('2025-04-30', 0.2, 900, 0, 5000, 500), ('2026-04-30', 0.15, 750, 15, 5000, 500);
insert into gold.fact_risk_metrics values
    ('A', '2026-04-30', 'residential_mortgage', 'MORTGAGE', false, 9000, 0, 9000, 1800, 2700),
    ('B', '2026-04-30', 'residential_mortgage', 'MORTGAGE', true, 800, 0, 800, 0, 800),
    ('C', '2026-04-30', 'qrre', 'CREDIT_CARD', true, 200, 0, 200, 0, 200),
    ('B', '2026-03-31', 'residential_mortgage', 'MORTGAGE', true, 900, 0, 900, 0, 900);
insert into gold.expected_credit_loss values
    ('A', '2026-04-30', 300), ('B', '2026-04-30', 280), ('C', '2026-04-30', 140),
    ('B', '2026-03-31', 630);
insert into gold.credit_exposures
select exposure_id, reporting_date, product_type, is_defaulted from gold.fact_risk_metrics;
insert into gold.loan_ledger_reconciliation values
    ('2025-04-30', 600, 100), ('2026-04-30', 720, 130);
insert into gold.fact_ledger values
    ('2025-05-31', 'EXPENSE', 'CREDIT_LOSS', 0, 20),
    ('2026-04-30', 'EXPENSE', 'CREDIT_LOSS', 0, 10),
    ('2025-05-31', 'ASSET', 'LOANS', 10000, 0),
    ('2026-04-30', 'ASSET', 'LOANS', 10000, 0);
insert into gold.leverage values ('2026-04-30', 0.06);
"""


@pytest.fixture
def figures(postgres_url: str) -> dict[str, float | None]:
    with psycopg.connect(postgres_url) as connection:
        connection.execute(_TABLES)
        return {one.figure: one.value for one in bank_figures(connection)}


def test_coverage_counts_the_allowance_of_what_is_in_default_alone(
    figures: dict[str, float | None],
) -> None:
    assert figures["coverage"] == pytest.approx((280 + 140) / (800 + 200))
    assert figures["allowance_to_expected_loss"] == pytest.approx(1.0)


def test_figures_are_those_of_the_last_month_end_and_flows_of_the_year_up_to_it(
    figures: dict[str, float | None],
) -> None:
    assert figures["cet1_ratio"] == 0.15
    assert figures["defaulted_share"] == pytest.approx(1_000 / 10_000)
    assert figures["mortgage_irb_weight"] == pytest.approx(0.2)
    # Booked in the year, and what the entry of the month end has grown by.
    assert figures["cost_of_risk"] == pytest.approx((30 + 130 - 100) / 10_000)
    assert figures["shortfall_to_cet1"] == pytest.approx(15 / 750)
