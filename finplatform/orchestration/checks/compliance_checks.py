"""Checks of open compliance work: open hits, review alerts, overdue returns, closed months.

They are not blocking, since the tables are correct. Does not belong here: notifications (see
`sensors.incidents`).
"""

from dataclasses import dataclass

import dagster as dg

from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.warehouse import bulk


@dataclass(frozen=True)
class Question:
    """Query of open work, which must be empty.

    Attributes:
        table: Table of the schema `compliance`.
        name: Name of the check.
        description: Description of the check.
        query: SQL that counts by kind: `kind`, `number`, `oldest`.
        severity: Severity of a failure.
    """

    table: str
    name: str
    description: str
    query: str
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.WARN


QUESTIONS = (
    Question(
        "screening_hits",
        "every_hit_is_decided",
        "No hit on a sanctions list waits for a decision.",
        "select list_code as kind, count(*) as number, min(found_date)::text as oldest"
        " from compliance.screening_hits where status = 'OPEN' group by list_code order by 1",
    ),
    Question(
        "kyc_alerts",
        "no_review_or_document_is_overdue",
        "No review is overdue, no document has expired, every company's owners are known.",
        "select alert_code as kind, count(*) as number, min(since_date)::text as oldest"
        " from compliance.kyc_alerts group by alert_code order by 1",
    ),
    Question(
        "regulatory_calendar",
        "no_return_is_overdue",
        "No return is past its due day.",
        "select return_code || ' ' || period as kind, days_overdue as number,"
        " due_date::text as oldest"
        " from compliance.regulatory_calendar where state = 'OVERDUE' order by due_date, 1",
    ),
    Question(
        "closed_months",
        "closed_months_are_unchanged",
        "No row of a closed month differs from its frozen version.",
        "select period || ' ' || table_name as kind,"
        " added_rows + changed_rows + removed_rows as number, period as oldest"
        " from compliance.closed_months"
        " where added_rows + changed_rows + removed_rows > 0 order by period, table_name",
    ),
    Question(
        "closed_months",
        "closings_are_as_approved",
        "The frozen version of every closed month matches its approval in the audit trail.",
        "select period as kind, count(*) as number, period as oldest"
        " from compliance.closed_months where not is_as_approved group by period order by period",
        dg.AssetCheckSeverity.ERROR,
    ),
    Question(
        "sox_deficiencies",
        "no_control_is_deficient",
        "No control failed this month.",
        "select control_id as kind, count(*) as number, period as oldest"
        " from compliance.sox_deficiencies"
        " where period = (select max(period) from compliance.sox_evidence)"
        " group by control_id, period order by control_id",
    ),
)


def build_compliance_checks() -> list[dg.AssetChecksDefinition]:
    """One check per query."""
    return [_check(question) for question in QUESTIONS]


def _check(question: Question) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key("compliance", question.table),
        name=question.name,
        description=question.description,
    )
    def check(warehouse: WarehouseResource) -> dg.AssetCheckResult:
        with bulk.connect(warehouse.url) as connection:
            found = bulk.read_frame(connection, question.query).rows()
        listed = "; ".join(f"{kind}: {number}, since {oldest}" for kind, number, oldest in found)
        return dg.AssetCheckResult(
            passed=not found,
            severity=question.severity,
            metadata={kind: int(number) for kind, number, _ in found},
            description=f"{question.description.rstrip('.')}, but: {listed}."
            if found
            else question.description,
        )

    return check
