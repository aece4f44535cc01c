"""The commands of `finplatform models`.

Belongs here: their arguments. What they do is in `finplatform.cli.models` and `grade_override`,
which are imported when one runs.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from finplatform.cli.options import AsJson, Day, day_of

models_app = typer.Typer()


@models_app.callback(invoke_without_command=True)
def models(context: typer.Context, as_json: AsJson = False) -> None:
    """List the kept versions of models, with their window, AUC and which is in use."""
    if context.invoked_subcommand is None:
        from finplatform.cli import models as command

        command.run(as_json=as_json)


@models_app.command("card")
def model_card(
    out: Annotated[
        Path | None, typer.Option(help="Folder of the two files; default: HOME/reports.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the card of the default model in use, as Markdown and HTML."""
    from finplatform.cli import models as command

    command.card(out, as_json=as_json)


@models_app.command("override")
def model_override(
    exposure: Annotated[str, typer.Argument(help="Loan or card account.")],
    to: Annotated[str, typer.Option(help="Grade that takes the model's place, 1 to 8.")],
    by: Annotated[str, typer.Option(help="User who requests it.")],
    approved_by: Annotated[str, typer.Option(help="User who approved it.")],
    reason_code: Annotated[str, typer.Option(help="NEW_INFORMATION, DATA_ERROR, ...")],
    reason: Annotated[str, typer.Option(help="Information that the model lacks.")],
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Day of the decision; default: today."),
    ] = None,
    until: Day = None,
    as_json: AsJson = False,
) -> None:
    """Put an analyst's override of a grade into the landing zone."""
    from finplatform.cli import grade_override as command

    decision = command.Decision(exposure, to, by, approved_by, reason_code, reason)
    command.run(decision, day_of(day), day_of(until), as_json=as_json)
