"""Names, addresses, e-mails, phones and account numbers, put together from word lists.

Identifiers do not influence behaviour. No number here can be dialled, and no address is that of a
person: domains and phone ranges are those that authorities reserve for examples.
"""

import numpy as np
import polars as pl

from finplatform.simulate.frames import text
from finplatform.simulate.places import PLACES
from finplatform.simulate.rng import Bools, Ints
from finplatform.simulate.words import (
    LAST,
    LAST_EN,
    MEN,
    MEN_EN,
    STREET_KINDS,
    STREETS,
    WOMEN,
    WOMEN_EN,
)

_LOCAL = ("DE", "FR", "MX", "BR")
_DOMAINS = ("example.com", "example.org", "example.net", "mail.example", "post.example")
_PREFIX = {
    "US": "+1-{area}-555-01",
    "CA": "+1-{area}-555-01",
    "GB": "+44 {area} 7946 0",
    "DE": "+49 {area} 23125 ",
    "FR": "+33 {area} 99 00 ",
    "MX": "+52 {area} 5555 01",
    "BR": "+55 {area} 5555 01",
}
_COUNTRY_OF_PLACE = np.array([p.country for p in PLACES])


def first_names(rng: np.random.Generator, female: Bools, place: Ints) -> pl.Series:
    """A first name by sex and country of the place."""
    return _names(rng, place, ((WOMEN_EN, WOMEN, female), (MEN_EN, MEN, ~female)))


def last_names(rng: np.random.Generator, place: Ints) -> pl.Series:
    """A surname by country of the place."""
    return _names(rng, place, ((LAST_EN, LAST, np.ones(len(place), dtype=bool)),))


def _names(
    rng: np.random.Generator,
    place: Ints,
    lists: tuple[tuple[list[str], dict[str, list[str]], Bools], ...],
) -> pl.Series:
    level = rng.random(len(place)) ** 1.35  # a few names are much more common than the rest
    country = _COUNTRY_OF_PLACE[place]
    pool: list[str] = []
    index = np.zeros(len(place), dtype=np.int64)
    for common, local, members in lists:
        for code in ("", *_LOCAL):
            words = local[code] if code else common
            here = members & ((country == code) if code else ~np.isin(country, _LOCAL))
            index[here] = len(pool) + (level[here] * len(words)).astype(np.int64)
            pool.extend(words)
    return text(pool, index)


def emails(rng: np.random.Generator, first: pl.Series, last: pl.Series, number: Ints) -> pl.Series:
    """Unique addresses at reserved domains; `number` makes them so."""
    domain = text(_DOMAINS, rng.integers(0, len(_DOMAINS), len(first)))
    frame = pl.DataFrame({"f": first, "l": last, "d": domain, "n": pl.Series(number)})
    plain = pl.format("{}.{}", pl.col("f"), pl.col("l")).str.to_lowercase()
    plain = plain.str.normalize("NFKD").str.replace_all(r"[^a-z.]", "")
    return frame.select(pl.format("{}{}@{}", plain, pl.col("n"), pl.col("d"))).to_series()


def phones(rng: np.random.Generator, place: Ints) -> pl.Series:
    """Numbers from ranges kept for examples, by area."""
    prefix = text([_PREFIX[p.country].format(area=p.area_code) for p in PLACES], place)
    digits = pl.Series(rng.integers(0, 100, len(place))).cast(pl.String).str.zfill(2)
    return pl.select(pl.format("{}{}", prefix, digits)).to_series()


def addresses(rng: np.random.Generator, count: int) -> pl.Series:
    """Street addresses; a quarter have a flat."""
    house = pl.Series(rng.integers(1, 2_400, count))
    street = text(STREETS, rng.integers(0, len(STREETS), count))
    kind = text(STREET_KINDS, rng.integers(0, len(STREET_KINDS), count))
    flat = rng.integers(1, 80, count)
    has_flat = pl.Series(rng.random(count) < 0.25)
    line = pl.format("{} {} {}", house, street, kind)
    return pl.select(
        pl.when(has_flat).then(pl.format("{}, Apt {}", line, pl.Series(flat))).otherwise(line)
    ).to_series()


def account_numbers(number: Ints, place: Ints) -> pl.Series:
    """Unique numbers: an IBAN with valid check digits in Europe, twelve digits elsewhere.

    Args:
        number: A distinct positive number below 10^10 for each account.
        place: Place of the branch.
    """
    plain = _digits(number)
    country = _COUNTRY_OF_PLACE[place]
    european = np.isin(country, ("GB", "DE", "FR"))
    return pl.select(
        pl.when(pl.Series(european)).then(_ibans(number, country)).otherwise(plain)
    ).to_series()


def ibans(number: Ints, country: str) -> pl.Series:
    """Unique IBANs of one country with valid check digits.

    Args:
        number: A distinct positive number below 10^10 for each account.
        country: Its two letters.
    """
    return _ibans(number, np.full(len(number), country))


def _digits(number: Ints) -> pl.Series:
    return pl.Series(_shuffled(number)).cast(pl.String)


def _shuffled(number: Ints) -> Ints:
    # Multiplying by a unit modulo a prime shuffles the digits and keeps them distinct.
    return np.asarray(10**11 + (number * 7_368_787 + 12_345) % 99_999_999_977)


def _ibans(number: Ints, country: "np.ndarray[tuple[int], np.dtype[np.str_]]") -> pl.Series:
    digits = _shuffled(number)
    values = np.array([_letters(c) for c in country]) if len(country) else np.zeros(0, np.int64)
    national = (500_105 * (10**12 % 97) + digits) % 97
    check = pl.Series(98 - (national * (10**6 % 97) + values) % 97).cast(pl.String).str.zfill(2)
    return pl.select(
        pl.format("{}{}500105{}", pl.Series(country), check, _digits(number))
    ).to_series()


def _letters(country: str) -> int:
    """The country's part of the check-digit sum: its letters as numbers, then two zeros."""
    first, second = (ord(letter) - ord("A") + 10 for letter in country)
    return first * 10_000 + second * 100
