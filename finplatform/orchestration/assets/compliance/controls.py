"""Financial controls as assets: the register, the evidence of the month, and what failed.

Each run collects the evidence of this month and the last; that of earlier months stays.
Belongs here: storing. Does not belong here: controls and verdicts (`finplatform.compliance.sox`),
and the evidence (`finplatform.warehouse.control_evidence`).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import polars as pl

from finplatform.compliance.sox.controls import Result, Verdict, load_controls
from finplatform.compliance.sox.periods import Month
from finplatform.contracts.contract import Contract
from finplatform.contracts.controls import CONTROLS
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.compliance.screening import GROUP
from finplatform.orchestration.assets.compliance.stored import stored
from finplatform.orchestration.assets.storing import store, table_arguments, table_spec
from finplatform.orchestration.checks.contract_checks import contract_check_spec
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.orchestration.run_history import frame_of
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.control_evidence import gather

_TABLES = ("sox_evidence", "sox_deficiencies")
_ABOUT = {
    "sox_evidence": "From checks, runs, approvals, reviews of rights and the audit trail.",
    "sox_deficiencies": "Their severity is assessed by people.",
}
_MADE_FROM = [
    *(key("ops", table) for table in ("check_results", "pipeline_runs")),
    *(
        key("compliance", table)
        for table in ("closed_months", "regulatory_calendar")
    ),
    key("gold", "grade_overrides"),
    key("audit", "tree_heads"),
    key("compliance", "sox_controls"),
]  # fmt: skip


@dg.asset(
    **table_arguments(
        CONTROLS["sox_controls"], GROUP, "Risk, assertions, owner, and evidence of operation."
    )
)
@retried
def sox_controls(context: dg.AssetExecutionContext, tables: TablesResource) -> dg.MaterializeResult:
    """The register of controls."""
    return store(context, tables, "compliance.sox_controls", _register())


@dg.multi_asset(
    name="control_evidence",
    specs=[table_spec(CONTROLS[table], GROUP, _ABOUT[table], deps=_MADE_FROM) for table in _TABLES],
    check_specs=[contract_check_spec(CONTROLS[table]) for table in _TABLES],
)
@retried
def control_evidence(
    context: dg.AssetExecutionContext, tables: TablesResource
) -> Iterator[dg.MaterializeResult]:
    """Verdict on each control by the evidence of this month and the last."""
    with bulk.connect(tables.warehouse.url) as connection:
        ddl.create_schemas(connection)
    before = stored(tables, [CONTROLS[table] for table in _TABLES])
    at, run_id = datetime.now(UTC), context.run.run_id
    this = Month(at.date().replace(day=1))
    months = [Month((this.first - timedelta(days=1)).replace(day=1)), this]
    evidence: list[dict[str, Any]] = []
    failures: list[dict[str, Any]] = []
    with tables.warehouse.warehouse.connect() as session:
        for month in months:
            verdicts = _changed_verdicts(gather(session, month), month, before["sox_evidence"])
            evidence += _evidence(verdicts, month, at, run_id)
            failures += _failures(verdicts, month, at)
    deficient = sum(row["result"] == "DEFICIENT" for row in evidence)
    for table, rows, found in (
        ("sox_evidence", evidence, {"deficient": deficient}),
        ("sox_deficiencies", failures, {}),
    ):
        frame = _replaced(CONTROLS[table], before[table], rows, evidence)
        yield store(context, tables, f"compliance.{table}", frame, found)


def _register() -> pl.DataFrame:
    return frame_of(
        CONTROLS["sox_controls"],
        [
            {
                **control.model_dump(exclude={"id", "assertions", "evidence"}, mode="json"),
                "control_id": control.id,
                "assertions": ", ".join(control.assertions),
                "evidence": control.evidence.words,
            }
            for control in load_controls()
        ],
    )


def _evidence(
    verdicts: Sequence[Verdict], month: Month, at: datetime, run_id: str
) -> list[dict[str, Any]]:
    return [
        {
            "control_id": verdict.control.id,
            "period": str(month),
            "result": str(verdict.result),
            "population": verdict.population,
            "sample": verdict.sample,
            "exceptions": verdict.exception_count,
            "link": verdict.control.evidence.words,
            "tested_at": at,
            "run_id": run_id,
        }
        for verdict in verdicts
    ]


def _failures(verdicts: Sequence[Verdict], month: Month, at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "control_id": verdict.control.id,
            "period": str(month),
            "item": item.item,
            "detail": item.detail,
            "tested_at": at,
        }
        for verdict in verdicts
        for item in verdict.exceptions
    ]


def _changed_verdicts(
    verdicts: Sequence[Verdict], month: Month, before: pl.DataFrame
) -> list[Verdict]:
    """Verdicts that replace stored ones; an untested verdict does not replace a tested one."""
    rows = before.filter((pl.col("period") == str(month)) & (pl.col("result") != "NOT_TESTED"))
    tested = set(rows["control_id"])
    return [
        verdict
        for verdict in verdicts
        if verdict.result is not Result.NOT_TESTED or verdict.control.id not in tested
    ]


def _replaced(
    contract: Contract,
    before: pl.DataFrame,
    rows: list[dict[str, Any]],
    evidence: list[dict[str, Any]],
) -> pl.DataFrame:
    """Stored rows, with those of the tested controls and months replaced."""
    pairs = frame_of(CONTROLS["sox_evidence"], evidence).select("control_id", "period")
    kept = before.select(contract.columns).join(pairs, on=["control_id", "period"], how="anti")
    joined = pl.concat([kept, frame_of(contract, rows)])
    return joined.unique(list(contract.key), keep="last", maintain_order=True)
