"""Screening evaluated by an open benchmark on a published list, and its speed on many names.

The benchmark varies the names of all listed people as people and machines do, and makes up names
that no listed person bears. The index is `finplatform.compliance.screening`.
"""

import csv
import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from finplatform.compliance.screening.evidence import NAME_DISCOUNTS
from finplatform.compliance.screening.lists import NameKind
from finplatform.compliance.screening.name_index import NameIndex
from finplatform.compliance.screening.screener import LEAST_SCORE
from finplatform.errors import FinplatformError

LEAST_RECALL, MOST_FALSE_POSITIVES = 0.95, 0.02
"""Required recall of screening."""

_SEED = 20_260_227
_AT_ONCE = 250_000
_NOTHING = ("", "-0-")


@dataclass(frozen=True)
class ListedPerson:
    """A person on the list.

    Attributes:
        entity_id: Number on the list.
        names: Name as listed, then other names.
    """

    entity_id: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """A name that is looked up.

    Attributes:
        query: The name.
        expected: Number of the person it is of; None for an unlisted name.
        kind: Kind of variation.
        family: Group of kinds.
        half: Half that the person, or what it was made from, belongs to: 0 or 1.
    """

    query: str
    expected: str | None
    kind: str
    family: str
    half: int


def read_people(folder: Path) -> list[ListedPerson]:
    """Individuals of OFAC's list as published: `sdn.csv` and `alt.csv`.

    Raises:
        FinplatformError: If the files are not there.
    """
    parties = {row[0].strip(): row for row in _rows(folder / "sdn.csv")}
    names: dict[str, list[str]] = {
        number: [row[1].strip()]
        for number, row in parties.items()
        if row[2].strip().lower() == "individual"
    }
    for row in _rows(folder / "alt.csv"):
        number, name = row[0].strip(), row[3].strip()
        if number in names and name not in (*_NOTHING, *names[number]):
            names[number].append(name)
    return [ListedPerson(number, tuple(found)) for number, found in names.items()]


def cases(people: Sequence[ListedPerson]) -> tuple[list[ListedPerson], list[Case]]:
    """People that the benchmark takes, and its cases.

    Raises:
        FinplatformError: If the benchmark is not installed.
    """
    try:
        from ssb.benchmark import build  # type: ignore[import-untyped]
        from ssb.sources import Entity, ListSnapshot  # type: ignore[import-untyped]
    except ImportError:
        raise FinplatformError(
            "The benchmark of screening is not installed.",
            "Install the development dependencies: uv pip install sanctions-screening-benchmark",
        ) from None
    entities = [
        Entity(one.entity_id, one.names[0], "individual", [], list(one.names[1:])) for one in people
    ]
    made = build(ListSnapshot("OFAC SDN", "", entities), limit=None)
    chosen = [ListedPerson(number, tuple(names)) for number, names in made.candidates.items()]
    return chosen, [
        Case(
            case.query,
            case.expected_entity_id,
            case.perturbation,
            case.family,
            _half(case.source_name or ""),
        )
        for case in made.cases
    ]


def index_of(people: Sequence[ListedPerson]) -> tuple[NameIndex, list[str]]:
    """The index of people's names, and whose each name is."""
    owner = [one.entity_id for one in people for _ in one.names]
    kinds = [
        NameKind.PRIMARY if place == 0 else NameKind.ALIAS
        for one in people
        for place, _ in enumerate(one.names)
    ]
    names = pl.Series([name for one in people for name in one.names], dtype=pl.String)
    return NameIndex(names, np.array([NAME_DISCOUNTS[kind] for kind in kinds])), owner


def judge(
    people: Sequence[ListedPerson], made: Sequence[Case], least: float = LEAST_SCORE
) -> dict[str, Any]:
    """Recall and false positives at a score.

    A case counts as found when the best listed name with at least that score is of the person it
    was made from; another person's is a miss. A made-up name is a false positive when any listed
    name has that score.

    Args:
        people: Listed people.
        made: Cases.
        least: Least score of a hit.
    """
    began = time.perf_counter()
    index, owner = index_of(people)
    found = index.search(pl.Series([case.query for case in made], dtype=pl.String), least)
    seconds = time.perf_counter() - began
    best = found.unique("query", keep="first", maintain_order=True)
    hit = dict(best.select("query", "name").iter_rows())
    right = [
        (owner[hit[place]] == case.expected) if place in hit else False
        for place, case in enumerate(made)
    ]
    fired = [place in hit for place in range(len(made))]
    return {
        "people": len(people),
        "names": sum(len(one.names) for one in people),
        "least_score": least,
        **_rates(made, right, fired),
        "halves": [_rates(*_of_half(made, right, fired, half)) for half in (0, 1)],
        "kinds": _by_kind(made, right, fired),
        "seconds": round(seconds, 2),
    }


def many_names(people: Sequence[ListedPerson], count: int) -> pl.Series:
    """Distinct names of one family and one given name, of different listed people mostly.

    Every word of them is on the list, which is the most that an index can be given to do.
    """
    families = _distinct(one.names[0].split(",")[0] for one in people)
    given = _distinct(one.names[0].partition(",")[2].split(" ")[-1] for one in people)
    rng = np.random.default_rng(_SEED)
    count = min(count, len(families) * len(given))
    pairs = rng.choice(len(families) * len(given), count, replace=False)
    return pl.Series(families).gather(pairs // len(given)) + " " + pl.Series(given).gather(
        pairs % len(given)
    )  # fmt: skip


def speed(people: Sequence[ListedPerson], count: int) -> dict[str, Any]:
    """Seconds to screen many names against all names of the list, the index included."""
    names = many_names(people, count)
    began = time.perf_counter()
    index, _ = index_of(people)
    hits = 0
    for start in range(0, len(names), _AT_ONCE):
        found = index.search(names.slice(start, _AT_ONCE), LEAST_SCORE, workers=2)
        hits += found["query"].n_unique()
    seconds = time.perf_counter() - began
    return {
        "names": len(names),
        "seconds": round(seconds, 1),
        "names_a_second": round(len(names) / seconds),
        "with_a_hit": hits,
    }


def _rates(made: Sequence[Case], right: Sequence[bool], fired: Sequence[bool]) -> dict[str, Any]:
    listed = np.array([case.expected is not None for case in made])
    is_right, has_fired = np.array(right), np.array(fired)
    return {
        "positives": int(listed.sum()),
        "negatives": int((~listed).sum()),
        "recall": round(float(is_right[listed].mean()), 4),
        "false_positive_rate": round(float(has_fired[~listed].mean()), 4),
    }


def _of_half(
    made: Sequence[Case], right: Sequence[bool], fired: Sequence[bool], half: int
) -> tuple[list[Case], list[bool], list[bool]]:
    places = [place for place, case in enumerate(made) if case.half == half]
    return (
        [made[place] for place in places],
        [right[place] for place in places],
        [fired[place] for place in places],
    )


def _by_kind(
    made: Sequence[Case], right: Sequence[bool], fired: Sequence[bool]
) -> list[dict[str, Any]]:
    frame = pl.DataFrame(
        {
            "family": [case.family for case in made],
            "kind": [case.kind for case in made],
            "counted": [
                right[place] if case.expected is not None else fired[place]
                for place, case in enumerate(made)
            ],
        }
    )
    grouped = frame.group_by("family", "kind").agg(
        cases=pl.len(), share=pl.col("counted").mean().round(4)
    )
    return grouped.sort("family", "kind").rows(named=True)


def _half(text: str) -> int:
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()[-1] % 2


def _distinct(words: Iterable[str]) -> list[str]:
    return sorted({word.strip() for word in words if len(word.strip()) > 1})


def _rows(path: Path) -> list[list[str]]:
    try:
        with path.open(encoding="latin-1", newline="") as stream:
            return [row for row in csv.reader(stream) if len(row) > 1]
    except OSError as error:
        raise FinplatformError(
            f"The list {path} cannot be read ({error.strerror}).",
            "Name the folder that holds sanctions/ofac with sdn.csv and alt.csv.",
        ) from error
