"""DDL from contracts: the drift of a stored table is reported column by column."""

import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Kind
from finplatform.errors import FinplatformError
from finplatform.warehouse import ddl

BRANCHES = SOURCES["branches"].stored
STORED = {name: kind for name, kind, _ in BRANCHES.sql_columns()}


def test_a_table_as_promised_passes() -> None:
    ddl._check_columns(BRANCHES, STORED)


def test_each_drift_is_named() -> None:
    drifted = {name: kind for name, kind in STORED.items() if name != "city"}
    drifted |= {"opened_date": "text", "extra": "integer"}
    with pytest.raises(FinplatformError) as failure:
        ddl._check_columns(BRANCHES, drifted)
    reported = str(failure.value)
    for drift in ("city is missing", "extra is surplus", "opened_date is text, not date"):
        assert drift in reported
    assert "drop table bronze.branches cascade" in reported


@pytest.mark.parametrize("table", sorted(SOURCES))
def test_each_column_gets_its_description_as_a_comment(table: str) -> None:
    contract = SOURCES[table].stored
    comments = list(ddl._comments(contract, "t"))
    assert len(comments) == 1 + len(contract.columns)
    assert len(list(ddl._indexes(contract, "t"))) == (contract.kind is not Kind.TABLE)
