"""`ops.load_log` has a row each time that rows of a table were stored, whoever stores them."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from finplatform_tests.integration.bank import BuiltBank
from finplatform_tests.small_platform import FIRST, SECOND, SmallPlatform

pytestmark = pytest.mark.integration

LOGGED = """
select run_id, table_name, window_start, window_end, rows_in::int, rows_rejected::int,
    rows_out::int, checksum
from ops.load_log order by load_id
"""


@pytest.fixture
def platform(postgres_url: str, tmp_path: Path) -> Iterator[SmallPlatform]:
    with dg.DagsterInstance.ephemeral() as instance:
        made = SmallPlatform(postgres_url, tmp_path, instance)
        made.bank.amounts = {FIRST: "1.00", SECOND: "2.00"}
        yield made


def test_a_table_of_python_is_logged_with_its_window_rows_and_checksum(
    platform: SmallPlatform,
) -> None:
    result = platform.run("readings", day=FIRST, last=SECOND)
    ((*logged, checksum),) = platform.rows(LOGGED)
    assert logged == [result.run_id, "gold.readings", FIRST, date(2025, 1, 3), 2, 0, 2]
    (verdict,) = result.get_asset_check_evaluations()
    assert verdict.metadata["checksum"].value == checksum


def test_the_same_rows_have_the_same_checksum_and_others_another(platform: SmallPlatform) -> None:
    platform.run("readings", day=FIRST, last=SECOND)
    platform.run("readings", day=FIRST, last=SECOND)
    platform.bank.amounts[SECOND] = "2.01"
    platform.run("readings", day=FIRST, last=SECOND)
    first, again, other = (row[-1] for row in platform.rows(LOGGED))
    assert first == again != other


def test_a_load_whose_step_fails_before_it_stores_is_not_logged(platform: SmallPlatform) -> None:
    platform.run("readings", day=FIRST)
    platform.bank.breaks = True
    assert not platform.run("doubles", day=FIRST).success
    assert [row[1] for row in platform.rows(LOGGED)] == ["gold.readings"]


def test_every_stored_table_of_a_bank_is_logged_with_a_checksum(built_bank: BuiltBank) -> None:
    with psycopg.connect(built_bank.url) as connection:
        stored = connection.execute(
            "select distinct schemaname || '.' || relname from pg_stat_user_tables"
            " where schemaname in ('bronze', 'silver', 'gold') and n_tup_ins > 0"
        ).fetchall()
        logged = connection.execute(
            "select table_name, bool_and(checksum is not null), bool_and(load_seconds >= 0)"
            " from ops.load_log group by table_name"
        ).fetchall()
    assert {name for (name,) in stored} - {name for name, _, _ in logged} == set()
    assert [row for row in logged if not (row[1] and row[2])] == []


def test_loads_of_bronze_are_logged_as_their_batches_say(built_bank: BuiltBank) -> None:
    query = """
        select table_name, window_start, rows_in, rows_out, rows_rejected from ops.load_log
        where table_name like 'bronze.%' and rows_in is not null
        except
        select 'bronze.' || table_name, window_start, rows_read, rows_loaded, rows_rejected
        from ops.loads
    """
    with psycopg.connect(built_bank.url) as connection:
        assert connection.execute(query.encode()).fetchall() == []
