"""Only what is new or has changed is screened again."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from finplatform.compliance.screening.changes import Known, plan, screened
from finplatform.compliance.screening.subjects import MATCHES


def _known(subjects: dict[str, str], parties: dict[str, str]) -> Known:
    return Known(
        pl.DataFrame(
            {
                "subject_kind": ["CUSTOMER"] * len(subjects),
                "subject_id": list(subjects),
                "subject_version": list(subjects.values()),
            },
            schema=dict.fromkeys(("subject_kind", "subject_id", "subject_version"), pl.String),
        ),
        pl.DataFrame(
            {
                "list_code": ["L"] * len(parties),
                "entity_id": list(parties),
                "party_version": list(parties.values()),
            },
            schema=dict.fromkeys(("list_code", "entity_id", "party_version"), pl.String),
        ),
    )


@dataclass
class _MatchesAll:
    """Finds every subject to be every party, and notes what it was asked."""

    parties: list[str]
    asked: list[tuple[tuple[str, ...], tuple[str, ...] | None]] = field(default_factory=list)

    def screen(self, subjects: pl.DataFrame, only: pl.DataFrame | None = None) -> pl.DataFrame:
        chosen = self.parties if only is None else only["entity_id"].to_list()
        names = tuple(subjects["subject_id"])
        self.asked.append((names, None if only is None else tuple(chosen)))
        rows = [
            {
                "subject_kind": "CUSTOMER", "subject_id": subject, "list_code": "L",
                "entity_id": party, "score": 1.0,
            }
            for subject in names
            for party in chosen
        ]  # fmt: skip
        return pl.DataFrame(rows, schema=MATCHES)


def _opener(subjects: pl.DataFrame) -> Iterator[pl.DataFrame]:
    yield from subjects.iter_slices(2)


def _run(
    now: Known, before: Known, hits: pl.DataFrame
) -> tuple[pl.DataFrame, list[tuple[tuple[str, ...], tuple[str, ...] | None]]]:
    screener = _MatchesAll(now.parties["entity_id"].to_list())
    return screened(plan(now, before, hits), now, screener, _opener), screener.asked


def _pairs(hits: pl.DataFrame) -> set[tuple[str, str]]:
    return set(hits.select("subject_id", "entity_id").rows())


NOTHING = _known({}, {})
FIRST = _known({"a": "1", "b": "1", "c": "1"}, {"x": "1", "y": "1"})


def _first() -> pl.DataFrame:
    no_hits = MATCHES.to_frame().with_columns(
        pl.lit(None, pl.String).alias(name)
        for name in ("subject_version", "party_version", "hit_id")
    )
    return _run(FIRST, NOTHING, no_hits)[0]


def test_at_first_everybody_is_screened_against_everything() -> None:
    hits = _first()
    assert _pairs(hits) == {(s, p) for s in "abc" for p in "xy"}
    assert hits["hit_id"].n_unique() == hits.height


def test_where_nothing_changes_nothing_is_opened() -> None:
    hits, asked = _run(FIRST, FIRST, _first())
    assert asked == []
    assert hits.equals(_first().select(hits.columns))


def test_a_changed_subject_is_screened_against_everything_and_the_others_are_not() -> None:
    now = _known({"a": "1", "b": "2", "c": "1"}, {"x": "1", "y": "1"})
    hits, asked = _run(now, FIRST, _first())
    assert asked == [(("b",), None)]
    assert _pairs(hits) == _pairs(_first())
    assert set(hits.filter(pl.col("subject_id") == "b")["subject_version"]) == {"2"}


def test_a_new_party_is_compared_with_everybody_and_the_others_are_not() -> None:
    now = _known({"a": "1", "b": "1", "c": "1"}, {"x": "1", "y": "1", "z": "1"})
    hits, asked = _run(now, FIRST, _first())
    assert asked == [(("a", "b"), ("z",)), (("c",), ("z",))]
    assert _pairs(hits) == {(s, p) for s in "abc" for p in "xyz"}


def test_a_changed_subject_and_a_changed_party_meet_once() -> None:
    now = _known({"a": "1", "b": "2", "c": "1"}, {"x": "2", "y": "1"})
    hits, asked = _run(now, FIRST, _first())
    assert asked == [(("b",), None), (("a", "c"), ("x",))]
    assert _pairs(hits) == _pairs(_first())
    assert hits["hit_id"].n_unique() == hits.height


def test_hits_of_what_is_gone_go() -> None:
    now = _known({"a": "1", "c": "1"}, {"x": "1"})
    hits, asked = _run(now, FIRST, _first())
    assert asked == []
    assert _pairs(hits) == {("a", "x"), ("c", "x")}


def test_the_same_two_have_the_same_hit_whenever_they_meet() -> None:
    now = _known({"a": "9", "b": "1", "c": "1"}, {"x": "1", "y": "1"})
    hits, _ = _run(now, FIRST, _first())
    keys = ["subject_id", "entity_id", "hit_id"]
    assert set(hits.select(keys).rows()) == set(_first().select(keys).rows())
