"""The root of the command tree, and the handling of errors.

Belongs here: registering commands. The body of a command is in a module that is imported when the
command runs, so that `finplatform --help` is quick.
"""

import logging
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from finplatform import logs as logs_of
from finplatform.cli.access_commands import access_app
from finplatform.cli.aml_commands import aml_app
from finplatform.cli.audit_commands import audit_app
from finplatform.cli.backup_commands import backup_app, restore
from finplatform.cli.bench_commands import bench_app
from finplatform.cli.capital_commands import capital_app
from finplatform.cli.cdc_commands import cdc_app
from finplatform.cli.fraud_commands import fraud_app
from finplatform.cli.gdpr_commands import gdpr_app, keys_app
from finplatform.cli.incident_commands import incidents_app
from finplatform.cli.kyc_commands import kyc_app
from finplatform.cli.lake_commands import lake_app
from finplatform.cli.model_commands import models_app
from finplatform.cli.options import AsJson, Day, Engine, day_of
from finplatform.cli.output import ERR, styled
from finplatform.cli.report_commands import bi_app, report_app
from finplatform.cli.service_commands import service_app
from finplatform.cli.source_commands import sources_app
from finplatform.cli.sox_commands import sox_app
from finplatform.cli.stream_commands import stream_app
from finplatform.cli.user_commands import users_app
from finplatform.errors import FinplatformError
from finplatform.home import PRIVATE_UMASK

app = typer.Typer(
    name="finplatform",
    help="A bank's data platform: from source row to capital ratio.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

app.add_typer(users_app, name="users")
app.add_typer(bench_app, name="bench")
app.add_typer(fraud_app, name="fraud")
app.add_typer(report_app, name="report")
app.add_typer(audit_app, name="audit")
app.add_typer(cdc_app, name="cdc")
app.add_typer(stream_app, name="stream")
app.add_typer(service_app, name="service")
app.add_typer(kyc_app, name="kyc")
app.add_typer(aml_app, name="aml")
app.add_typer(gdpr_app, name="gdpr")
app.add_typer(keys_app, name="keys")
app.add_typer(incidents_app, name="incidents")
app.add_typer(backup_app, name="backup")
app.command("restore")(restore)
app.add_typer(sox_app, name="sox")
app.add_typer(lake_app, name="lake")
app.add_typer(capital_app, name="capital")
app.add_typer(bi_app, name="bi")
app.add_typer(models_app, name="models")
app.add_typer(access_app, name="access")
app.add_typer(sources_app, name="sources")


def main() -> None:
    """Runs the command; prints user errors as a message and a hint.

    Files of the command and its child processes are readable by their account only.
    """
    os.umask(PRIVATE_UMASK)
    logs_of.configure("command", logs_of.SHORT, logging.WARNING).addFilter(_is_relevant)
    # Steps that run in this process have more detail in the log of their run.
    logs_of.set_level("INFO")
    for logger in ("dagster", "dagster.builtin"):
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    try:
        app()
    except FinplatformError as error:
        _print_error(error)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        ERR.print("Interrupted.")
        raise SystemExit(130) from None
    except Exception as error:
        from finplatform.cli import faults

        fault = faults.explained(error)
        if fault is None:
            raise
        _print_error(fault)
        raise SystemExit(1) from None


@app.command()
def demo(
    customers: Annotated[int, typer.Option(help="Customers of the simulated bank.")] = 2_000,
    transactions: Annotated[int, typer.Option(help="Transactions, about.")] = 200_000,
    as_json: AsJson = False,
) -> None:
    """Build the whole graph on a simulated bank and print a summary."""
    from finplatform.cli import demo as command

    command.run(customers, transactions, as_json=as_json)


@app.command()
def up(
    foreground: Annotated[bool, typer.Option(help="Stay until interrupted.")] = False,
) -> None:
    """Start database, Dagster UI, daemon and live page; build the demo if there is no data."""
    from finplatform.cli import services

    services.up(foreground=foreground)


@app.command()
def down(
    keep_database: Annotated[bool, typer.Option(help="Leave the database running.")] = False,
) -> None:
    """Stop what `up` started."""
    from finplatform.cli import services

    services.down(keep_database=keep_database)


@app.command()
def api() -> None:
    """Serve the live page, the reports and the API until interrupted; `up` does it too."""
    from finplatform.cli import api as command

    command.run()


@app.command()
def ui() -> None:
    """Serve the Dagster UI behind the login until interrupted; `up` does it too."""
    from finplatform.cli import ui as command

    command.run()


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show servers, tables with rows and sizes, freshness, last runs and checks."""
    from finplatform.cli import status as command

    command.run(as_json=as_json)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check this machine and suggest remedies."""
    from finplatform.cli import doctor as command

    command.run(as_json=as_json)


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="SQL to run; `-` reads standard input.")],
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(help="Most rows to print.")] = 100,
    csv: Annotated[
        Path | None, typer.Option(help="File of all rows as CSV; `-` is standard output.")
    ] = None,
    xlsx: Annotated[Path | None, typer.Option(help="File of all rows as a spreadsheet.")] = None,
    engine: Annotated[
        Engine, typer.Option(help="`lake` scans facts in columns, from their Parquet files.")
    ] = Engine.WAREHOUSE,
) -> None:
    """Run one statement on the warehouse, as the role that can only read."""
    from finplatform.cli import sql as command

    if engine is Engine.LAKE:
        from finplatform.cli import lake

        if csv is not None or xlsx is not None:
            raise FinplatformError("The lake writes no files.", "Leave out --engine lake.")
        lake.query(query, limit, as_json=as_json)
    elif csv is None and xlsx is None:
        command.run(query, limit, as_json=as_json)
    else:
        command.run_to_file(query, csv, xlsx, as_json=as_json)


@app.command()
def env(
    target: Annotated[
        Literal["dev", "prod"], typer.Option(help="dbt's target; prod has no defaults.")
    ] = "dev",
    as_json: AsJson = False,
) -> None:
    """Print the variables that dbt reads, with the password: eval "$(finplatform env)"."""
    from finplatform.cli import env as command

    command.run(target, as_json=as_json)


@app.command()
def export(
    what: Annotated[
        str, typer.Argument(help="Table or view, or a query; `-` reads one from standard input.")
    ],
    kind: Annotated[
        str | None,
        typer.Option("--format", help="csv, parquet or xlsx; default: that of --out, else csv."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="File, or `-` for standard output; default: in HOME/reports/exports."),
    ] = None,
    where: Annotated[str | None, typer.Option(help="SQL condition on a table's rows.")] = None,
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Business day of a table's rows."),
    ] = None,
    bom: Annotated[
        bool, typer.Option("--bom", help="Begin CSV with the byte order mark that Excel needs.")
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Leave text in CSV that looks like a formula.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a table or a query's rows to a file, in constant memory."""
    from finplatform.cli import export as command

    request = command.Request(
        what, command.format_of(kind), out, where, day_of(day), command.Options(bom, raw)
    )
    command.run(request, as_json=as_json)


@app.command()
def simulate(
    customers: Annotated[int, typer.Option(help="Number of customers.")] = 2_000,
    transactions: Annotated[int, typer.Option(help="Number of transactions, about.")] = 200_000,
    start: Day = None,
    end: Day = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bank.")] = 42,
    stress: Annotated[float, typer.Option(help="Default rates, times those of a sound bank.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Fill the operational schema with a synthetic bank (default: the last 24 full months)."""
    from finplatform.cli import simulate as command

    config = command.configure(
        customers, transactions, day_of(start), day_of(end), seed, stress=stress
    )
    command.run(config, as_json=as_json)


@app.command()
def backfill(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")],
    job: Annotated[
        list[str] | None,
        typer.Option(
            help="Job to run; default: daily, then month_end, and as long as no model was trained"
            " history_by_day, then history_by_month."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run jobs for the days of a range and the months that end in it, one run a job."""
    from finplatform.cli import backfill as command

    command.run(first.date(), last.date(), job or (), as_json=as_json)


@app.command()
def logs(
    run: Annotated[str, typer.Argument(help="Id of a run, its beginning, or `last`.")] = "last",
    as_json: AsJson = False,
) -> None:
    """Show the failures of a run with their reasons: every step, check and warning."""
    from finplatform.cli import logs as command

    command.run(run, as_json=as_json)


@app.command()
def docs(
    plans: Annotated[
        bool, typer.Option("--plans", help="Also measure query plans on the built bank.")
    ] = False,
    site: Annotated[bool, typer.Option("--site", help="Also build the site.")] = False,
) -> None:
    """Write the generated documents (into a source checkout)."""
    from finplatform.cli import docs as command

    command.run(plans=plans, site=site)


def _is_relevant(record: logging.LogRecord) -> bool:
    """Whether to print a warning.

    Dagster's attempts to reach a server that is gone end in an error of their own.
    """
    return not record.getMessage().startswith("Retrying failed database")


def _print_error(error: FinplatformError) -> None:
    ERR.print(styled(("error:", "red"), f" {error.message}"), soft_wrap=True)
    if error.hint:
        ERR.print(styled(f"       {error.hint}"), soft_wrap=True)
