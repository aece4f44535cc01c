"""Sentences and rows of a written page, and what is not true of them.

Belongs here: reading a page as it was written, with the standard library alone. Does not belong
here: what a sentence may claim (the modules of pages).
"""

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from finplatform_tests.oracle.sentences.forms import judge
from finplatform_tests.oracle.sentences.judged import CHARTS
from finplatform_tests.oracle.sentences.values import Rows

_SENTENCE = re.compile(r'<li><a href="#([^"]*)">(.*?)</a>: (.*?)</li>', re.DOTALL)
_DATA = re.compile(r'<script type="application/json" id="data-([^"]*)">(.*?)</script>', re.DOTALL)
_NOTHING = re.compile(r"[a-z_]+\.[a-z_]+ holds no rows to show yet\.")
MOVEMENT = ("capital_adequacy", "What moved the ratio")
"""Whose sentence speaks of the steps that the figure shows, computed from the rows."""


@dataclass(frozen=True)
class Said:
    """A sentence of a page.

    Attributes:
        key: Name of the page and of the chart.
        sentence: The sentence.
        rows: Rows that the chart draws; None where it draws nothing.
    """

    key: tuple[str, str]
    sentence: str
    rows: Rows | None

    @property
    def problems(self) -> list[str]:
        """What is not true of the sentence."""
        if self.rows is None:
            is_said = _NOTHING.fullmatch(self.sentence)
            return [] if is_said else ["is said of nothing"]
        if self.key not in CHARTS:
            return ["is judged by nothing"]
        return judge(CHARTS[self.key].forms, self.sentence, self.rows)


def sentences_of(page: str, text: str) -> list[Said]:
    """The sentences of a page.

    Args:
        page: Its name.
        text: Its HTML.
    """
    data = {anchor: json.loads(found) for anchor, found in _DATA.findall(text)}
    said = []
    for anchor, name, sentence in _SENTENCE.findall(text):
        key = (page, html.unescape(name))
        words = " ".join(html.unescape(sentence).split())
        carried = data.get(anchor)
        said.append(Said(key, words, None if carried is None else rows_of(key, carried)))
    return said


def rows_of(key: tuple[str, str], carried: Mapping[str, Any]) -> Rows:
    """The rows that a chart's sentence speaks of.

    Args:
        key: Name of the page and of the chart.
        carried: What the page carries of the chart.
    """
    names, data = carried["rows"]["columns"], carried["rows"]["data"]
    rows = [dict(zip(names, row, strict=True)) for row in data]
    return _steps(rows, carried["figure"]["data"][0]) if key == MOVEMENT else rows


def _steps(rows: Sequence[Mapping[str, str | None]], trace: Mapping[str, Any]) -> Rows:
    """The steps of the waterfall between two ratios, with both dates and ratios of the rows."""
    ends = sorted(
        (str(row["reporting_date"]), row["ratio"]) for row in rows if row["part"] == "adequacy"
    )
    facts = {
        "from_date": ends[0][0],
        "from_ratio": ends[0][1],
        "to_date": ends[-1][0],
        "to_ratio": ends[-1][1],
    }
    return [
        {"label": str(label), "amount": str(amount), "measure": measure, **facts}
        for label, amount, measure in zip(trace["x"], trace["y"], trace["measure"], strict=True)
    ]
