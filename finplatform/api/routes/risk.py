"""`/api/v1/risk/scores`: default scores of borrowers, with reason codes.

Belongs here: the resource.
"""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from finplatform.api.login.identity import Caller
from finplatform.api.paging import After, Limit, Page, page_of, read_cursor
from finplatform.api.problems import described
from finplatform.api.queries import risk as queries
from finplatform.api.routes.values import PathId, QueryDay
from finplatform.api.state import FromApp
from finplatform.errors import NothingFoundError

router = APIRouter(prefix="/api/v1/risk/scores", tags=["risk"])


class Reason(BaseModel):
    """Why a score is below that of the average borrower, the weightiest first."""

    rank: int
    code: str
    reason: str
    points_lost: float


class Score(BaseModel):
    """Score of a loan or card account at a month-end, with its grade."""

    exposure_id: str
    observation_date: date
    probability_default: float
    score: int
    grade: str | None
    model_grade: str | None
    is_defaulted: bool | None
    capital_pd: float | None
    override_id: str | None
    model_version: str
    reasons: list[Reason]


class ScoreKey(BaseModel):
    """Where a page of scores ends."""

    exposure_id: str


@router.get("", responses=described(404))
async def list_scores(
    shared: FromApp,
    caller: Caller,
    on: QueryDay = None,
    grade: Annotated[str | None, Query(pattern=r"^([1-8]|D)$")] = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[Score]:
    """Scores of a month-end, by default the latest, in the order of the exposures' ids."""
    key = read_cursor(after, ScoreKey)
    async with shared.pool.session(caller) as session:
        rows = await queries.scores(
            session, day=on, grade=grade, after=key and key.exposure_id, limit=limit + 1
        )
    return page_of(rows, limit, Score, lambda row: ScoreKey(exposure_id=row.exposure_id))


@router.get("/{exposure_id}", responses=described(404))
async def get_score(
    shared: FromApp, caller: Caller, exposure_id: PathId, on: QueryDay = None
) -> Score:
    """The last score of an exposure up to a date, with its reasons."""
    async with shared.pool.session(caller) as session:
        row = await queries.score(session, exposure_id, on)
    if row is None:
        raise NothingFoundError("The exposure has no score up to that date.")
    return Score(**row)
