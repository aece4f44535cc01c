"""`finplatform sox`: its commands and their options.

Belongs here: names, options and help. What they do is in `sox_periods` and `sox_controls`.
"""

from typing import Annotated

import typer

from finplatform.cli.options import AsJson

sox_app = typer.Typer(
    no_args_is_help=True, help="Financial controls: months closed, evidence, reviews of rights."
)

MonthText = Annotated[str, typer.Argument(metavar="MONTH", help="Month, as 2025-03.")]
By = Annotated[str, typer.Option(help="User who acts; prompts for the password.")]
Reason = Annotated[str, typer.Option(help="Reason; kept.")]


@sox_app.command("periods")
def sox_periods(as_json: AsJson = False) -> None:
    """List closed months with their versions, and pending approvals."""
    from finplatform.cli import sox_periods as command

    command.list_periods(as_json=as_json)


@sox_app.command("close")
def sox_close(month: MonthText, by: By, reason: Reason, as_json: AsJson = False) -> None:
    """Prepare the closing of a month; another person approves it."""
    from finplatform.cli import sox_periods as command

    command.close(month, by, reason, as_json=as_json)


@sox_app.command("restate")
def sox_restate(month: MonthText, by: By, reason: Reason, as_json: AsJson = False) -> None:
    """Prepare a new version of a closed month; the reported version stays readable."""
    from finplatform.cli import sox_periods as command

    command.restate(month, by, reason, as_json=as_json)


@sox_app.command("approve")
def sox_approve(
    month: MonthText,
    by: By,
    reason: Annotated[str, typer.Option(help="Reason; default: that of the preparation.")] = "",
    refuse: Annotated[
        bool, typer.Option("--refuse", help="Refuse and discard the preparation.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Freeze a close that another user prepared, or refuse it."""
    from finplatform.cli import sox_periods as command

    if refuse:
        command.refuse(month, by, reason, as_json=as_json)
        return
    command.approve(month, by, reason, as_json=as_json)


@sox_app.command("verify")
def sox_verify(
    month: Annotated[str | None, typer.Argument(help="Month; default: all closed ones.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="Rows that are named of each table.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Prove closed months unchanged, or name tables and rows that changed; exits 1 then."""
    from finplatform.cli import sox_periods as command

    command.verify(month, rows, as_json=as_json)


@sox_app.command("report")
def sox_report(
    month: MonthText,
    version: Annotated[int | None, typer.Option(min=1, help="Default: the latest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the capital report of a month as a version has it."""
    from finplatform.cli import sox_periods as command

    command.report(month, version, as_json=as_json)


@sox_app.command("difference")
def sox_difference(
    month: MonthText,
    first: Annotated[int, typer.Option("--from", min=1, help="Earlier version.")] = 1,
    second: Annotated[
        int | None, typer.Option("--to", min=1, help="Later version; default: the latest.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the difference of two versions: late rows, changed figures, runs, approvals."""
    from finplatform.cli import sox_periods as command

    command.difference(month, first, second, as_json=as_json)


@sox_app.command("controls")
def sox_controls(
    control: Annotated[str | None, typer.Argument(help="Control; default: all.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the register of controls, or show one control."""
    from finplatform.cli import sox_controls as command

    command.list_controls(control, as_json=as_json)


@sox_app.command("test")
def sox_test(as_json: AsJson = False) -> None:
    """Gather the evidence of this month and the last, and print it."""
    from finplatform.cli import sox_controls as command

    command.test(as_json=as_json)


@sox_app.command("evidence")
def sox_evidence(
    month: Annotated[
        str | None, typer.Option(help="Month of the evidence; default: the latest.")
    ] = None,
    control: Annotated[str | None, typer.Option(help="Control; default: all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the results of controls in a month, with their exceptions."""
    from finplatform.cli import sox_controls as command

    command.evidence(month, control, as_json=as_json)


@sox_app.command("duties")
def sox_duties(as_json: AsJson = False) -> None:
    """Print the duties of users, and conflicts between them; exits 1 if there are any."""
    from finplatform.cli import sox_controls as command

    command.duties(as_json=as_json)


@sox_app.command("review")
def sox_review(
    number: Annotated[int | None, typer.Argument(help="Review; default: the latest.")] = None,
    begin: Annotated[
        bool, typer.Option("--open", help="Begin a review: one line for each holder of rights.")
    ] = False,
    sign: Annotated[
        bool, typer.Option("--sign", help="Sign lines of the latest, your own excepted.")
    ] = False,
    by: Annotated[str, typer.Option(help="User who acts; prompts for the password.")] = "",
    reason: Annotated[str, typer.Option(help="Reason, or reviewed evidence.")] = "",
    holder: Annotated[
        list[str] | None, typer.Option(help="With --sign: whose line; more than one may come.")
    ] = None,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="With --sign: the rights are to be taken away.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show, begin or sign a review of access rights."""
    from finplatform.cli import sox_controls as command

    if begin:
        command.open_review(by, reason, as_json=as_json)
    elif sign:
        command.sign(by, reason, holder, revoke=revoke, as_json=as_json)
    else:
        command.show_review(number, as_json=as_json)
