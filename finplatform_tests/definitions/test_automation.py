"""What Dagster requests by itself on the real graph, and how fresh it is told to expect tables."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from finplatform.orchestration.build import build_definitions
from finplatform.orchestration.jobs import TRAINING_ASSETS
from finplatform.orchestration.sensors import landing as landing_module
from finplatform.settings import Settings

FIRST = date(2025, 1, 25)
"""The history begins within a month, whose earlier days are no partitions."""

END_OF_FEBRUARY = datetime(2025, 2, 28, 12, tzinfo=UTC)
"""The last day of the month is not over."""

NEXT_DAY = datetime(2025, 3, 1, 2, tzinfo=UTC)
NEXT_MORNING = datetime(2025, 3, 1, 6, tzinfo=UTC)
DEFINITIONS = build_definitions(settings=Settings(history_start=FIRST))
GRAPH = DEFINITIONS.resolve_asset_graph()
ASSETS = [asset for asset in DEFINITIONS.assets or () if isinstance(asset, dg.AssetsDefinition)]
SPECS = {spec.key: spec for asset in ASSETS for spec in asset.specs}
DAILY = {k for k, s in SPECS.items() if isinstance(s.partitions_def, dg.DailyPartitionsDefinition)}
MONTHLY = {
    k for k, s in SPECS.items() if isinstance(s.partitions_def, dg.MonthlyPartitionsDefinition)
}
TRAINING_KEYS = TRAINING_ASSETS.resolve(ASSETS)


class Deployment:
    """An instance whose events are made by hand, and the evaluations of the conditions on it."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance = instance
        self._cursor: Any = None

    def materialize(self, keys: Iterable[dg.AssetKey], *partitions: str) -> None:
        """Notes that partitions of assets, or unpartitioned assets, were materialized."""
        for asset_key in keys:
            for partition in partitions or (None,):
                event = dg.AssetMaterialization(asset_key, partition=partition)
                self._instance.report_runless_asset_event(event)

    def check(self, *, failed: dg.AssetCheckKey | None = None) -> None:
        """Notes a verdict of every blocking check."""
        for check in GRAPH.asset_check_keys:
            if check.asset_key in SPECS and GRAPH.get_check_spec(check).blocking:
                verdict = dg.AssetCheckEvaluation(
                    asset_key=check.asset_key,
                    check_name=check.name,
                    passed=check != failed,
                    metadata={},
                    blocking=True,
                )
                self._instance.report_runless_asset_event(verdict)

    def requested(self, now: datetime) -> dict[dg.AssetKey, set[str | None]]:
        """Partitions that are requested at an instant, by asset; None for an unpartitioned one."""
        result = dg.evaluate_automation_conditions(
            defs=DEFINITIONS,
            instance=self._instance,
            asset_selection=dg.AssetSelection.all(),
            evaluation_time=now,
            cursor=self._cursor,
        )
        self._cursor = result.cursor
        return {
            asset_key: set(result.get_requested_partitions(asset_key))
            for asset_key in SPECS
            if result.get_num_requested(asset_key)
        }


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home with an empty landing zone, of which nothing is reported."""
    monkeypatch.setattr(landing_module, "report_files", lambda *_: None)
    settings = Settings(home=tmp_path)
    settings.landing.mkdir()
    return settings


def files_requested(settings: Settings) -> list[dg.RunRequest]:
    """Runs that the sensor of the graph asks for, of the files of a landing zone."""
    sensor = DEFINITIONS.resolve_sensor_def("landing_zone")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(
            instance=instance,
            resources={"settings": settings},
            definitions=DEFINITIONS,
        )
        result = sensor(context)
    assert isinstance(result, dg.SensorResult)
    return list(result.run_requests or ())


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    """All days but the last of February are in, the months before, and everything unpartitioned."""
    with dg.DagsterInstance.ephemeral() as instance:
        made = Deployment(instance)
        for asset_key, spec in SPECS.items():
            cut = spec.partitions_def
            made.materialize(
                [asset_key], *(cut.get_partition_keys(END_OF_FEBRUARY) if cut is not None else ())
            )
        made.check()
        # What is missing when the conditions are evaluated first is left to people.
        assert made.requested(END_OF_FEBRUARY) == {}
        yield made


def test_nothing_is_requested_before_the_last_day_of_the_month_is_in(
    deployment: Deployment,
) -> None:
    assert deployment.requested(END_OF_FEBRUARY) == {}
    assert deployment.requested(NEXT_DAY) == {}


def test_a_month_is_requested_once_its_last_day_is_in(deployment: Deployment) -> None:
    deployment.materialize(DAILY, "2025-02-28")
    assert deployment.requested(NEXT_DAY) == {key: {"2025-02-01"} for key in MONTHLY}
    assert deployment.requested(NEXT_DAY) == {}


def test_a_table_of_months_waits_for_each_day_that_it_reads(deployment: Deployment) -> None:
    balances = dg.AssetKey(["gold", "fact_balances"])
    deployment.materialize(DAILY - {balances}, "2025-02-28")
    early = deployment.requested(NEXT_DAY)
    readers = {key for key in MONTHLY if balances in GRAPH.get(key).parent_keys}
    assert len(readers) > 3
    assert not readers & early.keys()
    deployment.materialize([balances], "2025-02-28")
    assert readers & deployment.requested(NEXT_DAY).keys()


def test_a_failed_blocking_check_keeps_what_reads_its_table_from_being_requested(
    deployment: Deployment,
) -> None:
    balances = dg.AssetKey(["gold", "fact_balances"])
    deployment.materialize(DAILY, "2025-02-28")
    deployment.check(failed=dg.AssetCheckKey(balances, "contract"))
    asked = deployment.requested(NEXT_DAY)
    assert asked
    assert not {key for key in asked if balances in GRAPH.get(key).parent_keys}


def test_what_is_made_from_all_months_follows_a_new_month_and_no_model_is_trained(
    deployment: Deployment,
) -> None:
    deployment.materialize(MONTHLY, "2025-02-01")
    asked = deployment.requested(NEXT_DAY)
    assert dg.AssetKey(["reports", "capital_adequacy"]) in asked
    assert all(partitions == {None} for partitions in asked.values())
    assert not asked.keys() & TRAINING_KEYS


def test_late_files_run_their_day_and_then_their_month_and_nothing_else(
    deployment: Deployment, landing: Settings
) -> None:
    deployment.materialize(DAILY, "2025-02-28")
    deployment.materialize(MONTHLY, "2025-02-01")
    deployment.materialize(SPECS.keys() - DAILY - MONTHLY)
    deployment.requested(NEXT_DAY)
    days = ("2025-02-27", "2025-01-26")
    for day in days:
        (landing.landing / f"grade_overrides_{day}.csv").write_text("x")
    requests = files_requested(landing)
    assert [request.partition_key for request in requests] == sorted(days)
    for request in requests:
        made = set(request.asset_selection or ())
        assert dg.AssetKey(["bronze", "grade_overrides"]) in made
        assert made <= DAILY
        assert not {key for key in made if key.path[0] == "bronze"} - {
            dg.AssetKey(["bronze", "grade_overrides"])
        }
        deployment.materialize(made, str(request.partition_key))
    asked = deployment.requested(NEXT_DAY)
    cut = {key: partitions for key, partitions in asked.items() if key in MONTHLY}
    assert dg.AssetKey(["gold", "capital_adequacy"]) in cut
    assert all(partitions == {"2025-01-01", "2025-02-01"} for partitions in cut.values())
    below = {
        child
        for request in requests
        for key in request.asset_selection or ()
        for child in dg.AssetSelection.assets(key).downstream().resolve(ASSETS)
    }
    assert asked.keys() <= below
    assert deployment.requested(NEXT_DAY) == {}


def test_an_entity_that_has_changed_requests_no_month(deployment: Deployment) -> None:
    deployment.materialize(DAILY, "2025-02-28")
    deployment.materialize(MONTHLY, "2025-02-01")
    deployment.requested(NEXT_DAY)
    deployment.materialize([dg.AssetKey(["gold", "dim_customer"])])
    assert not deployment.requested(NEXT_DAY).keys() & MONTHLY


def test_what_the_platform_knows_of_itself_is_noted_every_morning(deployment: Deployment) -> None:
    # Drills have a schedule of their own.
    noted = {key for key in SPECS if key.path[0] == "ops" and key.path[1] != "restore_drills"}
    assert len(noted) == 4
    assert not noted & deployment.requested(NEXT_DAY).keys()
    assert noted <= deployment.requested(NEXT_MORNING).keys()
    assert not noted & deployment.requested(NEXT_MORNING).keys()


def test_every_month_end_table_but_training_is_automated_and_no_daily_one() -> None:
    automated = {key for key, spec in SPECS.items() if spec.automation_condition is not None}
    assert automated >= MONTHLY
    assert not automated & (DAILY | TRAINING_KEYS)


@pytest.mark.parametrize(("last", "is_expected"), [(None, True), (date(2025, 3, 31), False)])
def test_what_people_read_is_expected_to_be_fresh_while_the_history_goes_on(
    last: date | None, is_expected: bool
) -> None:
    definitions = build_definitions(settings=Settings(history_start=FIRST, history_end=last))
    expected = {
        spec.key.to_user_string()
        for spec in definitions.resolve_all_asset_specs()
        if spec.freshness_policy is not None
    }
    read = {"gold/fact_transactions", "gold/capital_adequacy", "reports/capital_adequacy"}
    assert (read <= expected) is is_expected
    assert bool(expected) is is_expected
