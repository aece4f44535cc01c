"""Conforming: a value has its type exactly, or it is a failure; nothing is rounded or guessed."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.conform import Conformed, check_mapping, conform, rename
from finplatform.ingest.connectors.config import TableConfig
from finplatform.ingest.values import Reading, business_day

MONEY = pl.Decimal(18, 2)
INSTANT = pl.Datetime("us", "UTC")
MIDNIGHT = datetime(2025, 1, 1, tzinfo=UTC)
NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)


def _conform(
    values: pl.Series | list,
    dtype: pl.DataType,
    *,
    form: str | None = None,
    zone: str | None = "UTC",
    bank: str = "UTC",
    **reading: Any,
) -> Conformed:
    frame = pl.DataFrame({"x": values})
    how = Reading(timezone=zone, bank_timezone=bank, **reading)
    return conform(frame, {"x": dtype}, {"x": form} if form else {}, how)


def _one(value: object, dtype: pl.DataType, **options: Any) -> object:
    result = _conform([value], dtype, **options)
    assert result.failures.height == (result.frame["x"][0] is None)
    return result.frame["x"][0]


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**19), max_value=10**19))
def test_money_is_exact_or_a_failure(value: Decimal) -> None:
    fits = value == value.quantize(Decimal("0.01")) and abs(value) < 10**16
    text = format(value, "f")
    assert _one(text, MONEY) == (value if fits else None)


@pytest.mark.parametrize(
    "text", ["1e5", "0x10", "1_000", "1,5", "1 000", "--1", "+", ".5", "", " ", "٣", "1.2.3"]
)
def test_what_is_no_plain_number_is_no_money(text: str) -> None:
    assert _one(text, MONEY) is None


@pytest.mark.parametrize(
    ("value", "money"), [(0.1 + 0.2, "0.30"), (19.99, "19.99"), (1 / 3, None), (1e17, None),
                             (12345678901.23, "12345678901.23"), (1.1 + 2.2 + 3.3, "6.60"),
                         (float("nan"), None), (float("-inf"), None), (0.125, None)]
)  # fmt: skip
def test_a_float_is_the_money_it_is_written_as(value: float, money: str | None) -> None:
    assert _one(value, MONEY) == (None if money is None else Decimal(money))


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (pl.Series([3.7]), pl.Int64()),
        (pl.Series([2**40]), pl.Int16()),
        (pl.Series([5]), pl.Boolean()),
        (pl.Series([NOON]), pl.Date()),
        (pl.Series([Decimal("1.005")], dtype=pl.Decimal(38, 10)), MONEY),
        (pl.Series([10**17]), MONEY),
        (pl.Series([date(2025, 1, 1)]), MONEY),
        (pl.Series([20250110]), pl.Date()),
        (pl.Series([20250110.0]), pl.Date()),
        (pl.Series([1736467200]), INSTANT),
    ],
)
def test_a_typed_value_that_would_change_is_a_failure(
    values: pl.Series, dtype: pl.DataType
) -> None:
    result = _conform(values, dtype)
    assert result.frame["x"].to_list() == [None]
    assert result.failures["column"].to_list() == ["x"]


@pytest.mark.parametrize(
    ("values", "dtype", "becomes"),
    [
        (pl.Series([3.0]), pl.Int64(), 3),
        (pl.Series([1]), pl.Boolean(), True),
        (pl.Series([MIDNIGHT]), pl.Date(), date(2025, 1, 1)),
        (pl.Series([date(2025, 1, 1)]), INSTANT, datetime(2025, 1, 1, tzinfo=UTC)),
        (pl.Series([7]), pl.String(), "7"),
        (pl.Series([7]), MONEY, Decimal(7)),
        (pl.Series([None]), MONEY, None),
    ],
)
def test_a_typed_value_that_says_the_same_is_kept(
    values: pl.Series, dtype: pl.DataType, becomes: object
) -> None:
    result = _conform(values, dtype)
    assert result.frame["x"].to_list() == [becomes]
    assert result.failures.is_empty()


@given(
    st.integers(-(2**31), 2**32).map(lambda second: MIDNIGHT + timedelta(seconds=second)),
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from([" ", "T"]),
)
def test_an_instant_keeps_its_moment_whatever_its_zone(
    moment: datetime, offset: int, between: str
) -> None:
    there = moment.astimezone(timezone(timedelta(minutes=offset)))
    assert _one(there.isoformat(between), INSTANT, zone="Europe/Prague") == there


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-07-01 12:00:00", datetime(2025, 7, 1, 10, tzinfo=UTC)),
        ("2025-01-01 12:00", datetime(2025, 1, 1, 11, tzinfo=UTC)),
        ("2025-01-01", datetime(2025, 1, 1, tzinfo=UTC)),
        ("2025-01-01T12:00:00Z", datetime(2025, 1, 1, 12, tzinfo=UTC)),
        ("2025-01-01 12:00:00+02", datetime(2025, 1, 1, 10, tzinfo=UTC)),
        ("2025-03-30 02:30:00", None),
        ("2025-10-26 02:30:00", datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),
        ("2025-02-30", None),
        ("2025-01-01 25:00:00", None),
    ],
)
def test_an_instant_without_a_zone_is_the_source_s(text: str, utc: datetime | None) -> None:
    assert _one(text, INSTANT, zone="Europe/Prague") == utc


def test_an_instant_beyond_the_calendar_is_shown_and_refused() -> None:
    values = pl.Series([0, 2**63 - 1, -(2**63)]).cast(pl.Datetime("us"))
    result = _conform(values, INSTANT)
    assert result.frame["x"].to_list() == [datetime(1970, 1, 1, tzinfo=UTC), None, None]
    assert result.received["x"].to_list()[1:] == ["out of range", "out of range"]


def test_a_format_says_how_dates_and_instants_are_written() -> None:
    assert _one("930105", pl.Date(), form="%y%m%d") == date(1993, 1, 5)
    assert _one("1993-01-05", pl.Date(), form="%y%m%d") is None
    assert _one("5.1.1993 8:30", INSTANT, form="%d.%m.%Y %H:%M") == datetime(
        1993, 1, 5, 8, 30, tzinfo=UTC
    )
    zoned = _one("5.1.1993 8:30 +0200", INSTANT, form="%d.%m.%Y %H:%M %z")
    assert zoned == datetime(1993, 1, 5, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "value"), [("Yes", True), ("f", False), ("0", False), ("2", None)]
)
def test_a_boolean_is_spelt_in_a_known_way(text: str, value: bool | None) -> None:
    assert _one(text, pl.Boolean()) is value


def test_what_no_value_of_a_column_can_be_is_reported_with_the_column() -> None:
    with pytest.raises(FinplatformError, match="Column x"):
        _conform(["2025-01-01T10:00:00"], INSTANT, zone="Mars/Phobos")
    with pytest.raises(FinplatformError, match=r"Column x .* List"):
        _conform(pl.Series([[1.5]]), MONEY)


PRAGUE = {"zone": "Europe/Prague", "bank": "Europe/Prague"}


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Prague", "America/Mexico_City", "Asia/Tokyo", "Asia/Kolkata"]
)
@pytest.mark.parametrize("source_zone", [None, "UTC", "Pacific/Auckland"])
def test_a_date_without_a_time_is_that_day_of_the_bank_whatever_the_zone(
    zone: str, source_zone: str | None
) -> None:
    days = [date(2025, 1, 1) + timedelta(days=number) for number in range(365)]
    for values in (
        pl.Series([day.isoformat() for day in days]),
        pl.Series([f"{day:%d.%m.%Y}" for day in days]),
        pl.Series(days),
    ):
        form = "%d.%m.%Y" if values.dtype == pl.String and "." in values[0] else None
        result = _conform(values, INSTANT, form=form, zone=source_zone, bank=zone)
        assert business_day(result.frame["x"], zone).to_list() == days


def test_a_day_begins_after_the_midnight_that_summer_time_skips() -> None:
    start = _one("2018-11-04", INSTANT, bank="America/Sao_Paulo")
    assert start == datetime(2018, 11, 4, 3, tzinfo=UTC)


def test_a_time_without_a_zone_is_refused_unless_the_configuration_has_one() -> None:
    values = ["2025-01-10T00:30:00", "2025-01-10T00:30:00Z", "2025-01-10", "nonsense", None]
    result = _conform(values, INSTANT, zone=None)
    assert result.failures.rows() == [(0, "x", "timezone"), (3, "x", "type(timestamptz)")]
    typed = _conform(pl.Series([datetime(2025, 1, 10, 0, 30)]), INSTANT, zone=None)  # noqa: DTZ001
    assert typed.failures["rule"].to_list() == ["timezone"]
    assert typed.frame["x"].to_list() == [None]


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2025-01-10T00:00:00Z", date(2025, 1, 10)),
        ("2025-01-10 00:00:00", date(2025, 1, 10)),
        ("2025-01-10T00:00:01Z", None),
        (datetime(2025, 1, 9, 23, tzinfo=UTC), date(2025, 1, 10)),
        (datetime(2025, 1, 10, tzinfo=UTC), date(2025, 1, 10)),
        (datetime(2025, 1, 10, 22, tzinfo=UTC), None),
    ],
)
def test_an_instant_is_a_day_only_at_midnight(value: object, day: date | None) -> None:
    assert _one(value, pl.Date(), **PRAGUE) == day


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("25-01-05", None), ("202-01-05", None), ("02025-01-05", None), ("+2025-01-05", None),
        ("20250105", None), ("05.01.25", "%d.%m.%Y"), ("05.01.202", "%d.%m.%Y"),
        ("05.01.20255", "%d.%m.%Y"), ("250105", "%Y%m%d"), ("5/1/25", "%m/%d/%Y"),
        ("25-01-05", "%F"), ("9301051", "%y%m%d"), ("19930105", "%y%m%d"),
    ],
)  # fmt: skip
def test_a_year_has_the_digits_that_its_format_says(text: str, form: str | None) -> None:
    assert _one(text, pl.Date(), form=form) is None
    assert _one(text, INSTANT, form=form) is None


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2025-01-05", None), ("5.1.2025", "%d.%m.%Y"), ("05. 01.  2025", "%d. %m. %Y"),
        ("20250105", "%Y%m%d"), ("05-Jan-2025", "%d-%b-%Y"), ("2025-01-05", "%F"),
        ("January 5, 2025", "%B %d, %Y"), ("2025005", "%Y%j"),
    ],
)  # fmt: skip
def test_a_date_in_its_format_is_read(text: str, form: str | None) -> None:
    assert _one(text, pl.Date(), form=form) == date(2025, 1, 5)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (pl.Series([1001.0]), "1001"),
        (pl.Series([192000145399.0]), "192000145399"),
        (pl.Series([1001], dtype=pl.Int32), "1001"),
        (pl.Series([Decimal("1001")], dtype=pl.Decimal(38, 10)), "1001"),
        (pl.Series([-7.0]), "-7"),
        (pl.Series([1001.5]), None),
        (pl.Series([Decimal("1001.5")], dtype=pl.Decimal(38, 10)), None),
        (pl.Series([2.0**53]), None),
        (pl.Series([float("nan")]), None),
        (pl.Series(["1001.0"]), None),
        (pl.Series(["1.92E+11"]), None),
        (pl.Series(["12E5"]), "12E5"),
        (pl.Series(["0001001"]), "0001001"),
        (pl.Series([" A1 "]), " A1 "),
    ],
)
def test_a_number_in_an_identifier_is_its_integer_or_refused(
    values: pl.Series, text: str | None
) -> None:
    result = _conform(values, pl.String(), identifiers=frozenset(["x"]))
    assert result.frame["x"].to_list() == [text]
    assert result.failures["rule"].to_list() == ([] if text is not None else ["identifier"])


def test_text_that_identifies_nothing_is_kept_as_it_is() -> None:
    for value in ("1001.0", "1.92E+11", " x "):
        assert _one(value, pl.String()) == value
    assert _one(1.5, pl.String()) == "1.5"


COMMA = {"decimal": ",", "thousands": "."}


@pytest.mark.parametrize(
    ("text", "money", "how"),
    [
        ("1234,56", "1234.56", COMMA),
        ("1.234,56", "1234.56", COMMA),
        ("-1.234.567,8", "-1234567.80", COMMA),
        ("1.234", "1234.00", COMMA),
        ("1234.56", None, COMMA),
        ("1.23", None, COMMA),
        ("1.2345,00", None, COMMA),
        ("1,234,56", None, COMMA),
        ("12.345.67", None, COMMA),
        ("1,234.56", None, {}),
        ("1,234.56", "1234.56", {"thousands": ","}),
        ("1,23", None, {"thousands": ","}),
        ("1 234,56", "1234.56", {"decimal": ",", "thousands": " "}),
        ("1'234.56", "1234.56", {"thousands": "'"}),
        ("1234,567", None, COMMA),
    ],
)
def test_an_amount_is_written_as_configured_or_refused(
    text: str, money: str | None, how: dict[str, str]
) -> None:
    assert _one(text, MONEY, **how) == (None if money is None else Decimal(money))


@given(st.integers(-(2**52) + 1, 2**52 - 1), st.sampled_from([0, 2, 3, 6]))
def test_the_double_of_a_decimal_is_that_decimal(units: int, scale: int) -> None:
    value = Decimal(units).scaleb(-scale)
    assert _one(float(value), pl.Decimal(38, scale)) == value


def test_values_beside_one_outside_the_calendar_are_read() -> None:
    zoned = pl.Series([0, 2**63 - 1]).cast(pl.Datetime("us", "UTC"))
    assert _conform(zoned, INSTANT).frame["x"].to_list() == [datetime(1970, 1, 1, tzinfo=UTC), None]


BRANCHES = SOURCES["branches"]
ROW = pl.DataFrame({"id": ["B1"], "town": ["Brno"]})
MAPPED = {"columns": {"branch_id": "id", "city": "town"}}
CONSTANT = {name: "x" for name in BRANCHES.dtypes if name not in ("branch_id", "city", "state")}


def _rename(**config: object) -> pl.DataFrame:
    entry = TableConfig.model_validate({"source": "s", **config})
    check_mapping(BRANCHES, entry, {})
    return rename(ROW, entry, BRANCHES, {})


def test_columns_are_mapped_filled_or_null() -> None:
    row = _rename(**MAPPED, defaults=CONSTANT).row(0, named=True)
    assert list(row) == list(BRANCHES.dtypes)
    assert (row["branch_id"], row["city"], row["state"], row["region"]) == ("B1", "Brno", None, "x")


def test_a_needed_column_that_is_missing_is_reported() -> None:
    with pytest.raises(FinplatformError, match=r"no column branch_name.*It has: id, town"):
        _rename(**MAPPED)
    with pytest.raises(FinplatformError, match=r"no column place \(needed for city\)"):
        _rename(columns={"branch_id": "id", "city": "place"}, defaults=CONSTANT)
    with pytest.raises(FinplatformError, match="no column citty"):
        _rename(columns={"citty": "town"})


def test_all_needed_columns_that_are_missing_are_reported_at_once() -> None:
    with pytest.raises(FinplatformError, match="no column branch_name, country, region"):
        _rename(**MAPPED)


FIRST_ROW = ("C1", "Ana Novakova", "ana@example.com", "Novakova", "1984-02-29", "Brno")


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"columns": {"branch_id": "id"}},
        {"columns": {"branch_id": "id", "city": "town"}},
        {"select": "select id as branch_id from source"},
        {"select": "select id, city, 'Novakova' as region from source"},
        {"select": "select * from source"},
        {"select": "selec"},
    ],
)
def test_the_first_row_of_a_file_without_a_header_stands_in_no_message(
    config: dict[str, object],
) -> None:
    frame = pl.DataFrame({name: ["x"] for name in FIRST_ROW})
    entry = TableConfig.model_validate({"source": "s", **config})
    with pytest.raises(FinplatformError) as failure:
        rename(frame, entry, BRANCHES, {})
    reported = str(failure.value)
    assert not any(value in reported for value in FIRST_ROW)
    assert "6 columns" in reported or "needed" in reported or "7 columns" in reported


def test_a_select_that_names_columns_of_the_source_is_reported_the_others() -> None:
    with pytest.raises(FinplatformError, match="It has: id, town"):
        _rename(select="select id, town, nope from source")


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("town * 12", "arithmetic on dtypes str and dyn int is not allowed"),
        ("town / 100", "division with 'String' datatypes is not allowed"),
        ("SUM(town)", "`sum` operation not supported for dtype `str`"),
        ("CASE WHEN town > 1 THEN 'a' ELSE 'b' END", "cannot compare string with numeric type"),
        ("town + INTERVAL '1 day'", "expected Date or Datetime, got str"),
    ],
)
def test_a_select_that_counts_with_text_is_reported_to_cast_it(expression: str, said: str) -> None:
    with pytest.raises(FinplatformError, match=re.escape(said) + ".*cast text first") as raised:
        _rename(select=f"select {expression} as city from source")
    assert "Praha" not in str(raised.value)


def test_a_failing_select_quotes_no_value() -> None:
    for statement in ("select cast(town as bigint) as city from source", "select nope from source"):
        with pytest.raises(FinplatformError) as failure:
            _rename(select=statement)
        assert "Brno" not in str(failure.value)
        assert failure.value.__suppress_context__
