"""`finplatform bench`: its commands and their options.

Belongs here: names, options and help. What they do is in `bench`, `bench_credit`, `bench_fraud`,
`bench_screening`, `bench_truth`, `bench_aml`, `bench_supervisory`, `bench_api` and
`bench_queries`.
"""

from pathlib import Path
from typing import Annotated

import typer

from finplatform.bench.query import Kind
from finplatform.cli.options import AsJson

bench_app = typer.Typer()


@bench_app.callback(invoke_without_command=True)
def bench(
    context: typer.Context,
    transactions: Annotated[int, typer.Option(help="Transactions, about.")] = 1_000_000,
    customers: Annotated[int | None, typer.Option(help="Default: one per 1,000.")] = None,
    keep: Annotated[bool, typer.Option(help="Keep the databases for a look.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the build with the same SQL by hand, on this server, in this run."""
    if context.invoked_subcommand is None:
        from finplatform.cli import bench as command

        command.run(transactions, customers, as_json=as_json, keep=keep)


@bench_app.command("credit")
def bench_credit(
    data: Annotated[
        Path, typer.Option(help="Folder that holds credit_german, credit_taiwan and berka.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder of page and figures; default: HOME/reports.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="A book to judge; may be given again. Default: all.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes that share the folds; default: the cores.")
    ] = None,
    repeats: Annotated[
        int, typer.Option(min=1, help="Times that a small book is cut into folds.")
    ] = 2,
    peers: Annotated[bool, typer.Option(help="Also train scikit-learn's models.")] = True,
    as_json: AsJson = False,
) -> None:
    """Train and evaluate default models on public loan books, against those of scikit-learn."""
    from finplatform.cli import bench_credit as command

    command.run(
        data, out, only or (), jobs=jobs, as_json=as_json, repeats=repeats, with_peers=peers
    )


@bench_app.command("fraud")
def bench_fraud(
    data: Annotated[Path, typer.Option(help="Folder that holds fraud_handbook.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the figures; default: HOME/reports.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the fraud route with plain models on public card payments."""
    from finplatform.cli import bench_fraud as command

    command.run(data, out, as_json=as_json)


@bench_app.command("screening")
def bench_screening(
    data: Annotated[Path, typer.Option(help="Folder that holds sanctions/ofac.")],
    names: Annotated[int, typer.Option(min=1, help="Names to screen for the speed.")] = 1_000_000,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the figures; default: HOME/reports.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Judge screening by an open benchmark on all listed individuals, and measure its speed."""
    from finplatform.cli import bench_screening as command

    command.run(data, names, out, as_json=as_json)


@bench_app.command("truth")
def bench_truth(as_json: AsJson = False) -> None:
    """Compare the default model with the truth of the simulated bank."""
    from finplatform.cli import bench_truth as command

    command.run(as_json=as_json)


@bench_app.command("aml")
def bench_aml(
    data: Annotated[
        Path | None, typer.Option(help="Folder that holds aml_amlsim; default: without it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare laundering alerts with the cases of the simulated bank, and with AMLSim's labels."""
    from finplatform.cli import bench_aml as command

    command.run(data, as_json=as_json)


@bench_app.command("api")
def bench_api(
    name: Annotated[
        str | None, typer.Option(help="User; the password comes from a prompt or standard input.")
    ] = None,
    clients: Annotated[int, typer.Option(min=1, help="Clients at once.")] = 50,
    seconds: Annotated[float, typer.Option(min=1, help="How long.")] = 120,
    think: Annotated[float, typer.Option(min=0, help="Seconds a client waits in between.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Measure how fast the running API answers many clients at once."""
    from finplatform.cli import bench_api as command

    command.run(name, clients, seconds, think, as_json=as_json)


@bench_app.command("queries")
def bench_queries(
    users: Annotated[int, typer.Option(min=0, help="Users at once; 0: each query alone.")] = 50,
    seconds: Annotated[float, typer.Option(min=1, help="Duration of the load.")] = 120,
    think: Annotated[float, typer.Option(min=0, help="Seconds a user waits in between.")] = 1,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each query alone.")] = 5,
    only: Annotated[
        list[Kind] | None,
        typer.Option(help="Kind of queries, again for more; default: all but printed, endpoint."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="User of the API, for endpoints; as in `bench api`.")
    ] = None,
    during_load: Annotated[bool, typer.Option(help="Load the last day meanwhile.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure how fast functions, views, pages and sample queries answer, alone and to many."""
    from finplatform.bench.query_load import People
    from finplatform.cli import bench_queries as command

    command.run(
        People(users, seconds, think),
        only or (),
        name=name,
        repeats=repeats,
        during_load=during_load,
        as_json=as_json,
    )


@bench_app.command("supervisory")
def bench_supervisory(
    database: Annotated[Path, typer.Argument(help="The data point model as SQLite.")],
    write: Annotated[bool, typer.Option(help="Write the kept files again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the kept codes, labels and rules of supervisory templates with the EBA's model."""
    from finplatform.cli import bench_supervisory as command

    command.run(database, write=write, as_json=as_json)
