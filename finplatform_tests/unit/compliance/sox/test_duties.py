"""Separation of duties: no role has two that exclude each other, and breaches are named."""

from datetime import date

import pytest

from finplatform.compliance.aml.cases import Action, CaseRefusedError, Decision, Status, Step, take
from finplatform.compliance.aml.cases import Case as LaunderingCase
from finplatform.compliance.aml.cases import Person as Analyst
from finplatform.compliance.aml.rules import standard_rules
from finplatform.compliance.sox.duties import (
    Duties,
    Duty,
    DutyRefusedError,
    Of,
    Person,
    check_duty,
    load_duties,
    role_breaches,
)
from finplatform.security.rights import PEOPLE, Role, load_rights

DAY = date(2025, 6, 2)


def test_no_role_has_two_duties_that_exclude_each_other() -> None:
    duties = load_duties()
    assert [conflict for conflict in duties.conflicts if conflict.of is Of.ROLES]
    assert role_breaches(duties, load_rights()) == []


def test_who_loads_data_is_who_may_run_jobs() -> None:
    holders = load_duties().duties[Duty.LOAD_DATA].holders(load_rights())
    assert holders == {Role.ADMIN, Role.ENGINEER}


def test_a_role_that_gets_the_other_duty_is_named() -> None:
    written = load_duties().model_dump(mode="json")
    written["duties"]["prepare_close"]["roles"] = ["risk_analyst", "engineer"]
    (breach,) = role_breaches(Duties.model_validate(written), load_rights())
    assert (breach.conflict, breach.who) == ("LOAD_AND_PREPARE", "engineer")
    assert "could make the figures" in breach.detail


@pytest.mark.parametrize("role", PEOPLE)
def test_a_duty_is_refused_to_whom_it_is_not_given(role: Role) -> None:
    person = Person("eve", role)
    if role in load_duties().duties[Duty.REVIEW_ACCESS].roles:
        check_duty(person, Duty.REVIEW_ACCESS)
        return
    with pytest.raises(DutyRefusedError, match="It takes: auditor or compliance_officer"):
        check_duty(person, Duty.REVIEW_ACCESS)


@pytest.mark.parametrize("role", [Role.COMPLIANCE_ANALYST, Role.COMPLIANCE_OFFICER])
def test_who_decides_a_case_is_who_the_course_of_a_case_lets(role: Role) -> None:
    case = LaunderingCase(
        "CASE-1", "C1", Status.PROPOSED, DAY, DAY, proposal=Decision.NO_REPORT, proposed_by="anna"
    )
    step = Step(Action.DECIDE, Analyst("olga", role), "Seen all of its transactions.", DAY)
    if role in load_duties().duties[Duty.DECIDE_CASE].roles:
        assert take(case, step, standard_rules().as_of(DAY)).status is Status.CLOSED
        return
    with pytest.raises(CaseRefusedError, match="may not decide"):
        take(case, step, standard_rules().as_of(DAY))
