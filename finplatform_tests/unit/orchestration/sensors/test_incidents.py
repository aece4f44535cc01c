"""Freshness as Dagster finds it, and what a verdict's metadata count."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import dagster as dg
import pytest

from finplatform.notifications.incident import Severity
from finplatform.notifications.probes import Look
from finplatform.orchestration.incidents import failing_count
from finplatform.orchestration.sensors.incidents import freshness_probe
from finplatform.settings import Settings

KEYS = [dg.AssetKey(["gold", name]) for name in ("fresh", "late", "stale", "unseen")]
STATES = dict(zip(KEYS, ("PASS", "WARN", "FAIL"), strict=False))


class Instance:
    """What the freshness daemon has recorded."""

    def get_freshness_state_records(self, keys: Sequence[dg.AssetKey]) -> dict[dg.AssetKey, Any]:
        assert keys, "an empty list is not asked for"
        return {
            key: SimpleNamespace(freshness_state=SimpleNamespace(value=state))
            for key, state in STATES.items()
            if key in keys
        }


def test_assets_that_are_older_than_their_policy_are_reported(tmp_path: Any) -> None:
    instance = cast("dg.DagsterInstance", Instance())
    look = cast("Look", SimpleNamespace(settings=Settings(home=tmp_path)))
    found = [(s.subject, s.severity) for s in freshness_probe(instance, KEYS)(look)]
    assert found == [("gold.late", Severity.WARNING), ("gold.stale", Severity.ERROR)]
    assert list(freshness_probe(instance, [])(look)) == []


@pytest.mark.parametrize(
    ("metadata", "count"),
    [
        ({"failures": dg.MetadataValue.json({"amount: ge(0)": 3, "day: exists": 1})}, 4),
        ({"dagster_dbt/failed_row_count": dg.MetadataValue.int(7)}, 7),
        ({"dagster_dbt/failed_row_count": dg.MetadataValue.int(0)}, None),
        ({"rows_checked": dg.MetadataValue.int(9)}, None),
        ({}, None),
    ],
)
def test_failing_values_or_rows_are_counted(metadata: Any, count: int | None) -> None:
    assert failing_count(metadata) == count
