"""An executor that runs the steps of a run side by side, in threads of one process.

Most steps wait for PostgreSQL or compute in native code, so threads overlap well, and a step costs
no process of its own, which would load all the code again. Dagster has an executor for one thread
and one for many processes, none for threads. Belongs here: the executor, and running a job with it
in this process. Which steps exclude each other is said at the steps, by `ALONE`. Does not belong
here: anything about assets.

Of the steps that are ready, the one is started first that the longest chain of others waits for, as
the longest chain says how soon a run can be over. Of steps that exclude each other, one is not even
begun while another with a longer chain waits for nothing but steps that are under way: it would be
in the way for all its length.

An executor has to drive Dagster's private state machine; ADR 7 says why that is borne, and the
tests of this module fail when a new version of Dagster changes it.
"""

import contextvars
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob  # noqa: TID251
from dagster._core.events import EngineEventData  # noqa: TID251
from dagster._core.execution.api import (  # noqa: TID251
    ExecuteRunWithPlanIterable,
    execute_run,
)
from dagster._core.execution.compute_logs import create_compute_log_file_key  # noqa: TID251
from dagster._core.execution.context.system import (  # noqa: TID251
    PlanExecutionContext,
    PlanOrchestrationContext,
    StepExecutionContext,
)
from dagster._core.execution.context_creation_job import (  # noqa: TID251
    PlanExecutionContextManager,
)
from dagster._core.execution.plan.active import ActiveExecution  # noqa: TID251
from dagster._core.execution.plan.execute_plan import (  # noqa: TID251
    _trigger_hook,
    dagster_event_sequence_for_step,
)
from dagster._core.execution.plan.instance_concurrency_context import (  # noqa: TID251
    InstanceConcurrencyContext,
)
from dagster._core.execution.plan.objects import (  # noqa: TID251
    ErrorSource,
    step_failure_event_from_exc_info,
)
from dagster._core.execution.plan.plan import ExecutionPlan  # noqa: TID251
from dagster._core.execution.plan.step import ExecutionStep  # noqa: TID251
from dagster._core.execution.retries import RetryMode  # noqa: TID251
from dagster._core.executor.base import Executor  # noqa: TID251
from dagster._core.storage.tags import PRIORITY_TAG  # noqa: TID251

from finplatform.ml.threads import one_thread
from finplatform.warehouse.frames_read import FRAMES

ALONE = "finplatform/one_at_a_time"
"""Tag of an op: of the steps with the same value, one runs at a time."""

TRAINING = {ALONE: "training"}
"""Tags of an op that trains a model: Python's lock lets only one of them compute at a time anyway,
and one that much waits for should not share it."""

FIRST = {"dagster/priority": "1"}
"""Tags of an op that is started before others that are ready, whatever waits for them."""

_MORE_THAN_CORES = 5
"""Steps that wait: for dbt, for the server, for the disk."""

_ONE_OF_EACH_VALUE = [{"key": ALONE, "value": {"applyLimitPerUniqueValue": True}, "limit": 1}]
_SECONDS_BETWEEN_LOOKS_FOR_INTERRUPTS = 0.5


@dataclass(eq=False)
class _Attempt:
    """One try at a step, and the events that it has told so far."""

    context: StepExecutionContext
    events: list[dg.DagsterEvent] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.context.step.key


_Told = SimpleQueue[tuple[_Attempt, dg.DagsterEvent | BaseException | None]]


class ThreadExecutor(Executor):
    """Runs up to `max_concurrent` steps at once, each in a thread.

    A run that is interrupted fails the steps in flight at once; a statement that such a step has
    sent to the server ends with this process, and its transaction with it.

    Args:
        max_concurrent: Steps at once.
    """

    def __init__(self, max_concurrent: int) -> None:
        self._max_concurrent = max_concurrent

    @property
    def retries(self) -> RetryMode:
        """A step that asks to be tried again is."""
        return RetryMode.ENABLED

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[dg.DagsterEvent]:
        """Runs the plan and yields its events as they happen.

        Linear algebra keeps to one thread: the steps are the threads, and what a step computes must
        not hang on which other steps run.
        """
        yield dg.DagsterEvent.engine_event(
            plan_context,
            f"Up to {self._max_concurrent} steps at once in this process (pid {os.getpid()})",
            EngineEventData.in_process(os.getpid(), execution_plan.step_keys_to_execute),
        )
        with one_thread(), FRAMES.during_run():
            yield from self._run(plan_context, execution_plan)

    def _run(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[dg.DagsterEvent]:
        return iter(
            ExecuteRunWithPlanIterable(
                execution_plan=execution_plan,
                iterator=partial(_side_by_side, max_concurrent=self._max_concurrent),
                execution_context_manager=PlanExecutionContextManager(
                    job=plan_context.job,
                    retry_mode=plan_context.retry_mode,
                    execution_plan=execution_plan,
                    run_config=plan_context.run_config,
                    dagster_run=plan_context.dagster_run,
                    instance=plan_context.instance,
                    raise_on_error=plan_context.raise_on_error,
                    output_capture=plan_context.output_capture,
                ),
            )
        )


@dg.executor(
    name="threads",
    config_schema={
        "max_concurrent": dg.Field(
            int, default_value=0, description="Steps at once; 0: five more than there are cores."
        )
    },
)
def thread_executor(context: dg.InitExecutorContext) -> ThreadExecutor:
    """Steps side by side in one process."""
    asked = context.executor_config["max_concurrent"]
    return ThreadExecutor(int(str(asked)) or (os.cpu_count() or 1) + _MORE_THAN_CORES)


def run_here(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    run_id: str,
    tags: dict[str, str],
    run_config: dict[str, object],
) -> bool:
    """Runs a job with its own executor in this process, as a run that the UI shows.

    `JobDefinition.execute_in_process` would replace the executor.

    Returns:
        Whether the run succeeded. Errors of steps are told by events.
    """
    run = instance.create_run_for_job(
        job_def=job, run_id=run_id, tags={**job.run_tags, **tags}, run_config=run_config
    )
    return execute_run(InMemoryJob(job), run, instance).success


def _side_by_side(
    job_context: PlanExecutionContext, execution_plan: ExecutionPlan, *, max_concurrent: int
) -> Iterator[dg.DagsterEvent]:
    """Starts steps as they become ready, and hands on what they tell."""
    told: _Told = SimpleQueue()
    running: set[_Attempt] = set()
    with (
        InstanceConcurrencyContext(job_context.instance, job_context.dagster_run) as claims,
        _StepsInOrder(
            execution_plan,
            retry_mode=job_context.retry_mode,
            max_concurrent=max_concurrent,
            tag_concurrency_limits=_ONE_OF_EACH_VALUE,
            instance_concurrency_context=claims,
            step_dependency_config=job_context.step_dependency_config,
        ) as active,
        ExitStack() as capturing,
    ):
        yield _captured_logs(job_context, execution_plan, capturing)
        while running or not active.is_complete:
            for step in active.get_steps_to_execute():
                attempt = _Attempt(job_context.for_step(step, active.get_known_state()))
                running.add(attempt)
                _start(attempt, told)
            yield from active.concurrency_event_iterator(job_context)
            if not running:
                active.sleep_til_ready()
                yield from active.plan_events_iterator(job_context)
                continue
            news = _next(told)
            if active.check_for_interrupts():
                yield from _interrupted(active, running)
            if news is None:
                continue
            attempt, event = news
            if isinstance(event, dg.DagsterEvent):
                attempt.events.append(event)
                yield event
                active.handle_event(event)
            else:
                running.remove(attempt)
                if event is not None:
                    raise event
                # Of a step that is tried again, the next attempt may have begun.
                if attempt.key not in {other.key for other in running}:
                    active.verify_complete(job_context, attempt.key)
                yield from active.plan_events_iterator(job_context)
                yield from _trigger_hook(attempt.context, attempt.events)


class _StepsInOrder(ActiveExecution):
    """Dagster's state of the steps, which here are ordered and give way to each other.

    A step gives way only to steps with a longer chain after them, so no two wait for each other.
    """

    def __init__(self, plan: ExecutionPlan, **options: Any) -> None:
        self._chains = _chain_lengths(plan)
        super().__init__(plan, sort_key_fn=self._rank, **options)

    def get_steps_to_execute(self, limit: int | None = None) -> Sequence[ExecutionStep]:
        """Steps to start now."""
        self._update()
        held_back = [key for key in self._executable if self._gives_way(key)]
        self._executable = [key for key in self._executable if key not in held_back]
        batch = super().get_steps_to_execute(limit)
        self._executable += held_back
        return batch

    def _rank(self, step: ExecutionStep) -> float:
        """Place of a step among those that are ready: the lowest comes first."""
        priority = int(step.tags.get(PRIORITY_TAG, 0))
        return -priority * len(self._chains) - self._chains[step.key]

    def _gives_way(self, key: str) -> bool:
        """Whether a step that excludes it and is more urgent waits for what is under way."""
        value = self.get_step_by_key(key).tags.get(ALONE)
        under_way = self._in_flight | set(self._executable)
        return value is not None and any(
            self._chains[other] > self._chains[key]
            and self.get_step_by_key(other).tags.get(ALONE) == value
            and needs - self._success <= under_way
            for other, needs in self._pending.items()
        )


def _chain_lengths(execution_plan: ExecutionPlan) -> dict[str, int]:
    """Of each step, how many steps the longest chain has that begins with it."""
    waiting: dict[str, list[str]] = {}
    for step, needed in execution_plan.get_executable_step_deps().items():
        for other in needed:
            waiting.setdefault(other, []).append(step)
    length: dict[str, int] = {}
    for planned in reversed(execution_plan.get_steps_to_execute_in_topo_order()):
        after = waiting.get(planned.key, ())
        length[planned.key] = 1 + max((length[key] for key in after), default=0)
    return length


def _next(told: _Told) -> tuple[_Attempt, dg.DagsterEvent | BaseException | None] | None:
    """The next that a step tells, or None if it takes long."""
    try:
        return told.get(timeout=_SECONDS_BETWEEN_LOOKS_FOR_INTERRUPTS)
    except Empty:
        return None


def _captured_logs(
    job_context: PlanExecutionContext, execution_plan: ExecutionPlan, capturing: ExitStack
) -> dg.DagsterEvent:
    """What the steps print is kept for the UI, as one log of the process."""
    manager = job_context.instance.compute_log_manager
    log_key = manager.build_log_key_for_run(job_context.run_id, create_compute_log_file_key())
    log_context = capturing.enter_context(manager.capture_logs(log_key))
    step_keys = [step.key for step in execution_plan.get_steps_to_execute_in_topo_order()]
    return dg.DagsterEvent.capture_logs(job_context, step_keys, log_key, log_context)


def _start(attempt: _Attempt, told: _Told) -> None:
    """Runs a step in a thread that does not keep an interrupted process alive."""
    Thread(
        target=contextvars.copy_context().run,
        args=(_work, attempt, told),
        name=attempt.key,
        daemon=True,
    ).start()


def _work(attempt: _Attempt, told: _Told) -> None:
    """Tells each event of the step, and None at its end, or what broke the executor."""
    try:
        for event in dagster_event_sequence_for_step(attempt.context):
            told.put((attempt, event))
    except BaseException as error:  # noqa: BLE001 - raised again where the run is driven
        told.put((attempt, error))
    else:
        told.put((attempt, None))


def _interrupted(active: ActiveExecution, running: Iterable[_Attempt]) -> Iterator[dg.DagsterEvent]:
    """Fails the steps in flight.

    Raises:
        dg.DagsterExecutionInterruptedError: Always, at the end.
    """
    active.mark_interrupted()
    error = dg.DagsterExecutionInterruptedError("The run was interrupted.")
    for attempt in running:
        try:
            raise error
        except dg.DagsterExecutionInterruptedError:
            failure = step_failure_event_from_exc_info(
                attempt.context, sys.exc_info(), error_source=ErrorSource.INTERRUPT
            )
        yield failure
        active.handle_event(failure)
    raise error
