"""What a query for PostgreSQL means in DuckDB."""

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from finplatform.lake.dialect import adapt, adapted, table_names


@pytest.fixture
def duck() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create schema bi; set search_path = 'bi'")
    adapt(connection)
    return connection


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("7 / 2", 3),
        ("7.5 / 2", 3.75),
        ("to_char(date '2025-03-09', 'YYYY-MM-DD')", "2025-03-09"),
        ("to_char(timestamp '2025-03-09 17:05:00', 'YYYYMMDD HH24:MI')", "20250309 17:05"),
        ("DATEDIFF('2025-03-01', '2025-02-28')", 1),
        ("datediff(date '2025-01-01', date '2025-01-31')", -30),
        ("round(1.005, 2)", Decimal("1.01")),
        ("date_trunc('month', date '2025-03-09')::date", date(2025, 3, 1)),
    ],
)
def test_a_function_gives_what_postgresql_gives(
    duck: duckdb.DuckDBPyConnection, expression: str, value: object
) -> None:
    assert duck.execute(f"select {expression}").fetchone() == (value,)


def test_nulls_come_where_postgresql_has_them(duck: duckdb.DuckDBPyConnection) -> None:
    values = "select x from (values (1), (null), (2)) as v(x) order by x"
    assert duck.execute(values).fetchall() == [(1,), (2,), (None,)]
    assert duck.execute(f"{values} desc").fetchall() == [(None,), (2,), (1,)]


def test_distinct_texts_are_joined_in_order(duck: duckdb.DuckDBPyConnection) -> None:
    text = "select string_agg(DISTINCT v.x, ', ') from (values ('b'), ('a'), ('b')) as v(x)"
    assert duck.execute(adapted(text)).fetchone() == ("a, b",)


@pytest.mark.parametrize(
    "text",
    [
        "select string_agg(distinct x, ', ' order by x desc) from t",
        "select 'string_agg(distinct x, y)' from t",
        "select string_agg(x, ', ') from t -- select from",
        "select x from t where y = 'select from'",
        "not a query (",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert adapted(text) == text


def test_a_select_without_columns_gets_one() -> None:
    assert adapted("select 1 where exists (SELECT FROM t)") == (
        "select 1 where exists (SELECT 1 FROM t)"
    )


def test_names_of_tables_leave_out_those_that_the_query_makes() -> None:
    text = "with a as (select * from gold.x join y on true) select * from a join bi.a as z on true"
    assert table_names(text) == {"gold.x", "y", "bi.a"}
    assert table_names("select (") == set()
