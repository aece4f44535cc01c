"""Default models on the real public loan books.

Skipped without the data: `FINPLATFORM_TEST_DATA` names the folder that holds `credit_german/`,
`credit_taiwan/` and `berka/`. All books in full take minutes (`finplatform bench credit`); here
the one with a test in time runs whole, and, with `make test-graph`, one repeat of the German one.
"""

import os
from pathlib import Path

import pytest

from finplatform.bench.credit import ACCEPTANCE, run_book
from finplatform.bench.credit_data import LOADERS

_ROOT = os.environ.get("FINPLATFORM_TEST_DATA")
FOLDER = Path(_ROOT) if _ROOT else None
NEEDED = ("credit_german", "credit_taiwan", "berka")

pytestmark = pytest.mark.skipif(
    FOLDER is None or not all((FOLDER / name).is_dir() for name in NEEDED),
    reason=f"FINPLATFORM_TEST_DATA holds no {', '.join(NEEDED)}",
)


@pytest.mark.parametrize(
    ("name", "rows", "bad"),
    [("german", 1000, 300), ("taiwan", 30_000, 6636), ("berka", 682, 76)],
)
def test_a_book_has_the_published_rows_and_bad_loans(name: str, rows: int, bad: int) -> None:
    assert FOLDER is not None
    book = LOADERS[name](FOLDER)
    assert (book.features.height, int(book.outcome.sum())) == (rows, bad)
    barred = ("sex", "gender", "marri", "status_and_sex", "foreign", "nationality")
    assert not [c for c in book.features.columns if any(word in c.lower() for word in barred)]


def test_the_czech_bank_is_predicted_out_of_time_as_well_as_accepted() -> None:
    assert FOLDER is not None
    judged = run_book(LOADERS["berka"](FOLDER))
    assert judged["protocol"] == "out of time"
    assert judged["test_rows"] == 354
    assert judged["models"]["champion"]["auc"] >= ACCEPTANCE["berka"]


@pytest.mark.graph
def test_one_repeat_of_the_german_book_comes_near_the_accepted_figure() -> None:
    """One cut of a thousand rows scatters by about 0.004 around the mean of five."""
    assert FOLDER is not None
    judged = run_book(LOADERS["german"](FOLDER), repeats=1)
    assert judged["models"]["champion"]["auc"] >= ACCEPTANCE["german"] - 0.012
    assert 0.8 < judged["models"]["champion"]["calibration_slope"] < 1.2
