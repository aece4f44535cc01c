"""Charts about risk and capital draw and say something of any rows that their queries may find."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from finplatform.reporting.catalog.pages import PAGES
from finplatform_tests.unit.reporting.catalog.charts import CURRENCY, chart, sentence
from finplatform_tests.unit.reporting.catalog.risk_rows import ROWS

_SECTION = "Risk and capital"
_WHOLE = ("capital_adequacy", "What moved the ratio")
"""Is computed from all rows of two dates with a ratio, which its query alone gives."""


def _parametrize(keys: Iterable[tuple[str, str]]) -> pytest.MarkDecorator:
    found = list(keys)
    return pytest.mark.parametrize(("page", "name"), found, ids=[" ".join(key) for key in found])


CHARTS = _parametrize(ROWS)
FREE_CHARTS = _parametrize(key for key in ROWS if key != _WHOLE)


def test_every_chart_of_the_section_has_rows_here() -> None:
    charts = {
        (page.name, each.name) for page in PAGES if page.section == _SECTION for each in page.charts
    }
    assert charts == set(ROWS)


@CHARTS
def test_rows_are_drawn_and_said_in_one_sentence(page: str, name: str) -> None:
    said = sentence(page, name, ROWS[page, name])
    assert said.endswith(".")
    assert said[0].isupper() or said[0].isdigit()
    assert "nan" not in said.lower()
    assert "None" not in said


@FREE_CHARTS
def test_each_row_alone_is_drawn_and_said(page: str, name: str) -> None:
    frame = ROWS[page, name]
    for place in range(len(frame)):
        sentence(page, name, frame.iloc[[place]])


def _with(frame: pd.DataFrame, value: Any) -> pd.DataFrame:
    """The rows with another value in place of every number that is no identifier."""
    kept = {"rank", "grade", "from_stage", "to_stage", "score_from", "log_pd_from"}
    changed = {
        column: [
            value
            if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool)
            else cell
            for cell in frame[column]
        ]
        for column in frame.columns
        if column not in kept
    }
    return pd.DataFrame({**{c: list(frame[c]) for c in frame}, **changed}, dtype=object)


@FREE_CHARTS
@pytest.mark.parametrize("value", [None, Decimal(0), 0.0], ids=["null", "0 exact", "0"])
def test_nulls_and_zeros_are_no_errors(page: str, name: str, value: Any) -> None:
    frame = _with(ROWS[page, name], value)
    found = chart(page, name)
    found.draw(frame)
    said = found.describe(frame, CURRENCY)
    assert "nan" not in said.lower()
    assert "None" not in said


@CHARTS
def test_a_chart_says_what_it_shows_and_where_it_is_from(page: str, name: str) -> None:
    found = chart(page, name)
    assert found.unit
    assert found.title != found.name
    assert all(table.startswith("gold.") for table in (found.source, *found.also))
    assert f"from {found.source}" in found.query
    assert all(table in found.query for table in found.also)


def test_dates_of_the_rows_are_dates() -> None:
    for frame in ROWS.values():
        for column in frame.columns:
            if column.endswith("_date"):
                assert all(isinstance(cell, date) for cell in frame[column])
