"""Passwords are kept as slow hashes, and those that are easily guessed are refused."""

import pytest

from finplatform.errors import FinplatformError
from finplatform.security.passwords import LONGEST, Passwords, check_password, new_secret

FAST = Passwords(time_cost=1, memory_kib=8, lanes=1)


def test_the_default_hash_is_argon2id_with_the_parameters_of_its_rfc() -> None:
    assert Passwords().hash("long enough a word").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_hash_fits_its_password_alone_and_no_two_are_equal() -> None:
    kept = FAST.hash("a quiet harbour")
    assert FAST.is_right(kept, "a quiet harbour")
    assert not FAST.is_right(kept, "a quiet harbou")
    assert kept != FAST.hash("a quiet harbour")
    assert "harbour" not in kept


@pytest.mark.parametrize("kept", [None, "", "no hash", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"])
def test_without_a_hash_no_password_is_right(kept: str | None) -> None:
    assert not FAST.is_right(kept, "a quiet harbour")
    assert not FAST.is_right(kept, "")


def test_a_password_that_is_too_long_is_never_right() -> None:
    kept = FAST.hash("x" * LONGEST)
    assert FAST.is_right(kept, "x" * LONGEST)
    assert not FAST.is_right(kept, "x" * (LONGEST + 1))


def test_a_hash_of_other_parameters_is_outdated() -> None:
    kept = FAST.hash("a quiet harbour")
    assert not FAST.is_outdated(kept)
    assert Passwords(time_cost=2, memory_kib=8, lanes=1).is_outdated(kept)


@pytest.mark.parametrize(
    "password", ["", "short", "aaaaaaaaaaaaaaaa", "abababababababab", "xx-Anna-1234", "x" * 257]
)
def test_a_password_that_is_easily_guessed_is_refused(password: str) -> None:
    with pytest.raises(FinplatformError) as caught:
        check_password(password, "anna")
    assert not password or password not in str(caught.value)


def test_a_row_of_words_is_accepted() -> None:
    check_password("a quiet harbour", "anna")


def test_secrets_have_256_bits_and_are_new_each_time() -> None:
    assert len({new_secret() for _ in range(100)}) == 100
    assert len(new_secret()) >= 43
