"""The span of a simulated bank that nobody gave one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from finplatform.cli.simulate import configure, first_of_months, outcome
from finplatform.errors import FinplatformError
from finplatform.simulate.config import DEFAULT_RATES


@pytest.mark.parametrize(
    ("end", "start"),
    [
        (date(2026, 12, 31), date(2025, 1, 1)),
        (date(2026, 12, 1), date(2025, 1, 1)),
        (date(2027, 2, 28), date(2025, 3, 1)),
        (date(2027, 3, 30), date(2025, 4, 1)),
        (date(2028, 2, 29), date(2026, 3, 1)),
        (date(2028, 2, 28), date(2026, 3, 1)),
    ],
)
def test_a_bank_with_an_end_covers_the_24_months_that_its_last_day_closes(
    end: date, start: date
) -> None:
    assert configure(100, 10_000, None, end, seed=1).start == start


def test_a_bank_without_a_span_is_that_of_the_last_24_full_months_on_any_day() -> None:
    config = configure(100, 10_000, None, None, seed=1)
    assert (config.end + timedelta(days=1)).day == config.start.day == 1
    assert config.start == first_of_months(config.end, 24)
    assert config.end < datetime.now(UTC).date()
    assert (datetime.now(UTC).date() - config.end).days <= 31


def test_stress_multiplies_every_default_rate_and_nothing_else() -> None:
    calm, harsh = (
        configure(100, 10_000, None, date(2027, 3, 31), seed=1, stress=stress) for stress in (1, 3)
    )
    rates = {rate: 3 * getattr(calm, rate) for rate in DEFAULT_RATES}
    assert replace(calm, **rates) == harsh
    with pytest.raises(FinplatformError, match="default_rate"):
        configure(100, 10_000, None, date(2027, 3, 31), seed=1, stress=100)


@pytest.mark.parametrize("months", [1, 2, 12, 24, 25])
def test_months_that_end_with_any_day_begin_on_a_first_day(months: int) -> None:
    first = date(2027, 1, 1)
    for day in (first + timedelta(days=number) for number in range(800)):
        begins = first_of_months(day, months)
        assert begins.day == 1
        assert 12 * (day.year - begins.year) + day.month - begins.month == months - 1


def test_a_bank_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(FinplatformError, match="would end"):
        configure(100, 10_000, date(2027, 3, 2), date(2027, 3, 1), seed=1)


def test_a_bank_that_is_there_already_is_said_to_be_left_as_it_is() -> None:
    config = configure(100, 10_000, date(2027, 3, 1), date(2027, 3, 31), seed=1)
    assert outcome(config, {}).startswith("Did nothing: the database holds this bank already")
    assert "2027-03-01 to 2027-03-31" in outcome(config, {})
    assert outcome(config, {"oltp.customers": 100}) == (
        "Simulated 2027-03-01 to 2027-03-31: 100 oltp.customers"
    )
