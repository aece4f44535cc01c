"""A small bank in a database of its own, for tests that need the whole graph.

Belongs here: building it, running jobs and dbt on it in other processes, and fingerprints of
tables.
"""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from finplatform.settings import Settings
from finplatform.warehouse.dbt import dbt_environment, run_dbt
from finplatform.windows import Window

FIRST, LAST = date(2025, 1, 1), date(2025, 3, 31)
HISTORY = Window.through(FIRST, LAST)

_FINGERPRINT = """
select n.nspname || '.' || c.relname
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname = any(%s)
order by 1
"""


def finished(process: subprocess.Popen[str]) -> str:
    """Waits until a command has succeeded, and leaves nothing of it running; returns its output."""
    try:
        output, errors = process.communicate()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    assert process.returncode == 0, errors[-3000:]
    return output


@dataclass(frozen=True)
class BuiltBank:
    """A bank and where it is.

    Attributes:
        home: The platform's home.
        url: libpq URL of the warehouse.
        dagster_url: libpq URL of Dagster's storage.
        history: Its business days.
    """

    home: Path
    url: str
    dagster_url: str
    history: Window = HISTORY

    @property
    def environment(self) -> dict[str, str]:
        """Variables that point the platform at this bank."""
        return {
            "FINPLATFORM_HOME": str(self.home),
            "FINPLATFORM_DATABASE_URL": self.url,
            "FINPLATFORM_DAGSTER_DATABASE_URL": self.dagster_url,
            "FINPLATFORM_HISTORY_START": self.history.start.isoformat(),
            "FINPLATFORM_HISTORY_END": self.history.last.isoformat(),
            "FINPLATFORM_BATCH_ROWS": "2000",
        }

    @property
    def settings(self) -> Settings:
        """Settings that point at this bank."""
        return Settings(
            home=self.home,
            database_url=self.url,
            dagster_database_url=self.dagster_url,
            history_start=self.history.start,
            history_end=self.history.last,
        )

    def dbt(self, *arguments: str) -> str:
        """Runs dbt on this bank; returns what it printed."""
        return run_dbt(arguments, dbt_environment(self.settings, make_url(self.url)))

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts `finplatform` on this bank, in a process group of its own."""
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("finplatform")), *arguments],
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> str:
        """Runs `finplatform` on this bank; returns what it printed."""
        return finished(self.command(*arguments))

    def backfill(self, window: Window, *jobs: str) -> None:
        """Runs jobs for a window, one after the other; default: daily, then month_end."""
        chosen = [part for job in jobs for part in ("--job", job)]
        days = ("--from", window.start.isoformat(), "--to", window.last.isoformat())
        self.run("backfill", *days, *chosen)

    def build(self) -> None:
        """Takes the whole history through the whole graph."""
        self.backfill(self.history, "history_by_day", "history_by_month")

    def simulate(self, *options: str) -> None:
        """Fills the operational schema; with other options of the simulator than the usual."""
        self.run(
            "simulate", "--customers", "150", "--transactions", "6000",
            "--start", self.history.start.isoformat(), "--end", self.history.last.isoformat(),
            *options,
        )  # fmt: skip

    def fingerprints(self, *schemas: str) -> dict[str, str]:
        """md5 of each table's rows, whatever their order; instants of loading are left out."""
        found = {}
        with psycopg.connect(self.url) as connection:
            names = [row[0] for row in connection.execute(_FINGERPRINT, (list(schemas),))]
            for name in names:
                row = connection.execute(
                    "select count(*) || ':' || coalesce(md5(string_agg(row, '' order by row)), '')"
                    " from (select md5((to_jsonb(t) - '_loaded_at' - '_batch_id')::text) as row"
                    f" from {name} as t) as rows".encode()
                ).fetchone()
                found[name] = str(row[0]) if row else ""
        return found
