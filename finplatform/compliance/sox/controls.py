"""The register of controls, and the result of each control in a month.

The register is `controls.yaml`. Belongs here: its schema, and the evaluation of evidence. Does not
belong here: collecting evidence (`finplatform.warehouse.control_evidence`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, model_validator

from finplatform.errors import NothingFoundError
from finplatform.security.rights import Role

_FILE = "controls.yaml"

MOST_EXCEPTIONS = 200
"""Exceptions of a control and month that are listed; all are counted."""


class Area(StrEnum):
    """What a control is about; the last three are general controls of information technology."""

    FINANCIAL_REPORTING = "financial_reporting"
    ACCESS = "access"
    CHANGE = "change"
    OPERATIONS = "operations"


class Assertion(StrEnum):
    """What the accounts assert."""

    EXISTENCE = "existence"
    COMPLETENESS = "completeness"
    ACCURACY = "accuracy"
    VALUATION = "valuation"
    CUT_OFF = "cut_off"
    PRESENTATION = "presentation"
    AUTHORISATION = "authorisation"


class Frequency(StrEnum):
    """How often a control works."""

    EACH_TIME = "each_time"
    DAILY = "daily"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


class Nature(StrEnum):
    """Whether a control keeps an error out or finds it."""

    PREVENTIVE = "preventive"
    DETECTIVE = "detective"


class Mode(StrEnum):
    """Who carries a control out."""

    AUTOMATED = "automated"
    MANUAL = "manual"


class Procedure(StrEnum):
    """What the platform does and counts itself as evidence."""

    ACCESS_DIFFERENCES = "access_differences"
    SEPARATION_OF_DUTIES = "separation_of_duties"


class Result(StrEnum):
    """Result of a control in a month, by its evidence.

    Attributes:
        EFFECTIVE: It worked, and there was no exception.
        DEFICIENT: There was one.
        NOT_TESTED: There was nothing that it could have worked on.
    """

    EFFECTIVE = "EFFECTIVE"
    DEFICIENT = "DEFICIENT"
    NOT_TESTED = "NOT_TESTED"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(_Row):
    """What proves that a control worked: checks, a query, or a procedure.

    Attributes:
        checks: Patterns of names of asset checks.
        tables: Patterns of their tables; of a query, the tables that it reads.
        warnings: Whether a warning of a check is an exception as well.
        query: SQL with a row an item.
        procedure: What the platform counts itself.
    """

    checks: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    warnings: bool = False
    query: str | None = None
    procedure: Procedure | None = None

    @model_validator(mode="after")
    def _is_one_kind(self) -> "Evidence":
        kinds = (bool(self.checks), self.query is not None, self.procedure is not None)
        if sum(kinds) != 1:
            raise ValueError("evidence is checks, a query or a procedure")
        return self

    def covers(self, check: str, table: str) -> bool:
        """Whether the verdict of a check on a table is evidence."""
        return any(fnmatchcase(check, pattern) for pattern in self.checks) and any(
            fnmatchcase(table, pattern) for pattern in self.tables
        )

    @property
    def words(self) -> str:
        """What it is, in one line."""
        if self.procedure is not None:
            return f"procedure {self.procedure}"
        kind = "checks " + ", ".join(self.checks) if self.checks else "query"
        return f"{kind} on {', '.join(self.tables)}"


class Control(_Row):
    """One control.

    Attributes:
        id: Its name.
        area: What it is about.
        title: What holds if it works.
        risk: What could go wrong.
        assertions: What it upholds of the accounts.
        description: How it works.
        owner: Role that answers for it.
        frequency: How often it works.
        nature: Whether it keeps an error out or finds it.
        mode: Who carries it out.
        evidence: What proves that it worked.
    """

    id: Annotated[str, StringConstraints(pattern=r"^(FR|AC|CH|OP)-\d\d$")]
    area: Area
    title: str
    risk: str
    assertions: tuple[Assertion, ...]
    description: str
    owner: Role
    frequency: Frequency
    nature: Nature
    mode: Mode
    evidence: Evidence


@dataclass(frozen=True)
class Item:
    """Something that a control worked on.

    Attributes:
        item: What it is.
        is_exception: Whether the control failed on it.
        detail: What is known of it.
    """

    item: str
    is_exception: bool
    detail: str


@dataclass(frozen=True)
class Verdict:
    """Result of a control in a month, by its evidence.

    Attributes:
        control: The control.
        result: Result of the control.
        population: Items that it worked on.
        sample: Items that were looked at: all of them.
        exceptions: Items on which it failed; no more than `MOST_EXCEPTIONS` are named.
        exception_count: How many there are.
    """

    control: Control
    result: Result
    population: int
    sample: int
    exceptions: Sequence[Item]
    exception_count: int


@lru_cache(maxsize=1)
def load_controls() -> tuple[Control, ...]:
    """The register, read and checked once a process.

    Raises:
        ValueError: If two controls have one name.
    """
    text = files(__package__).joinpath(_FILE).read_text("utf-8")
    found = TypeAdapter(tuple[Control, ...]).validate_python(yaml.safe_load(text))
    if len({control.id for control in found}) < len(found):
        raise ValueError("two controls have one name")
    return found


def find_control(control_id: str) -> Control:
    """A control by its name.

    Raises:
        NothingFoundError: If there is none.
    """
    found = next((control for control in load_controls() if control.id == control_id), None)
    if found is None:
        raise NothingFoundError(
            f"There is no control {control_id}.", "`finplatform sox controls` lists them."
        )
    return found


def judge(control: Control, items: Iterable[Item]) -> Verdict:
    """Result of a control by its items: one exception is a deficiency, no item is no test."""
    found = list(items)
    exceptions = [item for item in found if item.is_exception]
    result = Result.EFFECTIVE
    if not found:
        result = Result.NOT_TESTED
    elif exceptions:
        result = Result.DEFICIENT
    return Verdict(
        control, result, len(found), len(found), exceptions[:MOST_EXCEPTIONS], len(exceptions)
    )
