"""`Reading`: the state of one section of the live page.

A figure without a source is marked as unavailable and never zero. Belongs here: the types of
readings and sections. Does not belong here: any particular section.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, SerializeAsAny

from finplatform.api.database import Session


class State(StrEnum):
    """Whether a section has values."""

    OK = "ok"
    NO_SOURCE = "no_source"
    FAILED = "failed"


class Values(BaseModel):
    """What a section shows while it has a source."""

    model_config = ConfigDict(frozen=True)


class Reading(BaseModel):
    """A section at one moment.

    Attributes:
        state: Whether there are values.
        source: Table or service that they are from, or would be from.
        why: Why there are none.
        values: The values.
    """

    model_config = ConfigDict(frozen=True)

    state: State
    source: str | None = None
    why: str | None = None
    values: SerializeAsAny[Values] | None = None

    @classmethod
    def of(cls, source: str, values: Values) -> "Reading":
        """A reading with values."""
        return cls(state=State.OK, source=source, values=values)

    @classmethod
    def missing(cls, why: str) -> "Reading":
        """A reading of what does not exist here."""
        return cls(state=State.NO_SOURCE, why=why)

    @classmethod
    def failed(cls, why: str) -> "Reading":
        """A reading that could not be made."""
        return cls(state=State.FAILED, why=why)

    def as_json(self) -> dict[str, Any]:
        """The reading as JSON's types."""
        return self.model_dump(mode="json")


@dataclass(frozen=True)
class Moment:
    """What all sections of one poll share.

    Attributes:
        now: The server's time.
        relations: Tables that the session may read, by `schema.table`, each with its oid, which
            changes when a table is made anew.
    """

    now: datetime
    relations: Mapping[str, int]


class Section(Protocol):
    """A part of the page that is read from the database."""

    @property
    def name(self) -> str:
        """Name in events."""
        ...

    @property
    def relations(self) -> tuple[str, ...]:
        """Tables that it reads where they exist."""
        ...

    async def read(self, session: Session, moment: Moment) -> Reading:
        """Reads it.

        Raises:
            psycopg.Error: If a statement fails.
        """
        ...
