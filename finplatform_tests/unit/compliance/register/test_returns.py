"""Due days of returns, by rules written out by hand."""

import itertools
from datetime import date, timedelta

import pytest

from finplatform.compliance.register.returns import (
    Due,
    Frequency,
    OpenDays,
    Return,
    Roll,
    due_date,
    load_returns,
    periods,
)
from finplatform.errors import FinplatformError

HOLIDAYS = {date(2026, 1, 1), date(2026, 2, 16), date(2025, 11, 11)}
OPEN_DAYS = OpenDays(
    {
        "US": [
            day
            for day in (date(2024, 1, 1) + timedelta(number) for number in range(1_200))
            if day.weekday() < 5 and day not in HOLIDAYS
        ]
    }
)


def _due(code: str, period: str) -> date:
    (one,) = [each for each in load_returns() if each.code == code]
    (found,) = [each for each in periods(one, date(2024, 1, 1), date(2026, 12, 31))
                if each.name == period]  # fmt: skip
    return due_date(one, found, OPEN_DAYS)


@pytest.mark.parametrize(
    ("code", "period", "due"),
    [
        # 30 calendar days, a Saturday or Sunday as well.
        ("CALL_REPORT", "2025Q3", date(2025, 10, 30)),
        ("CALL_REPORT", "2026Q2", date(2026, 7, 30)),
        ("CALL_REPORT", "2024Q4", date(2025, 1, 30)),
        # 40 days, 45 after a year's end; Sunday 9 November moves to Monday.
        ("FR_Y9C", "2025Q3", date(2025, 11, 10)),
        ("FR_Y9C", "2025Q1", date(2025, 5, 12)),
        # 14 February 2026 is a Saturday, and Monday a holiday.
        ("FR_Y9C", "2025Q4", date(2026, 2, 17)),
        ("FFIEC_101", "2025Q1", date(2025, 5, 30)),
        # Days of the year; 11 November 2025 is a holiday.
        ("COREP_OF", "2025Q1", date(2025, 5, 12)),
        ("COREP_OF", "2025Q2", date(2025, 8, 12)),
        ("COREP_OF", "2025Q3", date(2025, 11, 12)),
        ("COREP_LR", "2025Q4", date(2026, 2, 11)),
        # The 15th day; 15 November 2025 is a Saturday.
        ("LIQUIDITY_COVERAGE", "2025M10", date(2025, 11, 17)),
        ("LIQUIDITY_COVERAGE", "2025M03", date(2025, 4, 15)),
    ],
)
def test_a_return_is_due_on_the_day_that_its_rule_says(code: str, period: str, due: date) -> None:
    assert _due(code, period) == due


def _return(frequency: Frequency, **more: object) -> Return:
    return Return.model_validate(
        {
            "code": "XX", "title": "x", "authority": "x", "citation": "x", "owner": "x",
            "frequency": frequency, "due": {"days": 10}, "roll": Roll.NONE, "calendar": "US",
            "valid_from": date(2020, 1, 1),
        } | more
    )  # fmt: skip


@pytest.mark.parametrize(
    ("frequency", "names"),
    [
        (Frequency.MONTHLY, ["2025M02", "2025M03", "2025M04"]),
        (Frequency.QUARTERLY, ["2025Q1", "2025Q2"]),
        (Frequency.ANNUAL, ["2025"]),
    ],
)
def test_periods_begin_with_the_one_of_the_first_day_and_end_with_that_of_the_last(
    frequency: Frequency, names: list[str]
) -> None:
    found = list(periods(_return(frequency), date(2025, 2, 14), date(2025, 4, 1)))
    assert [period.name for period in found] == names
    for period, following in itertools.pairwise(found):
        assert following.start == period.end + timedelta(1)


def test_a_duty_counts_for_periods_that_end_while_it_is_in_force() -> None:
    one = _return(Frequency.MONTHLY, valid_from=date(2025, 2, 28), valid_to=date(2025, 3, 31))
    found = periods(one, date(2025, 1, 1), date(2025, 6, 30))
    assert [period.name for period in found] == ["2025M02", "2025M03"]


def test_a_day_beyond_the_calendar_is_told() -> None:
    with pytest.raises(FinplatformError, match="does not reach 2031-01-01"):
        OPEN_DAYS.on_or_after("US", date(2031, 1, 1))
    with pytest.raises(FinplatformError, match="The calendar of CZ"):
        OPEN_DAYS.on_or_after("CZ", date(2025, 1, 1))


@pytest.mark.parametrize("due", [{}, {"days": 3, "dates": ["05-12"]}, {"days": 0}])
def test_a_due_day_has_one_rule(due: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="days"):
        Due.model_validate(due)


def test_what_a_return_is_made_from_and_its_layout_go_together() -> None:
    with pytest.raises(ValueError, match="go together"):
        _return(Frequency.MONTHLY, made_from=["gold.x"])
