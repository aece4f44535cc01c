"""`finplatform aml`: judging days again, and the cases.

Belongs here: the commands. Does not belong here: rules (`aml_rules`), files (`aml_export`), and the
course of a case (`finplatform.compliance.aml.cases`).
"""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime

from finplatform.cli.acting import acting_user
from finplatform.cli.output import OUT, print_json, print_table, styled
from finplatform.compliance.aml.cases import Action, Case, Decision, Person, Status, Step
from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import load_sources
from finplatform.security.rights import Role
from finplatform.settings import Settings, get_settings
from finplatform.warehouse import laundering_cases, laundering_reports
from finplatform.warehouse.audit_log import record_command
from finplatform.warehouse.database import open_warehouse

_QUEUES = (Role.COMPLIANCE_ANALYST, Role.COMPLIANCE_OFFICER)


@dataclass(frozen=True)
class Wanted:
    """A step as it was typed.

    Attributes:
        action: What is done.
        by: Who does it.
        reason: Why.
        to: User to assign a case to.
        until: Day until which it sleeps.
        decision: What is proposed or decided.
        has_suspect: Whether a suspect is identified.
    """

    action: str
    by: str
    reason: str
    to: str | None = None
    until: date | None = None
    decision: str | None = None
    has_suspect: bool = True


def bank_of(settings: Settings) -> str:
    """Name of the bank, as reports have it."""
    return load_sources(settings.sources_file, frozenset(SOURCES)).bank.name


def run(first: date, last: date, *, as_json: bool) -> None:
    """Judges the days of a range again, by a run of the graph.

    Args:
        first: First day.
        last: Last day.
        as_json: Whether to print JSON.

    Raises:
        FinplatformError: If the run fails, or the days are not those of the bank's history.
    """
    from finplatform.cli import backfill
    from finplatform.orchestration.jobs import LAUNDERING_JOB

    backfill.run(first, last, [LAUNDERING_JOB], as_json=as_json)


def list_cases(role: str | None, *, with_all: bool, as_json: bool) -> None:
    """Prints the cases that wait.

    Args:
        role: In whose queue; None: in any.
        with_all: Whether those that sleep or are decided are there as well.
        as_json: Whether to print JSON.

    Raises:
        FinplatformError: If there is no such queue.
    """
    if role is not None and role not in _QUEUES:
        raise FinplatformError(f"There is no queue {role}.", f"Queues: {', '.join(_QUEUES)}.")
    settings = get_settings()
    record_command(settings, "aml cases", role or "all queues")
    with open_warehouse(settings).connect() as connection:
        rows = laundering_cases.queue(connection, _today(), role, with_all=with_all)
    if as_json:
        print_json(rows)
        return
    if not rows:
        OUT.print("No case waits.")
        return
    print_table(
        "Cases",
        ("case", "customer", "typologies", "USD", "status", "assigned", "due", "days"),
        [
            (r["case_id"], r["customer_id"], r["typologies"], f"{r['amount_usd']:,.0f}",
             r["status"], r["assigned_to"], r["due_date"], r["days_left"])
            for r in rows
        ],
        (3, 7),
    )  # fmt: skip


def show_case(case_id: str, *, as_json: bool) -> None:
    """Prints a case with everything that belongs to it.

    Raises:
        FinplatformError: If there is no such case.
    """
    settings = get_settings()
    record_command(settings, "aml case", case_id)
    with open_warehouse(settings).connect() as connection:
        file = laundering_cases.case_file(connection, case_id)
    if as_json:
        print_json(asdict(file))
        return
    case = file.case
    OUT.print(styled((case.case_id, "bold"), f"  customer {case.customer_id}  {case.status}"))
    OUT.print(
        f"Queue {case.queue}, assigned to {case.assigned_to or '-'}; detected"
        f" {case.detected_date}, a report is due on {case.due_date}."
    )
    if case.proposal:
        OUT.print(f"{case.proposal} is proposed by {case.proposed_by}.")
    print_table(
        "Alerts",
        ("day", "typology", "score", "USD", "reason"),
        [(r["alert_date"], r["typology"], r["score"], r["amount_usd"], r["reason"])
         for r in file.alerts],
        (2, 3),
    )  # fmt: skip
    print_table(
        "Transactions",
        ("at", "transaction", "account", "kind", "USD", "of"),
        [(r["transaction_at"], r["transaction_id"], r["account_id"], r["kind"], r["amount_usd"],
          "subject" if r["is_subject"] else r["customer_id"]) for r in file.transactions],
        (4,),
    )  # fmt: skip
    print_table(
        "What was done",
        ("at", "what", "who", "why"),
        [(r["noted_at"], r["action"], r["actor"], r["reason"]) for r in file.events],
    )


def take_step(case_id: str, wanted: Wanted, *, as_json: bool) -> None:
    """Takes a step of a case; a decision to report drafts the report.

    Args:
        case_id: The case.
        wanted: The step as it was typed.
        as_json: Whether to print JSON.

    Raises:
        FinplatformError: If the step is not allowed; nothing is changed then.
    """
    settings = get_settings()
    action, decision = _action(wanted.action), _decision(wanted.decision)
    with open_warehouse(settings).connect() as connection:
        # Before the prompt for a password.
        laundering_cases.find(connection, case_id)
        role = acting_user(settings, connection, wanted.by, f"aml {action}", case_id)
        step = Step(
            action=action,
            by=Person(wanted.by, role),
            reason=wanted.reason,
            day=_today(),
            to=wanted.to,
            until=wanted.until,
            decision=decision,
            has_suspect=wanted.has_suspect if action is Action.SUSPECT else None,
        )
        report = None
        with connection.transaction():
            case = laundering_cases.take(connection, case_id, step)
            if action is Action.DECIDE and case.proposal is Decision.REPORT:
                report = laundering_reports.draft_report(
                    connection, case_id, bank_of(settings), wanted.by, step.day
                )
    _say(case, action, report, as_json=as_json)


def _say(case: Case, action: Action, report: str | None, *, as_json: bool) -> None:
    if as_json:
        print_json({**asdict(case), "queue": case.queue, "report_id": report})
        return
    ending = "" if case.status is Status.CLOSED else f", in the queue of {case.queue}"
    OUT.print(f"{case.case_id}: {action} is noted; the case is {case.status}{ending}.")
    if report:
        OUT.print(
            f"The report {report} is drafted and due on {case.due_date}:"
            f" `finplatform aml export {case.case_id}` writes it."
        )


def _action(name: str) -> Action:
    chosen = [action for action in Action if action not in (Action.OPEN, Action.ADD)]
    if name not in chosen:
        raise FinplatformError(f"There is no step {name!r}.", f"Steps: {', '.join(chosen)}.")
    return Action(name)


def _decision(name: str | None) -> Decision | None:
    if name is None:
        return None
    if name not in list(Decision):
        raise FinplatformError(
            f"There is no decision {name!r}.", f"Decisions: {', '.join(Decision)}."
        )
    return Decision(name)


def _today() -> date:
    return datetime.now(UTC).date()
