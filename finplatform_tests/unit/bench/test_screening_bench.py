"""The figures of screening are those that the benchmark itself would give."""

import pytest

from finplatform.bench.screening import ListedPerson, cases, index_of, judge, many_names
from finplatform.compliance.screening.screener import LEAST_SCORE

ssb = pytest.importorskip("ssb.benchmark")
sources = pytest.importorskip("ssb.sources")

PEOPLE = [
    ListedPerson("1", ("ZAVARIKIN, Boris Olegovich", "ZAVARYKIN, Boris")),
    ListedPerson("2", ("AL-MORDANI, Yusuf Karim",)),
    ListedPerson("3", ("QUILLO BRAMWICK, Teresa", "BRAMWICK, Teresa")),
    ListedPerson("4", ("OSWENNA, Drusko",)),
    ListedPerson("5", ("PARK, Chong Su",)),
    ListedPerson("6", ("TARQUIL, Ysolt Maria",)),
]


def test_recall_and_false_positives_are_the_benchmarks_own() -> None:
    chosen, made = cases(PEOPLE)
    judged = judge(chosen, made)
    index, _ = index_of(chosen)
    names = [name for one in chosen for name in one.names]
    place = {name: number for number, name in enumerate(names)}

    def matcher(query: str, candidate: str) -> float:
        found = by_query.get(query)
        if found is None:
            import polars as pl

            rows = index.search(pl.Series([query]), LEAST_SCORE)
            found = by_query[query] = dict(rows.select("name", "score").iter_rows())
        return found.get(place[candidate], 0.0)

    by_query: dict[str, dict[int, float]] = {}
    entities = [
        sources.Entity(one.entity_id, one.names[0], "individual", [], list(one.names[1:]))
        for one in PEOPLE
    ]
    theirs = ssb.score(
        ssb.build(sources.ListSnapshot("x", "", entities), limit=None), matcher, LEAST_SCORE
    )
    assert judged["recall"] == pytest.approx(theirs.overall_recall, abs=1e-4)
    assert judged["false_positive_rate"] == pytest.approx(theirs.false_positive_rate, abs=1e-4)


def test_halves_and_kinds_cover_every_case() -> None:
    chosen, made = cases(PEOPLE)
    judged = judge(chosen, made)
    assert sum(half["positives"] + half["negatives"] for half in judged["halves"]) == len(made)
    assert sum(row["cases"] for row in judged["kinds"]) == len(made)


def test_names_for_the_speed_are_distinct_and_the_same_each_time() -> None:
    names = many_names(PEOPLE, 20)
    assert names.n_unique() == len(names) == 20
    assert names.to_list() == many_names(PEOPLE, 20).to_list()
    assert len(many_names(PEOPLE, 10_000)) == 36
