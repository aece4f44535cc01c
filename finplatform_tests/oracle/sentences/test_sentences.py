"""Every computed sentence of the report pages is true of the rows that its chart draws."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from finplatform.reporting.catalog.pages import PAGES
from finplatform.reporting.page import Chart
from finplatform_tests.oracle.sentences.forms import judge
from finplatform_tests.oracle.sentences.judged import CHARTS
from finplatform_tests.oracle.sentences.made import BANKS, Source

CURRENCY = "EUR"
SEEDS = range(6)
OF_PAGES = {(page.name, chart.name): chart for page in PAGES for chart in page.charts}


def as_text(frame: pd.DataFrame) -> list[dict[str, str | None]]:
    """Rows as a page carries them."""
    return [
        {
            name: None if value is None or value != value else _text(value)
            for name, value in row.items()
        }
        for row in frame.to_dict("records")
    ]


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def problems(key: tuple[str, str], frame: pd.DataFrame) -> list[str]:
    said = OF_PAGES[key].describe(frame, CURRENCY)
    return [f"{said} // {wrong}" for wrong in judge(CHARTS[key].forms, said, as_text(frame))]


@pytest.mark.parametrize("key", CHARTS, ids=" ".join)
def test_made(key: tuple[str, str]) -> None:
    wrong = []
    for bank in BANKS:
        for seed in SEEDS:
            made = CHARTS[key].made(Source(bank, seed))
            if made:
                wrong += [
                    f"{bank} {seed}: {w}" for w in problems(key, pd.DataFrame(made, dtype=object))
                ]
    assert not wrong, "\n".join(wrong[:8])
