"""Spellings: reduced forms that different spellings of a name share.

Three reduced forms of a word: by sound, by its consonants, and without the vowels that are often
left out; also equivalent names of different languages. Does not belong here: the similarity of two
words (see `vocabulary`).
"""

from functools import lru_cache
from importlib.resources import files

import polars as pl

_SOUNDS = (
    # An article that was written together with its word.
    (r"^(?:al|el)([a-z]{4,})$", "${1}"),
    # What is read for one letter on paper.
    ("rn", "m"),
    ("cl", "d"),
    # Consonants.
    ("sch", "sh"),
    ("tch", "ch"),
    ("dzh|dj|zh", "j"),
    ("ph", "f"),
    ("kh", "h"),
    ("gh", "g"),
    ("ck|c|q", "k"),
    ("x", "ks"),
    ("z", "s"),
    ("w", "v"),
    ("(?:off|ov)$", "of"),
    # Vowels.
    ("ou|oo", "u"),
    ("ee|ie|ei|ey|ay|ai|iy|yi|ij|y|j", "i"),
    ("ae", "a"),
    ("oe", "o"),
    ("ue", "u"),
)
"""Pattern and what takes its place, in this order."""

_LETTERS = "abdefghiklmnoprstuv"


def by_sound(word: pl.Expr) -> pl.Expr:
    """A word with one letter a sound and no letter twice."""
    for pattern, sound in _SOUNDS:
        word = word.str.replace_all(pattern, sound)
    for letter in _LETTERS:
        word = word.str.replace_all(f"{letter}{{2,}}", letter)
    return word


def consonants(sound: pl.Expr) -> pl.Expr:
    """The consonants of a word by sound, where languages differ least."""
    return sound.str.replace_all("[aeiouh]", "")


def without_inner_vowels(word: pl.Expr) -> pl.Expr:
    """A word whose first and last letters stay and whose other vowels are left out."""
    length = word.str.len_chars().cast(pl.Int64)
    inner = word.str.slice(1, (length - 2).clip(0)).str.replace_all("[aeiou]", "")
    return (
        word.str.slice(0, 1)
        + inner
        + pl.when(length > 1).then(word.str.slice(-1)).otherwise(pl.lit(""))
    )


def without_vowels(word: pl.Expr) -> pl.Expr:
    """A word whose first letter stays and whose other vowels are left out."""
    return word.str.slice(0, 1) + word.str.slice(1).str.replace_all("[aeiou]", "")


def same_name(word: pl.Expr) -> pl.Expr:
    """A key of names that are one in different languages; null for others."""
    return word.replace_strict(_equivalents(), default=None, return_dtype=pl.String)


@lru_cache(maxsize=1)
def _equivalents() -> dict[str, str]:
    """The first form of each line of the file, by form."""
    lines = files(__package__).joinpath("same_names.csv").read_text("utf-8").splitlines()
    forms = (line.split(",") for line in lines[1:])
    return {form: names[0] for names in forms for form in names}
