"""Births, countries and kinds of names decide where names alone do not."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from finplatform.compliance.screening.screener import LEAST_SCORE, Screener
from finplatform.compliance.screening.subjects import MATCHES, SUBJECTS

CODES = pl.DataFrame(
    {"country": ["EG", "CU", "US"], "country_name": ["Egypt", "Cuba", "United States"]}
)
PARTIES = pl.DataFrame(
    {
        "list_code": ["OFAC"] * 3 + ["UN", "UN"],
        "entity_id": ["1", "2", "3", "1", "2"],
        "entity_type": ["INDIVIDUAL", "ENTITY", "INDIVIDUAL", "INDIVIDUAL", "VESSEL"],
        "entity_name": [
            "AL-ZAWAHIRI, Ayman", "BANCO NACIONAL DE CUBA", "KADDOURA, Ali Ahmad", "Eric Badege",
            "Ocean Pearl",
        ],
        "aliases": ["SALIM, Ahmad Fuad", None, None, "Old Lion; Erik Badeji", None],
        "alias_qualities": [None, None, None, "Low; Good", None],
        "birth_dates": ["19 Jun 1951", None, "1977", "1971", None],
        "countries": ["Egypt", "Cuba", None, None, None],
        "remarks": [None] * 5,
    },
    schema_overrides={"remarks": pl.String},
)  # fmt: skip
SCREENER = Screener(PARTIES, CODES)


def _subject(name: str, **more: Any) -> pl.DataFrame:
    given = {
        "subject_kind": "CUSTOMER", "subject_id": "C1", "is_person": True, "name": name,
        "birth_date": None, "countries": [],
    }  # fmt: skip
    return pl.DataFrame([given | more], schema=SUBJECTS)


def _screened(name: str, **more: Any) -> dict[str, Any]:
    found = SCREENER.screen(_subject(name, **more), least=0.5)
    return found.row(0, named=True) if found.height else {}


def test_a_match_says_which_party_and_why_and_holds_no_name() -> None:
    found = SCREENER.screen(
        _subject("Ayman Al Zawahri", birth_date=date(1951, 6, 19), countries=["EG"])
    )
    assert found.columns == MATCHES.names()
    (row,) = found.rows(named=True)
    assert (row["list_code"], row["entity_id"]) == ("OFAC", "1")
    assert row["birth_evidence"], row["country_evidence"] == ("SAME_DAY", "SHARED")
    text = " ".join(str(value) for value in row.values()).lower()
    assert "zawah" not in text
    assert "ayman" not in text


@pytest.mark.parametrize(
    ("born", "evidence"),
    [
        (date(1951, 6, 19), "SAME_DAY"),
        (date(1951, 12, 1), "NEAR"),
        (date(1960, 1, 1), "DIFFERENT"),
        (None, "UNKNOWN"),
    ],
)
def test_births_are_compared_with_the_days_listed(born: date | None, evidence: str) -> None:
    assert _screened("Ayman Zawahiri", birth_date=born)["birth_evidence"] == evidence


def test_a_birth_within_the_year_listed_agrees() -> None:
    assert _screened("Eric Badege", birth_date=date(1971, 3, 3))["birth_evidence"] == "WITHIN"


def test_the_more_the_evidence_agrees_the_higher_the_score() -> None:
    name = "Ali Kaddoura"
    scores = [
        _screened(name, birth_date=born)["score"]
        for born in (date(1990, 1, 1), None, date(1977, 5, 5))
    ]
    assert scores == sorted(scores)
    assert scores[1] < LEAST_SCORE
    assert len(set(scores)) == 3


def test_an_equal_name_stays_a_hit_in_spite_of_another_birth() -> None:
    assert _screened("Ayman Al-Zawahiri", birth_date=date(1990, 1, 1))["score"] >= LEAST_SCORE


def test_a_weak_alias_needs_a_birth_that_agrees_or_a_country() -> None:
    assert _screened("Old Lion") == {}
    assert _screened("Old Lion", birth_date=date(1990, 1, 1)) == {}
    found = _screened("Old Lion", birth_date=date(1971, 3, 3))
    assert (found["entity_id"], found["name_kind"]) == ("1", "WEAK_ALIAS")


def test_an_alias_is_found_and_scores_a_little_less() -> None:
    alias, primary = _screened("Erik Badeji"), _screened("Eric Badege")
    assert alias["name_kind"] == "ALIAS"
    assert LEAST_SCORE < alias["score"] < primary["score"]


def test_people_are_compared_with_people_and_organisations_with_all_else() -> None:
    assert _screened("Banco Nacional de Cuba") == {}
    assert _screened("Banco Nacional de Cuba S.A.", is_person=False)["entity_id"] == "2"
    assert _screened("OCEAN PEARL", is_person=False)["list_code"] == "UN"
    assert _screened("Eric Badege", is_person=False) == {}


def test_only_chosen_parties_are_looked_at() -> None:
    only = pl.DataFrame({"list_code": ["UN"], "entity_id": ["1"]})
    assert SCREENER.screen(_subject("Ayman Zawahiri"), only).height == 0
    assert SCREENER.screen(_subject("Eric Badege"), only).height == 1


def test_nobody_to_screen_and_nobody_listed_give_no_match() -> None:
    assert SCREENER.screen(SUBJECTS.to_frame()).schema == MATCHES
    assert Screener(PARTIES.head(0), CODES).screen(_subject("Ayman Zawahiri")).schema == MATCHES
