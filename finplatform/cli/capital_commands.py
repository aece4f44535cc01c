"""Arguments of `finplatform capital`; the bodies are `capital` and `capital_compare`."""

from datetime import datetime
from typing import Annotated

import typer

from finplatform.cli.options import AsJson, day_of

capital_app = typer.Typer(no_args_is_help=True, help="Follow capital figures to their rows.")


@capital_app.command()
def explain(
    figure: Annotated[str, typer.Argument(help="Such as cet1_ratio or leverage_ratio.")],
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Reporting date; default: the latest."),
    ] = None,
    rows: Annotated[int, typer.Option(help="Largest rows to show of each component.")] = 3,
    depth: Annotated[
        int | None, typer.Option(min=1, help="Levels of the tree; default: all of it.")
    ] = None,
    compare: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Earlier date: explain the change since."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Break a reported figure down to rows and paragraphs, or explain its change."""
    if compare is not None:
        from finplatform.cli import capital_compare

        earlier = compare.date()
        capital_compare.compare(figure, day_of(day), earlier, depth, as_json=as_json)
        return
    from finplatform.cli import capital as command

    command.explain(figure, day_of(day), rows, depth, as_json=as_json)
