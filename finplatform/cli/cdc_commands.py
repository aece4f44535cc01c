"""The commands of `finplatform cdc`.

Belongs here: their arguments. The body, `finplatform.cli.cdc`, is imported when a command runs.
"""

from datetime import datetime
from typing import Annotated

import typer

from finplatform.cli.options import AsJson, day_of

cdc_app = typer.Typer(
    no_args_is_help=True, help="Follow changes of PostgreSQL sources by their log."
)

_Sources = Annotated[
    list[str] | None, typer.Argument(help="Sources; default: all that are captured.")
]
_Source = Annotated[str, typer.Argument(help="Source.")]


@cdc_app.command("status")
def cdc_status(as_json: AsJson = False) -> None:
    """Show slots, lag in bytes and seconds, the last position, errors, and the backlog."""
    from finplatform.cli import cdc as command

    command.status(as_json=as_json)


@cdc_app.command("capture")
def cdc_capture(sources: _Sources = None, as_json: AsJson = False) -> None:
    """Capture the changes committed up to now; loads and sensors do so too."""
    from finplatform.cli import cdc as command

    command.capture_now(sources or (), as_json=as_json)


@cdc_app.command("setup")
def cdc_setup(
    source: _Source,
    sql: Annotated[bool, typer.Option("--sql", help="Print the statements, run none.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish a source's tables; captures do so too, where their login may."""
    from finplatform.cli import cdc as command

    command.setup(source, sql=sql, as_json=as_json)


@cdc_app.command("reload")
def cdc_reload(
    table: Annotated[str, typer.Argument(help="Bronze table that is captured.")],
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Have the next load of a table, or of days of it, read the source itself."""
    from finplatform.cli import cdc as command

    command.reload(table, day_of(first), day_of(last), as_json=as_json)


@cdc_app.command("drop")
def cdc_drop(
    source: _Source,
    forget: Annotated[
        bool, typer.Option("--forget", help="The source is gone: clean up here alone.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Skip the confirmation.")] = False,
    as_json: AsJson = False,
) -> None:
    """End the capture of a source: its slot, its publication, and its backlog."""
    from finplatform.cli import cdc as command

    command.drop(source, forget=forget, yes=yes, as_json=as_json)
