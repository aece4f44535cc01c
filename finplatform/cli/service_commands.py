"""`finplatform service`: one process of the platform at a time, for containers and supervisors.

Belongs here: names, options and help. What they do is in `service` and `service_health`.
"""

from typing import Annotated

import typer

service_app = typer.Typer(
    no_args_is_help=True,
    help="One process of the platform: for containers, systemd and other supervisors.",
)

Name = Annotated[
    str,
    typer.Argument(
        help="code, daemon, webserver, webserver_read_only, stream, relay, consumer, ui or api."
    ),
]


@service_app.command()
def prepare() -> None:
    """Initialise home, databases, roles, and the parsed dbt project."""
    from finplatform.cli import service

    service.prepare_all()


@service_app.command()
def start(name: Name) -> None:
    """Become one of the processes that `up` starts, with the same command."""
    from finplatform.cli import service

    service.start(name)


@service_app.command()
def health(name: Name) -> None:
    """Exit with 0 if a process does its work, and with 1 and a reason if not."""
    from finplatform.cli import service_health

    service_health.check(name)
