"""What the lake holds of the warehouse, and what it leaves out."""

import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.lake.catalog import LEFT_OUT, LakeTable, chosen, tables_of
from finplatform.security.rights import load_rights
from finplatform.settings import get_settings
from finplatform.warehouse import dbt


@pytest.fixture(scope="module")
def tables() -> dict[str, LakeTable]:
    return tables_of(dbt.load_manifest(get_settings()))


def test_no_column_of_free_text_or_sealed_identifiers_is_written(
    tables: dict[str, LakeTable],
) -> None:
    for table in tables.values():
        marks = load_rights().tables[table.source].marks
        left_out = {name for name, mark in marks.items() if mark in LEFT_OUT}
        assert not left_out & set(table.contract.columns), table.name
    received = tables["transactions"].contract.columns
    assert "description" in SOURCES["transactions"].stored.columns
    assert "description" not in received
    assert "counterparty_account_token" in received


def test_every_table_is_cut_by_a_day_and_has_its_key(tables: dict[str, LakeTable]) -> None:
    for table in tables.values():
        assert table.date_column in table.contract.columns
        assert set(table.contract.key) <= set(table.contract.columns)
        assert "date" not in table.contract.columns, "the folder's name is this column"


def test_money_is_among_the_totals(tables: dict[str, LakeTable]) -> None:
    assert {"amount", "fees", "net_amount"} <= set(tables["fact_transactions"].decimals)
    assert "closing_balance" in tables["fact_balances"].decimals


def test_an_unknown_table_is_refused_by_name(tables: dict[str, LakeTable]) -> None:
    with pytest.raises(FinplatformError, match="no table fact_moons"):
        chosen(tables, ["fact_moons"])
    assert chosen(tables, []) == list(tables.values())
