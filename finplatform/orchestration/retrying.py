"""Retries of steps: of what passes by itself, after a while, and of nothing else.

A lost connection, a deadlock or a conflict of transactions passes; a failed check, bad data and a
defect are the same the next time. A step replaces what it makes in one transaction, so that it may
be done again from the start. Belongs here: the decorator of every step. Which errors pass is said
by `finplatform.warehouse.driver_errors`; what is done about runs that died, in `dagster.yaml`.
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
    """Has Dagster try a step again after an error that passes.

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
    """Raises what has Dagster try the step again, if the error is one that passes.

    Args:
        error: What the step has raised.
        context: Its context.

    Raises:
        dagster.RetryRequested: If it passes.
    """
    if is_passing(error, words=isinstance(error, DagsterDbtError)):
        tried = context.op_execution_context.retry_number
        if tried < MOST_RETRIES:
            context.log.warning("The step is tried again, for what passes: %s", error)
            raise dg.RetryRequested(MOST_RETRIES, wait_before(tried)) from error


def wait_before(tried: int) -> float:
    """Seconds to wait after a failed try; twice as long each time, and never the same for two.

    Args:
        tried: Number of tries that were repeated before it.
    """
    return _FIRST_WAIT_S * 2.0**tried * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


def _context_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dg.AssetExecutionContext:
    return kwargs["context"] if "context" in kwargs else args[0]
