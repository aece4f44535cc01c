"""Screening subjects against listed parties.

People are compared with people, organisations with everything else that is listed. Belongs here:
from subjects in clear to matches without a name. Does not belong here: whom to screen again (see
`changes`), and what was decided of a match (see `decisions`).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from finplatform.compliance.screening import lists
from finplatform.compliance.screening.evidence import NAME_DISCOUNTS, weighed
from finplatform.compliance.screening.lists import PARTY, PERSON, NameKind
from finplatform.compliance.screening.name_index import NameIndex
from finplatform.compliance.screening.subjects import MATCHES, SUBJECT

LEAST_SCORE = 0.925
"""Score from which on a match is a hit, and the threshold at which names are benchmarked."""

_LEAST_OF_NAMES = 0.88
"""Score of the names alone below which no other evidence makes a hit."""


@dataclass(frozen=True)
class _Index:
    """Names of some listed parties, to be searched."""

    names: pl.DataFrame
    found: NameIndex


class Screener:
    """Screens subjects against listed parties.

    Args:
        parties: Listed parties as `silver.stg_sanctions_entities` holds them.
        codes: `country` and `country_name` of the world's countries.
    """

    def __init__(self, parties: pl.DataFrame, codes: pl.DataFrame) -> None:
        self._names = lists.listed_names(parties)
        self._births = lists.births(parties)
        self._countries = lists.countries(parties, codes)

    def screen(
        self,
        subjects: pl.DataFrame,
        only: pl.DataFrame | None = None,
        least: float = LEAST_SCORE,
    ) -> pl.DataFrame:
        """Matches of subjects, the best name of each party.

        Args:
            subjects: Whom to screen, by `subjects.SUBJECTS`.
            only: Parties to screen against, by `PARTY`; None: all.
            least: Least score.

        Returns:
            Matches by `subjects.MATCHES`, in the order of subject and party.
        """
        found = [
            self._matches(subjects.filter(pl.col("is_person") == is_person), index, only)
            for is_person, index in ((True, self._people), (False, self._others))
        ]
        evidence = weighed(pl.concat(found), self._births, self._countries)
        best = evidence.filter(pl.col("score") >= least).sort(
            *SUBJECT, *PARTY, "score", "name_kind", descending=[False] * 4 + [True, True]
        )
        return best.unique([*SUBJECT, *PARTY], keep="first", maintain_order=True).select(
            MATCHES.names()
        )

    @cached_property
    def _people(self) -> _Index:
        return self._index(pl.col("entity_type") == PERSON)

    @cached_property
    def _others(self) -> _Index:
        return self._index(pl.col("entity_type") != PERSON)

    def _index(self, which: pl.Expr) -> _Index:
        names = self._names.filter(which)
        discounts = [NAME_DISCOUNTS[NameKind(kind)] for kind in names["name_kind"]]
        return _Index(names, NameIndex(names["listed_name"], np.array(discounts)))

    def _matches(
        self, subjects: pl.DataFrame, index: _Index, only: pl.DataFrame | None
    ) -> pl.DataFrame:
        found = index.found.search(subjects["name"], _LEAST_OF_NAMES)
        named = index.names.select(*PARTY, "name_kind").with_row_index("name")
        about = subjects.select(*SUBJECT, "birth_date", "countries").with_row_index("query")
        number = pl.col("name", "query").cast(pl.UInt32)
        matches = (
            found.with_columns(number)
            .rename({"score": "name_score"})
            .with_columns(pl.col("name_score").cast(pl.Float64))
            .join(named, on="name")
            .join(about, on="query")
        )
        return matches if only is None else matches.join(only, on=PARTY, how="semi")
