"""Text of the log becomes the values that a read of the table brings."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from finplatform.cdc.values import business_days, typed


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("bool", "t", True),
        ("bool", "f", False),
        ("float8", "0.1", 0.1),
        ("float8", "-Infinity", float("-inf")),
        ("money", "-$1,234.50", "-1234.50"),
        ("numeric", "1.50", "1.50"),
        ("int8", "9223372036854775807", "9223372036854775807"),
        ("date", "2025-01-31", date(2025, 1, 31)),
        ("timestamp", "2025-01-31 10:00:00.5", datetime(2025, 1, 31, 10, 0, 0, 500_000)),  # noqa: DTZ001
        ("timestamptz", "2025-01-31 10:00:00+00", datetime(2025, 1, 31, 10, tzinfo=UTC)),
    ],
)
def test_a_value_is_that_of_its_type(kind: str, text: str, value: object) -> None:
    assert typed(pl.Series("x", [text, None]), kind).to_list() == [value, None]


@pytest.mark.parametrize("kind", ["date", "timestamp", "timestamptz"])
@pytest.mark.parametrize("text", ["infinity", "-infinity", "0044-03-15 BC"])
def test_a_date_of_no_calendar_is_no_missing_one(kind: str, text: str) -> None:
    values = typed(pl.Series("x", [text, None]), kind)
    assert values.is_null().to_list() == [False, True]
    assert business_days(values, "UTC", "UTC").to_list() == [None, None]


def test_a_time_without_a_zone_is_in_that_of_its_source() -> None:
    values = typed(pl.Series("x", ["2025-01-31 23:30:00"]), "timestamp")
    assert business_days(values, "America/New_York", "Europe/Prague").to_list() == [
        date(2025, 2, 1)
    ]
