"""Closing a month: what stands in the way of it, of a restatement, and of an approval.

A month is closed by two people. What it was reported with is version 1; a restatement makes the
next version and leaves the ones before as they were. Belongs here: the rules. Does not belong here:
storing (`finplatform.warehouse.period_closes`), and what is frozen (`frozen_tables`).
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from finplatform.compliance.sox.duties import Duty, Person, check_duty, check_second
from finplatform.errors import FinplatformError

LEAST_REASON, MOST_REASON = 10, 2_000

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_DECEMBER = 12
_MOST_DAYS = 5


class PeriodRefusedError(FinplatformError):
    """A step that the course of a month does not allow; nothing is changed."""


class State(StrEnum):
    """How far a version of a month is.

    Attributes:
        PREPARED: Waits for the approval of a second person.
        APPROVED: Frozen.
    """

    PREPARED = "PREPARED"
    APPROVED = "APPROVED"


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month of business days.

    Attributes:
        first: Its first day.
    """

    first: date

    @classmethod
    def parse(cls, text: str) -> "Month":
        """The month that is written as `2025-03`.

        Raises:
            PeriodRefusedError: If it is written otherwise.
        """
        if not _MONTH.fullmatch(text) or text.startswith("0000"):
            raise PeriodRefusedError(f"{text!r} is no month.", "Write it as 2025-03.")
        return cls(date.fromisoformat(f"{text}-01"))

    @property
    def end(self) -> date:
        """First day of the next month."""
        if self.first.month == _DECEMBER:
            return date(self.first.year + 1, 1, 1)
        return date(self.first.year, self.first.month + 1, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.end - timedelta(days=1)

    @property
    def next(self) -> "Month":
        """The month after it."""
        return Month(self.end)

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


@dataclass(frozen=True)
class Version:
    """A version of a month.

    Attributes:
        month: The month.
        version: 1 as first reported, and one more for each restatement.
        state: How far it is.
        reason: Why it was made.
        prepared_by: Who prepared it.
        prepared_at: When.
        fingerprint: SHA-256 of the checksums of all its tables.
        approved_by: Who approved it.
        approved_at: When.
        audit_event: Number of the approval in the audit trail.
    """

    month: Month
    version: int
    state: State
    reason: str
    prepared_by: str
    prepared_at: datetime
    fingerprint: str
    approved_by: str | None = None
    approved_at: datetime | None = None
    audit_event: int | None = None


@dataclass(frozen=True)
class TableState:
    """A month of a table at one time.

    Attributes:
        table: `schema.table`.
        row_count: Its rows of the month.
        measure_total: Sum of its measure; None if it has none.
        checksum: SHA-256 of the hashes of its rows in the order of their keys.
    """

    table: str
    row_count: int
    measure_total: Decimal | None
    checksum: str


def fingerprint(month: Month, version: int, states: Sequence[TableState]) -> str:
    """SHA-256 of a version: its month, its number and the checksums of its tables by name."""
    lines = [f"{month} {version}"]
    for state in sorted(states, key=lambda each: each.table):
        total = "-" if state.measure_total is None else f"{state.measure_total:f}"
        lines.append(f"{state.table} {state.row_count} {total} {state.checksum}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@dataclass(frozen=True)
class Known:
    """What is known of a month when it is to be closed.

    Attributes:
        as_of: Last business day that is over.
        versions: Versions of the month, the first one first.
        closed: All months that are closed.
        rows: Rows of the month by table.
        needed: Tables without which it is incomplete.
        missing_days: Days of it without balances.
        held: Why tables of it may not be read, by table.
        facts_loaded_at: Last load of its days.
        reports_made_at: Last time that its capital report was made.
    """

    as_of: date
    versions: Sequence[Version] = ()
    closed: Sequence[Month] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    needed: Sequence[str] = ()
    missing_days: Sequence[date] = ()
    held: Mapping[str, str] = field(default_factory=dict)
    facts_loaded_at: datetime | None = None
    reports_made_at: datetime | None = None

    @property
    def latest(self) -> Version | None:
        """The latest version, prepared ones included."""
        return self.versions[-1] if self.versions else None

    @property
    def approved(self) -> Version | None:
        """The latest version that is frozen."""
        return next((v for v in reversed(self.versions) if v.state is State.APPROVED), None)


def check_close(month: Month, known: Known) -> None:
    """Refuses to close a month that is not over, unknown, closed, out of turn or incomplete.

    Raises:
        PeriodRefusedError: With the reason.
    """
    closed = known.approved
    if closed is not None:
        raise PeriodRefusedError(
            f"{month} is closed already: version {closed.version} was approved by"
            f" {closed.approved_by}.",
            f"`finplatform sox restate {month}` reports other figures as a further version.",
        )
    if month.last > known.as_of:
        raise PeriodRefusedError(
            f"{month} is still open: its last day is {month.last}, and {known.as_of} is the last"
            " business day that is over."
        )
    if not any(known.rows.values()):
        raise PeriodRefusedError(
            f"The bank has no rows of {month}.", "Name a month of its history."
        )
    if known.closed and month != max(known.closed).next:
        raise PeriodRefusedError(
            f"{month} is out of turn: {max(known.closed)} was closed last.",
            f"Close {max(known.closed).next} next.",
        )
    check_complete(month, known)


def check_complete(month: Month, known: Known) -> None:
    """Refuses a month whose tables are not all there, may not be read, or do not fit together.

    Raises:
        PeriodRefusedError: With the reason.
    """
    again = f"`finplatform backfill --from {month.first} --to {month.last}` builds it."
    empty = [table for table in known.needed if not known.rows.get(table)]
    if empty:
        raise PeriodRefusedError(
            f"{month} is incomplete: {', '.join(empty)} has no row of it.", again
        )
    if known.missing_days:
        shown = ", ".join(f"{day}" for day in known.missing_days[:_MOST_DAYS])
        more = len(known.missing_days) - _MOST_DAYS
        raise PeriodRefusedError(
            f"{month} is incomplete: there are no balances of {shown}"
            f"{f' and {more} more days' if more > 0 else ''}.",
            again,
        )
    if known.held:
        reasons = "; ".join(f"{table}: {reason}" for table, reason in sorted(known.held.items()))
        raise PeriodRefusedError(
            f"{month} cannot be frozen while a check has failed on it: {reasons}.",
            "Mend the rows or the rule, and run the table again.",
        )
    facts, reports = known.facts_loaded_at, known.reports_made_at
    if facts is not None and reports is not None and reports < facts:
        raise PeriodRefusedError(
            f"The capital report of {month} is older than its facts, which were loaded at"
            f" {facts:%Y-%m-%d %H:%M:%S} UTC.",
            f"`finplatform backfill --from {month.first} --to {month.last} --job month_end` makes"
            " it again.",
        )


def check_restate(month: Month, known: Known, changed: Sequence[str]) -> None:
    """Refuses to restate a month that is not closed, or of which nothing has changed.

    Args:
        month: The month.
        known: What is known of it.
        changed: Tables that are not as they were frozen.

    Raises:
        PeriodRefusedError: With the reason.
    """
    frozen = known.approved
    if frozen is None:
        raise PeriodRefusedError(
            f"{month} is not closed, so there is nothing to restate.",
            f"`finplatform sox close {month}` closes it.",
        )
    if not changed:
        raise PeriodRefusedError(
            f"{month} is as version {frozen.version} has it; there is nothing to restate."
        )
    check_complete(month, known)


def check_preparation(person: Person, reason: str) -> str:
    """The reason of a preparation, once its author may prepare one.

    Raises:
        FinplatformError: If the role may not, or the reason is empty.
    """
    check_duty(person, Duty.PREPARE_CLOSE)
    text = reason.strip()
    if not LEAST_REASON <= len(text) <= MOST_REASON:
        raise PeriodRefusedError(f"A reason has {LEAST_REASON} to {MOST_REASON} characters.")
    return text


def check_approval(month: Month, known: Known, person: Person, fingerprint: str | None) -> Version:
    """The version that waits, once the person may approve it as it is now.

    Args:
        month: The month.
        known: What is known of it.
        person: Who approves.
        fingerprint: That of the month's tables now; None: it is not looked at.

    Raises:
        FinplatformError: If nothing waits, the person may not, or figures have changed since.
    """
    check_duty(person, Duty.APPROVE_CLOSE)
    waiting = known.latest
    if waiting is None or waiting.state is not State.PREPARED:
        frozen = known.approved
        raise PeriodRefusedError(
            f"Nothing of {month} waits for approval."
            if frozen is None
            else f"Nothing of {month} waits for approval: version {frozen.version} is approved.",
            f"`finplatform sox {'close' if frozen is None else 'restate'} {month}` prepares it.",
        )
    check_second(person, waiting.prepared_by, f"{month} version {waiting.version}")
    if fingerprint is not None and fingerprint != waiting.fingerprint:
        raise PeriodRefusedError(
            f"{month} is not as {waiting.prepared_by} prepared it: rows have changed since"
            f" {waiting.prepared_at:%Y-%m-%d %H:%M} UTC.",
            "Prepare it again, so that what is approved is what was looked at.",
        )
    return waiting
