"""Separation of duties: the duties of roles, and pairs of duties in conflict.

They are declared in `duties.yaml`. Belongs here: reading it, refusing a user without a duty or with
a conflicting one, and conflicts within roles. Does not belong here: finding users who performed
both duties of a pair (`finplatform.warehouse.access_reviews`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from finplatform.errors import FinplatformError
from finplatform.security.rights import Rights, Role, UiRight

_FILE = "duties.yaml"


class Duty(StrEnum):
    """What a person does that another person must not do as well."""

    LOAD_DATA = "load_data"
    PREPARE_CLOSE = "prepare_close"
    APPROVE_CLOSE = "approve_close"
    REVIEW_ACCESS = "review_access"
    WORK_ON_CASE = "work_on_case"
    DECIDE_CASE = "decide_case"
    CHANGE_LAUNDERING_RULE = "change_laundering_rule"


class Of(StrEnum):
    """Who must not have both duties of a conflict.

    Attributes:
        ROLES: One role.
        PEOPLE: One person on the same thing.
    """

    ROLES = "roles"
    PEOPLE = "people"


class DutyRefusedError(FinplatformError):
    """A duty that a person lacks, or has excluded by another; nothing is changed."""


@dataclass(frozen=True)
class Person:
    """Who acts.

    Attributes:
        name: Name in the platform.
        role: Role there.
    """

    name: str
    role: str


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DutyRights(_Row):
    """Who has a duty.

    Attributes:
        description: What it is.
        roles: Roles that have it.
        endpoints: Endpoints of which each role that may call one has it.
        ui: Right in the Dagster UI that comes with it.
    """

    description: str
    roles: frozenset[Role] = frozenset()
    endpoints: tuple[str, ...] = ()
    ui: UiRight | None = None

    def holders(self, rights: Rights) -> frozenset[Role]:
        """Roles that have the duty by the declared rights."""
        called = {role for name in self.endpoints for role in rights.endpoints.get(name, ())}
        shown = {role for role, row in rights.roles.items() if self.ui and row.ui is self.ui}
        return frozenset(self.roles | called | shown)


class Conflict(_Row):
    """Two duties that one person must not hold or perform together.

    Attributes:
        id: Its name.
        first: One duty.
        second: The other one.
        of: Who must not have both.
        reason: Why.
        query: SQL that finds people who did both, as `item` and `person`; None: of roles.
    """

    id: str
    first: Duty
    second: Duty
    of: Of
    reason: str
    query: str | None = None

    @model_validator(mode="after")
    def _people_are_looked_for(self) -> "Conflict":
        if (self.of is Of.PEOPLE) != (self.query is not None):
            raise ValueError(f"{self.id}: a conflict of people has a query, one of roles has none")
        return self


class Duties(_Row):
    """All duties and conflicts.

    Attributes:
        duties: Who has each duty.
        conflicts: Duties that exclude each other.
    """

    duties: Mapping[Duty, DutyRights]
    conflicts: tuple[Conflict, ...]

    @model_validator(mode="after")
    def _every_duty_is_there(self) -> "Duties":
        if missing := set(Duty) - set(self.duties):
            raise ValueError(f"duties without a row: {', '.join(sorted(missing))}")
        return self


@dataclass(frozen=True)
class Breach:
    """A conflict that a role or a person has.

    Attributes:
        conflict: Its name.
        who: The role, or the person.
        detail: In words.
    """

    conflict: str
    who: str
    detail: str


@lru_cache(maxsize=1)
def load_duties() -> Duties:
    """The declared duties, read and checked once a process."""
    text = files(__package__).joinpath(_FILE).read_text("utf-8")
    return Duties.model_validate(yaml.safe_load(text))


def check_duty(person: Person, duty: Duty) -> None:
    """Refuses a person whose role lacks a duty.

    Raises:
        DutyRefusedError: If it does.
    """
    row = load_duties().duties[duty]
    if person.role not in row.roles:
        raise DutyRefusedError(
            f"The role {person.role} may not do this: {row.description[0].lower()}"
            f"{row.description[1:].rstrip('.')}.",
            f"It takes: {' or '.join(sorted(row.roles))}.",
        )


def check_second(person: Person, first: str, what: str) -> None:
    """Refuses a person who has done the first of two steps.

    Args:
        person: Who takes the second one.
        first: Who took the first one.
        what: What the steps are taken on.

    Raises:
        DutyRefusedError: If they are the same.
    """
    if person.name == first:
        raise DutyRefusedError(
            f"{person.name} prepared {what} and may not approve it.", "Another person approves."
        )


def role_breaches(duties: Duties, rights: Rights) -> list[Breach]:
    """Roles that have both duties of a conflict."""
    return [
        Breach(
            conflict.id,
            str(role),
            f"{role} has both {conflict.first} and {conflict.second}. {conflict.reason}",
        )
        for conflict in duties.conflicts
        if conflict.of is Of.ROLES
        for role in sorted(
            duties.duties[conflict.first].holders(rights)
            & duties.duties[conflict.second].holders(rights)
        )
    ]
