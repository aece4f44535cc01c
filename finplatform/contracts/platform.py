"""Contracts of what the platform knows of itself: runs, steps, verdicts of checks, sizes of tables.

Belongs here: tables of the schema `ops` that assets make. What every load writes down, `ops.loads`,
is created with the schemas.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import pandera.polars as pa
import polars as pl

from finplatform.contracts.columns import Timestamp, column
from finplatform.contracts.contract import Contract, Kind

SCHEMA = "ops"
NAME: dict[str, Any] = {"str_matches": r"^[A-Za-z0-9_.:-]{1,200}$"}
"""Names of tables, steps and checks, which may be longer than keys of a bank."""

VERDICTS = ["PASSED", "WARNED", "FAILED"]

Seconds = Annotated[pl.Decimal, 12, 3]
"""A duration in seconds, exact so that sums are the same in any order."""


class PipelineRuns(pa.DataFrameModel):
    """One row per run of the orchestrator."""

    run_id: str = column("Run.", **NAME)
    job_name: str = column("Job; `chosen_assets` where assets were chosen without a job.")
    status: str = column("How it stands, in Dagster's words.", str_matches=r"^[A-Z_]+$")
    started_at: Timestamp = column("Instant at which it began.")
    ended_at: Timestamp = column("Instant at which it ended; null while it runs.", nullable=True)
    step_count: int = column("Steps that ended.", ge=0)
    failed_step_count: int = column("Of them, those that failed.", ge=0)
    check_count: int = column("Verdicts of checks.", ge=0)
    failed_check_count: int = column("Of them, failures that are no warnings.", ge=0)


class PipelineSteps(pa.DataFrameModel):
    """One row per run and step that ended."""

    run_id: str = column("Run, in `pipeline_runs`.", **NAME)
    step_name: str = column("Step.", **NAME)
    schema_name: str = column(
        "Schema of the table that it makes; dbt for models of dbt, several for more tables at once."
    )
    status: str = column("Whether it succeeded.", isin=["SUCCESS", "FAILURE"])
    started_at: Timestamp = column("Instant at which it began.")
    step_seconds: Seconds = column("Time that it took.", ge=0)


class CheckResults(pa.DataFrameModel):
    """One row per check with its latest verdict."""

    schema_name: str = column("Schema of the checked table, or kind of asset.", **NAME)
    table_name: str = column("Checked table, model or report.", **NAME)
    check_name: str = column("Check.", **NAME)
    verdict: str = column("Verdict; a warning stops nothing.", isin=VERDICTS)
    evaluated_at: Timestamp = column("Instant of the verdict.")
    run_id: str = column("Run that gave it.")
    description: str = column("What the check says of it.", nullable=True)


class TableStates(pa.DataFrameModel):
    """One row per day on which tables were measured, and table."""

    measured_date: date = column("Day, in UTC.")
    schema_name: str = column("Schema.", **NAME)
    table_name: str = column("Table.", **NAME)
    row_count: int = column("Rows, as the planner last counted or estimated them.", ge=0)
    table_bytes: int = column("Size with indexes and long values.", ge=0)
    materialized_at: Timestamp = column(
        "Instant at which it was last filled; null where no asset fills it.", nullable=True
    )


def _contract(table: str, model: type[pa.DataFrameModel], key: tuple[str, ...]) -> Contract:
    return Contract(
        schema_name=SCHEMA,
        table=table,
        grain=(model.__doc__ or "").strip().rstrip(".").lower(),
        kind=Kind.TABLE,
        fields=model.to_schema().columns,
        key=key,
    )


PLATFORM: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        _contract("pipeline_runs", PipelineRuns, ("run_id",)),
        _contract("pipeline_steps", PipelineSteps, ("run_id", "step_name")),
        _contract("check_results", CheckResults, ("schema_name", "table_name", "check_name")),
        _contract("table_states", TableStates, ("measured_date", "schema_name", "table_name")),
    )
}
"""Tables of the platform's own state by name."""
