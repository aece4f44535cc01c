"""Checks that a run announces are checks that it makes."""

import psycopg
import pytest

from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration


def test_every_check_that_a_run_announced_has_a_verdict(built_bank: BuiltBank) -> None:
    """A dbt test that dbt leaves out of a part's run would stay announced for ever."""
    with psycopg.connect(built_bank.dagster_url) as connection:
        states = dict(
            connection.execute(
                "select execution_status, count(*) from asset_check_executions group by 1"
            ).fetchall()
        )
    assert states.keys() <= {"SUCCEEDED", "FAILED"}
    assert states["SUCCEEDED"] > 300
