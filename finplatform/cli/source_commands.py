"""Arguments of `finplatform sources`; the bodies are `sources`."""

from typing import Annotated

import typer

from finplatform.cli.options import AsJson

sources_app = typer.Typer(no_args_is_help=True, help="Check sources, and load one again.")


@sources_app.command("check")
def sources_check(
    tables: Annotated[
        list[str] | None, typer.Argument(help="Bronze tables; default: all that are configured.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List problems in headers and first 1,000 rows that would stop a load or reject rows."""
    from finplatform.cli import sources as command

    command.check(tables or (), as_json=as_json)


@sources_app.command("forget")
def sources_forget(
    table: Annotated[str, typer.Argument(help="Bronze table of an entity, such as branches.")],
    reason: Annotated[str, typer.Option(help="Reason; kept in audit.forgotten_logs.")],
    yes: Annotated[bool, typer.Option("--yes", help="Skip the confirmation.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete the log of an entity, to load it again after a fix of its mapping."""
    from finplatform.cli import sources as command

    command.forget(table, reason, yes=yes, as_json=as_json)
