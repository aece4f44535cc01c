"""The commands of `finplatform report` and `finplatform bi`.

Belongs here: their arguments. Their bodies, `report` and `bi`, are imported when one runs.
"""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from finplatform.cli.options import AsJson, day_of

report_app = typer.Typer(no_args_is_help=True, help="List, write and open report pages.")
bi_app = typer.Typer(no_args_is_help=True, help="Write files for BI tools.")


class ReportFormat(StrEnum):
    """Formats of a report page."""

    HTML = "html"
    PDF = "pdf"
    PNG = "png"
    SVG = "svg"
    XLSX = "xlsx"
    CSV = "csv"
    PARQUET = "parquet"


@report_app.command("list")
def report_list(as_json: AsJson = False) -> None:
    """List the report pages and their charts."""
    from finplatform.cli import report as command

    command.list_pages(as_json=as_json)


@report_app.command("build")
def report_build(
    names: Annotated[list[str], typer.Argument(help="Names of pages, or `all`.")],
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="As of a date; default: the latest."),
    ] = None,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="pdf, png and svg need Chromium.")
    ] = ReportFormat.HTML,
    out: Annotated[Path | None, typer.Option(help="Folder; default: HOME/reports.")] = None,
    self_contained: Annotated[
        bool, typer.Option("--self-contained", help="One HTML file that opens anywhere.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write report pages from the warehouse as it is now, or as of an earlier date."""
    from finplatform.cli import report as command

    command.build(
        names,
        form.value,
        day=day_of(day),
        out=out,
        is_self_contained=self_contained,
        as_json=as_json,
    )


@report_app.command("open")
def report_open(
    name: Annotated[str, typer.Argument(help="Name of a page; default: the start page.")] = "index",
) -> None:
    """Open a report page in the browser."""
    from finplatform.cli import report as command

    command.open_page(name)


@bi_app.command("superset")
def bi_superset(
    out: Annotated[
        Path | None, typer.Option(help="The file; default: superset.zip in HOME/reports.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write datasets, metrics and a dashboard as Superset imports them."""
    from finplatform.cli import bi as command

    command.superset(out, as_json=as_json)
