"""Steps are tried again after what passes by itself, and after nothing else."""

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg
import psycopg
import pytest
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from finplatform.errors import FinplatformError, PassingError
from finplatform.orchestration import retrying
from finplatform.orchestration.retrying import MOST_RETRIES, retried, wait_before


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


PASSING = [
    PassingError("The connection was lost."),
    psycopg.errors.DeadlockDetected(),
    psycopg.errors.SerializationFailure(),
    psycopg.errors.LockNotAvailable(),
    psycopg.errors.AdminShutdown(),
    psycopg.OperationalError("server closed the connection unexpectedly"),
    caused(FinplatformError("The load failed."), psycopg.errors.DeadlockDetected()),
    DagsterDbtCliRuntimeError("Database Error in model x: deadlock detected"),
]
LASTING = [
    FinplatformError("3 of 10 rows are bad."),
    dg.Failure("a check failed"),
    ValueError("a defect"),
    psycopg.errors.UniqueViolation(),
    psycopg.errors.UndefinedColumn(),
    psycopg.errors.DiskFull(),
    FinplatformError("A row says: deadlock detected"),
    DagsterDbtCliRuntimeError("Failure in test unique_x: got 3 results"),
]


WAIT_BEFORE = wait_before


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "wait_before", lambda _: 0.0)


def run(step: Callable[[], None], *, is_generator: bool) -> bool:
    """Whether a run of one asset succeeds whose step is decorated."""

    @dg.asset
    @retried
    def plain(context: dg.AssetExecutionContext, given: dg.ResourceParam[Any]) -> None:
        step()

    @dg.multi_asset(specs=[dg.AssetSpec("many")])
    @retried
    def many(context: dg.AssetExecutionContext, given: dg.ResourceParam[Any]) -> Iterator[Any]:
        step()
        yield dg.MaterializeResult("many")

    made = dg.materialize(
        [many if is_generator else plain], resources={"given": 1}, raise_on_error=False
    )
    return made.success


@pytest.mark.parametrize("is_generator", [False, True])
@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_what_passes_is_tried_again(error: Exception, is_generator: bool) -> None:
    tries: list[int] = []

    def step() -> None:
        tries.append(len(tries))
        if len(tries) < 3:
            raise error

    assert run(step, is_generator=is_generator)
    assert len(tries) == 3


@pytest.mark.parametrize("is_generator", [False, True])
@pytest.mark.parametrize("error", LASTING, ids=repr)
def test_what_does_not_pass_is_tried_once(error: Exception, is_generator: bool) -> None:
    tries: list[int] = []

    def step() -> None:
        tries.append(len(tries))
        raise error

    assert not run(step, is_generator=is_generator)
    assert len(tries) == 1


def test_what_never_passes_fails_after_the_last_try() -> None:
    tries: list[int] = []

    def step() -> None:
        tries.append(len(tries))
        raise PassingError("The server is gone.")

    assert not run(step, is_generator=False)
    assert len(tries) == MOST_RETRIES + 1


@pytest.mark.parametrize("tried", range(MOST_RETRIES))
def test_each_wait_is_longer_than_the_one_before(tried: int) -> None:
    assert WAIT_BEFORE(tried) < WAIT_BEFORE(tried + 1)
