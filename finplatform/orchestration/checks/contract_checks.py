"""The factory of contract checks: one blocking Pandera check per table.

A check runs in the step of its table (`contract_check_spec` and `contract_check_result`), or in a
separate step for a group of tables (`build_contract_checks`), several in parallel: while the server
reads one table, the rows of another are validated. Does not belong here: rules (see
`finplatform.contracts`) and the reading of rows (see `stored_table`).
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import dagster as dg

from finplatform.contracts.contract import Contract, Form
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.checks.stored_table import check_table
from finplatform.orchestration.checks.validation_result import ValidationResult, asset_check_result
from finplatform.orchestration.partitions import window_of
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.warehouse.load_log import note_checksum
from finplatform.windows import Window

CHECK_NAME = "contract"

_AT_ONCE = 3


def contract_check_spec(contract: Contract) -> dg.AssetCheckSpec:
    """Spec of the blocking check of a contract's table."""
    return dg.AssetCheckSpec(
        CHECK_NAME,
        asset=key(contract.schema_name, contract.table),
        blocking=True,
        description=_description(contract),
    )


def contract_check_result(
    contract: Contract,
    warehouse: WarehouseResource,
    window: Window | None,
    run_id: str | None = None,
) -> dg.AssetCheckResult:
    """Checks a stored table, and records the checksum of its rows in the log of loads.

    Args:
        contract: The table's contract.
        warehouse: The warehouse.
        window: Days of the run; without a date column, all rows are checked.
        run_id: The run, whose load gets the checksum.
    """
    result = check_table(warehouse.url, contract, window, warehouse.batch_rows)
    if contract.is_confidential:
        result.sample.clear()
    shown: dict[str, int | str] = {"rows_checked": result.rows}
    if contract.form is Form.TABLE and not result.error:
        shown["checksum"] = result.checksum
        if run_id is not None:
            note_checksum(warehouse.url, run_id, contract.name, result.checksum)
    return asset_check_result(
        result,
        key(contract.schema_name, contract.table),
        CHECK_NAME,
        _passed(result, contract),
        shown,
    )


def build_contract_checks(name: str, contracts: Iterable[Contract]) -> dg.AssetChecksDefinition:
    """The checks of a group of tables in one subsettable step.

    Args:
        name: Name of the group; the step is called `<name>_contract`.
        contracts: The tables' contracts.
    """
    by_key = {contract_check_spec(contract).key: contract for contract in contracts}

    @dg.multi_asset_check(
        name=f"{name}_{CHECK_NAME}",
        specs=[contract_check_spec(contract) for contract in by_key.values()],
        can_subset=True,
    )
    def check(
        context: dg.AssetCheckExecutionContext, warehouse: WarehouseResource
    ) -> Iterator[dg.AssetCheckResult]:
        window, run_id = window_of(context), context.run.run_id
        selected = [by_key[each] for each in by_key if each in context.selected_asset_check_keys]
        # All checks end before the first result is yielded: a run that ends in between, as on a
        # full disk, must not leave the pool open.
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            results = list(
                pool.map(
                    lambda contract: contract_check_result(contract, warehouse, window, run_id),
                    selected,
                )
            )
        yield from results

    return check


def _description(contract: Contract) -> str:
    if contract.form is not Form.TABLE:
        return (
            f"The {contract.form} {contract.name} returns the {len(contract.columns)} columns of"
            " its contract; its rows come from tables that are checked."
        )
    unique = f", unique {', '.join(contract.key)}" if contract.key else ""
    return (
        f"The stored rows meet the Pandera contract of {contract.name}: columns, types, "
        f"{len(contract.columns)} columns' rules{unique}."
    )


def _passed(result: ValidationResult, contract: Contract) -> str:
    if contract.form is not Form.TABLE:
        return f"The {contract.form} has the columns of the contract."
    return f"{result.rows} rows meet the contract."
