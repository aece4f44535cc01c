"""The commands of `finplatform audit`.

Belongs here: their arguments. The body, `finplatform.cli.audit`, is imported when a command runs.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from finplatform.cli.options import AsJson
from finplatform.security.audit.events import Outcome

audit_app = typer.Typer(
    no_args_is_help=True, help="Search the trail of accesses, seal it, and verify that it holds."
)

_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


@audit_app.command("verify")
def audit_verify(
    key: Annotated[
        str | None, typer.Option(help="Externally stored public key; default: HOME's.")
    ] = None,
    head: Annotated[
        Path | None,
        typer.Option(help="An externally stored signed head, to be found in this trail."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify every event and every signed head; name the first that was tampered with."""
    from finplatform.cli import audit as command

    command.verify(key, head, as_json=as_json)


@audit_app.command("show")
def audit_show(
    actor: Annotated[str | None, typer.Option(help="Who, exactly.")] = None,
    action: Annotated[str | None, typer.Option(help="Part of the action.")] = None,
    on: Annotated[str | None, typer.Option("--object", help="Part of the object.")] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Outcome of the action.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=_FORMATS, help="First instant, in UTC.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_FORMATS, help="Instant before which, in UTC.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most events, the latest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Search events by actor, action, object, outcome and time."""
    from finplatform.cli import audit as command
    from finplatform.warehouse.audit_log import Search

    search = Search(actor, action, on, outcome, _utc(since), _utc(until), limit)
    command.show(search, as_json=as_json)


@audit_app.command("seal")
def audit_seal(as_json: AsJson = False) -> None:
    """Sign a head of all events so far, and print it, to be copied to another machine."""
    from finplatform.cli import audit as command

    command.seal(as_json=as_json)


@audit_app.command("prove")
def audit_prove(
    seq: Annotated[int, typer.Argument(min=1, help="Number of the event.")],
    as_json: AsJson = False,
) -> None:
    """Print the proof that an event is in the tree of the latest signed head."""
    from finplatform.cli import audit as command

    command.prove(seq, as_json=as_json)


def _utc(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=UTC) if instant else None
