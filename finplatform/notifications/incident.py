"""`Signal`: a report that something is wrong.

A signal is made of names, counts and links, never of free text: error messages quote values, and
values may be personal. Signals with the same fingerprint are one incident. Belongs here: the
signal, its severity, and what a name may be.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

CHECK = "check"
RUN = "run"
FRESHNESS = "freshness"

_NAME = re.compile(r"[A-Za-z0-9_./:, *()-]{1,200}")
_LIKE_AN_IDENTIFIER = re.compile(
    r"\S+@\S+"  # an address
    r"|\b[A-Z]{2}\d{2}[A-Z0-9]{10,30}\b"  # an IBAN
    r"|\+?\d[\d ()/-]{7,}\d"  # a telephone, account or card number
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Severity(StrEnum):
    """How bad it is, in rising order."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Place in the order."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class Signal:
    """Something that is wrong now.

    Attributes:
        kind: What sort of thing: `check`, `run`, `disk`, ...
        subject: What it is about, such as a table and a check; part of the fingerprint.
        severity: How bad it is.
        title: One line for people, without personal data.
        count: How many rows, files or alerts, where there is a number.
        link: Page that shows more.
        run_id: Run in which it occurred.
        held_table: Table whose readers are stopped meanwhile.
    """

    kind: str
    subject: str
    severity: Severity
    title: str
    count: int | None = None
    link: str = ""
    run_id: str | None = None
    held_table: str | None = None

    @property
    def fingerprint(self) -> str:
        """What makes two signals the same incident."""
        return fingerprint_of(self.kind, self.subject)


def fingerprint_of(kind: str, subject: str) -> str:
    """Fingerprint of the incident of a kind about a subject."""
    return f"{kind}:{subject}"


def plain_name(text: str, otherwise: str = "(unnamed)") -> str:
    """A name as it may be sent: its own, unless it holds what could be about a person.

    Args:
        text: Name of a table, check, job, partition or file.
        otherwise: What stands for a name that may not be sent.
    """
    # Days are what partitions are called; without them no long number is left in their names.
    rest = _DAY.sub("", text)
    if _NAME.fullmatch(text) and not _LIKE_AN_IDENTIFIER.search(rest):
        return text
    return otherwise
