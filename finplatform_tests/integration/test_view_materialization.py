"""Views of the schema `bi` keep what their readers built on them, which dbt's own would drop."""

import shutil
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from finplatform.settings import Settings
from finplatform.warehouse.dbt import PROJECT_DIR, dbt_environment, run_dbt

pytestmark = pytest.mark.integration

MODEL = "select 1 as id, 'a'::text as name"
WIDER = "select 1 as id, 'a'::text as name, 2 as weight"
SCHEMA = """
models:
  - name: people
    description: One row per person.
    columns:
      - {name: id, description: Number., data_type: integer}
      - {name: name, description: Name., data_type: text}
"""
WEIGHT = "      - {name: weight, description: Weight., data_type: integer}\n"
PROJECT = """
name: views
profile: finplatform
models: {views: {+materialized: view, +schema: bi, +contract: {enforced: true}}}
"""


class Project:
    """A dbt project of one view, with the platform's materialization of views."""

    def __init__(self, folder: Path, settings: Settings, url: str) -> None:
        self.folder = folder
        self.environment = dbt_environment(settings, make_url(url))
        self.environment |= {"DBT_PROJECT_DIR": str(folder), "DBT_TARGET_PATH": str(folder / "t")}
        for name in ("models", "macros"):
            (folder / name).mkdir(parents=True)
        (folder / "dbt_project.yml").write_text(PROJECT)
        for macro in ("materializations/view.sql", "generate_schema_name.sql"):
            shutil.copy(PROJECT_DIR / "macros" / macro, folder / "macros")

    def build(self, sql: str, schema: str) -> None:
        (self.folder / "models" / "people.sql").write_text(sql)
        (self.folder / "models" / "people.yml").write_text(schema)
        run_dbt(["build", "--project-dir", str(self.folder)], self.environment)


@pytest.fixture
def project(tmp_path: Path, settings: Settings, postgres_url: str) -> Project:
    return Project(tmp_path / "project", settings, postgres_url)


def test_grants_and_views_of_readers_survive_a_run_and_a_new_column(
    project: Project, postgres_url: str
) -> None:
    project.build(MODEL, SCHEMA)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("create schema mine")
        connection.execute("create view mine.names as select name from bi.people")
        connection.execute("grant select on bi.people to public")
        before = connection.execute("select 'bi.people'::regclass::oid").fetchone()
        project.build(WIDER, SCHEMA + WEIGHT)
        after = connection.execute("select 'bi.people'::regclass::oid").fetchone()
        grants = connection.execute(
            "select count(*) from information_schema.role_table_grants"
            " where table_schema = 'bi' and grantee = 'PUBLIC'"
        ).fetchone()
        kept = connection.execute("select name from mine.names").fetchall()
        wide = connection.execute("select weight from bi.people").fetchall()
    assert before == after
    assert grants == (1,)
    assert kept == [("a",)]
    assert wide == [(2,)]
