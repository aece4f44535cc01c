"""Events of a run's partitions, written as sets: what Dagster reads back is what it would write."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

import dagster as dg
import pytest
from sqlalchemy.engine import URL

from finplatform.orchestration.instance import open_instance, run_job
from finplatform.orchestration.partitions import daily_partitions, tags_of_window
from finplatform.settings import Settings
from finplatform.thread_executor import thread_executor
from finplatform.windows import Window
from finplatform_tests.databases import new_databases

pytestmark = pytest.mark.integration

FIRST, LAST = date(2025, 1, 1), date(2025, 1, 12)
DAYS = daily_partitions(FIRST, LAST)
NOTE = 'a "quoted" 2025-01-02 \\ value'


@pytest.fixture(scope="module")
def instance(
    postgres_server: URL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dg.DagsterInstance]:
    with new_databases(postgres_server, "dagster") as (url,):
        settings = Settings(
            home=tmp_path_factory.mktemp("home"),
            database_url=url,
            dagster_database_url=url,
        )
        with open_instance(settings) as opened:
            yield opened


def _run(instance: dg.DagsterInstance, key: dg.AssetKey, *, fail: bool = False) -> str:
    """Runs an asset for all days, and an unpartitioned one after it, as one run."""

    @dg.asset(key=key, partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
    def partitioned() -> dg.MaterializeResult:
        if fail:
            raise ValueError("the source is away")
        return dg.MaterializeResult(metadata={"rows": 3, "note": NOTE}, tags={"source": "core"})

    @dg.asset(key=[*key.path, "whole"], deps=[partitioned])
    def whole() -> None: ...

    job = dg.Definitions(
        assets=[partitioned, whole], jobs=[dg.define_asset_job("everything")]
    ).resolve_job_def("everything")
    return job.execute_in_process(
        instance=instance, tags=tags_of_window(Window.through(FIRST, LAST)), raise_on_error=False
    ).run_id


def _run_alone(instance: dg.DagsterInstance, asset: dg.AssetsDefinition) -> list[dg.DagsterEvent]:
    """Runs an asset for all days, as the platform does, and returns what the run is told."""
    definitions = dg.Definitions(
        assets=[asset], jobs=[dg.define_asset_job("alone")], executor=thread_executor
    )
    told: list[dg.DagsterEvent] = []
    job = definitions.resolve_job_def("alone")
    assert run_job(instance, job, Window.through(FIRST, LAST), told.append).success
    return told


def _materializations(instance: dg.DagsterInstance, key: dg.AssetKey) -> list[dg.EventLogEntry]:
    records = instance.fetch_materializations(key, limit=100, ascending=True).records
    return [record.event_log_entry for record in records]


def test_every_day_has_its_materialization_with_all_that_was_said(
    instance: dg.DagsterInstance,
) -> None:
    key = dg.AssetKey("told")
    run_id = _run(instance, key)
    entries = _materializations(instance, key)
    assert [entry.asset_materialization.partition for entry in entries] == list(
        DAYS.get_partition_keys()
    )
    for entry in entries:
        assert entry.run_id == run_id
        assert entry.asset_materialization.metadata["rows"].value == 3
        assert entry.asset_materialization.metadata["note"].value == (NOTE)
        assert entry.asset_materialization.tags["source"] == "core"
    times = [entry.timestamp for entry in entries]
    assert times == sorted(times)
    assert instance.get_materialized_partitions(key) == set(DAYS.get_partition_keys())


def test_a_run_hears_once_of_all_days(instance: dg.DagsterInstance) -> None:
    @dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
    def heard() -> None: ...

    told = _run_alone(instance, heard)
    kinds = Counter(event.event_type for event in told)
    assert kinds[dg.DagsterEventType.ASSET_MATERIALIZATION] == 1
    assert len(_materializations(instance, dg.AssetKey("heard"))) == len(DAYS.get_partition_keys())


def test_what_is_said_of_one_day_stays_with_it(instance: dg.DagsterInstance) -> None:
    @dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
    def counted(context: dg.AssetExecutionContext) -> None:
        context.add_asset_metadata({"rows": 7}, partition_key="2025-01-05")

    _run_alone(instance, counted)
    rows = {
        str(entry.asset_materialization.partition): entry.asset_materialization.metadata
        for entry in _materializations(instance, dg.AssetKey("counted"))
    }
    assert set(rows) == set(DAYS.get_partition_keys())
    assert [day for day, said in rows.items() if "rows" in said] == ["2025-01-05"]


def test_an_unpartitioned_asset_of_the_same_run_has_one(instance: dg.DagsterInstance) -> None:
    key = dg.AssetKey("beside")
    _run(instance, key)
    assert len(_materializations(instance, dg.AssetKey(["beside", "whole"]))) == 1


def test_an_asset_without_days_is_announced_once(instance: dg.DagsterInstance) -> None:
    @dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
    def of_days() -> None: ...

    @dg.asset(deps=[of_days])
    def without_days() -> None: ...

    definitions = dg.Definitions(
        assets=[of_days, without_days], jobs=[dg.define_asset_job("everything")]
    )
    run = run_job(instance, definitions.resolve_job_def("everything"), Window.through(FIRST, LAST))
    planned = instance.all_logs(
        run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
    )
    announced = Counter(entry.get_dagster_event().asset_key for entry in planned)
    assert announced == {
        dg.AssetKey("of_days"): len(DAYS.get_partition_keys()),
        dg.AssetKey("without_days"): 1,
    }


def test_days_that_were_announced_and_never_came_are_known_as_failed(
    instance: dg.DagsterInstance,
) -> None:
    key = dg.AssetKey("failed")
    run_id = _run(instance, key, fail=True)
    storage = instance.event_log_storage
    attempts = storage.get_latest_asset_partition_materialization_attempts_without_materializations(
        key
    )
    assert set(attempts) == set(DAYS.get_partition_keys())
    assert {attempt[0] for attempt in attempts.values()} == {run_id}


def test_days_that_came_later_are_no_longer_failed(instance: dg.DagsterInstance) -> None:
    key = dg.AssetKey("mended")
    _run(instance, key, fail=True)
    _run(instance, key)
    storage = instance.event_log_storage
    assert not storage.get_latest_asset_partition_materialization_attempts_without_materializations(
        key
    )


def test_data_versions_are_indexed_by_day(instance: dg.DagsterInstance) -> None:
    key = dg.AssetKey("versioned")
    _run(instance, key)
    records = instance.fetch_materializations(key, limit=1).records
    (tag,) = [
        value
        for name, value in records[0].event_log_entry.asset_materialization.tags.items()
        if name == "dagster/data_version"
    ]
    assert tag
    latest = instance.event_log_storage.get_latest_tags_by_partition(
        key,
        dg.DagsterEventType.ASSET_MATERIALIZATION,
        tag_keys=["dagster/data_version"],
    )
    assert set(latest) == set(DAYS.get_partition_keys())
