"""The returns that the bank owes, read from `returns.yaml`, and the periods that they cover.

Belongs here: the file's grammar, periods and due days. Does not belong here: how far a return is
(see `calendar`).
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from finplatform.errors import FinplatformError

_FILE = "returns.yaml"

_DECEMBER = 12


class Frequency(StrEnum):
    """How long a period is.

    Attributes:
        MONTHLY: A calendar month.
        QUARTERLY: A calendar quarter.
        ANNUAL: A calendar year.
    """

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    ANNUAL = "annual"

    @property
    def months(self) -> int:
        """Calendar months of a period."""
        return {self.MONTHLY: 1, self.QUARTERLY: 3, self.ANNUAL: 12}[self]


class Roll(StrEnum):
    """What becomes of a due day on which the bank is closed.

    Attributes:
        NONE: It stays.
        NEXT_BUSINESS_DAY: It moves to the next open day.
    """

    NONE = "none"
    NEXT_BUSINESS_DAY = "next_business_day"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Due(_Row):
    """When a return is due, before it moves to an open day.

    Attributes:
        days: Calendar days after the period's end.
        december_days: The same after the end of a year; None: as `days`.
        dates: Days of the year as `MM-DD`, of which the first after the period's end counts.
    """

    days: int | None = Field(default=None, gt=0)
    december_days: int | None = Field(default=None, gt=0)
    dates: tuple[Annotated[str, StringConstraints(pattern=r"^\d\d-\d\d$")], ...] = ()

    @model_validator(mode="after")
    def _is_one_rule(self) -> "Due":
        if (self.days is None) == (not self.dates):
            raise ValueError("give days or dates")
        return self


class Return(_Row):
    """One return.

    Attributes:
        code: Its name, as filings have it.
        title: What it reports.
        authority: Whom it is for.
        citation: Where the duty and the due day come from.
        frequency: How long its periods are.
        due: When it is due.
        roll: What becomes of a due day on which the bank is closed.
        calendar: Country whose business days count.
        owner: Who answers for it.
        valid_from: First day on which the duty is in force; periods count that end then or later.
        valid_to: Last such day; None while there is no end.
        made_from: Tables with rows of the period's end that the platform makes it from.
        package: How the platform's file is laid out.
        file_days: Calendar days before the due day from which on it is handed over.
    """

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")]
    title: str
    authority: str
    citation: str
    frequency: Frequency
    due: Due
    roll: Roll
    calendar: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    owner: str
    valid_from: date
    valid_to: date | None = None
    made_from: tuple[str, ...] = ()
    package: str | None = None
    file_days: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _is_laid_out(self) -> "Return":
        if bool(self.made_from) != (self.package is not None):
            raise ValueError("made_from and package go together")
        return self

    @property
    def is_made_here(self) -> bool:
        """Whether the platform makes it."""
        return bool(self.made_from)


@dataclass(frozen=True)
class Period:
    """A period of a return.

    Attributes:
        name: Such as `2025Q1`, `2025M03` or `2025`.
        start: First day.
        end: Last day.
    """

    name: str
    start: date
    end: date


class OpenDays:
    """Business days by country.

    Args:
        days: Open days of each country, in order.
    """

    def __init__(self, days: Mapping[str, Sequence[date]]) -> None:
        self._days = days

    def on_or_after(self, country: str, day: date) -> date:
        """The first open day of a country that is not before a day.

        Raises:
            FinplatformError: If the calendar does not reach so far.
        """
        days = self._days.get(country, ())
        place = bisect_left(days, day)
        if place == len(days) or day < days[0]:
            raise FinplatformError(
                f"The calendar of {country} does not reach {day}.",
                "Extend the calendar's days in dbt_project/dbt_project.yml, and its holidays.",
            )
        return days[place]


@lru_cache(maxsize=1)
def load_returns() -> tuple[Return, ...]:
    """The returns, read and checked once a process.

    Raises:
        ValueError: If the file is not valid.
    """
    written = yaml.safe_load(files(__package__).joinpath(_FILE).read_text("utf-8"))
    returns = tuple(Return.model_validate(row) for row in written["returns"])
    codes = [each.code for each in returns]
    if len(codes) != len(set(codes)):
        raise ValueError(f"{_FILE} names a return twice")
    return returns


def periods(of: Return, first: date, last: date) -> Iterator[Period]:
    """Periods of a return from the one that holds `first` to the one that holds `last`."""
    months = of.frequency.months
    number = (first.year * 12 + first.month - 1) // months
    while True:
        start, following = _month(number * months), _month((number + 1) * months)
        if start > last:
            return
        end = following - timedelta(days=1)
        in_force = of.valid_from <= end and (of.valid_to is None or end <= of.valid_to)
        if in_force:
            yield Period(_name(of.frequency, start), start, end)
        number += 1


def due_date(of: Return, period: Period, open_days: OpenDays) -> date:
    """Day on which a return of a period is due."""
    day = _nominal(of.due, period.end)
    if of.roll is Roll.NEXT_BUSINESS_DAY:
        return open_days.on_or_after(of.calendar, day)
    return day


def _nominal(due: Due, end: date) -> date:
    if due.days is not None:
        is_year_end = end.month == _DECEMBER and due.december_days is not None
        days = due.december_days if is_year_end else due.days
        return end + timedelta(days=days or 0)
    candidates = (
        date.fromisoformat(f"{year}-{day}")
        for year in (end.year, end.year + 1)
        for day in due.dates
    )
    return min(day for day in candidates if day > end)


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _name(frequency: Frequency, start: date) -> str:
    if frequency is Frequency.MONTHLY:
        return f"{start.year}M{start.month:02d}"
    if frequency is Frequency.QUARTERLY:
        return f"{start.year}Q{(start.month + 2) // 3}"
    return str(start.year)
