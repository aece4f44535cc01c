"""The window of a dbt command: its event time, its variables, or yesterday; Dagster gives its own.

The macros of the project in a project of one model, which writes down the window that it is given.
"""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from finplatform.errors import FinplatformError
from finplatform.settings import Settings
from finplatform.warehouse.dbt import PROJECT_DIR, dbt_environment, run_dbt, window_arguments
from finplatform.windows import Window

pytestmark = pytest.mark.integration

JANUARY = Window.through(date(2025, 1, 1), date(2025, 1, 31))
PROJECT = """
name: windows
profile: finplatform
vars:
  default_window_days: 1
models:
  +materialized: table
"""
MODEL = """
select
    {{ window_start() }} as first_day,
    {{ window_end() }} as end_day,
    {{ window_days() }} as days,
    {{ has_window() }} as is_given
"""


@pytest.fixture
def given(postgres_url: str, tmp_path: Path) -> Callable[..., tuple[Window, int, bool]]:
    """Runs the model with options; returns its window, the number of days and if it was given."""
    project = tmp_path / "project"
    for folder in ("models", "macros"):
        (project / folder).mkdir(parents=True)
    (project / "dbt_project.yml").write_text(PROJECT)
    (project / "models" / "given_window.sql").write_text(MODEL)
    shutil.copy(PROJECT_DIR / "macros" / "windows" / "window.sql", project / "macros")
    environment = dbt_environment(Settings(home=tmp_path / "home"), make_url(postgres_url))

    def run(*options: str, **variables: str) -> tuple[Window, int, bool]:
        arguments = ["run", "--project-dir", str(project), *options]
        run_dbt(arguments, environment | variables)
        with psycopg.connect(postgres_url) as connection:
            row = connection.execute("select * from gold.given_window").fetchone()
        assert row is not None
        return Window(row[0], row[1]), row[2], row[3]

    return run


def test_the_event_time_of_a_command_is_its_window(
    given: Callable[..., tuple[Window, int, bool]],
) -> None:
    assert given(*window_arguments(JANUARY)) == (JANUARY, 31, True)
    assert given(*window_arguments(JANUARY), DAGSTER_DBT_CLI="true") == (JANUARY, 31, True)


def test_a_command_that_knows_no_event_time_takes_variables(
    given: Callable[..., tuple[Window, int, bool]],
) -> None:
    bounds = '{"min_date": "2025-01-01", "max_date": "2025-02-01"}'
    assert given("--vars", bounds) == (JANUARY, 31, True)


def test_the_window_of_a_command_in_a_shell_is_yesterday(
    given: Callable[..., tuple[Window, int, bool]],
) -> None:
    before = datetime.now(UTC).date() - timedelta(days=1)
    window, days, is_given = given()
    assert window in (Window.day(before), Window.day(datetime.now(UTC).date() - timedelta(days=1)))
    assert (days, is_given) == (1, False)


@pytest.mark.parametrize(
    ("options", "variables", "told"),
    [
        ([], {"DAGSTER_DBT_CLI": "true"}, "given_window is loaded by windows of days"),
        (["--event-time-start", "2025-01-01"], {}, "event-time-end"),
        (["--event-time-start", "January", "--event-time-end", "February"], {}, "event-time-start"),
        (["--vars", '{"min_date": "January", "max_date": "February"}'], {}, "January is no date"),
    ],
    ids=["Dagster without a window", "a start alone", "no dates", "no dates in variables"],
)
def test_a_window_that_is_not_whole_is_an_error(
    given: Callable[..., tuple[Window, int, bool]],
    options: list[str],
    variables: dict[str, str],
    told: str,
) -> None:
    with pytest.raises(FinplatformError, match=told):
        given(*options, **variables)
