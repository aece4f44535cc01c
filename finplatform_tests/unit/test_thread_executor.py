"""Steps side by side: what runs together, what does not, and what failures and interrupts leave."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import uuid4

import dagster as dg
import pytest

from finplatform.thread_executor import ALONE, FIRST, run_here, thread_executor

PATIENCE = 20.0


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


def _asset(name: str, body: Callable[[], Any], **options: Any) -> dg.AssetsDefinition:
    @dg.asset(name=name, **options)
    def made() -> None:
        body()

    return made


def _run(
    instance: dg.DagsterInstance,
    assets: Sequence[dg.AssetsDefinition],
    *,
    max_concurrent: int = 4,
    hooks: set[dg.HookDefinition] | None = None,
) -> tuple[str, bool]:
    job = dg.Definitions(
        assets=assets,
        jobs=[dg.define_asset_job("everything", hooks=hooks)],
        executor=thread_executor.configured({"max_concurrent": max_concurrent}),
    ).resolve_job_def("everything")
    run_id = str(uuid4())
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    return run_id, run_here(job, instance, run_id, tags={}, run_config=quiet)


def _steps(
    instance: dg.DagsterInstance, run_id: str, kind: dg.DagsterEventType
) -> list[str | None]:
    records = instance.get_records_for_run(run_id, of_type=kind).records
    return [record.event_log_entry.step_key for record in records]


def test_steps_that_do_not_need_each_other_run_at_the_same_time(
    instance: dg.DagsterInstance,
) -> None:
    together = threading.Barrier(2)

    def meet() -> None:
        together.wait(PATIENCE)

    _, success = _run(instance, [_asset("one", meet), _asset("other", meet)])
    assert success


def test_no_more_steps_than_asked_for_run_at_once(instance: dg.DagsterInstance) -> None:
    counter = _Counter()
    _, success = _run(instance, [_asset(f"a{n}", counter.work) for n in range(6)], max_concurrent=2)
    assert success
    assert counter.most == 2


def test_steps_that_exclude_each_other_run_one_at_a_time(instance: dg.DagsterInstance) -> None:
    counter = _Counter()
    assets = [_asset(f"a{n}", counter.work, op_tags={ALONE: "dbt"}) for n in range(4)]
    _, success = _run(instance, assets)
    assert success
    assert counter.most == 1


def test_a_step_that_a_longer_chain_waits_for_starts_before_others(
    instance: dg.DagsterInstance,
) -> None:
    order: list[str] = []
    deps = {"a": [], "b": [], "c": [], "b2": ["b"], "c2": ["c"], "c3": ["c2"]}
    assets = [
        _asset(name, lambda name=name: order.append(name), deps=needed)
        for name, needed in deps.items()
    ]
    _run(instance, assets, max_concurrent=1)
    # A chain of three, then what one step more waits for, then what nothing waits for.
    assert order[0] == "c"
    assert set(order[1:3]) == {"b", "c2"}
    assert set(order[3:]) == {"a", "b2", "c3"}


def test_a_step_gives_way_to_a_longer_chain_that_excludes_it_and_is_about_to_be_ready(
    instance: dg.DagsterInstance,
) -> None:
    order: list[str] = []

    def note(name: str) -> Callable[[], None]:
        return lambda: order.append(name)

    _run(
        instance,
        [
            _asset("gate", lambda: time.sleep(0.2)),
            _asset("urgent", note("urgent"), deps=["gate"], op_tags={ALONE: "dbt"}),
            _asset("after", note("after"), deps=["urgent"]),
            _asset("leaf", note("leaf"), op_tags={ALONE: "dbt"}),
            _asset("other", note("other"), op_tags={ALONE: "training"}),
        ],
    )
    assert order[0] == "other"
    assert order.index("urgent") < order.index("leaf")


def test_a_step_that_is_tagged_so_starts_before_others(instance: dg.DagsterInstance) -> None:
    order: list[str] = []
    names = ["a", "b", "c"]
    assets = [
        _asset(name, lambda name=name: order.append(name), op_tags=FIRST if name == "c" else {})
        for name in names
    ]
    _run(instance, assets, max_concurrent=1)
    assert order[0] == "c"


def test_a_failed_step_stops_what_follows_from_it_and_nothing_else(
    instance: dg.DagsterInstance,
) -> None:
    def fail() -> None:
        raise ValueError("the source is away")

    made: list[str] = []
    run_id, success = _run(
        instance,
        [
            _asset("broken", fail),
            _asset("after", lambda: made.append("after"), deps=["broken"]),
            _asset("apart", lambda: made.append("apart")),
        ],
    )
    assert not success
    assert made == ["apart"]
    assert _steps(instance, run_id, dg.DagsterEventType.STEP_FAILURE) == ["broken"]
    run = instance.get_run_by_id(run_id)
    assert run is not None
    assert run.status is dg.DagsterRunStatus.FAILURE


def test_a_step_that_may_be_tried_again_is(instance: dg.DagsterInstance) -> None:
    tries: list[int] = []

    def fail_once() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("the network blinked")

    run_id, success = _run(
        instance, [_asset("flaky", fail_once, retry_policy=dg.RetryPolicy(max_retries=1))]
    )
    assert success
    assert len(tries) == 2
    assert _steps(instance, run_id, dg.DagsterEventType.STEP_RESTARTED) == ["flaky"]


def test_a_failed_blocking_check_stops_the_assets_after_it(instance: dg.DagsterInstance) -> None:
    @dg.asset(check_specs=[dg.AssetCheckSpec("holds", asset="guarded", blocking=True)])
    def guarded() -> dg.MaterializeResult:
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=False)])

    made: list[str] = []
    _, success = _run(
        instance, [guarded, _asset("after", lambda: made.append("after"), deps=[guarded])]
    )
    assert not success
    assert made == []


def test_hooks_of_a_job_are_told_of_its_steps(instance: dg.DagsterInstance) -> None:
    told: list[str] = []

    @dg.success_hook
    def tell(context: dg.HookContext) -> None:
        told.append(context.op.name)

    _run(instance, [_asset("one", lambda: None)], hooks={tell})
    assert told == ["one"]


@pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(),
    reason="signals reach the main thread only",
)
def test_an_interrupted_run_ends_at_once_and_says_which_steps_it_broke_off(
    instance: dg.DagsterInstance,
) -> None:
    released = threading.Event()
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    try:
        run_id, success = _run(instance, [_asset("endless", lambda: released.wait(PATIENCE))])
        assert time.monotonic() - began < PATIENCE / 2
    finally:
        released.set()
        for thread in threading.enumerate():
            if thread.name == "endless":
                thread.join(PATIENCE)
    assert not success
    assert _steps(instance, run_id, dg.DagsterEventType.STEP_FAILURE) == ["endless"]
    run = instance.get_run_by_id(run_id)
    assert run is not None
    assert run.status is dg.DagsterRunStatus.FAILURE


class _Counter:
    """Counts how many do the same work at once."""

    def __init__(self) -> None:
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def work(self) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(0.1)
        with self._lock:
            self._now -= 1
