"""Names and values in SQL text cannot end what quotes them."""

from datetime import UTC, date, datetime

import pytest

from finplatform.warehouse.identifiers import literal, quote


def test_quotes_are_doubled() -> None:
    assert quote('a"; drop table b --') == '"a""; drop table b --"'
    assert literal("O'Brien'; drop table b --") == "'O''Brien''; drop table b --'"


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        (None, "null"),
        (7, "7"),
        (date(2025, 1, 2), "'2025-01-02'"),
        (datetime(2025, 1, 2, 3, tzinfo=UTC), "'2025-01-02T03:00:00+00:00'"),
    ],
)
def test_values_are_written_so_that_the_server_reads_the_same(value: object, sql: str) -> None:
    assert literal(value) == sql  # type: ignore[arg-type]
