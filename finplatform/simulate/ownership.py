"""Ownership of the merchants: people, and companies between them and the merchants.

A few holders are on the invented list of sanctioned parties, under a spelling of their own. Belongs
here: the register of shares as merchants state it. Does not belong here: merchants themselves
(`catalogue`), and beneficial owners (`finplatform.compliance.kyc`).
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from finplatform.simulate.clock import Calendar
from finplatform.simulate.frames import dates, labels, rate, text
from finplatform.simulate.identity import first_names, last_names
from finplatform.simulate.places import PLACES
from finplatform.simulate.rng import Ints, stream

_SHARE_OF_MERCHANTS = 0.08
_LISTED_HOLDERS = 3
_YEARS_OF_BIRTH = (1940, 2000)

_DIRECT, _CHAIN, _CROSSED, _SPREAD = range(4)
_FORMS = (0.55, 0.25, 0.05, 0.15)
"""Held by people, through two companies, by companies that hold each other, by many."""

_PEOPLE_OF = {_DIRECT: 2, _CHAIN: 3, _CROSSED: 2, _SPREAD: 6}
_COMPANIES_OF = {_DIRECT: 0, _CHAIN: 2, _CROSSED: 2, _SPREAD: 0}

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class _Link:
    """A holding: numbers of a merchant (below 0), a company or a person, and millionths."""

    owned: str
    holder: str
    is_person: bool
    share: int
    has_control: bool = False


def ownership_links(
    seed: int, calendar: Calendar, merchants: pl.DataFrame, listed: pl.DataFrame
) -> pl.DataFrame:
    """Holders of shares of some merchants, and of the companies that hold them.

    Args:
        seed: Seed of the bank.
        calendar: Its span; every share was stated before its end.
        merchants: Merchants.
        listed: The invented list of sanctioned parties.
    """
    rng = stream(seed, "ownership")
    count = max(int(merchants.height * _SHARE_OF_MERCHANTS), 8)
    chosen = merchants["merchant_id"].gather(
        np.sort(rng.choice(merchants.height, count, replace=False))
    )
    forms = np.concatenate([np.arange(4), rng.choice(4, count - 4, p=_FORMS)])
    links: list[_Link] = []
    people = companies = 0
    for merchant, form in zip(chosen, forms, strict=True):
        own = [f"HP{people + each + 1:05d}" for each in range(_PEOPLE_OF[form])]
        firms = [f"HC{companies + each + 1:05d}" for each in range(_COMPANIES_OF[form])]
        people, companies = people + len(own), companies + len(firms)
        links += _held(rng, merchant, int(form), own, firms)
    return _frame(rng, calendar, links, people, companies, listed)


def _held(
    rng: np.random.Generator, merchant: str, form: int, people: list[str], firms: list[str]
) -> list[_Link]:
    """Holdings of one merchant; the first person directs it or what stands over it."""
    cut = int(rng.integers(26, 75)) * 10_000
    if form == _DIRECT:
        first = _Link(merchant, people[0], True, cut, has_control=True)
        return [first, _Link(merchant, people[1], True, _MILLION - cut)]
    if form == _SPREAD:
        each = int(rng.integers(8, 16)) * 10_000
        links = [_Link(merchant, person, True, each) for person in people]
        return [replace(links[0], has_control=True), *links[1:]]
    over, top = firms
    if form == _CHAIN:
        # Half of half is a quarter: an owner just at the threshold.
        return [
            _Link(merchant, over, False, 500_000),
            _Link(merchant, people[0], True, 500_000, has_control=True),
            _Link(over, top, False, _MILLION),
            _Link(top, people[1], True, 500_000),
            _Link(top, people[2], True, 500_000),
        ]
    return [
        _Link(merchant, over, False, _MILLION),
        _Link(over, top, False, 300_000),
        _Link(top, over, False, 200_000),
        _Link(over, people[0], True, 700_000, has_control=True),
        _Link(top, people[1], True, 800_000),
    ]


def _frame(
    rng: np.random.Generator,
    calendar: Calendar,
    links: list[_Link],
    people: int,
    companies: int,
    listed: pl.DataFrame,
) -> pl.DataFrame:
    holders = pl.concat([_people(rng, people, listed), _companies(rng, companies, listed)])
    frame = pl.DataFrame(
        {
            "owned_id": [link.owned for link in links],
            "holder_id": [link.holder for link in links],
            "holder_kind": ["PERSON" if link.is_person else "COMPANY" for link in links],
            "share_rate": rate(np.array([link.share for link in links])),
            "has_control": [link.has_control for link in links],
            "stated_date": dates(calendar.end - rng.integers(10, 400, len(links))),
        }
    )
    described = frame.join(holders, on="holder_id", how="left", maintain_order="left")
    return described.select(
        "owned_id", "holder_id", "holder_kind", "holder_name", "holder_birth_date",
        "holder_country", "share_rate", "has_control", "stated_date",
    )  # fmt: skip


def _people(rng: np.random.Generator, count: int, listed: pl.DataFrame) -> pl.DataFrame:
    place = rng.integers(0, len(PLACES), count)
    first = first_names(rng, rng.random(count) < 0.5, place)
    # A middle initial, so that no owner bears a customer's name.
    middle = text(tuple("ABCDEFGHJKLMNPRSTW"), rng.integers(0, 18, count))
    names = pl.select(pl.format("{} {}. {}", first, middle, last_names(rng, place))).to_series()
    year = rng.integers(*_YEARS_OF_BIRTH, count)
    born = (year - 1970) * 365 + rng.integers(0, 365, count)
    parties = listed.filter(pl.col("entity_type") == "INDIVIDUAL").head(_LISTED_HOLDERS)
    at = _spread(count, parties.height)
    names = names.scatter(at, _respelt(parties["entity_name"]))
    born[at] = (parties["birth_dates"].cast(pl.Int64).to_numpy() - 1970) * 365 + 200
    return pl.DataFrame(
        {
            "holder_id": labels("HP", np.arange(1, count + 1), 5),
            "holder_name": names,
            "holder_birth_date": dates(born),
            "holder_country": text([each.country for each in PLACES], place),
        }
    )


def _companies(rng: np.random.Generator, count: int, listed: pl.DataFrame) -> pl.DataFrame:
    place = rng.integers(0, len(PLACES), count)
    number = pl.Series(np.arange(1, count + 1)).cast(pl.String)
    names = "Meadow Lane Participations " + number
    party = listed.filter(pl.col("entity_type") == "ENTITY").head(1)
    names = names.scatter(_spread(count, party.height), _respelt(party["entity_name"]))
    return pl.DataFrame(
        {
            "holder_id": labels("HC", np.arange(1, count + 1), 5),
            "holder_name": names,
            "holder_birth_date": dates(np.zeros(count, dtype=np.int64), np.zeros(count, bool)),
            "holder_country": text([each.country for each in PLACES], place),
        }
    )


def _spread(count: int, wanted: int) -> Ints:
    """Places of listed owners, distinct from each other."""
    return (np.arange(wanted) * (count // max(wanted, 1))).astype(np.int64)


def _respelt(names: pl.Series) -> pl.Series:
    """Listed names as their bearers write them: one letter once more, words without hyphens."""
    return names.str.replace(r"([lmnrst])", "$1$1").str.replace_all("-", " ")
