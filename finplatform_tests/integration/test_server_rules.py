"""Rules as the server judges them: it finds as many breaches as Pandera does."""

from decimal import Decimal
from typing import Any

import pandera.errors
import pandera.polars as pa
import polars as pl
import psycopg
import pytest

from finplatform.orchestration.checks.server_rules import breaches

pytestmark = pytest.mark.integration

VALUES: dict[str, tuple[Any, list[Any]]] = {
    "bigint": (pl.Int64(), [-3, 0, 1, 5, 6, 2**62, None]),
    "numeric(18,2)": (pl.Decimal(18, 2), [Decimal(n) for n in ("-0.01", "0.00", "5.00", "5.01")]),
    "double precision": (
        pl.Float64(),
        [-0.0, 0.1, 4.999999999999999, 5.0, 5.000000000000001, None],
    ),
    "text": (pl.String(), ["EUR", "eur", " EUR", "O'Neil", "", "É", None]),
}
RULES = {
    "ge": lambda: pa.Check.ge(0),
    "gt": lambda: pa.Check.gt(0),
    "le": lambda: pa.Check.le(5),
    "lt": lambda: pa.Check.lt(5),
    "isin": lambda: pa.Check.isin([1, 5]),
    "length": lambda: pa.Check.str_length(1, 3),
    "exact_length": lambda: pa.Check.str_length(exact_value=3),
    "isin_text": lambda: pa.Check.isin(frozenset({"EUR", "O'Neil"})),
}
CASES = [
    (sql_type, rule)
    for sql_type in VALUES
    for rule in RULES
    if (rule in ("isin_text", "length", "exact_length")) == (sql_type == "text")
    and (rule != "isin" or sql_type == "bigint")
]


@pytest.mark.parametrize("nullable", [True, False])
@pytest.mark.parametrize(("sql_type", "rule"), CASES)
def test_the_server_finds_as_many_breaches_as_pandera(
    postgres_url: str, sql_type: str, rule: str, nullable: bool
) -> None:
    dtype, values = VALUES[sql_type]
    column = pa.Column(dtype, RULES[rule](), nullable=nullable)
    frame = pl.DataFrame({"value": pl.Series(values, dtype=dtype)})
    try:
        pa.DataFrameSchema({"value": column}).validate(frame, lazy=True)
        expected = 0
    except pandera.errors.SchemaErrors as errors:
        expected = errors.failure_cases.height
    condition = breaches("value", column, is_never_null=False)
    with psycopg.connect(postgres_url) as connection:
        connection.execute(f"create temporary table rows (value {sql_type})".encode())
        with connection.cursor() as cursor:
            cursor.executemany("insert into rows values (%s)", [(value,) for value in values])
        found = connection.execute(
            f"select count(*) filter (where {condition}) from rows".encode()
        ).fetchone()
    assert found == (expected,)


def test_a_pattern_is_left_to_pandera() -> None:
    column = pa.Column(pl.String(), pa.Check.str_matches("^[A-Z]{3}$"))
    assert breaches("currency", column, is_never_null=True) is None
