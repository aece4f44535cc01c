"""`/api/v1/jobs` and `/api/v1/runs`: jobs of the graph, started here, and how their runs stand.

Belongs here: the resources. Runs are Dagster's: they are in its UI as any other.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from finplatform.api.dagster import RunFound
from finplatform.api.login.identity import Caller
from finplatform.api.once import IdempotencyKey, once
from finplatform.api.problems import ConflictError, described
from finplatform.api.routes.values import Day
from finplatform.api.state import FromApp

router = APIRouter(prefix="/api/v1", tags=["jobs"])

JOB = r"^[a-z][a-z0-9_]{0,62}$"
RUN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


class Job(BaseModel):
    """A job of the graph."""

    name: str
    description: str


class Days(BaseModel):
    """Days that a run covers, or days of its months; by default its latest partition alone."""

    model_config = ConfigDict(extra="forbid")

    first: Day | None = Field(default=None, description="First day.")
    last: Day | None = Field(default=None, description="Last day; default: the first.")

    def check(self) -> None:
        """Refuses a range that holds no day.

        Raises:
            ConflictError: If it ends before it begins, or has an end alone.
        """
        if self.last is not None and (self.first is None or self.last < self.first):
            raise ConflictError("`last` comes with `first`, and is not before it.")


class Run(BaseModel):
    """A run of a job, with the partitions that it covers and its status in Dagster's words."""

    run_id: str
    job: str
    status: str
    first_partition: str | None
    last_partition: str | None
    created_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, found: RunFound) -> "Run":
        """A run as it was found."""
        return cls(**vars(found))


@router.get("/jobs")
async def list_jobs(shared: FromApp, _: Caller) -> list[Job]:
    """Jobs that can be started."""
    return [Job(**vars(job)) for job in await shared.dagster.jobs()]


@router.post(
    "/jobs/{job}/runs",
    status_code=HTTPStatus.ACCEPTED,
    response_model=Run,
    responses=described(400, 404, 409),
)
async def start_run(
    shared: FromApp,
    caller: Caller,
    request: Request,
    job: Annotated[str, Path(pattern=JOB)],
    days: Days | None = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Starts a run of a job; it is queued as any other of Dagster."""
    wanted = days or Days()
    wanted.check()

    async def start() -> tuple[HTTPStatus, Run]:
        found = await shared.dagster.start(job, wanted.first, wanted.last)
        return HTTPStatus.ACCEPTED, Run.of(found)

    return await once(shared.pool, request, caller, idempotency_key, start)


@router.get("/runs/{run_id}", responses=described(404))
async def get_run(shared: FromApp, _: Caller, run_id: Annotated[str, Path(pattern=RUN)]) -> Run:
    """A run as it stands."""
    return Run.of(await shared.dagster.run(run_id))
