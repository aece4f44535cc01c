"""Form of the e-mail settings: addresses, and mailings of report pages.

Does not belong here: sending (`finplatform.notifications`).
"""

from typing import Annotated

from pydantic import BaseModel, Field

Address = Annotated[str, Field(pattern=r"^[^@\s,<>]+@[^@\s,<>]+$")]
"""An e-mail address."""


class ReportMail(BaseModel, frozen=True, extra="forbid"):
    """Report pages that are sent by e-mail.

    Attributes:
        name: Name of the schedule.
        pages: File names of report pages, without `.html`.
        cron: Schedule, in the bank's time zone.
        to: Recipients.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,60}$")
    pages: tuple[Annotated[str, Field(pattern=r"^[a-z0-9_]+$")], ...] = Field(min_length=1)
    cron: str = Field(pattern=r"^\s*\S+(\s+\S+){4}\s*$")
    to: tuple[Address, ...] = Field(min_length=1)
