"""Screening again what has changed, and nothing else.

A subject that is new or has changed is screened against every party, all other subjects against
the parties that are new or have changed. Of what vanished, and of what is screened again, earlier
hits go. So a day on which neither lists nor customers change opens no name. Belongs here: whom to
screen against whom, and the hits that come of it. Does not belong here: opening names.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from finplatform.compliance.screening.lists import PARTY
from finplatform.compliance.screening.subjects import MATCHES, SUBJECT

Opener = Callable[[pl.DataFrame], Iterable[pl.DataFrame]]
"""From subjects (by `SUBJECT`) to the same in clear, in batches by `SUBJECTS`."""

RULES_VERSION = "1"
"""Version of normalisation, comparison and weights: a change screens all customers again."""

KNOWN = pl.Schema({"subject_version": pl.String(), "party_version": pl.String()})
"""What a hit was found on."""


class Screens(Protocol):
    """What screens subjects, such as `screener.Screener`."""

    def screen(self, subjects: pl.DataFrame, only: pl.DataFrame | None = None) -> pl.DataFrame:
        """Matches of subjects with all parties, or with some."""
        ...


@dataclass(frozen=True)
class Known:
    """Subjects and parties with the version of each, now or when they were last screened.

    Attributes:
        subjects: `SUBJECT` and `subject_version`.
        parties: `PARTY` and `party_version`.
    """

    subjects: pl.DataFrame
    parties: pl.DataFrame


@dataclass(frozen=True)
class Plan:
    """Subjects and parties to compare.

    Attributes:
        anew: Subjects to be screened against every party.
        others: Subjects to be screened against `parties` alone; empty if these are none.
        parties: Parties that are new or have changed.
        kept: Earlier hits that stand.
    """

    anew: pl.DataFrame
    others: pl.DataFrame
    parties: pl.DataFrame
    kept: pl.DataFrame


def plan(now: Known, before: Known, hits: pl.DataFrame) -> Plan:
    """What has to be screened.

    Args:
        now: Subjects and parties as they are.
        before: The same as they were last screened.
        hits: Hits found so far.
    """
    anew = now.subjects.join(before.subjects, on=[*SUBJECT, "subject_version"], how="anti")
    same = now.subjects.join(anew, on=SUBJECT, how="anti")
    parties = now.parties.join(before.parties, on=[*PARTY, "party_version"], how="anti")
    kept = (
        hits.join(same, on=SUBJECT, how="semi")
        .join(now.parties, on=PARTY, how="semi")
        .join(parties, on=PARTY, how="anti")
    )
    return Plan(
        anew=anew.select(SUBJECT),
        others=same.select(SUBJECT) if parties.height else same.select(SUBJECT).head(0),
        parties=parties.select(PARTY),
        kept=kept,
    )


def screened(plan: Plan, now: Known, screener: Screens, opener: Opener) -> pl.DataFrame:
    """All hits after a plan was carried out, with `hit_id` and the versions they were found on.

    Args:
        plan: Subjects and parties to compare.
        now: Subjects and parties as they are.
        screener: The parties' names.
        opener: Gives the subjects in clear.
    """
    found = [MATCHES.to_frame()]
    for subjects, only in ((plan.anew, None), (plan.others, plan.parties)):
        if subjects.height:
            found += [screener.screen(batch, only) for batch in opener(subjects)]
    fresh = pl.concat(found).join(now.subjects, on=SUBJECT).join(now.parties, on=PARTY)
    fresh = fresh.with_columns(hit_id=pl.Series(_hit_ids(fresh), dtype=pl.String))
    kept = plan.kept.select(column for column in plan.kept.columns if column in fresh.columns)
    return pl.concat([kept, fresh.select(kept.columns)]).sort(*SUBJECT, *PARTY)


def _hit_ids(hits: pl.DataFrame) -> list[str]:
    """The same id whenever a subject and a party meet again."""
    return [
        "H" + hashlib.sha256("\x1f".join(keys).encode()).hexdigest()[:16]
        for keys in hits.select(*SUBJECT, *PARTY).iter_rows()
    ]
