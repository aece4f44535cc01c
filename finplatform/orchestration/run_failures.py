"""Failures of a run and their reasons, from Dagster's event log.

The reason of a step is its error, and for failed checks their descriptions. Warnings are listed
separately. Does not belong here: executing runs (see `instance`), and printing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import dagster as dg

_KINDS = {
    dg.DagsterEventType.STEP_START,
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.RUN_FAILURE,
    dg.DagsterEventType.RUN_CANCELED,
}

_WRAPPER = re.compile(r"^(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception|Failure)?: ")
"""Name of an error's class at the beginning of its message."""

_MOST_LINES = 12


@dataclass(frozen=True)
class FailedStep:
    """A step that failed.

    Attributes:
        step: Its key.
        reason: Its message, without a traceback.
    """

    step: str
    reason: str


@dataclass
class RunEvents:
    """Summary of the events of a run.

    Attributes:
        failed_steps: Failed steps, in their order.
        failed_checks: Failed checks of severity ERROR: `asset: check: description`.
        warnings: Failed checks of severity WARN.
        checks_passed: Number of checks that passed.
        running: Steps in progress, with the instant of their start.
        run_reason: Reason of a failure outside of steps.
    """

    failed_steps: list[FailedStep] = field(default_factory=list)
    failed_checks: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    checks_passed: int = 0
    running: dict[str, datetime] = field(default_factory=dict)
    run_reason: str = ""

    @property
    def reasons(self) -> list[str]:
        """Reasons of the failure, the first failure first."""
        steps = [f"{failed.step}: {failed.reason}" for failed in self.failed_steps]
        found = [*steps, *self.failed_checks]
        return found or ([self.run_reason] if self.run_reason else [])

    def take(self, event: dg.DagsterEvent, at: datetime) -> None:
        """Adds one event.

        Args:
            event: The event.
            at: Its instant.
        """
        step = event.step_key or ""
        match event.event_type:
            case dg.DagsterEventType.STEP_START:
                self.running[step] = at
            case dg.DagsterEventType.STEP_SUCCESS:
                self.running.pop(step, None)
            case dg.DagsterEventType.STEP_FAILURE:
                self.running.pop(step, None)
                self.failed_steps.append(FailedStep(step, _step_reason(event)))
            case dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                self._take_check(event)
            case dg.DagsterEventType.RUN_FAILURE | dg.DagsterEventType.RUN_CANCELED:
                self.running.clear()
                self.run_reason = _run_reason(event)

    def _take_check(self, event: dg.DagsterEvent) -> None:
        evaluation = event.asset_check_evaluation_data
        if evaluation.passed:
            self.checks_passed += 1
            return
        asset = evaluation.asset_key.to_user_string()
        line = f"{asset}: {evaluation.check_name}: {evaluation.description or 'failed'}"
        is_error = evaluation.severity is dg.AssetCheckSeverity.ERROR
        (self.failed_checks if is_error else self.warnings).append(line)


def run_events(instance: dg.DagsterInstance, run_id: str) -> RunEvents:
    """Summary of the events of a recorded run."""
    found = RunEvents()
    for record in instance.get_records_for_run(run_id, of_type=_KINDS).records:
        entry = record.event_log_entry
        if entry.dagster_event is not None:
            found.take(entry.dagster_event, datetime.fromtimestamp(entry.timestamp, UTC))
    return found


def reason_of(message: str) -> str:
    """An error's message without the name of its class and without the traceback.

    Args:
        message: The message in Dagster's event.
    """
    lines = [line.rstrip() for line in message.strip().splitlines() if line.strip()]
    shown = _until_trace(lines)[:_MOST_LINES]
    return _WRAPPER.sub("", "\n".join(shown)) if shown else "no reason was recorded"


def _until_trace(lines: Iterable[str]) -> list[str]:
    kept = []
    for line in lines:
        if line.startswith(("Traceback", "Stack Trace", "The above exception")):
            break
        kept.append(line)
    return kept


def _step_reason(event: dg.DagsterEvent) -> str:
    error = event.step_failure_data.error
    if error is None:
        return "no reason was recorded"
    # Dagster wraps the error of a step; further causes may quote values.
    while error.cause is not None and (error.cls_name or "").startswith("Dagster"):
        error = error.cause
    return reason_of(error.message)


def _run_reason(event: dg.DagsterEvent) -> str:
    data = event.event_specific_data
    error = getattr(data, "error", None)
    return reason_of(error.message) if error is not None else (event.message or "")
