"""The commands `finplatform backup` and `finplatform restore`.

Belongs here: their arguments. The body, `finplatform.cli.backup`, is imported when a command runs.
"""

from typing import Annotated

import typer

from finplatform.cli.options import AsJson

Keep = Annotated[
    int | None,
    typer.Option(min=1, help="Backups to keep; default: FINPLATFORM_BACKUP_KEEP."),
]

backup_app = typer.Typer(
    no_args_is_help=True, help="Make, list, verify and try out sealed backups."
)


@backup_app.command("create")
def backup_create(
    full: Annotated[
        bool | None,
        typer.Option(
            "--full/--incremental",
            help="Default: incremental onto a full one of the last seven days, else full.",
        ),
    ] = None,
    keep: Keep = None,
    as_json: AsJson = False,
) -> None:
    """Back up the embedded server and the files of the home, and keep the log from then on."""
    from finplatform.cli import backup as command

    command.create(is_full=full, keep=keep, as_json=as_json)


@backup_app.command("wal")
def backup_wal(
    follow: Annotated[bool, typer.Option("--follow", help="Stay, and repeat it.")] = False,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds between two looks.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Archive new WAL of the server; `up` does it every 30 seconds."""
    from finplatform.cli import backup as command

    command.wal(seconds if follow else None, as_json=as_json)


@backup_app.command("dump")
def backup_dump(keep: Keep = None, as_json: AsJson = False) -> None:
    """Write a portable copy of the databases, for any PostgreSQL server."""
    from finplatform.cli import backup as command

    command.dump(keep=keep, as_json=as_json)


@backup_app.command("list")
def backup_list(as_json: AsJson = False) -> None:
    """List the backups, the oldest first, and how far the log is kept."""
    from finplatform.cli import backup as command

    command.list_(as_json=as_json)


@backup_app.command("verify")
def backup_verify(
    backup_id: Annotated[str | None, typer.Argument(help="Backup; default: all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read every byte of the backups; exits 1 if a bit is not as it was written."""
    from finplatform.cli import backup as command

    command.verify(backup_id, as_json=as_json)


@backup_app.command("drill")
def backup_drill(as_json: AsJson = False) -> None:
    """Restore the newest backup into a scratch server, compare rows, and remove it again."""
    from finplatform.cli import backup as command

    command.drill(as_json=as_json)


def restore(
    to: Annotated[
        str | None, typer.Option(help="Instant such as 2026-03-02T14:05:00Z, or `latest`.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Stop the running platform and take its place.")
    ] = False,
    dump: Annotated[
        str | None,
        typer.Option(help="Dump, or `latest`: into --into, else into an empty embedded server."),
    ] = None,
    into: Annotated[
        str | None,
        typer.Option(help="URL of another server, with the warehouse's database, for a dump."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Restore the embedded server to an instant, or a dump into this or another server."""
    from finplatform.cli import backup as command

    if into is not None or dump is not None:
        command.load(dump, into, as_json=as_json)
    else:
        command.restore(to, is_forced=force, as_json=as_json)
