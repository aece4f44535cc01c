"""Report pages of a built bank in a real browser, of an empty one, and their checks.

Every page is opened in Chromium at the width of a phone, a tablet and a wide screen, in both
themes: no error, nothing wider than the screen, every chart drawn, and nothing that keeps people
from reading it.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Literal

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from finplatform.orchestration.checks.report_page_checks import page_check_result
from finplatform.reporting import browser as system_browser
from finplatform.reporting.catalog.pages import PAGES
from finplatform.reporting.page import Page, Rows
from finplatform.reporting.reading import read_page
from finplatform.reporting.report_files import write_page
from finplatform.reporting.report_page import report_html
from finplatform.warehouse.page_queries import queries_of
from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (390, 1024, 1920)
CURRENCY = "USD"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium; tests skip where there is none."""
    found = system_browser.find_browser()
    if found is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(found), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.browser
@pytest.mark.parametrize("name", [page.name for page in PAGES] + ["index", "model_card"])
def test_a_page_is_drawn_whole_at_every_width_in_both_themes(
    built_bank: BuiltBank, chromium: Browser, name: str
) -> None:
    opened = chromium.new_page(color_scheme="light")
    errors: list[str] = []
    opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    try:
        opened.goto((built_bank.settings.reports / f"{name}.html").as_uri())
        for theme in THEMES:
            opened.emulate_media(color_scheme=theme)
            opened.wait_for_function(
                "theme => document.documentElement.dataset.drawn === theme", arg=theme
            )
            for width in WIDTHS:
                opened.set_viewport_size({"width": width, "height": 900})
                # Charts follow the window a moment later.
                opened.wait_for_function(
                    "width => document.documentElement.scrollWidth <= width", arg=width
                )
                undrawn = opened.evaluate(
                    "[...document.querySelectorAll('.figure[data-chart]')]"
                    ".filter(node => !node.querySelector('.main-svg') || !node.data?.length)"
                    ".map(node => node.dataset.chart)"
                )
                assert undrawn == []
            violations = Axe().run(opened).response["violations"]
            serious = [v["id"] for v in violations if v["impact"] in ("serious", "critical")]
            assert serious == [], json.dumps(violations)[:2000]
    finally:
        opened.close()
    assert errors == []


@pytest.mark.browser
def test_the_rows_of_a_chart_are_given_away_as_a_file(
    built_bank: BuiltBank, chromium: Browser, tmp_path: Path
) -> None:
    opened = chromium.new_page(accept_downloads=True)
    opened.goto((built_bank.settings.reports / "descriptive_analytics.html").as_uri())
    with opened.expect_download() as waiting:
        opened.locator("#monthly-trends button[data-do=csv]").click()
    saved = tmp_path / "chart.csv"
    waiting.value.save_as(saved)
    opened.close()
    lines = saved.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "month_end,volume_amount,day_adjusted_amount,completed_count"
    assert len(lines) > 1


def test_a_page_is_small_beside_the_shared_library(built_bank: BuiltBank) -> None:
    folder = built_bank.settings.reports
    sizes = {page.name: (folder / f"{page.name}.html").stat().st_size for page in PAGES}
    assert max(sizes.values()) < 1_500_000, sizes


def test_every_page_shows_what_its_queries_find(built_bank: BuiltBank) -> None:
    with psycopg.connect(built_bank.url) as connection:
        run = queries_of(connection)
        for page in PAGES:
            result = page_check_result(page, built_bank.settings, run, CURRENCY)
            assert result.passed, f"{page.name}: {result.description}"


@pytest.mark.parametrize(
    ("old", "new"),
    [('"data":[["', '"data":[["9'), ("<li>", "<li>No. "), ("</html>", "")],
    ids=["a value", "a sentence", "the end"],
)
def test_the_check_notices_a_page_that_says_something_else(
    built_bank: BuiltBank, tmp_path: Path, old: str, new: str
) -> None:
    page = PAGES[0]
    text = (built_bank.settings.reports / f"{page.name}.html").read_text(encoding="utf-8")
    assert old in text
    changed = tmp_path / "reports" / f"{page.name}.html"
    changed.parent.mkdir()
    changed.write_text(text.replace(old, new, 1), encoding="utf-8")
    settings = built_bank.settings.model_copy(update={"home": tmp_path})
    with psycopg.connect(built_bank.url) as connection:
        result = page_check_result(page, settings, queries_of(connection), CURRENCY)
    assert not result.passed


def test_a_page_of_an_earlier_date_knows_nothing_later(built_bank: BuiltBank) -> None:
    day = date(2025, 2, 28)
    with psycopg.connect(built_bank.url) as connection:
        for page in PAGES:
            rows = read_page(page, queries_of(connection), as_of=day, currency=CURRENCY)
            late = {name: found for name, found in rows.as_of.items() if found and found > day}
            assert late == {}, page.name


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_a_page_without_any_rows_says_so(empty_tables: str, page: Page) -> None:
    with psycopg.connect(empty_tables) as connection:
        rows = read_page(page, queries_of(connection), as_of=None, currency=CURRENCY)
    html = report_html(page, rows, bank="Empty", currency=CURRENCY)
    assert html.count("holds no rows to show yet") >= len(page.charts)


def test_a_page_is_written_in_one_piece(tmp_path: Path) -> None:
    page = replace(PAGES[0], charts=(), tables=())
    path = tmp_path / "page.html"
    write_page(path, page, Rows({}, {}, {}), bank="Bank", currency=CURRENCY)
    assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert not list(tmp_path.rglob("*.part"))
