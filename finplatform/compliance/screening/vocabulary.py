"""The words of the listed names, and which of them are alike to other words.

Two words are compared only if they share a key: a reduced form, or one with a letter left out. So
no word is compared with all others, and a word with one letter wrong, swapped, added or missing
still meets its own. Belongs here: keys, and the likeness of two words from 0 to 1. Does not belong
here: names of several words (see `name_index`).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from finplatform.compliance.screening import spelling
from finplatform.compliance.screening.words import LEGAL_FORMS, PARTICLES, TITLES

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]

LEAST_ALIKE = 0.7
"""Likeness below which two words count as different."""

ALIKE_BY_NAME = 0.97
"""Likeness of one name in two languages."""

_BY_SOUND, _BY_CONSONANTS = 0.98, 0.97
_WITHOUT_VOWELS = 0.95
_LONGEST = 14
"""Letters of a word of which each is left out once; further ones count as they are."""

_SHORTEST_CONSONANTS = 4
"""Consonants from which on one may be left out."""


class Vocabulary:
    """The distinct words of the listed names.

    Args:
        words: Words, distinct.
    """

    def __init__(self, words: pl.Series) -> None:
        self._forms = _forms(words)
        self._keys = _keys(self._forms)

    def __len__(self) -> int:
        return self._forms.height

    def alike(self, words: pl.Series, workers: int = 1) -> pl.DataFrame:
        """Pairs of a given and a listed word that are alike: `word`, `listed`, `likeness`.

        Args:
            words: Words to look up, distinct.
            workers: Threads that compare.

        Returns:
            Positions in `words` and in the vocabulary, with their likeness.
        """
        forms = _forms(words)
        pairs = (
            _keys(forms).join(self._keys, on="key", suffix="_listed").select("id", "id_listed")
        ).unique()
        sides = pairs.join(forms, on="id").join(
            self._forms.select(pl.all().name.suffix("_listed")), on="id_listed"
        )
        likeness = _likeness(sides, workers)
        return (
            sides.select(
                word=pl.col("id").cast(pl.Int64),
                listed=pl.col("id_listed").cast(pl.Int64),
                likeness=pl.Series(likeness, dtype=pl.Float32),
            )
            .filter(pl.col("likeness") >= LEAST_ALIKE)
            .sort("word", "listed")
        )


def lengths(words: pl.Series) -> IntArray:
    """Letters of each word."""
    return words.str.len_chars().to_numpy().astype(np.int64)


def beginnings(words: pl.Series) -> NDArray[np.uint64]:
    """The first eight letters of each word as one number, the first in the highest byte."""
    cut = words.str.slice(0, 8).to_numpy().astype("S8")
    return np.frombuffer(cut.tobytes(), dtype=">u8").astype(np.uint64)


def _forms(words: pl.Series) -> pl.DataFrame:
    word = pl.col("text")
    frame = pl.DataFrame({"text": words}, schema={"text": pl.String}).with_row_index("id")
    return frame.with_columns(
        sound=spelling.by_sound(word),
        inner=spelling.without_inner_vowels(word),
        bare=spelling.without_vowels(word),
        same=spelling.same_name(word),
        title=word.is_in(list(TITLES | LEGAL_FORMS)),
        particle=word.is_in(list(PARTICLES)),
    ).with_columns(consonants=spelling.consonants(pl.col("sound")))


def _keys(forms: pl.DataFrame) -> pl.DataFrame:
    """The keys of each word, as hashes."""
    sound, consonants = pl.col("sound").str.len_chars(), pl.col("consonants").str.len_chars()
    long = forms.filter(consonants >= _SHORTEST_CONSONANTS)
    parts = [
        *_one_left_out(forms.filter(pl.col("text").str.len_chars() >= 2), "text"),
        *_one_left_out(forms.filter(sound >= 2), "sound"),
        forms.filter(consonants >= 2).select("id", key=pl.concat_str(pl.lit("c"), "consonants")),
        *_one_left_out(long, "consonants"),
        forms.filter(pl.col("inner").str.len_chars() >= 2).select("id", key=_prefixed("inner")),
        forms.filter(pl.col("bare").str.len_chars() >= 2).select("id", key=_prefixed("bare")),
        forms.filter(pl.col("same").is_not_null()).select(
            "id", key=pl.concat_str(pl.lit("="), "same")
        ),
    ]
    return pl.concat(parts).with_columns(pl.col("key").hash()).unique()


def _prefixed(form: str) -> pl.Expr:
    return pl.concat_str(pl.lit("v"), form)


def _one_left_out(forms: pl.DataFrame, form: str) -> Iterator[pl.DataFrame]:
    """The form as it is, and with each letter left out in turn."""
    text, first = pl.col(form), form[0]
    yield forms.select("id", key=pl.concat_str(pl.lit(first), form))
    for place in range(_LONGEST):
        rest = forms.filter(text.str.len_chars() > place)
        without = text.str.slice(0, place) + text.str.slice(place + 1)
        yield rest.select("id", key=pl.concat_str(pl.lit(first), without))


def _likeness(pairs: pl.DataFrame, workers: int) -> FloatArray:
    """Likeness of the two words of each row.

    One wrong letter costs less the longer the word is. Words of one sound are nearly equal, and
    between words with the same consonants a vowel counts half.
    """
    written = _distance(pairs, "text", workers)
    sounded = _distance(pairs, "sound", workers)
    likeness = np.maximum(1 - written, _BY_SOUND * (1 - sounded))
    facts = pairs.select(
        consonants=pl.col("consonants") == pl.col("consonants_listed"),
        vowelless=_leaves_vowels_out(),
        same=(pl.col("same") == pl.col("same_listed")).fill_null(value=False),
        # A particle or title is itself or nothing: it takes no other word's place.
        apart=(
            (pl.col("title") != pl.col("title_listed"))
            | (pl.col("particle") != pl.col("particle_listed"))
        )
        & (pl.col("text") != pl.col("text_listed")),
    )
    of_consonants = np.where(facts["consonants"], _BY_CONSONANTS * (1 - sounded / 2), 0)
    likeness = np.maximum(likeness, of_consonants)
    likeness = np.maximum(likeness, np.where(facts["vowelless"], _WITHOUT_VOWELS, 0))
    likeness = np.maximum(likeness, np.where(facts["same"], ALIKE_BY_NAME, 0))
    return np.where(facts["apart"], 0, likeness).astype(np.float32)


def _distance(pairs: pl.DataFrame, form: str, workers: int) -> FloatArray:
    """Letters to change, add, leave out or swap, as a share of the longer form and one more."""
    ours, listed = pairs[form], pairs[f"{form}_listed"]
    steps = cpdist(
        ours.to_list(), listed.to_list(), scorer=OSA.distance, dtype=np.uint8, workers=workers
    )
    share: FloatArray = steps.astype(np.float32) / (np.maximum(lengths(ours), lengths(listed)) + 1)
    return share


def _leaves_vowels_out() -> pl.Expr:
    """Whether the given word is the listed one without its vowels."""
    text = pl.col("text")
    is_inner = (text == pl.col("inner")) & (text == pl.col("inner_listed"))
    is_bare = (text == pl.col("bare")) & (text == pl.col("bare_listed"))
    is_long = (text.str.len_chars() >= 2) & (pl.col("text_listed").str.len_chars() >= 3)
    return (is_inner | is_bare) & is_long
