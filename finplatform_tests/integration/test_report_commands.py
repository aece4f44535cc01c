"""`finplatform report` on the built bank: pages, pictures and data as files."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from finplatform.cli.app import app
from finplatform.errors import FinplatformError
from finplatform.reporting.browser import find_browser
from finplatform.reporting.catalog.pages import PAGES
from finplatform.settings import get_settings
from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration

PAGE = "payments"


@pytest.fixture
def typed_in(built_bank: BuiltBank, monkeypatch: pytest.MonkeyPatch) -> Iterator[BuiltBank]:
    """The built bank, as commands of this process find it."""
    for name, value in built_bank.environment.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    yield built_bank
    get_settings.cache_clear()


def command(*arguments: str) -> str:
    """What a command prints to standard output; its error, if it fails, is raised."""
    result = CliRunner().invoke(app, ["report", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def written(folder: Path, form: str, *more: str) -> list[Path]:
    """Files that a build of the payments page makes."""
    arguments = ("build", PAGE, "--format", form, "--out", str(folder), "--json", *more)
    return [Path(text) for text in json.loads(command(*arguments))]


def test_every_page_is_listed_with_its_charts_and_its_file(typed_in: BuiltBank) -> None:
    listed = json.loads(command("list", "--json"))
    assert [row["name"] for row in listed] == [page.name for page in PAGES]
    assert all(Path(row["file"]).is_file() and row["charts"] for row in listed)


def test_a_self_contained_page_refers_to_no_other_file(typed_in: BuiltBank, tmp_path: Path) -> None:
    (small,) = written(tmp_path / "small", "html")
    (alone,) = written(tmp_path / "alone", "html", "--self-contained")
    assert 'src="assets/' in small.read_text(encoding="utf-8")
    assert 'src="assets/' not in alone.read_text(encoding="utf-8")
    assert alone.stat().st_size > 1_000_000 > small.stat().st_size


def test_a_page_of_an_earlier_date_has_the_date_in_its_name(
    typed_in: BuiltBank, tmp_path: Path
) -> None:
    (page,) = written(tmp_path, "html", "--date", "2025-02-28")
    assert page.name == f"{PAGE}-2025-02-28.html"
    assert "as of 2025-02-28" in page.read_text(encoding="utf-8")


def test_the_formats_of_data_hold_the_same_rows(typed_in: BuiltBank, tmp_path: Path) -> None:
    tables = {path.stem: pq.read_table(path) for path in written(tmp_path, "parquet")}
    lines = {
        path.stem: list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
        for path in written(tmp_path, "csv")
    }
    sheets = {path.stem: openpyxl.load_workbook(path) for path in written(tmp_path, "xlsx")}
    assert len(tables) >= 5
    assert lines.keys() == sheets.keys() == tables.keys()
    for name, table in tables.items():
        assert lines[name][0] == table.column_names
        assert len(lines[name]) == table.num_rows + 1
        shown = sheets[name].worksheets[0]
        assert any(
            [cell.value for cell in row][: table.num_columns] == table.column_names
            for row in shown.iter_rows()
        )


@pytest.mark.browser
@pytest.mark.parametrize(("form", "begin"), [("png", b"\x89PNG"), ("svg", b"<svg")])
def test_a_chart_is_drawn_as_a_picture(
    typed_in: BuiltBank, tmp_path: Path, form: str, begin: bytes
) -> None:
    if find_browser() is None:
        pytest.skip("no Chromium on this machine")
    pictures = written(tmp_path, form)
    assert len(pictures) >= 5
    assert all(path.read_bytes().startswith(begin) for path in pictures)


@pytest.mark.browser
def test_a_printed_page_holds_its_sentences_as_text_and_no_buttons(
    typed_in: BuiltBank, tmp_path: Path
) -> None:
    if find_browser() is None:
        pytest.skip("no Chromium on this machine")
    (paper,) = written(tmp_path, "pdf")
    printed = " ".join(page.extract_text() for page in PdfReader(paper).pages)
    assert "Payment trends" in printed
    assert "SVG" not in printed


def test_a_name_that_is_nearly_one_is_refused_with_the_one_meant(typed_in: BuiltBank) -> None:
    with pytest.raises(FinplatformError) as refused:
        command("build", "paiments")
    assert "payments" in (refused.value.hint or "")
