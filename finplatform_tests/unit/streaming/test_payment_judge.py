"""A judge is replaced when the warehouse knows more, and misses nothing that came meanwhile."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl

from finplatform.errors import FinplatformError
from finplatform.streaming.payment_judge import RenewedJudge
from finplatform_tests.waiting import wait_until


class Named:
    """A judge that tells its name, and remembers what it has seen."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen: list[str] = []

    def judge(self, events: pl.DataFrame) -> pl.DataFrame:
        self.seen += events["transaction_id"].to_list()
        return pl.DataFrame({"name": [self.name] * events.height})


class Known:
    """What is known, as a test has it."""

    def __init__(self) -> None:
        self.version = "one"
        self.is_broken = False
        self.stored: list[str] = []
        self.judges: list[Named] = []

    def state(self) -> str:
        return self.version

    def make(self) -> Named:
        if self.is_broken:
            raise FinplatformError("The rules cannot be read.")
        self.judges.append(Named(self.version))
        return self.judges[-1]

    def received_since(self, since: datetime) -> Iterator[pl.DataFrame]:
        del since
        yield events(*self.stored)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def events(*names: str) -> pl.DataFrame:
    return pl.DataFrame({"transaction_id": list(names)}, schema={"transaction_id": pl.String})


def name_of(judge: RenewedJudge) -> str:
    """Name of the judge of an event."""
    return str(judge.judge(events("x"))["name"][0])


def started() -> tuple[Any, Clock, RenewedJudge]:
    known, clock = Known(), Clock()
    judge: Any = RenewedJudge(known, clock)  # type: ignore[arg-type]
    return known, clock, judge


def test_the_judge_stays_while_nothing_changes() -> None:
    known, clock, judge = started()
    for _ in range(5):
        clock.now += 61
        assert name_of(judge) == "one"
    assert len(known.judges) == 1


def test_another_judge_takes_over_with_what_was_stored_meanwhile() -> None:
    known, clock, judge = started()
    known.version = "two"
    known.stored = ["a", "b"]
    assert name_of(judge) == "one"
    clock.now += 61
    wait_until(lambda: name_of(judge) == "two", "the other judge has taken over")
    assert known.judges[1].seen[:2] == ["a", "b"]


def test_a_judge_that_cannot_be_made_leaves_the_one_there_is() -> None:
    known, clock, judge = started()
    known.version, known.is_broken = "two", True
    for _ in range(3):
        clock.now += 61
        assert name_of(judge) == "one"
    known.is_broken = False

    def has_changed() -> bool:
        clock.now += 61
        return name_of(judge) == "two"

    wait_until(has_changed, "the other judge has taken over")


def test_a_judge_of_yesterday_is_made_anew() -> None:
    known, clock, judge = started()
    clock.now += 86_401

    def is_another() -> bool:
        judge.judge(events("x"))
        return len(known.judges) == 2 and known.judges[1].seen != []

    wait_until(is_another, "another judge has taken over")
