"""Names become the same words however they were written."""

import polars as pl
import pytest

from finplatform.compliance.screening.words import latin, texts, without_articles, word_rows


def _text(name: str) -> str:
    return str(texts(pl.Series([name]))[0])


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("AL-ZAWAHIRI, Dr. Ayman", "al zawahiri dr ayman"),
        ("José Müller", "jose muller"),
        ("Sa'd O`Brien", "sad obrien"),
        # A zero-width space inside a word, a space that does not break, full-width letters.
        ("Se\u200brgei Iva\u00adnov", "sergei ivanov"),
        ("Juan\u00a0Perez", "juan perez"),
        ("\uff2a\uff35\uff21\uff2e", "juan"),
        # Cyrillic letters that look like Latin ones, beside Latin ones.
        ("\u0420\u0435dr\u043e \u0421ruz", "pedro cruz"),
        # A name in another script is transliterated, not read as it looks.
        ("\u0421\u0435\u0440\u0433\u0435\u0439 \u041d\u043e\u0432", "sergey nov"),
        # Digits that were read for letters.
        ("GIRALD0 A1ejandro", "giraldo alejandro"),
        ("Progress 1", "progress 1"),
        ("", ""),
        (" - ", ""),
    ],
)
def test_a_name_becomes_words_of_latin_letters(written: str, words: str) -> None:
    assert _text(written) == words


def test_a_missing_name_has_no_words() -> None:
    assert texts(pl.Series("n", [None, "Anna"], dtype=pl.String)).to_list() == ["", "anna"]


def test_a_name_in_another_script_keeps_its_sound() -> None:
    assert latin("\u0425\u0443\u0441\u0435\u0439\u043d").lower() == "khuseyn"


def test_articles_are_left_out_of_names_that_have_two_other_words() -> None:
    rows = word_rows(texts(pl.Series(["Ayman al Zawahiri", "Ben Ali", "Al"])))
    kept = without_articles(rows)
    words = kept.group_by("name", maintain_order=True).agg("word", "position")
    assert words["word"].to_list() == [["ayman", "zawahiri"], ["ben", "ali"], ["al"]]
    assert words["position"].to_list() == [[0, 1], [0, 1], [0]]
