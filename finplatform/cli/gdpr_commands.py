"""The commands of `finplatform gdpr` and `finplatform keys`.

Belongs here: their arguments. The body, `finplatform.cli.gdpr`, is imported when a command runs.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from finplatform.cli.options import AsJson, Day, day_of

gdpr_app = typer.Typer(
    no_args_is_help=True, help="Answer people about their data: copies, corrections, erasure."
)
hold_app = typer.Typer(no_args_is_help=True, help="Set, list and lift holds on a person's data.")
keys_app = typer.Typer(no_args_is_help=True, help="Rotate and verify the keys of the vault.")
gdpr_app.add_typer(hold_app, name="hold")

_Customer = Annotated[str, typer.Argument(help="Number of the customer, or holder of a company.")]
_By = Annotated[str, typer.Option(help="User name of the officer; kept.")]
_Why = Annotated[str, typer.Option("--reason", help="Purpose; kept.")]
_On = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="Day of it; default: today."),
]


@gdpr_app.command("access")
def gdpr_access(customer: _Customer, by: _By, reason: _Why, as_json: AsJson = False) -> None:
    """Show the stored data of a person; with --json all of it, decrypted."""
    from finplatform.cli import gdpr as command

    command.access(customer, by, reason, as_json=as_json)


@gdpr_app.command("export")
def gdpr_export(customer: _Customer, by: _By, reason: _Why, as_json: AsJson = False) -> None:
    """Write a copy of everything held of a person, as JSON and CSV, into the home."""
    from finplatform.cli import gdpr as command

    command.export(customer, by, reason, as_json=as_json)


@gdpr_app.command("rectify")
def gdpr_rectify(
    customer: _Customer,
    changes: Annotated[
        list[str], typer.Option("--set", help="Field and value, such as city=Brno; several times.")
    ],
    by: _By,
    reason: _Why,
    as_json: AsJson = False,
) -> None:
    """Correct a person's data in the operational schema; the next load takes it to history."""
    from finplatform.cli import gdpr as command

    command.rectify(customer, changes, by, reason, as_json=as_json)


@gdpr_app.command("erase")
def gdpr_erase(
    by: _By,
    basis: Annotated[str, typer.Option(help="Legal basis of the request; kept.")],
    customer: Annotated[
        str | None, typer.Argument(help="Number of the customer, or holder of a company.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="File of numbers, one a line.")
    ] = None,
    on: _On = None,
    as_json: AsJson = False,
) -> None:
    """Erase a person, or keep the request until the last hold has ended; exits 1 if held."""
    from finplatform.cli import gdpr as command

    command.erase(customer, file, by, basis, day_of(on), as_json=as_json)


@gdpr_app.command("due")
def gdpr_due(
    on: _On = None,
    drill: Annotated[
        bool, typer.Option("--drill", help="Allow a day that is to come, on a copy of the bank.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Execute kept requests for erasure without a remaining hold."""
    from finplatform.cli import gdpr as command

    command.due(day_of(on), drill=drill, as_json=as_json)


@gdpr_app.command("requests")
def gdpr_requests(
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those that are kept.")] = False,
    as_json: AsJson = False,
) -> None:
    """List requests of people, the latest first."""
    from finplatform.cli import gdpr as command

    command.requests(waiting=waiting, as_json=as_json)


@gdpr_app.command("replay")
def gdpr_replay(as_json: AsJson = False) -> None:
    """Repeat the erasures of the ledger, as after a restore."""
    from finplatform.cli import gdpr as command

    command.replay(as_json=as_json)


@gdpr_app.command("register")
def gdpr_register(as_json: AsJson = False) -> None:
    """Write the record of processing activities (article 30) into HOME/documents."""
    from finplatform.cli import gdpr_register as command

    command.register(as_json=as_json)


@gdpr_app.command("retention")
def gdpr_retention(
    delete: Annotated[bool, typer.Option("--delete", help="Delete the expired rows.")] = False,
    on: _On = None,
    as_json: AsJson = False,
) -> None:
    """Show rows beyond their retention period, or delete them."""
    from finplatform.cli import gdpr_register as command

    command.retention(day_of(on), delete=delete, as_json=as_json)


@gdpr_app.command("canary")
def gdpr_canary(
    text: Annotated[
        list[str] | None,
        typer.Argument(help="Clear values to look for; default: lines of standard input."),
    ] = None,
    ignore_case: Annotated[
        bool, typer.Option("--ignore-case", help="Take capitals and small letters as equal.")
    ] = False,
    folder: Annotated[
        list[Path] | None,
        typer.Option(exists=True, help="Further folders or files, such as an unpacked backup."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look for clear values in every table and in every file of the home; exits 1 if found."""
    from finplatform.cli import gdpr_register as command

    command.canary(text or [], folder or [], ignore_case=ignore_case, as_json=as_json)


@hold_app.command("set")
def hold_set(
    customer: _Customer,
    until: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Day on which the hold ends by itself.")
    ],
    by: _By,
    reason: _Why,
    as_json: AsJson = False,
) -> None:
    """Set a hold: until it ends, the person is not erased."""
    from finplatform.cli import gdpr as command

    command.set_hold(customer, until.date(), reason, by, as_json=as_json)


@hold_app.command("list")
def hold_list(
    customer: Annotated[
        str | None, typer.Argument(help="Whose; with the holds of law. Default: all that are set.")
    ] = None,
    on: Day = None,
    as_json: AsJson = False,
) -> None:
    """List holds that were set, or all holds on one person."""
    from finplatform.cli import gdpr as command

    command.list_holds(customer, day_of(on), as_json=as_json)


@hold_app.command("lift")
def hold_lift(
    hold: Annotated[int, typer.Argument(help="Number of the hold.")],
    by: _By,
    reason: _Why,
    as_json: AsJson = False,
) -> None:
    """Lift a hold before its end."""
    from finplatform.cli import gdpr as command

    command.lift_hold(hold, reason, by, as_json=as_json)


@keys_app.command("rotate")
def keys_rotate(as_json: AsJson = False) -> None:
    """Wrap every person's key by a new master key, so that keys in older backups open no more."""
    from finplatform.cli import gdpr_register as command

    command.rotate(as_json=as_json)


@keys_app.command("verify")
def keys_verify(as_json: AsJson = False) -> None:
    """Open every living key with the present master key."""
    from finplatform.cli import gdpr_register as command

    command.verify_keys(as_json=as_json)
