"""Which tables the lake has, and which of their columns.

Free text and sealed identifiers stay out: names may be left in the one, and the other is of use in
the warehouse alone. What is masked or a token there is so here. Belongs here: the list and that
rule. Does not belong here: files.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Contract
from finplatform.contracts.from_dbt import contract_from_model
from finplatform.errors import FinplatformError
from finplatform.security.rights import load_rights
from finplatform.settings import Settings
from finplatform.warehouse import dbt

SCHEMA = "lake"

FACTS = (
    "fact_transactions", "fact_balances", "fact_payments", "fact_settlements",
    "fact_loan_payments", "fact_credit_applications", "fact_interactions",
    "fact_campaign_responses", "fact_fraud_alerts", "fact_market_prices",
)  # fmt: skip
"""Tables of gold that are cut by day."""

EVENTS = ("transactions", "payments", "settlements", "loan_payments", "market_data")
"""Tables of bronze that are cut by day and have many rows."""

LEFT_OUT = frozenset({"free_text", "sealed"})
"""Marks of columns that are not written."""


@dataclass(frozen=True)
class LakeTable:
    """One table of the lake.

    Attributes:
        contract: What its rows keep: the warehouse table's contract, of the columns written.
        source: `schema.table` in the warehouse.
    """

    contract: Contract
    source: str

    @property
    def name(self) -> str:
        """Name in the lake, which is that of its folder."""
        return self.contract.table

    @property
    def date_column(self) -> str:
        """Column whose business day is the partition."""
        return str(self.contract.date_column)

    @property
    def decimals(self) -> list[str]:
        """Columns whose totals are kept and compared."""
        dtypes = self.contract.dtypes
        return [name for name in self.contract.columns if dtypes[name].is_decimal()]

    @property
    def fingerprint(self) -> str:
        """Of the names and types of the columns."""
        columns = [f"{name} {kind}" for name, kind, _ in self.contract.sql_columns()]
        return hashlib.sha256("\n".join(columns).encode()).hexdigest()[:16]


def tables_of(manifest: Mapping[str, Any]) -> dict[str, LakeTable]:
    """Tables of the lake by name.

    Args:
        manifest: dbt's manifest, which has the contracts of facts.
    """
    return {table.name: table for table in _tables(manifest)}


def configured_tables(settings: Settings) -> dict[str, LakeTable]:
    """Tables of the lake by name, with dbt's project read."""
    return tables_of(dbt.load_manifest(settings))


def chosen(tables: Mapping[str, LakeTable], names: list[str]) -> list[LakeTable]:
    """Tables of the names given, or all.

    Raises:
        FinplatformError: If the lake has no table of a name.
    """
    for name in names:
        if name not in tables:
            raise FinplatformError(
                f"The lake has no table {name}.", f"Its tables: {', '.join(tables)}."
            )
    return [tables[name] for name in names] if names else list(tables.values())


def _tables(manifest: Mapping[str, Any]) -> Iterator[LakeTable]:
    models = dbt.models(manifest)
    for table in FACTS:
        yield _table(contract_from_model(models[f"gold.{table}"]))
    for table in EVENTS:
        yield _table(SOURCES[table].stored)


def _table(contract: Contract) -> LakeTable:
    marks = load_rights().tables[contract.name].marks
    kept = {
        name: column for name, column in contract.fields.items() if marks.get(name) not in LEFT_OUT
    }
    return LakeTable(replace(contract, schema_name=SCHEMA, fields=kept), contract.name)
