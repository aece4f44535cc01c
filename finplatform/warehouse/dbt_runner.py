"""Running dbt in this process.

A `dbt` command spends seconds on starting and on parsing the project again whenever a variable
differs, which is every run of another window. Here the project is parsed once per process and each
run gets that manifest. Belongs here: `run` and what it returns. Does not belong here: Dagster's
view of the results.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from finplatform.errors import FinplatformError
from finplatform.settings import Settings
from finplatform.warehouse import dbt
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.dbt_manifest import parsed_project

# The statements themselves are in `HOME/dbt/target/run`; logging them as well takes time.
_QUIET = ("--log-level", "none", "--log-level-file", "info", "--no-use-colors", "--no-write-json")


@dataclass(frozen=True)
class NodeResult:
    """What became of one model, seed or test.

    Attributes:
        unique_id: dbt's id of the node.
        resource_type: `model`, `seed` or `test`.
        status: `success`, `pass`, `warn`, `fail`, `error` or `skipped`.
        message: What dbt says of it.
        failures: Failing rows of a test.
        seconds: Time it took.
    """

    unique_id: str
    resource_type: str
    status: str
    message: str
    failures: int
    seconds: float

    @property
    def is_broken(self) -> bool:
        """Whether a model could not be built or a test could not be run."""
        return self.status in ("error", "runtime error")


def load(settings: Settings) -> None:
    """Imports dbt and reads the parsed project, which the first run would do else."""
    from dbt.cli import main

    _ = main
    parsed_project(settings)


def run(arguments: Sequence[str], settings: Settings, warehouse: Warehouse) -> list[NodeResult]:
    """Runs dbt and waits.

    Args:
        arguments: A dbt command with its options.
        settings: Says where dbt writes.
        warehouse: Database to run on.

    Returns:
        Results in the order in which nodes finished; failures are results, not errors.

    Raises:
        FinplatformError: If dbt could not begin: the project or the connection is broken.
    """
    from dbt.cli.main import dbtRunner

    from finplatform.warehouse.dbt_adjustments import adjust_dbt

    adjust_dbt()
    dbt.export_environment(settings, warehouse)
    project = ("--project-dir", str(dbt.PROJECT_DIR))
    outcome = dbtRunner(manifest=parsed_project(settings)).invoke([*_QUIET, *arguments, *project])
    executed: Any = outcome.result
    if outcome.exception is not None or executed is None:
        raise FinplatformError(f"dbt could not run: {outcome.exception}", "See HOME/logs/dbt.")
    return [_result(result) for result in executed.results]


def _result(result: Any) -> NodeResult:
    node = result.node
    return NodeResult(
        unique_id=node.unique_id,
        resource_type=str(node.resource_type),
        status=str(result.status),
        message=(result.message or "").strip(),
        failures=result.failures or 0,
        seconds=round(result.execution_time, 2),
    )
