"""Events of runs are taken once and in order, while a run goes on and after it has ended."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from finplatform.orchestration.run_events import new_events
from finplatform_tests.small_platform import FIRST, SECOND, SmallPlatform

pytestmark = pytest.mark.integration


@pytest.fixture
def platform(postgres_url: str, tmp_path: Path) -> Iterator[SmallPlatform]:
    with dg.DagsterInstance.ephemeral() as instance:
        made = SmallPlatform(postgres_url, tmp_path, instance)
        made.bank.amounts = {FIRST: "1.00", SECOND: "1.00"}
        yield made


def taken(platform: SmallPlatform, *, commits: bool = True) -> list[str]:
    """Kinds of the new events."""
    with psycopg.connect(platform.url) as connection:
        found = new_events(connection, platform.instance, datetime.now(UTC))
        numbers = [event.number for event in found]
        assert numbers == sorted(numbers)
        if not commits:
            connection.rollback()
        return [event.event.event_type_value for event in found]


WHOLE_RUN = ["ASSET_CHECK_EVALUATION", "STEP_SUCCESS", "PIPELINE_SUCCESS"]


def test_the_events_of_a_run_are_taken_once(platform: SmallPlatform) -> None:
    platform.run("readings", day=FIRST)
    assert taken(platform) == WHOLE_RUN
    assert taken(platform) == []
    platform.run("readings", day=SECOND)
    assert taken(platform) == WHOLE_RUN


def test_what_was_not_committed_is_taken_again(platform: SmallPlatform) -> None:
    platform.run("readings", day=FIRST)
    assert taken(platform, commits=False) == WHOLE_RUN
    assert taken(platform) == WHOLE_RUN


def test_verdicts_are_taken_while_their_run_goes_on_and_not_again(platform: SmallPlatform) -> None:
    inside: list[list[str]] = []

    @dg.asset(deps=[dg.AssetKey(["gold", "readings"])])
    def looks() -> None:
        inside.append(taken(platform))

    result = dg.materialize(
        [platform.assets["readings"], looks],
        instance=platform.instance,
        resources=platform.resources,
        partition_key=FIRST.isoformat(),
    )
    assert result.success
    assert inside == [["ASSET_CHECK_EVALUATION"]]
    assert taken(platform) == ["STEP_SUCCESS", "STEP_SUCCESS", "PIPELINE_SUCCESS"]


def test_runs_of_before_the_first_load_are_left(postgres_url: str, tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:

        @dg.asset
        def earlier() -> None:
            """Of a warehouse before this one."""

        platform = SmallPlatform(postgres_url, tmp_path, instance)
        with psycopg.connect(postgres_url) as connection:
            connection.execute("update ops.run_place set changed_at = now() + interval '1 day'")
        assert dg.materialize([earlier], instance=instance).success
        assert taken(platform) == []


def test_a_run_that_is_tried_again_is_no_incident_yet(platform: SmallPlatform) -> None:
    platform.bank.breaks = True
    result = platform.run("readings", "doubles", day=FIRST)
    platform.instance.add_run_tags(result.run_id, {"dagster/will_retry": "true"})
    platform.follow()
    assert platform.incidents() == []
    platform.run("doubles", day=FIRST)
    platform.follow()
    assert [incident.subject for incident in platform.incidents()] == ["gold.doubles"]


def test_a_run_that_fails_before_its_steps_is_an_incident_of_its_job(
    platform: SmallPlatform,
) -> None:
    @dg.resource
    def broken() -> None:
        raise ValueError("no such place")

    @dg.op(required_resource_keys={"place"})
    def uses() -> None:
        """Is never reached."""

    @dg.job(resource_defs={"place": broken})
    def nightly() -> None:
        uses()

    @dg.job(name="nightly")
    def mended() -> None:
        """Does nothing, well."""

    assert not nightly.execute_in_process(instance=platform.instance, raise_on_error=False).success
    platform.follow()
    (incident,) = platform.incidents()
    assert incident.title == "Job nightly failed before any step did"
    assert mended.execute_in_process(instance=platform.instance).success
    platform.follow()
    assert platform.incidents(ended=False) == []


def test_how_runs_ended_is_counted_by_job(platform: SmallPlatform) -> None:
    for day in (FIRST, SECOND):
        platform.run("readings", day=day)
    platform.bank.breaks = True
    platform.run("doubles", day=FIRST)
    for _ in range(3):
        platform.follow()
    assert platform.rows(
        "select job_name, status, run_count::int from ops.run_tallies order by status"
    ) == [("chosen_assets", "FAILURE", 1), ("chosen_assets", "SUCCESS", 2)]
