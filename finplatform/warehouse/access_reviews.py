"""Access reviews: snapshots of the holders' rights, and their sign-off.

A review holds a line for every login with its role and the role's rights; each line is signed by a
reviewer other than its holder. Does not belong here: the comparison with the declared rights
(`access`).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import psycopg
from psycopg.rows import dict_row

from finplatform.compliance.sox.duties import Duty, DutyRefusedError, Person, check_duty
from finplatform.errors import FinplatformError, NothingFoundError
from finplatform.security.rights import Role, load_rights
from finplatform.warehouse import control_evidence, people, users
from finplatform.warehouse.role_names import person_role

_LEAST_NOTE = 10

_OPEN = """
insert into compliance.access_reviews (opened_by, reason) values (%s, %s) returning review_id
"""

_LINE = """
insert into compliance.access_review_lines (
    review_id, holder, is_service, role, role_rights, regions, is_disabled, has_database_login,
    remarks
) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

_SIGN = """
update compliance.access_review_lines set verdict = %(verdict)s, signed_by = %(by)s,
    signed_at = now(), note = %(note)s
where review_id = %(review)s and signed_by is null and holder <> %(by)s
    and (%(holders)s::text[] is null or holder = any(%(holders)s))
returning holder
"""

_LATEST = """
select review_id, opened_by, opened_at, reason from compliance.access_reviews
where %(review)s::bigint is null or review_id = %(review)s
order by review_id desc limit 1
"""

_LINES = """
select holder, is_service, role, role_rights, regions, is_disabled, has_database_login, remarks,
    verdict, signed_by, signed_at, note
from compliance.access_review_lines where review_id = %s order by is_service, holder
"""


class ReviewVerdict(StrEnum):
    """Verdict of a reviewer on a holder's rights."""

    KEEP = "KEEP"
    REVOKE = "REVOKE"


@dataclass(frozen=True)
class Review:
    """A review of rights.

    Attributes:
        review_id: Its number.
        opened_by: Person who opened it.
        opened_at: Instant of opening.
        reason: Reason.
        lines: A line per holder.
    """

    review_id: int
    opened_by: str
    opened_at: Any
    reason: str
    lines: list[dict[str, Any]]

    @property
    def is_signed(self) -> bool:
        """Whether every line is signed."""
        return all(line["signed_by"] for line in self.lines)


def open_review(connection: psycopg.Connection, person: Person, reason: str) -> Review:
    """Opens a review with a snapshot of all holders' rights.

    Args:
        connection: Session of the owner; the snapshot is a transaction, or part of the caller's.
        person: Person who opens the review.
        reason: Reason.

    Raises:
        FinplatformError: If the person may not, or the reason is too short.
    """
    check_duty(person, Duty.REVIEW_ACCESS)
    text = _checked(reason, "reason")
    with connection.transaction():
        row = connection.execute(_OPEN.encode(), (person.name, text)).fetchone()
        if row is None:
            raise AssertionError
        with connection.cursor() as cursor:
            cursor.executemany(_LINE.encode(), _lines(connection, int(row[0])))
    return find_review(connection, int(row[0]))


def sign(
    connection: psycopg.Connection,
    person: Person,
    verdict: ReviewVerdict,
    note: str,
    holders: list[str] | None = None,
) -> tuple[Review, list[str]]:
    """Signs lines of the latest review, except the reviewer's own.

    Args:
        connection: Session of the owner.
        person: The reviewer.
        verdict: Verdict on the rights.
        note: Note of the reviewer.
        holders: Holders of the lines; None: all unsigned lines.

    Returns:
        The review, and the holders of the signed lines.

    Raises:
        FinplatformError: If the person may not, a line is the person's own, or there is none.
    """
    check_duty(person, Duty.REVIEW_ACCESS)
    text = _checked(note, "note")
    with connection.transaction():
        review = find_review(connection, None)
        if holders is not None and person.name in holders:
            raise DutyRefusedError(
                f"{person.name} may not sign off the own rights.", "Another reviewer does."
            )
        open_lines = {line["holder"] for line in review.lines if line["signed_by"] is None}
        if unknown := [name for name in holders or () if name not in open_lines]:
            raise FinplatformError(
                f"Review {review.review_id} has no open line of {', '.join(unknown)}.",
                "`finplatform sox review` shows its lines.",
            )
        if not open_lines - {person.name}:
            raise FinplatformError(
                f"Review {review.review_id} has no line that {person.name} could sign."
            )
        values = {
            "verdict": str(verdict), "by": person.name, "note": text, "review": review.review_id,
            "holders": holders,
        }  # fmt: skip
        signed = [row[0] for row in connection.execute(_SIGN.encode(), values)]
    return find_review(connection, review.review_id), sorted(signed)


def find_review(connection: psycopg.Connection, review_id: int | None) -> Review:
    """A review; by default the latest.

    Raises:
        NothingFoundError: If there is none.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_LATEST, {"review": review_id}).fetchone()
        if row is None:
            raise NothingFoundError(
                "There is no review of rights.", "`finplatform sox review --open` begins one."
            )
        lines = cursor.execute(_LINES, (row["review_id"],)).fetchall()
    return Review(**row, lines=lines)


def _lines(connection: psycopg.Connection, review_id: int) -> list[tuple[Any, ...]]:
    """A line per login and per person with a role of the database."""
    rights = load_rights()
    held = {person.name: person for person in people.people(connection)}
    logins = {user.name: user for user in users.list_users(connection)}
    remarks: dict[str, list[str]] = {}
    for breach in control_evidence.violations(connection):
        remarks.setdefault(breach.who, []).append(breach.detail)
    lines = []
    for name in sorted({*held, *logins}):
        person, user = held.get(name), logins.get(name)
        role = str(user.role if user else person.role if person else "-")
        found = [*remarks.get(name, ()), *remarks.get(role, ())]
        if person is None:
            found.append("Logs in, and has no role in the database.")
        elif user is None:
            found.append("Has a role in the database, and no login.")
        elif user.role != person.role:
            found.append(f"Logs in as {user.role}, and is {person.role} in the database.")
        read = [
            subject for subject, row in rights.subjects.items() if _is_reader(role, row.readers)
        ]
        lines.append(
            (
                review_id, name, bool(user and user.is_service), role, read,
                None if person is None or person.regions is None else list(person.regions),
                bool(user and user.is_disabled), _logs_in(connection, name), found,
            )
        )  # fmt: skip
    return lines


def _is_reader(role: str, readers: frozenset[Role]) -> bool:
    return role in {str(reader) for reader in readers}


def _logs_in(connection: psycopg.Connection, name: str) -> bool:
    """Whether a person's database role has LOGIN."""
    role = person_role(connection.info.dbname, name)
    row = connection.execute(
        "select rolcanlogin from pg_roles where rolname = %s", (role,)
    ).fetchone()
    return bool(row and row[0])


def _checked(text: str, what: str) -> str:
    if len(text.strip()) < _LEAST_NOTE:
        raise FinplatformError(f"A {what} has {_LEAST_NOTE} characters or more.")
    return text.strip()
