"""Many names as arrays: their words by number, what a word weighs, and the whole as one text.

Belongs here: the form in which names are compared by the hundred thousand. Does not belong here:
the comparison (see `comparison`).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from finplatform.compliance.screening.vocabulary import FloatArray, IntArray, beginnings, lengths
from finplatform.compliance.screening.words import (
    LEGAL_FORMS,
    PARTICLES,
    TITLES,
    texts,
    without_articles,
    word_rows,
)

MOST_WORDS = 8
"""Words of a name that are compared one by one; further ones weigh, and stay unmatched."""

NO_WORD = -1

_TITLE, _PARTICLE, _LETTER, _TWO_LETTERS = 0.05, 0.25, 0.3, 0.7
"""Weight of insignificant words, as a fraction of their normal weight."""

_COMMONEST = 0.45
"""Weight of a word that every name has; one that no name has weighs 1."""

_SHORTEST_JOINED, _LONGEST_JOINED = 5, 24


@dataclass(frozen=True)
class WrittenNames:
    """Names with their words.

    Attributes:
        rows: Words by name: `name`, `position`, `word`, and `id`, its place in `words`.
        joined_rows: Neighbouring words as one, by name: `name`, `word`, and the `id` of the two,
            `id` and `next_id`.
        words: The distinct words.
        whole: Each name without spaces, articles included.
        grid: `id` of the first words of each name, else `NO_WORD`.
        word_lengths: Letters of each word.
        word_beginnings: First letters of each word as a number.
    """

    rows: pl.DataFrame
    joined_rows: pl.DataFrame
    words: pl.Series
    whole: pl.Series
    grid: IntArray
    word_lengths: IntArray
    word_beginnings: NDArray[np.uint64]

    @classmethod
    def of(cls, names: pl.Series) -> "WrittenNames":
        """The names, in their order.

        Args:
            names: Names as people wrote them.
        """
        written = texts(names)
        plain_rows = word_rows(written)
        words = plain_rows["word"].unique().sort()
        numbered = pl.DataFrame({"word": words}).with_row_index("id")
        all_rows = plain_rows.join(numbered, on="word", how="left", maintain_order="left")
        rows = without_articles(all_rows)
        grid = np.full((len(names), MOST_WORDS), NO_WORD, dtype=np.int32)
        first = rows.filter(pl.col("position") < MOST_WORDS)
        grid[first["name"].to_numpy(), first["position"].to_numpy()] = first["id"].to_numpy()
        whole = written.str.replace_all(" ", "")
        return cls(rows, _joined(all_rows), words, whole, grid, lengths(words), beginnings(words))

    def __len__(self) -> int:
        return len(self.whole)

    def totals(self, weights: FloatArray) -> FloatArray:
        """What all words of each name weigh.

        Args:
            weights: Weight of each word of `words`.
        """
        weighed = weights[self.rows["id"].to_numpy()]
        total = np.bincount(self.rows["name"].to_numpy(), weighed, minlength=len(self))
        return total.astype(np.float32)

    def rarities(self) -> FloatArray:
        """Weight of each word by how few of these names have it."""
        having = self.rows.unique(["name", "id"])["id"].to_numpy()
        names = np.bincount(having, minlength=len(self.words))
        rarity = np.log((len(self) + 1) / (names + 1)) / np.log(len(self) + 1)
        return shaped(self.words, _COMMONEST + (1 - _COMMONEST) * rarity)


def shaped(words: pl.Series, weights: FloatArray) -> FloatArray:
    """Weights, reduced for insignificant words: titles, particles, one or two letters.

    Args:
        words: Distinct words.
        weights: What they would weigh.
    """
    word = pl.col("word")
    part = (
        pl.when(word.is_in(list(TITLES | LEGAL_FORMS)))
        .then(_TITLE)
        .when(word.is_in(list(PARTICLES)))
        .then(_PARTICLE)
        .when(word.str.len_chars() == 1)
        .then(_LETTER)
        .when(word.str.len_chars() == 2)
        .then(_TWO_LETTERS)
        .otherwise(1.0)
    )
    parts = words.alias("word").to_frame().select(part.alias("part"))["part"].to_numpy()
    return (weights * parts).astype(np.float32)


def _joined(rows: pl.DataFrame) -> pl.DataFrame:
    """Every two neighbouring words of a name as one, if that is as long as a word may be."""
    following = pl.col("word", "id").shift(-1).over("name").name.prefix("next_")
    letters = pl.col("word").str.len_chars()
    return (
        rows.with_columns(following)
        .drop_nulls("next_word")
        .select("name", pl.col("word") + pl.col("next_word"), "id", "next_id")
        .filter(letters.is_between(_SHORTEST_JOINED, _LONGEST_JOINED))
    )
