"""Every computed sentence of the report pages is true of the rows that its chart draws.

The judges are a second opinion: they import nothing of the package, take the sentence apart as a
reader does, and hold every name, figure, count and move against the rows that the page carries.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from finplatform.reporting.catalog.pages import PAGES
from finplatform_tests.oracle.sentences.judged import CHARTS
from finplatform_tests.oracle.sentences.made import BANKS, Source
from finplatform_tests.oracle.sentences.pages import Said
from finplatform_tests.said import said_of

HERE = Path(__file__).parent
CURRENCY = "EUR"
SEEDS = range(3)
OF_PAGES = {(page.name, chart.name): chart for page in PAGES for chart in page.charts}
LONG = re.compile(r"\d(?:[\d,.]*\d){11}")
"""Numbers of so many digits that not all of them are exact."""
OPPOSITES = (
    ("up ", "down "), ("down ", "up "), ("most", "least"), ("highest", "lowest"), ("rose", "fell"),
    ("above", "below"), ("better", "worse"), (" and ", " or "),
)  # fmt: skip


def made(key: tuple[str, str], bank: str, seed: int) -> Said | None:
    """What a chart says of made rows; None where a bank has none."""
    cells = CHARTS[key].made(Source(bank, seed))
    if not cells:
        return None
    return said_of(key[0], OF_PAGES[key], pd.DataFrame(cells, dtype=object), CURRENCY)


def lies(sentence: str) -> Iterator[str]:
    """Sentences that differ from one by a digit, by a word, or by what it says of a tie."""
    for found in re.finditer(r"\d(?![,.]?\d)", sentence):
        if not any(number.end() == found.end() for number in LONG.finditer(sentence)):
            other = (int(found[0]) + 3) % 10
            yield f"{sentence[: found.start()]}{other}{sentence[found.end() :]}"
    for word, opposite in OPPOSITES:
        if word in sentence:
            yield sentence.replace(word, opposite, 1)
    silent = re.sub(r" \((level with|the only one)[^)]*\)", "", sentence)
    if silent != sentence:
        yield silent


def test_the_sentence_of_every_chart_is_judged() -> None:
    assert set(CHARTS) == set(OF_PAGES)


@pytest.mark.parametrize("key", OF_PAGES, ids=" ".join)
def test_a_sentence_is_true_of_rows_with_any_extremes(key: tuple[str, str]) -> None:
    wrong = [
        f"{bank} bank, {seed}: {said.sentence} [{problem}]"
        for bank in BANKS
        for seed in SEEDS
        if (said := made(key, bank, seed)) is not None
        for problem in said.problems
    ]
    assert not wrong, "\n".join(wrong[:5])


@pytest.mark.parametrize("key", OF_PAGES, ids=" ".join)
def test_a_lie_is_noticed(key: tuple[str, str]) -> None:
    believed, told = [], 0
    for bank in ("plain", "large", "tied"):
        said = made(key, bank, 1)
        if said is None:
            continue
        for lie in lies(said.sentence):
            told += 1
            if not Said(key, lie, said.rows).problems:
                believed.append(lie)
    assert not believed, "\n".join(believed[:5])
    assert told


@pytest.mark.parametrize(
    "path",
    [path for path in HERE.glob("*.py") if not path.name.startswith("test_")],
    ids=lambda path: path.stem,
)
def test_the_judges_import_the_standard_library_and_each_other_alone(path: Path) -> None:
    modules = [
        name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    ]
    foreign = {
        module
        for module in modules
        if module.partition(".")[0] not in sys.stdlib_module_names
        and not module.startswith("finplatform_tests.oracle.sentences")
    }
    assert not foreign
