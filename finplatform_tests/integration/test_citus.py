"""Tables on a Citus cluster: facts by account or customer, dimensions whole on every node.

The macro runs on empty tables of all contracts. The server is PostgreSQL with a recorded catalogue:
Citus' functions and its view, which note what is asked of them and refuse what Citus refuses. With
`FINPLATFORM_TEST_CITUS_URL`, the database of a real cluster, the same is tried there.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from finplatform.contracts.contract import Form
from finplatform.orchestration.build import all_contracts
from finplatform.settings import Settings
from finplatform.warehouse import bulk, dbt, ddl
from finplatform.warehouse.dbt import dbt_environment, run_dbt

pytestmark = pytest.mark.integration

RECORDED = """
create table citus_tables (
    table_name regclass primary key, citus_table_type text, distribution_column text
);
create function create_distributed_table(table_name regclass, distribution_column text)
returns void language plpgsql as $$
begin
    if exists (
        select from pg_index as i
        where i.indrelid = $1 and i.indisunique and not exists (
            select from pg_attribute as a
            where a.attrelid = i.indrelid and a.attname = $2 and a.attnum = any(i.indkey)
        )
    ) then
        raise exception 'creating unique indexes on non-partition columns is unsupported';
    end if;
    insert into citus_tables values ($1, 'distributed', $2);
end $$;
create function create_reference_table(table_name regclass)
returns void language sql as $$
    insert into citus_tables values ($1, 'reference', '<none>')
$$;
"""

REAL = os.environ.get("FINPLATFORM_TEST_CITUS_URL")


@pytest.fixture(params=["recorded", "cluster"])
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of an empty database whose server has Citus, or says so."""
    if request.param == "cluster":
        if not REAL:
            pytest.skip("needs the database of a Citus cluster: make test-citus URL=...")
        yield REAL
        return
    url = request.getfixturevalue("postgres_url")
    with psycopg.connect(url) as connection:
        connection.execute(RECORDED)
    yield url


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def _make_tables(url: str, settings: Settings) -> None:
    """Every table of gold as its first build leaves it, empty."""
    with bulk.connect(url) as connection:
        ddl.create_schemas(connection)
        for contract in all_contracts(dbt.load_manifest(settings)).values():
            if contract.schema_name in ("silver", "gold") and contract.form is Form.TABLE:
                ddl.create_table(connection, contract)
    with psycopg.connect(url) as connection:
        connection.execute(
            "create unique index if not exists fact_payments_by_key"
            " on gold.fact_payments (payment_key)"
        )


def _distribute(url: str, settings: Settings) -> str:
    return run_dbt(
        ["run-operation", "distribute_warehouse"], dbt_environment(settings, make_url(url))
    )


def test_facts_are_distributed_by_account_or_customer_and_dimensions_are_on_every_node(
    server: str, settings: Settings
) -> None:
    _make_tables(server, settings)
    said = _distribute(server, settings)
    with psycopg.connect(server) as connection:
        placed = {
            name: (kind, column)
            for name, kind, column in connection.execute(
                "select table_name::text, citus_table_type, distribution_column from citus_tables"
            )
        }
        keys = connection.execute(
            "select indexdef from pg_indexes where schemaname = 'gold'"
            " and tablename = 'fact_payments' and indexdef like 'CREATE UNIQUE%%'"
        ).fetchall()
    assert placed["gold.fact_transactions"] == ("distributed", "account_id")
    assert placed["gold.fact_balances"] == ("distributed", "account_id")
    assert placed["gold.fact_payments"] == ("distributed", "customer_id")
    dimensions = {name for name in placed if name.startswith("gold.dim_")}
    assert {"gold.dim_customer", "gold.dim_account", "gold.dim_date"} <= dimensions
    assert {placed[name][0] for name in dimensions} == {"reference"}
    # A mart is small and stays with the coordinator.
    assert "gold.descriptive_analytics" not in placed
    assert "gold.fact_transactions" in said
    assert keys
    assert all("customer_id" in definition for (definition,) in keys)
    assert "Placed" not in _distribute(server, settings)


def test_a_server_without_citus_is_left_alone(postgres_url: str, settings: Settings) -> None:
    _make_tables(postgres_url, settings)
    assert "no Citus" in _distribute(postgres_url, settings)
