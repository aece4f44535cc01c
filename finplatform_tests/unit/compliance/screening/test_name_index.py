"""Names are found by what people and machines do to them, and others are not."""

import polars as pl
import pytest

from finplatform.compliance.screening.name_index import NameIndex
from finplatform.compliance.screening.screener import LEAST_SCORE

LISTED = [
    "AL-ZAWAHIRI, Ayman Muhammad",
    "CRUZ, Juan M. de la",
    "KADDOURA, Ali Ahmad",
    "BOGACHEV, Evgeniy Mikhaylovich",
    "DEL NOGAL MARQUEZ, Walter Alexander",
    "VALIULIN, Timur Samirovich",
    "MUNOZ MEJIA, Jhonny German",
    "KIM, Yong Chol",
    "HUSSEIN, Saddam",
    "RAMIREZ GARCIA, Hernan Felipe",
    "ANYUKHINA, Anna Vladimirovna",
    "SALAZAR, Oscar",
]
INDEX = NameIndex(pl.Series(LISTED))


def _best(name: str) -> tuple[str | None, float]:
    found = INDEX.search(pl.Series([name]), 0.5)
    return (LISTED[found["name"][0]], found["score"][0]) if found.height else (None, 0.0)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("Ayman Muhammad al Zawahiri", 0),
        ("Ayman Mohamed ALZAWAHIRI", 0),
        ("Dr. Ayman Muhammad Zawahri", 0),
        ("AL-ZAW AHIRI, Ayman Muhammad", 0),
        ("Juan de la Cruz", 1),
        ("K. Ali Ahmad", 2),
        ("Yevgeny Bogachov Mikhailovich", 3),
        ("DELNOGAL MARQUEZ Walter Alexander", 4),
        ("VALIULIN, Samirovich", 5),
        ("MNZ MJ, Jhnny Grmn", 6),
        ("KIM Yong-Chol", 7),
        ("Sadam Husein", 8),
        ("ANYUKHINA, Anna Vlad", 10),
        ("S\u0430lazar, Osc\u0430r Jr.", 11),
    ],
)
def test_a_name_is_found_however_it_was_written(name: str, place: int) -> None:
    assert _best(name) == (LISTED[place], pytest.approx(1, abs=1 - LEAST_SCORE))


@pytest.mark.parametrize(
    "name",
    [
        "John Smith",
        "Saddam Kaddoura",
        "Ayman Hernan",
        "KIM Oscar",
        "HrnN, Saddam",
        "Ali Muhammad",
        "Garcia Walter",
        "Anna Valiulin",
        "",
        "-",
    ],
)
def test_a_name_of_somebody_else_is_no_hit(name: str) -> None:
    assert _best(name)[1] < LEAST_SCORE


def test_a_missing_listed_word_costs_less_than_one_of_ours_that_is_not_there() -> None:
    full = _best("Timur Samirovich Valiulin")[1]
    shorter = _best("Timur Valiulin")[1]
    longer = _best("Timur Samirovich Petrov Valiulin")[1]
    assert full > shorter > longer


def test_a_name_without_the_last_listed_word_waits_for_other_evidence() -> None:
    assert 0.88 < _best("Kaddoura Ali")[1] < LEAST_SCORE


def test_another_order_of_all_words_costs_nothing() -> None:
    assert _best("Muhammad Ayman Zawahiri")[1] == pytest.approx(_best(LISTED[0])[1], abs=0.001)


def test_a_discount_lowers_the_score_of_its_name() -> None:
    index = NameIndex(pl.Series(["Juan Perez", "Juan Perez"]), discounts=[1.0, 0.9])  # type: ignore[arg-type]
    found = index.search(pl.Series(["Juan Perez"]), 0.5)
    assert found["score"].to_list() == [pytest.approx(1), pytest.approx(0.9)]
    assert found["name"].to_list() == [0, 1]


def test_many_names_at_once_are_found_as_one_by_one() -> None:
    names = [*LISTED, "John Smith", "", "Ayman Zawahri"]
    together = INDEX.search(pl.Series(names), 0.5)
    for place, name in enumerate(names):
        alone = INDEX.search(pl.Series([name]), 0.5)
        here = together.filter(pl.col("query") == place)
        assert here["name"].to_list() == alone["name"].to_list(), name
        assert here["score"].to_list() == pytest.approx(alone["score"].to_list())


def test_an_index_without_names_finds_nothing() -> None:
    empty = NameIndex(pl.Series([], dtype=pl.String))
    assert empty.search(pl.Series(["Juan Perez"]), 0.5).height == 0
    assert INDEX.search(pl.Series([], dtype=pl.String), 0.5).height == 0
