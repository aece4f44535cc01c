"""An evaluator is replaced when the warehouse has changed, and misses no event in between."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl

from finplatform.errors import FinplatformError
from finplatform.streaming.payment_evaluator import RefreshedEvaluator
from finplatform_tests.waiting import wait_until


class Named:
    """An evaluator that tells its name, and remembers what it has seen."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen: list[str] = []

    def evaluate(self, events: pl.DataFrame) -> pl.DataFrame:
        self.seen += events["transaction_id"].to_list()
        return pl.DataFrame({"name": [self.name] * events.height})


class Known:
    """What is known, as a test has it."""

    def __init__(self) -> None:
        self.version = "one"
        self.is_broken = False
        self.stored: list[str] = []
        self.evaluators: list[Named] = []

    def state(self) -> str:
        return self.version

    def make(self) -> Named:
        if self.is_broken:
            raise FinplatformError("The rules cannot be read.")
        self.evaluators.append(Named(self.version))
        return self.evaluators[-1]

    def received_since(self, since: datetime) -> Iterator[pl.DataFrame]:
        del since
        yield events(*self.stored)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def events(*names: str) -> pl.DataFrame:
    return pl.DataFrame({"transaction_id": list(names)}, schema={"transaction_id": pl.String})


def name_of(evaluator: RefreshedEvaluator) -> str:
    """Name of the evaluator of an event."""
    return str(evaluator.evaluate(events("x"))["name"][0])


def started() -> tuple[Any, Clock, RefreshedEvaluator]:
    known, clock = Known(), Clock()
    evaluator: Any = RefreshedEvaluator(known, clock)  # type: ignore[arg-type]
    return known, clock, evaluator


def test_the_judge_stays_while_nothing_changes() -> None:
    known, clock, evaluator = started()
    for _ in range(5):
        clock.now += 61
        assert name_of(evaluator) == "one"
    assert len(known.evaluators) == 1


def test_another_judge_takes_over_with_what_was_stored_meanwhile() -> None:
    known, clock, evaluator = started()
    known.version = "two"
    known.stored = ["a", "b"]
    assert name_of(evaluator) == "one"
    clock.now += 61
    wait_until(lambda: name_of(evaluator) == "two", "the other evaluator has taken over")
    assert known.evaluators[1].seen[:2] == ["a", "b"]


def test_a_judge_that_cannot_be_made_leaves_the_one_there_is() -> None:
    known, clock, evaluator = started()
    known.version, known.is_broken = "two", True
    for _ in range(3):
        clock.now += 61
        assert name_of(evaluator) == "one"
    known.is_broken = False

    def has_changed() -> bool:
        clock.now += 61
        return name_of(evaluator) == "two"

    wait_until(has_changed, "the other evaluator has taken over")


def test_a_judge_of_yesterday_is_made_anew() -> None:
    known, clock, evaluator = started()
    clock.now += 86_401

    def is_another() -> bool:
        evaluator.evaluate(events("x"))
        return len(known.evaluators) == 2 and known.evaluators[1].seen != []

    wait_until(is_another, "another evaluator has taken over")
