"""The data dictionary: every table and column, from the contracts.

Belongs here: its layout. Does not belong here: what a column means (see `finplatform.contracts`
and the models' YAML) or where it comes from (see `columns_from`).
"""

from collections.abc import Iterable, Mapping

from finplatform.contracts.contract import Contract, Form
from finplatform.contracts.rule_names import rule_name
from finplatform.documentation.markdown import cell, code, codes, document, table

LAYERS = ("bronze", "silver", "gold", "bi")
"""Schemas in the order of the way of the data; others follow by name."""

_INTRODUCTION = """\
Every table and column, from the contracts that ingest, dbt and checks enforce. The source of a
column is what its value is computed from: in bronze the configured source's column, elsewhere
columns of the tables before it; where Python computes it, the [lineage](lineage.md) has the
tables. Written by `make docs`; do not edit."""


def dictionary(
    contracts: Iterable[Contract], sources: Mapping[str, Mapping[str, str]] | None = None
) -> str:
    """The dictionary as Markdown.

    Args:
        contracts: Tables to describe.
        sources: By `schema.table` and column, what the column is computed from.
    """
    tables = sorted(contracts, key=lambda contract: (layer_order(contract), contract.table))
    lines: list[str] = []
    layer = ""
    for contract in tables:
        if contract.schema_name != layer:
            layer = contract.schema_name
            lines += ["", f"## {layer}"]
        lines += _table(contract, (sources or {}).get(contract.name, {}))
    return document("Data dictionary", _INTRODUCTION, lines)


def layer_order(contract: Contract) -> tuple[int, str]:
    """Place of a contract's schema in the way of the data."""
    schema = contract.schema_name
    return (LAYERS.index(schema) if schema in LAYERS else len(LAYERS), schema)


def _table(contract: Contract, sources: Mapping[str, str]) -> list[str]:
    grain = f"{contract.grain[:1].upper()}{contract.grain[1:]}."
    form = "" if contract.form is Form.TABLE else f" A {contract.form}."
    key = f" Key: {code(', '.join(contract.key))}." if contract.key else ""
    cut = f" Cut by {code(contract.date_column)}." if contract.date_column else ""
    rows = []
    for name, sql_type, nullable in contract.sql_columns():
        column = contract.fields[name]
        rules = codes(rule_name(str(check.error or check.name)) for check in column.checks)
        meaning = cell(column.description or "")
        null = "yes" if nullable else ""
        rows.append((code(name), sql_type, null, meaning, rules, cell(sources.get(name, ""))))
    headings = ("column", "type", "null", "meaning", "rules", "source")
    return ["", f"### {contract.name}", "", f"{grain}{form}{key}{cut}", "", *table(headings, rows)]
