"""`finplatform report`: report pages as pages, on paper, as pictures and as data.

Belongs here: which files a format makes and where. Does not belong here: what pages show
(`finplatform.reporting.catalog`). The graph writes the same pages as assets; this command also
writes them as of an earlier date.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import typer

from finplatform.cli.output import OUT, print_json, print_table
from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import SourcesConfig, load_sources
from finplatform.reporting import browser, pages, report_files, report_page
from finplatform.reporting.catalog.pages import PAGES
from finplatform.reporting.export_values import About
from finplatform.reporting.exports import Format, write_file
from finplatform.reporting.page import Page, Rows
from finplatform.reporting.reading import read_page
from finplatform.settings import get_settings
from finplatform.warehouse.page_queries import queries_of
from finplatform.warehouse.reader_role import open_reader


def list_pages(*, as_json: bool) -> None:
    """Prints every page, its charts and whether its file is there."""
    folder = get_settings().reports
    rows = [
        {
            "name": page.name,
            "section": page.section,
            "question": page.question,
            "charts": [chart.name for chart in page.charts],
            "file": str(path) if (path := folder / f"{page.name}.html").exists() else None,
        }
        for page in PAGES
    ]
    if as_json:
        print_json(rows)
        return
    print_table(
        "Reports",
        ("name", "question", "charts", "written"),
        [
            (row["name"], row["question"], len(row["charts"] or ()), "yes" if row["file"] else "")
            for row in rows
        ],
        (2,),
    )


def build(
    names: Sequence[str],
    form: str,
    *,
    day: date | None,
    out: Path | None,
    is_self_contained: bool,
    as_json: bool,
) -> None:
    """Writes pages in a format and prints where.

    Args:
        names: Names of pages; `all` stands for every one.
        form: `html` or `pdf`, a file per page; a format of pictures (`png`, `svg`) or of data
            (`csv`, `parquet`, `xlsx`), a file per chart.
        day: Last date of the pages' data; None for all stored data.
        out: Folder; None: that of reports.
        is_self_contained: Whether an HTML page holds Plotly's library.
        as_json: Whether to print the paths as JSON.
    """
    settings = get_settings()
    sources = load_sources(settings.sources_file, frozenset(SOURCES))
    chosen = _chosen(names)
    folder = out or settings.reports
    with open_reader(settings).connect() as connection:
        run = queries_of(connection)
        shown = [
            (page, read_page(page, run, as_of=day, currency=sources.currency)) for page in chosen
        ]
    written: list[Path] = []
    for page, rows in shown:
        name = page.name if day is None else f"{page.name}-{day}"
        if form == "html":
            path = folder / f"{name}.html"
            report_files.write_page(
                path,
                page,
                rows,
                bank=sources.bank.name,
                currency=sources.currency,
                is_self_contained=is_self_contained,
            )
            written.append(path)
        elif form == "pdf":
            written.append(_pdf(folder / f"{name}.pdf", page, rows, sources))
        elif form in ("png", "svg"):
            written += _pictures(folder / name, page, rows, form)
        else:
            written += _data(folder / name, page, rows, Format(form))
    if as_json:
        print_json([str(path) for path in written])
        return
    for path in written:
        OUT.print(str(path), soft_wrap=True)


def open_page(name: str) -> None:
    """Opens a page in the user's browser; prints its path too."""
    path = get_settings().reports / f"{name}.html"
    if not path.exists():
        if name != "index":
            _chosen([name])
        raise FinplatformError(
            f"The report {name} has not been written yet.", f"Run finplatform report build {name}."
        )
    OUT.print(str(path), soft_wrap=True)
    typer.launch(path.as_uri())


def _chosen(names: Iterable[str]) -> list[Page]:
    by_name = {page.name: page for page in PAGES}
    chosen: list[Page] = []
    for name in names:
        if name == "all":
            return list(PAGES)
        if name not in by_name:
            near = get_close_matches(name, by_name, 3, 0.4)
            hint = f"Did you mean {' or '.join(near)}?" if near else "See finplatform report list."
            raise FinplatformError(f"There is no report named {name}.", hint)
        chosen.append(by_name[name])
    return chosen


def _pdf(path: Path, page: Page, rows: Rows, sources: SourcesConfig) -> Path:
    found = _browser()
    with TemporaryDirectory(prefix="finplatform-report-") as folder:
        html = Path(folder) / "page.html"
        report_files.write_page(
            html,
            page,
            rows,
            bank=sources.bank.name,
            currency=sources.currency,
            is_self_contained=True,
        )
        browser.print_pdf(found, html, path)
    return path


def _pictures(folder: Path, page: Page, rows: Rows, form: str) -> list[Path]:
    figures = {
        chart.anchor: report_page.chart_data(chart, frame)["figure"]
        for chart in page.charts
        if not (frame := rows.charts[chart.name]).empty
    }
    if not figures:
        return []
    written = []
    for anchor, content in browser.draw_charts(_browser(), figures, form=form).items():
        path = folder / f"{anchor}.{form}"
        pages.write_bytes(path, content)
        written.append(path)
    return written


def _data(folder: Path, page: Page, rows: Rows, form: Format) -> list[Path]:
    """A file per chart with the rows behind it."""
    written = []
    for chart in page.charts:
        frame = rows.charts[chart.name]
        if frame.empty:
            continue
        path = folder / f"{chart.anchor}.{form}"
        path.parent.mkdir(parents=True, exist_ok=True)
        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
        about = About(title=chart.name, source=f"{chart.title}, from {chart.source}")
        write_file(table.to_reader(), path, form, about=about)
        written.append(path)
    return written


def _browser() -> Path:
    found = browser.find_browser()
    if found is None:
        raise FinplatformError(
            "This format is drawn by Chromium, and there is none on this machine.",
            "Install the package chromium, or use --format html.",
        )
    return found
