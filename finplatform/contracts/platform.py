"""Contracts of platform metadata: runs, steps, check results, table sizes.

Tables of the schema `ops` built by assets. The load log `ops.loads` is created with the schemas.
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
    job_name: str = column("Job; `chosen_assets` for a run of selected assets without a job.")
    status: str = column("Dagster run status.", str_matches=r"^[A-Z_]+$")
    started_at: Timestamp = column("Instant of the start.")
    ended_at: Timestamp = column("Instant at which it ended; null while it runs.", nullable=True)
    step_count: int = column("Number of finished steps.", ge=0)
    failed_step_count: int = column("Number of failed steps.", ge=0)
    check_count: int = column("Number of asset check evaluations.", ge=0)
    failed_check_count: int = column("Number of failed checks of severity error.", ge=0)


class PipelineSteps(pa.DataFrameModel):
    """One row per run and finished step."""

    run_id: str = column("Run, in `pipeline_runs`.", **NAME)
    step_name: str = column("Step.", **NAME)
    schema_name: str = column(
        "Schema of the materialized table; `dbt` for dbt models, `several` for several tables."
    )
    status: str = column("Whether it succeeded.", isin=["SUCCESS", "FAILURE"])
    started_at: Timestamp = column("Instant of the start.")
    step_seconds: Seconds = column("Duration.", ge=0)


class CheckResults(pa.DataFrameModel):
    """One row per asset check with its latest result."""

    schema_name: str = column("Schema of the checked table, or kind of asset.", **NAME)
    table_name: str = column("Checked table, model or report.", **NAME)
    check_name: str = column("Check.", **NAME)
    verdict: str = column("Result of the check; a warning is not blocking.", isin=VERDICTS)
    evaluated_at: Timestamp = column("Instant of the evaluation.")
    run_id: str = column("Run of the evaluation.")
    description: str = column("Details of the evaluation.", nullable=True)


class TableStates(pa.DataFrameModel):
    """One row per day of measurement and table."""

    measured_date: date = column("Day, in UTC.")
    schema_name: str = column("Schema.", **NAME)
    table_name: str = column("Table.", **NAME)
    row_count: int = column("Number of rows, as estimated by the PostgreSQL planner.", ge=0)
    table_bytes: int = column("Total size with indexes and TOAST.", ge=0)
    materialized_at: Timestamp = column(
        "Instant of the last materialization; null for a table without an asset.", nullable=True
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
