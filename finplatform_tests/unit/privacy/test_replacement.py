"""Numbers in the place of account numbers: of nobody, always the same, and of the same country."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from finplatform.ingest.iban import iban_country
from finplatform.privacy.replacement import replacements
from finplatform.security.keys import MasterKey

MASTER = MasterKey(bytes(range(32)))
IBAN = "CZ6508000000192000145399"


def _made(*numbers: str | None) -> pl.DataFrame:
    ids = [f"A{place}" for place in range(len(numbers))]
    return replacements(
        MASTER, pl.DataFrame({"account_id": ids, "number": numbers}, {"account_id": pl.String,
                                                                      "number": pl.String})
    )  # fmt: skip


def test_a_valid_iban_becomes_a_valid_one_of_its_country_and_length() -> None:
    (made,) = _made(IBAN)["replacement"]
    assert made != IBAN
    assert len(made) == len(IBAN)
    assert iban_country(pl.Series([made])).to_list() == ["CZ"]


@given(st.text("ABCDEF0123456789", min_size=11, max_size=30))
def test_every_valid_iban_keeps_its_country(body: str) -> None:
    digits = "".join(str(int(character, 36)) for character in f"{body}GB00")
    number = f"GB{98 - int(digits) % 97:02d}{body}"
    assert iban_country(_made(number)["replacement"]).to_list() == ["GB"]


@given(st.one_of(st.none(), st.text(max_size=40)))
def test_whatever_the_number_was_the_new_one_fits_and_says_nothing_of_it(
    number: str | None,
) -> None:
    (made,) = _made(number)["replacement"]
    assert 0 < len(made) <= 34
    assert made != number


def test_it_is_the_same_each_time_and_another_for_each_account() -> None:
    first = _made("19-2000145399/0800", "19-2000145399/0800")
    assert first.equals(_made("19-2000145399/0800", "19-2000145399/0800"))
    assert first["replacement"].n_unique() == 2
    assert first["token"].n_unique() == 2


def test_no_accounts_have_no_replacements() -> None:
    assert _made().is_empty()
