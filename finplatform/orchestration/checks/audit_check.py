"""The check of the audit trail: recorded events and signed heads are unchanged.

Does not belong here: the verification (`finplatform.security.audit.verify`).
"""

import dagster as dg

from finplatform.contracts.audit import SCHEMA
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.settings import Settings
from finplatform.warehouse.audit_seals import verify_trail

CHECK_NAME = "trail_verifies"


def build_audit_check() -> dg.AssetChecksDefinition:
    """The blocking check of the trail."""

    @dg.asset_check(
        asset=key(SCHEMA, "tree_heads"),
        name=CHECK_NAME,
        blocking=True,
        description="All events hash to the signed roots: none was changed, deleted or added.",
    )
    def check(
        warehouse: WarehouseResource, settings: dg.ResourceParam[Settings]
    ) -> dg.AssetCheckResult:
        report = verify_trail(settings, warehouse.warehouse)
        wrong = [f"{found.kind}: {found.message}" for found in report.findings]
        return dg.AssetCheckResult(
            passed=report.holds,
            metadata={"events": report.rows, "sealed": report.sealed, "heads": report.heads},
            description=wrong[0] if wrong else f"{report.rows} events are unchanged.",
        )

    return check
