"""Which listed names a name's words lead to: two sparse matrices to be multiplied.

A word leads to listed words that are alike. Two words written as one lead to the word that sounds
so, and one word to two listed ones: people part and join names as they please. Belongs here: these
links. Does not belong here: choosing among the names found (see `name_index`).
"""

from collections.abc import Iterable

import numpy as np
import polars as pl
from scipy import sparse  # type: ignore[import-untyped]

from finplatform.compliance.screening import spelling
from finplatform.compliance.screening.vocabulary import FloatArray
from finplatform.compliance.screening.written_names import WrittenNames

_SHORTEST = 5
"""Letters of a word that may be two words elsewhere."""


class WordLinks:
    """Listed names by their words, and by every two neighbouring words as one.

    Args:
        listed: Listed names.
    """

    def __init__(self, listed: WrittenNames) -> None:
        count = len(listed.words)
        self._words = _sounds(listed.words, 0)
        self._joined = _sounds(listed.joined_rows["word"].unique().sort(), count)
        self._columns = count + self._joined.height
        joined = listed.joined_rows.join(self._joined, left_on="word", right_on="text")
        cells = pl.concat(
            [listed.rows.select("name", pl.col("id").cast(pl.Int64)), joined.select("name", "link")
             .rename({"link": "id"})]
        ).unique()  # fmt: skip
        self.names_of = _matrix(
            [(cells["id"], cells["name"], np.ones(cells.height))], (self._columns, len(listed))
        )

    def of(
        self, ours: WrittenNames, weights: FloatArray, alike: pl.DataFrame
    ) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """Our names by their words with weights, and where these words lead.

        Args:
            ours: Our names.
            weights: Weight of each of their words.
            alike: Pairs of our and listed words, as `Vocabulary.alike` gives them.

        Returns:
            Matrices whose product with `names_of` has, by our name and listed name, the weight of
            our words that the listed name has.
        """
        count = len(ours.words)
        to_joined = _same_sound(_sounds(ours.words, 0), self._joined)
        joined = _sounds(ours.joined_rows["word"].unique().sort(), count)
        to_word = _same_sound(joined, self._words)
        met = joined.filter(pl.col("link").is_in(to_word["link"].unique().implode()))
        rows = ours.joined_rows.join(met, left_on="word", right_on="text")
        both = weights[rows["id"].to_numpy()] + weights[rows["next_id"].to_numpy()]
        links = count + joined.height
        by_word = _matrix(
            [
                (ours.rows["name"], ours.rows["id"], weights[ours.rows["id"].to_numpy()]),
                (rows["name"], rows["link"], both),
            ],
            (len(ours), links),
        )
        leads = _matrix(
            [
                (alike["word"], alike["listed"], alike["likeness"].to_numpy()),
                *(
                    (pairs["link"], pairs["link_listed"], np.ones(pairs.height))
                    for pairs in (to_joined, to_word)
                ),
            ],
            (links, self._columns),
        )
        return by_word, leads


def _sounds(texts: pl.Series, first: int) -> pl.DataFrame:
    """Texts with their sound and a number each: `text`, `sound`, `link`."""
    return texts.alias("text").to_frame().select(
        "text",
        sound=spelling.by_sound(pl.col("text")),
        link=pl.int_range(pl.len(), dtype=pl.Int64) + first,
    )  # fmt: skip


def _same_sound(ours: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    long = ours.filter(pl.col("text").str.len_chars() >= _SHORTEST)
    return long.join(listed, on="sound", suffix="_listed").select("link", "link_listed")


def _matrix(
    parts: Iterable[tuple[pl.Series, pl.Series, FloatArray]], shape: tuple[int, int]
) -> sparse.csr_matrix:
    """A sparse matrix of rows, columns and values."""
    rows, columns, values = zip(*parts, strict=True)
    row, column = (
        np.concatenate([each.to_numpy().astype(np.int64) for each in ends])
        for ends in (rows, columns)
    )
    value = np.concatenate(values).astype(np.float32)
    return sparse.csr_matrix((value, (row, column)), shape=shape)
