"""Similarity scores of pairs of names, vectorised over pairs.

The words of a name are matched with those of the listed name, the most similar first, each once.
The score is the weight of the matched words on both sides: a word of the customer that the list
lacks costs more than a listed word that the customer lacks, since records leave names out. The
whole names are also compared without spaces, which finds split, joined and truncated names. Does
not belong here: finding pairs (see `name_index`).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from finplatform.compliance.screening.vocabulary import FloatArray, IntArray, lengths
from finplatform.compliance.screening.written_names import NO_WORD, WrittenNames

BoolArray = NDArray[np.bool_]

_AT_ONCE = 100_000
"""Pairs that are compared in one piece."""

_EIGHT = np.uint64(8)
_FIRST_LETTER = np.uint64(56)


@dataclass(frozen=True)
class Rules:
    """What the score is made of. Chosen on one half of the listed people, tried on the other.

    Attributes:
        power: Power of the share of our name that is found.
        missing: Part of the score that hangs on the share of the listed name that is found.
        leading: Weight of the first word of a listed name, times its own.
        initial: Likeness of a letter and a word that begins with it.
        begun: Likeness of a word that was cut off at the end of a long name.
        out_of_order: Taken off when words are missing and the others are in another order.
        first_missing: Taken off when the first listed word is missing.
        last_missing: Taken off when the last listed word is missing.
        several_missing: Taken off when more than one listed word is missing.
        weakest: Taken off, times what the weakest word found is below 0.8.
        full_initials: Added when initials stand for all that is not written out.
        joined: Part of the score that hangs on the likeness of the names without spaces.
        cut_off: Part of the score that hangs on how much of a listed name is left.
        long_name: Letters from which on a name may have been cut off.
    """

    power: float = 0.85
    missing: float = 0.25
    leading: float = 1.5
    initial: float = 0.85
    begun: float = 0.9
    out_of_order: float = 0.01
    first_missing: float = 0.03
    last_missing: float = 0.025
    several_missing: float = 0.015
    weakest: float = 0.3
    full_initials: float = 0.06
    joined: float = 0.65
    cut_off: float = 0.055
    long_name: int = 14


@dataclass(frozen=True)
class Likenesses:
    """Likeness of pairs of words, found by the numbers of both.

    Attributes:
        keys: Sorted numbers of pairs.
        values: Their likeness.
        listed_words: Number of listed words.
    """

    keys: IntArray
    values: FloatArray
    listed_words: int

    @classmethod
    def of(cls, pairs: pl.DataFrame, listed_words: int) -> "Likenesses":
        """From pairs as `Vocabulary.alike` gives them."""
        keys = pairs["word"].to_numpy().astype(np.int64) * listed_words + pairs["listed"].to_numpy()
        order = np.argsort(keys)
        values = pairs["likeness"].to_numpy()[order].astype(np.float32)
        return cls(keys[order], values, listed_words)

    def between(self, ours: IntArray, listed: IntArray) -> FloatArray:
        """Likeness of every word of ours with every listed one, pair by pair.

        Args:
            ours: Numbers of words, a row a pair.
            listed: Numbers of words, a row a pair.

        Returns:
            A table per pair: words of ours by listed words.
        """
        wanted = ours.astype(np.int64)[:, :, None] * self.listed_words + listed[:, None, :]
        if not len(self.keys):
            return np.zeros(wanted.shape, dtype=np.float32)
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        is_found = (self.keys[place] == wanted) & (ours >= 0)[:, :, None] & (listed >= 0)[:, None]
        return np.where(is_found, self.values[place], np.float32(0))


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Attributes:
        names: Its names.
        weights: Weight of each of their words.
        totals: What all words of each name weigh.
    """

    names: WrittenNames
    weights: FloatArray
    totals: FloatArray


@dataclass(frozen=True)
class _Laid:
    """Words of pairs laid on each other.

    Attributes:
        ours: Likeness by which each word of ours is found; 0 where it is not.
        listed: The same of each listed word.
        place: Listed word that each of ours lies on, else -1.
    """

    ours: FloatArray
    listed: FloatArray
    place: IntArray


def compare(
    ours: Side, listed: Side, likenesses: Likenesses, pairs: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """Scores of pairs of names.

    Args:
        ours: Names that are looked up.
        listed: Names of the list.
        likenesses: Likeness of their words.
        pairs: `query` and `name`: places of the two names.
        rules: How the score is made.

    Returns:
        The pairs with `score` and, of the words, `matched`, `otherwise` (spelt otherwise) and
        `missing` (of the listed name).
    """
    # Pairs of names with as many words follow each other, so that no table has empty columns.
    counts = [(side.names.grid != NO_WORD).sum(axis=1) for side in (ours, listed)]
    ordered = pairs.with_columns(
        pl.Series("_ours", counts[0][pairs["query"].to_numpy()]),
        pl.Series("_listed", counts[1][pairs["name"].to_numpy()]),
    ).sort("_ours", "_listed")
    pieces = [
        piece.hstack(_scores(ours, listed, likenesses, piece, rules))
        for piece in ordered.iter_slices(_AT_ONCE)
    ]
    return pl.concat(pieces).drop("_ours", "_listed") if pieces else _nothing(pairs)


def _nothing(pairs: pl.DataFrame) -> pl.DataFrame:
    numbers = ("matched", "otherwise", "missing")
    return pairs.with_columns(
        pl.lit(None, pl.Float32).alias("score"),
        *(pl.lit(None, pl.Int16).alias(name) for name in numbers),
    )


def _scores(
    ours: Side, listed: Side, likenesses: Likenesses, piece: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    query, name = piece["query"].to_numpy(), piece["name"].to_numpy()
    wide, deep = (max(int(piece[side].to_numpy().max()), 1) for side in ("_ours", "_listed"))
    our_words, their_words = ours.names.grid[query, :wide], listed.names.grid[name, :deep]
    table = likenesses.between(our_words, their_words)
    _add_initials(table, ours, listed, our_words, their_words, rules)
    lengths_of_ours = lengths(ours.names.whole)[query]
    _add_begun(table, ours, listed, our_words, their_words, lengths_of_ours, rules)
    laid = _lay(table)
    score = _score_of_words(ours, listed, query, name, our_words, their_words, laid, rules)
    whole = _score_of_wholes(ours, listed, query, name, score, rules)
    return pl.DataFrame(
        {
            "score": np.clip(np.maximum(score, whole), 0, 1).astype(np.float32),
            "matched": (laid.ours > 0).sum(axis=1).astype(np.int16),
            "otherwise": ((laid.ours > 0) & (laid.ours < 1)).sum(axis=1).astype(np.int16),
            "missing": ((their_words >= 0) & (laid.listed == 0)).sum(axis=1).astype(np.int16),
        }
    )


def _add_initials(
    table: FloatArray,
    ours: Side,
    listed: Side,
    our_words: IntArray,
    their_words: IntArray,
    rules: Rules,
) -> None:
    """A letter may stand for a word that begins with it."""
    our_letter = ours.names.word_beginnings[our_words] >> _FIRST_LETTER
    their_letter = listed.names.word_beginnings[their_words] >> _FIRST_LETTER
    is_short = (ours.names.word_lengths[our_words] == 1)[:, :, None] | (
        listed.names.word_lengths[their_words] == 1
    )[:, None, :]
    is_there = (our_words >= 0)[:, :, None] & (their_words >= 0)[:, None, :]
    stands_for = is_short & is_there & (our_letter[:, :, None] == their_letter[:, None, :])
    table[stands_for & (table == 0)] = rules.initial


def _add_begun(
    table: FloatArray,
    ours: Side,
    listed: Side,
    our_words: IntArray,
    their_words: IntArray,
    letters: IntArray,
    rules: Rules,
) -> None:
    """The last word of a long name may be the beginning of a listed word."""
    pairs = np.arange(len(our_words))
    last = np.maximum((our_words >= 0).sum(axis=1) - 1, 0)
    word = our_words[pairs, last]
    long = ours.names.word_lengths[word]
    shift = (_EIGHT * (8 - np.minimum(long, 8)).astype(np.uint64))[:, None]
    begins = (listed.names.word_beginnings[their_words] >> shift) == (
        ours.names.word_beginnings[word][:, None] >> shift
    )
    may_be_cut = (letters >= rules.long_name) & (long >= 2) & (word >= 0)
    is_begun = begins & may_be_cut[:, None] & (their_words >= 0)
    is_begun &= listed.names.word_lengths[their_words] > long[:, None]
    table[pairs, last] = np.maximum(table[pairs, last], np.where(is_begun, rules.begun, 0))


def _lay(table: FloatArray) -> _Laid:
    """Lays words on each other, the most alike first; the table is used up."""
    count, wide, deep = table.shape
    pairs = np.arange(count)
    ours = np.zeros((count, wide), dtype=np.float32)
    listed = np.zeros((count, deep), dtype=np.float32)
    place = np.full((count, wide), -1, dtype=np.int64)
    flat = table.reshape(count, wide * deep)
    for _ in range(min(wide, deep)):
        best = flat.argmax(axis=1)
        value = flat[pairs, best]
        hit = np.flatnonzero(value > 0)
        if not len(hit):
            break
        row, column = best[hit] // deep, best[hit] % deep
        ours[hit, row] = listed[hit, column] = value[hit]
        place[hit, row] = column
        table[hit, row, :] = 0
        table[hit, :, column] = 0
    return _Laid(ours, listed, place)


def _score_of_words(
    ours: Side,
    listed: Side,
    query: IntArray,
    name: IntArray,
    our_words: IntArray,
    their_words: IntArray,
    laid: _Laid,
    rules: Rules,
) -> FloatArray:
    our_weight = np.where(our_words >= 0, ours.weights[our_words], 0)
    their_weight = np.where(their_words >= 0, listed.weights[their_words], 0)
    their_total = listed.totals[name] + (rules.leading - 1) * their_weight[:, 0]
    their_weight[:, 0] *= rules.leading
    covered = (our_weight * laid.ours).sum(axis=1) / np.maximum(ours.totals[query], 1e-6)
    held = (their_weight * laid.listed).sum(axis=1) / np.maximum(their_total, 1e-6)
    score = np.minimum(covered, 1) ** rules.power * (1 - rules.missing * (1 - held))

    count = (their_words >= 0).sum(axis=1)
    missing = count - (laid.listed > 0).sum(axis=1)
    last = laid.listed[np.arange(len(count)), np.maximum(count - 1, 0)]
    is_cut = lengths(ours.names.whole)[query] >= rules.long_name + 4
    some = missing > 0
    score -= rules.out_of_order * (some & ~_is_in_order(laid.place))
    score -= rules.first_missing * (some & (laid.listed[:, 0] == 0))
    score -= rules.last_missing * (some & (last == 0))
    score -= rules.several_missing * ((missing > 1) & ~is_cut)
    weakest = np.where(laid.ours > 0, laid.ours, 1).min(axis=1)
    score -= rules.weakest * np.maximum(0.8 - weakest, 0)
    is_letter = (our_words >= 0) & (ours.names.word_lengths[our_words] == 1) & (laid.ours > 0)
    is_full = ~some & (count == (our_words >= 0).sum(axis=1))
    score += rules.full_initials * (is_full & is_letter.any(axis=1))
    result: FloatArray = score.astype(np.float32)
    return result


def _is_in_order(place: IntArray) -> BoolArray:
    """Whether the words found stand in the listed name's order."""
    before = np.maximum.accumulate(place, axis=1)
    before = np.concatenate([np.full((len(place), 1), -1), before[:, :-1]], axis=1)
    return np.asarray(((place < 0) | (place > before)).all(axis=1))


def _score_of_wholes(
    ours: Side,
    listed: Side,
    query: IntArray,
    name: IntArray,
    score: FloatArray,
    rules: Rules,
) -> FloatArray:
    """Score of the names without spaces; 0 where their lengths rule it out."""
    our_length, their_length = (
        lengths(side.names.whole)[which] for side, which in ((ours, query), (listed, name))
    )
    result = np.zeros(len(query), dtype=np.float32)
    near = np.abs(our_length - their_length) <= 0.2 * np.maximum(our_length, their_length)
    where = np.flatnonzero(near & (score < 1))
    if len(where):
        alike = cpdist(
            ours.names.whole.gather(query[where]).to_list(),
            listed.names.whole.gather(name[where]).to_list(),
            scorer=OSA.normalized_similarity,
            score_cutoff=0.8,
            dtype=np.float32,
        )
        result[where] = np.where(alike > 0, 1 - rules.joined * (1 - alike) - 0.005, 0)
    where = np.flatnonzero((our_length >= rules.long_name) & (our_length < their_length))
    if len(where):
        begun = (
            pl.DataFrame(
                {
                    "ours": ours.names.whole.gather(query[where]),
                    "listed": listed.names.whole.gather(name[where]),
                }
            )
            .select(pl.col("listed").str.starts_with(pl.col("ours")))
            .to_series()
            .to_numpy()
        )
        left = our_length[where] / their_length[where]
        cut = np.where(begun, 1 - rules.cut_off * (1 - left), 0)
        result[where] = np.maximum(result[where], cut)
    return result
