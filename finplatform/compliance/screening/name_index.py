"""The index of listed names: which of them may be a given name, and how alike they are.

Each word of a name leads to listed names that have a word alike. The weights of the words found add
up by listed name, and only names that cover enough of ours are compared. Belongs here: that search.
Does not belong here: whose names they are (see `lists`), and what else is known of people (see
`evidence`).
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from finplatform.compliance.screening.comparison import Likenesses, Rules, Side, compare
from finplatform.compliance.screening.vocabulary import FloatArray, Vocabulary, lengths
from finplatform.compliance.screening.word_links import WordLinks
from finplatform.compliance.screening.written_names import WrittenNames, shaped

_UNKNOWN = 0.9
"""Weight of a word that no listed name has."""

_AT_ONCE = 25_000
"""Names whose listed names are sought in one piece."""

_LEEWAY, _LEAST_COVER = 0.08, 0.3
"""How far below what the score needs a listed name may cover ours, to be compared."""

_MOST, _MOST_OF_SHORT = 25, 600
"""Listed names that one name is compared with; more where all but one word are initials."""

_PAIRS = pl.Schema({"query": pl.Int64(), "name": pl.Int64()})


class NameIndex:
    """Listed names, to be searched for names that are alike.

    Args:
        names: Names as published.
        discounts: Number by which the score of each is multiplied; None: 1.
        rules: How scores are made.
    """

    def __init__(
        self, names: pl.Series, discounts: FloatArray | None = None, rules: Rules | None = None
    ) -> None:
        written = WrittenNames.of(names)
        weights = written.rarities()
        self._rules = rules or Rules()
        self._discounts = np.ones(len(names)) if discounts is None else np.asarray(discounts)
        self._listed = Side(written, weights, written.totals(weights))
        self._vocabulary = Vocabulary(written.words)
        self._links = WordLinks(written)

    def search(self, names: pl.Series, least: float, workers: int = 1) -> pl.DataFrame:
        """Listed names that a name may be.

        Args:
            names: Names to look up.
            least: Least score.
            workers: Threads that compare words.

        Returns:
            `query` and `name` (places in `names` and in the index), `score`, and of the words
            `matched`, `otherwise` and `missing`; by query, the best first.
        """
        written = WrittenNames.of(names)
        alike = self._vocabulary.alike(written.words, workers)
        weights = self._weights(written, alike)
        ours = Side(written, weights, written.totals(weights))
        likenesses = Likenesses.of(alike, len(self._vocabulary))
        found = pl.concat(
            compare(ours, self._listed, likenesses, pairs, self._rules)
            for pairs in (_PAIRS.to_frame(), *self._candidates(ours, alike, least))
        )
        discount = pl.Series(self._discounts[found["name"].to_numpy()], dtype=pl.Float32)
        return (
            found.with_columns(pl.col("score") * discount)
            .filter(pl.col("score") >= least)
            .sort("query", "score", "name", descending=[False, True, False])
        )

    def _weights(self, ours: WrittenNames, alike: pl.DataFrame) -> FloatArray:
        """Weights of our words: the list's, where it has the same word."""
        weights = shaped(ours.words, np.full(len(ours.words), _UNKNOWN))
        same = alike.filter(pl.col("likeness") == 1)
        weights[same["word"].to_numpy()] = self._listed.weights[same["listed"].to_numpy()]
        return weights

    def _candidates(self, ours: Side, alike: pl.DataFrame, least: float) -> Iterator[pl.DataFrame]:
        """Pairs of our names and listed names that may be alike enough, piece by piece."""
        by_word, leads = self._links.of(ours.names, ours.weights, alike)
        needed, most = self._needed(ours, alike)
        cover = max(least ** (1 / self._rules.power) - _LEEWAY, _LEAST_COVER)
        for start in range(0, len(ours.names), _AT_ONCE):
            found = ((by_word[start : start + _AT_ONCE] @ leads) @ self._links.names_of).tocoo()
            share = found.data / needed[found.row + start]
            enough = np.flatnonzero(share >= cover)
            query, name = found.row[enough] + start, found.col[enough]
            # Of names that cover ours as well, those with fewer other words come first.
            both = ours.totals[query] + self._listed.totals[name]
            rank = np.minimum(share[enough], 1) + 2 * found.data[enough] / both
            pairs = pl.DataFrame({"query": query, "name": name, "rank": rank, "most": most[query]})
            place = pl.col("rank").rank("ordinal", descending=True).over("query")
            yield pairs.filter(place <= pl.col("most")).select(
                pl.col("query", "name").cast(pl.Int64)
            )

    def _needed(self, ours: Side, alike: pl.DataFrame) -> tuple[FloatArray, FloatArray]:
        """Weight of each of our names without what may not be found, and how many to compare.

        Initials are not found by their letter, nor is a last word that was cut off.
        """
        names = ours.names
        is_known = np.zeros(len(names.words), dtype=bool)
        is_known[alike.filter(pl.col("likeness") == 1)["word"].to_numpy()] = True
        is_letter = names.word_lengths == 1
        word, name = names.rows["id"].to_numpy(), names.rows["name"].to_numpy()
        long = lengths(names.whole) >= self._rules.long_name
        last = names.rows.select(pl.col("position") == pl.col("position").max().over("name"))
        is_cut = last["position"].to_numpy() & ~is_known[word] & long[name]
        spare = np.where(is_letter[word] | is_cut, ours.weights[word], 0)
        slack = np.bincount(name, spare, minlength=len(names))
        whole_words = np.bincount(name, ~is_letter[word], minlength=len(names))
        has_letter = np.bincount(name, is_letter[word], minlength=len(names)) > 0
        most = np.where((whole_words == 1) & has_letter, _MOST_OF_SHORT, _MOST)
        return np.maximum(ours.totals - slack, 1e-6).astype(np.float32), most
