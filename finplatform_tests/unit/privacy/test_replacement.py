"""Numbers in the place of account numbers: always the same, one an account, and of no account."""

from finplatform.ingest.protect import iban_country
from finplatform.privacy.replacement import replacements
from finplatform.security.keys import MasterKey

MASTER = MasterKey(bytes(range(32)))


def test_it_is_the_same_each_time_after_a_rotation_too_and_another_for_each_account() -> None:
    made = replacements(MASTER, ["A1", "A2", "A1"])
    assert made.equals(replacements(MASTER.rotated(), ["A2", "A1"]))
    assert made["account_id"].to_list() == ["A1", "A2"]
    assert made["replacement"].n_unique() == made["token"].n_unique() == 2


def test_it_fits_where_an_account_number_stands_and_is_no_iban() -> None:
    made = replacements(MASTER, [f"A{place}" for place in range(500)])["replacement"]
    assert made.str.len_chars().max() == 34
    assert iban_country(made).null_count() == 500


def test_without_the_key_it_cannot_be_made() -> None:
    others = replacements(MasterKey(bytes(32)), ["A1"])
    assert not replacements(MASTER, ["A1"])["replacement"].equals(others["replacement"])


def test_no_accounts_have_no_replacements() -> None:
    assert replacements(MASTER, []).is_empty()
