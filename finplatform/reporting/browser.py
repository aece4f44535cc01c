"""The system's Chromium, for pictures of charts and pages on paper.

Belongs here: finding it and running it without a window, once per call, on a private profile. Where
there is none, callers do without: nothing is downloaded.
"""

import json
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from finplatform.errors import FinplatformError
from finplatform.reporting.pages import render
from finplatform.reporting.report_page import library

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_SECONDS = 120
_BUDGET_MS = 30_000
"""Virtual milliseconds that a page may take; Chromium ends as soon as nothing is left to do."""

_PAPER_PIXELS = 720
"""Width of a sheet between its margins, for which charts that are printed are drawn."""


def find_browser() -> Path | None:
    """Path of the system's Chromium or Chrome; None where there is none."""
    return next((Path(found) for name in _NAMES if (found := shutil.which(name))), None)


def print_pdf(browser: Path, page: Path, target: Path) -> None:
    """Prints a page in its light theme with its print style sheet.

    Args:
        browser: Chromium.
        page: HTML file.
        target: PDF file; written in one piece.

    Raises:
        FinplatformError: If Chromium fails.
    """
    with TemporaryDirectory(prefix="finplatform-pdf-") as folder:
        made = Path(folder) / "page.pdf"
        _run(
            browser,
            folder,
            f"--window-size={_PAPER_PIXELS},1000",
            "--no-pdf-header-footer",
            f"--print-to-pdf={made}",
            page.as_uri(),
        )
        if not made.exists():
            raise FinplatformError("Chromium printed nothing.", "Try --format html.")
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(".part")
        shutil.move(made, unfinished)
        unfinished.replace(target)


def draw_charts(
    browser: Path,
    figures: Mapping[str, Mapping[str, Any]],
    *,
    form: str,
    scale: float = 1,
) -> dict[str, bytes]:
    """Pictures of figures, in the light theme.

    Args:
        browser: Chromium.
        figures: Plotly figures as JSON has them, by name.
        form: `png` or `svg`.
        scale: Factor to a picture of 1200 by 675 pixels.

    Raises:
        FinplatformError: If Chromium fails.
    """
    with TemporaryDirectory(prefix="finplatform-charts-") as folder:
        page = Path(folder) / "charts.html"
        templates = resources.files("finplatform.reporting").joinpath("templates")
        page.write_text(
            render(
                "pictures.html.j2",
                {
                    "library": library(),
                    "theme": templates.joinpath("theme.js").read_text(encoding="utf-8"),
                    "figures": json.dumps(figures).replace("<", "\\u003c"),
                    "form": form,
                    "scale": scale,
                },
            ),
            encoding="utf-8",
        )
        shown = _run(
            browser, folder, f"--virtual-time-budget={_BUDGET_MS}", "--dump-dom", page.as_uri()
        )
    found = shown.partition('<pre id="pictures">')[2].partition("</pre>")[0]
    if not found:
        raise FinplatformError("Chromium drew nothing.", "Try again, or --format html.")
    return {name: b64decode(text) for name, text in json.loads(found).items()}


def _run(browser: Path, profile: str, *arguments: str) -> str:
    command = [
        str(browser),
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--no-first-run",
        f"--user-data-dir={profile}/profile",
        *arguments,
    ]
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, check=True, timeout=_SECONDS, text=True
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise FinplatformError(
            f"Chromium ({browser}) did not do its work.", "Try --format html, which needs none."
        ) from error
    return done.stdout
