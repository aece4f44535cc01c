"""What the published text of a list says of names, births and countries."""

from datetime import date

import polars as pl

from finplatform.compliance.screening import lists

CODES = pl.DataFrame(
    {
        "country": ["EG", "CU", "CD", "KP"],
        "country_name": ["Egypt", "Cuba", "Congo - Kinshasa", "North Korea"],
    }
)


def _parties(**columns: str | None) -> pl.DataFrame:
    names = (
        "list_code", "entity_id", "entity_type", "entity_name", "aliases", "alias_qualities",
        "birth_dates", "countries", "remarks",
    )  # fmt: skip
    given = {"list_code": "A", "entity_id": "1", "entity_type": "INDIVIDUAL", "entity_name": "N"}
    return pl.DataFrame(
        [{name: (given | columns).get(name) for name in names}],
        schema=dict.fromkeys(names, pl.String),
    )


def _names(**columns: str | None) -> list[tuple[str, str]]:
    return lists.listed_names(_parties(**columns)).select("name_kind", "listed_name").rows()


def test_every_name_has_its_kind() -> None:
    found = _names(aliases="B; C; D", alias_qualities="Good; Low; Good")
    assert found == [
        ("PRIMARY", "N"), ("ALIAS", "B"), ("WEAK_ALIAS", "C"), ("ALIAS", "D"),
    ]  # fmt: skip


def test_qualities_that_do_not_match_their_names_make_no_name_weak() -> None:
    found = _names(aliases="B; C; D", alias_qualities="Low; Good")
    assert {kind for kind, _ in found} == {"PRIMARY", "ALIAS"}


def test_weak_aliases_are_read_from_remarks() -> None:
    found = _names(remarks="DOB 1960; a.k.a. 'THE DOCTOR'; a.k.a. 'ABU-'UMAR'; POB Gaza.")
    assert found[1:] == [("WEAK_ALIAS", "THE DOCTOR"), ("WEAK_ALIAS", "ABU-'UMAR")]


def test_a_name_is_listed_once() -> None:
    assert _names(aliases="N; B; B; ; ") == [("PRIMARY", "N"), ("ALIAS", "B")]


def _births(**columns: str | None) -> set[tuple[date, date]]:
    return set(lists.births(_parties(**columns)).select("first_day", "last_day").rows())


def test_births_are_spans_as_exact_as_they_are_published() -> None:
    found = _births(birth_dates="12 Jan 1960; 1971-05-04; 1972; Mar 1980; nonsense")
    assert found == {
        (date(1960, 1, 12), date(1960, 1, 12)),
        (date(1971, 5, 4), date(1971, 5, 4)),
        (date(1972, 1, 1), date(1972, 12, 31)),
        (date(1980, 3, 1), date(1980, 3, 31)),
    }


def test_births_in_remarks_count_with_their_alternatives_and_spans() -> None:
    found = _births(remarks="DOB 1958 to 1962; alt. DOB circa 1970; POB Ruritania.")
    assert found == {
        (date(1958, 1, 1), date(1962, 12, 31)),
        (date(1968, 1, 1), date(1972, 12, 31)),
    }


def test_countries_are_known_by_several_names() -> None:
    parties = _parties(
        countries="Egypt; Democratic People's Republic of Korea; Ruritania",
        remarks="nationality Cuba; citizen Congo, Democratic Republic of the; POB Paris.",
    )
    found = lists.countries(parties, CODES)
    assert set(found["country"]) == {"EG", "KP", "CU", "CD"}


def test_an_empty_list_has_no_names_births_or_countries() -> None:
    none = _parties().head(0)
    assert lists.listed_names(none).height == 0
    assert lists.births(none).height == 0
    assert lists.countries(none, CODES).height == 0
