"""The contract check of every table sees every column: no value can be wrong and pass."""

from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.engine import URL

from finplatform.contracts.contract import Contract, Form
from finplatform.orchestration.build import all_contracts
from finplatform.orchestration.checks.stored_table import check_table
from finplatform.settings import get_settings
from finplatform.warehouse import bulk, dbt, ddl
from finplatform.warehouse.identifiers import literal, quote
from finplatform_tests.contract_rows import breaches, valid_rows
from finplatform_tests.databases import new_databases

pytestmark = pytest.mark.integration

ROWS = 4
"""As many as a column has rules at most, so that each row breaks one rule of each column."""


@pytest.fixture(scope="module")
def url(postgres_server: URL) -> Iterator[str]:
    """An empty database for all tables, one after the other."""
    with new_databases(postgres_server, "contracts") as (url,):
        with bulk.connect(url) as connection:
            ddl.create_schemas(connection)
        yield url


@pytest.fixture(scope="module")
def tables() -> list[Contract]:
    """Contracts of all tables of the graph, seeds included."""
    contracts = all_contracts(dbt.load_manifest(get_settings())).values()
    return [contract for contract in contracts if contract.form is Form.TABLE]


def _name(contract: Contract) -> str:
    return f"{quote(contract.schema_name)}.{quote(contract.table)}"


def _store(url: str, contract: Contract) -> dict[str, int]:
    """Makes the table, filled with rows that keep the contract, without the server's own rules.

    Returns:
        What fails all the same: keys, where the rules leave fewer of them than there are rows.
    """
    name, rows = _name(contract), valid_rows(contract, ROWS)
    free = ", ".join(f"alter {quote(column)} drop not null" for column in contract.columns)
    with bulk.connect(url) as connection:
        bulk.execute(connection, f"drop table if exists {name} cascade")
        ddl.create_table(connection, contract)
        bulk.execute(connection, f"alter table {name} {free}")
        bulk.append(connection, contract.schema_name, contract.table, rows)
    repeated = ROWS - rows.unique(contract.key).height
    return {f"{', '.join(contract.key)}: unique": repeated} if repeated else {}


def _corrupt(url: str, contract: Contract) -> dict[str, int]:
    """Breaks every rule of every column once, each in a row of its own; gives what was broken."""
    name = _name(contract)
    changes: list[list[str]] = [[] for _ in range(ROWS)]
    broken: Counter[str] = Counter()
    for column, field in contract.fields.items():
        for row, (rule, value) in enumerate(breaches(field)):
            written = "null" if value is None else literal(value)
            changes[row].append(f"{quote(column)} = {written}")
            broken[f"{column}: {rule}"] += 1
    with psycopg.connect(url) as connection:
        found = connection.execute(f"select ctid::text from {name} order by ctid".encode())
        for (place,), assignments in zip(found.fetchall(), changes, strict=True):
            if assignments:
                connection.execute(
                    f"update {name} set {', '.join(assignments)} where ctid = '{place}'".encode()
                )
    return broken


@pytest.mark.timeout(600)
def test_each_rule_of_each_column_of_each_table_is_named_when_it_is_broken(
    url: str, tables: list[Contract]
) -> None:
    wrong = {}
    for contract in tables:
        repeated = _store(url, contract)
        verdict = check_table(url, contract, None, batch_rows=ROWS)
        assert (verdict.error, verdict.failures, verdict.rows) == ("", repeated, ROWS)
        broken = _corrupt(url, contract)
        verdict = check_table(url, contract, None, batch_rows=ROWS)
        if verdict.failures != broken or verdict.error:
            wrong[contract.name] = {
                "not named": sorted(broken.keys() - verdict.failures.keys()),
                "named": sorted(verdict.failures.items() - broken.items()),
                "error": verdict.error,
            }
    assert not wrong


@pytest.mark.timeout(600)
def test_a_column_without_rules_is_named_when_it_is_of_another_type(
    url: str, tables: list[Contract]
) -> None:
    for contract in tables:
        free = [name for name, column in contract.fields.items() if not breaches(column)]
        if not free:
            continue
        _store(url, contract)
        changes = ", ".join(f"drop {quote(column)}, add {quote(column)} bytea" for column in free)
        with psycopg.connect(url) as connection:
            connection.execute(f"alter table {_name(contract)} {changes}".encode())
        verdict = check_table(url, contract, None, batch_rows=ROWS)
        named = {failure.partition(":")[0] for failure in verdict.failures}
        assert named == set(free), contract.name


def test_no_column_escapes_both_tests(tables: list[Contract]) -> None:
    for contract in tables:
        most = max(len(breaches(column)) for column in contract.fields.values())
        assert most <= ROWS, contract.name
