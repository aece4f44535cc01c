"""Texts that a person is looked for by: their own, and not those of a household or of many."""

import polars as pl

from finplatform.privacy.identity import FIELDS, needles


def _identities(*rows: dict[str, str]) -> pl.DataFrame:
    full = [{"identity_id": "i", "subject_id": "s", **dict.fromkeys(FIELDS), **row} for row in rows]
    names = ("identity_id", "subject_id", *FIELDS)
    return pl.DataFrame(full, schema=dict.fromkeys(names, pl.String))


def test_whole_names_are_looked_for_in_both_orders_and_parts_are_not() -> None:
    found = needles(_identities({"first_name": "Zdenka", "last_name": "Canaryova"}))
    assert found == ["Canaryova Zdenka", "Canaryova, Zdenka", "Zdenka Canaryova"]


def test_a_lone_name_a_birth_date_and_an_address_are_no_texts_of_one_person() -> None:
    shared = {"first_name": "Zdenka", "date_of_birth": "1984-02-29", "address": "7 Long Street"}
    assert needles(_identities(shared)) == []


def test_numbers_and_mail_of_every_version_are_looked_for() -> None:
    found = needles(
        _identities(
            {"email": "old@example.com", "phone": "+420777123456"},
            {"email": "new@example.com"},
            {"account_number": "CZ6508000000192000145399"},
        )
    )
    assert found == ["+420777123456", "CZ6508000000192000145399", "new@example.com",
                     "old@example.com"]  # fmt: skip


def test_a_holder_of_a_company_has_one_name() -> None:
    assert needles(_identities({"holder_name": "Zdenka Canaryova"})) == ["Zdenka Canaryova"]
