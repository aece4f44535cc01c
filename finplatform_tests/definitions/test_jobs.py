"""Jobs of the graph: one partitioning each, and nothing of the graph in none of them."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from finplatform.definitions import defs
from finplatform.orchestration.build import build_definitions
from finplatform.orchestration.jobs import SQL_GROUPS
from finplatform.orchestration.schedules import build_schedules
from finplatform.settings import get_settings

SPECS = {spec.key: spec for spec in defs.resolve_all_asset_specs()}
MATERIALIZED = {
    key
    for asset in defs.assets or ()
    if isinstance(asset, dg.AssetsDefinition)
    for key in asset.keys
}
JOBS = {job.name: job for job in defs.resolve_all_job_defs() if not job.name.startswith("__")}
DAYS, MONTHS = dg.DailyPartitionsDefinition, dg.MonthlyPartitionsDefinition


def made_by(name: str) -> set[dg.AssetKey]:
    """Assets that a job materializes."""
    return set(JOBS[name].asset_layer.selected_asset_keys)


@pytest.mark.parametrize(
    ("name", "partitioning"),
    [
        ("daily", DAYS),
        ("history_by_day", DAYS),
        ("warehouse", DAYS),
        ("lake", DAYS),
        ("month_end", MONTHS),
        ("history_by_month", MONTHS),
        ("warehouse_month_end", MONTHS),
        ("risk_scores", MONTHS),
        ("training", type(None)),
        ("entities", type(None)),
    ],
)
def test_a_job_has_one_partitioning(name: str, partitioning: type) -> None:
    held = {type(SPECS[key].partitions_def) for key in made_by(name)}
    assert held - {type(None)} == {partitioning} - {type(None)}
    assert isinstance(JOBS[name].partitions_def, partitioning)


def test_days_then_months_of_a_history_are_the_whole_graph_and_each_asset_once() -> None:
    days, months = made_by("history_by_day"), made_by("history_by_month")
    assert days | months | made_by("lake") == MATERIALIZED
    assert not days & months


def test_days_months_training_drill_and_lake_are_the_whole_graph_and_each_asset_once() -> None:
    jobs = ("daily", "month_end", "training", "restore_drill", "lake")
    parts = [made_by(name) for name in jobs]
    assert set().union(*parts) == MATERIALIZED
    assert sum(map(len, parts)) == len(MATERIALIZED)


def test_loads_of_days_write_the_lake_where_that_is_set() -> None:
    lake = made_by("lake")
    assert lake
    assert not lake & made_by("history_by_day")
    with_lake = build_definitions(settings=get_settings().model_copy(update={"lake_daily": True}))
    for name in ("daily", "history_by_day"):
        assert lake <= set(with_lake.resolve_job_def(name).asset_layer.selected_asset_keys)


def test_models_are_trained_by_their_job_and_by_a_whole_history_alone() -> None:
    assert {key.to_user_string() for key in made_by("training")} == {
        "gold/credit_outcomes",
        "gold/customer_outcomes",
        "gold/feature_importance",
        "gold/pd_candidates",
        "gold/rating_scale",
        "models/churn_model",
        "models/fraud_model",
        "models/pd_challenger",
        "models/pd_model",
    }


def test_the_warehouse_jobs_need_no_model() -> None:
    sql = made_by("warehouse") | made_by("warehouse_month_end")
    assert {SPECS[key].group_name for key in sql} == set(SQL_GROUPS)
    assert sql == {key for key in MATERIALIZED if SPECS[key].group_name in SQL_GROUPS}


def test_what_reads_a_month_is_made_after_the_months() -> None:
    graph = defs.resolve_asset_graph()
    monthly = made_by("history_by_month")
    for asset_key in made_by("history_by_day"):
        assert not graph.get(asset_key).parent_keys & monthly, asset_key


# Dagster's schedule of a partitioned job calls what Dagster has deprecated.
@pytest.mark.filterwarnings("ignore:Function `JobDefinition.run_request_for_partition`")
def test_the_daily_schedule_runs_the_day_that_is_over() -> None:
    schedule = defs.resolve_schedule_def("daily_schedule")
    days = defs.resolve_job_def("daily").partitions_def
    assert isinstance(days, dg.DailyPartitionsDefinition)
    day = datetime.fromisoformat(str(days.get_first_partition_key())).replace(tzinfo=UTC)
    now = day + timedelta(days=1, hours=1)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=now,
        )
        (request,) = schedule.evaluate_tick(context).run_requests
    assert (schedule.job_name, request.partition_key) == ("daily", f"{day:%Y-%m-%d}")


@pytest.mark.parametrize("is_on", [True, False])
def test_schedules_run_by_themselves_where_they_are_to(is_on: bool) -> None:
    status = dg.DefaultScheduleStatus.RUNNING if is_on else dg.DefaultScheduleStatus.STOPPED
    months = dg.MonthlyPartitionsDefinition(start_date="2025-01-01")
    schedules = build_schedules(list(defs.jobs or ()), months, status, "Europe/Prague")
    assert {schedule.default_status for schedule in schedules} == {status}
    assert {schedule.job.name for schedule in schedules} == {
        "daily",
        "risk_scores",
        "retention",
        "training",
    }


@pytest.mark.parametrize(
    ("monday", "month"), [("2025-03-03", "2025-02-01"), ("2025-03-31", "2025-02-01")]
)
def test_scores_of_the_last_month_that_is_over_are_made_each_week(monday: str, month: str) -> None:
    months = dg.MonthlyPartitionsDefinition(start_date="2025-01-01")
    status = dg.DefaultScheduleStatus.RUNNING
    schedules = build_schedules(list(defs.jobs or ()), months, status, "UTC")
    (schedule,) = (one for one in schedules if one.name == "risk_scores_schedule")
    at = datetime.fromisoformat(monday).replace(hour=5, tzinfo=UTC)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=at,
            repository_def=defs.get_repository_def(),
        )
        (request,) = schedule.evaluate_tick(context).run_requests
    assert request.partition_key == month
    assert {SPECS[key].group_name for key in made_by("risk_scores")} == {"features", "models"}


def test_changed_entities_run_their_dimensions_and_nothing_that_is_cut() -> None:
    made = made_by("entities")
    assert dg.AssetKey(["gold", "dim_customer"]) in made
    assert dg.AssetKey(["bronze", "risk_assessments"]) in made
    assert all(SPECS[key].partitions_def is None for key in made)
    assert made <= made_by("daily")
