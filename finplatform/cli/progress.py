"""Progress of a run, step by step, from Dagster's events."""

import sys
import threading
import time
from types import TracebackType

import dagster as dg
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from finplatform.cli.output import console, styled

QUIET_SECONDS = 60.0
"""Maximum time between lines without a terminal."""


class RunProgress:
    """Shows the running steps with their times, and a line for each that is over.

    A terminal has a live line; elsewhere, such as in the log of a scheduler, a line periodically
    lists the running steps.

    Args:
        title: Name of the run.
        quiet_seconds: Seconds between these lines.
    """

    def __init__(self, title: str, quiet_seconds: float = QUIET_SECONDS) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            # Bound to the stream of now: during a run, what is printed goes to the run's log.
            console=console(sys.stderr),
        )
        self._title = title
        self._started: dict[str, float] = {}
        self._made: dict[str, set[dg.AssetKey]] = {}
        self._tasks: dict[str, TaskID] = {}
        self._quiet_seconds = quiet_seconds
        self._ended = threading.Event()
        self._reminder = threading.Thread(target=self._remind, name="progress", daemon=True)

    def __enter__(self) -> "RunProgress":
        self._progress.start()
        self._progress.add_task(self._title)
        if not self._progress.console.is_terminal:
            self._progress.console.print(styled(self._title))
            self._reminder.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._reminder.is_alive():
            self._reminder.join()
        self._progress.stop()

    def on_event(self, event: dg.DagsterEvent) -> None:
        """Takes one event of the run."""
        step = event.step_key or ""
        if event.event_type is dg.DagsterEventType.STEP_START:
            self._started[step] = time.monotonic()
            self._tasks[step] = self._progress.add_task(f"  {step}")
        elif event.event_type is dg.DagsterEventType.ASSET_MATERIALIZATION:
            self._note_made(step, event)
        elif event.event_type in (
            dg.DagsterEventType.STEP_SUCCESS,
            dg.DagsterEventType.STEP_FAILURE,
        ):
            seconds = time.monotonic() - self._started.pop(step, time.monotonic())
            if step in self._tasks:
                self._progress.remove_task(self._tasks.pop(step))
            good = event.event_type is dg.DagsterEventType.STEP_SUCCESS
            mark = ("done", "green") if good else ("failed", "red")
            if seconds >= 1 or not good:
                self._progress.console.print(styled("  ", mark, f" {step} {seconds:.1f} s"))

    def _note_made(self, step: str, event: dg.DagsterEvent) -> None:
        """Notes what a step has made: one of dbt's makes dozens of tables."""
        if event.asset_key is not None:
            self._made.setdefault(step, set()).add(event.asset_key)
        if step in self._tasks:
            self._progress.update(self._tasks[step], description=self._described(step))

    def _described(self, step: str) -> str:
        made = len(self._made.get(step, ()))
        return f"  {step}, {made} tables made" if made > 1 else f"  {step}"

    def _remind(self) -> None:
        while not self._ended.wait(self._quiet_seconds):
            for step, begun in list(self._started.items()):
                seconds = time.monotonic() - begun
                text = f"  running {seconds:.0f} s{self._described(step)}"
                self._progress.console.print(styled(text))
