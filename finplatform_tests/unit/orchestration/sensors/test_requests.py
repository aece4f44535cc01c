"""Run requests of what has arrived: their partitions, their assets and their keys."""

import json
from collections.abc import Iterator
from datetime import date, timedelta

import dagster as dg
import pytest

from finplatform.ingest.backlog import PendingChange
from finplatform.orchestration.downstream import DownstreamAssets
from finplatform.orchestration.jobs import DAILY_JOB, ENTITIES_JOB
from finplatform.orchestration.partitions import RANGE_END_TAG, RANGE_START_TAG, Partitions
from finplatform.orchestration.sensors.requests import (
    ARRIVAL_TAG,
    RequestContext,
    day_requests,
    entity_request,
    result_of,
)
from finplatform.orchestration.sensors.source_changes import (
    OF_DAYS,
    OF_ENTITIES,
    change_requests,
)

TODAY = date(2025, 6, 1)
FIRST, LAST = date(2025, 1, 1), date(2025, 5, 31)
CUSTOMERS, TRANSACTIONS, PAYMENTS = (
    dg.AssetKey(["bronze", name]) for name in ("customers", "transactions", "payments")
)
PERSONS, FACTS, FLOWS, MART = (
    dg.AssetKey(["gold", name]) for name in ("persons", "facts", "flows", "mart")
)
READERS = DownstreamAssets(
    {
        CUSTOMERS: frozenset({PERSONS}),
        PERSONS: frozenset({FACTS}),
        TRANSACTIONS: frozenset({FACTS}),
        PAYMENTS: frozenset({FLOWS}),
        FACTS: frozenset({MART}),
    },
    of_days=frozenset({CUSTOMERS, PERSONS, TRANSACTIONS, PAYMENTS, FACTS, FLOWS}),
    of_entities=frozenset({CUSTOMERS, PERSONS}),
)
ASKING = RequestContext(READERS, TODAY)
DAYS = Partitions.of_history(FIRST, LAST).daily


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def marks(*days: date, tables: tuple[str, ...] = ("transactions",)) -> dict[date, dict[str, str]]:
    return {day: dict.fromkeys(tables, "m") for day in days}


def covered(request: dg.RunRequest) -> tuple[str, str]:
    """First and last day of a request."""
    if request.partition_key is not None:
        return request.partition_key, request.partition_key
    return request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]


def test_late_days_run_their_own_partitions_and_what_is_made_from_the_table() -> None:
    found = day_requests(marks(date(2025, 2, 28), LAST), ASKING, OF_DAYS)
    assert [covered(one) for one in found] == [("2025-02-28",) * 2, ("2025-05-31",) * 2]
    assert {one.job_name for one in found} == {DAILY_JOB}
    assert [one.asset_selection for one in found] == [[TRANSACTIONS, FACTS]] * 2


def test_days_without_a_gap_are_one_run() -> None:
    days = [FIRST + timedelta(days=n) for n in (0, 1, 2, 4)]
    found = day_requests(marks(*days), ASKING, OF_DAYS)
    assert [covered(one) for one in found] == [
        ("2025-01-01", "2025-01-03"),
        ("2025-01-05", "2025-01-05"),
    ]


def test_days_of_other_tables_are_another_run() -> None:
    given = marks(FIRST) | marks(FIRST + timedelta(days=1), tables=("payments",))
    first, second = day_requests(given, ASKING, OF_DAYS)
    assert (first.asset_selection, second.asset_selection) == (
        [TRANSACTIONS, FACTS],
        [PAYMENTS, FLOWS],
    )


def test_a_backlog_is_asked_for_a_few_runs_at_a_time() -> None:
    every_other = [FIRST + timedelta(days=2 * n) for n in range(40)]
    found = day_requests(marks(*every_other), ASKING, OF_DAYS)
    assert 1 < len(found) < 10
    assert covered(found[0]) == ("2025-01-01", "2025-01-01")


def test_a_key_is_of_the_content_and_of_the_day_that_it_is_asked_on() -> None:
    def key(mark: str, on: date) -> str | None:
        return entity_request({"customers": mark}, RequestContext(READERS, on), OF_ENTITIES).run_key

    assert key("a", TODAY) == key("a", TODAY)
    assert len({key("a", TODAY), key("b", TODAY), key("a", TODAY + timedelta(days=1))}) == 3


def test_a_changed_entity_runs_its_dimension_and_no_fact() -> None:
    request = entity_request({"customers": "a"}, ASKING, OF_ENTITIES)
    assert (request.job_name, request.asset_selection) == (ENTITIES_JOB, [CUSTOMERS, PERSONS])


def test_what_was_asked_for_in_the_last_look_is_not_asked_for_again() -> None:
    request = entity_request({"customers": "a"}, ASKING, OF_ENTITIES)
    first = result_of([request], None)
    assert isinstance(first, dg.SensorResult)
    assert isinstance(result_of([request], first.cursor), dg.SkipReason)
    assert json.loads(first.cursor or "") == [request.run_key]


def test_changes_of_a_day_that_goes_on_wait_for_its_end(instance: dg.DagsterInstance) -> None:
    news = [PendingChange("transactions", TODAY, "a"), PendingChange("transactions", LAST, "b")]
    found = change_requests(news, ASKING, DAYS, instance)
    assert [covered(one) for one in found] == [("2025-05-31", "2025-05-31")]


@pytest.mark.parametrize(
    ("arrival", "jobs"), [(OF_ENTITIES, [DAILY_JOB]), (OF_DAYS, [ENTITIES_JOB]), ("files", None)]
)
def test_no_more_is_asked_for_while_runs_of_its_kind_go_on(
    arrival: str, jobs: list[str] | None, instance: dg.DagsterInstance
) -> None:
    @dg.job(tags={ARRIVAL_TAG: arrival})
    def going_on() -> None:
        pass

    instance.create_run_for_job(
        going_on, status=dg.DagsterRunStatus.STARTED, tags={ARRIVAL_TAG: arrival}
    )
    news = [PendingChange("customers", None, "a"), PendingChange("transactions", LAST, "b")]
    found = change_requests(news, ASKING, DAYS, instance)
    assert [one.job_name for one in found] == (jobs or [ENTITIES_JOB, DAILY_JOB])
