"""Words that are alike meet, others do not."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.compliance.screening.vocabulary import LEAST_ALIKE, Vocabulary

LISTED = pl.Series(
    ["zawahiri", "khalil", "muhammad", "alejandro", "hussein", "noorzai", "ali", "sheikh", "al"]
)
VOCABULARY = Vocabulary(LISTED)


def _alike(word: str) -> dict[str, float]:
    found = VOCABULARY.alike(pl.Series([word]))
    return {LISTED[listed]: likeness for _, listed, likeness in found.iter_rows()}


@pytest.mark.parametrize(
    ("word", "listed"),
    [
        ("zawahiri", "zawahiri"),
        ("zawahri", "zawahiri"),
        ("zawaihri", "zawahiri"),
        ("zzawahiri", "zawahiri"),
        ("alzawahiri", "zawahiri"),
        # One wrong letter, though both sound otherwise.
        ("kjalil", "khalil"),
        ("mohamed", "muhammad"),
        ("mehmet", "muhammad"),
        ("mhmmd", "muhammad"),
        ("alexander", "alejandro"),
        ("husain", "hussein"),
        ("nrz", "noorzai"),
    ],
)
def test_another_spelling_meets_its_word(word: str, listed: str) -> None:
    assert _alike(word)[listed] >= LEAST_ALIKE


@pytest.mark.parametrize("word", ["smith", "hassan", "xyz", "zanr", "mard"])
def test_another_word_meets_none_closely(word: str) -> None:
    assert max(_alike(word).values(), default=0) < 0.85


def test_a_word_is_most_alike_to_itself() -> None:
    for word in LISTED:
        assert _alike(word)[word] == pytest.approx(1)


def test_an_article_takes_no_other_words_place() -> None:
    assert set(_alike("ala")) <= {"ali"}
    assert "al" in _alike("al")


def test_the_longer_the_word_the_less_one_wrong_letter_costs() -> None:
    assert _alike("alo")["ali"] < _alike("khalir")["khalil"] < _alike("zawahirx")["zawahiri"]


@given(st.sampled_from(["zawahiri", "muhammad", "alejandro", "hussein", "noorzai"]), st.data())
def test_a_word_with_one_letter_changed_is_always_found(listed: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(listed) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    assert listed in _alike(listed[:place] + letter + listed[place + 1 :])
    assert listed in _alike(listed[:place] + letter + listed[place:])
    assert listed in _alike(listed[:place] + listed[place + 1 :])
