"""Normalisation of names to words of lower-case Latin letters.

Invisible characters are removed, look-alikes of other alphabets become Latin letters, other scripts
are transliterated, digits misread for letters become letters. Does not belong here: phonetic
spellings (see `spelling`).
"""

import unicodedata
from importlib.resources import files

import polars as pl
from anyascii import anyascii


def _listed(kind: str) -> frozenset[str]:
    """Words of one kind in the file."""
    lines = files(__package__).joinpath("small_words.csv").read_text("utf-8").splitlines()
    return frozenset(
        word
        for line in lines[1:]
        if line.startswith(f"{kind},")
        for word in line.split(",")[1].split()
    )


TITLES = _listed("TITLE")
"""Optional words of a name, which records often leave out."""

LEGAL_FORMS = _listed("LEGAL_FORM")
"""Optional words of a company's name."""

ARTICLES = _listed("ARTICLE")
"""Particles that are left out of a name that has two words without them."""

PARTICLES = ARTICLES | _listed("PARTICLE")
"""Particles, which are written, joined to the next word or left out as people please."""

_CYRILLIC_LOOKALIKES = (
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0455\u0458\u04bb\u0501\u051b\u051d"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423\u0406\u0405\u0408"
)
_GREEK_LOOKALIKES = (
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u03b1\u03bf\u03c1\u03bd\u03b9\u03ba\u03c5"
)
_LOOKALIKES = str.maketrans(
    _CYRILLIC_LOOKALIKES + _GREEK_LOOKALIKES,
    "aceopxyisjhdqw" + "ABEKMHOPCTXYISJ" + "ABEZHIKMNOPTYX" + "aopviku",
)

_DIGITS = {"0": "o", "1": "l", "2": "z", "5": "s", "8": "b"}
"""Letters that were misread as digits inside a word."""


def latin(name: str) -> str:
    """A name in Latin letters.

    A name that mixes alphabets has look-alikes, which are read as they look; one in another script
    is transliterated.
    """
    composed = unicodedata.normalize("NFKC", name)
    visible = "".join(each for each in composed if unicodedata.category(each) != "Cf")
    if any("a" <= each.lower() <= "z" for each in visible):
        visible = visible.translate(_LOOKALIKES)
    return str(anyascii(visible))


def texts(names: pl.Series) -> pl.Series:
    """Each name as words with a space between; empty where it has no letter or digit.

    Args:
        names: Names as people wrote them; null counts as empty.
    """
    given = names.fill_null("").cast(pl.String).alias("name").to_frame()
    name = pl.col("name")
    foreign = given.filter(name.str.len_bytes() != name.str.len_chars())["name"].unique()
    read = pl.DataFrame(
        {"name": foreign, "read": [latin(each) for each in foreign]},
        schema={"name": pl.String, "read": pl.String},
    )
    text = pl.coalesce("read", "name").str.to_lowercase()
    text = text.str.replace_all(r"['`\"]", "").str.replace_all(r"[^a-z0-9]+", " ")
    for digit, letter in _DIGITS.items():
        text = text.str.replace_all(f"([a-z]){digit}", f"${{1}}{letter}")
        text = text.str.replace_all(f"{digit}([a-z])", f"{letter}${{1}}")
    return given.join(read, on="name", how="left", maintain_order="left").select(
        text.str.strip_chars().alias(names.name)
    )[names.name]


def word_rows(written: pl.Series) -> pl.DataFrame:
    """Words of each name with its place: `name`, `word`, `position`.

    Args:
        written: Names as `texts` gives them; `name` is the position in this series.
    """
    rows = pl.DataFrame({"word": written.str.split(" ")}).with_row_index("name").explode("word")
    return _numbered(rows.filter(pl.col("word") != ""))


def without_articles(rows: pl.DataFrame) -> pl.DataFrame:
    """Words without articles, of names that have two other words.

    Args:
        rows: Words as `word_rows` gives them, possibly with further columns.
    """
    is_article = pl.col("word").is_in(list(ARTICLES))
    others = (~is_article).sum().over("name")
    return _numbered(rows.filter(~is_article | (others < 2)).drop("position"))


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(position=pl.int_range(pl.len()).over("name"))
