"""The bank's policy on personal data, read from `policy.yaml` and checked.

Belongs here: the file's grammar, and which rule holds on a day. Does not belong here: what follows
from a rule (`holds`, `retention`, `processing`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

POLICY_FILE = Path(__file__).with_name("policy.yaml")


class After(StrEnum):
    """From when a hold is counted.

    Attributes:
        RELATIONSHIP_END: Day on which the last account was closed and the last loan repaid.
        REPORT_FILED: Day on which suspicious activity was reported, or drafted.
        CASH_REPORTED: Day of cash that was reported.
        CASE_OPEN: A case is not decided.
    """

    RELATIONSHIP_END = "relationship_end"
    REPORT_FILED = "report_filed"
    CASH_REPORTED = "cash_reported"
    CASE_OPEN = "case_open"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Controller(_Row):
    """Who decides what the data is used for."""

    name: str
    contact: str


class HoldRule(_Row):
    """A law by which data is kept, from one day until another."""

    rule_id: str
    after: After
    years: int = Field(ge=0)
    paragraph: str
    valid_from: date
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the rule is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Purpose(_Row):
    """Why data is processed."""

    purpose: str
    basis: str
    people: str
    retention: str


class Retention(_Row):
    """How old rows of a table may become."""

    table: str
    column: str
    years: int = 0
    days: int = 0

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if (self.years > 0) == (self.days > 0):
            raise ValueError(f"{self.table} is kept for years or for days")
        return self

    def cutoff(self, as_of: date) -> date:
        """First day whose rows are kept on a day."""
        return add_years(as_of, -self.years) if self.years else as_of - timedelta(days=self.days)


class Policy(_Row):
    """The whole policy."""

    controller: Controller
    holds: Sequence[HoldRule]
    answer_months: int = Field(gt=0)
    deleted_subjects: frozenset[str]
    withheld_subjects: frozenset[str]
    withheld_tables: frozenset[str]
    purposes: Mapping[str, Purpose]
    retention: Sequence[Retention]

    def rule(self, after: After, day: date) -> HoldRule | None:
        """The rule that is in force on a day; None if there is none."""
        return next(
            (rule for rule in self.holds if rule.after is after and rule.holds_on(day)), None
        )


@lru_cache(maxsize=1)
def load_policy() -> Policy:
    """The policy, read once."""
    return Policy.model_validate(yaml.safe_load(POLICY_FILE.read_text(encoding="utf-8")))


def add_years(day: date, years: int) -> date:
    """The same day of another year; 28 February for the 29th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def add_months(day: date, months: int) -> date:
    """The same day of another month, or its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, day.day)
