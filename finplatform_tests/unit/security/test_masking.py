"""Masks: recognisable, never the clear value, never a panic whatever the text."""

from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finplatform.security.masking import (
    mask_account,
    mask_email,
    mask_name,
    mask_phone,
    redact,
)

# Letters, digits, marks, emoji, spaces, controls and separators, but no star: a text that is a mask
# already is its own mask.
any_text = st.text(st.characters(codec="utf-8", exclude_characters="*"), max_size=40)
UNEASY = [
    None,
    "",
    " ",
    "\0",
    "J",
    "'",
    "@",
    "é",
    "e\u0301",
    "😀",
    "👩\u200d👩\u200d👧",
    "\u202e",
    "ß" * 999,
]


def applied(mask: pl.Expr, values: list[str | None]) -> list[str | None]:
    frame = pl.DataFrame({"x": values}, schema={"x": pl.String})
    result = frame.select(mask)
    assert result.columns == ["x"]
    return result["x"].to_list()


@pytest.mark.parametrize(
    ("clear", "masked"),
    [
        ("John Doe", "J*** D***"),
        ("Maximilian Doe", "M*** D***"),
        ("  John\tvan  der Berg ", "J*** v*** d*** B***"),
        ("J. R. Tolkien", "J*** R*** T***"),
        ("J R", "*** ***"),
        ("王 明", "*** ***"),
        ("Žofie Ölandová", "Ž*** Ö***"),
        ("\0John\0Doe", "J*** D***"),
        ("\u202eJohn", "J***"),
    ],
)
def test_a_name_keeps_first_letters_and_word_count(clear: str, masked: str) -> None:
    assert applied(mask_name("x"), [clear]) == [masked]


@pytest.mark.parametrize(
    ("clear", "masked"),
    [
        ("john.doe@bank.com", "j***@***.com"),
        ("j@bank.co.uk", "***@***.uk"),
        (" John@Bank.COM ", "J***@***.COM"),
        ("root@localhost", "r***@***"),
        ("not an address", "***"),
        ("a@b@c.com", "***"),
        ("joe@bank.notatopleveldomain", "j***@***"),
    ],
)
def test_an_address_keeps_its_first_letter_and_ending(clear: str, masked: str) -> None:
    assert applied(mask_email("x"), [clear]) == [masked]


def test_numbers_keep_their_end_only_when_long_enough() -> None:
    assert applied(mask_phone("x"), ["+420 777 123 456", "123-4567", "112"]) == [
        "***56",
        "***67",
        "***",
    ]
    assert applied(mask_account("x"), ["CZ65 0800 0000 1920", "12345678", "1234567"]) == [
        "***1920",
        "***5678",
        "***",
    ]


def words_of(text: str) -> list[str]:
    return [word for word in text.split() if len(word) > 1]


@settings(max_examples=120)
@given(any_text)
def test_no_masked_name_contains_the_name_or_a_word_of_it(name: str) -> None:
    (masked,) = applied(mask_name("x"), [name])
    if masked is None:
        return
    assert len(name) < 2 or name not in masked
    assert set(map(len, masked.split(" "))) <= {3, 4}
    assert not any(word in masked for word in words_of(name))


@settings(max_examples=80)
@given(st.sampled_from([mask_email, mask_phone, mask_account]), any_text | st.emails())
def test_no_other_mask_contains_the_value(mask: Callable[[str], pl.Expr], value: str) -> None:
    if "*" in value:
        return
    (masked,) = applied(mask("x"), [value])
    assert masked is None or len(value) < 2 or value not in masked
    assert masked is None or len(masked) <= len("x***@***.") + 10


@pytest.mark.parametrize("mask", [mask_name, mask_email, mask_phone, mask_account, redact])
def test_uneasy_texts_neither_panic_nor_lose_null(mask: Callable[[str], pl.Expr]) -> None:
    masked = applied(mask("x"), UNEASY)
    assert masked[0] is None
    assert all("\0" not in value for value in masked if isinstance(value, str))
    assert applied(mask("x"), []) == []


def test_blank_is_masked_as_nothing() -> None:
    for mask in (mask_name, mask_email, mask_phone, mask_account):
        assert applied(mask("x"), ["", " ", "\0", "\u200b"]) == [None] * 4


def test_masks_work_on_numbers_and_in_expressions() -> None:
    frame = pl.DataFrame({"x": [420777123456]})
    assert frame.select(mask_account(pl.col("x")))["x"].to_list() == ["***3456"]


@pytest.mark.parametrize(
    ("clear", "safe"),
    [
        ("pay to john.doe@bank.com, thanks", "pay to [redacted], thanks"),
        ('o\'brien@bank.ie or "j d"@x.org', "[redacted] or [redacted]"),
        ("typo joe@@bank.com", "typo [redacted]"),
        ("IBAN CZ65 0800 0000 1920 0014 5399.", "IBAN [redacted]."),
        ("gb29nwbk60161331926819 paid", "[redacted] paid"),
        ("MT84 MALT 0110 0001 2345 MTLC AST0 01S", "[redacted]"),
        ("account 19-2000145399/0800", "account [redacted]"),
        ("AC-00012345", "AC-[redacted]"),
        ("call +420 777 123 456 or (02) 9999-1234", "call [redacted] or [redacted]"),
        ("555.123.4567", "[redacted]"),
        ("card 4111\u20131111\u20131111\u20131111", "card [redacted]"),
        ("12\u200b34\u200b56", "[redacted]"),
        ("\uff11\uff12\uff13\uff14\uff15\uff16", "[redacted]"),
        ("born 1980-02-29", "born [redacted]"),
        ("12 items for 34 and 56", "12 items for 34 and 56"),
        ("room 12345, 3rd floor", "room 12345, 3rd floor"),
        ("AB12 the quick brown fox", "AB12 the quick brown fox"),
        ("", ""),
    ],
)
def test_free_text_loses_addresses_and_numbers_and_keeps_the_rest(clear: str, safe: str) -> None:
    assert applied(redact("x"), [clear]) == [safe]


separators = st.sampled_from(["", " ", "-", "/", ". ", "\n", " - "])


@settings(max_examples=80)
@given(
    before=st.text("abc ,!", max_size=5),
    digits=st.lists(st.tuples(st.integers(0, 9), separators), min_size=6, max_size=20),
)
def test_no_run_of_six_digits_survives(before: str, digits: list[tuple[int, str]]) -> None:
    number = "".join(f"{digit}{gap}" for digit, gap in digits)
    (safe,) = applied(redact("x"), [before + number])
    assert safe is not None
    assert not any(character.isdigit() for character in safe)
    assert applied(redact("x"), [safe]) == [safe]
