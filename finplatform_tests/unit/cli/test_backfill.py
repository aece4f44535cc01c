"""Days that a backfill cannot have are refused in words, before anything is run."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.cli import backfill
from finplatform.errors import FinplatformError
from finplatform.settings import Settings
from finplatform.windows import Window

START, LAST = date(2025, 1, 1), date(2025, 1, 31)
DAYS = st.dates(date(2024, 12, 1), date(2025, 3, 1))


def test_a_first_day_after_the_last_is_repeated_as_given() -> None:
    with pytest.raises(FinplatformError) as caught:
        backfill.asked_window(date(2025, 2, 2), date(2025, 2, 1))
    assert "2025-02-02" in caught.value.message
    assert "2025-02-01" in caught.value.message


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2025, 1, 31), date(2025, 2, 2), "the history ends on 2025-01-31"),
        (date(2025, 2, 1), date(2025, 2, 1), "the history ends on 2025-01-31"),
        (date(2024, 12, 31), date(2025, 1, 2), "the history starts on 2025-01-01"),
        (date(2020, 1, 1), date(2020, 1, 1), "the history starts on 2025-01-01"),
    ],
)
def test_days_outside_the_history_are_named_with_its_end(
    first: date, last: date, words: str
) -> None:
    with pytest.raises(FinplatformError, match=words):
        backfill.check_history(Window.through(first, last), START, LAST, is_open=False)


def test_a_day_of_an_open_history_that_is_not_over_is_refused() -> None:
    with pytest.raises(FinplatformError, match="last day that is over is 2025-01-31"):
        backfill.check_history(Window.day(date(2025, 2, 1)), START, LAST, is_open=True)


@given(DAYS, DAYS)
def test_exactly_the_days_inside_are_accepted(first: date, last: date) -> None:
    if first > last:
        return
    inside = first >= START and last <= LAST
    try:
        backfill.check_history(Window.through(first, last), START, LAST, is_open=False)
    except FinplatformError:
        assert not inside
    else:
        assert inside


def test_the_history_is_that_of_the_sources_and_else_of_the_settings(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, history_start=START, history_end=LAST)
    assert backfill.history(settings) == (START, LAST, False)
    still_open = Settings(home=tmp_path, history_start=START, history_end=None)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    assert backfill.history(still_open) == (START, yesterday, True)


def test_nothing_is_run_for_days_outside(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[object] = []
    monkeypatch.setattr(backfill, "execute", lambda *given: ran.append(given))
    monkeypatch.setattr(backfill, "history", lambda _: (START, LAST, False))
    with pytest.raises(FinplatformError, match="history ends"):
        backfill.run(LAST, LAST + timedelta(days=2), ["daily"], as_json=False)
    assert not ran
    assert not settings.home.exists()


@pytest.mark.parametrize(
    ("trained", "jobs"),
    [(True, ("daily", "month_end")), (False, ("history_by_day", "history_by_month"))],
)
def test_a_first_build_trains_what_its_month_ends_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, trained: bool, jobs: tuple[str, str]
) -> None:
    ran: list[object] = []
    monkeypatch.setattr(backfill, "execute", lambda *given: ran.append(given[1]) or [])
    monkeypatch.setattr(backfill, "history", lambda _: (START, LAST, False))
    monkeypatch.setattr(backfill, "is_trained", lambda _: trained)
    backfill.run(START, LAST, (), as_json=False)
    backfill.run(START, LAST, ["training"], as_json=False)
    assert ran == [jobs, ["training"]]
