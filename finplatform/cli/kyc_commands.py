"""The commands of `finplatform kyc`.

Belongs here: their arguments. What they do is `finplatform.cli.kyc` and
`finplatform.cli.kyc_lists`, imported when one runs.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from finplatform.cli.options import AsJson, day_of

kyc_app = typer.Typer(
    no_args_is_help=True, help="Screen against sanctions lists, decide hits, follow reviews."
)


class HitStatus(StrEnum):
    """Hits that are listed."""

    OPEN = "open"
    FALSE_POSITIVE = "false-positive"
    TRUE_MATCH = "true-match"
    ALL = "all"


class DecideAs(StrEnum):
    """Decision on a hit."""

    FALSE_POSITIVE = "false-positive"
    TRUE_MATCH = "true-match"
    REOPENED = "reopened"


@kyc_app.command("screen")
def kyc_screen(
    name: Annotated[
        str | None,
        typer.Argument(help="A name to look up in the lists; default: screen what has changed."),
    ] = None,
    born: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Birth of the person.")
    ] = None,
    country: Annotated[str | None, typer.Option(help="Its country, such as CZ.")] = None,
    organisation: Annotated[
        bool, typer.Option("--organisation", help="The name is of no person.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Screen customers, merchants and owners where they or the lists changed, or one name."""
    if name is None:
        from finplatform.cli import kyc as command

        command.screen(as_json=as_json)
        return
    from finplatform.cli import kyc_lists

    person = kyc_lists.Sought(name, day_of(born), country, is_person=not organisation)
    kyc_lists.look_up(person, as_json=as_json)


@kyc_app.command("hits")
def kyc_hits(
    hit: Annotated[str | None, typer.Argument(help="Hit to show with its decisions.")] = None,
    status: Annotated[HitStatus, typer.Option(help="Hits to list.")] = HitStatus.OPEN,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show the subject's clear name with the listed ones.")
    ] = False,
    by: Annotated[str | None, typer.Option(help="User who reads it; kept in the trail.")] = None,
    reason: Annotated[str | None, typer.Option(help="Purpose; kept in the trail.")] = None,
    as_json: AsJson = False,
) -> None:
    """List hits on sanctions lists, the most alike first, or show one."""
    from finplatform.cli import kyc as command

    if hit is None:
        command.hits(status.value, as_json=as_json)
    else:
        command.hit(hit, command.Reveal(by, reason) if reveal else None, as_json=as_json)


@kyc_app.command("decide")
def kyc_decide(
    hit: Annotated[str, typer.Argument(help="Hit to decide.")],
    decision: Annotated[DecideAs, typer.Option("--as", help="The decision.")],
    note: Annotated[str, typer.Option(help="Reason.")],
    by: Annotated[str, typer.Option(help="User who decides.")],
    as_json: AsJson = False,
) -> None:
    """Decide an open hit, or open a decided one again; a decision is never overwritten."""
    from finplatform.cli import kyc as command

    command.decide(hit, decision.value, note, by, as_json=as_json)


@kyc_app.command("reviews")
def kyc_reviews(
    customer: Annotated[str | None, typer.Argument(help="Customer to show.")] = None,
    alert: Annotated[
        str | None, typer.Option(help="Alerts of one kind, such as REVIEW_OVERDUE.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most rows, the oldest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List overdue reviews, expired documents and unknown owners, or one customer's score."""
    from finplatform.cli import kyc as command

    if customer is None:
        command.alerts(alert, limit, as_json=as_json)
    else:
        command.review(customer, as_json=as_json)


@kyc_app.command("owners")
def kyc_owners(
    company: Annotated[str, typer.Argument(help="Merchant, or holder of other companies.")],
    as_json: AsJson = False,
) -> None:
    """Show who owns or directs a company, directly and through others."""
    from finplatform.cli import kyc as command

    command.owners(company, as_json=as_json)


@kyc_app.command("lists")
def kyc_lists_command(
    release: Annotated[
        str | None, typer.Option(help="List whose next load may lose more than half its names.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Reason.")] = None,
    by: Annotated[str | None, typer.Option(help="User who releases it.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the sanctions lists with parties and names, or release one that was really cut."""
    from finplatform.cli import kyc_lists as command

    if release is None:
        command.lists(as_json=as_json)
    else:
        command.release(release, reason or "", by or "", as_json=as_json)
