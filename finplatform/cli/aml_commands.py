"""`finplatform aml`: its commands and their options.

Belongs here: names, options and help. What they do is in `aml` and `aml_rules`.
"""

from datetime import datetime
from typing import Annotated

import typer

from finplatform.cli.options import AsJson, Day, day_of

aml_app = typer.Typer(no_args_is_help=True, help="Money laundering: alerts, cases, reports, rules.")

CaseId = Annotated[str, typer.Argument(help="Case, as `finplatform aml cases` lists it.")]
By = Annotated[
    str,
    typer.Option(help="User with a compliance role; prompts for the password."),
]
Reason = Annotated[str, typer.Option(help="Reason; kept.")]
First = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")]
Last = Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")]


@aml_app.command("run")
def aml_run(first: First, last: Last, as_json: AsJson = False) -> None:
    """Judge the days of a range again: alerts, cash reports, reviews; new alerts open cases."""
    from finplatform.cli import aml as command

    command.run(first.date(), last.date(), as_json=as_json)


@aml_app.command("cases")
def aml_cases(
    queue: Annotated[
        str | None, typer.Option(help="compliance_analyst or compliance_officer; default: both.")
    ] = None,
    with_all: Annotated[
        bool, typer.Option("--all", help="Also snoozed and decided cases.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the cases that wait, the soonest due first."""
    from finplatform.cli import aml as command

    command.list_cases(queue, with_all=with_all, as_json=as_json)


@aml_app.command("case")
def aml_case(case_id: CaseId, as_json: AsJson = False) -> None:
    """Show a case: alerts with their reasons, transactions, and actions."""
    from finplatform.cli import aml as command

    command.show_case(case_id, as_json=as_json)


@aml_app.command("step")
def aml_step(
    case_id: CaseId,
    action: Annotated[
        str,
        typer.Argument(
            help="assign, note, snooze, wake, suspect, escalate, return, propose, decide, refuse."
        ),
    ],
    by: By,
    reason: Reason,
    to: Annotated[str | None, typer.Option(help="User to assign a case to.")] = None,
    until: Day = None,
    decision: Annotated[
        str | None, typer.Option(help="REPORT, NO_REPORT or FALSE_POSITIVE.")
    ] = None,
    no_suspect: Annotated[
        bool, typer.Option("--no-suspect", help="With `suspect`: no suspect is identified yet.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take an action on a case; a second officer decides on a proposal."""
    from finplatform.cli import aml as command

    wanted = command.Wanted(action, by, reason, to, day_of(until), decision, not no_suspect)
    command.take_step(case_id, wanted, as_json=as_json)


@aml_app.command("export")
def aml_export(
    case_id: Annotated[str | None, typer.Argument(help="Case whose report is written.")] = None,
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First business day of cash reports."),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="Last business day of cash reports."),
    ] = None,
    by: Annotated[str, typer.Option(help="Officer who writes it; prompts for the password.")] = "",
    reveal: Annotated[
        bool, typer.Option("--reveal", help="With names in clear, which the audit trail records.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a draft in FinCEN's XML: a case's report, or the cash reports of days."""
    from finplatform.cli import aml_export as command

    command.run(case_id, day_of(first), day_of(last), by, reveal=reveal, as_json=as_json)


@aml_app.command("rules")
def aml_rules(as_json: AsJson = False) -> None:
    """List the figures in force today, and changes that wait for approval."""
    from finplatform.cli import aml_rules as command

    command.show(as_json=as_json)


@aml_app.command("dry-run")
def aml_dry_run(
    changes: Annotated[list[str], typer.Argument(help="RULE.part=value; more than one may come.")],
    first: First,
    last: Last,
    propose_from: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Propose the change from this day on; with --by, --reason."
        ),
    ] = None,
    by: Annotated[str, typer.Option(help="User who proposes it.")] = "",
    reason: Annotated[str, typer.Option(help="Reason.")] = "",
    as_json: AsJson = False,
) -> None:
    """Compare the hits of other parameters on past days with those in force."""
    from finplatform.cli import aml_rules as command

    proposal = command.Proposal(day_of(propose_from), by, reason)
    command.dry_run(changes, first.date(), last.date(), proposal, as_json=as_json)


@aml_app.command("approve")
def aml_approve(
    change: Annotated[int, typer.Argument(help="Number of the change.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Approve a change of a rule that another user proposed after a dry run."""
    from finplatform.cli import aml_rules as command

    command.approve(change, by, as_json=as_json)


@aml_app.command("holder")
def aml_holder(
    account: Annotated[str, typer.Argument(help="Joint account.")],
    customer: Annotated[str, typer.Argument(help="Further holder besides the owner.")],
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    by: By,
    until: Day = None,
    as_json: AsJson = False,
) -> None:
    """Add a joint holder: cash deposits count for each holder."""
    from finplatform.cli import aml_registers as command

    command.note_holder(account, customer, since.date(), day_of(until), by, as_json=as_json)


@aml_app.command("exempt")
def aml_exempt(
    customer: Annotated[str, typer.Argument(help="Exempt person.")],
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    by: By,
    paragraph: Annotated[str, typer.Option(help="Such as 1020.315(b)(6).")] = "",
    reason: Annotated[str, typer.Option(help="Reason.")] = "",
    until: Day = None,
    approve: Annotated[
        bool, typer.Option("--approve", help="Approve the exemption that another user proposed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Propose or approve that no cash report is filed on a person (31 CFR 1020.315)."""
    from finplatform.cli import aml_registers as command

    if approve:
        command.approve_exemption(customer, since.date(), by, as_json=as_json)
        return
    wanted = command.Exemption(customer, since.date(), day_of(until), paragraph, reason)
    command.propose_exemption(wanted, by, as_json=as_json)
