"""Evidence of birth dates and countries for a similar name, and the total score.

Belongs here: the evidence, its weight, and the reason as text, which contains no name. Does not
belong here: the similarity of names (see `comparison`).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import polars as pl

from finplatform.compliance.screening.lists import PARTY, NameKind


class BirthEvidence(StrEnum):
    """How the subject's birth and the party's go together.

    Attributes:
        SAME_DAY: The same day.
        WITHIN: Within the month, year or span that the list gives.
        NEAR: Less than a year away.
        DIFFERENT: Further away.
        UNKNOWN: One of them is not known.
    """

    SAME_DAY = "SAME_DAY"
    WITHIN = "WITHIN"
    NEAR = "NEAR"
    DIFFERENT = "DIFFERENT"
    UNKNOWN = "UNKNOWN"


class CountryEvidence(StrEnum):
    """Whether the subject and the party share a country.

    Attributes:
        SHARED: They share one.
        DIFFERENT: They share none.
        UNKNOWN: Of one of them none is known.
    """

    SHARED = "SHARED"
    DIFFERENT = "DIFFERENT"
    UNKNOWN = "UNKNOWN"


BIRTH_WEIGHTS = {
    BirthEvidence.SAME_DAY: 0.04,
    BirthEvidence.WITHIN: 0.02,
    BirthEvidence.NEAR: 0.0,
    BirthEvidence.DIFFERENT: -0.06,
    BirthEvidence.UNKNOWN: 0.0,
}
"""What is added to the score of the names. A different birth alone rules nothing out: lists err."""

COUNTRY_WEIGHTS = {
    CountryEvidence.SHARED: 0.01,
    CountryEvidence.DIFFERENT: -0.01,
    CountryEvidence.UNKNOWN: 0.0,
}

NAME_DISCOUNTS = {NameKind.PRIMARY: 1.0, NameKind.ALIAS: 0.99, NameKind.WEAK_ALIAS: 0.97}
"""Number by which the score of a name is multiplied, by its kind."""

_YEAR = 366
_RANKS = (
    BirthEvidence.UNKNOWN,
    BirthEvidence.DIFFERENT,
    BirthEvidence.NEAR,
    BirthEvidence.WITHIN,
    BirthEvidence.SAME_DAY,
)

_BIRTH_WORDS = {
    BirthEvidence.SAME_DAY: "born on the same day",
    BirthEvidence.WITHIN: "born within the time listed",
    BirthEvidence.NEAR: "born less than a year apart",
    BirthEvidence.DIFFERENT: "born at another time",
    BirthEvidence.UNKNOWN: "birth not known",
}
_COUNTRY_WORDS = {
    CountryEvidence.SHARED: "a country in common",
    CountryEvidence.DIFFERENT: "no country in common",
    CountryEvidence.UNKNOWN: "country not known",
}
_NAME_WORDS = {
    NameKind.PRIMARY: "the name listed",
    NameKind.ALIAS: "another name listed",
    NameKind.WEAK_ALIAS: "a weak alias",
}


def weighed(matches: pl.DataFrame, births: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    """Matches with their evidence, the score of all, and the reason in words.

    A weak alias counts only with a matching birth date, or with a common country if no birth date
    contradicts it.

    Args:
        matches: Subject and party with `name_score`, `name_kind`, `matched`, `otherwise`,
            `missing`, and of the subject `birth_date` and `countries`.
        births: Births of parties as `lists.births` gives them.
        countries: Countries of parties as `lists.countries` gives them.
    """
    numbered = matches.with_row_index("_row")
    judged = numbered.join(_birth_evidence(numbered, births), on="_row", how="left").join(
        _country_evidence(numbered, countries), on="_row", how="left"
    )
    judged = judged.with_columns(
        pl.col("birth_evidence").fill_null(BirthEvidence.UNKNOWN.value),
        pl.col("country_evidence").fill_null(CountryEvidence.UNKNOWN.value),
    )
    score = (
        pl.col("name_score")
        + _looked_up("birth_evidence", BIRTH_WEIGHTS)
        + _looked_up("country_evidence", COUNTRY_WEIGHTS)
    )
    return (
        judged.filter(_is_admissible())
        .with_columns(score=score.clip(0, 1), reason=_reason())
        .drop("_row")
    )


def _birth_evidence(matches: pl.DataFrame, births: pl.DataFrame) -> pl.DataFrame:
    born, first, last = pl.col("birth_date"), pl.col("first_day"), pl.col("last_day")
    away = pl.max_horizontal((first - born).dt.total_days(), (born - last).dt.total_days())
    rank = (
        pl.when((first == last) & (born == first))
        .then(4)
        .when(away <= 0)
        .then(3)
        .when(away < _YEAR)
        .then(2)
        .otherwise(1)
    )
    return (
        matches.filter(born.is_not_null())
        .select("_row", *PARTY, "birth_date")
        .join(births, on=PARTY)
        .group_by("_row")
        .agg(rank.max().alias("rank"))
        .select(
            "_row",
            birth_evidence=pl.col("rank").replace_strict(
                dict(enumerate(each.value for each in _RANKS)), return_dtype=pl.String
            ),
        )
    )


def _country_evidence(matches: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    ours = matches.select("_row", *PARTY, ours=pl.col("countries").list.drop_nulls())
    return (
        ours.filter(pl.col("ours").list.len() > 0)
        .join(countries, on=PARTY)
        .group_by("_row")
        .agg(pl.col("country").is_in(pl.col("ours").first()).any().alias("shared"))
        .select(
            "_row",
            country_evidence=pl.when("shared")
            .then(pl.lit(CountryEvidence.SHARED.value))
            .otherwise(pl.lit(CountryEvidence.DIFFERENT.value)),
        )
    )


def _is_admissible() -> pl.Expr:
    agrees = pl.col("birth_evidence").is_in(
        [BirthEvidence.SAME_DAY.value, BirthEvidence.WITHIN.value]
    )
    shares = pl.col("country_evidence") == CountryEvidence.SHARED.value
    speaks_against = pl.col("birth_evidence") == BirthEvidence.DIFFERENT.value
    is_weak = pl.col("name_kind") == NameKind.WEAK_ALIAS.value
    return ~is_weak | agrees | (shares & ~speaks_against)


def _reason() -> pl.Expr:
    found = pl.format(
        "{} words alike, {} of them spelt otherwise, {} of the listed name missing",
        "matched",
        "otherwise",
        "missing",
    )
    return pl.concat_str(
        found,
        _looked_up("name_kind", _NAME_WORDS),
        _looked_up("birth_evidence", _BIRTH_WORDS),
        _looked_up("country_evidence", _COUNTRY_WORDS),
        separator="; ",
    )


def _looked_up(column: str, values: Mapping[Any, Any]) -> pl.Expr:
    return pl.col(column).replace_strict({str(key): value for key, value in values.items()})
