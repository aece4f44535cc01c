"""The course of a case: from alerts over a proposal to a decision of two people.

A case waits in the queue of a role: analysts gather and propose, officers decide. Belongs here:
which step may follow which, by whom, and the clock of the report. Does not belong here: storing
(`finplatform.warehouse.laundering_cases`).
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from finplatform.compliance.aml.rules import Rules
from finplatform.errors import FinplatformError
from finplatform.security.rights import Role

LEAST_REASON, MOST_REASON = 10, 2_000

T = TypeVar("T")


class Status(StrEnum):
    """How far a case is.

    Attributes:
        OPEN: With an analyst.
        ESCALATED: With an officer.
        PROPOSED: Waits for the decision of a second person.
        CLOSED: Decided.
    """

    OPEN = "OPEN"
    ESCALATED = "ESCALATED"
    PROPOSED = "PROPOSED"
    CLOSED = "CLOSED"


class Action(StrEnum):
    """What people do with a case."""

    OPEN = "open"
    ADD = "add"
    ASSIGN = "assign"
    NOTE = "note"
    SNOOZE = "snooze"
    WAKE = "wake"
    SUSPECT = "suspect"
    ESCALATE = "escalate"
    RETURN = "return"
    PROPOSE = "propose"
    DECIDE = "decide"
    REFUSE = "refuse"


class Decision(StrEnum):
    """What may be decided."""

    REPORT = "REPORT"
    NO_REPORT = "NO_REPORT"
    FALSE_POSITIVE = "FALSE_POSITIVE"


QUEUES = {
    Status.OPEN: Role.COMPLIANCE_ANALYST,
    Status.ESCALATED: Role.COMPLIANCE_OFFICER,
    Status.PROPOSED: Role.COMPLIANCE_OFFICER,
    Status.CLOSED: Role.COMPLIANCE_OFFICER,
}
"""Role in whose queue a case waits."""

_BOTH = (Role.COMPLIANCE_ANALYST, Role.COMPLIANCE_OFFICER)
_OFFICERS = (Role.COMPLIANCE_OFFICER,)
_UNDECIDED = (Status.OPEN, Status.ESCALATED, Status.PROPOSED)
_IN_WORK = (Status.OPEN, Status.ESCALATED)

_ALLOWED = {
    Action.ASSIGN: (_UNDECIDED, _BOTH),
    Action.NOTE: (_UNDECIDED, _BOTH),
    Action.SNOOZE: (_IN_WORK, _BOTH),
    Action.WAKE: (_UNDECIDED, _BOTH),
    Action.SUSPECT: (_UNDECIDED, _BOTH),
    Action.ESCALATE: ((Status.OPEN,), _BOTH),
    Action.RETURN: ((Status.ESCALATED,), _OFFICERS),
    Action.PROPOSE: (_IN_WORK, _BOTH),
    Action.DECIDE: ((Status.PROPOSED,), _OFFICERS),
    Action.REFUSE: ((Status.PROPOSED,), _OFFICERS),
}
"""Of each action, in which states and by which roles."""


class CaseRefusedError(FinplatformError):
    """A step that the course of a case does not allow; nothing is changed."""


@dataclass(frozen=True)
class Person:
    """Who acts.

    Attributes:
        name: Name in the platform.
        role: Role there.
    """

    name: str
    role: str


@dataclass(frozen=True)
class Case:
    """A case as it stands.

    Attributes:
        case_id: The case.
        customer_id: Subject of the case.
        status: How far it is.
        detected_date: Day from which the clock of the report runs.
        due_date: Day by which a report is filed.
        has_suspect: Whether a suspect is identified.
        assigned_to: Who works on it.
        snoozed_until: Day until which it is left out of the queue.
        proposal: What was proposed, while it waits for a decision.
        proposed_by: User who proposed it.
    """

    case_id: str
    customer_id: str
    status: Status
    detected_date: date
    due_date: date
    has_suspect: bool = True
    assigned_to: str | None = None
    snoozed_until: date | None = None
    proposal: Decision | None = None
    proposed_by: str | None = None

    @property
    def queue(self) -> Role:
        """Role in whose queue it waits."""
        return QUEUES[self.status]


@dataclass(frozen=True)
class Step:
    """An action on a case.

    Attributes:
        action: The action.
        by: User who takes it.
        reason: Reason, as text.
        day: Day of the action.
        to: User to whom a case is assigned.
        until: Day until which it is snoozed.
        decision: Proposed decision.
        has_suspect: Whether a suspect is identified.
    """

    action: Action
    by: Person
    reason: str
    day: date
    to: str | None = None
    until: date | None = None
    decision: Decision | None = None
    has_suspect: bool | None = None


def due_date_of(detected: date, rules: Rules, *, has_suspect: bool) -> date:
    """Day by which suspicious activity is reported: 31 CFR 1020.320(b)(3)."""
    part = "due_days" if has_suspect else "due_days_no_suspect"
    return detected + timedelta(days=rules.whole("SUSPICIOUS_REPORT", part))


def take(case: Case, step: Step, rules: Rules) -> Case:
    """The case after a step.

    Raises:
        CaseRefusedError: If the step is not allowed; the reason is in the message.
    """
    _check_reason(step.reason)
    _check_allowed(case, step)
    match step.action:
        case Action.ASSIGN:
            return replace(case, assigned_to=_needed(step.to, "Whom is it assigned to?"))
        case Action.SNOOZE:
            return _snoozed(case, step)
        case Action.WAKE:
            return replace(case, snoozed_until=None)
        case Action.SUSPECT:
            has_suspect = bool(step.has_suspect)
            due = due_date_of(case.detected_date, rules, has_suspect=has_suspect)
            return replace(case, has_suspect=has_suspect, due_date=due)
        case Action.ESCALATE:
            return replace(case, status=Status.ESCALATED, snoozed_until=None)
        case Action.RETURN:
            return replace(case, status=Status.OPEN, snoozed_until=None)
        case Action.PROPOSE:
            return _proposed(case, step)
        case Action.DECIDE:
            return _decided(case, step)
        case Action.REFUSE:
            _check_second(case, step.by)
            return replace(case, status=Status.ESCALATED, proposal=None, proposed_by=None)
    return case


def _check_allowed(case: Case, step: Step) -> None:
    states, roles = _ALLOWED[step.action]
    if case.status is Status.CLOSED:
        raise CaseRefusedError(
            f"The case {case.case_id} is decided already.",
            "A decision stands; what comes up later is a new case.",
        )
    if step.by.role not in roles:
        raise CaseRefusedError(
            f"The role {step.by.role} may not {step.action} a case.",
            f"It takes: {' or '.join(roles)}.",
        )
    if case.status not in states:
        raise CaseRefusedError(
            f"The case {case.case_id} is {case.status}; it cannot be taken to"
            f" `{step.action}` from there.",
            f"That follows on: {', '.join(states)}.",
        )


def _check_reason(reason: str) -> None:
    if not LEAST_REASON <= len(reason.strip()) <= MOST_REASON:
        raise CaseRefusedError(f"A reason has {LEAST_REASON} to {MOST_REASON} characters.")


def _check_second(case: Case, person: Person) -> None:
    if person.name == case.proposed_by:
        raise CaseRefusedError(
            f"{person.name} proposed the decision on {case.case_id} and may not make it.",
            "Another officer decides.",
        )


def _snoozed(case: Case, step: Step) -> Case:
    until = _needed(step.until, "Until when does it sleep?")
    if until <= step.day:
        raise CaseRefusedError(f"{until} is over; a case sleeps until a day to come.")
    if until >= case.due_date:
        raise CaseRefusedError(
            f"The case {case.case_id} is due on {case.due_date}; it cannot sleep until {until}.",
            "The clock of the report does not stop.",
        )
    return replace(case, snoozed_until=until)


def _proposed(case: Case, step: Step) -> Case:
    decision = _needed(step.decision, f"Propose one of {', '.join(Decision)}.")
    if decision is not Decision.FALSE_POSITIVE and step.by.role not in _OFFICERS:
        raise CaseRefusedError(
            f"The role {step.by.role} may propose {Decision.FALSE_POSITIVE} alone.",
            "Escalate the case for anything else.",
        )
    return replace(
        case,
        status=Status.PROPOSED,
        snoozed_until=None,
        proposal=decision,
        proposed_by=step.by.name,
    )


def _decided(case: Case, step: Step) -> Case:
    _check_second(case, step.by)
    if step.decision is not None and step.decision is not case.proposal:
        raise CaseRefusedError(
            f"{case.proposal} is proposed for {case.case_id}, not {step.decision}.",
            "Refuse the proposal, and propose the other one.",
        )
    return replace(case, status=Status.CLOSED)


def _needed(value: T | None, message: str) -> T:
    if value is None:
        raise CaseRefusedError(message)
    return value
