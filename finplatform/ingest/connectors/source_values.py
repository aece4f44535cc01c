"""Time zone and number format in the configuration of a source.

Does not belong here: reading values (see `finplatform.ingest.values`).
"""

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"{name!r} is no time zone; write its IANA name, such as Europe/Prague or UTC"
        raise ValueError(message) from None
    return name


Timezone = Annotated[str, AfterValidator(_known_zone)]
"""IANA name of a time zone."""


class SourceValues(BaseModel):
    """Format of a source's times and numbers.

    Attributes:
        timezone: Zone of times without a zone; default: that of the bank, if configured.
        decimal: Decimal separator of numbers in text.
        thousands: Separator of thousands in numbers in text; without one, grouped numbers are
            refused.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    timezone: Timezone | None = None
    decimal: Literal[".", ","] = "."
    thousands: Literal[",", ".", " ", "'", "\u2019", "\u00a0", "\u202f"] | None = None

    @model_validator(mode="after")
    def _have_different_separators(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError("`decimal` and `thousands` are the same character")
        return self
