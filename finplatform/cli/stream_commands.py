"""`finplatform stream`: its commands and their options.

Belongs here: names, options and help. What they do is in `stream`.
"""

from typing import Annotated, Literal

import typer

from finplatform.cli.options import AsJson

stream_app = typer.Typer(
    no_args_is_help=True, help="The stream of transactions: send, store, and show its state."
)


@stream_app.command()
def produce(
    rate: Annotated[float, typer.Option(min=0.01, help="Payments a second.")] = 10,
    count: Annotated[
        int | None, typer.Option(min=1, help="End after so many; default: when interrupted.")
    ] = None,
    to: Annotated[
        Literal["outbox", "stream"],
        typer.Option(
            help="outbox: book them in the operational schema, from where they are relayed;"
            " stream: only send them, as a system outside the core does."
        ),
    ] = "outbox",
    seed: Annotated[int, typer.Option(help="The same seed gives the same payments.")] = 42,
    as_json: AsJson = False,
) -> None:
    """Make simulated card payments at a chosen rate."""
    from finplatform.cli import stream as command

    command.produce(rate, count, to, seed, as_json=as_json)


@stream_app.command()
def relay() -> None:
    """Relay the outbox of the operational database; `up` does it too."""
    from finplatform.cli import stream as command

    command.relay()


@stream_app.command()
def consume() -> None:
    """Store events in the warehouse and show alerts as they come; `up` does it too."""
    from finplatform.cli import stream as command

    command.consume()


@stream_app.command()
def serve() -> None:
    """Run the embedded server of the stream until interrupted; `up` does it too."""
    from finplatform.cli import stream as command

    command.serve()


@stream_app.command()
def status(as_json: AsJson = False) -> None:
    """Show the backlog, consumers and stored events."""
    from finplatform.cli import stream as command

    command.status(as_json=as_json)
