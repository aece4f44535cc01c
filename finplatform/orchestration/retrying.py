"""Retries of steps after transient errors only.

A lost connection, a deadlock or a serialization failure is transient; a failed check, bad data and
a defect are not. A step replaces its table in one transaction, so that a retry starts from scratch.
Belongs here: the decorator of every step. Does not belong here: the classification of errors
(`finplatform.warehouse.driver_errors`), and retries of runs (`dagster.yaml`).
"""

import functools
import inspect
import random
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar, cast

import dagster as dg
from dagster_dbt.errors import DagsterDbtError

from finplatform.warehouse.driver_errors import is_passing

P = ParamSpec("P")
R = TypeVar("R")

MOST_RETRIES = 4
_FIRST_WAIT_S = 5.0


def retried(step: Callable[P, R]) -> Callable[P, R]:
    """Requests a retry of a step from Dagster after a transient error.

    Args:
        step: Function of an asset, whose first parameter is its context.
    """
    if inspect.isgeneratorfunction(step):

        @functools.wraps(step)
        def generated(*args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
            try:
                yield from step(*args, **kwargs)
            except Exception as error:
                request_retry(error, _context_of(args, kwargs))
                raise

        return cast("Callable[P, R]", generated)

    @functools.wraps(step)
    def made(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return step(*args, **kwargs)
        except Exception as error:
            request_retry(error, _context_of(args, kwargs))
            raise

    return made


def request_retry(error: Exception, context: dg.AssetExecutionContext) -> None:
    """Raises a retry request if the error is transient.

    Args:
        error: Error of the step.
        context: Its context.

    Raises:
        dagster.RetryRequested: If the error is transient.
    """
    if is_passing(error, words=isinstance(error, DagsterDbtError)):
        tried = context.op_execution_context.retry_number
        if tried < MOST_RETRIES:
            context.log.warning("The step is retried after a transient error: %s", error)
            raise dg.RetryRequested(MOST_RETRIES, wait_before(tried)) from error


def wait_before(tried: int) -> float:
    """Seconds to wait after a failed attempt: exponential backoff with jitter.

    Args:
        tried: Number of retries before it.
    """
    return _FIRST_WAIT_S * 2.0**tried * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


def _context_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dg.AssetExecutionContext:
    return kwargs["context"] if "context" in kwargs else args[0]
