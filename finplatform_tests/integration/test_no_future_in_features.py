"""Features of a date know nothing later: rewriting the future leaves them as they are."""

from datetime import date

import psycopg
import pytest

from finplatform.contracts.contract import Contract
from finplatform.orchestration.build import all_contracts
from finplatform.warehouse.dbt import load_manifest, window_arguments
from finplatform.windows import Window
from finplatform_tests.integration.bank import FIRST, BuiltBank

pytestmark = [pytest.mark.integration, pytest.mark.graph]

CUTOFF = date(2025, 2, 28)
REBUILT = (
    "fact_account_monthly", "fact_customer_monthly", "credit_exposures", "credit_features",
    "customer_features",
)  # fmt: skip
FEATURES = ("credit_features", "customer_features")
NUMBERS = ("numeric", "double precision", "smallint", "integer", "bigint")
KEYS = ("_key", "_id", "_number", "_lsn", "_year", "geo_key")


def test_rewriting_everything_after_a_date_changes_no_feature_of_it(own_bank: BuiltBank) -> None:
    contracts = all_contracts(load_manifest(own_bank.settings))
    with psycopg.connect(own_bank.url) as connection:
        before = _features(connection, upto=True)
        later = _features(connection, upto=False)
        _drop_checks(connection)
        rewritten = sum(
            _rewrite(connection, contract)
            for contract in contracts.values()
            if contract.schema_name in ("silver", "gold") and contract.form.value == "table"
        )
    assert rewritten > 5_000
    _build(own_bank)
    with psycopg.connect(own_bank.url) as connection:
        assert _features(connection, upto=True) == before
        # The rewriting was seen where it may be seen.
        assert all(
            now != then for now, then in zip(_features(connection, upto=False), later, strict=True)
        )


def _features(connection: psycopg.Connection, *, upto: bool) -> list[object]:
    condition = "<=" if upto else ">"
    found = []
    for table in FEATURES:
        row = connection.execute(
            "select count(*), md5(string_agg(t::text, '' order by t::text))"
            f" from gold.{table} as t where observation_date {condition} %s".encode(),
            (CUTOFF,),
        ).fetchone()
        assert row is not None
        assert row[0] > 50
        found.append(row)
    return found


def _drop_checks(connection: psycopg.Connection) -> None:
    """Lets the tables hold what the rewriting makes of their identities."""
    found = connection.execute(
        "select conrelid::regclass::text, quote_ident(conname) from pg_constraint"
        " where contype = 'c' and connamespace in ('silver'::regnamespace, 'gold'::regnamespace)"
    ).fetchall()
    for table, name in found:
        connection.execute(f"alter table {table} drop constraint {name}".encode())


def _rewrite(connection: psycopg.Connection, contract: Contract) -> int:
    """Overwrites numbers, flags and later days of the rows that come after the cut-off."""
    names = set(contract.columns)
    moment = contract.date_column or ("valid_from" if "valid_from" in names else None)
    changed = 0
    if moment is not None:
        columns = [
            f"{name} = 3" if kind.partition("(")[0] in NUMBERS else f"{name} = not {name}"
            for name, kind, _ in contract.sql_columns()
            if name not in contract.key
            and not name.endswith(KEYS)
            and (kind.partition("(")[0] in NUMBERS or (kind == "boolean" and name != "is_current"))
        ]
        changed += _update(connection, contract.name, columns, f"{moment}::date > '{CUTOFF}'")
    for day in names & {"settled_date", "closing_date"}:
        # What happens to an old row after the cut-off is as unknown on it as a new row.
        changed += _update(
            connection, contract.name, [f"{day} = {day} + 400"], f"{day} > '{CUTOFF}'"
        )
    return changed


def _update(connection: psycopg.Connection, table: str, columns: list[str], condition: str) -> int:
    if not columns:
        return 0
    statement = f"update {table} set {', '.join(columns)} where {condition}"
    return connection.execute(statement.encode()).rowcount


def _build(bank: BuiltBank) -> None:
    """Builds only what was asked for, so that no check on the rewritten rest stands in the way."""
    window = window_arguments(Window.through(FIRST, CUTOFF))
    done = bank.dbt("run", "--select", *REBUILT, *window)
    assert f"PASS={len(REBUILT)} " in done, done
