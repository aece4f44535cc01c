"""Operations on the real graph: every step is stopped by held tables, and the sensors are on."""

import ast
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.ingest.connectors.config import load_sources
from finplatform.mailing import ReportMail
from finplatform.notifications.probes import PROBES
from finplatform.orchestration.build import all_contracts, build_definitions
from finplatform.orchestration.table_facts import facts_of_tables
from finplatform.settings import PROJECT_ROOT, Settings, get_settings
from finplatform.warehouse import dbt

ASSETS = PROJECT_ROOT / "finplatform" / "orchestration" / "assets"
MAKES_ASSETS = {"asset", "multi_asset", "dbt_assets"}
STOPS = {"store", "refuse"}
MAIL = ReportMail(
    name="weekly", pages=("capital_adequacy",), cron="0 7 * * 1", to=("a@bank.example",)
)


def definitions(**given: object) -> dg.Definitions:
    return build_definitions(settings=get_settings().model_copy(update=given))


DEFAULT = definitions()
FULL = definitions(openlineage_file=Path("events.jsonl"), report_mails=(MAIL,), automation=False)


def called(node: ast.AST) -> Iterator[str]:
    """Names of the functions and methods that some code calls."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            function = call.func
            yield (
                function.attr
                if isinstance(function, ast.Attribute)
                else getattr(function, "id", "")
            )


def steps() -> list[tuple[str, ast.FunctionDef]]:
    """Functions that make assets, with their module."""
    found = []
    for path in sorted(ASSETS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
            names = {name for decorator in decorators for name in called(decorator)}
            if names & MAKES_ASSETS:
                assert isinstance(node, ast.FunctionDef)
                found.append((f"{path.relative_to(ASSETS)}: {node.name}", node))
    return found


STEPS = dict(steps())


@pytest.mark.parametrize("step", STEPS)
def test_every_step_is_stopped_by_the_held_tables_that_it_would_read(step: str) -> None:
    assert set(called(STEPS[step])) & STOPS


@pytest.mark.parametrize("step", STEPS)
def test_every_step_is_tried_again_after_what_passes(step: str) -> None:
    last = STEPS[step].decorator_list[-1]
    assert isinstance(last, ast.Name)
    assert last.id == "retried"


def test_there_are_steps_to_stop() -> None:
    assert len(STEPS) > 20


def statuses(found: dg.Definitions) -> dict[str, dg.DefaultSensorStatus]:
    return {
        sensor.name: sensor.default_status
        for sensor in found.sensors or ()
        if isinstance(sensor, dg.SensorDefinition)
    }


def test_incidents_and_conditions_are_followed_without_being_turned_on() -> None:
    found = statuses(DEFAULT)
    assert found["incidents"] is found["conditions"] is dg.DefaultSensorStatus.RUNNING
    assert "lineage" not in found


def test_lineage_is_sent_where_the_settings_say_so() -> None:
    assert statuses(FULL)["lineage"] is dg.DefaultSensorStatus.STOPPED


def test_each_mailing_has_a_schedule_of_the_job() -> None:
    schedules = [s for s in FULL.schedules or () if isinstance(s, dg.ScheduleDefinition)]
    (mailing,) = (s for s in schedules if s.name.startswith("report_mail"))
    assert (mailing.name, mailing.job_name) == ("report_mail_weekly", "report_mail")
    assert FULL.resolve_job_def("report_mail").name == "report_mail"


def test_a_kind_of_incident_that_is_looked_at_has_a_probe() -> None:
    assert set(PROBES) >= {"disk", "quarantine", "dead_letters", "fraud"}


def test_columns_of_bronze_come_from_columns_of_their_source() -> None:
    settings: Settings = get_settings()
    sources = load_sources(settings.sources_file, frozenset(SOURCES))
    assets = [asset for asset in DEFAULT.assets or () if isinstance(asset, dg.AssetsDefinition)]
    contracts = all_contracts(dbt.load_manifest(settings))
    facts = facts_of_tables(assets, contracts, sources)
    payments = facts["bronze.payments"]
    assert payments.parents
    assert set(payments.sources) <= {name for name, _, _ in payments.columns}
    assert {source.table for found in payments.sources.values() for source in found} <= set(
        payments.parents
    )
    masked = facts["bronze.customers"].sources["email_masked"]
    assert all(source.is_masked and source.column == "email" for source in masked)
    assert facts["silver.stg_payments"].parents == ("bronze.payments",)
