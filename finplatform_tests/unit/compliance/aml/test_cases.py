"""The course of a case: four eyes, roles, clocks, and what is refused."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from finplatform.compliance.aml.cases import (
    Action,
    Case,
    CaseRefusedError,
    Decision,
    Person,
    Status,
    Step,
    due_date_of,
    take,
)
from finplatform.compliance.aml.rules import standard_rules
from finplatform.security.rights import Role

DAY = date(2025, 6, 2)
RULES = standard_rules().as_of(DAY)
ALI = Person("ali", Role.COMPLIANCE_ANALYST)
ANNA = Person("anna", Role.COMPLIANCE_OFFICER)
OLGA = Person("olga", Role.COMPLIANCE_OFFICER)
RITA = Person("rita", Role.RISK_ANALYST)
WHY = "The deposits avoid the report."

OPEN = Case("CASE-1", "C1", Status.OPEN, DAY, DAY + timedelta(days=30))
PROPOSED = replace(OPEN, status=Status.PROPOSED, proposal=Decision.REPORT, proposed_by=ANNA.name)


def step(action: Action, by: Person = ANNA, **more: Any) -> Step:
    return Step(action, by, more.pop("reason", WHY), more.pop("day", DAY), **more)


def test_a_report_takes_an_analyst_who_escalates_and_two_officers() -> None:
    case = take(OPEN, step(Action.ASSIGN, ALI, to="ali"), RULES)
    assert (case.assigned_to, case.queue) == ("ali", Role.COMPLIANCE_ANALYST)
    case = take(case, step(Action.ESCALATE, ALI), RULES)
    assert case.queue is Role.COMPLIANCE_OFFICER
    case = take(case, step(Action.PROPOSE, ANNA, decision=Decision.REPORT), RULES)
    case = take(case, step(Action.DECIDE, OLGA), RULES)
    assert (case.status, case.proposal) == (Status.CLOSED, Decision.REPORT)


def test_who_proposed_may_neither_decide_nor_refuse() -> None:
    for action in (Action.DECIDE, Action.REFUSE):
        with pytest.raises(CaseRefusedError, match="anna proposed the decision"):
            take(PROPOSED, step(action, ANNA), RULES)


def test_a_refused_proposal_goes_back_and_may_be_another_one() -> None:
    back = take(PROPOSED, step(Action.REFUSE, OLGA), RULES)
    assert (back.status, back.proposal, back.proposed_by) == (Status.ESCALATED, None, None)
    again = take(back, step(Action.PROPOSE, OLGA, decision=Decision.NO_REPORT), RULES)
    assert take(again, step(Action.DECIDE, ANNA), RULES).proposal is Decision.NO_REPORT


def test_a_decision_is_that_which_was_proposed() -> None:
    with pytest.raises(CaseRefusedError, match="REPORT is proposed"):
        take(PROPOSED, step(Action.DECIDE, OLGA, decision=Decision.FALSE_POSITIVE), RULES)


@pytest.mark.parametrize("action", [a for a in Action if a not in (Action.OPEN, Action.ADD)])
def test_of_a_decided_case_every_step_is_refused(action: Action) -> None:
    closed = replace(PROPOSED, status=Status.CLOSED)
    with pytest.raises(CaseRefusedError, match="decided already"):
        take(closed, step(action, OLGA, to="x", until=DAY, decision=Decision.REPORT), RULES)


@pytest.mark.parametrize("action", [a for a in Action if a not in (Action.OPEN, Action.ADD)])
@pytest.mark.parametrize("case", [OPEN, PROPOSED])
def test_roles_outside_compliance_do_nothing_with_a_case(case: Case, action: Action) -> None:
    with pytest.raises(CaseRefusedError, match="role risk_analyst may not"):
        take(case, step(action, RITA, to="x", until=DAY, decision=Decision.REPORT), RULES)


def test_an_analyst_proposes_false_alarms_and_decides_nothing() -> None:
    case = take(OPEN, step(Action.PROPOSE, ALI, decision=Decision.FALSE_POSITIVE), RULES)
    assert case.status is Status.PROPOSED
    with pytest.raises(CaseRefusedError, match="may propose FALSE_POSITIVE alone"):
        take(OPEN, step(Action.PROPOSE, ALI, decision=Decision.REPORT), RULES)
    with pytest.raises(CaseRefusedError, match="role compliance_analyst may not decide"):
        take(PROPOSED, step(Action.DECIDE, ALI), RULES)


@pytest.mark.parametrize(
    ("case", "action"),
    [(OPEN, Action.DECIDE), (OPEN, Action.REFUSE), (OPEN, Action.RETURN),
     (PROPOSED, Action.PROPOSE), (PROPOSED, Action.ESCALATE), (PROPOSED, Action.SNOOZE)],
)  # fmt: skip
def test_steps_out_of_their_order_are_refused(case: Case, action: Action) -> None:
    with pytest.raises(CaseRefusedError, match="cannot be taken to"):
        take(case, step(action, OLGA, decision=Decision.REPORT, until=DAY), RULES)


@pytest.mark.parametrize("reason", ["", "short", " " * 40, "x" * 2_001])
def test_a_step_has_a_reason_in_words(reason: str) -> None:
    with pytest.raises(CaseRefusedError, match="A reason has 10 to 2000 characters"):
        take(OPEN, step(Action.NOTE, reason=reason), RULES)


def test_the_clock_has_thirty_days_and_sixty_where_nobody_is_suspected() -> None:
    assert due_date_of(DAY, RULES, has_suspect=True) == date(2025, 7, 2)
    assert due_date_of(DAY, RULES, has_suspect=False) == date(2025, 8, 1)
    unknown = take(OPEN, step(Action.SUSPECT, has_suspect=False, day=DAY + timedelta(9)), RULES)
    assert unknown.due_date == date(2025, 8, 1)
    known = take(unknown, step(Action.SUSPECT, has_suspect=True, day=DAY + timedelta(40)), RULES)
    assert known.due_date == date(2025, 7, 2)


def test_a_case_sleeps_until_its_day_and_never_past_its_clock() -> None:
    asleep = take(OPEN, step(Action.SNOOZE, ALI, until=DAY + timedelta(days=5)), RULES)
    assert asleep.snoozed_until == DAY + timedelta(days=5)
    assert take(asleep, step(Action.WAKE, ALI), RULES).snoozed_until is None
    assert take(asleep, step(Action.ESCALATE, ALI), RULES).snoozed_until is None
    for until, words in ((DAY, "is over"), (OPEN.due_date, "is due on")):
        with pytest.raises(CaseRefusedError, match=words):
            take(OPEN, step(Action.SNOOZE, ALI, until=until), RULES)


@pytest.mark.parametrize("action", [Action.ASSIGN, Action.SNOOZE, Action.PROPOSE])
def test_a_step_without_what_it_needs_is_refused(action: Action) -> None:
    with pytest.raises(CaseRefusedError):
        take(OPEN, step(action), RULES)
