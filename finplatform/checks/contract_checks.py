"""The factory of contract checks: one blocking Pandera check per table.

Belongs here: turning a contract into a Dagster check with readable metadata. Does not belong here:
rules (see `finplatform.contracts`) and the reading of rows (see `stored_table`).
"""

import json
from collections.abc import Iterable

import dagster as dg

from finplatform.checks.stored_table import TableVerdict, check_table
from finplatform.contracts.contract import Contract, Form
from finplatform.partitions import window_of_tags
from finplatform.resources.warehouse import WarehouseResource
from finplatform.taxonomy import key

CHECK_NAME = "contract"


def build_contract_checks(contracts: Iterable[Contract]) -> list[dg.AssetChecksDefinition]:
    """One blocking check per contract."""
    return [_contract_check(contract) for contract in contracts]


def _contract_check(contract: Contract) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key(contract.schema_name, contract.table),
        name=CHECK_NAME,
        blocking=True,
        description=_description(contract),
    )
    def check(
        context: dg.AssetCheckExecutionContext, warehouse: WarehouseResource
    ) -> dg.AssetCheckResult:
        window = window_of_tags(context.run.tags) if contract.date_column else None
        verdict = check_table(warehouse.url, contract, window, warehouse.batch_rows)
        return _result(verdict, contract)

    return check


def _description(contract: Contract) -> str:
    if contract.form is not Form.TABLE:
        return (
            f"The {contract.form} {contract.name} returns the {len(contract.columns)} columns of"
            " its contract; its rows come from tables that are checked."
        )
    return (
        f"The stored rows keep the Pandera contract of {contract.name}: columns, types, "
        f"{len(contract.columns)} columns' rules, unique {', '.join(contract.key)}."
    )


def _result(verdict: TableVerdict, contract: Contract) -> dg.AssetCheckResult:
    metadata: dict[str, dg.MetadataValue] = {"rows_checked": dg.MetadataValue.int(verdict.rows)}
    if verdict.failures:
        metadata["failures"] = dg.MetadataValue.json(verdict.failures)
        metadata["sample"] = dg.MetadataValue.md(
            "```json\n" + json.dumps(verdict.sample, indent=1, ensure_ascii=False) + "\n```"
        )
    return dg.AssetCheckResult(
        passed=verdict.passed,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata=metadata,
        description=_told(verdict, contract),
    )


def _told(verdict: TableVerdict, contract: Contract) -> str:
    if not verdict.passed:
        return "; ".join(f"{name} ({count})" for name, count in verdict.failures.items())
    if contract.form is not Form.TABLE:
        return f"The {contract.form} has the columns of the contract."
    return f"{verdict.rows} rows keep the contract."
