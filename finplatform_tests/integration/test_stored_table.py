"""The check of a stored table finds each way in which it breaks its contract, window by window."""

from datetime import date
from typing import Annotated

import pandera.polars as pa
import polars as pl
import psycopg
import pytest

from finplatform.checks.stored_table import SAMPLE_ROWS, check_table
from finplatform.contracts.columns import Timestamp, column
from finplatform.contracts.contract import Contract, Kind
from finplatform.windows import Window

pytestmark = pytest.mark.integration


class Model(pa.DataFrameModel):
    """One row per thing."""

    id: int = column("Key.")
    day: date = column("Day.")
    at: Timestamp = column("Instant.", nullable=True)
    amount: Annotated[pl.Decimal, 18, 2] = column("Money.", ge=0, le=100, nullable=True)
    rate: float = column("Rate.", nullable=True)
    kind: str = column("Kind.", isin=["a", "b"])
    note: str = column("Text without a rule.")


CONTRACT = Contract(
    "gold", "things", "one row per thing", Kind.EVENT, Model.to_schema(), ("id", "day"), "day"
)
ROWS = """
insert into gold.things
select n, date '2025-01-01' + n % 10, timestamptz '2025-01-01 00:00+00', n % 100, 0.5, 'a', 'x'
from generate_series(1, 500) as n
"""


@pytest.fixture
def things(postgres_url: str) -> str:
    columns = ", ".join(
        f"{name} {kind} {'' if nullable else 'not null'}"
        for name, kind, nullable in CONTRACT.sql_columns()
    )
    _run(postgres_url, "create schema gold", f"create table gold.things ({columns})", ROWS)
    return postgres_url


def _run(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _failures(url: str, window: Window | None = None) -> dict[str, int]:
    return check_table(url, CONTRACT, window, batch_rows=64).failures


def test_a_table_that_keeps_its_contract_passes(things: str) -> None:
    verdict = check_table(things, CONTRACT, None, batch_rows=64)
    assert verdict.passed
    assert (verdict.rows, verdict.sample) == (500, [])


@pytest.mark.parametrize(
    ("change", "failures"),
    [
        ("update gold.things set kind = 'c' where id <= 3", {"kind: isin(a, b)": 3}),
        ("update gold.things set amount = -1 where id = 7",
         {"amount: greater_than_or_equal_to(0)": 1}),
        ("update gold.things set amount = 100.01 where id in (7, 8)",
         {"amount: less_than_or_equal_to(100)": 2}),
        ("update gold.things set amount = 'NaN' where id = 7", {"amount: finite": 1}),
        ("update gold.things set rate = 'NaN' where id = 7", {"rate: finite": 1}),
        ("update gold.things set rate = '-Infinity' where id = 7", {"rate: finite": 1}),
        ("update gold.things set at = 'infinity' where id = 7", {"at: finite": 1}),
        ("insert into gold.things select * from gold.things where id <= 4",
         {"id, day: unique": 4}),
        ("alter table gold.things alter note drop not null;"
         "update gold.things set note = null where id = 9", {"note: not_nullable": 1}),
        ("alter table gold.things alter id type integer", {"id: type is bigint, not integer": 1}),
        ("alter table gold.things alter amount type numeric(20,2)",
         {"amount: type is numeric(18,2), not numeric(20,2)": 1}),
        ("alter table gold.things drop column note", {"note: exists": 1}),
        ("alter table gold.things add column more text", {"more: not in the contract": 1}),
        ("drop table gold.things", {"table: exists": 1}),
    ],
)  # fmt: skip
def test_each_breach_is_found_and_counted(
    things: str, change: str, failures: dict[str, int]
) -> None:
    _run(things, change)
    assert _failures(things) == failures


def test_a_window_is_checked_alone(things: str) -> None:
    _run(
        things,
        "update gold.things set kind = 'c' where day = '2025-01-03'",
        "insert into gold.things select * from gold.things where id in (2, 12)",
    )
    verdict = check_table(things, CONTRACT, Window.day(date(2025, 1, 4)), 64)
    assert (verdict.rows, verdict.failures) == (50, {})
    assert _failures(things, Window.day(date(2025, 1, 3))) == {
        "kind: isin(a, b)": 52,
        "id, day: unique": 2,
    }


def test_a_sample_of_the_values_is_shown(things: str) -> None:
    _run(things, "update gold.things set kind = 'c'")
    verdict = check_table(things, CONTRACT, None, 64)
    assert verdict.failures == {"kind: isin(a, b)": 500}
    assert verdict.sample == [{"column": "kind", "rule": "isin(a, b)", "value": "c"}] * SAMPLE_ROWS


def test_an_index_counts_as_proof_of_the_key_only_if_it_is_one(things: str) -> None:
    _run(
        things,
        "create unique index on gold.things (id, day, (lower(kind)))",
        "insert into gold.things select id, day, at, amount, rate, 'b', note from gold.things"
        " where id <= 4",
    )
    assert _failures(things) == {"id, day: unique": 4}


def test_a_table_of_nothing_that_could_break_is_counted(postgres_url: str) -> None:
    contract = Contract(
        "gold", "plain", "one row per id", Kind.TABLE,
        pa.DataFrameSchema({"id": Model.to_schema().columns["id"]}), ("id",),
    )  # fmt: skip
    _run(
        postgres_url,
        "create schema gold",
        "create table gold.plain (id bigint primary key)",
        "insert into gold.plain select generate_series(1, 100)",
    )
    verdict = check_table(postgres_url, contract, None, 64)
    assert (verdict.rows, verdict.failures) == (100, {})
