"""Checks that a run announces are checks that it makes."""

import psycopg
import pytest

from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration

VERDICTS = """
select bool_or(execution_status = 'SUCCEEDED'), bool_or(execution_status = 'FAILED')
from asset_check_executions
group by run_id, asset_key, check_name
"""
"""By check of a run. Dagster announces a check once a month of the run, and judges it once."""


def test_every_check_that_a_run_announced_has_a_verdict(built_bank: BuiltBank) -> None:
    """A dbt test that dbt leaves out of a definition's run would stay announced for ever."""
    with psycopg.connect(built_bank.dagster_url) as connection:
        verdicts = connection.execute(VERDICTS.encode()).fetchall()
    assert all(succeeded or failed for succeeded, failed in verdicts)
    assert sum(succeeded for succeeded, _ in verdicts) > 300
