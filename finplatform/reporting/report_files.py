"""Files of report pages below a folder: pages, what they share, thumbnails and the start page.

    reports/index.html              the start page
    reports/<page>.html             a page
    reports/assets/plotly-*.min.js  Plotly's library, once for all pages
    reports/assets/<page>.png       a thumbnail, or <page>.svg where there is no browser

Belongs here: which file is where, and writing it in one piece.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from finplatform.reporting import browser, pages, report_page
from finplatform.reporting.page import Page, Rows

_THUMBNAIL = (480, 270)
"""Width and height of a thumbnail in pixels."""

_THUMBNAIL_SCALE = 0.4
"""A thumbnail is the whole chart made smaller."""


@dataclass(frozen=True)
class Listed:
    """A page on the start page.

    Attributes:
        name: Name of its file.
        title: Heading.
        question: What it answers.
        section: Heading that it stands under.
    """

    name: str
    title: str
    question: str
    section: str


def write_page(
    path: Path, page: Page, rows: Rows, *, bank: str, currency: str, is_self_contained: bool = False
) -> None:
    """Writes a page and, in the same folder, the library that all pages share.

    Args:
        path: The HTML file.
        page: What is shown.
        rows: What its queries found.
        bank: Name of the bank.
        currency: Currency of the amounts.
        is_self_contained: Whether the page embeds the library, so that no separate file is written.
    """
    if not is_self_contained:
        write_library(path.parent)
    html = report_page.report_html(
        page, rows, bank=bank, currency=currency, is_self_contained=is_self_contained
    )
    pages.write(path, html)


def write_library(folder: Path) -> None:
    """Writes Plotly's library, if this version of it is not there."""
    shared = folder / "assets" / report_page.library_name()
    if not shared.exists():
        pages.write(shared, report_page.library())


def write_thumbnails(folder: Path, shown: Mapping[str, tuple[Page, Rows]]) -> dict[str, Path]:
    """Writes a picture of the first chart with rows of each page; one run of Chromium draws all.

    Args:
        folder: Folder of the reports.
        shown: Pages and their rows, by name of the page.

    Returns:
        Path of each page's picture: PNG, or a drawn placeholder where there is no Chromium or
        nothing to draw.
    """
    figures = {}
    for name, (page, rows) in shown.items():
        for chart in page.charts:
            frame = rows.charts[chart.name]
            if not frame.empty:
                figures[name] = report_page.chart_data(chart, frame)["figure"]
                break
    found = browser.find_browser()
    drawn = (
        browser.draw_charts(found, figures, form="png", scale=_THUMBNAIL_SCALE)
        if found and figures
        else {}
    )
    written = {}
    for name, (page, _) in shown.items():
        png, svg = (_thumbnail(folder, name, form) for form in ("png", "svg"))
        if name in drawn:
            pages.write_bytes(png, drawn[name])
            svg.unlink(missing_ok=True)
            written[name] = png
        else:
            pages.write(svg, placeholder(page.title))
            png.unlink(missing_ok=True)
            written[name] = svg
    return written


def write_start(
    folder: Path, listed: Iterable[Listed], *, bank: str, currency: str, as_of: date | None
) -> Path:
    """Writes the start page.

    Args:
        folder: Folder of the reports.
        listed: The pages, in their order; those whose file is not there are left out.
        bank: Name of the bank.
        currency: Currency of the amounts.
        as_of: Last date that the pages show.
    """
    shown: list[dict[str, Any]] = []
    for page in listed:
        if not (folder / f"{page.name}.html").exists():
            continue
        png, svg = (_thumbnail(folder, page.name, form) for form in ("png", "svg"))
        if not png.exists() and not svg.exists():
            pages.write(svg, placeholder(page.title))
        picture = png if png.exists() else svg
        shown.append(vars(page) | {"thumbnail": f"assets/{picture.name}"})
    path = folder / "index.html"
    pages.write(path, report_page.start_html(shown, bank=bank, currency=currency, as_of=as_of))
    return path


def placeholder(title: str) -> str:
    """An SVG with a page's title, for where no chart can be drawn."""
    width, height = _THUMBNAIL
    bars = "".join(
        f'<rect x="{60 + place * 60}" y="{200 - size}" width="36" height="{size}"'
        ' fill="#0b6e99" opacity="0.25"/>'
        for place, size in enumerate((40, 75, 55, 110, 90, 140))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>{bars}'
        '<text x="50%" y="245" text-anchor="middle" font-family="system-ui, sans-serif"'
        f' font-size="20" fill="#1c2733">{escape(title)}</text></svg>'
    )


def _thumbnail(folder: Path, name: str, form: str) -> Path:
    return folder / "assets" / f"{name}.{form}"
