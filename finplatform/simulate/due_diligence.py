"""Customer due diligence: reviews of customers, and a list of sanctioned parties.

Everything on the list is recognisably invented: no name, country or ship on it exists, and none is
a customer's. Money laundering is in `misconduct`.
"""

import numpy as np
import polars as pl

from finplatform.oltp.codes import RISK_LEVELS
from finplatform.simulate.clients import customer_ids
from finplatform.simulate.clock import Calendar, is_business_day
from finplatform.simulate.frames import dates, labels, text
from finplatform.simulate.people import SELF_EMPLOYED, People
from finplatform.simulate.rng import Ints, pick, pick_by_row, stream

_YEARS_BETWEEN = np.array([5, 3, 1])
"""Years between reviews of customers of low, medium and high risk."""

_PEP_SHARE, _OVERDUE_SHARE, _TRIGGERED_SHARE, _ESCALATED_SHARE = 0.008, 0.04, 0.06, 0.05
_DAYS_OF_A_REVIEW = 14
_DAYS_VALID = (60, 3_650)
"""Days for which the documents of a review are still valid."""

_DOCUMENTS = (
    "PASSPORT; UTILITY_BILL",
    "NATIONAL_ID; UTILITY_BILL",
    "DRIVING_LICENCE; UTILITY_BILL",
    "PASSPORT",
    "PASSPORT; UTILITY_BILL; TAX_RETURN",
)
_ENHANCED = len(_DOCUMENTS) - 1

_LISTED = 120
_GIVEN = ("Vorlan", "Zephrin", "Quillo", "Mordane", "Ysolt", "Bramwick", "Tarquil", "Oswenna",
          "Drusko", "Ilvane", "Krelle", "Pontifax")  # fmt: skip
_FAMILY = ("Teskarov-Vex", "Nightmarrow", "Obsidane", "Grimwarden", "Van Hollowmere", "Zubrowski",
           "Duskryder", "Ashenfell", "Blackwhistle", "Quagmarsh")  # fmt: skip
_FIRM = ("Obsidian Heron", "Crooked Lantern", "Seven Thorns", "Pale Kraken", "Iron Marigold",
         "Hollow Crown", "Velvet Scorpion", "Gilded Moth")  # fmt: skip
_TRADE = ("Trading FZE", "Shipping Ltd", "Holdings SA", "Metals GmbH", "Airways", "Capital LLC")
_LAND = ("Ruritania", "Freedonia", "Zubrowka", "Sokovia", "Latveria", "Genovia", "Borduria")
_PROGRAM = ("FICTION-1", "FICTION-2", "FICTION-1; FICTION-3")
_KINDS = ("INDIVIDUAL", "ENTITY", "VESSEL", "AIRCRAFT")
_KIND_WEIGHTS = [0.55, 0.30, 0.10, 0.05]


def kyc_records(seed: int, calendar: Calendar, people: People) -> pl.DataFrame:
    """Reviews of the customers who stay, from the day each joined to the end of the span.

    A few that were due have not been made; those of the last two weeks are under way.

    Args:
        seed: Seed of the bank.
        calendar: Its span.
        people: Its customers.
    """
    rng = stream(seed, "kyc")
    count = len(people)
    is_pep = rng.random(count) < _PEP_SHARE
    weights = np.where((people.work == SELF_EMPLOYED)[:, None], [0.60, 0.30, 0.10],
                       [0.80, 0.16, 0.04])  # fmt: skip
    rating = np.where(is_pep, 2, pick_by_row(rng, weights))
    is_late = rng.random(count) < _OVERDUE_SHARE
    between = _YEARS_BETWEEN[rating] * 365
    due = np.maximum((calendar.end - people.since) // between + 1, 0)
    made = np.where(people.gone, 0, due - (is_late & (due > 1)))
    who = np.repeat(np.arange(count), made)
    number = np.arange(len(who)) - np.repeat(np.cumsum(made) - made, made)
    shift = np.where(number > 0, rng.integers(-20, 1, len(who)), 0)
    day = _on_business_day(people.since[who] + number * between[who] + shift, calendar.end)
    is_open = day > calendar.end - _DAYS_OF_A_REVIEW
    is_escalated = (rating[who] == 2) & (rng.random(len(who)) < _ESCALATED_SHARE)
    triggered = (number > 0) & (rng.random(len(who)) < _TRIGGERED_SHARE)
    documents = np.where(rating[who] == 2, _ENHANCED, rng.integers(0, _ENHANCED, len(who)))
    order = np.lexsort((who, day))
    frame = pl.DataFrame(
        {
            "customer_id": text(customer_ids(count), who),
            "review_type": text(
                ("ONBOARDING", "PERIODIC", "TRIGGERED"), np.where(number == 0, 0, 1 + triggered)
            ),
            "status": text(
                ("IN_PROGRESS", "COMPLETED", "ESCALATED"),
                np.where(is_open, 0, np.where(is_escalated, 2, 1)),
            ),
            "risk_rating": text(RISK_LEVELS, rating[who]),
            "is_pep": is_pep[who],
            "document_types": text(_DOCUMENTS, documents),
            "documents_expire_date": dates(
                day + stream(seed, "kyc documents").integers(*_DAYS_VALID, len(who)),
                present=~is_open,
            ),
            "review_date": dates(day),
            "next_review_date": dates(
                people.since[who] + (number + 1) * between[who], present=~is_open
            ),
        }
    )[order]
    return frame.select(labels("K", np.arange(1, len(frame) + 1), 8).alias("review_id"), pl.all())


def sanctions_entities(seed: int, calendar: Calendar) -> pl.DataFrame:
    """An invented list of sanctioned parties.

    Args:
        seed: Seed of the bank.
        calendar: Its span; all parties were listed before its end.
    """
    rng = stream(seed, "sanctions")
    kind, number = pick(rng, _KIND_WEIGHTS, _LISTED), np.arange(1, _LISTED + 1)
    # A walk with a step that shares no factor with their number meets each pair once.
    people, firms = len(_GIVEN) * len(_FAMILY), len(_FIRM) * len(_TRADE)
    pair = (np.arange(_LISTED) * 47) % people
    given, family = text(_GIVEN, pair % len(_GIVEN)), text(_FAMILY, pair // len(_GIVEN))
    trade = (np.cumsum(kind == 1) * 13) % firms
    firm = text(_FIRM, trade % len(_FIRM))
    names = {
        "person": pl.select(pl.format("{} {}", given, family)).to_series(),
        "turned": pl.select(pl.format("{}, {}", family, given)).to_series(),
        "firm": pl.select(pl.format("{} {}", firm, text(_TRADE, trade // len(_FIRM)))).to_series(),
        "craft": pl.select(
            pl.format("{} {} {}", text(("", "", "MV", "Flight"), kind), firm, pl.Series(number))
        ).to_series(),
    }
    is_person, is_firm = pl.Series(kind == 0), pl.Series(kind == 1)
    born = pl.Series(rng.integers(1930, 1996, _LISTED)).cast(pl.String)
    has_alias = pl.Series(rng.random(_LISTED) < 0.6)
    land = text(_LAND, rng.integers(0, len(_LAND), _LISTED))
    return pl.select(
        list_code=pl.repeat("SIMULATED", _LISTED),
        entity_id=labels("S", number, 5),
        entity_type=text(_KINDS, kind),
        entity_name=pl.when(is_person)
        .then(names["person"])
        .when(is_firm)
        .then(names["firm"])
        .otherwise(names["craft"]),
        aliases=pl.when(is_person & has_alias)
        .then(pl.format("{}; {}", names["turned"], names["person"].str.to_uppercase()))
        .when(is_firm & has_alias)
        .then(firm),
        alias_qualities=pl.lit(None, pl.String),
        programs=text(_PROGRAM, rng.integers(0, len(_PROGRAM), _LISTED)),
        countries=land,
        addresses=pl.when(~is_person).then(pl.format("1 Harbour Road, {}", land)),
        birth_dates=pl.when(is_person).then(born),
        listed_date=dates(calendar.end - rng.integers(30, 6_000, _LISTED)),
        remarks=pl.repeat("Invented for the simulated bank.", _LISTED),
    )


def _on_business_day(day: Ints, last: int) -> Ints:
    """The days, each moved back to a business day, none behind the last."""
    moved = np.minimum(day, last)
    for _ in range(4):
        moved = np.where(is_business_day(moved), moved, moved - 1)
    return moved
