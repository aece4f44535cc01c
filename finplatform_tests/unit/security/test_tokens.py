"""Tokens: equal for equal identifiers everywhere, unequal across kinds and masters."""

import hmac

import polars as pl
import pytest
from polars.testing import assert_series_equal

from finplatform.errors import FinplatformError
from finplatform.security.keys import MasterKey
from finplatform.security.tokens import Tokeniser

MASTER = MasterKey(b"m" * 32)


@pytest.fixture
def tokeniser() -> Tokeniser:
    return Tokeniser(MASTER)


def test_a_token_is_the_head_of_an_hmac_under_its_kind_s_key(tokeniser: Tokeniser) -> None:
    kind_key = hmac.digest(MASTER.token_key, b"token/loan_reference", "sha256")
    expected = hmac.digest(kind_key, b"L-1", "sha256").hex()[:32]
    assert tokeniser.tokenise(pl.Series(["L-1"]), "loan_reference").to_list() == [expected]


def test_batches_agree_and_order_name_and_repeats_are_kept(tokeniser: Tokeniser) -> None:
    values = pl.Series("account", ["b", "a", None, "b", "c", "a"])
    whole = tokeniser.tokenise(values, "account_number")
    parts = [Tokeniser(MASTER).tokenise(values[n : n + 2], "account_number") for n in (0, 2, 4)]
    assert_series_equal(pl.concat(parts), whole)
    assert whole.name == "account"
    assert whole[0] == whole[3]
    assert whole[1] == whole[5]
    assert whole.drop_nulls().n_unique() == 3
    assert whole.str.contains("^[0-9a-f]{32}$").drop_nulls().all()


def test_kinds_and_masters_give_unrelated_tokens(tokeniser: Tokeniser) -> None:
    value = pl.Series(["777123456"])
    tokens = {
        *tokeniser.tokenise(value, "account_number"),
        *tokeniser.tokenise(value, "phone"),
        *Tokeniser(MasterKey(b"n" * 32)).tokenise(value, "phone"),
    }
    assert len(tokens) == 3


def test_a_rotation_keeps_tokens(tokeniser: Tokeniser) -> None:
    value = pl.Series(["a@b.c"])
    rotated = Tokeniser(MASTER.rotated())
    assert_series_equal(rotated.tokenise(value, "email"), tokeniser.tokenise(value, "email"))


@pytest.mark.parametrize(
    ("kind", "spellings"),
    [
        ("account_number", ["CZ65 0800 0000", "cz6508000000", " CZ6508000000\n"]),
        ("email", ["Joe@Bank.com", "joe@bank.com ", "JOE@BANK.COM"]),
        ("phone", ["+420 777-123.456", "+420777123456", "(+420) 777 123 456"]),
        ("name", ["Jos\u00e9", "Jose\u0301", " Jos\u00e9 "]),
    ],
)
def test_spellings_of_one_identifier_give_one_token(
    tokeniser: Tokeniser, kind: str, spellings: list[str]
) -> None:
    assert tokeniser.tokenise(pl.Series(spellings), kind).n_unique() == 1


def test_account_numbers_that_differ_by_a_dash_stay_apart(tokeniser: Tokeniser) -> None:
    assert tokeniser.tokenise(pl.Series(["19-123", "191-23"]), "account_number").n_unique() == 2


def test_null_and_blank_have_no_token_to_match_by(tokeniser: Tokeniser) -> None:
    for kind in ("account_number", "email", "phone", "name"):
        tokens = tokeniser.tokenise(pl.Series([None, "", "  "]), kind)
        assert tokens.to_list() == [None, None, None]
    for empty in (pl.Series([], dtype=pl.String), pl.Series([None, None])):
        tokens = tokeniser.tokenise(empty, "email")
        assert tokens.dtype == pl.String
        assert tokens.null_count() == len(empty)


def test_numbers_match_their_text_and_floats_are_refused(tokeniser: Tokeniser) -> None:
    as_text = tokeniser.tokenise(pl.Series(["7", "12"]), "account_number")
    as_number = tokeniser.tokenise(pl.Series([7, 12]), "account_number")
    assert_series_equal(as_number, as_text)
    categories = pl.Series(["7", "12"], dtype=pl.Categorical)
    assert_series_equal(tokeniser.tokenise(categories, "account_number"), as_text)
    with pytest.raises(FinplatformError, match="floating point"):
        tokeniser.tokenise(pl.Series([7.0]), "account_number")
