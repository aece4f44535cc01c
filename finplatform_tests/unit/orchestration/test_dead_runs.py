"""Runs whose code server is gone are ended, and no other."""

import dagster as dg
import pytest

from finplatform.orchestration.dead_runs import SERVED_TAG, end_dead_runs

STATUS = dg.DagsterRunStatus


@dg.job
def nothing() -> None:
    """A job without steps."""


def ended(status: dg.DagsterRunStatus, **tags: str) -> dg.DagsterRunStatus:
    """Status of a run after runs that are dead were ended."""
    with dg.DagsterInstance.ephemeral() as instance:
        made = instance.create_run_for_job(nothing, status=status, tags=tags)
        found = end_dead_runs(instance)
        run = instance.get_run_by_id(made.run_id)
    assert run is not None
    assert (run.run_id in found) is (run.status is not status)
    return run.status


@pytest.mark.parametrize("status", [STATUS.STARTING, STATUS.STARTED])
def test_a_run_that_lost_its_process_has_failed(status: dg.DagsterRunStatus) -> None:
    assert ended(status, **{SERVED_TAG: "{}"}) is STATUS.FAILURE


def test_a_run_that_was_to_be_cancelled_is() -> None:
    assert ended(STATUS.CANCELING, **{SERVED_TAG: "{}"}) is STATUS.CANCELED


@pytest.mark.parametrize("status", [STATUS.NOT_STARTED, STATUS.SUCCESS, STATUS.FAILURE])
def test_what_waits_or_has_ended_stays(status: dg.DagsterRunStatus) -> None:
    assert ended(status, **{SERVED_TAG: "{}"}) is status


def test_a_run_of_a_command_is_none_of_a_code_server() -> None:
    assert ended(STATUS.STARTED) is STATUS.STARTED
