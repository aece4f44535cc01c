"""Verdicts as Dagster's check results, with metadata that a reader of the UI understands.

Belongs here: this one translation, the same for tables, models and pages. Does not belong here:
judging (see `stored_table`, `model_checks`, `report_checks`).
"""

import json
from collections.abc import Mapping
from typing import Any

import dagster as dg

from finplatform.orchestration.checks.verdict import Verdict


def result_of(
    verdict: Verdict,
    asset: dg.AssetKey,
    check_name: str,
    passed: str,
    metadata: Mapping[str, Any],
) -> dg.AssetCheckResult:
    """A verdict as Dagster shows it.

    Args:
        verdict: What was found.
        asset: What was checked.
        check_name: Name of the check.
        passed: What is said of an asset in which nothing failed.
        metadata: What is shown beside failures.
    """
    shown = dict(metadata)
    if verdict.failures:
        shown["failures"] = dg.MetadataValue.json(verdict.failures)
    if verdict.sample:
        values = json.dumps(verdict.sample, indent=1, ensure_ascii=False)
        shown["sample"] = dg.MetadataValue.md(f"```json\n{values}\n```")
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=check_name,
        passed=verdict.passed,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata=shown,
        description=passed if verdict.passed else verdict.reasons,
    )
