"""Spans lie one after another without gaps, and add up to what was counted."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from finplatform.api.live.currencies import Unit
from finplatform.api.live.spans import Axis, Totals, by_span, floored

DOLLAR = Unit("USD", {"EUR": 1.5})
MINUTE = timedelta(minutes=1)


def row(span: datetime, currency: str = "USD", amount: float = 1.0) -> dict[str, object]:
    return {
        "span": span, "currency": currency, "rows": 2, "failed": 1, "pending": 0, "amount": amount,
    }  # fmt: skip


def test_a_span_without_rows_is_nil_and_has_its_place() -> None:
    last = datetime(2026, 3, 1, 12, 30, 59, tzinfo=UTC)
    rows = [
        row(datetime(2026, 3, 1, 12, 28, tzinfo=UTC)),
        row(datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
    ]
    found = Axis(MINUTE, 4, last).series(by_span(rows), DOLLAR)
    assert datetime.fromtimestamp(found.start, UTC) == datetime(2026, 3, 1, 12, 27, tzinfo=UTC)
    assert (found.step, found.counts, found.failed) == (60, [0, 2, 0, 2], [0, 1, 0, 1])


def test_amounts_are_turned_into_one_currency_and_those_without_a_rate_left_out() -> None:
    span = datetime(2026, 3, 1, tzinfo=UTC)
    rows = [row(span, amount=1), row(span, "EUR", 10), row(span, "XAF", 1000)]
    assert Totals.of(rows, DOLLAR) == Totals(count=6, failed=3, pending=0, volume=16)


@given(
    at=st.integers(86_400, 7_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    minutes=st.sampled_from([1, 60]),
)
def test_an_instant_is_in_the_span_that_begins_at_its_floor(at: datetime, minutes: int) -> None:
    step = timedelta(minutes=minutes)
    start = floored(at, step)
    assert start <= at < start + step
    assert floored(start, step) == start
    axis = Axis(step, 48, at)
    assert axis.end - axis.start == 48 * step
    assert axis.end - step <= at < axis.end
