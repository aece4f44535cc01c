"""`finplatform incidents`: its commands and their options.

Belongs here: names, options and help. What they do is in `incidents`.
"""

from typing import Annotated

import typer

from finplatform.cli.options import AsJson

incidents_app = typer.Typer(no_args_is_help=True, help="Open problems and their notifications.")

Number = Annotated[int, typer.Argument(help="Number of the incident.")]


@incidents_app.command("list")
def list_incidents(
    ended: Annotated[bool, typer.Option("--all", help="Also closed ones.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Most of them.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List open incidents, the newest first."""
    from finplatform.cli import incidents as command

    command.list_incidents(ended=ended, limit=limit, as_json=as_json)


@incidents_app.command()
def show(number: Number, as_json: AsJson = False) -> None:
    """Show an incident with its notifications and their recipients."""
    from finplatform.cli import incidents as command

    command.show(number, as_json=as_json)


@incidents_app.command()
def snooze(
    number: Number,
    reason: Annotated[str, typer.Option(help="Reason; kept in the audit trail.")],
    hours: Annotated[
        float, typer.Option(min=0, max=24 * 90, help="For how long; 0 ends a snooze.")
    ] = 8,
    as_json: AsJson = False,
) -> None:
    """Silence repetitions of an incident for some hours; its end is still sent."""
    from finplatform.cli import incidents as command

    command.snooze(number, reason, hours, as_json=as_json)


@incidents_app.command("test")
def try_channels(as_json: AsJson = False) -> None:
    """Send a message to every recipient of the settings; exits 1 if one does not take it."""
    from finplatform.cli import incidents as command

    command.try_channels(as_json=as_json)
