"""Values in: what a source holds is stored equal, or in quarantine with its reason, never bent.

Every type of column by every way in: each value is one row, whose key says where it ended. What a
text means is decided by the standard library alone.
"""

import json
import random
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import polars as pl
import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.ingest.connectors.base import Connector
from finplatform.ingest.connectors.config import HttpSource, PostgresSource
from finplatform.ingest.connectors.http import HttpConnector
from finplatform.ingest.connectors.postgres import PostgresConnector
from finplatform.warehouse import bulk, ddl
from finplatform.windows import Window
from finplatform_tests.integration.ingest_cases import SETTINGS, files, load, query

pytestmark = pytest.mark.integration

COUNT = 500
WHOLE = Window(date(2025, 1, 1), date(2025, 4, 1))
LENIENT = replace(SETTINGS, reject_limit=1.0)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Prints nothing."""


@dataclass(frozen=True)
class Column:
    """A column under test, and the row around it.

    Attributes:
        table: Its table.
        name: Its name.
        key: Key column of the table.
        rest: Values of the other columns.
        texts: Makes a text from chance, good or bad.
        meaning: What a text means; None for nothing that the column can hold.
        typed: Makes a value of the source's own type, and what it means.
    """

    table: str
    name: str
    key: str
    rest: dict[str, str]
    texts: Callable[[random.Random], str]
    meaning: Callable[[str], Any]
    typed: Callable[[random.Random], tuple[Any, Any]]


TRANSACTION = {
    "account_id": "A", "transaction_type": "DEPOSIT", "amount": "1", "currency": "USD",
    "transaction_date": "2025-01-10T10:00:00Z", "channel": "ATM", "status": "COMPLETED",
    "fees": "0", "exchange_rate": "1",
}  # fmt: skip
PAYMENT = {
    "loan_id": "L", "installment_number": "1", "due_date": "2025-01-10",
    "payment_date": "2025-01-10", "scheduled_amount": "1", "paid_amount": "1",
    "principal_component": "1", "interest_component": "0", "outstanding_principal": "0",
    "currency": "USD", "status": "PAID",
}  # fmt: skip
PRODUCT = {
    "product_name": "P", "product_type": "SAVINGS", "category": "DEPOSIT", "description": "-",
    "interest_rate": "0.01", "fees": "0", "terms_conditions": "-", "risk_level": "LOW",
    "minimum_balance": "0", "is_active": "true",
}  # fmt: skip
INDICATOR = {
    "indicator_code": "C", "indicator_date": "2025-01-31", "value": "1", "unit": "%", "source": "s",
}  # fmt: skip


def _money_text(chance: random.Random) -> str:
    number = chance.randrange(10 ** chance.randrange(1, 16))
    return chance.choice(
        [f"{number}", f"{number / 100:.2f}", f"{number}.5", f"{number}.500", f"{number}.505",
         f" {number}.25 ", f"+{number}", f"-{number}", f"{number:,}", f"{number},5", f"{number}e2",
         f"{number}.", "", "NaN", "inf", "1.2.3", "0x1F", "٣", f"{number}.000000000", "1_000",
         f"'{number}", f"{number} USD", f"({number})", "--1", "null"]
    )  # fmt: skip


def _decimal(scale: int, low: Decimal, high: Decimal) -> Callable[[str], Decimal | None]:
    def meaning(text: str) -> Decimal | None:
        stripped = text.strip()
        if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?", stripped):
            return None
        value = Decimal(stripped)
        exact = value.quantize(Decimal(1).scaleb(-scale))
        return exact if exact == value and low <= value <= high else None

    return meaning


def _money_typed(chance: random.Random) -> tuple[float, Decimal | None]:
    cents = chance.randrange(10**13)
    if chance.random() < 0.6:
        return float(Decimal(cents) / 100), Decimal(cents) / 100
    value = chance.choice([cents / 1000 + 0.0004, cents / 7, -cents / 100, 1e300, 0.125])
    shown = Decimal(repr(value))
    is_money = 0 <= value <= 10**12 and shown == round(shown, 2)
    return value, shown if is_money else None


def _instant_text(chance: random.Random) -> str:
    at = datetime(2025, 1, 2, tzinfo=UTC) + timedelta(seconds=chance.randrange(80 * 86_400))
    micro = at.replace(microsecond=chance.randrange(10**6))
    return chance.choice(
        [at.isoformat(), f"{at:%Y-%m-%dT%H:%M:%SZ}", f"{at:%Y-%m-%d %H:%M:%S+05:30}",
         f"{at:%Y-%m-%d}", micro.isoformat(), f"{at:%y-%m-%dT%H:%M:%SZ}", f"{at:%d.%m.%Y}",
         f"{at:%Y-%m-%dT24:00:00Z}", "", "2025-02-30T10:00:00Z", f"{at:%Y%m%d}",
         f"{at.timestamp():.0f}", "infinity", "now", f"0{at.isoformat()}", f"{at:%Y-13-%dT10:00Z}"]
    )  # fmt: skip


def _instant(text: str) -> datetime | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}($|[T ])", text):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at if WHOLE.start <= at.astimezone(UTC).date() < WHOLE.end else None


def _instant_typed(chance: random.Random) -> tuple[datetime, datetime | None]:
    at = datetime(2024, 12, 20, tzinfo=UTC) + timedelta(
        microseconds=chance.randrange(110 * 86_400 * 10**6)
    )
    return at, at if WHOLE.start <= at.date() < WHOLE.end else None


def _date_text(chance: random.Random) -> str:
    day = date(1990, 1, 1) + timedelta(days=chance.randrange(20_000))
    return chance.choice(
        [f"{day}", f"{day:%y-%m-%d}", f"{day:%d.%m.%Y}", f"{day:%Y%m%d}", f"{day}T00:00:00Z",
         f"{day} 00:00:00", f"{day}T10:00:00Z", f"{day}T00:00:01", "", "0001-01-01", "9999-12-31",
         "2025-02-29", f"{day:%Y-%m}", "1849-12-31", f"+0{day}", "45000"]
    )  # fmt: skip


def _date(text: str) -> date | None:
    try:
        day = datetime.fromisoformat(text) if "T" in text or " " in text else None
        found = day.date() if day else date.fromisoformat(text)
    except ValueError:
        return None
    is_iso = re.match(r"\d{4}-\d{2}-\d{2}", text)
    midnight = day is None or day.time() == datetime.min.time()
    return found if is_iso and midnight and 1800 <= found.year <= 2199 else None


def _date_typed(chance: random.Random) -> tuple[date, date | None]:
    day = date(1700, 1, 1) + timedelta(days=chance.randrange(220_000))
    return day, day if 1800 <= day.year <= 2199 else None


def _integer_text(chance: random.Random) -> str:
    number = chance.randrange(10 ** chance.randrange(1, 7))
    return chance.choice(
        [f"{number}", f" {number}", f"{number}.0", f"{number}.5", f"-{number}", f"{number}e1", "",
         "true", f"{number:,}", "१"]
    )  # fmt: skip


def _integer(text: str) -> int | None:
    stripped = text.strip()
    if not re.fullmatch(r"[+-]?[0-9]+", stripped):
        return None
    return int(stripped) if 0 <= int(stripped) < 2**15 else None


def _integer_typed(chance: random.Random) -> tuple[float, int | None]:
    value = chance.choice([float(chance.randrange(40_000)), chance.random() * 100, -3.0, 1e18])
    return value, int(value) if value == int(value) and 0 <= value < 2**15 else None


def _float_text(chance: random.Random) -> str:
    value = chance.uniform(-(10**6), 10**6)
    return chance.choice([repr(value), f"{value:e}", f"{value:.0f}", "NaN", "inf", "", "1,5", "x"])


def _float(text: str) -> float | None:
    if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?", text.strip()):
        return None
    return float(text)


def _float_typed(chance: random.Random) -> tuple[float, float | None]:
    value = chance.choice([chance.uniform(-(10**6), 10**6), float("nan"), float("inf")])
    return value, value if abs(value) < 1e300 else None


def _boolean_text(chance: random.Random) -> str:
    words = ["true", "FALSE", "t", "F", "yes", "No", "1", "0", "2", "on", "", "yess", " true "]
    return chance.choice(words)


def _boolean(text: str) -> bool | None:
    word = text.strip().lower()
    if word in ("true", "t", "yes", "y", "1"):
        return True
    return False if word in ("false", "f", "no", "n", "0") else None


def _boolean_typed(chance: random.Random) -> tuple[int, bool | None]:
    value = chance.choice([0, 1, 2, -1])
    return value, bool(value) if value in (0, 1) else None


def _text(chance: random.Random) -> str:
    number = chance.randrange(10**9)
    return chance.choice(
        [f"R{number}", f"{number:012d}", f"{number}.0", f"{number}.50", f"{number / 10**8:.2f}E+08",
         "Žluťoučký kůň", 'quo"ted', "semi;colon, comma", "x" * 65, "tab\there", "🙂", f"{number}"]
    )  # fmt: skip


def _identifier(text: str) -> str | None:
    as_float = re.fullmatch(r"[+-]?\d+\.0+|\d(\.\d+)?[eE]\+\d+", text)
    return None if as_float or len(text) > 64 else text


def _identifier_typed(chance: random.Random) -> tuple[float, str | None]:
    value = chance.choice([float(chance.randrange(10**15)), chance.random(), 2.0**60])
    is_exact = value == int(value) and value < 2**53
    return value, str(int(value)) if is_exact else None


COLUMNS = [
    Column("transactions", "amount", "transaction_id", TRANSACTION, _money_text,
           _decimal(2, Decimal(0), Decimal(10**12)), _money_typed),
    Column("transactions", "transaction_date", "transaction_id", TRANSACTION, _instant_text,
           _instant, _instant_typed),
    Column("transactions", "reference_number", "transaction_id", TRANSACTION, _text, _identifier,
           _identifier_typed),
    Column("loan_payments", "payment_date", "payment_id", PAYMENT, _date_text, _date, _date_typed),
    Column("loan_payments", "installment_number", "payment_id", PAYMENT, _integer_text, _integer,
           _integer_typed),
    Column("economic_indicators", "value", "country", INDICATOR, _float_text, _float, _float_typed),
    Column("products", "is_active", "product_id", PRODUCT, _boolean_text, _boolean, _boolean_typed),
]  # fmt: skip


def _frame(column: Column, values: list[Any], *, is_text: bool) -> pl.DataFrame:
    keys = [_key(column, number) for number in range(len(values))]
    cells = pl.Series(column.name, values, dtype=pl.String if is_text else None)
    rest = [pl.lit(value).alias(name) for name, value in column.rest.items()]
    return pl.DataFrame({column.key: keys}).with_columns(rest).with_columns(cells)


def _key(column: Column, number: int) -> str:
    if column.key == "country":
        return chr(65 + number // 26 % 26) + chr(65 + number % 26)
    return f"K{number:05d}"


def _as_csv(frame: pl.DataFrame, folder: Path, _: str) -> tuple[Connector, dict[str, Any]]:
    frame.write_csv(folder / "t.csv", quote_style="always")
    return files(folder), {"read": "t.csv"}


def _as_parquet(frame: pl.DataFrame, folder: Path, _: str) -> tuple[Connector, dict[str, Any]]:
    frame.write_parquet(folder / "t.parquet")
    return files(folder), {"read": "t.parquet"}


def _as_xml(frame: pl.DataFrame, folder: Path, _: str) -> tuple[Connector, dict[str, Any]]:
    rows = "".join(
        "<row>" + "".join(f"<{n}>{escape(v)}</{n}>" for n, v in row.items()) + "</row>"
        for row in frame.iter_rows(named=True)
    )
    (folder / "t.xml").write_text(f"<rows>{rows}</rows>", encoding="utf-8")
    return files(folder), {"read": "t.xml", "records": "row"}


def _as_postgres(frame: pl.DataFrame, _: Path, url: str) -> tuple[Connector, dict[str, Any]]:
    with bulk.connect(url) as connection:
        bulk.execute(connection, "create schema src")
        types = {pl.String: "text", pl.Float64: "float8", pl.Int64: "int8", pl.Date: "date"}
        columns = ", ".join(
            f"{name} {types.get(dtype.base_type(), 'timestamptz')}"
            for name, dtype in frame.schema.items()
        )
        bulk.execute(connection, f"create table src.t ({columns})")
        bulk.append(connection, "src", "t", frame)
    source = PostgresSource.model_validate({"connector": "postgres", "schema": "src"})
    return PostgresConnector(source, url), {"read": "t"}


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _check(column: Column, meanings: list[Any], url: str, *, is_cut: bool = False) -> None:
    stored = dict(query(url, f"select {column.key}, {column.name} from bronze.{column.table}"))
    rejected = query(
        url, f"select row_text::json ->> '{column.key}', column_name from quarantine.rejected_rows"
    )
    reasons = dict(rejected)
    assert len(reasons) == len(rejected)
    for number, meaning in enumerate(meanings):
        key = _key(column, number)
        if is_cut and meaning is None and key not in reasons:
            # The server has left out the rows of other days.
            assert key not in stored
            continue
        assert (key in stored) != (key in reasons)
        if meaning is not None:
            assert stored.get(key) == meaning
        elif key in stored:
            # A column that may be empty holds nothing where the source has none.
            assert stored[key] is None
        else:
            assert reasons[key] == column.name
    numbers = [m for m in meanings if isinstance(m, Decimal)]
    if numbers:
        total = query(url, f"select sum({column.name}) from bronze.{column.table}")
        assert total == [(sum(numbers),)]
    assert 0 < len(stored) < len(meanings)


def _prepare(url: str) -> None:
    """An account and a loan that the rows refer to."""
    with bulk.connect(url) as connection:
        ddl.create_schemas(connection)
        for name, key, value in (("accounts", "account_id", "A"), ("loans", "loan_id", "L")):
            stored = SOURCES[name].stored
            ddl.create_table(connection, stored)
            for column in stored.columns:
                bulk.execute(connection, f"alter table bronze.{name} alter {column} drop not null")
            bulk.execute(connection, f"insert into bronze.{name} ({key}) values ('{value}')")


def _texts(column: Column) -> list[str]:
    chance = random.Random(column.name)  # noqa: S311 - test data
    return [column.texts(chance) for _ in range(COUNT)]


def _load(column: Column, connector: Connector, config: dict[str, Any], url: str) -> None:
    window = WHOLE if column.table in ("transactions", "loan_payments") else None
    load(url, column.table, connector, window, settings=LENIENT, **config)


@pytest.mark.parametrize("write", [_as_csv, _as_parquet, _as_xml, _as_postgres])
@pytest.mark.parametrize("column", COLUMNS, ids=lambda c: f"{c.table}.{c.name}")
def test_a_text_is_stored_as_what_it_means_or_rejected_with_its_column(
    column: Column, write: Any, postgres_url: str, tmp_path: Path
) -> None:
    texts = _texts(column)
    _prepare(postgres_url)
    connector, config = write(_frame(column, texts, is_text=True), tmp_path, postgres_url)
    _load(column, connector, config, postgres_url)
    _check(column, [column.meaning(text) for text in texts], postgres_url)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda c: f"{c.table}.{c.name}")
def test_a_text_over_http_is_stored_as_what_it_means_or_rejected(
    column: Column, postgres_url: str, tmp_path: Path
) -> None:
    texts = _texts(column)
    frame = _frame(column, texts, is_text=True)
    (tmp_path / "t.json").write_text(json.dumps(frame.to_dicts()), encoding="utf-8")
    _prepare(postgres_url)
    with _served(tmp_path) as address:
        source = HttpSource.model_validate({"connector": "http", "url": address})
        _load(column, HttpConnector(source), {"read": "t.json"}, postgres_url)
    _check(column, [column.meaning(text) for text in texts], postgres_url)


@pytest.mark.parametrize("write", [_as_parquet, _as_postgres])
@pytest.mark.parametrize("column", COLUMNS, ids=lambda c: f"{c.table}.{c.name}")
def test_a_value_of_the_source_s_own_type_is_stored_equal_or_rejected(
    column: Column, write: Any, postgres_url: str, tmp_path: Path
) -> None:
    chance = random.Random(column.name)  # noqa: S311 - test data
    pairs = [column.typed(chance) for _ in range(COUNT)]
    _prepare(postgres_url)
    frame = _frame(column, [value for value, _ in pairs], is_text=False)
    connector, config = write(frame, tmp_path, postgres_url)
    _load(column, connector, config, postgres_url)
    is_cut = write is _as_postgres and column.name == "transaction_date"
    _check(column, [meaning for _, meaning in pairs], postgres_url, is_cut=is_cut)
