"""Windows of business days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.errors import FinplatformError
from finplatform.windows import Window

DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))


@given(first=DAYS, length=st.integers(1, 400))
def test_a_window_holds_its_days_and_no_others(first: date, length: int) -> None:
    last = first + timedelta(days=length - 1)
    window = Window.through(first, last)
    days = list(window.dates())
    assert (days[0], days[-1], len(days)) == (first, last, length)
    assert (window.last, window.days) == (last, length)
    assert window.end == last + timedelta(days=1)


@given(day=DAYS)
def test_a_day_is_a_window_of_itself(day: date) -> None:
    assert list(Window.day(day).dates()) == [day]


@pytest.mark.parametrize("end", [date(2025, 1, 1), date(2024, 12, 31)])
def test_a_window_without_a_day_is_refused(end: date) -> None:
    with pytest.raises(FinplatformError, match="holds no day"):
        Window(date(2025, 1, 1), end)


def test_the_condition_is_half_open_and_bare_of_functions() -> None:
    window = Window.through(date(2025, 1, 30), date(2025, 1, 31))
    assert window.predicate("x") == "x >= '2025-01-30' and x < '2025-02-01'"
    assert str(window) == "2025-01-30..2025-01-31"
