"""The protocol on a loan book of known truth."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import stats

from finplatform.bench import credit, credit_peers
from finplatform.bench.credit_data import LoanBook
from finplatform.bench.credit_figures import reliability
from finplatform.ml import metrics
from finplatform.ml.calibration import probability
from finplatform.reporting.credit_bench_page import credit_bench_page

ROWS = 900


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return np.random.default_rng(1).normal(-1.2, 1.2, ROWS)


@pytest.fixture(scope="module")
def book(truth: np.ndarray) -> LoanBook:
    rng = np.random.default_rng(2)
    return LoanBook(
        name="made",
        title="Made <b>here</b>",
        features=pl.DataFrame({"x": truth, "noise": rng.normal(size=ROWS)}),
        outcome=(rng.random(ROWS) < probability(truth)).astype(float),
        is_test=np.arange(ROWS) >= 600,
        notes=(),
    )


@pytest.fixture(scope="module")
def judged(book: LoanBook) -> dict:
    return credit.run_book(book, with_peers=False)


def test_the_figures_come_near_those_of_the_truth(
    judged: dict, book: LoanBook, truth: np.ndarray
) -> None:
    best = metrics.auc(book.outcome[600:], truth[600:])
    champion = judged["models"]["champion"]
    assert best - 0.03 < champion["auc"] <= best + 0.01
    assert champion["gini"] == pytest.approx(2 * champion["auc"] - 1)
    assert champion["auc_interval"][0] < champion["auc"] < champion["auc_interval"][1]
    assert judged["test_rows"] == 300


def test_outcomes_of_the_test_change_nothing_that_is_predicted_or_chosen(
    judged: dict, book: LoanBook
) -> None:
    turned = np.where(np.arange(ROWS) < 600, book.outcome, 1 - book.outcome)
    again = credit.run_book(replace(book, outcome=turned), with_peers=False)
    assert again["comparisons"] == judged["comparisons"]
    for kind, model in again["models"].items():
        assert model["mean_pd"] == judged["models"][kind]["mean_pd"]
        assert model["auc"] == pytest.approx(1 - judged["models"][kind]["auc"])


def test_repeated_folds_predict_every_row(book: LoanBook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credit, "FOLDS", 2)
    found = credit.run_book(replace(book, is_test=None), repeats=1, with_peers=False)
    assert found["test_rows"] == ROWS
    assert sum(found["wins"].values()) == len(found["comparisons"]) == 2
    assert found["models"]["scorecard"]["auc"] > 0.7


def test_the_number_of_processes_changes_no_figure(book: LoanBook, judged: dict) -> None:
    again = credit.run_book(book, jobs=2, with_peers=False)
    assert again.pop("search_seconds").keys() == judged["search_seconds"].keys()
    assert again == {name: value for name, value in judged.items() if name != "search_seconds"}


def test_peers_predict_the_same_rows_and_change_no_figure_of_the_contest(
    book: LoanBook, judged: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credit_peers, "DRAWS", 3)
    found = credit.run_book(book)
    assert set(found["models"]) == {*judged["models"], *credit_peers.PEERS}
    for kind, model in judged["models"].items():
        assert found["models"][kind] == model
    searched = found["models"][credit_peers.WIDE_SEARCH]["auc"]
    assert found["boosting_gap"] == searched - found["models"]["boosting"]["auc"]
    assert all(seconds > 0 for seconds in found["search_seconds"].values())
    assert searched > 0.7
    assert "wide search" in credit_bench_page([found])


def test_every_candidate_is_judged_and_one_wins_each_fold(judged: dict) -> None:
    assert set(judged["models"]) == {"champion", *credit.CANDIDATES}
    (comparison,) = judged["comparisons"]
    assert judged["wins"][comparison["champion"]] == 1
    assert judged["models"]["champion"] == judged["models"][comparison["champion"]]


def test_points_of_the_plot_have_wilsons_interval() -> None:
    outcome = np.repeat([1.0, 0.0], [30, 70])
    (point,) = reliability(outcome, np.full(100, 0.25), bins=1)
    wilson = stats.binomtest(30, 100).proportion_ci(method="wilson")
    assert (point["predicted"], point["observed"]) == (0.25, 0.3)
    assert (point["lower"], point["upper"]) == pytest.approx((wilson.low, wilson.high))


def test_points_of_the_plot_are_in_order_and_hold_every_row() -> None:
    rng = np.random.default_rng(3)
    pd = rng.random(1003)
    points = reliability((rng.random(1003) < pd).astype(float), pd)
    assert sum(point["rows"] for point in points) == 1003
    predicted = [point["predicted"] for point in points]
    assert predicted == sorted(predicted)


def test_the_page_shows_every_figure_and_escapes_titles(judged: dict) -> None:
    page = credit_bench_page([judged])
    assert f"{judged['models']['champion']['auc']:.3f}" in page
    assert "<svg" in page
    assert "<b>here" not in page
    assert page.count("<script") == 1, "the script of the house alone"
