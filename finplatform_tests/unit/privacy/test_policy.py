"""The policy: rules by the day, and the arithmetic of days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from finplatform.contracts.bronze import SOURCES
from finplatform.privacy.policy import After, Retention, add_months, add_years, load_policy
from finplatform.security.rights import load_rights

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("day", "paragraph"),
    [
        (date(2017, 6, 25), None),
        (date(2017, 6, 26), "Directive (EU) 2015/849, article 40(1)(a)"),
        (date(2027, 7, 9), "Directive (EU) 2015/849, article 40(1)(a)"),
        (date(2027, 7, 10), "Regulation (EU) 2024/1624, article 77(3)"),
    ],
)
def test_the_rule_of_a_relationship_is_the_one_in_force(day: date, paragraph: str | None) -> None:
    rule = load_policy().rule(After.RELATIONSHIP_END, day)
    assert (rule.paragraph if rule else None) == paragraph


@given(day=st.dates(date(2017, 6, 26), date(2090, 12, 31)))
def test_on_no_day_two_rules_say_the_same_thing(day: date) -> None:
    for after in After:
        assert len([one for one in load_policy().holds
                    if one.after is after and one.holds_on(day)]) == 1  # fmt: skip


@pytest.mark.parametrize(
    ("day", "years", "then"),
    [
        (date(2025, 2, 28), 5, date(2030, 2, 28)),
        (date(2024, 2, 29), 5, date(2029, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
        (date(2024, 2, 29), -1, date(2023, 2, 28)),
    ],
)
def test_years_later_is_the_same_day(day: date, years: int, then: date) -> None:
    assert add_years(day, years) == then


@pytest.mark.parametrize(
    ("day", "then"),
    [
        (date(2026, 11, 30), date(2026, 12, 30)),
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2026, 12, 15), date(2027, 1, 15)),
        (date(2026, 3, 31), date(2026, 4, 30)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last(day: date, then: date) -> None:
    assert add_months(day, 1) == then


@given(day=DAYS, years=st.integers(1, 12))
def test_a_cutoff_lies_as_far_back_as_the_policy_says(day: date, years: int) -> None:
    cutoff = Retention(table="a.b", column="c", years=years).cutoff(day)
    assert (day.year - cutoff.year, day.month) == (years, cutoff.month)


@pytest.mark.parametrize("length", [{}, {"years": 1, "days": 1}])
def test_a_table_is_kept_for_years_or_for_days(length: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="years or for days"):
        Retention.model_validate({"table": "a.b", "column": "c", **length})


def test_it_names_no_table_or_subject_that_there_is_not() -> None:
    policy, rights = load_policy(), load_rights()
    tables = {*rights.tables, "vault.sessions"}
    assert {rule.table for rule in policy.retention} <= tables
    named = {*policy.purposes, *policy.deleted_subjects, *policy.withheld_subjects}
    assert named <= rights.subjects.keys()


def test_rows_that_a_source_delivers_are_kept_by_a_column_that_they_have() -> None:
    for rule in load_policy().retention:
        schema, _, table = rule.table.partition(".")
        if schema == "bronze" and table in SOURCES:
            assert rule.column in SOURCES[table].stored.columns
