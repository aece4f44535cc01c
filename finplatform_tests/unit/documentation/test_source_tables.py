"""`finplatform.documentation.source_tables`: what a source delivers, as a page."""

import re

import pytest

from finplatform.cli.docs import transaction_types
from finplatform.contracts.bronze import SOURCES
from finplatform.documentation.source_tables import source_tables_page
from finplatform.oltp import codes

PAGE = source_tables_page(SOURCES.values(), transaction_types())
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def _rows(section: str) -> dict[str, list[str]]:
    cells = [line.strip("| ").split(" | ") for line in section.splitlines() if "|" in line]
    return {row[0].strip("`"): row for row in cells if row[0].startswith("`")}


@pytest.mark.parametrize("table", SOURCES)
def test_every_table_names_the_columns_that_a_source_gives_and_which_are_needed(table: str) -> None:
    rows = _rows(SECTIONS[table])
    columns = SOURCES[table].received.columns
    assert set(columns) <= set(rows)
    for name, column in columns.items():
        assert rows[name][2] == ("may be left out" if column.nullable else "needed")


def test_columns_are_those_in_clear_and_not_those_that_are_made_of_them() -> None:
    assert {"account_number", "opening_date"} <= set(_rows(SECTIONS["accounts"]))
    assert "account_number_token" not in SECTIONS["accounts"]
    assert "date_of_birth" in _rows(SECTIONS["customers"])


def test_values_of_a_list_are_named_in_full_but_not_the_codes_of_all_currencies() -> None:
    row = " ".join(_rows(SECTIONS["transactions"])["channel"])
    assert all(f"`{channel}`" in row for channel in codes.CHANNELS)
    for kind in codes.TRANSACTION_TYPES:
        assert SECTIONS["transactions"].count(f"`{kind}`") == 2
    assert "... of" in " ".join(_rows(SECTIONS["transactions"])["currency"])


def test_every_type_of_transaction_says_which_way_the_money_goes() -> None:
    directions = {row["transaction_type"]: row["direction"] for row in transaction_types()}
    assert set(directions) == set(codes.TRANSACTION_TYPES)
    for kind, direction in directions.items():
        way = "in" if direction == "1" else "out"
        assert f"| `{kind}` | {way} |" in SECTIONS["transactions"]


def test_a_column_that_another_table_must_know_says_so() -> None:
    assert "known to `accounts.account_id`" in SECTIONS["transactions"]
