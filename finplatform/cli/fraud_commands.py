"""`finplatform fraud`: its commands and their options.

Belongs here: names, options and help. What they do is in `fraud`.
"""

from datetime import datetime
from typing import Annotated

import typer

from finplatform.cli.options import AsJson, day_of

fraud_app = typer.Typer(no_args_is_help=True, help="Fraud rules: list them, and try them out.")


@fraud_app.command("rules")
def fraud_rules(
    features: Annotated[
        bool, typer.Option("--features", help="Also list the features of conditions.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the fraud rules with mode, severity, weight and condition."""
    from finplatform.cli import fraud as command

    command.rules(features=features, as_json=as_json)


@fraud_app.command("backtest")
def fraud_backtest(
    first: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], help="First day; default: that of the history."
        ),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option(
            "--to",
            formats=["%Y-%m-%d"],
            help="Last day; default: a week before the end of the history.",
        ),
    ] = None,
    scale: Annotated[
        float,
        typer.Option(min=1, help="With --truth: honest payments that one stands for."),
    ] = 1,
    truth: Annotated[
        bool, typer.Option("--truth", help="Count the simulator's labels, not investigations.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run all rules over the history; exits 1 if a live rule is right too seldom."""
    from finplatform.cli import fraud as command

    command.backtest(day_of(first), day_of(last), scale, truth=truth, as_json=as_json)
