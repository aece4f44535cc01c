"""The factory of contract checks: one blocking Pandera check per table.

Tables that may wait for each other are checked in one step, several at a time: while the server
reads one table, another one's rows are judged, and a step of its own would cost more than most
checks do. Belongs here: turning contracts into Dagster checks with readable metadata. Does not
belong here: rules (see `finplatform.contracts`) and the reading of rows (see `stored_table`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import dagster as dg

from finplatform.contracts.contract import Contract, Form
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.checks.stored_table import TableVerdict, check_table
from finplatform.orchestration.partitions import window_of_tags
from finplatform.orchestration.resources.warehouse import WarehouseResource

CHECK_NAME = "contract"

_AT_ONCE = 3


def build_contract_checks(
    contracts: Iterable[Contract], checked_together: Mapping[str, Iterable[dg.AssetKey]]
) -> list[dg.AssetChecksDefinition]:
    """One blocking check per contract.

    Args:
        contracts: What to check.
        checked_together: Tables whose checks share a step, by name. Every other table is checked in
            a step of its own.
    """
    left = {key(contract.schema_name, contract.table): contract for contract in contracts}
    shared = {
        name: [left.pop(asset) for asset in assets if asset in left]
        for name, assets in checked_together.items()
    }
    alone = {"__".join(asset.path): [contract] for asset, contract in left.items()}
    return [
        _contract_checks(f"{name}_{CHECK_NAME}", together)
        for name, together in (shared | alone).items()
        if together
    ]


def _contract_checks(name: str, contracts: list[Contract]) -> dg.AssetChecksDefinition:
    by_asset = {key(contract.schema_name, contract.table): contract for contract in contracts}

    @dg.multi_asset_check(
        name=name,
        specs=[
            dg.AssetCheckSpec(
                CHECK_NAME, asset=asset, blocking=True, description=_description(contract)
            )
            for asset, contract in by_asset.items()
        ],
        can_subset=True,
    )
    def check(
        context: dg.AssetCheckExecutionContext, warehouse: WarehouseResource
    ) -> Iterator[dg.AssetCheckResult]:
        window = window_of_tags(context.run.tags)
        selected = [
            by_asset[asset]
            for asset in by_asset
            if dg.AssetCheckKey(asset, CHECK_NAME) in context.selected_asset_check_keys
        ]

        def verdict_on(contract: Contract) -> TableVerdict:
            days = window if contract.date_column else None
            return check_table(warehouse.url, contract, days, warehouse.batch_rows)

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for contract, verdict in zip(selected, pool.map(verdict_on, selected), strict=True):
                yield _result(verdict, contract)

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
        asset_key=key(contract.schema_name, contract.table),
        check_name=CHECK_NAME,
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
