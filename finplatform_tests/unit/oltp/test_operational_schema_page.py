"""The page about the operational schema says what the models say."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from finplatform.oltp import migrate

PAGE = Path(__file__).parents[3] / "docs" / "operational_schema.md"


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tables() -> list[sa.Table]:
    return migrate.target_metadata("postgresql").sorted_tables


def test_the_diagram_has_every_column(page: str, tables: list[sa.Table]) -> None:
    blocks = re.findall(r"^ {4}(\w+) \{\n(.*?)^ {4}\}", page, flags=re.MULTILINE | re.DOTALL)
    drawn = {name: [line.split()[1] for line in body.splitlines()] for name, body in blocks}
    assert drawn == {table.name: [column.name for column in table.columns] for table in tables}


def test_the_diagram_has_every_relation(page: str, tables: list[sa.Table]) -> None:
    drawn = set(re.findall(r"^ {4}(\w+) (\|o|\|\|)--o\{ (\w+) : ", page, flags=re.MULTILINE))
    assert drawn == {
        (key.column.table.name, "|o" if column.nullable else "||", table.name)
        for table in tables
        for column in table.columns
        for key in column.foreign_keys
    }


def test_every_rule_and_index_is_explained(page: str, tables: list[sa.Table]) -> None:
    explained = set(re.findall(r"^\|.*", page, flags=re.MULTILINE))
    named = {name for line in explained for name in re.findall(r"`((?:ck|uq|ix)_\w+)`", line)}
    kinds = (sa.CheckConstraint, sa.UniqueConstraint)
    assert named == {
        str(item.name)
        for table in tables
        for item in (*table.constraints, *table.indexes)
        if isinstance(item, (*kinds, sa.Index))
    }
