"""Every query of `docs/queries.md` gives on the lake what it gives on the warehouse.

Counts, texts, dates and sums of money are equal; what is a quotient, a mean or a product of numbers
that are no decimals has sixteen digits on the lake, and more on PostgreSQL, so that an amount that
is rounded from one may differ by a cent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from finplatform.errors import FinplatformError
from finplatform.lake.catalog import configured_tables
from finplatform.lake.engine import SOURCES, query
from finplatform.lake.manifest import Partition, read_manifest
from finplatform.lake.read import read_batches
from finplatform.lake.root import LakeRoot, open_root
from finplatform.lake.write import write_window
from finplatform.settings import Settings
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.reader_role import open_reader
from finplatform.windows import Window
from finplatform_tests.integration.bank import BuiltBank
from finplatform_tests.requirements.test_queries import BLOCKS

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def lake(built_bank: BuiltBank, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the built bank with a lake of its own, which holds all tables."""
    root = tmp_path_factory.mktemp("lake")
    settings = built_bank.settings.model_copy(update={"lake_root": str(root)})
    warehouse = open_warehouse(settings)
    for table in configured_tables(settings).values():
        write_window(settings, warehouse, open_root(settings), table, None)
    return settings


@pytest.fixture
def reader(built_bank: BuiltBank) -> Iterator[psycopg.Connection]:
    location = open_reader(built_bank.settings).location.set(drivername="postgresql")
    with psycopg.connect(location.render_as_string(hide_password=False)) as connection:
        yield connection


def _alike(here: object, there: object) -> bool:
    """Whether a value of the lake is that of the warehouse, to the digits that it has."""
    if isinstance(here, float) or isinstance(there, float):
        if here is None or there is None:
            return here is there
        return float(there) == pytest.approx(float(here), rel=1e-9, abs=0.0101)  # type: ignore[arg-type]
    return here == there


def _sorted(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows in an order of what is exact on both engines."""
    return sorted(rows, key=lambda row: [str(v) for v in row if isinstance(v, str | int)])


def _partitions(root: LakeRoot, table: str) -> Mapping[date, Partition]:
    held = read_manifest(root, table)
    assert held is not None
    return held.partitions


@pytest.mark.parametrize("name", BLOCKS)
def test_a_query_gives_the_same_on_both_engines(
    lake: Settings, reader: psycopg.Connection, name: str
) -> None:
    cursor = reader.execute(BLOCKS[name].query.encode())
    expected = cursor.fetchall()
    answer = query(lake, BLOCKS[name].query)
    assert answer.columns == [column.name for column in cursor.description or ()]
    assert len(answer.rows) == len(expected)
    for here, there in zip(_sorted(expected), _sorted(answer.rows), strict=True):
        assert all(map(_alike, here, there)), (here, there)


def test_queries_on_facts_read_the_lake_and_its_sums_are_decimals(lake: Settings) -> None:
    answer = query(lake, "select sum(amount), count(*) from fact_transactions")
    assert list(answer.until) == ["gold.fact_transactions"]
    assert isinstance(answer.rows[0][0], Decimal)
    assert query(lake, "select count(*) from dim_customer").until == {}


def test_a_star_of_every_table_of_the_lake_has_the_rows_of_the_warehouse(
    lake: Settings, reader: psycopg.Connection
) -> None:
    for name in SOURCES:
        counted = f"select count(*) from {name}"
        row = reader.execute(counted.encode()).fetchone()
        assert query(lake, counted).rows == [row], name


def test_a_new_column_is_null_in_days_that_were_written_before(
    built_bank: BuiltBank, tmp_path: Path
) -> None:
    settings = built_bank.settings.model_copy(update={"lake_root": str(tmp_path)})
    warehouse, root = open_warehouse(settings), open_root(settings)
    table = configured_tables(settings)["fact_settlements"]
    *kept, new = table.contract.columns
    fields = {name: table.contract.fields[name] for name in kept}
    earlier = replace(table, contract=replace(table.contract, fields=fields))
    write_window(settings, warehouse, root, earlier, None)
    days = [day for day, one in _partitions(root, table.name).items() if one.rows]
    write_window(settings, warehouse, root, table, Window.day(max(days)))
    counted = f"select count(*), count({new}) from fact_settlements"
    ((rows, values),) = query(settings, counted).rows
    assert values == _partitions(root, table.name)[max(days)].rows < rows
    write_window(settings, warehouse, root, table, None)
    assert query(settings, counted).rows == [(rows, rows)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("select * from read_text('/etc/hostname')", "disabled by configuration|permission"),
        ("select * from read_csv('{home}/keys/*')", "disabled by configuration|permission"),
        ("copy (select 1) to '/tmp/out.csv'", "one SELECT"),
        ("insert into gold.dim_customer select 1", "one SELECT"),
        ("set lock_configuration = false", "one SELECT"),
        ("select 1; select 2", "one SELECT"),
        ("attach 'x.db' as x", "one SELECT"),
        ("select description from bronze.transactions", "description"),
        ("select * from vault.customer_identity", "does not exist"),
        ("select * from oltp.customers", "does not exist"),
        ("select * from gold.fact_moons", "fact_moons"),
        ("select", "failed"),
    ],
)
def test_a_query_can_only_read_what_the_reader_may(lake: Settings, text: str, said: str) -> None:
    with pytest.raises(FinplatformError, match=said):
        query(lake, text.format(home=lake.home))


def test_the_readers_password_is_in_no_answer(lake: Settings) -> None:
    secret = (lake.keys / "reader.password").read_text(encoding="utf-8")
    for text in ("select * from duckdb_databases()", "select * from duckdb_secrets()"):
        assert secret not in str(query(lake, text).rows)


def test_no_clear_identifier_is_in_the_lake(lake: Settings, session: psycopg.Connection) -> None:
    clear = {
        str(value)
        for row in session.execute(
            "select first_name || ' ' || last_name, email, phone from oltp.customers"
            " union all select account_number, null, null from oltp.accounts"
        )
        for value in row
        if value
    }
    assert len(clear) > 300
    root = open_root(lake)
    for table in configured_tables(lake).values():
        held = read_manifest(root, table.name)
        assert held is not None
        for frame in read_batches(lake, root, table, held.files):
            for name, dtype in frame.schema.items():
                if dtype == pl.String:
                    assert not clear & set(frame[name].unique()), f"{table.name}.{name}"
