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
By = Annotated[str, typer.Option(help="Who acts: a user; the password is asked for.")]
Reason = Annotated[str, typer.Option(help="Why, in words; kept.")]


@sox_app.command("periods")
def sox_periods(as_json: AsJson = False) -> None:
    """List closed months with their versions, and what waits for approval."""
    from finplatform.cli import sox_periods as command

    command.list_periods(as_json=as_json)


@sox_app.command("close")
def sox_close(month: MonthText, by: By, reason: Reason, as_json: AsJson = False) -> None:
    """Prepare the closing of a month; another person approves it."""
    from finplatform.cli import sox_periods as command

    command.close(month, by, reason, as_json=as_json)


@sox_app.command("restate")
def sox_restate(month: MonthText, by: By, reason: Reason, as_json: AsJson = False) -> None:
    """Prepare that a closed month is reported anew; what was reported before stays readable."""
    from finplatform.cli import sox_periods as command

    command.restate(month, by, reason, as_json=as_json)


@sox_app.command("approve")
def sox_approve(
    month: MonthText,
    by: By,
    reason: Annotated[str, typer.Option(help="Why; default: as it was prepared.")] = "",
    refuse: Annotated[
        bool, typer.Option("--refuse", help="Refuse what was prepared; it is gone.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Freeze what somebody else prepared, or refuse it."""
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
    """Print what lies between two versions: late rows, moved figures, runs, approvals."""
    from finplatform.cli import sox_periods as command

    command.difference(month, first, second, as_json=as_json)
