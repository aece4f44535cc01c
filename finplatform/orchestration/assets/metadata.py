"""Metadata of table assets: the Columns tab, row counts and the table's name.

Belongs here: the conversion of contracts and load results into Dagster metadata.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from finplatform.contracts.contract import Contract
from finplatform.contracts.rule_names import rule_name
from finplatform.ingest.load import LoadResult


def table_metadata(contract: Contract) -> dict[str, Any]:
    """Definition metadata of a table: column schema and qualified name."""
    return {
        "dagster/column_schema": column_schema(contract),
        "dagster/table_name": contract.name,
        "key": ", ".join(contract.key),
    }


def column_schema(contract: Contract) -> dg.TableSchema:
    """Columns of a contract for the UI's Columns tab."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=name,
                type=sql_type,
                description=contract.fields[name].description,
                constraints=dg.TableColumnConstraints(
                    nullable=nullable,
                    unique=contract.key == (name,),
                    other=[_rule(check) for check in contract.fields[name].checks],
                ),
            )
            for name, sql_type, nullable in contract.sql_columns()
        ]
    )


def description(contract: Contract, *more: str) -> str:
    """Description of a table asset: its grain first."""
    grain = contract.grain[:1].upper() + contract.grain[1:]
    return " ".join((f"{grain}.", *more))


def load_metadata(report: LoadResult, contract: Contract) -> Mapping[str, Any]:
    """Materialization metadata of a load."""
    counted = "dagster/partition_row_count" if report.window is not None else "dagster/row_count"
    if report.is_partial:
        counted = "rows_loaded"
    metadata: dict[str, Any] = {
        counted: report.rows_loaded,
        "rows_read": report.rows_read,
        "rows_rejected": report.rows_rejected,
        "dagster/table_name": contract.name,
    }
    if report.reasons:
        metadata["rejected_by_rule"] = dg.MetadataValue.json(report.reasons)
    if report.rows_removed:
        metadata["rows_removed"] = report.rows_removed
    if report.rows_elsewhere:
        metadata["rows_of_other_days"] = report.rows_elsewhere
    return metadata


def _rule(check: Any) -> str:
    return rule_name(str(check.error or check.name))
