"""Progress of a run, told step by step.

Belongs here: turning Dagster's events into lines for people.
"""

import sys
import time
from types import TracebackType

import dagster as dg
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from finplatform.cli.output import console, styled


class RunProgress:
    """Shows the running step, and a line for each that is over.

    Args:
        title: What is being run.
    """

    def __init__(self, title: str) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            # Bound to the stream of now: during a run, what is printed goes to the run's log.
            console=console(sys.stderr),
        )
        self._title = title
        self._started: dict[str, float] = {}

    def __enter__(self) -> "RunProgress":
        self._progress.start()
        self._task = self._progress.add_task(self._title)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def on_event(self, event: dg.DagsterEvent) -> None:
        """Takes one event of the run."""
        step = event.step_key or ""
        if event.event_type is dg.DagsterEventType.STEP_START:
            self._started[step] = time.monotonic()
            self._progress.update(self._task, description=f"{self._title}: {step}")
        elif event.event_type in (
            dg.DagsterEventType.STEP_SUCCESS,
            dg.DagsterEventType.STEP_FAILURE,
        ):
            seconds = time.monotonic() - self._started.get(step, time.monotonic())
            good = event.event_type is dg.DagsterEventType.STEP_SUCCESS
            mark = ("done", "green") if good else ("failed", "red")
            if seconds >= 1 or not good:
                self._progress.console.print(styled("  ", mark, f" {step} {seconds:.1f} s"))
