"""Rules shared by all reports: the page is complete, and its figures equal those of the tables.

Does not belong here: the content of each report (see `report_checks`).
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandera.polars as pa
import polars as pl

from finplatform.orchestration.checks.html_page import Page, read_page
from finplatform.orchestration.checks.validation_result import ValidationResult

_UNFILLED = re.compile(r"\{\{|\}\}|\{%|%\}")
"""Unfilled placeholders of a template."""
_NO_VALUE = re.compile(r"(?<![\w.-])(nan|NaN|NaT|None|null|[+-]?inf)(?![\w-])")
"""Python's text of missing values."""
_NUMBER = re.compile(r"^([+-]?\d[\d,]*)(?:\.(\d+))?\s*(%?)")
_DASHES = ("-", "\N{EN DASH}")


def page_at(path: Path, result: ValidationResult) -> Page | None:
    """The page in a file; None, and an addition to the result, if there is none."""
    if not path.exists():
        result.add(path.name, "exists", 1)
        return None
    return read_page(path.read_text(encoding="utf-8"))


def check_page(
    page: Page,
    result: ValidationResult,
    *,
    title: str,
    sections: Sequence[str] = (),
    tables: Sequence[str] = (),
    charts: int = 0,
) -> None:
    """Adds missing parts of a page.

    Args:
        page: The parsed page.
        result: Receives the failures.
        title: Beginning of its title, and its heading.
        sections: Required headings.
        tables: Headings that require a table with values.
        charts: Required number of charts and drawings.
    """
    if not page.is_whole:
        result.add("page", "is a whole HTML document", 1)
    for tag in ("title", "h1"):
        shown = next(iter(page.texts(tag)), "")
        if not shown.startswith(title):
            result.add(tag, f"is {title}", 1)
            result.show(tag, f"is {title}", shown)
    for section in sections:
        if section not in page.texts("h2"):
            result.add("page", f"has the section {section}", 1)
    if page.charts < charts:
        result.add("page", f"has {charts} charts", charts - page.charts)
    filled = {table.section for table in page.tables if table.values}
    for section in tables:
        if section not in filled:
            result.add(section, "has a table with values", 1)
    _check_text(page, result)


def check_figures(
    shown: Mapping[str, str], stored: Mapping[str, float | None], result: ValidationResult
) -> None:
    """Compares shown figures with stored ones, to the shown number of digits.

    Args:
        shown: Text of each figure: with thousands separators, in per cent, or a dash.
        stored: Value of each figure in its table; None must be shown as a dash.
        result: Receives the failures.
    """
    result.rows += len(stored)
    for name, value in stored.items():
        if value is None and shown.get(name) not in _DASHES:
            result.add(name, "is a dash", 1)
    numbers, columns = {}, {}
    for name, value in stored.items():
        if value is not None:
            numbers[name], half = _read_number(shown.get(name, ""))
            columns[name] = pa.Column(pl.Float64, pa.Check.in_range(value - half, value + half))
    if columns:
        frame = pl.DataFrame([numbers], schema=dict.fromkeys(numbers, pl.Float64))
        result.validate(frame, pa.DataFrameSchema(columns))


def _check_text(page: Page, result: ValidationResult) -> None:
    """Adds unfilled placeholders and missing values in the text."""
    for text in page.texts("title", "h1", "h2", "p", "span", "b", "td", "th", "code"):
        if _UNFILLED.search(text):
            result.add("page", "every template is filled", 1)
            result.show("page", "every template is filled", text)
    for text in (*page.cells(), *page.texts("b")):
        if _NO_VALUE.search(text):
            result.add("page", "every figure has a value or a dash", 1)
            result.show("page", "every figure has a value or a dash", text)


def _read_number(text: str) -> tuple[float | None, float]:
    """A number at the beginning of a text, and half of its last digit; None without a number.

    Text after the number, such as an interval, is ignored.
    """
    found = _NUMBER.match(text)
    if not found:
        return None, 0.0
    whole, decimals, percent = found.groups()
    scale = 100 if percent else 1
    number = float(f"{whole.replace(',', '')}.{decimals or 0}") / scale
    # With a tolerance, since half a digit is rounded up or down.
    return number, 0.5001 * 10 ** -len(decimals or "") / scale
