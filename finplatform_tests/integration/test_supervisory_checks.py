"""The checks of supervisory templates notice a rule that fails and a total that differs."""

import psycopg
import pytest

from finplatform.orchestration.checks.supervisory_checks import SUPERVISORY_CHECKS

pytestmark = pytest.mark.integration

CHECKS = {check.name: check for check in SUPERVISORY_CHECKS}
TABLES = """
create schema gold;
create table gold.supervisory_rules (
    reporting_date date, rule_id text, severity text, outcome text, detail text
);
insert into gold.supervisory_rules values
    ('2026-06-30', 'v1', 'error', 'passed', null),
    ('2026-06-30', 'v2', 'warning', 'vacuous', 'none'),
    ('2026-09-30', 'v1', 'error', 'passed', '1 fail');
create table gold.supervisory_cells (
    reporting_date date, table_code text, row_code text, column_code text, sheet text,
    amount numeric(24, 6), gap_reason text, source text
);
insert into gold.supervisory_cells values
    ('2026-06-30', 'C_01.00', '0010', '0010', 'all', 100, null, 'gold.own_funds'),
    ('2026-06-30', 'C_02.00.a', '0010', '0010', 'all', 900, null, 'gold.output_floor'),
    ('2026-06-30', 'C_02.00.a', '0040', '0010', 'all', 700, null, 'rows'),
    ('2026-06-30', 'C_08.01.a', '0010', '0280', 'eba_qAE:qx01', 5, null, 'loans'),
    ('2026-06-30', 'C_08.01.a', '0010', '0280', 'eba_qAE:qx2013', 4, null, 'loans'),
    ('2026-06-30', 'C_47.00', '0290', '0010', 'all', 1000, null, 'gold.leverage'),
    ('2026-06-30', 'C_47.00', '0010', '0010', 'all', null, 'none held', null);
create table gold.own_funds (reporting_date date, counted_amount numeric(18, 2));
insert into gold.own_funds values ('2026-06-30', 130), ('2026-06-30', -30), ('2026-09-30', 9);
create table gold.output_floor (reporting_date date, risk_weighted_assets numeric(18, 2));
insert into gold.output_floor values ('2026-06-30', 900);
create table gold.rwa_by_class (
    reporting_date date, risk_type text, approach text, risk_weighted_assets numeric(18, 2),
    expected_loss numeric(18, 2)
);
insert into gold.rwa_by_class values
    ('2026-06-30', 'credit', 'IRB', 500, 5), ('2026-06-30', 'credit', 'SA', 200, 1),
    ('2026-06-30', 'market', 'SA', 200, 0);
create table gold.leverage (reporting_date date, exposure_measure numeric(18, 2));
insert into gold.leverage values ('2026-06-30', 1000);
"""


def _different(url: str, name: str, change: str = "") -> set[str]:
    """What the two sides of a check differ in."""
    with psycopg.connect(url) as connection:
        connection.execute(TABLES.encode())
        if change:
            connection.execute(change.encode())
        rows = connection.execute(CHECKS[name].sql(None).encode()).fetchall()
    return {what for what, left, right in rows if left != right}


@pytest.mark.parametrize("name", list(CHECKS))
def test_templates_that_are_right_pass(postgres_url: str, name: str) -> None:
    assert _different(postgres_url, name) == set()


@pytest.mark.parametrize(
    ("outcome", "different"),
    [
        (
            "failed",
            {"errors", "failing v1 (1 fail)", "dates on which no rule passes"},
        ),
        ("not_evaluated", {"dates on which no rule passes"}),
    ],
)
def test_a_rule_that_fails_and_a_date_without_a_comparison_are_noticed(
    postgres_url: str, outcome: str, different: set[str]
) -> None:
    change = (
        f"update gold.supervisory_rules set outcome = '{outcome}'"
        " where reporting_date = '2026-09-30'"
    )
    assert _different(postgres_url, "no_rule_fails", change) == different


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("update gold.own_funds set counted_amount = counted_amount + 1", "own funds"),
        ("update gold.output_floor set risk_weighted_assets = 1", "risk exposure"),
        ("update gold.rwa_by_class set risk_weighted_assets = 1", "credit risk"),
        ("update gold.rwa_by_class set expected_loss = 1", "expected loss"),
        ("update gold.leverage set exposure_measure = 1", "leverage exposure"),
        (
            "update gold.supervisory_cells set gap_reason = null",
            "cells with neither figure nor reason",
        ),
        (
            "update gold.supervisory_cells set source = null where row_code = '0040'",
            "figures without source",
        ),
    ],
)
def test_what_differs_is_named(postgres_url: str, change: str, what: str) -> None:
    found = _different(postgres_url, "templates_equal_reports", change)
    assert what in found


def test_a_warning_that_fails_is_named_and_does_not_block(postgres_url: str) -> None:
    change = "update gold.supervisory_rules set outcome = 'failed' where severity = 'warning'"
    assert _different(postgres_url, "no_rule_fails", change) == set()
