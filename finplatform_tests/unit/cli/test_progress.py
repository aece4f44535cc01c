"""Progress: what runs is said while it runs, on a terminal and in a log."""

import io
import time
from collections.abc import Callable

import dagster as dg
import pytest
from rich.console import Console

from finplatform.cli import progress
from finplatform.cli.progress import RunProgress
from finplatform_tests.waiting import wait_until


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    monkeypatch.setattr(progress, "console", lambda _: Console(file=stream, width=200))
    return stream


def _run(on_event: Callable[[dg.DagsterEvent], None], body: Callable[[], None]) -> None:
    @dg.asset
    def slow() -> None:
        body()

    with dg.DagsterInstance.ephemeral() as instance:
        job = dg.Definitions(assets=[slow], jobs=[dg.define_asset_job("all")]).resolve_job_def(
            "all"
        )
        instance.add_event_listener(
            "8a0a3cf5-44a3-4f08-8b2b-d6f0a2c3a7ee",
            lambda entry: on_event(entry.dagster_event) if entry.dagster_event else None,
        )
        job.execute_in_process(
            instance=instance,
            run_id="8a0a3cf5-44a3-4f08-8b2b-d6f0a2c3a7ee",
            raise_on_error=False,
        )


def test_where_no_line_moves_a_long_step_is_named_again_and_again(said: io.StringIO) -> None:
    def body() -> None:
        wait_until(lambda: said.getvalue().count("running ") >= 2, "two lines are printed")

    with RunProgress("daily", quiet_seconds=0.01) as shown:
        _run(shown.on_event, body)
    lines = [text for text in said.getvalue().splitlines() if "running" in text]
    assert all("slow" in text for text in lines)


def test_what_runs_is_named_before_its_first_step(said: io.StringIO) -> None:
    with RunProgress("daily 2025-01-01"):
        assert said.getvalue() == "daily 2025-01-01\n"


def test_nothing_is_printed_once_a_run_is_over(said: io.StringIO) -> None:
    with RunProgress("daily", quiet_seconds=0.01) as shown:
        _run(shown.on_event, lambda: None)
    after = said.getvalue()
    time.sleep(0.05)
    assert said.getvalue() == after


def test_a_failed_step_has_a_line_however_short_it_was(said: io.StringIO) -> None:
    def body() -> None:
        raise KeyError("amount")

    with RunProgress("daily") as shown:
        _run(shown.on_event, body)
    assert "failed slow" in said.getvalue()
