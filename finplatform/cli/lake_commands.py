"""The commands of `finplatform lake`.

Belongs here: their arguments. The body, `finplatform.cli.lake`, is imported when a command runs.
"""

from datetime import datetime
from typing import Annotated

import typer

from finplatform.cli.options import AsJson, day_of

lake_app = typer.Typer(no_args_is_help=True, help="Facts and events as Parquet by day.")

_Tables = Annotated[list[str] | None, typer.Argument(help="Tables of the lake; default: all.")]
_First = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")]
_Last = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")]


@lake_app.command("sync")
def lake_sync(
    tables: _Tables = None, first: _First = None, last: _Last = None, as_json: AsJson = False
) -> None:
    """Bring days of the lake up to date with the warehouse; default: all days."""
    from finplatform.cli import lake as command

    command.sync(tables or [], command.window_of(day_of(first), day_of(last)), as_json=as_json)


@lake_app.command("status")
def lake_status(tables: _Tables = None, as_json: AsJson = False) -> None:
    """Show the tables of the lake, and days that differ from the warehouse; exits 1 if any."""
    from finplatform.cli import lake as command

    command.status(tables or [], as_json=as_json)


@lake_app.command("query")
def lake_query(
    query: Annotated[str, typer.Argument(help="One SELECT; `-` reads standard input.")],
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(help="Most rows to print.")] = 100,
) -> None:
    """Run one SELECT in columns, by the warehouse's names; as `sql --engine lake`."""
    from finplatform.cli import lake as command

    command.query(query, limit, as_json=as_json)
