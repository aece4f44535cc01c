"""A blocking check that fails stops what is made from its table, in later runs too."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from finplatform_tests.small_platform import FIRST, SECOND, SmallPlatform

pytestmark = pytest.mark.integration

FEBRUARY = date(2025, 2, 1)


@pytest.fixture
def platform(postgres_url: str, tmp_path: Path) -> Iterator[SmallPlatform]:
    with dg.DagsterInstance.ephemeral() as instance:
        made = SmallPlatform(postgres_url, tmp_path, instance)
        made.bank.amounts = {FIRST: "-1.00", SECOND: "1.00", FEBRUARY: "1.00"}
        yield made


def reason(result: dg.ExecuteInProcessResult) -> str:
    (failure,) = (event for event in result.all_events if event.is_step_failure)
    data = failure.step_failure_data.user_failure_data
    return (data.description or "") if data else ""


def test_later_runs_do_not_read_the_table_until_it_is_mended(platform: SmallPlatform) -> None:
    assert not platform.run("readings", "doubles", day=FIRST).success
    held = platform.run("doubles", day=FIRST)
    assert not held.success
    assert "gold.readings may not be read" in reason(held)
    assert platform.bank.made == []
    platform.bank.amounts[FIRST] = "2.00"
    assert platform.run("readings", day=FIRST).success
    assert platform.run("doubles", day=FIRST).success
    assert platform.bank.made == ["doubles"]


def test_one_run_that_mends_the_table_may_read_it(platform: SmallPlatform) -> None:
    assert not platform.run("readings", day=FIRST).success
    platform.bank.amounts[FIRST] = "2.00"
    assert platform.run("readings", "doubles", day=FIRST).success


def test_days_and_months_that_are_well_are_made_meanwhile(platform: SmallPlatform) -> None:
    assert not platform.run("readings", day=FIRST).success
    assert platform.run("readings", "doubles", day=SECOND).success
    assert platform.run("readings", day=FEBRUARY).success
    assert platform.run("months", day=FEBRUARY).success
    assert not platform.run("months", day=FIRST).success
    assert not platform.run("totals").success
    assert platform.bank.made == ["doubles", "months"]


def test_a_range_that_fails_is_mended_day_by_day(platform: SmallPlatform) -> None:
    platform.bank.amounts = {FIRST: "-1.00", SECOND: "-1.00"}
    assert not platform.run("readings", day=FIRST, last=SECOND).success
    platform.bank.amounts = {FIRST: "1.00", SECOND: "1.00"}
    assert platform.run("readings", day=FIRST).success
    assert not platform.run("totals").success
    assert platform.run("readings", day=SECOND).success
    assert platform.run("totals").success


def test_a_step_that_would_read_a_held_table_is_not_tried_again(platform: SmallPlatform) -> None:
    assert not platform.run("readings", day=FIRST).success
    held = platform.run("totals")
    assert not any(event.is_step_up_for_retry for event in held.all_events)
    (failure,) = (event for event in held.all_events if event.is_step_failure)
    assert failure.step_failure_data.user_failure_data is not None


def test_a_check_that_there_is_no_more_holds_nothing(platform: SmallPlatform) -> None:
    assert not platform.run("readings", day=FIRST).success
    platform.follow()
    graph = platform.graph
    gone = next(check for check in graph.checks if check.asset_key.path[-1] == "readings")
    platform.graph = type(graph)(graph.partitions, graph.checks - {gone}, graph.steps)
    platform.follow()
    assert [incident.ended_at is None for incident in platform.incidents()] == [False]
