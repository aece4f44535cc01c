"""`finplatform users`: its commands and their options.

Belongs here: names, options and help. What they do is in `users`.
"""

from typing import Annotated

import typer

from finplatform.cli.options import AsJson

users_app = typer.Typer(no_args_is_help=True, help="People and services that may log in.")

Name = Annotated[str, typer.Argument(help="Name at login: small letters, digits, . _ and -.")]
RoleName = Annotated[
    str,
    typer.Option(
        "--role",
        help="admin, engineer, risk_analyst, compliance_analyst, compliance_officer, bi_analyst,"
        " auditor or service.",
    ),
]


@users_app.command()
def add(
    name: Name,
    role: RoleName,
    region: Annotated[
        list[str] | None,
        typer.Option(help="Region with visible rows; may be repeated. Default: all."),
    ] = None,
    psql: Annotated[
        bool, typer.Option("--psql", help="The password is good for the database itself, too.")
    ] = False,
    outside: Annotated[
        bool, typer.Option("--outside", help="Logs in at the OpenID provider alone.")
    ] = False,
) -> None:
    """Add a person; the password is typed, or read from standard input."""
    from finplatform.cli import users as command

    command.add(name, role, region or (), psql=psql, outside=outside)


@users_app.command()
def client(name: Name, role: RoleName = "service", as_json: AsJson = False) -> None:
    """Add a service, and show its secret once."""
    from finplatform.cli import users as command

    command.add_client(name, role, as_json=as_json)


@users_app.command("list")
def list_users(as_json: AsJson = False) -> None:
    """List users with role, regions and open sessions."""
    from finplatform.cli import users as command

    command.list_users(as_json=as_json)


@users_app.command()
def role(name: Name, to: Annotated[str, typer.Argument(help="The new role.")]) -> None:
    """Give another role; the sessions end."""
    from finplatform.cli import users as command

    command.role(name, to)


@users_app.command()
def password(
    name: Name,
    psql: Annotated[
        bool, typer.Option("--psql", help="The password is good for the database itself, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give another password, or a service another secret; the sessions end."""
    from finplatform.cli import users as command

    command.password(name, psql=psql, as_json=as_json)


@users_app.command()
def disable(
    name: Name,
    undo: Annotated[bool, typer.Option("--undo", help="Allow logins again.")] = False,
) -> None:
    """Refuse logins for now; the sessions end."""
    from finplatform.cli import users as command

    command.disable(name, enable=undo)


@users_app.command()
def remove(name: Name) -> None:
    """Remove a person or service, here and in the database."""
    from finplatform.cli import users as command

    command.remove(name)
