"""Checks of the lake's tables, read back from their files.

Belongs here: the contract check of partitions, and the reconciliation of their totals with the
warehouse. Does not belong here: computing totals (see `finplatform.lake.totals`).
"""

from collections.abc import Sequence

import dagster as dg

from finplatform.lake.catalog import LakeTable
from finplatform.lake.read import read_batches, stored_totals
from finplatform.lake.root import LakeRoot
from finplatform.lake.totals import differences, warehouse_totals
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.checks.contract_checks import CHECK_NAME
from finplatform.orchestration.checks.validation_result import ValidationResult, asset_check_result
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.settings import Settings
from finplatform.windows import Window

TOTALS = "totals_agree_with_the_warehouse"
_SHOWN = 5


def totals_check_spec(table: LakeTable) -> dg.AssetCheckSpec:
    """The blocking check that lake and warehouse agree."""
    return dg.AssetCheckSpec(
        TOTALS,
        asset=key(table.contract.schema_name, table.name),
        blocking=True,
        description=(
            f"Rows and the sum of every decimal column are, for each day, those of {table.source}."
        ),
    )


def lake_contract_result(
    table: LakeTable, settings: Settings, root: LakeRoot, keys: Sequence[str]
) -> dg.AssetCheckResult:
    """Validates the rows of partitions against the contract.

    Args:
        table: The table.
        settings: Rows validated at a time.
        root: The lake.
        keys: Keys of the partitions' files.
    """
    result = ValidationResult()
    try:
        for frame in read_batches(settings, root, table, keys):
            result.take(frame)
            result.validate(frame, table.contract.schema)
    except Exception as error:  # noqa: BLE001 - an incomplete check has not passed
        result.stop(error)
    return asset_check_result(
        result,
        key(table.contract.schema_name, table.name),
        CHECK_NAME,
        f"{result.rows} rows meet the contract.",
        {"rows_checked": result.rows},
    )


def totals_check_result(
    table: LakeTable,
    warehouse: WarehouseResource,
    root: LakeRoot,
    keys: Sequence[str],
    window: Window | None,
) -> dg.AssetCheckResult:
    """Compares totals of a window's partitions with those of the warehouse.

    Args:
        table: The table.
        warehouse: The warehouse.
        root: The lake.
        keys: Keys of the partitions' files.
        window: Business days; None for all.
    """
    with warehouse.warehouse.connect() as connection:
        expected = warehouse_totals(connection, table, window)
    found = stored_totals(warehouse.settings, root, table, keys)
    wrong = list(differences(expected, found))
    return dg.AssetCheckResult(
        asset_key=key(table.contract.schema_name, table.name),
        check_name=TOTALS,
        passed=not wrong,
        metadata={"days": len(expected), "rows": sum(one.rows for one in expected.values())},
        description="; ".join(map(str, wrong[:_SHOWN])) or "All totals agree.",
    )
