"""Sources of columns, read from SQL."""

import pytest

from finplatform.documentation.model_columns import MOST_NAMED, described, model_columns

COLUMNS = {"s.a": ["id", "x", "y"], "s.b": ["id", "z"]}


def sources(sql: str) -> dict[str, list[str]]:
    read = model_columns(sql, COLUMNS)
    return {name: [f"{table}.{column}" for table, column in found] for name, found in read.items()}


def test_a_value_comes_from_all_columns_it_is_computed_from() -> None:
    assert sources("select a.x + b.z as total from s.a as a join s.b as b on a.id = b.id") == {
        "total": ["s.a.x", "s.b.z"]
    }


def test_a_join_and_a_filter_are_no_source_of_a_value() -> None:
    found = sources("select a.x from s.a as a join s.b as b on a.id = b.id where b.z > 0")
    assert found == {"x": ["s.a.x"]}


def test_columns_are_followed_through_common_table_expressions_and_unions() -> None:
    sql = """
    with one as (select a.x as v from s.a as a), two as (
        select one.v from one union all select b.z from s.b as b
    )
    select two.v as w from two
    """
    assert sources(sql) == {"w": ["s.a.x", "s.b.z"]}


def test_a_star_is_the_columns_of_its_table() -> None:
    assert sources("with t as (select * from s.a as a) select t.*, 1 as one from t") == {
        "id": ["s.a.id"],
        "x": ["s.a.x"],
        "y": ["s.a.y"],
        "one": [],
    }


def test_a_scalar_subquery_is_a_source_with_what_it_selects() -> None:
    sql = "select (select max(b.z) from s.b as b) as most from s.a as a"
    assert sources(sql) == {"most": ["s.b.z"]}


def test_a_column_without_its_table_is_found() -> None:
    assert sources("select x, count(*) as n from s.a group by x") == {"x": ["s.a.x"], "n": []}


def test_a_recursive_query_ends() -> None:
    sql = """
    with recursive t as (
        select a.x as v from s.a as a union all select t.v + 1 as v from t where t.v < 9
    )
    select t.v from t
    """
    assert sources(sql) == {"v": ["s.a.x"]}


@pytest.mark.parametrize(("count", "shown"), [(MOST_NAMED, "`s.a.c0`"), (MOST_NAMED + 1, "7 colu")])
def test_of_many_sources_the_number_is_told(count: int, shown: str) -> None:
    assert described([("s.a", f"c{number}") for number in range(count)]).startswith(shown)
