"""The forms of what goes into screening and what comes out: subjects in clear, matches without.

Belongs here: the columns of both. Does not belong here: screening (see `screener`).
"""

import polars as pl

SUBJECT = ("subject_kind", "subject_id")
"""What identifies a subject."""

SUBJECTS = pl.Schema(
    {
        "subject_kind": pl.String(),
        "subject_id": pl.String(),
        "is_person": pl.Boolean(),
        "name": pl.String(),
        "birth_date": pl.Date(),
        "countries": pl.List(pl.String()),
    }
)
"""Whom is screened, in clear."""

MATCHES = pl.Schema(
    {
        "subject_kind": pl.String(),
        "subject_id": pl.String(),
        "list_code": pl.String(),
        "entity_id": pl.String(),
        "name_kind": pl.String(),
        "name_score": pl.Float64(),
        "birth_evidence": pl.String(),
        "country_evidence": pl.String(),
        "score": pl.Float64(),
        "reason": pl.String(),
    }
)
"""A subject and a listed party that it may be; no name in it."""
