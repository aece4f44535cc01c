"""The check of restore drills: the last one passed.

Does not belong here: the drill (`finplatform.backup.drill`).
"""

import dagster as dg

from finplatform.contracts.backups import BACKUPS, SCHEMA
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.resources.warehouse import WarehouseResource

CHECK_NAME = "last_drill_passed"

_LAST = f"""
select drilled_at, backup_id, is_passed, problem, recovery_time_seconds
from {BACKUPS["restore_drills"].name}
order by drilled_at desc
limit 1
"""


def build_drill_check() -> dg.AssetChecksDefinition:
    """The check that the newest backup could be restored."""

    @dg.asset_check(
        asset=key(SCHEMA, "restore_drills"),
        name=CHECK_NAME,
        description="The newest backup was restored, and its rows equal those of the live server.",
    )
    def check(warehouse: WarehouseResource) -> dg.AssetCheckResult:
        with warehouse.warehouse.connect() as connection:
            row = connection.execute(_LAST.encode()).fetchone()
        if row is None:
            return dg.AssetCheckResult(passed=True, description="No drill has run yet.")
        drilled_at, backup_id, is_passed, problem, seconds = row
        return dg.AssetCheckResult(
            passed=is_passed,
            metadata={"backup": backup_id, "recovery_time_seconds": float(seconds)},
            description=problem or f"{backup_id} was restored at {drilled_at:%Y-%m-%d %H:%M} UTC.",
        )

    return check
