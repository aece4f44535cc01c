"""Pages hold their data whole, escape what they show, and say so where there is nothing to show."""

import json
import re
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from finplatform.reporting import figures
from finplatform.reporting.page import Chart, Page, Rows, Table
from finplatform.reporting.report_page import report_html, start_html

_CHART = Chart(
    name="By channel",
    title="Amounts by channel",
    kind="bar",
    unit="{currency}",
    source="gold.channels",
    as_of="month_end",
    query="select channel, amount from gold.channels",
    draw=lambda frame: figures.bar(frame, "channel", {"amount": "amount"}),
    describe=lambda frame, currency: f"{frame['channel'].iloc[0]} has the most {currency}.",
)
_PAGE = Page(
    name="channels",
    title="Channels",
    question="Which channel?",
    section="Analytics",
    charts=(_CHART,),
    tables=(Table("Figures", "gold.channels", "select 1"),),
)


def _html(frame: pd.DataFrame, table: pd.DataFrame | None = None, *, alone: bool = False) -> str:
    rows = Rows(
        {"By channel": frame},
        {"Figures": pd.DataFrame() if table is None else table},
        {"By channel": date(2026, 6, 30)},
    )
    return report_html(_PAGE, rows, bank="A & B", currency="EUR", is_self_contained=alone)


def _frame(*values: tuple[object, object]) -> pd.DataFrame:
    return pd.DataFrame(list(values), columns=["channel", "amount"], dtype=object)


def _data(html: str) -> dict[str, dict[str, list[object]]]:
    found = re.search(r'<script type="application/json" id="data-by-channel">(.*?)</script>', html)
    assert found
    data: dict[str, dict[str, list[object]]] = json.loads(found.group(1))
    return data


def test_a_page_carries_the_exact_rows_behind_a_chart() -> None:
    html = _html(_frame(("ATM", Decimal("12345678901234567.89")), ("POS", None)))
    rows = _data(html)["rows"]
    assert rows["columns"] == ["channel", "amount"]
    assert rows["data"] == [["ATM", "12345678901234567.89"], ["POS", None]]


@pytest.mark.parametrize("text", ["</script><script>alert(1)", "<b>", "a & b", "\u2028"])
def test_no_text_of_the_data_leaves_its_place(text: str) -> None:
    html = _html(_frame((text, Decimal(1))))
    assert _data(html)["rows"]["data"] == [[text, "1"]]
    assert "<script>alert(1)" not in html
    assert "<b> has the most" not in html


def test_a_chart_without_rows_is_said_and_not_drawn() -> None:
    html = _html(_frame())
    assert "gold.channels holds no rows to show yet." in html
    assert 'data-chart="' not in html


def test_every_chart_shows_its_unit_source_and_date() -> None:
    assert "EUR · gold.channels · as of 2026-06-30" in _html(_frame(("ATM", Decimal(1))))


def test_a_page_loads_the_shared_library_or_holds_it() -> None:
    frame = _frame(("ATM", Decimal(1)))
    shared, alone = _html(frame), _html(frame, alone=True)
    assert re.search(r'<script src="assets/plotly-[\d.]+\.min\.js">', shared)
    assert "src=" not in re.sub(r"<script>.*?</script>", "", alone, flags=re.S)
    assert len(shared) < 100_000 < len(alone)


def test_cells_of_a_table_are_escaped_and_formatted() -> None:
    table = pd.DataFrame(
        {"name": ["<i>x</i>", "y"], "amount": [Decimal("1234.5"), None], "loss rate": [0.25, 0.5]},
        dtype=object,
    )
    html = _html(_frame(("ATM", Decimal(1))), table)
    assert "<i>x</i>" not in html
    assert "1,234.50" in html
    assert "25.00%" in html


def test_the_start_page_links_every_page_under_its_section() -> None:
    shown = [
        {"name": n, "title": n.title(), "question": "Why?", "section": s, "thumbnail": f"{n}.png"}
        for n, s in (("one", "A"), ("two", "B"), ("three", "A"))
    ]
    html = start_html(shown, bank="Bank", currency="EUR", as_of=None)
    assert [html.index(f'"{n}.html"') for n in ("one", "three", "two")] == sorted(
        html.index(f'"{n}.html"') for n in ("one", "three", "two")
    )
    assert "no date" in html
