"""Arguments of `finplatform access`; the bodies are `access`."""

from typing import Annotated

import typer

from finplatform.cli.options import AsJson

access_app = typer.Typer(no_args_is_help=True, help="Rights in the database, as declared.")


@access_app.command("apply")
def access_apply(as_json: AsJson = False) -> None:
    """Apply the declared roles, grants and row policies to the database."""
    from finplatform.cli import access as command

    command.apply(as_json=as_json)


@access_app.command("show")
def access_show(
    role: Annotated[str | None, typer.Argument(help="Role; default: all, with people.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the roles with their users, or the tables that one role reads."""
    from finplatform.cli import access as command

    command.show(role, as_json=as_json)


@access_app.command("review")
def access_review(as_json: AsJson = False) -> None:
    """Print grants of the database that differ from the declared ones; exits 1 if there are any."""
    from finplatform.cli import access as command

    command.review(as_json=as_json)
